"""Writes what a check found: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Row, Update, bindparam, delete, func, insert, select, update

from monitor.errors import StaleCheck
from monitor.model import (
    AlertDraft,
    AlertKind,
    CheckRecord,
    Committed,
    Observation,
    Outcome,
    Place,
    Rereading,
)
from storage import blobs, versions
from storage.alerts import insert_alert
from storage.changes import insert_change
from storage.engine import Database
from storage.looks import bytes_digest, digests_of, store_look
from storage.policies import DUE, policy_row
from storage.small import run
from storage.statements import upsert
from storage.tables import candidates, observations, policies, policy_states, readings
from storage.tables import versions as versions_table
from storage.volatile import replace_places

# Built once, as every check runs them.
_TURN = (
    update(policy_states)
    .where(policy_states.c.policy_id == bindparam("policy"), policy_states.c.revision == bindparam("decided_on"))
    .values(revision=policy_states.c.revision + 1)
)
_NEXT_REVISION = _TURN.returning(policy_states)
_SAME_TEXT = (
    update(versions_table).where(versions_table.c.id == bindparam("version")).values(last_seen=bindparam("now"))
)
_SAME_FINDING = (
    update(observations)
    .where(observations.c.id == bindparam("observation"))
    .values(last_seen=bindparam("now"), checks=observations.c.checks + 1)
)
_FOLDED = (
    update(observations)
    .where(
        observations.c.id
        == select(func.max(observations.c.id)).where(observations.c.policy_id == bindparam("policy")).scalar_subquery(),
        observations.c.outcome == bindparam("found_outcome"),
        observations.c.reason == bindparam("found_reason"),
        observations.c.version_id.is_not_distinct_from(bindparam("found_version")),
    )
    .values(last_seen=bindparam("now"), checks=observations.c.checks + 1)
    .returning(observations.c.id)
)
_BEGUN = insert(observations).returning(observations.c.id)
_MOVED = (
    update(policies)
    .where(policies.c.id == bindparam("policy"), policies.c.moved_to.is_distinct_from(bindparam("target")))
    .values(moved_to=bindparam("target"))
)


def commit(database: Database, record: CheckRecord) -> Committed:
    """See `HistoryStore.commit`."""
    packed = []
    if record.captures:
        # Packing takes milliseconds and the write lock of SQLite is one for all: it is done before.
        with database.read() as connection:
            packed = blobs.pack_new(
                connection, record.policy_id, [(taken.url, taken.digest, taken.body) for taken in record.captures]
            )
    with database.write(durable=not _adds_nothing(record)) as connection:
        state = _next_revision(connection, record.policy_id, record.revision)
        blobs.store(connection, packed)
        fresh = {blob.digest for blob in packed}
        known = {taken.digest: taken.body for taken in record.captures if taken.digest not in fresh}
        return _write(connection, record, state, known)


def _adds_nothing(record: CheckRecord) -> bool:
    """Whether a look has left everything as it was, so that it may be lost in a power cut as if it had not been.

    Nobody is told of it, and what is made evidence of it is written durably, and so it with that.
    """
    return record.observation.outcome is Outcome.UNCHANGED and not (
        record.version
        or record.candidate
        or record.drop_candidate
        or record.change
        or record.alerts
        or record.make_current
        or record.places is not None
    )


def repeat(database: Database, record: CheckRecord, last: Observation) -> Committed:
    """See `HistoryStore.repeat`."""
    values = {
        "policy": record.policy_id,
        "decided_on": record.revision,
        "version": record.seen_version_id,
        "observation": last.id,
        "now": record.now,
        "due": record.next_due,
    }
    updates = [_TURN, _SAME_TEXT, _SAME_FINDING, *([DUE] if record.next_due is not None else [])]
    if not database.note(updates, values):
        with database.read() as connection:
            raise _stale(policy_row(connection, record.policy_id))
    return Committed(observation_id=last.id)


def set_places(database: Database, policy_id: int, revision: int, places: Sequence[Place]) -> None:
    """See `HistoryStore.set_places`."""
    with database.write() as connection:
        _next_revision(connection, policy_id, revision)
        replace_places(connection, policy_id, places)


def reread(database: Database, record: Rereading) -> int:
    """See `HistoryStore.reread`."""
    with database.write() as connection:
        state = _next_revision(connection, record.policy_id, record.revision)
        if record.change is None:
            versions.read_anew(connection, record.version_id, record.reading)
            return record.version_id
        new_id = versions.stand_in(connection, record.version_id, record.reading, now=record.now)
        insert_change(connection, record.policy_id, record.change, new_id, now=record.now)
        replaced = {name: new_id for name in ("current_id", "shown_id") if getattr(state, name) == record.version_id}
        _set_state(connection, state, **replaced)
        return new_id


def _next_revision(connection: Connection, policy_id: int, revision: int) -> Any:
    """Take the turn for this policy: a second commit on the same revision waits here, then finds it gone."""
    turn = run(connection, _NEXT_REVISION, {"policy": policy_id, "decided_on": revision}).rows
    if not turn:
        raise _stale(policy_row(connection, policy_id))
    return turn[0]


def _stale(policy: Row[Any]) -> StaleCheck:
    return StaleCheck(f"another check of {policy.name!r} was committed meanwhile")


def _write(connection: Connection, record: CheckRecord, state: Any, known: dict[str, bytes]) -> Committed:
    """Write all of a check. `known` are the bodies of it, by digest, that had been stored before."""
    policy_id, now = record.policy_id, record.now
    new_look: int | None = None
    capture_ids: tuple[int, ...] = ()
    if record.captures:
        new_look, capture_ids = store_look(connection, policy_id, record.captures, state.look_id)
        blobs.refill(connection, known)
    look_id = new_look or state.look_id
    _remember(connection, record, look_id)

    confirmed = waiting = None
    if record.version is not None:
        confirmed = versions.confirm(connection, policy_id, record.version, now=now, look_id=look_id)
    if record.candidate is not None:
        draft = record.candidate
        waiting = versions.keep(
            connection, policy_id, draft.reading, first_seen=draft.first_seen, now=now, look_id=look_id
        )
    confirmed_id = confirmed.id if confirmed else None
    waiting_id = waiting.id if waiting else None
    fresh = {kept.id for kept in (confirmed, waiting) if kept is not None and kept.fresh}
    for version_id in {confirmed_id, waiting_id, record.seen_version_id} - fresh - {None}:
        assert version_id is not None
        versions.see(
            connection,
            policy_id,
            version_id,
            now=now,
            again=version_id != state.shown_id,
            read_by=(record.remembered.text_digest, record.extractor) if record.remembered else (None, ""),
        )

    found = (confirmed_id, record.seen_version_id, waiting_id)
    if record.observation.outcome is Outcome.CANDIDATE:
        found = (waiting_id, record.seen_version_id, confirmed_id)
    shown_id = next((version_id for version_id in found if version_id is not None), None)

    _replace_candidate(connection, record, waiting_id)
    new_version_id = confirmed_id or record.seen_version_id
    change_id = None
    if record.change is not None:
        assert new_version_id is not None, "a change needs the version it leads to"
        change_id = insert_change(connection, policy_id, record.change, new_version_id, now=now)
    alert_ids = tuple(
        _alert(connection, policy_id, alert, change_id=change_id, waiting_id=waiting_id, now=now, due=record.alerts_due)
        for alert in record.alerts
    )
    observation_id = _observe(connection, record, shown_id, new_look)

    _set_state(
        connection,
        state,
        current_id=confirmed_id or (record.seen_version_id if record.make_current else None) or state.current_id,
        shown_id=shown_id or state.shown_id,
        look_id=look_id,
    )
    if record.places is not None:
        replace_places(connection, policy_id, record.places)
    if record.moved_to is not None or record.captures:  # an answer that came without a redirect withdraws it
        run(connection, _MOVED, {"policy": policy_id, "target": record.moved_to})
    if record.next_due is not None:
        run(connection, DUE, {"policy": policy_id, "due": record.next_due})
    return Committed(
        observation_id=observation_id,
        version_id=confirmed_id or waiting_id,
        change_id=change_id,
        alert_ids=alert_ids,
        capture_ids=capture_ids,
    )


def _remember(connection: Connection, record: CheckRecord, look_id: int | None) -> None:
    if record.remembered is None or look_id is None:
        return
    known_as = [digests_of(connection, look_id)]
    if record.also_read_as:
        known_as.append(list(record.also_read_as))
    suspicion = record.remembered.suspicion
    meaning = {
        "text_digest": record.remembered.text_digest,
        "suspicion": suspicion and suspicion.reason,
        "why": suspicion and suspicion.why,
    }
    for digests in known_as:
        key = {"policy_id": record.policy_id, "bytes_digest": bytes_digest(digests), "extractor": record.extractor}
        run(connection, _known_as(connection.dialect.name), key | meaning)


@cache
def _known_as(backend: str) -> Insert:
    statement = upsert(backend, readings)
    return statement.on_conflict_do_update(
        index_elements=["policy_id", "bytes_digest", "extractor"],
        set_={name: statement.excluded[name] for name in ("text_digest", "suspicion", "why")},
    )


def _replace_candidate(connection: Connection, record: CheckRecord, waiting_id: int | None) -> None:
    mine = candidates.c.policy_id == record.policy_id
    if record.candidate is None or waiting_id is None:
        if record.drop_candidate:
            connection.execute(delete(candidates).where(mine))
        return
    draft = record.candidate
    old = connection.execute(select(candidates).where(mine)).one_or_none()
    values = {
        "version_id": waiting_id,
        "first_seen": draft.first_seen,
        "last_seen": draft.last_seen,
        "looks": draft.looks,
        "since": [[clause, first.isoformat()] for clause, first in draft.since],
        "told": sorted({clause for clause, _ in draft.since} & set(old.told if old is not None else ())),
    }
    connection.execute(
        upsert(connection.dialect.name, candidates)
        .values(policy_id=record.policy_id, **values)
        .on_conflict_do_update(index_elements=["policy_id"], set_=values)
    )


def _alert(
    connection: Connection,
    policy_id: int,
    draft: AlertDraft,
    *,
    change_id: int | None,
    waiting_id: int | None,
    now: datetime,
    due: datetime | None,
) -> int:
    seen = draft.kind is AlertKind.SEEN
    if seen:
        mine = candidates.c.policy_id == policy_id
        waiting = connection.execute(select(candidates).where(mine)).one()
        told = sorted(mark for mark, _ in waiting.since)
        connection.execute(update(candidates).where(mine).values(told=told))
        waiting_id = waiting_id or waiting.version_id
    alert = insert_alert(
        connection,
        policy_id,
        draft,
        change_id=change_id if draft.kind is AlertKind.CHANGE else None,
        version_id=waiting_id if seen else None,
        now=now,
        due=due,
    )
    return alert.id


def _observe(connection: Connection, record: CheckRecord, version_id: int | None, look_id: int | None) -> int:
    """Fold into the last observation if it found the same, else begin a new run."""
    found = record.observation
    folded = run(
        connection,
        _FOLDED,
        {
            "policy": record.policy_id,
            "found_outcome": found.outcome,
            "found_reason": found.reason,
            "found_version": version_id,
            "now": record.now,
        },
    ).rows
    if folded:
        return int(folded[0].id)
    [(begun,)] = run(
        connection,
        _BEGUN,
        {
            "policy_id": record.policy_id,
            "outcome": found.outcome,
            "reason": found.reason,
            "detail": found.detail,
            "version_id": version_id,
            "first_seen": record.now,
            "last_seen": record.now,
            "checks": 1,
            "look_id": look_id,
        },
    ).rows
    return int(begun)


def _set_state(connection: Connection, state: Any, **values: int | None) -> None:
    changed = {name: value for name, value in values.items() if value != getattr(state, name)}
    if changed:
        run(connection, _state_with(*changed), {"policy": state.policy_id, **changed})


@cache
def _state_with(*names: str) -> Update:
    return (
        update(policy_states)
        .where(policy_states.c.policy_id == bindparam("policy"))
        .values({name: bindparam(name) for name in names})
    )
