"""Implements `HistoryStore`: what checks found, read back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, select

from monitor.errors import NotFound
from monitor.model import (
    Candidate,
    Capture,
    Change,
    CheckRecord,
    Committed,
    History,
    Observation,
    Place,
    Remembered,
    Rereading,
    Suspicion,
    Version,
    VersionInfo,
)
from storage import blobs, checks, versions
from storage.changes import as_change
from storage.engine import Database
from storage.histories import load_histories
from storage.looks import as_capture, bytes_digest, capture_ids, load_look
from storage.observing import as_observation
from storage.policies import as_policy, no_policy, policy_row
from storage.small import run
from storage.tables import candidates, captures, changes, observations, policies, policy_states, readings
from storage.volatile import load_places

# Built once: SQLAlchemy takes three times as long to build a statement as to run it, and every check runs these.
_STATE = (
    select(policies, policy_states.c.revision, policy_states.c.current_id, policy_states.c.look_id)
    .join(policy_states, policy_states.c.policy_id == policies.c.id)
    .where(policies.c.id == bindparam("policy_id"))
)
_READING = (
    select(readings.c.policy_id, readings.c.text_digest, readings.c.suspicion, readings.c.why)
    .select_from(policies)
    .outerjoin(
        readings,
        and_(
            readings.c.policy_id == policies.c.id,
            readings.c.bytes_digest == bindparam("bytes_digest"),
            readings.c.extractor == bindparam("extractor"),
        ),
    )
    .where(policies.c.id == bindparam("policy_id"))
)
_CANDIDATE = select(candidates).where(candidates.c.policy_id == bindparam("policy_id"))
_OBSERVATIONS = (
    select(observations).where(observations.c.policy_id == bindparam("policy_id")).order_by(observations.c.id.desc())
)
_LAST_OBSERVATION = _OBSERVATIONS.limit(1)


class SqlHistory:
    """The history of a database's policies."""

    _database: Database

    def history(self, policy_id: int) -> History:
        """See `HistoryStore.history`. `latest` is empty when the policy's URLs have changed since."""
        with self._database.read() as connection:
            state = connection.execute(_STATE, {"policy_id": policy_id}).one_or_none()
            policy = as_policy(state or policy_row(connection, policy_id))
            assert state is not None, "a policy has a state"
            known = versions.load_infos(connection, policy_id)
            latest = load_look(connection, state.look_id)
            return History(
                policy=policy,
                revision=state.revision,
                current=next((version for version in known if version.id == state.current_id), None),
                variants=tuple(reversed(known)),
                candidate=_candidate(connection, policy_id),
                places=load_places(connection, policy_id),
                last=next(iter(_load_observations(connection, policy_id, _LAST_OBSERVATION)), None),
                latest=latest if tuple(capture.url for capture in latest) == policy.spec.urls else (),
            )

    def histories(self, policy_ids: Sequence[int]) -> list[tuple[History, str | None]]:
        """See `HistoryStore.histories`."""
        with self._database.read() as connection:
            return load_histories(connection, policy_ids)

    def recall(self, policy_id: int, digests: Sequence[str], *, extractor: str) -> Remembered | None:
        """See `HistoryStore.recall`."""
        with self._database.glance() as connection:
            wanted = {
                "policy_id": policy_id,
                "bytes_digest": bytes_digest(digests),
                "extractor": extractor,
            }
            rows = run(connection, _READING, wanted).rows
            if not rows:
                raise no_policy(policy_id)
            [row] = rows
            if row.policy_id is None:
                return None
            return Remembered(
                text_digest=row.text_digest,
                suspicion=None if row.suspicion is None else Suspicion(row.suspicion, row.why),
            )

    def commit(self, record: CheckRecord) -> Committed:
        """See `HistoryStore.commit`."""
        return checks.commit(self._database, record)

    def repeat(self, record: CheckRecord, last: Observation) -> Committed:
        """See `HistoryStore.repeat`."""
        return checks.repeat(self._database, record, last)

    def reread(self, record: Rereading) -> int:
        """See `HistoryStore.reread`."""
        return checks.reread(self._database, record)

    def set_places(self, policy_id: int, revision: int, places: Sequence[Place]) -> None:
        """See `HistoryStore.set_places`."""
        checks.set_places(self._database, policy_id, revision, places)

    def observations(self, policy_id: int, *, limit: int | None = None) -> list[Observation]:
        """See `HistoryStore.observations`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            return _load_observations(connection, policy_id, _OBSERVATIONS.limit(limit))

    def versions(self, policy_id: int) -> list[VersionInfo]:
        """See `HistoryStore.versions`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            return versions.load_infos(connection, policy_id)

    def version(self, version_id: int) -> Version:
        """See `HistoryStore.version`."""
        with self._database.read() as connection:
            found = versions.load(connection, [version_id])
        if version_id not in found:
            raise NotFound(f"no version has the id {version_id}")
        return found[version_id]

    def version_by_digest(self, policy_id: int, digest: str) -> Version | None:
        """See `HistoryStore.version_by_digest`."""
        with self._database.read() as connection:
            version_id = versions.find(connection, policy_id, digest)
            if version_id is None:
                policy_row(connection, policy_id)
                return None
            return versions.load(connection, [version_id])[version_id]

    def changes(self, policy_id: int | None = None, *, limit: int | None = None) -> list[Change]:
        """See `HistoryStore.changes`."""
        wanted = select(changes).order_by(changes.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            if policy_id is not None:
                policy_row(connection, policy_id)
                wanted = wanted.where(changes.c.policy_id == policy_id)
            return [as_change(row) for row in connection.execute(wanted)]

    def change(self, change_id: int) -> Change:
        """See `HistoryStore.change`."""
        with self._database.read() as connection:
            row = connection.execute(select(changes).where(changes.c.id == change_id)).one_or_none()
        if row is None:
            raise NotFound(f"no change has the id {change_id}")
        return as_change(row)

    def captures(self, policy_id: int, *, limit: int | None = None) -> list[Capture]:
        """See `HistoryStore.captures`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            rows = connection.execute(
                select(captures)
                .where(captures.c.policy_id == policy_id)
                .order_by(captures.c.taken.desc(), captures.c.id.desc())
                .limit(limit)
            )
            return [as_capture(row) for row in rows]

    def capture(self, capture_id: int) -> Capture:
        """See `HistoryStore.capture`."""
        with self._database.read() as connection:
            return as_capture(_capture_row(connection, capture_id))

    def body(self, capture_id: int) -> bytes:
        """See `HistoryStore.body`."""
        with self._database.read() as connection:
            return blobs.load(connection, _capture_row(connection, capture_id).digest)


def _capture_row(connection: Connection, capture_id: int) -> Row[Any]:
    row = connection.execute(select(captures).where(captures.c.id == capture_id)).one_or_none()
    if row is None:
        raise NotFound(f"no capture has the id {capture_id}")
    return row


def _candidate(connection: Connection, policy_id: int) -> Candidate | None:
    row = connection.execute(_CANDIDATE, {"policy_id": policy_id}).one_or_none()
    if row is None:
        return None
    return Candidate(
        reading=versions.load_reading(connection, row.version_id),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        looks=row.looks,
        since=tuple((clause, datetime.fromisoformat(first)) for clause, first in row.since),
        policy_id=policy_id,
        version_id=row.version_id,
        told=frozenset(row.told),
    )


def _load_observations(connection: Connection, policy_id: int, wanted: Select[Any]) -> list[Observation]:
    rows = connection.execute(wanted, {"policy_id": policy_id}).all()
    captured = capture_ids(connection, {row.look_id for row in rows})
    return [as_observation(row, captured) for row in rows]
