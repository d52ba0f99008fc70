"""The tables of the past; see `storage.tables` for the others.

policies ─┬─ archive_listings ── archive_rows   copies of archives' indexes, and how far each has come
          ├─ past_looks                         what archived captures turned out to be
          └─ past_states                        how far the search has come, when it is due, who has claimed it
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from monitor.model import Found
from storage.tables import metadata
from storage.types import Choice, Prose, RowId, UtcDateTime

archive_listings = Table(
    "archive_listings",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), nullable=False),
    Column("archive", Prose, nullable=False),
    Column("url", Prose, nullable=False),
    Column("unreadable", Integer, nullable=False),
    Column("token", Prose),
    Column("walk_after", UtcDateTime),
    Column("walk_started", UtcDateTime),
    Column("complete", UtcDateTime),
    Column("whole", UtcDateTime),
    UniqueConstraint("policy_id", "archive", "url"),
)

archive_rows = Table(
    "archive_rows",
    metadata,
    Column("listing_id", ForeignKey("archive_listings.id"), primary_key=True),
    Column("taken", UtcDateTime, primary_key=True),
    Column("mark", String(32), primary_key=True),  # of stamp, URL and digest: rows alike in these are one capture
    Column("stamp", Prose, nullable=False),
    Column("url", Prose),  # NULL: that of the listing, as nearly all have
    Column("digest", Prose, nullable=False),
    Column("status", Integer),
    Column("media_type", Prose, nullable=False),
    Column("length", RowId),
    Column("revisit", Boolean, nullable=False),
    Column("memento_url", Prose),
    sqlite_with_rowid=False,
)

past_looks = Table(
    "past_looks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), nullable=False),
    Column("archive", Prose, nullable=False),
    Column("digest", Prose, nullable=False),  # as the archive names the content
    Column("found", Choice(Found), nullable=False),
    Column("taken", UtcDateTime, nullable=False),
    Column("made", UtcDateTime, nullable=False),
    Column("extractor", Prose, nullable=False),
    Column("version_id", ForeignKey("versions.id"), index=True),
    Column("look_id", ForeignKey("looks.id"), index=True),
    Column("words", String(64), nullable=False),
    Column("reason", Prose, nullable=False),
    Column("why", Prose, nullable=False),
    Column("search", Integer, nullable=False),
    UniqueConstraint("policy_id", "digest"),
)

past_states = Table(
    "past_states",
    metadata,
    Column("policy_id", ForeignKey("policies.id"), primary_key=True, autoincrement=False),
    Column("search", Integer, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("after", UtcDateTime),
    Column("before", UtcDateTime),
    Column("max_fetches", Integer),
    Column("finished", UtcDateTime),
    Column("exhausted", Boolean, nullable=False),
    Column("due_at", UtcDateTime, index=True),
    Column("note", Prose, nullable=False),
    Column("lease_owner", Prose),
    Column("lease_until", UtcDateTime),
)
