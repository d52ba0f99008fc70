"""Timetables and pauses of policies, turns to ask a host, and captures that were thinned."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("policies", sa.Column("timetable", sa.Text()))
    op.add_column("policies", sa.Column("paused", sa.DateTime(timezone=True)))
    op.add_column("policies", sa.Column("resumes", sa.DateTime(timezone=True)))
    op.add_column("schedule", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_schedule_urgent_due_at"), "schedule", ["urgent", "due_at"])
    schedule = sa.table("schedule", sa.column("policy_id"), sa.column("urgent", sa.Boolean()))
    candidates = sa.table("candidates", sa.column("policy_id"))
    op.execute(
        sa.update(schedule).where(schedule.c.policy_id.in_(sa.select(candidates.c.policy_id))).values(urgent=True)
    )
    op.add_column("captures", sa.Column("thinned", sa.DateTime(timezone=True)))
    op.create_table(
        "host_pace",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("next_at", row_id, nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_host_pace")),
        sqlite_with_rowid=False,
    )
