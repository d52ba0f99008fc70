"""The tables. `storage/migrations` makes them; `alembic check` in the tests keeps both alike.

policies ─┬─ schedule           when it is due and who has claimed it; a row only while it is watched
          ├─ policy_states      revision; which version is current, which was shown last, which look brought bytes last
          ├─ captures ── blobs  one fetch; its bytes, stored once
          ├─ looks ── look_captures   the captures of one look at all URLs, in their order
          ├─ readings           what the bytes of a look were read as, by which extractor
          ├─ versions ── places ── clauses, heading_paths   texts, confirmed or not
          ├─ volatile_places    what keeps changing by itself, learned or under observation
          ├─ candidates         the one text that waits for confirmation
          ├─ observations       runs of equal findings
          ├─ changes            two confirmed versions compared
          ├─ chain_links, public_copies   proof for others: see `storage.proof_tables`
          └─ alerts ── deliveries     the outbox
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
)

from monitor.model import (
    AlertKind,
    CaptureSource,
    ChangeKind,
    ClauseKind,
    DeliveryState,
    Origin,
    Outcome,
    PolicyKind,
    Significance,
    SuspectReason,
)
from storage.types import Choice, Duration, Json, Prose, RowId, UtcDateTime

# Alembic can only alter or drop a constraint that it can name, on both databases alike.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

policies = Table(
    "policies",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", Prose, nullable=False, unique=True),
    Column("urls", Json, nullable=False),
    Column("service", Prose, nullable=False),
    Column("kind", Choice(PolicyKind), nullable=False),
    Column("language", Prose),
    Column("every", Duration, nullable=False),
    Column("select", Json, nullable=False),
    Column("remove", Json, nullable=False),
    Column("origin", Choice(Origin), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("retired", UtcDateTime),
    Column("moved_to", Prose),
    Column("timetable", Json),  # NULL: looks may be at any time
    Column("paused", UtcDateTime),
    Column("resumes", UtcDateTime),
)

schedule = Table(
    "schedule",
    metadata,
    Column("policy_id", ForeignKey("policies.id"), primary_key=True, autoincrement=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("lease_owner", Prose),
    Column("lease_until", UtcDateTime),
    Column("urgent", Boolean, nullable=False, server_default=false()),  # a text waits for confirmation
    Index(None, "urgent", "due_at"),
)

# When each host may be asked next, over all processes that share the database.
host_pace = Table(
    "host_pace",
    metadata,
    Column("host", Prose, primary_key=True),
    Column("next_at", RowId, nullable=False),  # microseconds since 1970: both databases reckon alike with integers
    sqlite_with_rowid=False,
)

blobs = Table(
    "blobs",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the decoded bytes, hex
    Column("size", RowId, nullable=False),  # of the decoded bytes
    Column("base", ForeignKey("blobs.digest")),  # the key frame that is the dictionary; NULL: this is a key frame
    Column("packed", LargeBinary, nullable=False),  # zstd; empty once all captures of it have been thinned
)

captures = Table(
    "captures",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), nullable=False),
    Column("url", Prose, nullable=False),
    Column("final_url", Prose, nullable=False),
    Column("taken", UtcDateTime, nullable=False),
    Column("source", Choice(CaptureSource), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Json, nullable=False),
    Column("digest", ForeignKey("blobs.digest"), nullable=False, index=True),
    Column("wire_digest", String(64), nullable=False),
    Column("wire_size", RowId, nullable=False),
    Column("media_type", Prose, nullable=False),
    Column("charset", Prose),
    Column("archive_url", Prose),
    Column("thinned", UtcDateTime),  # when its bytes and headers were dropped; what it was stays
    Index(None, "policy_id", "taken"),
    sqlite_autoincrement=True,  # evidence: the number of a deleted capture must never name another one
)

looks = Table(
    "looks",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), nullable=False, index=True),
)

look_captures = Table(
    "look_captures",
    metadata,
    Column("look_id", ForeignKey("looks.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),  # that of the URL in the policy
    Column("capture_id", ForeignKey("captures.id"), nullable=False, index=True),
    sqlite_with_rowid=False,  # here and below: rows in the order of their key, without a second copy of it
)

readings = Table(
    "readings",
    metadata,
    Column("policy_id", ForeignKey("policies.id"), primary_key=True),
    Column("bytes_digest", String(64), primary_key=True),  # of the digests of a look's captures, in order
    Column("extractor", Prose, primary_key=True),
    Column("text_digest", Prose),
    Column("suspicion", Choice(SuspectReason)),
    Column("why", Prose),
    sqlite_with_rowid=False,
)

clauses = Table(
    "clauses",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("content", String(64), nullable=False, unique=True),  # SHA-256 of all that follows
    Column("digest", Prose, nullable=False, index=True),  # of the normalised words
    Column("kind", Choice(ClauseKind), nullable=False),
    Column("text", Prose, nullable=False),
    Column("label", Prose, nullable=False),
    Column("level", Integer, nullable=False),
    Column("links", Json, nullable=False),
    Column("cells", Json, nullable=False),
)

# Kept apart from the clauses: a renamed heading must not store every clause below it again.
heading_paths = Table(
    "heading_paths",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("content", String(64), nullable=False, unique=True),  # SHA-256 of the path
    Column("path", Json, nullable=False),
)

versions = Table(
    "versions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), nullable=False),
    Column("digest", Prose, nullable=False),
    Column("number", Integer),  # NULL until confirmed
    Column("extractor", Prose, nullable=False),
    Column("language", Prose),
    Column("title", Prose, nullable=False),
    Column("updated", Date),
    Column("effective", Date),
    Column("wording", Prose, nullable=False),
    Column("archive_url", Prose),  # with the next: what the text says of its own origin
    Column("archive_captured", Date),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("confirmed", UtcDateTime),
    Column("standing_since", UtcDateTime, nullable=False),
    Column("absent_since", UtcDateTime),
    Column("exact", Boolean, nullable=False),
    Column("clause_count", Integer, nullable=False),
    Column("look_id", ForeignKey("looks.id"), index=True),  # that first showed it
    Column("reread_by", Prose),  # the extractor that read another text in its bytes
    UniqueConstraint("policy_id", "digest"),
    UniqueConstraint("policy_id", "number"),
)

places = Table(
    "places",
    metadata,
    Column("version_id", ForeignKey("versions.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("clause_id", ForeignKey("clauses.id"), nullable=False, index=True),
    Column("path_id", ForeignKey("heading_paths.id"), nullable=False),
    sqlite_with_rowid=False,
)

policy_states = Table(
    "policy_states",
    metadata,
    Column("policy_id", ForeignKey("policies.id"), primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("current_id", ForeignKey("versions.id")),
    Column("shown_id", ForeignKey("versions.id")),  # the text of the last look that showed one
    Column("look_id", ForeignKey("looks.id")),  # the last that brought bytes
)

candidates = Table(
    "candidates",
    metadata,
    Column("policy_id", ForeignKey("policies.id"), primary_key=True, autoincrement=False),
    Column("version_id", ForeignKey("versions.id"), nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("since", Json, nullable=False),
    Column("told", Json, nullable=False),  # marks of `since`
)

volatile_places = Table(
    "volatile_places",
    metadata,
    Column("policy_id", ForeignKey("policies.id"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("before", Prose, nullable=False),
    Column("after", Prose, nullable=False),
    Column("texts", Json, nullable=False),
    Column("learned", UtcDateTime),
    Column("why", Prose, nullable=False),
    Column("pinned", UtcDateTime),
    sqlite_with_rowid=False,
)

observations = Table(
    "observations",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), nullable=False),
    Column("outcome", Choice(Outcome), nullable=False),
    Column("reason", Prose, nullable=False),
    Column("detail", Prose, nullable=False),
    Column("version_id", ForeignKey("versions.id")),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    Column("checks", Integer, nullable=False),
    Column("look_id", ForeignKey("looks.id"), index=True),  # of the first check of the run
    Index(None, "policy_id", "id"),
)

changes = Table(
    "changes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("policy_id", ForeignKey("policies.id"), nullable=False, index=True),
    Column("kind", Choice(ChangeKind), nullable=False),
    Column("old_version_id", ForeignKey("versions.id"), nullable=False),
    Column("new_version_id", ForeignKey("versions.id"), nullable=False),
    Column("operations", Json, nullable=False),
    Column("significance", Choice(Significance), nullable=False),
    Column("why", Prose, nullable=False),
    Column("summary", Prose, nullable=False),
    Column("after", UtcDateTime),
    Column("before", UtcDateTime, nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("confirmed", UtcDateTime, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", String(32), nullable=False, unique=True),
    Column("kind", Choice(AlertKind), nullable=False),
    Column("rule", Prose, nullable=False),
    Column("policy_id", ForeignKey("policies.id"), nullable=False, index=True),
    Column("change_id", ForeignKey("changes.id")),
    Column("version_id", ForeignKey("versions.id")),
    Column("created", UtcDateTime, nullable=False),
    Column("reason", Prose, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("alert_id", ForeignKey("alerts.id"), nullable=False, index=True),
    Column("channel", Prose, nullable=False),
    Column("state", Choice(DeliveryState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", UtcDateTime, nullable=False),
    Column("sent", UtcDateTime),
    Column("error", Prose, nullable=False),
    Column("batch", String(32), nullable=False),  # the digest that it goes with, or empty
    Column("settled", Json, nullable=False),  # receivers within the channel who need no further attempt
    Column("lease_owner", Prose),
    Column("lease_until", UtcDateTime),
    Index(None, "state", "due"),
    Index(None, "channel", "sent"),
)

# One row, overwritten by the health check: only a write that commits shows that the database can be written.
health = Table(
    "health",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("token", String(32), nullable=False),
)
