"""Deliveries that go together, who has them already, and which marks of a candidate have been told."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("batch", sa.String(32), nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("settled", sa.Text(), nullable=False, server_default="[]"))
    op.create_index(op.f("ix_deliveries_channel_sent"), "deliveries", ["channel", "sent"])
    op.execute("UPDATE deliveries SET state = 'failed' WHERE state = 'due' AND attempts > 0")
    op.add_column("candidates", sa.Column("told", sa.Text(), nullable=False, server_default="[]"))
    candidates = sa.table(
        "candidates", sa.column("policy_id"), sa.column("since"), sa.column("alerted"), sa.column("told")
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(candidates).where(candidates.c.alerted.is_(sa.true()))).all():
        told = json.dumps(sorted(mark for mark, _ in json.loads(row.since)), ensure_ascii=False)
        connection.execute(sa.update(candidates).where(candidates.c.policy_id == row.policy_id).values(told=told))
    op.drop_column("candidates", "alerted")
