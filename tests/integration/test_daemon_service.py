"""`monitor run` as a service: reloaded, watched over, asked how it is, and taken up after it was killed."""

from __future__ import annotations

import json
import signal
import socket
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.model import AlertDraft, AlertKind, DeliveryState
from monitor.ports import Store
from storage import open_store
from tests.desk import Desk
from tests.running import daemon, ended, until
from tests.servers import free_port
from tests.site import WebSite

POLICY = '[[policy]]\nname = "{name}"\nurl = "{url}/{name}"\n'


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    opened = open_store(str(desk.folder / "clausewatch.db"))
    yield opened
    opened.close()


def looked_at(store: Store, name: str) -> bool:
    return any(one.policy.spec.name == name and one.last for one in store.standings())


def asked(port: int, page: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def events(said: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_sighup_reads_the_configuration_anew(desk: Desk, site: WebSite, store: Store) -> None:
    site.put("/one")
    site.put("/two")
    first = POLICY.format(name="one", url=site.url)
    desk.configure(first)
    with daemon(desk.folder) as process:
        until(lambda: looked_at(store, "one"))
        desk.configure("[monitor]\njobs = 2\n" + first + POLICY.format(name="two", url=site.url))
        process.send_signal(signal.SIGHUP)
        until(lambda: looked_at(store, "two"))
        path = desk.configure('[monitor]\nevery = "soon"\n')
        process.send_signal(signal.SIGHUP)
        # What was right goes on: the policies of the last good configuration are still watched.
        until(lambda: process.poll() is None and refused(store, site))
        said = events(ended(process))
    assert path.exists()
    assert process.returncode == 0
    told = [event["event"] for event in said]
    assert told.count("reloaded") == 1
    (error,) = [event["error"] for event in said if event["event"] == "the configuration stays as it was"]
    assert "monitor.every: a duration is written as" in error
    assert [policy.spec.name for policy in store.policies()] == ["one", "two"]


def test_sighup_ends_no_watch_that_begins_or_ends(desk: Desk, site: WebSite, store: Store) -> None:
    """Nor does a file that is worse than we thought."""
    site.put("/one")
    path = desk.configure(POLICY.format(name="one", url=site.url))
    with daemon(desk.folder) as process:
        hanging_up = threading.Event()

        def hang_up() -> None:
            while not hanging_up.wait(0.05):
                process.send_signal(signal.SIGHUP)

        until(lambda: ignores_hangups(process.pid))
        thread = threading.Thread(target=hang_up)
        thread.start()
        until(lambda: looked_at(store, "one"))
        path.write_text("a = " + 5000 * "[")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        hanging_up.set()
        thread.join()
        _, said = process.communicate(timeout=40)
    assert process.returncode == 0
    assert "nested too deeply" in said.decode()


def ignores_hangups(number: int) -> bool:
    """Whether a process would not end at a SIGHUP: it ignores or catches it."""
    lines = dict(line.split(":\t", 1) for line in Path(f"/proc/{number}/status").read_text().splitlines())
    return any(int(lines[name], 16) & 1 << signal.SIGHUP - 1 for name in ("SigIgn", "SigCgt"))


def test_whoever_asks_how_it_is_may_go_away_at_once(desk: Desk, site: WebSite) -> None:
    port = free_port()
    site.put("/one")
    desk.configure(f"[monitor]\nlisten = {port}\n" + POLICY.format(name="one", url=site.url))
    with daemon(desk.folder) as process:
        until(lambda: answers(port))
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", port)) as asker:
                asker.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # gone without a word
                asker.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        assert asked(port, "/healthz")[0] == 200
        assert "Traceback" not in ended(process)


def answers(port: int) -> bool:
    try:
        return asked(port, "/healthz")[0] == 200
    except urllib.error.URLError:
        return False


def refused(store: Store, site: WebSite) -> bool:
    """A look that was asked for after the mistake is made all the same."""
    seen = site.visits["/two"]
    if seen < 2:
        store.postpone(store.policy("two").id, until=store.policy("two").created)
    return seen >= 2


def test_a_look_that_runs_outlives_a_reload(desk: Desk, site: WebSite, store: Store) -> None:
    site.put("/one")
    site.slow = {"/one"}
    desk.configure(POLICY.format(name="one", url=site.url))
    with daemon(desk.folder) as process:
        assert site.asked.wait(40)
        site.put("/two")
        desk.configure(POLICY.format(name="one", url=site.url) + POLICY.format(name="two", url=site.url))
        process.send_signal(signal.SIGHUP)
        until(lambda: looked_at(store, "two"))
        assert not looked_at(store, "one")
        site.gate.set()
        until(lambda: looked_at(store, "one"))
        ended(process)
    assert site.visits == {"/one": 1, "/two": 1}


def test_a_channel_that_is_busy_holds_up_no_reload(desk: Desk, site: WebSite, store: Store) -> None:
    """A command takes its time; meanwhile the configuration changes, and looks and other channels go on."""
    site.put("/one")
    site.put("/two")
    busy, done, feed = desk.folder / "busy", desk.folder / "done", desk.folder / "feed.atom"
    script = """
import pathlib, sys, time
sys.stdin.read()
pathlib.Path("{busy}").touch()
while not pathlib.Path("{done}").exists():
    time.sleep(0.05)
"""
    waiting = script.format(busy=busy, done=done)
    channels = (
        f"[notify.command]\ncommand = [{json.dumps(sys.executable)}, '-c', {json.dumps(waiting)}]\n"
        f"[notify.atom]\npath = {json.dumps(str(feed))}\n"
    )
    first = POLICY.format(name="one", url=site.url)
    desk.configure(channels + first)
    with daemon(desk.folder) as process:
        until(lambda: looked_at(store, "one"))
        one = store.policy("one")
        store.raise_alert(
            one.id, AlertDraft(kind=AlertKind.TEST, rule="r", channels=("command",)), now=datetime.now(UTC)
        )
        until(busy.exists)
        desk.configure(channels + first + POLICY.format(name="two", url=site.url))
        process.send_signal(signal.SIGHUP)
        until(lambda: looked_at(store, "two"))
        store.raise_alert(one.id, AlertDraft(kind=AlertKind.TEST, rule="r", channels=("atom",)), now=datetime.now(UTC))
        until(lambda: [d.state for d in store.deliveries() if d.channel == "atom"] == [DeliveryState.SENT])
        assert [d.state for d in store.deliveries() if d.channel == "command"] == [DeliveryState.SENDING]
        done.touch()
        said = ended(process)
    assert process.returncode == 0
    assert "Traceback" not in said
    assert {delivery.state for delivery in store.deliveries()} == {DeliveryState.SENT}


def test_alerts_without_a_channel_are_told_of(desk: Desk, site: WebSite, store: Store) -> None:
    site.put("/one")
    desk.configure(POLICY.format(name="one", url=site.url))
    with daemon(desk.folder) as process:
        until(lambda: looked_at(store, "one"))
        draft = AlertDraft(kind=AlertKind.TEST, rule="r", channels=("pigeon",))
        store.raise_alert(store.policy("one").id, draft, now=datetime.now(UTC))
        visits = site.visits["/two"]
        desk.configure(POLICY.format(name="one", url=site.url) + POLICY.format(name="two", url=site.url))
        process.send_signal(signal.SIGHUP)
        until(lambda: site.visits["/two"] > visits)
        until(lambda: looked_at(store, "two"))
        said = events(ended(process))
    (told,) = [one for one in said if one["event"] == "alerts wait for a channel that is not configured"]
    assert (told["channel"], told["alerts"]) == ("pigeon", 1)


def test_an_archive_may_come_and_go_with_a_reload(desk: Desk, site: WebSite, store: Store) -> None:
    site.put("/one")
    policy = POLICY.format(name="one", url=site.url)
    archive = f'[[archive]]\nurl = "{site.url}/archive"\n[backfill]\nmax_fetches = 1\n'
    desk.configure(policy)
    with daemon(desk.folder) as process:
        until(lambda: looked_at(store, "one"))
        desk.configure(archive + policy)
        process.send_signal(signal.SIGHUP)
        until(lambda: any(path.startswith("/archive") for path in site.visits))
        site.put("/two")
        desk.configure(policy + POLICY.format(name="two", url=site.url))
        process.send_signal(signal.SIGHUP)
        until(lambda: looked_at(store, "two"))
        said = ended(process)
    assert "Traceback" not in said


def test_the_service_manager_is_told(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "notify"
    desk.configure()
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(path))
        manager.settimeout(30)
        with daemon(desk.folder, NOTIFY_SOCKET=str(path), WATCHDOG_USEC="600000") as process:
            assert manager.recv(999) == b"READY=1\nSTATUS=watching"
            assert manager.recv(999) == b"WATCHDOG=1"
            process.send_signal(signal.SIGHUP)
            heard = [manager.recv(999) for _ in range(5)]
            reloading = next(message for message in heard if message.startswith(b"RELOADING=1\nMONOTONIC_USEC="))
            assert heard.index(reloading) < heard.index(b"READY=1\nSTATUS=watching")
            assert heard.count(b"WATCHDOG=1") >= 2
            process.send_signal(signal.SIGTERM)
            until(lambda: manager.recv(999) == b"STOPPING=1")
            process.communicate(timeout=40)


def test_it_says_how_it_is(desk: Desk, site: WebSite, store: Store) -> None:
    port = free_port()
    desk.configure(f"[monitor]\nlisten = {port}\n" + POLICY.format(name="one", url=site.url))
    site.put("/one")
    with daemon(desk.folder) as process:
        until(lambda: looked_at(store, "one"))
        assert asked(port, "/healthz") == (200, "ok\n")
        assert asked(port, "/elsewhere")[0] == 404
        until(lambda: 'clausewatch_checks_total{outcome="first"} 1.0' in asked(port, "/metrics")[1])
        status, metrics = asked(port, "/metrics")
        ended(process)
    assert status == 200
    lines = metrics.splitlines()
    for line in (
        'clausewatch_policies{state="watched"} 1.0',
        'clausewatch_policies{state="due"} 0.0',
        "clausewatch_database_up 1.0",
        "clausewatch_check_seconds_count 1.0",
        'clausewatch_outbox{state="dead"} 0.0',
    ):
        assert line in lines
    assert any(line.startswith("process_resident_memory_bytes") for line in lines)


def test_a_channel_that_is_gone_is_stopped_until_the_configuration_is_read_anew(
    desk: Desk, site: WebSite, store: Store
) -> None:
    port = free_port()
    hook = f'[notify.webhook]\nurl = "{site.url}/hook"\nallow_private = true\n'
    desk.configure(f"[monitor]\nlisten = {port}\n" + hook + POLICY.format(name="one", url=site.url))
    site.put("/one")
    site.hook_status = 410
    resting = 'clausewatch_channel_resting{channel="webhook"} 1.0'
    with daemon(desk.folder) as process:
        until(lambda: looked_at(store, "one"))
        one = store.policy("one").id
        for _ in range(2):
            store.raise_alert(
                one, AlertDraft(kind=AlertKind.TEST, rule="r", channels=("webhook",)), now=datetime.now(UTC)
            )
        until(lambda: resting in asked(port, "/metrics")[1])
        assert len(site.posts) == 1
        site.hook_status = 200
        process.send_signal(signal.SIGHUP)
        until(lambda: len(site.posts) == 2)
        until(lambda: resting not in asked(port, "/metrics")[1])
        ended(process)
    assert sorted(one.state.value for one in store.deliveries()) == ["dead", "sent"]


def test_a_port_that_is_taken_is_a_mistake_of_the_configuration(desk: Desk) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        desk.configure(f"[monitor]\nlisten = {other.getsockname()[1]}\n")
        assert desk.run("run") == 2
    assert "monitor.listen: cannot listen at 127.0.0.1" in desk.err


def test_what_a_killed_daemon_had_claimed_is_looked_at_at_once(desk: Desk, site: WebSite, store: Store) -> None:
    site.put("/one")
    site.slow = {"/one"}
    desk.configure('[monitor]\nlease = "1h"\n' + POLICY.format(name="one", url=site.url))
    with daemon(desk.folder) as process:
        assert site.asked.wait(40)
        process.kill()
        process.wait()
    site.gate.set()
    with daemon(desk.folder) as process:
        until(lambda: looked_at(store, "one"), seconds=30)
        said = events(ended(process))
    assert "took up what a process that died had claimed" in [event["event"] for event in said]
