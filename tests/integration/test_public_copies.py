"""Public copies: asked of a real server that speaks as Save Page Now does; alerts wait for them, but not for long."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.app import App
from monitor.archive import SavePageNow
from monitor.config import load
from monitor.daemon import Daemon
from monitor.errors import ArchiveDown, ArchiveError, NotSaved, RateLimited
from monitor.model import CopyState, Outcome
from monitor.ports import Store
from monitor.public_copies import GIVE_UP, JOB_LIFE, Quota, advance, held
from tests.desk import Desk
from tests.save_server import STAMP, SaveServer
from tests.site import LONGER, WebSite, policy_page
from tests.watch import CLAUSES, HOUR, URL, Watch, html
from tests.watch import LONGER as LONGER_CLAUSES
from tests.wayback_server import FakeTimer

COPY = f"/web/{STAMP}/{URL}"
QUOTA = Quota(per_day=10)


@pytest.fixture
def server() -> Iterator[SaveServer]:
    with SaveServer().served() as running:
        yield running


@pytest.fixture
def saver(server: SaveServer) -> Iterator[SavePageNow]:
    client = SavePageNow("access", "secret", base=server.url, timer=FakeTimer())
    yield client
    client.close()


class TestClient:
    def test_a_copy_is_asked_for_and_found(self, server: SaveServer, saver: SavePageNow) -> None:
        job = saver.request(URL)
        assert saver.status(job, URL) is None
        saved = saver.status(job, URL)
        assert saved is not None
        assert (saved.archive_url, saved.taken) == (server.url + COPY, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("end", "error"),
        [
            ({"status": "error", "status_ext": "error:blocked-url", "message": "on a list"}, NotSaved),
            ({"status": "error", "status_ext": "error:not-found", "message": "404"}, NotSaved),
            ({"status": "error", "status_ext": "error:too-many-daily-captures"}, RateLimited),
            ({"status": "error", "status_ext": "error:user-session-limit"}, RateLimited),
            ({"status": "error", "status_ext": "error:browsing-timeout", "message": "slow"}, ArchiveDown),
            ({"status": "success", "timestamp": "soon"}, ArchiveDown),
            ({}, ArchiveDown),
        ],
    )
    def test_how_jobs_fail(
        self, server: SaveServer, saver: SavePageNow, end: dict[str, str], error: type[ArchiveError]
    ) -> None:
        server.pending, server.end = 0, end
        job = saver.request(URL)
        with pytest.raises(error):
            saver.status(job, URL)

    @pytest.mark.parametrize(
        ("answer", "error", "words"),
        [
            ((429, {"Retry-After": "40"}, b"{}"), RateLimited, "refuses"),
            ((429, {}, b"<html>slow down"), RateLimited, "refuses"),
            ((503, {}, b"<html>down"), ArchiveDown, "status 503"),
            ((200, {}, b"<html>"), ArchiveDown, "no usable answer"),
            ((200, {}, b"[1]"), ArchiveDown, "status 200"),
            ((401, {}, b'{"message": "log in first"}'), NotSaved, "log in first"),
        ],
    )
    def test_how_requests_fail(
        self,
        server: SaveServer,
        saver: SavePageNow,
        answer: tuple[int, dict[str, str], bytes],
        error: type[ArchiveError],
        words: str,
    ) -> None:
        server.refuse = [answer]
        with pytest.raises(error, match=words):
            saver.request(URL)

    def test_silence_is_kept_after_a_429(self, server: SaveServer) -> None:
        timer = FakeTimer()
        saver = SavePageNow("access", "secret", base=server.url, timer=timer)
        server.refuse = [(429, {"Retry-After": "40"}, b"{}")]
        for _ in range(3):
            with pytest.raises(RateLimited):
                saver.request(URL)
        assert server.refuse == []
        assert server.asked == []
        timer.sleep(41)
        saver.request(URL)
        assert server.asked == [URL]
        saver.close()

    def test_limits_of_the_account_are_kept(self, server: SaveServer, saver: SavePageNow) -> None:
        server.available = 0
        with pytest.raises(RateLimited, match="as many"):
            saver.request(URL)
        server.available, server.daily = 3, (100, 100)
        with pytest.raises(RateLimited, match="today"):
            saver.request(URL)
        assert server.asked == []
        stranger = SavePageNow("access", "wrong", base=server.url)
        with pytest.raises(NotSaved, match="keys"):
            stranger.request(URL)
        stranger.close()
        nobody = SavePageNow("access", "secret", base="http://127.0.0.1:9")
        with pytest.raises(ArchiveDown):
            nobody.request(URL)
        nobody.close()


@pytest.fixture
def watch(store: Store) -> Watch:
    """A policy with a change that was confirmed just now; its alerts wait a minute."""
    watch = Watch(store)
    watch.parts = replace(watch.parts, adapt=lambda record: held(record, timedelta(minutes=1)))
    watch.look(html(*CLAUSES))
    watch.look(html(*LONGER_CLAUSES), after=12 * HOUR)
    assert watch.look(after=12 * HOUR).outcome is Outcome.CHANGED
    return watch


def due(watch: Watch) -> int:
    return sum(one.due <= watch.clock.now() for one in watch.store.deliveries())


class TestQueue:
    def test_the_alert_goes_when_the_copy_is_there_and_names_it(
        self, watch: Watch, server: SaveServer, saver: SavePageNow
    ) -> None:
        assert due(watch) == 0
        for _ in range(3):
            assert advance(watch.store, saver, watch.clock, QUOTA) == 1
            watch.clock.time += timedelta(seconds=5)
        (copy,) = watch.store.copies(watch.policy.id)
        assert (copy.state, copy.archive_url) == (CopyState.SAVED, server.url + COPY)
        assert due(watch) == 2
        notice = watch.store.notice(watch.store.alerts()[0].id)
        assert [one.archive_url for one in notice.copies] == [server.url + COPY]
        assert advance(watch.store, saver, watch.clock, QUOTA) == 0
        assert server.asked == [URL]

    def test_the_alert_goes_without_it_when_the_archive_is_down(self, watch: Watch) -> None:
        gone = SavePageNow("access", "secret", base="http://127.0.0.1:9")
        assert advance(watch.store, gone, watch.clock, QUOTA) == 1
        assert due(watch) == 0
        watch.clock.time += timedelta(minutes=1)
        assert due(watch) == 2
        gone.close()

    def test_the_alert_goes_at_once_when_there_will_be_no_copy(
        self, watch: Watch, server: SaveServer, saver: SavePageNow
    ) -> None:
        server.pending, server.end = 0, {"status": "error", "status_ext": "error:no-access", "message": "403"}
        advance(watch.store, saver, watch.clock, QUOTA)
        watch.clock.time += timedelta(seconds=5)
        advance(watch.store, saver, watch.clock, QUOTA)
        assert due(watch) == 2
        (copy,) = watch.store.copies(watch.policy.id)
        assert (copy.state, copy.error) == (CopyState.FAILED, f"The archive does not keep {URL}: 403")

    def test_trouble_is_tried_again_later_and_later_and_given_up(
        self, watch: Watch, server: SaveServer, saver: SavePageNow
    ) -> None:
        server.pending, server.end = 0, {"status": "error", "status_ext": "error:proxy-error"}
        begun = watch.clock.now()
        advance(watch.store, saver, watch.clock, QUOTA)
        while (copy := watch.store.copies(watch.policy.id)[0]).state is not CopyState.FAILED:
            assert watch.clock.now() - begun < GIVE_UP + timedelta(hours=8)
            watch.clock.time = copy.due - timedelta(seconds=1)
            assert advance(watch.store, saver, watch.clock, QUOTA) == 0
            watch.clock.time = copy.due
            assert advance(watch.store, saver, watch.clock, QUOTA) == 1
        assert watch.clock.now() - begun > GIVE_UP
        assert 10 <= len(server.asked) <= 20

    def test_a_job_that_never_ends_is_asked_for_again(
        self, watch: Watch, server: SaveServer, saver: SavePageNow
    ) -> None:
        server.pending = 10_000
        advance(watch.store, saver, watch.clock, QUOTA)
        watch.clock.time += JOB_LIFE + HOUR
        advance(watch.store, saver, watch.clock, QUOTA)
        (copy,) = watch.store.copies(watch.policy.id)
        assert (copy.state, copy.job, copy.attempts) == (CopyState.WANTED, "", 1)

    def test_the_quota_of_a_day_is_kept(self, watch: Watch, server: SaveServer, saver: SavePageNow) -> None:
        quota = Quota(per_day=1)
        advance(watch.store, saver, watch.clock, quota)
        watch.look(html(*CLAUSES, "A new clause that stands at the end of this policy from now on."), after=12 * HOUR)
        assert watch.look(after=11 * HOUR + timedelta(minutes=59)).outcome is Outcome.CANDIDATE
        watch.look(after=timedelta(minutes=1))
        watch.clock.time -= timedelta(minutes=5)
        advance(watch.store, saver, watch.clock, quota)
        watch.clock.time += timedelta(minutes=5)
        assert len(server.asked) == 1
        watch.clock.time += 2 * HOUR
        advance(watch.store, saver, watch.clock, quota)
        assert len(server.asked) == 2

    def test_what_dies_on_the_way_is_taken_up(self, watch: Watch, server: SaveServer, saver: SavePageNow) -> None:
        now = watch.clock.now()
        assert watch.store.want_copies(now=now, since=now - timedelta(days=1)) == 1
        assert watch.store.want_copies(now=now, since=now - timedelta(days=1)) == 0
        assert len(watch.store.lease_copies(now=now, lease=timedelta(minutes=3), limit=5)) == 1
        assert advance(watch.store, saver, watch.clock, QUOTA) == 0
        watch.clock.time += timedelta(minutes=3)
        assert advance(watch.store, saver, watch.clock, QUOTA) == 1
        assert server.asked == [URL]


class TestCommand:
    SECTION = """
[save_page_now]
enabled = true
url = "{url}"
access_key = {{ env = "TEST_ACCESS" }}
secret_key = {{ env = "TEST_SECRET" }}
wait = "{wait}"
[notify.webhook]
url = "{site}/hook"
allow_private = true
"""

    def changed(self, desk: Desk, site: WebSite, server: SaveServer, monkeypatch: pytest.MonkeyPatch, wait: str) -> str:
        monkeypatch.setenv("TEST_ACCESS", "access")
        monkeypatch.setenv("TEST_SECRET", "secret")
        desk.configure(self.SECTION.format(url=server.url, site=site.url, wait=wait))
        url = site.put("/privacy")
        assert desk.run("add", url, "--name", "acme") == 0
        site.put("/privacy", policy_page(*LONGER))
        return url

    def test_the_alert_and_the_log_name_the_copy(
        self, desk: Desk, site: WebSite, server: SaveServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = self.changed(desk, site, server, monkeypatch, "30s")
        server.pending = 0
        assert desk.run("check", "--confirm", "now") == 1
        assert "Alerts: 1 sent" in desk.out
        (post,) = site.posts
        assert json.loads(post)["data"]["change"]["public_copies"] == [f"{server.url}/web/{STAMP}/{url}"]
        assert desk.run("log", "acme", "--json") == 0
        assert desk.json()["changes"][0]["public_copies"] == [f"{server.url}/web/{STAMP}/{url}"]
        assert desk.run("log", "acme") == 0
        assert "public copy: " in desk.out

    def test_a_slow_archive_delays_the_alert_no_longer_than_said(
        self, desk: Desk, site: WebSite, server: SaveServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.changed(desk, site, server, monkeypatch, "1s")
        server.pending = 10_000
        begun = time.monotonic()
        assert desk.run("check", "--confirm", "now") == 1
        assert time.monotonic() - begun < 15
        assert json.loads(site.posts[0])["data"]["change"]["public_copies"] == []

    def test_the_daemon_asks_too(
        self, desk: Desk, site: WebSite, server: SaveServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.changed(desk, site, server, monkeypatch, "30s")
        path = desk.folder / "config.toml"
        path.write_text(path.read_text() + '[monitor]\nconfirm_after = "0s"\n')
        server.pending = 0
        app = App(load(path))
        app.store.postpone(app.store.policy("acme").id, until=datetime.now(UTC))
        daemon = Daemon(app, beat=timedelta(milliseconds=100))
        thread = threading.Thread(target=daemon.run)
        thread.start()
        try:
            until = time.monotonic() + 40
            while not site.posts and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            daemon.stop()
            thread.join()
            app.close()
        (post,) = site.posts
        assert json.loads(post)["data"]["change"]["public_copies"][0].startswith(server.url)

    def test_keys_are_needed(self, desk: Desk) -> None:
        desk.configure("[save_page_now]\nenabled = true\n")
        assert desk.run("list") == 2
        assert "needs access_key and secret_key" in desk.err
