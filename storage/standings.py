"""How all policies stand, in a fixed number of queries however many they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, true

from monitor.model import DeliveryState, Standing, Tally
from storage.due import due_first, is_awake, is_free
from storage.engine import Database
from storage.looks import capture_ids
from storage.observing import as_observation
from storage.policies import as_policy
from storage.tables import deliveries, observations, policies, schedule, versions


class SqlStandings:
    """The standings of a database."""

    _database: Database

    def standings(self, *, retired: bool = False) -> list[Standing]:
        """See `PolicyStore.standings`."""
        wanted = select(policies, schedule.c.due_at).join_from(
            policies, schedule, schedule.c.policy_id == policies.c.id, isouter=True
        )
        if not retired:
            wanted = wanted.where(policies.c.retired.is_(None))
        newest = select(func.max(observations.c.id)).group_by(observations.c.policy_id)
        numbered = (
            select(versions.c.policy_id, func.count())
            .where(versions.c.number.is_not(None))
            .group_by(versions.c.policy_id)
        )
        with self._database.read() as connection:
            rows = connection.execute(wanted).all()
            counts: dict[int, int] = {row[0]: row[1] for row in connection.execute(numbered)}
            seen = connection.execute(select(observations).where(observations.c.id.in_(newest))).all()
            captured = capture_ids(connection, {row.look_id for row in seen})
        last = {row.policy_id: as_observation(row, captured) for row in seen}
        found = [
            Standing(policy=as_policy(row), last=last.get(row.id), versions=counts.get(row.id, 0), due=row.due_at)
            for row in rows
        ]
        return sorted(found, key=lambda standing: standing.policy.spec.name)

    def tally(self, *, now: datetime) -> Tally:
        """See `PolicyStore.tally`."""
        asleep = ~is_awake(now)
        with self._database.read() as connection:
            joined = select(func.count()).join_from(schedule, policies, policies.c.id == schedule.c.policy_id)
            due = [part.order_by(None).subquery() for part in due_first(now)]
            first = connection.scalars(
                select(func.min(schedule.c.due_at)).join(policies).where(is_awake(now), is_free(now))
            ).one()
            states = connection.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state))
            counts: dict[DeliveryState, int] = {row[0]: row[1] for row in states}
            return Tally(
                watched=connection.scalars(joined).one(),
                paused=connection.scalars(joined.where(asleep)).one(),
                due=sum(connection.scalars(select(func.count()).select_from(part)).one() for part in due),
                claimed=connection.scalars(joined.where(schedule.c.lease_until > now)).one(),
                waiting=connection.scalars(joined.where(schedule.c.urgent == true())).one(),
                overdue=max(0.0, (now - first).total_seconds()) if first else 0.0,
                deliveries={state: counts.get(state, 0) for state in DeliveryState},
            )
