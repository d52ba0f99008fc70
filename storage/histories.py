"""Histories of many policies at a time, in a fixed number of queries: what looks that are due together begin with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, exists, func, select

from monitor.model import Capture, History
from storage.looks import as_capture, bytes_digest
from storage.observing import as_observation
from storage.policies import as_policy
from storage.statements import in_parts
from storage.tables import (
    candidates,
    captures,
    look_captures,
    observations,
    policies,
    policy_states,
    readings,
    versions,
    volatile_places,
)
from storage.versions import as_info

# Built once, as all that is due comes by here.
_IDS: BindParameter[int] = bindparam("policy_ids", expanding=True)
_STATES = (
    select(policies, policy_states.c.revision, policy_states.c.current_id, policy_states.c.look_id)
    .join(policy_states, policy_states.c.policy_id == policies.c.id)
    .where(
        policies.c.id.in_(_IDS),
        ~exists().where(candidates.c.policy_id == policies.c.id),
        ~exists().where(volatile_places.c.policy_id == policies.c.id),
    )
)
_CONFIRMED = (
    select(versions)
    .where(versions.c.policy_id.in_(_IDS), versions.c.number.is_not(None))
    .order_by(versions.c.policy_id, versions.c.number.desc())
)
_LAST = select(observations).where(
    observations.c.id.in_(
        select(func.max(observations.c.id)).where(observations.c.policy_id.in_(_IDS)).group_by(observations.c.policy_id)
    )
)
_LOOKS: BindParameter[int] = bindparam("look_ids", expanding=True)
_MEMBERS = (
    select(look_captures.c.look_id, look_captures.c.capture_id)
    .where(look_captures.c.look_id.in_(_LOOKS))
    .order_by(look_captures.c.look_id, look_captures.c.position)
)
_LATEST = (
    select(captures, look_captures.c.look_id)
    .join(look_captures, look_captures.c.capture_id == captures.c.id)
    .where(look_captures.c.look_id.in_(_LOOKS))
    .order_by(look_captures.c.look_id, look_captures.c.position)
)
_READ_AS = select(readings).where(
    readings.c.policy_id.in_(_IDS), readings.c.bytes_digest.in_(bindparam("digests", expanding=True))
)


def load_histories(connection: Connection, policy_ids: Sequence[int]) -> list[tuple[History, str | None]]:
    """See `HistoryStore.histories`."""
    return [found for part in in_parts(policy_ids) for found in _load(connection, part)]


def _load(connection: Connection, policy_ids: Sequence[int]) -> list[tuple[History, str | None]]:
    wanted = {"policy_ids": list(policy_ids)}
    states = connection.execute(_STATES, wanted).all()
    known: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_CONFIRMED, wanted):
        known[row.policy_id].append(row)
    last = {row.policy_id: row for row in connection.execute(_LAST, wanted)}
    shown_first = [row.look_id for rows in (*known.values(), last.values()) for row in rows if row.look_id is not None]
    members: dict[int | None, tuple[int, ...]] = {}
    for look_id, capture_id in connection.execute(_MEMBERS, {"look_ids": shown_first}):
        members[look_id] = (*members.get(look_id, ()), capture_id)
    latest: dict[int, tuple[Capture, ...]] = {}
    shown_last = [state.look_id for state in states if state.look_id is not None]
    for row in connection.execute(_LATEST, {"look_ids": shown_last}):
        latest[row.look_id] = (*latest.get(row.look_id, ()), as_capture(row))
    by_bytes = {
        (page[0].policy_id, bytes_digest([capture.digest for capture in page])): page for page in latest.values()
    }
    read_as = {
        (row.policy_id, row.bytes_digest, row.extractor): row.text_digest
        for row in connection.execute(_READ_AS, wanted | {"digests": [digest for _, digest in by_bytes]})
    }
    found = []
    for state in states:
        infos = tuple(as_info(row, members) for row in known[state.id])
        policy = as_policy(state)
        pages = latest.get(state.look_id, ())
        current = next((version for version in infos if version.id == state.current_id), None)
        history = History(
            policy=policy,
            revision=state.revision,
            current=current,
            variants=infos,
            candidate=None,
            places=(),
            last=as_observation(last[state.id], members) if state.id in last else None,
            latest=pages if tuple(page.url for page in pages) == policy.spec.urls else (),
        )
        key = (state.id, bytes_digest([page.digest for page in pages]), current.extractor if current else "")
        found.append((history, read_as.get(key)))
    return found
