"""Which policies are to be looked at, as queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, false, or_, select, true

from storage.tables import policies, schedule


def due_first(now: datetime, among: Sequence[int] | None = None) -> tuple[Select[int], Select[int]]:
    """The numbers of policies to look at, the urgent ones apart: two walks along an index, however many are due.

    `among` leaves out all others than these.
    """
    wanted = (
        select(schedule.c.policy_id)
        .join(policies, policies.c.id == schedule.c.policy_id)
        .where(schedule.c.due_at <= now, is_free(now), is_awake(now))
        .order_by(schedule.c.due_at, schedule.c.policy_id)
    )
    if among is not None:
        wanted = wanted.where(schedule.c.policy_id.in_(among))
    return wanted.where(schedule.c.urgent == true()), wanted.where(schedule.c.urgent == false())


def take_first(connection: Connection, parts: Iterable[Select[int]], limit: int) -> list[int]:
    """The first numbers of several queries, up to a limit of all."""
    found: list[int] = []
    for part in parts:
        if len(found) < limit:
            found += connection.scalars(part.limit(limit - len(found)))
    return found


def is_free(now: datetime) -> Any:
    """Nobody has a lease that still runs."""
    return or_(schedule.c.lease_until.is_(None), schedule.c.lease_until <= now)


def is_awake(now: datetime) -> Any:
    """It is not paused."""
    return or_(policies.c.paused.is_(None), policies.c.resumes.is_not(None) & (policies.c.resumes <= now))
