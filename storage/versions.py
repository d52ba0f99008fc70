"""Rows of versions: texts as they are first kept, confirmed, seen again and read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, insert, select, update

from monitor.errors import NotFound
from monitor.model import Provenance, Reading, StatedDates, Version, VersionDraft, VersionInfo
from storage.looks import capture_ids
from storage.small import run
from storage.tables import look_captures, versions
from storage.texts import load_clauses, store_places

# Built once, as every check runs them.
_CONFIRMED = (
    select(versions)
    .where(versions.c.policy_id == bindparam("policy_id"), versions.c.number.is_not(None))
    .order_by(versions.c.number)
)
_THEIR_CAPTURES = (
    select(look_captures.c.look_id, look_captures.c.capture_id)
    .where(
        look_captures.c.look_id.in_(
            select(versions.c.look_id).where(
                versions.c.policy_id == bindparam("policy_id"), versions.c.number.is_not(None)
            )
        )
    )
    .order_by(look_captures.c.look_id, look_captures.c.position)
)
_BY_DIGEST = select(versions.c.id).where(
    versions.c.policy_id == bindparam("policy_id"), versions.c.digest == bindparam("digest")
)
_BY_IDS = select(versions).where(versions.c.id.in_(bindparam("ids", expanding=True)))
_SEEN = (
    update(versions)
    .where(versions.c.id == bindparam("version"), versions.c.policy_id == bindparam("policy"))
    .values(
        last_seen=bindparam("now"),
        extractor=case((versions.c.digest == bindparam("read"), bindparam("reader")), else_=versions.c.extractor),
    )
)
_SEEN_AGAIN = _SEEN.values(absent_since=versions.c.last_seen, standing_since=bindparam("now"))


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that was written. `fresh`: its run of looks begins with what was written, not with an earlier look."""

    id: int
    fresh: bool


def keep(
    connection: Connection,
    policy_id: int,
    reading: Reading,
    *,
    first_seen: datetime,
    now: datetime,
    look_id: int | None,
) -> Kept:
    """The row of a text that waits for confirmation, new or known."""
    version_id = find(connection, policy_id, reading.digest)
    if version_id is None:
        values = _insertable(reading) | {"first_seen": first_seen, "last_seen": now, "standing_since": first_seen}
        version_id = connection.execute(
            insert(versions).values(policy_id=policy_id, exact=True, look_id=look_id, **values).returning(versions.c.id)
        ).scalar_one()
        store_places(connection, version_id, reading.clauses)
        return Kept(version_id, fresh=True)
    connection.execute(
        update(versions).where(versions.c.id == version_id, versions.c.number.is_(None)).values(first_seen=first_seen)
    )
    return Kept(version_id, fresh=False)


def confirm(connection: Connection, policy_id: int, draft: VersionDraft, *, now: datetime, look_id: int | None) -> Kept:
    """The row of a text that is confirmed now; it gets a number if it has none."""
    kept = keep(connection, policy_id, draft.reading, first_seen=draft.first_seen, now=now, look_id=look_id)
    highest = select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.policy_id == policy_id)
    numbered = connection.execute(
        update(versions)
        .where(versions.c.id == kept.id, versions.c.number.is_(None))
        .values(
            number=highest.scalar_subquery() + 1,
            confirmed=now,
            last_seen=now,
            standing_since=draft.first_seen,
            absent_since=None,
            exact=draft.exact,
        )
    )
    return Kept(kept.id, fresh=numbered.rowcount == 1)


def read_anew(connection: Connection, version_id: int, reading: Reading) -> None:
    """Another extractor read the same text: note it, with what it made of the rest."""
    values = {name: value for name, value in _insertable(reading).items() if name not in {"digest", "clause_count"}}
    connection.execute(update(versions).where(versions.c.id == version_id).values(**values))


def stand_in(connection: Connection, version_id: int, reading: Reading, *, now: datetime) -> int:
    """The confirmed row of a text that another extractor reads in the bytes of a version: with the same sightings.

    A row that has that text already keeps its own past and is only noted as shown for as long.
    """
    row = connection.execute(select(versions).where(versions.c.id == version_id)).one()
    kept = keep(connection, row.policy_id, reading, first_seen=row.first_seen, now=row.last_seen, look_id=row.look_id)
    highest = select(func.coalesce(func.max(versions.c.number), 0)).where(versions.c.policy_id == row.policy_id)
    connection.execute(
        update(versions)
        .where(versions.c.id == kept.id, versions.c.number.is_(None))
        .values(number=highest.scalar_subquery() + 1, confirmed=now, exact=row.exact)
    )
    connection.execute(
        update(versions)
        .where(versions.c.id == kept.id, versions.c.last_seen <= row.last_seen)
        .values(
            extractor=reading.extractor,
            last_seen=row.last_seen,
            standing_since=row.standing_since,
            absent_since=row.absent_since,
        )
    )
    connection.execute(update(versions).where(versions.c.id == version_id).values(reread_by=reading.extractor))
    return kept.id


def see(
    connection: Connection,
    policy_id: int,
    version_id: int,
    *,
    now: datetime,
    again: bool,
    read_by: tuple[str | None, str],
) -> None:
    """A look showed this text. `again`: the look before showed another one, so a new run begins.

    `read_by` gives the digest that the look's whole text had, and to which extractor: the version is that one's, too.

    Raises:
        NotFound: the policy has no such version.
    """
    digest, extractor = read_by
    seen = run(
        connection,
        _SEEN_AGAIN if again else _SEEN,
        {"version": version_id, "policy": policy_id, "now": now, "read": digest, "reader": extractor},
    )
    if seen.changed == 0:
        raise NotFound(f"policy {policy_id} has no version with id {version_id}")


def find(connection: Connection, policy_id: int, digest: str) -> int | None:
    """The row of a text."""
    return connection.scalar(_BY_DIGEST, {"policy_id": policy_id, "digest": digest})


def load_infos(connection: Connection, policy_id: int) -> list[VersionInfo]:
    """Confirmed versions, oldest first."""
    rows = connection.execute(_CONFIRMED, {"policy_id": policy_id}).all()
    captured: dict[int | None, tuple[int, ...]] = {}
    if rows:
        for look_id, capture_id in connection.execute(_THEIR_CAPTURES, {"policy_id": policy_id}):
            captured[look_id] = (*captured.get(look_id, ()), capture_id)
    return [as_info(row, captured) for row in rows]


def load(connection: Connection, version_ids: Iterable[int]) -> dict[int, Version]:
    """Versions with their clauses, by number of row; unknown ones are left out."""
    return {row.id: version for row, version in _load(connection, version_ids)}


def load_reading(connection: Connection, version_id: int) -> Reading:
    """What a look read, as it was when the text was first kept."""
    [(row, version)] = _load(connection, [version_id])
    return Reading(
        clauses=version.clauses,
        digest=row.digest,
        extractor=row.extractor,
        language=row.language,
        dates=version.dates,
        title=row.title,
        provenance=None
        if row.archive_url is None
        else Provenance(archive_url=row.archive_url, captured=row.archive_captured),
    )


def _load(connection: Connection, version_ids: Iterable[int]) -> Sequence[tuple[Row[Any], Version]]:
    rows = connection.execute(_BY_IDS, {"ids": list(version_ids)}).all()
    captured = capture_ids(connection, {row.look_id for row in rows})
    return [
        (row, Version(**_info(row, captured), clauses=load_clauses(connection, row.id, row.digest))) for row in rows
    ]


def as_info(row: Row[Any], captured: dict[int | None, tuple[int, ...]]) -> VersionInfo:
    """A row of `versions` that is confirmed, with the captures of each look."""
    return VersionInfo(**_info(row, captured))


def _info(row: Row[Any], captured: dict[int | None, tuple[int, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "policy_id": row.policy_id,
        "number": row.number or 0,
        "digest": row.digest,
        "extractor": row.extractor,
        "language": row.language,
        "dates": StatedDates(updated=row.updated, effective=row.effective, wording=row.wording),
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
        "confirmed": row.confirmed,
        "standing_since": row.standing_since,
        "absent_since": row.absent_since,
        "capture_ids": captured.get(row.look_id, ()),
        "exact": row.exact,
        "clause_count": row.clause_count,
        "reread_by": row.reread_by,
    }


def _insertable(reading: Reading) -> dict[str, Any]:
    provenance = reading.provenance
    return {
        "digest": reading.digest,
        "extractor": reading.extractor,
        "language": reading.language,
        "title": reading.title,
        "updated": reading.dates.updated,
        "effective": reading.dates.effective,
        "wording": reading.dates.wording,
        "archive_url": provenance and provenance.archive_url,
        "archive_captured": provenance and provenance.captured,
        "clause_count": len(reading.clauses),
    }
