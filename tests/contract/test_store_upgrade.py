"""A database of every released schema, with data, is brought up to date and loses nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert

from monitor.model import ClauseKind, Outcome, PolicySpec, Timetable
from storage import open_store
from storage.engine import Database, parse_url
from storage.schema import HEAD, alembic_config, current_revision
from tests.records import HOUR, NOON, a_first, sha, unchanged


def revisions() -> list[str]:
    """Every schema there ever was."""
    database = Database(parse_url(":memory:"))
    with database.write() as connection:
        walked = ScriptDirectory.from_config(alembic_config(connection)).walk_revisions()
        found = [script.revision for script in walked]
    database.close()
    return sorted(found)


def fill(connection: Connection) -> None:
    """A policy with a version, a candidate and a capture, in the words of the oldest schema and of those after it."""
    at = NOON.replace(tzinfo=None) if connection.dialect.name == "sqlite" else NOON
    later = {"candidates": {"told": "[]"}}  # columns that took the place of others
    body = b"(\xb5/\xfd \x02\x11\x00\x00hi"  # zstd's frame for "hi"

    def row(into: str, /, **values: Any) -> None:
        table = Table(into, MetaData(), autoload_with=connection)
        known = {key: value for key, value in (values | later.get(into, {})).items() if key in table.c}
        connection.execute(insert(table).values(**known))

    def text(number: int, words: str, /, **values: Any) -> None:
        row(
            "versions",
            id=number,
            policy_id=1,
            digest=words,
            extractor="lines/1",
            title="",
            wording="",
            first_seen=at,
            last_seen=at,
            standing_since=at,
            exact=True,
            clause_count=1,
            look_id=1,
            **values,
        )
        row(
            "clauses",
            id=number,
            content=sha(words),
            digest=words,
            kind=ClauseKind.PARAGRAPH.value,
            text=words,
            label="",
            level=0,
            links="[]",
            cells="[]",
        )
        row("places", version_id=number, position=0, clause_id=number, path_id=1)

    row(
        "policies",
        id=1,
        name="acme",
        urls='["https://acme.example/"]',
        service="Acme",
        kind="privacy",
        every=43_200_000_000,
        select="[]",
        remove="[]",
        origin="database",
        created=at,
    )
    row("schedule", policy_id=1, due_at=at)
    row("blobs", digest=sha(b"hi"), size=2, packed=body)
    row(
        "captures",
        id=1,
        policy_id=1,
        url="https://acme.example/",
        final_url="https://acme.example/",
        taken=at,
        source="live",
        status=200,
        headers='[["ETag","1"]]',
        digest=sha(b"hi"),
        wire_digest=sha(b"hi"),
        wire_size=2,
        media_type="text/html",
    )
    row("looks", id=1, policy_id=1)
    row("look_captures", look_id=1, position=0, capture_id=1)
    row("heading_paths", id=1, content=sha("[]"), path="[]")
    text(1, "We keep it.", number=1, confirmed=at)
    text(2, "We sell it.")
    row("policy_states", policy_id=1, revision=2, current_id=1, shown_id=2, look_id=1)
    row("candidates", policy_id=1, version_id=2, first_seen=at, last_seen=at, looks=1, since="[]", alerted=False)
    row(
        "observations",
        id=1,
        policy_id=1,
        outcome="candidate",
        reason="",
        detail="",
        version_id=2,
        first_seen=at,
        last_seen=at,
        checks=1,
        look_id=1,
    )
    if connection.dialect.name == "postgresql":
        for name in ("policies", "captures", "looks", "versions", "clauses", "heading_paths", "observations"):
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), 9)")


@pytest.mark.parametrize("revision", revisions())
def test_every_schema_is_brought_up_to_date(empty_url: str, revision: str) -> None:
    database = Database(parse_url(empty_url))
    database.prepare()
    with database.write() as connection:
        command.upgrade(alembic_config(connection), revision)
        assert current_revision(connection) == revision
        fill(connection)
    database.close()

    store = open_store(empty_url)
    assert store.check_health().endswith(f"schema {HEAD}")
    assert store.find_damage(sample=9) == []
    policy = store.policy("acme")
    assert (policy.spec.timetable, policy.paused) == (Timetable(), None)
    history = store.history(policy.id)
    assert history.current is not None
    assert history.candidate is not None
    assert [clause.text for clause in history.candidate.reading.clauses] == ["We sell it."]
    assert history.last is not None
    assert history.last.outcome is Outcome.CANDIDATE
    assert store.body(history.latest[0].id) == b"hi"
    assert history.latest[0].headers == (("ETag", "1"),)
    assert [due.spec.name for due in store.due(now=NOON, limit=9)] == ["acme"]
    store.commit(unchanged(history, NOON + HOUR, drop_candidate=True, next_due=NOON + 2 * HOUR))
    fresh = store.add_policy(PolicySpec(name="b", urls=("https://b.example/",)), origin=policy.origin, now=NOON)
    store.commit(a_first(store.history(fresh.id), "We keep that."))
    assert isinstance(store.next_due(), datetime)
    store.close()
