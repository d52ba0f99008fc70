"""Places of a policy that keep changing by themselves, and versions that were read again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("versions", sa.Column("reread_by", sa.Text()))
    op.create_table(
        "volatile_places",
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("learned", sa.DateTime(timezone=True)),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("pinned", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_volatile_places_policy_id_policies")),
        sa.PrimaryKeyConstraint("policy_id", "name", name=op.f("pk_volatile_places")),
        sqlite_with_rowid=False,
    )
