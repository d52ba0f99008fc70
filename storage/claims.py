"""Claims on policies and deliveries: many at once, and kept while their owner lives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update

from monitor.model import DeliveryState, Policy
from storage.due import due_first, take_first
from storage.engine import Database
from storage.policies import load_policies
from storage.tables import deliveries, schedule


class SqlClaims:
    """Who works on what, in a database."""

    _database: Database

    def claim_due(
        self, *, owner: str, now: datetime, lease: timedelta, limit: int, among: Sequence[int] | None = None
    ) -> list[Policy]:
        """See `PolicyStore.claim_due`."""
        with self._database.read() as connection:
            if not take_first(connection, due_first(now, among), 1):
                return []  # as with most looks: no write lock is taken for it
        with self._database.write(durable=False) as connection:
            parts = [part.with_for_update(of=schedule, skip_locked=True) for part in due_first(now, among)]
            taken = take_first(connection, parts, limit)
            connection.execute(
                update(schedule)
                .where(schedule.c.policy_id.in_(taken))
                .values(lease_owner=owner, lease_until=now + lease)
            )
            return load_policies(connection, taken)

    def claims(self, *, now: datetime) -> list[tuple[int, str]]:
        """See `PolicyStore.claims`."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(schedule.c.policy_id, schedule.c.lease_owner).where(schedule.c.lease_until > now)
            )
            return [(row.policy_id, row.lease_owner) for row in rows]

    def renew_leases(self, *, owner: str, now: datetime, lease: timedelta) -> None:
        """See `Store.renew_leases`."""
        sending = (deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_owner == owner)
        with self._database.read() as connection:
            held = connection.scalar(select(schedule.c.policy_id).where(schedule.c.lease_owner == owner).limit(1))
            if held is None and connection.scalar(select(deliveries.c.id).where(*sending).limit(1)) is None:
                return
        with self._database.write(durable=False) as connection:
            connection.execute(update(schedule).where(schedule.c.lease_owner == owner).values(lease_until=now + lease))
            connection.execute(update(deliveries).where(*sending).values(lease_until=now + lease))
