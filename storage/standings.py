"""How all policies stand, in a fixed number of queries however many they are."""

from __future__ import annotations

from sqlalchemy import func, select

from monitor.model import Standing
from storage.engine import Database
from storage.looks import capture_ids
from storage.observing import as_observation
from storage.policies import as_policy
from storage.tables import observations, policies, schedule, versions


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
