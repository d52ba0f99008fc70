"""Looks for damage that does not show by itself."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from sqlalchemy import Connection, func, select, text

from monitor.errors import StoreError
from storage import blobs
from storage.connecting import SQLITE
from storage.engine import Database
from storage.schema import HEAD, current_revision
from storage.tables import blobs as blob_rows
from storage.tables import captures

_MOST = 10  # findings of one sort that are told


def find_damage(database: Database, *, sample: int) -> list[str]:
    """What is wrong, in a sentence each. `sample` stored pages, picked anew each time, are checked by their digest.

    On SQLite the whole file is read.
    """
    with database.read() as connection:
        return list(_damage(connection, database.backend, sample))


def _damage(connection: Connection, backend: str, sample: int) -> Iterator[str]:
    if (found := current_revision(connection)) != HEAD:
        yield f"its schema is {found}, and this program needs {HEAD}"
    if backend == SQLITE:
        for (said,) in connection.execute(text(f"PRAGMA integrity_check({_MOST})")):
            if said != "ok":
                yield f"SQLite says: {said}"
        broken = connection.execute(text("PRAGMA foreign_key_check")).fetchmany(_MOST)
        for table, row, parent, _ in broken:
            yield f"row {row} of {table} refers to a row of {parent} that is not there"
    owned = select(captures.c.id).where(captures.c.digest == blob_rows.c.digest)
    delta = blob_rows.alias()
    built_on = select(delta.c.digest).where(delta.c.base == blob_rows.c.digest)
    orphans = connection.scalar(select(func.count()).select_from(blob_rows).where(~owned.exists(), ~built_on.exists()))
    if orphans:
        yield f"{orphans} stored pages belong to no capture"
    lost = connection.scalars(
        select(captures.c.id)
        .join(blob_rows, blob_rows.c.digest == captures.c.digest)
        .where(captures.c.thinned.is_(None), func.length(blob_rows.c.packed) == 0)
        .limit(_MOST)
    ).all()
    for number in lost:
        yield f"capture {number} has lost its bytes"
    yield from _damaged_pages(connection, sample)


def _damaged_pages(connection: Connection, sample: int) -> Iterator[str]:
    """Unpack some, from a place that differs every time, and reckon their digests."""
    kept = select(blob_rows.c.digest).where(func.length(blob_rows.c.packed) > 0)
    start = secrets.token_hex(32)
    some = connection.scalars(kept.where(blob_rows.c.digest >= start).order_by(blob_rows.c.digest).limit(sample)).all()
    more = connection.scalars(
        kept.where(blob_rows.c.digest < start).order_by(blob_rows.c.digest).limit(sample - len(some))
    ).all()
    damaged = 0
    for digest in (*some, *more):
        try:
            blobs.load(connection, digest)
        except StoreError as error:
            damaged += 1
            if damaged <= _MOST:
                yield str(error)
