"""Leader and workers over a real PostgreSQL: who leads, what is swept, what a queue of another make becomes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import requests
from procrastinate import PsycopgConnector
from psycopg.pq import TransactionStatus

from monitor.app import App
from monitor.config import Config, load
from monitor.errors import ConfigError
from monitor.model import AlertDraft, AlertKind, CopyState, Origin, Policy, PolicySpec
from monitor.scale import Leader, Worker
from monitor.scale.queue import LEADER_LOCK, SCHEMA, Queue, checks_of
from tests.desk import Desk
from tests.past_desk import captures
from tests.running import ended
from tests.save_server import SaveServer
from tests.servers import free_port
from tests.site import LONGER, WebSite, policy_page
from tests.wayback_server import FakeTimer, Stored, wayback_machine

BEAT = timedelta(seconds=0.1)


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def config(desk: Desk, url: str) -> Config:
    path = desk.configure(f'[monitor]\nwork = "workers"\nlease = "1s"\n[storage]\nurl = "{url}"\n')
    return load(path)


@pytest.fixture
def app(config: Config) -> Iterator[App]:
    app = App(config)
    yield app
    app.close()


def until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


@contextmanager
def leading(app: App) -> Iterator[Leader]:
    leader = Leader(app, beat=BEAT)
    thread = threading.Thread(target=leader.run)
    thread.start()
    try:
        yield leader
    finally:
        leader.stop()
        thread.join(30)
        assert not thread.is_alive()


def watch(app: App, site: WebSite, *names: str) -> list[Policy]:
    return [
        app.store.add_policy(
            PolicySpec(name=name, urls=(site.put(f"/{name}"),)), origin=Origin.DATABASE, now=datetime.now(UTC)
        )
        for name in names
    ]


def asked(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def waiting(url: str) -> list[list[int]]:
    """The policies of each job that waits to be taken."""
    rows = asked(url, f"SELECT args FROM {SCHEMA}.procrastinate_jobs WHERE status = 'todo' AND queue_name = 'checks'")
    return [args["policies"] for (args,) in rows]  # type: ignore[call-overload]


def lock_holders(url: str) -> list[tuple[object, ...]]:
    low, high = LEADER_LOCK & 0xFFFFFFFF, LEADER_LOCK >> 32
    here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"  # a lock is of its database
    lock = f"classid = {high} AND objid = {low}"
    return asked(url, f"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND {here} AND {lock}")


@contextmanager
def process(desk: Desk, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """`monitor run` or `monitor worker`, killed at the end if it has not ended."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    started = [sys.executable, "-m", "monitor.cli", "--log-json", *command]
    with subprocess.Popen(started, cwd=desk.folder, env=env, stderr=subprocess.PIPE) as running:
        try:
            yield running
        finally:
            running.send_signal(signal.SIGCONT)
            running.kill()


class Log:
    """What a process says, as it says it."""

    def __init__(self, running: subprocess.Popen[bytes]) -> None:
        self.text = ""
        self._stream = running.stderr
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._stream is not None
        for line in self._stream:
            self.text += line.decode()


def test_one_leads_and_another_takes_over(config: Config, app: App, site: WebSite, url: str) -> None:
    watch(app, site, "one", "two")
    other = App(config)
    with leading(app) as first:
        until(lambda: lock_holders(url))
        [(pid,)] = lock_holders(url)
        with leading(other):
            time.sleep(0.5)
            assert lock_holders(url) == [(pid,)]
            assert waiting(url) == [[1, 2]]  # queued once, however often the leader looks
            first.stop()
            until(lambda: lock_holders(url) not in ([], [(pid,)]))
            time.sleep(0.5)
            assert waiting(url) == [[1, 2]]
    assert lock_holders(url) == []
    other.close()


def test_what_a_dead_worker_had_in_hand_is_swept_and_handed_out_again(app: App, site: WebSite, url: str) -> None:
    (policy,) = watch(app, site, "one")

    async def die() -> None:
        """Take a job and its claim, and do nothing more."""
        async with Queue(app.config).opened() as queue:
            await queue.job_manager.batch_defer_jobs_async([checks_of([policy.id])])
            worker = await queue.job_manager.register_worker()
            assert await queue.job_manager.fetch_job(queues=["checks"], worker_id=worker)

    asyncio.run(die())
    now = datetime.now(UTC)
    assert app.store.claim(policy.id, owner="the dead", now=now, lease=timedelta(seconds=1))
    with leading(app):
        time.sleep(0.5)
        assert waiting(url) == []  # claimed still
        until(lambda: waiting(url) == [[policy.id]])
        query = f"SELECT count(*) FROM {SCHEMA}.procrastinate_jobs WHERE status = 'doing'"
        until(lambda: asked(url, query) == [(0,)])


def test_a_leader_that_loses_its_session_goes_on(app: App, site: WebSite, url: str) -> None:
    with leading(app):
        until(lambda: lock_holders(url))
        [(pid,)] = lock_holders(url)
        asked(url, f"SELECT pg_terminate_backend({pid})")
        until(lambda: lock_holders(url) not in ([], [(pid,)]))
        (policy,) = watch(app, site, "late")
        until(lambda: waiting(url) == [[policy.id]])


def test_whoever_hangs_between_two_statements_holds_nothing_of_the_queue(desk: Desk, url: str) -> None:
    """A leader was stopped between putting jobs into the queue and the commit: the next one waited for it for good."""
    more = "&application_name=a%20watch%2B&options=-c%20work_mem%3D7MB"
    config = load(desk.configure(f'[monitor]\nwork = "workers"\n[storage]\nurl = "{url}{more}"\n'))

    async def state() -> tuple[TransactionStatus, dict[str, str], object]:
        async with Queue(config).opened() as queue:
            connector = queue.connector
            assert isinstance(connector, PsycopgConnector)
            async with connector.pool.connection() as connection:
                await connection.execute("SELECT count(*) FROM procrastinate_jobs")
                names = "current_setting('application_name'), current_setting('work_mem')"
                given = await (await connection.execute(f"SELECT {names}".encode())).fetchone()
                return connection.info.transaction_status, connection.info.get_parameters(), given

    status, told, given = asyncio.run(state())
    assert status is TransactionStatus.IDLE
    assert given == ("a watch+", "7MB")  # what the address of the database says besides
    assert told["tcp_user_timeout"] == "60000"  # nor does it wait for a server that has gone without a word


@pytest.mark.long
def test_a_leader_that_hangs_is_replaced(desk: Desk, config: Config, site: WebSite, url: str) -> None:
    """As when its machine has gone without a word: its session stands, and says nothing."""
    assert config.monitor.lease == timedelta(seconds=1)
    with process(desk, "run") as hanging:
        until(lambda: lock_holders(url))
        [(pid,)] = lock_holders(url)
        hanging.send_signal(signal.SIGSTOP)
        app = App(config)
        with leading(app):
            until(lambda: lock_holders(url) not in ([], [(pid,)]))
            (policy,) = watch(app, site, "late")
            until(lambda: waiting(url) == [[policy.id]])
            hanging.send_signal(signal.SIGCONT)
        app.close()
        until(lambda: lock_holders(url))  # it stood by, and leads again
        said = ended(hanging)
    assert said.count('"event": "leading"') > 1


def test_leader_and_workers_read_the_configuration_anew(desk: Desk, config: Config, app: App, site: WebSite) -> None:
    path = desk.folder / "config.toml"
    _ = app.store  # opened while its configuration is that of the others
    with process(desk, "run") as leader, process(desk, "worker") as worker:
        logs = [Log(leader), Log(worker)]
        until(lambda: "leading" in logs[0].text and "working" in logs[1].text)
        path.write_text(path.read_text() + f'[[policy]]\nname = "new"\nurl = "{site.put("/new")}"\n')
        for one in (leader, worker):
            one.send_signal(signal.SIGHUP)
        until(lambda: all("reloaded" in log.text for log in logs))
        until(lambda: app.store.observations(app.store.policy("new").id))
        path.write_text("[monitor\n")
        for one in (leader, worker):
            one.send_signal(signal.SIGHUP)
        until(lambda: all("the configuration stays as it was" in log.text for log in logs))
        for one in (leader, worker):
            one.send_signal(signal.SIGTERM)
        assert [one.wait(30) for one in (leader, worker)] == [0, 0]
    assert config.specs == ()


def test_a_second_signal_ends_what_waits_for_others(desk: Desk, app: App, site: WebSite, url: str) -> None:
    """The leader waits for a database that is frozen, the worker for a site."""
    watch(app, site, "slow")
    site.slow = {"/slow"}
    with process(desk, "run") as leader, process(desk, "worker") as worker:
        assert site.asked.wait(30)
        [(pid,)] = lock_holders(url)
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGSTOP)
        try:
            for number, expected in ((signal.SIGTERM, None), (signal.SIGINT, -signal.SIGINT)):
                time.sleep(3)  # in which the leader has asked that session, and heard nothing
                for one in (leader, worker):
                    one.send_signal(number)
                time.sleep(1)
                assert [leader.poll(), worker.poll()] == [expected, expected]
        finally:
            os.kill(pid, signal.SIGCONT)
            site.gate.set()


def test_a_worker_that_is_stopped_as_it_begins_takes_nothing(app: App, site: WebSite, url: str) -> None:
    (policy,) = watch(app, site, "one")
    worker = Worker(app)
    worker.stop()
    worker.reload()  # nothing to do for one that has not begun
    worker.run()
    assert app.store.due(now=datetime.now(UTC), limit=1) == [policy]
    assert asked(url, f"SELECT 1 FROM pg_namespace WHERE nspname = '{SCHEMA}'") == []  # nor did it make the queue


def test_a_channel_that_takes_its_time_keeps_no_other_waiting(desk: Desk, url: str, site: WebSite) -> None:
    hooks = "".join(
        f'[[notify.webhook]]\nname = "{name}"\nurl = "{site.url}/{name}"\nallow_private = true\n'
        for name in ("good", "bad")
    )
    app = App(load(desk.configure(f'[monitor]\nwork = "workers"\n[storage]\nurl = "{url}"\n{hooks}')))
    (policy,) = watch(app, site, "one")
    site.slow = {"/bad"}
    worker = Worker(app)
    for number in (1, 2):
        draft = AlertDraft(kind=AlertKind.TEST, rule="", channels=("good", "bad"))
        app.store.raise_alert(policy.id, draft, now=datetime.now(UTC))
        until(lambda: worker._deliver() or site.told == ["/good"] * number)  # type: ignore[func-returns-value] # noqa: B023
    site.gate.set()
    worker._deliver(wait=True)
    assert sorted(site.told) == ["/bad", "/bad", "/good", "/good"]
    app.close()


def test_the_leader_has_public_copies_made(
    desk: Desk, url: str, site: WebSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_ACCESS", "access")
    monkeypatch.setenv("TEST_SECRET", "secret")
    with SaveServer().served() as archive:
        archive.pending = 0
        keys = 'access_key = { env = "TEST_ACCESS" }\nsecret_key = { env = "TEST_SECRET" }'
        saving = f'[save_page_now]\nenabled = true\nurl = "{archive.url}"\n{keys}\n'
        path = desk.configure(f'[monitor]\nwork = "workers"\n[storage]\nurl = "{url}"\n{saving}')
        app = App(load(path), confirm_after=timedelta())
        (policy,) = watch(app, site, "privacy")
        app.looks.look(policy)
        site.put("/privacy", policy_page(*LONGER))
        app.looks.look(policy)
        with leading(app):
            until(lambda: [copy.state for copy in app.store.copies(policy.id)] == [CopyState.SAVED])
        assert archive.asked == [policy.spec.urls[0]]
        app.close()


def test_the_leader_looks_into_the_past_and_says_how_it_is(desk: Desk, url: str, site: WebSite) -> None:
    port = free_port()
    with wayback_machine(FakeTimer()) as machine:
        archive = f'[[archive]]\nname = "wayback"\nurl = "{machine.base}"\npace = 100000\nindex_pace = 100000\n'
        first = f'[monitor]\nwork = "workers"\nlisten = {port}\n[storage]\nurl = "{url}"\n'
        app = App(load(desk.configure(first + archive)))
        (policy,) = watch(app, site, "privacy")
        machine.stored = [Stored(one.stamp, policy.spec.urls[0], one.body) for one in captures("A" * 6 + "B" * 4)]
        with leading(app):
            until(lambda: app.store.past_state(policy.id).due)
            assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=9).text == "ok\n"
            page = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=9).text
        assert "clausewatch_database_up 1.0" in page
        assert "clausewatch_last_beat_timestamp_seconds 1" in page
        assert app.store.listings(policy.id)[0].rows == 10
        app.close()


def test_the_operator_is_told_when_the_database_stays_away(
    desk: Desk, url: str, site: WebSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
    hook = f'[notify.webhook]\nurl = "{site.url}/hook"\nallow_private = true\noperator = true\n'
    app = App(load(desk.configure(f'[monitor]\nwork = "workers"\n[storage]\nurl = "{url}"\n{hook}')))
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    server = psycopg.conninfo.make_conninfo(url, dbname="postgres")
    with leading(app) as leader:
        until(lambda: lock_holders(url))
        asked(server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        asked(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        try:
            until(lambda: site.posts)
            assert b"The database failed" in site.posts[0]
            assert leader.trouble is not None
        finally:
            asked(server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        until(lambda: leader.trouble is None)
    app.close()


def test_connections_that_have_broken_meanwhile_are_no_error(app: App, site: WebSite, url: str) -> None:
    watched = watch(app, site, "one")
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    asked(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    time.sleep(1.1)  # one that has just been used is not tried first
    assert app.store.policies() == list(watched)


def test_a_job_that_comes_twice_is_one_look(app: App, site: WebSite) -> None:
    one, two = watch(app, site, "one", "two")
    worker = Worker(app)
    _ = app.parts
    worker._check([one.id])
    worker._check([one.id])
    assert site.visits == {"/one": 1}
    worker._check([two.id, one.id])
    assert site.visits == {"/one": 1, "/two": 1}


def test_a_queue_of_another_make_is_made_anew(config: Config, url: str) -> None:
    async def open_it() -> None:
        async with Queue(config).opened():
            pass

    asyncio.run(open_it())
    asked(url, f"INSERT INTO {SCHEMA}.procrastinate_workers DEFAULT VALUES RETURNING id")
    asyncio.run(open_it())
    kept = f"SELECT count(*) FROM {SCHEMA}.procrastinate_workers"
    assert asked(url, kept) == [(1,)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS 'older'".encode())
    asyncio.run(open_it())
    assert asked(url, kept) == [(0,)]


def test_workers_need_postgresql(desk: Desk) -> None:
    desk.configure('[monitor]\nwork = "workers"\n')
    for command in ("run", "worker"):
        assert desk.run(command) == 2
        assert "workers share a PostgreSQL database" in desk.err


def test_workers_need_a_package(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    with pytest.raises(ConfigError, match=r"install clausewatch\[scale\]"):
        Queue(config)


def test_the_command_works_until_it_is_told_to_stop(desk: Desk, app: App, site: WebSite, config: Config) -> None:
    del config
    names = [f"p{number}" for number in range(12)]
    policies = watch(app, site, *names)
    with leading(app), process(desk, "worker", "--jobs", "2") as worker:
        until(lambda: all(app.store.observations(policy.id) for policy in policies), 60)
        worker.send_signal(signal.SIGTERM)
        _, said = worker.communicate(timeout=30)
    assert worker.returncode == 0
    assert set(site.visits.values()) == {1}
    assert b'"event": "stopped"' in said.splitlines()[-1]
    assert app.store.due(now=datetime.now(UTC), limit=99) == []
