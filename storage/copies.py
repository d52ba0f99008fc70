"""Implements `CopyStore`: public copies that are wanted, under way and there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from monitor.errors import NotFound
from monitor.model import ChangeKind, CopyState, DeliveryState, PublicCopy
from storage.engine import Database
from storage.policies import policy_row
from storage.proof_tables import public_copies
from storage.statements import insert_new
from storage.tables import alerts, changes, deliveries, policies

_OPEN = (CopyState.WANTED, CopyState.REQUESTED)
# Only what the authors did is worth a copy.
_KINDS = (ChangeKind.CHANGED, ChangeKind.RESTORED)


class SqlCopies:
    """The public copies of a database."""

    _database: Database

    def want_copies(self, *, now: datetime, since: datetime) -> int:
        """See `CopyStore.want_copies`."""
        fresh = (
            select(changes.c.id, changes.c.policy_id, policies.c.urls)
            .join(policies, policies.c.id == changes.c.policy_id)
            .outerjoin(public_copies, public_copies.c.change_id == changes.c.id)
            .where(changes.c.confirmed > since, changes.c.kind.in_(_KINDS), public_copies.c.id.is_(None))
            .order_by(changes.c.id)
        )
        with self._database.read() as connection:  # nearly always there is none, and no lock is needed to see that
            if connection.execute(fresh.limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            rows = [
                {
                    "policy_id": row.policy_id,
                    "change_id": row.id,
                    "url": url,
                    "state": CopyState.WANTED,
                    "created": now,
                    "due": now,
                    "attempts": 0,
                    "job": "",
                    "error": "",
                }
                for row in connection.execute(fresh)
                for url in sorted(set(row.urls))
            ]
            insert_new(connection, public_copies, rows)  # another daemon may have been as fast
            return len(rows)

    def lease_copies(self, *, now: datetime, lease: timedelta, limit: int) -> list[PublicCopy]:
        """See `CopyStore.lease_copies`. The lease is the time at which a copy is due again."""
        wanted = (
            select(public_copies.c.id)
            .where(public_copies.c.state.in_(_OPEN), public_copies.c.due <= now)
            .order_by(public_copies.c.due, public_copies.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            if connection.execute(wanted.limit(1)).first() is None:
                return []
        with self._database.write() as connection:
            rows = connection.execute(
                update(public_copies)
                .where(public_copies.c.id.in_(connection.scalars(wanted.with_for_update(skip_locked=True)).all()))
                .values(due=now + lease)
                .returning(public_copies)
            )
            return sorted(map(as_copy, rows), key=lambda copy: copy.id)

    def update_copy(self, copy: PublicCopy) -> None:
        """See `CopyStore.update_copy`."""
        with self._database.write() as connection:
            written = connection.execute(
                update(public_copies)
                .where(public_copies.c.id == copy.id)
                .values(
                    state=copy.state,
                    due=copy.due,
                    attempts=copy.attempts,
                    job=copy.job,
                    archive_url=copy.archive_url,
                    taken=copy.taken,
                    error=copy.error,
                    requested=copy.requested,
                )
            )
            if written.rowcount == 0:
                raise NotFound(f"no public copy has the id {copy.id}")
            open_ones = select(func.count()).where(
                public_copies.c.change_id == copy.change_id, public_copies.c.state.in_(_OPEN)
            )
            if connection.scalar(open_ones) == 0:
                _let_go(connection, copy.change_id, copy.due)

    def copies_requested(self, *, since: datetime) -> int:
        """See `CopyStore.copies_requested`."""
        with self._database.read() as connection:
            asked = select(func.count()).where(public_copies.c.requested > since)
            return int(connection.scalar(asked) or 0)

    def copies_under_way(self) -> bool:
        """See `CopyStore.copies_under_way`."""
        waiting = (
            select(public_copies.c.id)
            .join(alerts, alerts.c.change_id == public_copies.c.change_id)
            .join(deliveries, deliveries.c.alert_id == alerts.c.id)
            .where(
                public_copies.c.state.in_(_OPEN),
                deliveries.c.state == DeliveryState.DUE,
                deliveries.c.attempts == 0,
            )
            .limit(1)
        )
        with self._database.read() as connection:
            return connection.execute(waiting).first() is not None

    def copies(self, policy_id: int) -> list[PublicCopy]:
        """See `CopyStore.copies`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            return [
                as_copy(row)
                for row in connection.execute(
                    select(public_copies).where(public_copies.c.policy_id == policy_id).order_by(public_copies.c.id)
                )
            ]


def load_saved(connection: Connection, change_id: int | None) -> tuple[PublicCopy, ...]:
    """The copies of a change that are there."""
    if change_id is None:
        return ()
    rows = connection.execute(
        select(public_copies)
        .where(public_copies.c.change_id == change_id, public_copies.c.state == CopyState.SAVED)
        .order_by(public_copies.c.id)
    )
    return tuple(map(as_copy, rows))


def as_copy(row: Row[Any]) -> PublicCopy:
    """A row of `public_copies` as a record."""
    return PublicCopy(
        id=row.id,
        policy_id=row.policy_id,
        change_id=row.change_id,
        url=row.url,
        state=row.state,
        created=row.created,
        due=row.due,
        requested=row.requested,
        attempts=row.attempts,
        job=row.job,
        archive_url=row.archive_url,
        taken=row.taken,
        error=row.error,
    )


def _let_go(connection: Connection, change_id: int, now: datetime) -> None:
    """Alerts of that change that were never tried wait no longer; those that failed keep their own time."""
    of_change = select(alerts.c.id).where(alerts.c.change_id == change_id)
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.alert_id.in_(of_change),
            deliveries.c.state == DeliveryState.DUE,
            deliveries.c.attempts == 0,
            deliveries.c.due > now,
        )
        .values(due=now)
    )
