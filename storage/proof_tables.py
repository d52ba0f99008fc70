"""The tables of proof: the chain over what was found, and public copies."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from monitor.model import CopyState, LinkKind
from storage.tables import metadata
from storage.types import Choice, Prose, RowId, UtcDateTime

# Links keep their record as it was hashed: a later release may say more of a capture, and the chain must still hold.
chain_links = Table(
    "chain_links",
    metadata,
    Column("policy_id", ForeignKey("policies.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", Choice(LinkKind), nullable=False),
    Column("subject", RowId, nullable=False),
    Column("record", Prose, nullable=False),
    Column("hash", String(64), nullable=False),
    sqlite_with_rowid=False,
)

public_copies = Table(
    "public_copies",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), nullable=False, index=True),
    Column("change_id", ForeignKey("changes.id"), nullable=False),
    Column("url", Prose, nullable=False),
    Column("state", Choice(CopyState), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("due", UtcDateTime, nullable=False),
    Column("requested", UtcDateTime),  # when the archive was last asked
    Column("attempts", Integer, nullable=False),
    Column("job", Prose, nullable=False),
    Column("archive_url", Prose),
    Column("taken", UtcDateTime),
    Column("error", Prose, nullable=False),
    UniqueConstraint("change_id", "url"),
    Index(None, "state", "due"),
)
