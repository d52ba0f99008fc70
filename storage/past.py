"""Looks at archived captures, and the state of the search in a policy's past."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from monitor.errors import NotFound
from monitor.model import (
    Bracket,
    Capture,
    CaptureSource,
    PastLook,
    PastLookDraft,
    PastState,
    Policy,
    Reading,
)
from storage import blobs, versions
from storage.engine import Database
from storage.looks import as_capture, capture_ids, look_of, store_look
from storage.past_tables import past_looks, past_states
from storage.policies import as_policy, policy_row
from storage.statements import insert_new, upsert
from storage.tables import captures, changes, look_captures, policies


class SqlPast:
    """See `monitor.ports.PastStore`."""

    _database: Database

    def keep_past_look(self, draft: PastLookDraft) -> PastLook:
        """See `PastStore.keep_past_look`."""
        packed: list[blobs.PackedBlob] = []
        if draft.capture is not None:
            with self._database.read() as connection:
                neighbour = _nearest_bytes(connection, draft.policy_id, draft.taken)
                packed = blobs.pack_beside(connection, draft.capture.digest, draft.capture.body, neighbour)
        with self._database.write() as connection:
            policy_row(connection, draft.policy_id)
            known = connection.execute(_look_of(draft.policy_id, draft.digest)).one_or_none()
            if known is not None:
                return _as_look(connection, known)
            blobs.store(connection, packed)
            look_id = None
            if draft.capture is not None:
                look_id = store_look(connection, draft.policy_id, (draft.capture,), None)[0]
            elif draft.kept is not None:
                look_id = look_of(connection, draft.policy_id, (draft.kept,))
            version_id = None
            if draft.reading is not None:
                version_id = _keep_text(connection, draft.policy_id, draft.reading, taken=draft.taken, look_id=look_id)
            row = connection.execute(
                insert(past_looks)
                .values(
                    policy_id=draft.policy_id,
                    archive=draft.archive,
                    digest=draft.digest,
                    found=draft.found,
                    taken=draft.taken,
                    made=draft.now,
                    extractor=draft.extractor,
                    version_id=version_id,
                    look_id=look_id,
                    words=draft.words,
                    reason=draft.reason,
                    why=draft.why,
                    search=draft.search,
                )
                .returning(past_looks)
            ).one()
            return _as_look(connection, row)

    def kept_captures(self, policy_id: int) -> list[Capture]:
        """See `PastStore.kept_captures`."""
        in_a_look = select(look_captures.c.look_id).where(look_captures.c.capture_id == captures.c.id).exists()
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            rows = connection.execute(
                select(captures)
                .where(captures.c.policy_id == policy_id, captures.c.source == CaptureSource.IMPORTED, ~in_a_look)
                .order_by(captures.c.taken, captures.c.id)
            )
            return [as_capture(row) for row in rows]

    def reread_past_look(self, look: PastLook, draft: PastLookDraft) -> PastLook:
        """See `PastStore.reread_past_look`."""
        with self._database.write() as connection:
            row = connection.execute(select(past_looks).where(past_looks.c.id == look.id)).one_or_none()
            if row is None:
                raise NotFound(f"no look at an archive has the id {look.id}")
            version_id = None
            if draft.reading is not None:
                version_id = _keep_text(connection, row.policy_id, draft.reading, taken=look.taken, look_id=row.look_id)
            changed = connection.execute(
                update(past_looks)
                .where(past_looks.c.id == look.id)
                .values(
                    found=draft.found,
                    extractor=draft.extractor,
                    version_id=version_id,
                    words=draft.words,
                    reason=draft.reason,
                    why=draft.why,
                )
                .returning(past_looks)
            ).one()
            return _as_look(connection, changed)

    def past_looks(self, policy_id: int) -> list[PastLook]:
        """See `PastStore.past_looks`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            rows = connection.execute(
                select(past_looks).where(past_looks.c.policy_id == policy_id).order_by(past_looks.c.id)
            ).all()
            captured = capture_ids(connection, {row.look_id for row in rows})
            return [_look(row, captured) for row in rows]

    def narrow_change(self, change_id: int, bracket: Bracket) -> bool:
        """See `PastStore.narrow_change`."""
        narrower = [or_(changes.c.after.is_(None), changes.c.after <= bracket.after)] if bracket.after else []
        with self._database.write() as connection:
            changed = connection.execute(
                update(changes)
                .where(changes.c.id == change_id, changes.c.before >= bracket.before, *narrower)
                .values(before=bracket.before, **({"after": bracket.after} if bracket.after else {}))
            )
            if changed.rowcount == 0 and not connection.scalar(select(changes.c.id).where(changes.c.id == change_id)):
                raise NotFound(f"no change has the id {change_id}")
            return changed.rowcount == 1

    def past_state(self, policy_id: int) -> PastState:
        """See `PastStore.past_state`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            row = connection.execute(select(past_states).where(past_states.c.policy_id == policy_id)).one_or_none()
            return PastState(policy_id=policy_id) if row is None else _as_state(row)

    def set_past_state(self, state: PastState) -> None:
        """See `PastStore.set_past_state`."""
        values = {
            "search": state.search,
            "open": state.open,
            "after": state.after,
            "before": state.before,
            "max_fetches": state.max_fetches,
            "finished": state.finished,
            "exhausted": state.exhausted,
            "due_at": state.due,
            "note": state.note,
        }
        with self._database.write() as connection:
            policy_row(connection, state.policy_id)
            connection.execute(
                upsert(connection.dialect.name, past_states)
                .values(policy_id=state.policy_id, **values)
                .on_conflict_do_update(index_elements=["policy_id"], set_=values)
            )

    def past_due(self, *, now: datetime, limit: int) -> list[Policy]:
        """See `PastStore.past_due`."""
        wanted = (
            select(policies)
            .join(past_states, past_states.c.policy_id == policies.c.id, isouter=True)
            .where(
                policies.c.retired.is_(None),
                or_(past_states.c.due_at.is_(None), past_states.c.due_at <= now),
                or_(past_states.c.lease_until.is_(None), past_states.c.lease_until <= now),
            )
            .order_by(past_states.c.due_at.is_not(None), past_states.c.due_at, policies.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [as_policy(row) for row in connection.execute(wanted)]

    def claim_past(self, policy_id: int, *, owner: str, now: datetime, lease: timedelta) -> bool:
        """See `PastStore.claim_past`."""
        with self._database.write() as connection:
            policy_row(connection, policy_id)
            blank = {"policy_id": policy_id, "search": 0, "open": False, "exhausted": False, "note": ""}
            insert_new(connection, past_states, [blank])
            claimed = connection.execute(
                update(past_states)
                .where(
                    past_states.c.policy_id == policy_id,
                    or_(
                        past_states.c.lease_until.is_(None),
                        past_states.c.lease_until <= now,
                        past_states.c.lease_owner == owner,
                    ),
                )
                .values(lease_owner=owner, lease_until=now + lease)
            )
            return claimed.rowcount == 1

    def release_past(self, policy_id: int, *, owner: str) -> None:
        """See `PastStore.release_past`."""
        with self._database.write() as connection:
            connection.execute(
                update(past_states)
                .where(past_states.c.policy_id == policy_id, past_states.c.lease_owner == owner)
                .values(lease_owner=None, lease_until=None)
            )


def _keep_text(
    connection: Connection, policy_id: int, reading: Reading, *, taken: datetime, look_id: int | None
) -> int:
    """The row of a text. One that live looks made keeps what they know of it: when they saw it, and its number."""
    known = versions.find(connection, policy_id, reading.digest)
    if known is not None:
        return known
    return versions.keep(connection, policy_id, reading, first_seen=taken, now=taken, look_id=look_id).id


def _nearest_bytes(connection: Connection, policy_id: int, taken: datetime) -> str | None:
    """The digest of the archived capture whose time is nearest."""
    mine = (captures.c.policy_id == policy_id, captures.c.id.in_(select(look_captures.c.capture_id)))
    before = select(captures.c.digest, captures.c.taken).where(*mine, captures.c.taken <= taken)
    after = select(captures.c.digest, captures.c.taken).where(*mine, captures.c.taken > taken)
    found = [
        row
        for wanted in (before.order_by(captures.c.taken.desc()), after.order_by(captures.c.taken))
        if (row := connection.execute(wanted.limit(1)).one_or_none()) is not None
    ]
    return min(found, key=lambda row: abs(row.taken - taken)).digest if found else None


def _look_of(policy_id: int, digest: str) -> Any:
    return select(past_looks).where(past_looks.c.policy_id == policy_id, past_looks.c.digest == digest)


def _as_look(connection: Connection, row: Row[Any]) -> PastLook:
    return _look(row, capture_ids(connection, {row.look_id}))


def _look(row: Row[Any], captured: dict[int | None, tuple[int, ...]]) -> PastLook:
    return PastLook(
        id=row.id,
        archive=row.archive,
        digest=row.digest,
        found=row.found,
        taken=row.taken,
        extractor=row.extractor,
        version_id=row.version_id,
        capture_ids=captured.get(row.look_id, ()),
        words=row.words,
        reason=row.reason,
        why=row.why,
        search=row.search,
    )


def _as_state(row: Row[Any]) -> PastState:
    return PastState(
        policy_id=row.policy_id,
        search=row.search,
        open=row.open,
        after=row.after,
        before=row.before,
        max_fetches=row.max_fetches,
        finished=row.finished,
        exhausted=row.exhausted,
        due=row.due_at,
        note=row.note,
    )
