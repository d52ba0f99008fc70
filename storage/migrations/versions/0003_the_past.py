"""Listings of archives, looks at archived captures, and how far the search in a policy's past has come."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "archive_listings",
        sa.Column("id", row_id, nullable=False),
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("archive", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("walk_after", moment),
        sa.Column("walk_started", moment),
        sa.Column("complete", moment),
        sa.Column("whole", moment),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_archive_listings_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_listings")),
        sa.UniqueConstraint("policy_id", "archive", "url", name=op.f("uq_archive_listings_policy_id_archive_url")),
    )
    op.create_table(
        "archive_rows",
        sa.Column("listing_id", row_id, nullable=False),
        sa.Column("taken", moment, nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("length", row_id),
        sa.Column("revisit", sa.Boolean(), nullable=False),
        sa.Column("memento_url", sa.Text()),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["archive_listings.id"], name=op.f("fk_archive_rows_listing_id_archive_listings")
        ),
        sa.PrimaryKeyConstraint("listing_id", "taken", "mark", name=op.f("pk_archive_rows")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "past_looks",
        sa.Column("id", row_id, nullable=False),
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("archive", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("found", sa.String(32), nullable=False),
        sa.Column("taken", moment, nullable=False),
        sa.Column("made", moment, nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("version_id", row_id),
        sa.Column("look_id", row_id),
        sa.Column("words", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("search", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_past_looks_policy_id_policies")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_past_looks_version_id_versions")),
        sa.ForeignKeyConstraint(["look_id"], ["looks.id"], name=op.f("fk_past_looks_look_id_looks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_looks")),
        sa.UniqueConstraint("policy_id", "digest", name=op.f("uq_past_looks_policy_id_digest")),
    )
    op.create_index(op.f("ix_past_looks_version_id"), "past_looks", ["version_id"])
    op.create_index(op.f("ix_past_looks_look_id"), "past_looks", ["look_id"])
    op.create_table(
        "past_states",
        sa.Column("policy_id", row_id, autoincrement=False, nullable=False),
        sa.Column("search", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("after", moment),
        sa.Column("before", moment),
        sa.Column("max_fetches", sa.Integer()),
        sa.Column("finished", moment),
        sa.Column("exhausted", sa.Boolean(), nullable=False),
        sa.Column("due_at", moment),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", moment),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_past_states_policy_id_policies")),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_past_states")),
    )
    op.create_index(op.f("ix_past_states_due_at"), "past_states", ["due_at"])
