"""Claims on policies and deliveries: many at once, and kept while their owner lives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from monitor.model import DeliveryState, Policy
from storage.engine import Database
from storage.policies import as_policy
from storage.tables import deliveries, policies, schedule


class SqlClaims:
    """Who works on what, in a database."""

    _database: Database

    def claim_due(
        self, *, owner: str, now: datetime, lease: timedelta, limit: int, among: Sequence[int] | None = None
    ) -> list[Policy]:
        """See `PolicyStore.claim_due`."""
        due = (
            select(schedule.c.policy_id)
            .where(schedule.c.due_at <= now, or_(schedule.c.lease_until.is_(None), schedule.c.lease_until <= now))
            .order_by(schedule.c.due_at, schedule.c.policy_id)
            .limit(limit)
        )
        if among is not None:
            due = due.where(schedule.c.policy_id.in_(among))
        with self._database.read() as connection:
            if not connection.scalars(due).first():  # as with most looks: no write lock is taken for it
                return []
        with self._database.write() as connection:
            taken = connection.scalars(due.with_for_update(skip_locked=True)).all()
            connection.execute(
                update(schedule)
                .where(schedule.c.policy_id.in_(taken))
                .values(lease_owner=owner, lease_until=now + lease)
            )
            rows = connection.execute(select(policies).where(policies.c.id.in_(taken))).all()
        order = {policy_id: place for place, policy_id in enumerate(taken)}
        return sorted(map(as_policy, rows), key=lambda policy: order[policy.id])

    def renew_leases(self, *, owner: str, now: datetime, lease: timedelta) -> None:
        """See `Store.renew_leases`."""
        sending = (deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_owner == owner)
        with self._database.read() as connection:
            held = connection.scalar(select(schedule.c.policy_id).where(schedule.c.lease_owner == owner).limit(1))
            if held is None and connection.scalar(select(deliveries.c.id).where(*sending).limit(1)) is None:
                return
        with self._database.write() as connection:
            connection.execute(update(schedule).where(schedule.c.lease_owner == owner).values(lease_until=now + lease))
            connection.execute(update(deliveries).where(*sending).values(lease_until=now + lease))
