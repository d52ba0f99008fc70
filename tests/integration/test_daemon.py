"""`monitor run` as a process of its own, against a real site, a real database and a real receiver."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import App
from monitor.config import Config, load
from monitor.daemon import Daemon
from monitor.model import Fetched, FetchRequest, Outcome, Policy
from monitor.ports import Fetcher, Store
from storage import open_store
from tests.desk import Desk
from tests.past_desk import captures
from tests.running import daemon, ended, until
from tests.site import LONGER, WebSite, policy_page
from tests.wayback_server import FakeTimer, Stored, wayback_machine

HOOK = '[notify.webhook]\nurl = "{url}/hook"\nallow_private = true\n'


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    opened = open_store(str(desk.folder / "clausewatch.db"))
    yield opened
    opened.close()


def watch(desk: Desk, site: WebSite, *names: str) -> None:
    for name in names:
        assert desk.run("add", site.put(f"/{name}"), "--name", name, "--no-check") == 0


def looked_at(store: Store, name: str) -> bool:
    return bool(store.observations(store.policy(name).id))


def due_now(store: Store, name: str) -> None:
    store.postpone(store.policy(name).id, until=datetime.now(UTC))


def test_it_looks_tells_and_ends_when_asked(desk: Desk, site: WebSite, store: Store) -> None:
    desk.configure('[monitor]\nconfirm_after = "0s"\n' + HOOK.format(url=site.url))
    watch(desk, site, "one", "two")
    with daemon(desk.folder) as process:
        until(lambda: looked_at(store, "one") and looked_at(store, "two"))
        # What another process does meanwhile is noticed: a new policy, and one that is due again.
        watch(desk, site, "three")
        site.put("/one", policy_page(*LONGER))
        due_now(store, "one")
        until(lambda: looked_at(store, "three") and site.posts)
        said = ended(process)
        assert process.returncode == 0
    assert json.loads(site.posts[0])["data"]["policy"]["name"] == "one"
    assert [json.loads(line)["event"] for line in said.splitlines() if line.startswith("{")][-1] == "stopped"
    assert site.visits == {"/one": 2, "/two": 1, "/three": 1}


def test_sigterm_lets_a_running_look_finish_and_begins_no_other(desk: Desk, site: WebSite, store: Store) -> None:
    desk.configure("[monitor]\njobs = 1\n")
    watch(desk, site, "one", "two")
    site.slow = {"/one", "/two"}
    with daemon(desk.folder) as process:
        assert site.asked.wait(40)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        site.gate.set()
        process.communicate(timeout=40)
        assert process.returncode == 0
    assert [looked_at(store, "one"), looked_at(store, "two")] == [True, False]


def test_two_daemons_share_the_work(desk: Desk, site: WebSite, store: Store) -> None:
    names = [f"policy-{number}" for number in range(8)]
    watch(desk, site, *names)
    with daemon(desk.folder) as one, daemon(desk.folder) as other:
        until(lambda: all(looked_at(store, name) for name in names))
        time.sleep(0.5)
        said = ended(one) + ended(other, signal.SIGINT)
        assert (one.returncode, other.returncode) == (0, 0)
    assert set(site.visits.values()) == {1}
    assert said.count('"event": "checked"') == len(names)


def test_killed_and_started_again_it_loses_nothing(desk: Desk, site: WebSite, store: Store) -> None:
    desk.configure('[monitor]\nconfirm_after = "0s"\n' + HOOK.format(url=site.url))
    watch(desk, site, "one")
    assert desk.run("check") == 0
    site.put("/one", policy_page(*LONGER))
    site.slow = {"/one"}
    site.asked.clear()
    due_now(store, "one")
    with daemon(desk.folder) as process:
        assert site.asked.wait(40)
        process.kill()
        process.wait()
    site.gate.set()
    policy = store.policy("one")
    # Its lease dies with it: what is left of it is waited for, here by moving the clock of whoever looks.
    later = datetime.now(UTC) + timedelta(minutes=16)
    assert [due.spec.name for due in store.due(now=later, limit=5)] == ["one"]
    assert store.claim(policy.id, owner="test", now=later, lease=timedelta(0))
    store.release(policy.id, owner="test")
    with daemon(desk.folder) as process:
        until(lambda: site.posts)
        ended(process)
    assert [change.summary for change in store.changes(policy.id)]
    assert [version.number for version in store.versions(policy.id)] == [1, 2]


class Broken:
    """A fetcher with a fault of its own for one address."""

    def __init__(self, whole: Fetcher, bad: str) -> None:
        self._whole = whole
        self._bad = bad

    def fetch(self, request: FetchRequest) -> Fetched:
        if request.url.endswith(self._bad):
            raise ZeroDivisionError
        return self._whole.fetch(request)


def running(app: App, true: Callable[[], object]) -> None:
    """Run a daemon in this process until something is true."""
    work = Daemon(app, beat=timedelta(seconds=0.1))
    thread = threading.Thread(target=work.run)
    thread.start()
    try:
        until(true)
    finally:
        work.stop()
        thread.join(30)
    assert not thread.is_alive()


def config(desk: Desk) -> Config:
    return load(desk.folder / "config.toml")


def test_a_fault_in_one_check_stops_no_other(desk: Desk, site: WebSite, store: Store) -> None:
    watch(desk, site, "bad", "good", "well")
    outer = App(config(desk))
    app = App(config(desk), fetcher=Broken(outer.fetcher, "/bad"))
    running(app, lambda: looked_at(store, "good") and looked_at(store, "well"))
    (bad,) = [policy for policy in store.due(now=datetime.now(UTC) + timedelta(hours=2), limit=9) if _is(policy, "bad")]
    assert not looked_at(store, "bad")
    assert bad not in store.due(now=datetime.now(UTC) + timedelta(minutes=50), limit=9)
    results = {result.policy.spec.name: result for result in app.looks.look_at_all(store.policies())}
    assert getattr(results["bad"], "crashed", False)
    assert getattr(results["good"], "outcome", None) is Outcome.UNCHANGED
    app.close()
    outer.close()


def _is(policy: Policy, name: str) -> bool:
    return policy.spec.name == name


def test_a_database_in_trouble_is_waited_for(desk: Desk, site: WebSite, store: Store) -> None:
    """A table goes away under the daemon, as a disk would, and comes back."""
    watch(desk, site, "one")
    path = desk.folder / "clausewatch.db"
    app = App(config(desk))
    _ = app.store
    rename(path, "schedule", "schedule_away")
    back = threading.Timer(1.0, rename, (path, "schedule_away", "schedule"))
    back.start()
    running(app, lambda: back.finished.is_set() and looked_at(store, "one"))
    back.join()
    app.close()


def rename(database: Path, old: str, new: str) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(f"ALTER TABLE {old} RENAME TO {new}")


def test_it_looks_into_the_past_of_new_policies(desk: Desk, site: WebSite, store: Store) -> None:
    with wayback_machine(FakeTimer()) as machine:
        desk.configure(
            f'[[archive]]\nname = "wayback"\nurl = "{machine.base}"\npace = 100000\nindex_pace = 100000\n'
            "[backfill]\nmax_fetches = 12\n"
        )
        watch(desk, site, "privacy")
        machine.stored = [Stored(one.stamp, f"{site.url}/privacy", one.body) for one in captures("A" * 60 + "B" * 40)]
        policy = store.policy("privacy").id
        with daemon(desk.folder) as running:
            until(lambda: store.past_state(policy).due)
            until(lambda: looked_at(store, "privacy"))
            said = ended(running)
        assert "looked back" in said
        assert store.listings(policy)[0].rows == 100
        assert 0 < len(store.past_looks(policy)) <= 12
        assert store.alerts() == []
        state = store.past_state(policy)
        assert state.due is not None
        assert timedelta(hours=23) < state.due - datetime.now(UTC) < timedelta(hours=25)


def test_it_asks_no_archive_that_is_not_configured(desk: Desk, site: WebSite, store: Store) -> None:
    watch(desk, site, "privacy")
    with daemon(desk.folder) as running:
        until(lambda: looked_at(store, "privacy"))
        ended(running)
    assert store.past_state(store.policy("privacy").id).due is None
