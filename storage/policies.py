"""Implements `PolicyStore`: what is watched, when it is due and who has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from monitor.errors import NotFound, PolicyExists
from monitor.model import Origin, Policy, PolicySpec
from storage.connecting import POSTGRESQL
from storage.due import due_first, is_free, take_first
from storage.engine import Database
from storage.statements import upsert
from storage.tables import candidates, policies, policy_states, schedule
from storage.timetables import dump_timetable, load_timetable

# Built once, as every check runs them.
_DECLARED = 0x636C617573656463  # "clausedc": the advisory lock of who brings declared policies in step
_POLICY = select(policies).where(policies.c.id == bindparam("policy_id"))
# When a check has ended: what it leaves waiting for confirmation is urgent. The claim ends in the transaction of the
# check, since a release of its own would cost another wait for the disk.
DUE = (
    update(schedule)
    .where(schedule.c.policy_id == bindparam("policy"))
    .values(
        due_at=bindparam("due"),
        urgent=exists().where(candidates.c.policy_id == schedule.c.policy_id),
        lease_owner=None,
        lease_until=None,
    )
)


class SqlPolicies:
    """The policies of a database."""

    _database: Database

    def add_policy(self, spec: PolicySpec, *, origin: Origin, now: datetime) -> Policy:
        """See `PolicyStore.add_policy`."""
        with self._database.write() as connection:
            row = connection.execute(select(policies).where(policies.c.name == spec.name)).one_or_none()
            if row is not None and row.retired is None:
                raise _taken(spec.name)
            return _watch(connection, row, spec, origin=origin, now=now)

    def change_policy(self, policy_id: int, spec: PolicySpec) -> Policy:
        """See `PolicyStore.change_policy`. A check that runs meanwhile was decided on the old spec: it gets stale."""
        with self._database.write() as connection:
            row = policy_row(connection, policy_id)
            return _change(connection, row, spec, origin=row.origin)

    def retire_policy(self, policy_id: int, *, now: datetime) -> None:
        """See `PolicyStore.retire_policy`."""
        with self._database.write() as connection:
            _retire(connection, policy_row(connection, policy_id), now=now)

    def sync_declared(self, specs: Sequence[PolicySpec], *, now: datetime) -> None:
        """See `PolicyStore.sync_declared`."""
        with self._database.write() as connection:
            if self._database.backend == POSTGRESQL:  # two who read the same file at once would add the same policies
                connection.execute(select(func.pg_advisory_xact_lock(_DECLARED)))
            rows = {row.name: row for row in connection.execute(select(policies))}
            declared: set[str] = set()
            for spec in specs:
                if spec.name in declared:
                    raise _taken(spec.name)
                declared.add(spec.name)
                row = rows.get(spec.name)
                if row is None or row.retired is not None:
                    _watch(connection, row, spec, origin=Origin.CONFIG, now=now)
                elif _spec(row) != spec or row.origin is not Origin.CONFIG:
                    _change(connection, row, spec, origin=Origin.CONFIG)
            for row in rows.values():
                if row.origin is Origin.CONFIG and row.retired is None and row.name not in declared:
                    _retire(connection, row, now=now)

    def policy(self, name: str) -> Policy:
        """See `PolicyStore.policy`."""
        with self._database.read() as connection:
            row = connection.execute(select(policies).where(policies.c.name == name)).one_or_none()
            if row is None:
                raise NotFound(f"no policy is called {name!r}")
            return as_policy(row)

    def policies(self, *, retired: bool = False) -> list[Policy]:
        """See `PolicyStore.policies`."""
        wanted = select(policies)
        if not retired:
            wanted = wanted.where(policies.c.retired.is_(None))
        with self._database.read() as connection:
            found = [as_policy(row) for row in connection.execute(wanted)]
        return sorted(found, key=lambda policy: policy.spec.name)  # databases order text by rules of their own

    def due(self, *, now: datetime, limit: int) -> list[Policy]:
        """See `PolicyStore.due`."""
        with self._database.read() as connection:
            return load_policies(connection, take_first(connection, due_first(now), limit))

    def next_due(self) -> datetime | None:
        """See `PolicyStore.next_due`. One that is claimed cannot be taken before its lease ends."""
        free = case((schedule.c.lease_until > schedule.c.due_at, schedule.c.lease_until), else_=schedule.c.due_at)
        takeable = case((policies.c.resumes > free, policies.c.resumes), else_=free)
        wanted = (
            select(func.min(takeable, type_=schedule.c.due_at.type))
            .join(policies, policies.c.id == schedule.c.policy_id)
            .where(or_(policies.c.paused.is_(None), policies.c.resumes.is_not(None)))
        )
        with self._database.read() as connection:
            first: datetime | None = connection.scalar(wanted)
        return first

    def claim(self, policy_id: int, *, owner: str, now: datetime, lease: timedelta) -> bool:
        """See `PolicyStore.claim`. False too for a retired policy. An owner's own claim is renewed.

        Neither claims nor releases are durable: after a power cut nobody is there to hold or to respect one.
        """
        with self._database.write(durable=False) as connection:
            claimed = connection.execute(
                update(schedule)
                .where(schedule.c.policy_id == policy_id, or_(is_free(now), schedule.c.lease_owner == owner))
                .values(lease_owner=owner, lease_until=now + lease)
            )
            if claimed.rowcount == 0:
                policy_row(connection, policy_id)
            return claimed.rowcount == 1

    def release(self, policy_id: int, *, owner: str, until: datetime | None = None) -> None:
        """See `PolicyStore.release`."""
        ended: dict[str, Any] = {"lease_owner": None, "lease_until": None}
        if until is not None:
            ended["due_at"] = until
        with self._database.write(durable=False) as connection:
            released = connection.execute(
                update(schedule)
                .where(schedule.c.policy_id == policy_id, schedule.c.lease_owner == owner)
                .values(**ended)
            )
            if released.rowcount == 0:
                policy_row(connection, policy_id)

    def pause(self, policy_id: int, *, now: datetime, until: datetime | None) -> Policy:
        """See `PolicyStore.pause`."""
        return self._set_pause(policy_id, paused=now, resumes=until)

    def resume(self, policy_id: int) -> Policy:
        """See `PolicyStore.resume`."""
        return self._set_pause(policy_id, paused=None, resumes=None)

    def _set_pause(self, policy_id: int, **pause: datetime | None) -> Policy:
        with self._database.write() as connection:
            policy_row(connection, policy_id)
            changed = update(policies).where(policies.c.id == policy_id).values(**pause).returning(policies)
            return as_policy(connection.execute(changed).one())

    def postpone(self, policy_id: int, *, until: datetime) -> None:
        """See `PolicyStore.postpone`."""
        with self._database.write() as connection:
            put_off = update(schedule).where(schedule.c.policy_id == policy_id).values(due_at=until)
            if connection.execute(put_off).rowcount == 0:
                policy_row(connection, policy_id)


def policy_row(connection: Connection, policy_id: int) -> Row[Any]:
    """The row of a policy.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(_POLICY, {"policy_id": policy_id}).one_or_none()
    if row is None:
        raise no_policy(policy_id)
    return row


def no_policy(policy_id: int) -> NotFound:
    """The error for a number that no policy has."""
    return NotFound(f"no policy has the id {policy_id}")


def as_policy(row: Row[Any]) -> Policy:
    """A row of `policies` as a record."""
    return Policy(
        id=row.id,
        spec=_spec(row),
        origin=row.origin,
        created=row.created,
        retired=row.retired,
        paused=row.paused,
        resumes=row.resumes,
        moved_to=row.moved_to,
    )


def load_policies(connection: Connection, numbers: Sequence[int]) -> list[Policy]:
    """Policies in the order of their numbers given."""
    rows = connection.execute(select(policies).where(policies.c.id.in_(numbers)))
    known = {row.id: as_policy(row) for row in rows}
    return [known[number] for number in numbers]


def _spec(row: Row[Any]) -> PolicySpec:
    return PolicySpec(
        name=row.name,
        urls=tuple(row.urls),
        service=row.service,
        kind=row.kind,
        language=row.language,
        every=row.every,
        select=tuple(row.select),
        remove=tuple(row.remove),
        timetable=load_timetable(row.timetable),
    )


def _columns(spec: PolicySpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "urls": spec.urls,
        "service": spec.service,
        "kind": spec.kind,
        "language": spec.language,
        "every": spec.every,
        "select": spec.select,
        "remove": spec.remove,
        "timetable": dump_timetable(spec.timetable),
    }


def _taken(name: str) -> PolicyExists:
    return PolicyExists(f"a policy is called {name!r} already")


def _watch(connection: Connection, row: Row[Any] | None, spec: PolicySpec, *, origin: Origin, now: datetime) -> Policy:
    """Add a policy, or bring a retired one back, due at once."""
    if row is not None:
        policy = _change(connection, row, spec, origin=origin, retired=None, paused=None, resumes=None)
    else:
        try:
            added = connection.execute(
                insert(policies).values(origin=origin, created=now, **_columns(spec)).returning(policies)
            ).one()
        except IntegrityError as error:  # another process added it meanwhile
            raise _taken(spec.name) from error
        policy = as_policy(added)
        connection.execute(insert(policy_states).values(policy_id=policy.id, revision=0))
    connection.execute(
        upsert(connection.dialect.name, schedule)
        .values(policy_id=policy.id, due_at=now)
        .on_conflict_do_update(index_elements=["policy_id"], set_={"due_at": now})
    )
    return policy


def _change(connection: Connection, row: Row[Any], spec: PolicySpec, *, origin: Origin, **also: Any) -> Policy:
    if spec.urls != tuple(row.urls):
        also["moved_to"] = None
    try:
        changed = connection.execute(
            update(policies)
            .where(policies.c.id == row.id)
            .values(origin=origin, **_columns(spec), **also)
            .returning(policies)
        ).one()
    except IntegrityError as error:
        raise _taken(spec.name) from error
    if _spec(row) != spec:
        connection.execute(
            update(policy_states)
            .where(policy_states.c.policy_id == row.id)
            .values(revision=policy_states.c.revision + 1)
        )
    return as_policy(changed)


def _retire(connection: Connection, row: Row[Any], *, now: datetime) -> None:
    connection.execute(
        update(policies).where(and_(policies.c.id == row.id, policies.c.retired.is_(None))).values(retired=now)
    )
    connection.execute(delete(schedule).where(schedule.c.policy_id == row.id))
