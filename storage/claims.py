"""Claims on policies and deliveries: many at once, and kept while their owner lives."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, true, union, update

from monitor.model import DeliveryState, Policy
from storage.due import due_first, take_first
from storage.engine import Database
from storage.past_tables import past_states
from storage.policies import load_policies
from storage.tables import deliveries as sendings
from storage.tables import schedule

# What may be leased, and what finds those that are by an index: deliveries are never thrown away.
_LEASED = ((schedule, true()), (past_states, true()), (sendings, sendings.c.state == DeliveryState.SENDING))


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

    def claim_stands(self, policy_id: int, *, owner: str, now: datetime) -> bool:
        """See `PolicyStore.claim_stands`."""
        mine = (schedule.c.policy_id == policy_id, schedule.c.lease_owner == owner, schedule.c.lease_until > now)
        with self._database.glance() as connection:
            return connection.scalar(select(schedule.c.policy_id).where(*mine)) is not None

    def renew_leases(
        self, *, owner: str, now: datetime, lease: timedelta, policies: Collection[int], deliveries: Collection[int]
    ) -> None:
        """See `Store.renew_leases`."""
        until = now + lease
        if not policies and not deliveries:
            return  # no write lock is taken for it
        with self._database.write(durable=False) as connection:
            for table, key, numbers in (
                (schedule, schedule.c.policy_id, policies),
                (sendings, sendings.c.id, deliveries),
            ):
                mine = (key.in_(numbers), table.c.lease_owner == owner, table.c.lease_until < until)
                connection.execute(update(table).where(*mine).values(lease_until=until))

    def lease_owners(self, *, now: datetime) -> set[str]:
        """See `Store.lease_owners`."""
        running = (select(table.c.lease_owner).where(found, table.c.lease_until > now) for table, found in _LEASED)
        with self._database.read() as connection:
            return {owner for owner in connection.scalars(union(*running)) if owner is not None}

    def end_leases(self, *, owner: str, now: datetime) -> int:
        """See `Store.end_leases`."""
        with self._database.write() as connection:
            return sum(
                connection.execute(
                    update(table)
                    .where(found, table.c.lease_owner == owner, table.c.lease_until > now)
                    .values(lease_until=now)
                ).rowcount
                for table, found in _LEASED
            )
