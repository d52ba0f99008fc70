"""Copies of archives' indexes, and how far each has come."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from monitor.model import ArchivePage, ArchiveRow, ListedRow, Listing
from storage.engine import Database
from storage.past_tables import archive_listings, archive_rows
from storage.policies import policy_row
from storage.statements import insert_new, upsert

_INSERTED = 500  # rows in one INSERT


class SqlListings:
    """The listings of a database's policies."""

    _database: Database

    def listing(self, policy_id: int, archive: str, url: str) -> Listing:
        """See `PastStore.listing`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            row = _listing_row(connection, policy_id, archive, url)
            return Listing(archive=archive, url=url) if row is None else _as_listing(connection, row)

    def listings(self, policy_id: int) -> list[Listing]:
        """See `PastStore.listings`."""
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            rows = connection.execute(
                select(archive_listings)
                .where(archive_listings.c.policy_id == policy_id)
                .order_by(archive_listings.c.id)
            ).all()
            return [_as_listing(connection, row) for row in rows]

    def extend_listing(
        self, policy_id: int, listing: Listing, page: ArchivePage, *, after: datetime | None, now: datetime
    ) -> Listing:
        """See `PastStore.extend_listing`."""
        going_on = listing.token is not None
        started = listing.walk_started if going_on and listing.walk_started else now
        values: dict[str, Any] = {
            "token": page.token,
            "walk_after": after if page.token else None,
            "walk_started": started if page.token else None,
            "complete": listing.complete if page.token else started,
            "whole": listing.whole if page.token or after else started,
            "unreadable": (listing.unreadable if going_on or after else 0) + len(page.unreadable),
        }
        key = {"policy_id": policy_id, "archive": listing.archive, "url": listing.url}
        with self._database.write() as connection:
            policy_row(connection, policy_id)
            listing_id: int = connection.execute(
                upsert(connection.dialect.name, archive_listings)
                .values(**key, **values)
                .on_conflict_do_update(index_elements=["policy_id", "archive", "url"], set_=values)
                .returning(archive_listings.c.id)
            ).scalar_one()
            rows = [_row_values(listing_id, listing.url, row) for row in page.rows]
            for start in range(0, len(rows), _INSERTED):
                insert_new(connection, archive_rows, rows[start : start + _INSERTED])
            found = _listing_row(connection, policy_id, listing.archive, listing.url)
            assert found is not None
            return _as_listing(connection, found)

    def archive_rows(self, policy_id: int) -> list[ListedRow]:
        """See `PastStore.archive_rows`."""
        wanted = (
            select(archive_listings.c.archive, archive_listings.c.url.label("listed"), archive_rows)
            .join(archive_listings, archive_listings.c.id == archive_rows.c.listing_id)
            .where(archive_listings.c.policy_id == policy_id)
            .order_by(archive_rows.c.taken, archive_rows.c.listing_id, archive_rows.c.mark)
        )
        with self._database.read() as connection:
            policy_row(connection, policy_id)
            return [ListedRow(row.archive, _as_row(row)) for row in connection.execute(wanted)]


def _listing_row(connection: Connection, policy_id: int, archive: str, url: str) -> Row[Any] | None:
    return connection.execute(
        select(archive_listings).where(
            archive_listings.c.policy_id == policy_id,
            archive_listings.c.archive == archive,
            archive_listings.c.url == url,
        )
    ).one_or_none()


def _as_listing(connection: Connection, row: Row[Any]) -> Listing:
    counted = connection.execute(
        select(
            func.count(),
            func.min(archive_rows.c.taken, type_=archive_rows.c.taken.type),
            func.max(archive_rows.c.taken, type_=archive_rows.c.taken.type),
        ).where(archive_rows.c.listing_id == row.id)
    ).one()
    return Listing(
        archive=row.archive,
        url=row.url,
        rows=counted[0],
        first=counted[1],
        last=counted[2],
        unreadable=row.unreadable,
        token=row.token,
        walk_after=row.walk_after,
        walk_started=row.walk_started,
        complete=row.complete,
        whole=row.whole,
    )


def _row_values(listing_id: int, url: str, row: ArchiveRow) -> dict[str, Any]:
    mark = hashlib.sha256(f"{row.stamp} {row.digest} {row.url}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return {
        "listing_id": listing_id,
        "taken": row.taken,
        "mark": mark,
        "stamp": row.stamp,
        "url": None if row.url == url else row.url,
        "digest": row.digest,
        "status": row.status,
        "media_type": row.media_type,
        "length": row.length,
        "revisit": row.revisit,
        "memento_url": row.memento_url,
    }


def _as_row(row: Row[Any]) -> ArchiveRow:
    return ArchiveRow(
        url=row.listed if row.url is None else row.url,
        stamp=row.stamp,
        taken=row.taken,
        digest=row.digest,
        status=row.status,
        media_type=row.media_type,
        length=row.length,
        revisit=row.revisit,
        memento_url=row.memento_url,
    )
