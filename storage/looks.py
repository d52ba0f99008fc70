"""Captures, and the looks that group those of all URLs of a policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from monitor.model import Capture, Fetched
from storage.small import run
from storage.statements import in_parts
from storage.tables import captures, look_captures, looks, policies

# Built once, as every check runs them.
_URLS = select(policies.c.urls).where(policies.c.id == bindparam("policy_id"))
_LOOK = (
    select(captures)
    .join(look_captures, look_captures.c.capture_id == captures.c.id)
    .where(look_captures.c.look_id == bindparam("look_id"))
    .order_by(look_captures.c.position)
)
_DIGESTS = _LOOK.with_only_columns(captures.c.digest)
_CAPTURE_IDS = (
    select(look_captures.c.look_id, look_captures.c.capture_id)
    .where(look_captures.c.look_id.in_(bindparam("look_ids", expanding=True)))
    .order_by(look_captures.c.look_id, look_captures.c.position)
)
_IDS_OF_LOOK = (
    select(look_captures.c.capture_id)
    .where(look_captures.c.look_id == bindparam("look_id"))
    .order_by(look_captures.c.position)
)
_NEW_LOOK = insert(looks).returning(looks.c.id)
_NEW_MEMBER = insert(look_captures)
_NEW_CAPTURE = insert(captures).returning(captures.c.id)


def store_look(
    connection: Connection, policy_id: int, fetched: Sequence[Fetched], last_look_id: int | None
) -> tuple[int, tuple[int, ...]]:
    """Write captures and the look they belong to; return its number and theirs.

    A URL that answered 304 brought no bytes: it takes part with its capture of the last look, so that a look always
    has one per URL, in their order.
    """
    numbers = tuple(insert_capture(connection, policy_id, answer) for answer in fetched)
    taken = {answer.url: number for answer, number in zip(fetched, numbers, strict=True)}
    [(urls,)] = run(connection, _URLS, {"policy_id": policy_id}).rows
    before = () if taken.keys() >= set(urls) else load_look(connection, last_look_id)
    known = {capture.url: capture.id for capture in before}
    members = [taken.pop(url) if url in taken else known[url] for url in urls if url in taken or url in known]
    members += taken.values()  # of a URL that the policy had when the check began
    return look_of(connection, policy_id, members), numbers


def look_of(connection: Connection, policy_id: int, members: Sequence[int]) -> int:
    """Write a look of captures that are stored; return its number."""
    [(look_id,)] = run(connection, _NEW_LOOK, {"policy_id": policy_id}).rows
    for place, number in enumerate(members):
        run(connection, _NEW_MEMBER, {"look_id": look_id, "position": place, "capture_id": number})
    return int(look_id)


def load_look(connection: Connection, look_id: int | None) -> tuple[Capture, ...]:
    """The captures of a look, one per URL, in their order; none for None."""
    if look_id is None:
        return ()
    return tuple(map(as_capture, connection.execute(_LOOK, {"look_id": look_id})))


def digests_of(connection: Connection, look_id: int) -> list[str]:
    """Of the bytes of a look, one per URL, in their order."""
    return [digest for (digest,) in run(connection, _DIGESTS, {"look_id": look_id}).rows]


def bytes_digest(digests: Sequence[str]) -> str:
    """One key for the digests of a look's captures, in order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def capture_ids(connection: Connection, look_ids: Iterable[int | None]) -> dict[int | None, tuple[int, ...]]:
    """The numbers of the captures of looks, in the order of the URLs."""
    found: dict[int | None, tuple[int, ...]] = {}
    wanted = [look_id for look_id in look_ids if look_id is not None]
    if len(wanted) == 1:  # an IN (...) is written anew for each number of values
        return {wanted[0]: tuple(connection.scalars(_IDS_OF_LOOK, {"look_id": wanted[0]}))}
    for part in in_parts(wanted):
        for look_id, capture_id in connection.execute(_CAPTURE_IDS, {"look_ids": part}):
            found[look_id] = (*found.get(look_id, ()), capture_id)
    return found


def load_captures(connection: Connection, numbers: Iterable[int]) -> tuple[Capture, ...]:
    """Captures in the order of their numbers given."""
    wanted = list(numbers)
    rows = connection.execute(select(captures).where(captures.c.id.in_(wanted)))
    return tuple(sorted(map(as_capture, rows), key=lambda capture: wanted.index(capture.id)))


def as_capture(row: Row[Any]) -> Capture:
    """A row of `captures` as a record."""
    return Capture(
        id=row.id,
        policy_id=row.policy_id,
        url=row.url,
        final_url=row.final_url,
        taken=row.taken,
        source=row.source,
        status=row.status,
        headers=tuple((name, value) for name, value in row.headers),
        digest=row.digest,
        wire_digest=row.wire_digest,
        wire_size=row.wire_size,
        media_type=row.media_type,
        charset=row.charset,
        archive_url=row.archive_url,
        thinned=row.thinned,
    )


def insert_capture(connection: Connection, policy_id: int, answer: Fetched) -> int:
    """Write a capture, whose bytes are stored; return its number."""
    [(number,)] = run(
        connection,
        _NEW_CAPTURE,
        {
            "policy_id": policy_id,
            "url": answer.url,
            "final_url": answer.final_url,
            "taken": answer.taken,
            "source": answer.source,
            "status": answer.status,
            "headers": answer.headers,
            "digest": answer.digest,
            "wire_digest": answer.wire_digest,
            "wire_size": answer.wire_size,
            "media_type": answer.media_type,
            "charset": answer.charset,
            "archive_url": answer.archive_url,
        },
    ).rows
    return int(number)
