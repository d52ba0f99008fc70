"""The chain over what was found, and public copies."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "chain_links",
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", row_id, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_chain_links_policy_id_policies")),
        sa.PrimaryKeyConstraint("policy_id", "position", name=op.f("pk_chain_links")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "public_copies",
        sa.Column("id", row_id, nullable=False),
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("change_id", row_id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("archive_url", sa.Text()),
        sa.Column("taken", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_public_copies_change_id_changes")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_public_copies_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_copies")),
        sa.UniqueConstraint("change_id", "url", name=op.f("uq_public_copies_change_id_url")),
    )
    op.create_index(op.f("ix_public_copies_policy_id"), "public_copies", ["policy_id"])
    op.create_index(op.f("ix_public_copies_state_due"), "public_copies", ["state", "due"])
