"""Opening a database: what is made, what is refused, and two processes at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from monitor.errors import StoreError, StoreUnavailable
from monitor.model import Origin
from monitor.ports import Store
from storage import open_store
from storage.engine import Database, parse_url
from storage.schema import HEAD, VERSION_TABLE, alembic_config, current_revision
from tests.records import HOUR, NOON, a_first, a_spec, an_answer


def test_the_migrations_make_just_what_the_code_declares(url: str) -> None:
    database = Database(parse_url(url))
    with database.write() as connection:
        command.check(alembic_config(connection))
        assert ScriptDirectory.from_config(alembic_config(connection)).get_current_head() == HEAD
        assert current_revision(connection) == HEAD
    database.close()


def test_an_empty_database_is_only_made_when_asked(empty_url: str) -> None:
    with pytest.raises(StoreUnavailable, match=f"schema none, and {HEAD} is needed"):
        open_store(empty_url, migrate=False)
    open_store(empty_url).close()
    store = open_store(empty_url, migrate=False)
    assert store.policies() == []
    store.close()


def test_several_open_an_empty_database_at_once(empty_url: str) -> None:
    start = threading.Barrier(4)
    ends: list[object] = []

    def open_it() -> None:
        start.wait()
        try:
            store = open_store(empty_url)
            ends.append(store.policies())
            store.close()
        except StoreError as error:
            ends.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [[]] * 4


def test_two_processes_open_an_empty_database_at_once(empty_url: str) -> None:
    program = "import sys; from storage import open_store; print(open_store(sys.argv[1]).check_health())"
    root = Path(__file__).parents[2]
    started = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], cwd=root, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert all(words.strip().endswith(f"schema {HEAD}") for words in said)


def test_a_schema_newer_than_the_code_is_left_alone(empty_url: str) -> None:
    open_store(empty_url).close()
    database = Database(parse_url(empty_url))
    with database.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    database.close()
    for migrate in (True, False):
        with pytest.raises(StoreUnavailable, match="9999"):
            open_store(empty_url, migrate=migrate)


def test_health_names_the_database(store: Store, backend: str) -> None:
    said = store.check_health()
    assert said.startswith({"sqlite": "SQLite 3.", "postgresql": "PostgreSQL "}[backend])
    assert said.endswith(f", schema {HEAD}")
    assert store.check_health() == said


def test_a_closed_store_fails(store: Store) -> None:
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.policies()


def test_what_was_written_is_there_for_the_next_process(url: str) -> None:
    store = open_store(url)
    policy_id = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id
    store.commit(a_first(store.history(policy_id), "We keep data.", captures=(an_answer(b"1"),)))
    before = store.history(policy_id)
    store.close()
    again = open_store(url)
    assert again.history(policy_id) == before
    again.close()


def test_a_process_killed_in_a_commit_leaves_nothing(url: str) -> None:
    """The kill comes after everything was written and before it was committed."""
    program = """
import os, signal, sys
from sqlalchemy import event
from monitor.model import Origin
from storage import open_store
from tests.records import *
store = open_store(sys.argv[1])
policy = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON)
event.listen(store._database._engine, "commit", lambda connection: os.kill(os.getpid(), signal.SIGKILL))
store.commit(a_first(store.history(policy.id), "We keep data.", captures=(an_answer(b"1"),)))
"""
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", program, url], cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, check=False
    )
    assert ended.returncode == -9
    store = open_store(url)
    policy = store.policy("acme/privacy")
    history = store.history(policy.id)
    assert (history.revision, history.current, history.last) == (0, None, None)
    assert store.captures(policy.id) == []
    store.commit(a_first(history, "We keep data.", captures=(an_answer(b"1"),)))
    store.close()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="is a folder"):
        open_store(str(tmp_path))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="folder does not exist"):
        open_store(str(tmp_path / "missing" / "monitor.db"))


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Dear diary, " * 99)
    with pytest.raises(StoreUnavailable, match="not an SQLite database"):
        open_store(str(file))
    assert file.read_text() == "Dear diary, " * 99


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE cookies (name TEXT)")
    other.close()
    with pytest.raises(StoreUnavailable, match="another program"):
        open_store(str(file))
    other = sqlite3.connect(file)
    assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("cookies",)]
    other.close()


def test_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "monitor.db"
    store = open_store(str(file))
    store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON)
    store.close()
    read_only = open_store(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(StoreUnavailable, match="readonly"):
        read_only.check_health()
    with pytest.raises(StoreUnavailable, match="readonly"):
        read_only.claim(1, owner="a", now=NOON, lease=HOUR)
    assert [policy.spec.name for policy in read_only.policies()] == ["acme/privacy"]
    read_only.close()
    with pytest.raises(StoreUnavailable, match="cannot be opened for writing"):
        open_store(f"sqlite:///file:{tmp_path / 'new.db'}?mode=ro&uri=true")


def test_a_database_that_another_process_keeps_locked(tmp_path: Path) -> None:
    file = tmp_path / "monitor.db"
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="locked"):
        open_store(str(file), wait=0.2)
    other.execute("COMMIT")
    store = open_store(str(file), wait=0.2)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON)
    assert store.policies() == []  # readers go on
    other.execute("COMMIT")
    other.close()
    store.close()


def test_a_process_that_stops_in_the_middle_of_a_transaction_keeps_nobody_waiting_for_good(postgres_url: str) -> None:
    """As one does that hangs, or whose machine has gone without a word."""
    store = open_store(postgres_url)
    stopped = Database(parse_url(postgres_url), wait=0.5)

    def write_half() -> None:
        with stopped.write() as connection:
            connection.execute(text("INSERT INTO health (id, token) VALUES (1, 'half done')"))
            store.check_health()  # waits for that row
            connection.execute(text("UPDATE health SET token = 'done'"))

    with pytest.raises(StoreUnavailable, match="idle-in-transaction"):
        write_half()
    with stopped.read() as connection:
        assert connection.scalar(text("SELECT token FROM health")) not in ("half done", "done")
    stopped.close()
    store.close()


@pytest.mark.parametrize(("more", "given"), [("", "60000"), ("&tcp_user_timeout=7", "7")])
def test_a_server_that_has_gone_without_a_word_is_given_up(postgres_url: str, more: str, given: str) -> None:
    """What the driver is told: no test can cut the wire of this machine to itself."""
    database = Database(parse_url(postgres_url + more))
    with database.read() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        told = driver.info.get_parameters()
        assert (told["tcp_user_timeout"], told["keepalives_idle"]) == (given, "30")
    database.close()


@pytest.mark.parametrize(("set_to", "stays"), [("7s", "7s"), ("0", "30s")])
def test_how_long_a_transaction_may_do_nothing_is_for_the_servers_keeper_to_say(
    postgres_url: str, set_to: str, stays: str
) -> None:
    name = "idle_in_transaction_session_timeout"
    database = Database(parse_url(f"{postgres_url}&options=-c%20{name}%3D{set_to}"))
    with database.read() as connection:
        assert connection.scalar(text(f"SHOW {name}")) == stays
    database.close()


def test_a_damaged_database_is_no_matter_of_waiting(tmp_path: Path) -> None:
    file = tmp_path / "monitor.db"
    open_store(str(file)).close()
    pages = bytearray(file.read_bytes())
    pages[4096:] = b"\xff" * (len(pages) - 4096)
    file.write_bytes(pages)
    with pytest.raises(StoreError, match="malformed"):
        open_store(str(file)).policies()


def test_a_database_in_memory_serves_several_threads() -> None:
    store = open_store(":memory:")
    names = [f"policy {number}" for number in range(8)]

    def add(name: str) -> None:
        policy = store.add_policy(a_spec(name), origin=Origin.DATABASE, now=NOON)
        store.commit(a_first(store.history(policy.id), name))

    threads = [threading.Thread(target=add, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [policy.spec.name for policy in store.policies()] == names
    store.close()


def test_the_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    open_store("~/monitor.db").close()
    assert (tmp_path / "monitor.db").is_file()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://monitor:hunter2@127.0.0.1:9/clauses",
        "postgres://monitor:hunter2@127.0.0.1:9/clauses",
        "postgresql+psycopg://monitor:hunter2@127.0.0.1:9/clauses?connect_timeout=3",
        "postgresql://monitor@/clauses?host=/nowhere&password=hunter2",
    ],
)
def test_a_server_that_is_down(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="PostgreSQL database clauses at ") as caught:
        open_store(url)
    seen = [caught.value, caught.value.__cause__, getattr(caught.value.__cause__, "orig", None)]
    assert "hunter2" not in " ".join(f"{error} {error!r}" for error in seen)


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("postgresql://monitor:hunter2@here@127.0.0.1/clauses", "cannot be read"),
        ("postgresql://monitor:hunter2@127.0.0.1:port/clauses", "cannot be read"),
        ("://", "cannot be read"),
        ("mysql://monitor:hunter2@127.0.0.1/clauses", "mysql"),
        ("postgresql+psycopg2://monitor:hunter2@127.0.0.1/clauses", "psycopg2 is not a driver .* write postgresql"),
        ("nonsense://x", "nonsense"),
    ],
)
def test_urls_that_cannot_be_used(url: str, match: str) -> None:
    with pytest.raises(StoreUnavailable, match=match) as caught:
        open_store(url)
    assert "er2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreUnavailable, match=r"clausewatch\[postgres\]"):
        open_store("postgresql://127.0.0.1/clauses")
