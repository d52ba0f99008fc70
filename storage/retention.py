"""Thins old captures. What a capture was stays for ever: its address, time, status and digests. Its bytes may go.

Kept whole is all that something rests on: the captures behind every version and change, confirmed or not, behind every
look that found something (a doubt, a candidate, a failure), the last of each policy, and whatever an archive gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select, union, update

from monitor.model import CaptureSource, Outcome, Thinned
from storage.engine import Database
from storage.statements import in_parts
from storage.tables import (
    blobs,
    captures,
    host_pace,
    look_captures,
    looks,
    observations,
    policies,
    policy_states,
    versions,
)

_QUIET = (Outcome.UNCHANGED, Outcome.VARIANT)  # looks that found nothing new
_START = datetime(1970, 1, 1, tzinfo=UTC)


def thin(database: Database, *, now: datetime, keep: timedelta, one_per: timedelta, dry_run: bool) -> Thinned:
    """Drop the bytes and headers of captures older than `keep`, but for one of each URL in every `one_per`.

    One transaction per policy: nobody waits long for it.
    """
    with database.read() as connection:
        policy_ids = connection.scalars(select(policies.c.id)).all()
    dropped = size = 0
    for policy_id in policy_ids:
        with database.read() as connection:
            doomed = _doomed(connection, policy_id, before=now - keep, one_per=one_per)
        if not doomed:
            continue
        if dry_run:
            with database.read() as connection:
                size += _size(connection, _loose(connection, doomed))
        else:
            with database.write() as connection:
                for part in in_parts(doomed):
                    connection.execute(update(captures).where(captures.c.id.in_(part)).values(thinned=now, headers=[]))
                size += _empty(connection, _digests(connection, doomed))
        dropped += len(doomed)
    if not dry_run:
        with database.write(durable=False) as connection:
            yesterday = (now - timedelta(days=1) - _START) // timedelta(microseconds=1)
            connection.execute(host_pace.delete().where(host_pace.c.next_at < yesterday))
    return Thinned(captures=dropped, bytes=size)


def _doomed(connection: Connection, policy_id: int, *, before: datetime, one_per: timedelta) -> list[int]:
    """The numbers of the captures to thin."""
    needed = union(
        select(versions.c.look_id).where(versions.c.policy_id == policy_id),
        select(policy_states.c.look_id).where(policy_states.c.policy_id == policy_id),
        select(observations.c.look_id).where(
            observations.c.policy_id == policy_id, observations.c.outcome.not_in(_QUIET)
        ),
    ).subquery()
    kept = set(
        connection.scalars(
            select(look_captures.c.capture_id).join(looks).where(looks.c.id.in_(select(needed.c.look_id)))
        )
    )
    rows = connection.execute(
        select(captures.c.id, captures.c.url, captures.c.taken)
        .where(
            captures.c.policy_id == policy_id,
            captures.c.source == CaptureSource.LIVE,
            captures.c.thinned.is_(None),
            captures.c.taken < before,
        )
        .order_by(captures.c.taken, captures.c.id)
    ).all()
    slots = {(row.url, (row.taken - _START) // one_per) for row in rows if row.id in kept}
    doomed = []
    for row in rows:
        slot = (row.url, (row.taken - _START) // one_per)
        if row.id in kept:
            continue
        if slot in slots:
            doomed.append(row.id)
        slots.add(slot)
    return doomed


def _digests(connection: Connection, capture_ids: Sequence[int]) -> set[str]:
    return {
        digest
        for part in in_parts(capture_ids)
        for digest in connection.scalars(select(captures.c.digest).where(captures.c.id.in_(part)))
    }


def _loose(connection: Connection, doomed: Sequence[int]) -> set[str]:
    """The digests that only captures to be thinned have."""
    digests, gone = sorted(_digests(connection, doomed)), set(doomed)
    held = {
        row.digest
        for part in in_parts(digests)
        for row in connection.execute(
            select(captures.c.id, captures.c.digest).where(captures.c.digest.in_(part), captures.c.thinned.is_(None))
        )
        if row.id not in gone
    }
    return set(digests) - held


def _size(connection: Connection, digests: Iterable[str]) -> int:
    parts = in_parts(sorted(digests))
    return sum(
        connection.scalar(
            select(func.coalesce(func.sum(func.length(blobs.c.packed)), 0)).where(blobs.c.digest.in_(part))
        )
        or 0
        for part in parts
    )


def _empty(connection: Connection, digests: set[str]) -> int:
    """Empty the blobs that no capture needs any more; give how many bytes that were.

    First the deltas, then the key frames that no delta builds on now. A blob is locked before it is looked at: a check
    that stores the same bytes meanwhile either is seen here, or sees them gone and brings them back.
    """
    needed = select(captures.c.id).where(captures.c.digest == blobs.c.digest, captures.c.thinned.is_(None))
    delta = blobs.alias()
    built_on = select(delta.c.digest).where(delta.c.base == blobs.c.digest)
    freed = 0
    for _ in range(2):
        for part in in_parts(sorted(digests)):
            connection.execute(select(blobs.c.digest).where(blobs.c.digest.in_(part)).with_for_update()).all()
            doomed = connection.execute(
                select(blobs.c.digest, func.length(blobs.c.packed)).where(
                    blobs.c.digest.in_(part), ~needed.exists(), ~built_on.exists(), func.length(blobs.c.packed) > 0
                )
            ).all()
            if doomed:
                names = [row[0] for row in doomed]
                connection.execute(update(blobs).where(blobs.c.digest.in_(names)).values(packed=b"", base=None))
                freed += sum(row[1] for row in doomed)
    return freed
