"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "blobs",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", row_id, nullable=False),
        sa.Column("base", sa.String(64)),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["base"], ["blobs.digest"], name=op.f("fk_blobs_base_blobs")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_blobs")),
    )
    op.create_table(
        "clauses",
        sa.Column("id", row_id, nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clauses")),
        sa.UniqueConstraint("content", name=op.f("uq_clauses_content")),
    )
    op.create_index(op.f("ix_clauses_digest"), "clauses", ["digest"])

    op.create_table(
        "heading_paths",
        sa.Column("id", row_id, nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heading_paths")),
        sa.UniqueConstraint("content", name=op.f("uq_heading_paths_content")),
    )
    op.create_table(
        "health",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health")),
    )
    op.create_table(
        "policies",
        sa.Column("id", row_id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("urls", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("every", sa.BigInteger(), nullable=False),
        sa.Column("select", sa.Text(), nullable=False),
        sa.Column("remove", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired", sa.DateTime(timezone=True)),
        sa.Column("moved_to", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("name", name=op.f("uq_policies_name")),
    )
    op.create_table(
        "captures",
        sa.Column("id", row_id, nullable=False),
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("wire_digest", sa.String(64), nullable=False),
        sa.Column("wire_size", row_id, nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("charset", sa.Text()),
        sa.Column("archive_url", sa.Text()),
        sa.ForeignKeyConstraint(["digest"], ["blobs.digest"], name=op.f("fk_captures_digest_blobs")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_captures_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captures")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_captures_digest"), "captures", ["digest"])
    op.create_index(op.f("ix_captures_policy_id_taken"), "captures", ["policy_id", "taken"])

    op.create_table(
        "looks",
        sa.Column("id", row_id, nullable=False),
        sa.Column("policy_id", row_id, nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_looks_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    op.create_index(op.f("ix_looks_policy_id"), "looks", ["policy_id"])

    op.create_table(
        "readings",
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("bytes_digest", sa.String(64), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.Text()),
        sa.Column("suspicion", sa.String(32)),
        sa.Column("why", sa.Text()),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_readings_policy_id_policies")),
        sa.PrimaryKeyConstraint("policy_id", "bytes_digest", "extractor", name=op.f("pk_readings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "schedule",
        sa.Column("policy_id", row_id, autoincrement=False, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_schedule_policy_id_policies")),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_schedule")),
    )
    op.create_index(op.f("ix_schedule_due_at"), "schedule", ["due_at"])

    op.create_table(
        "look_captures",
        sa.Column("look_id", row_id, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("capture_id", row_id, nullable=False),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name=op.f("fk_look_captures_capture_id_captures")),
        sa.ForeignKeyConstraint(["look_id"], ["looks.id"], name=op.f("fk_look_captures_look_id_looks")),
        sa.PrimaryKeyConstraint("look_id", "position", name=op.f("pk_look_captures")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_look_captures_capture_id"), "look_captures", ["capture_id"])

    op.create_table(
        "versions",
        sa.Column("id", row_id, nullable=False),
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("updated", sa.Date()),
        sa.Column("effective", sa.Date()),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("archive_url", sa.Text()),
        sa.Column("archive_captured", sa.Date()),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.DateTime(timezone=True)),
        sa.Column("standing_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("absent_since", sa.DateTime(timezone=True)),
        sa.Column("exact", sa.Boolean(), nullable=False),
        sa.Column("clause_count", sa.Integer(), nullable=False),
        sa.Column("look_id", row_id),
        sa.ForeignKeyConstraint(["look_id"], ["looks.id"], name=op.f("fk_versions_look_id_looks")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_versions_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("policy_id", "digest", name=op.f("uq_versions_policy_id_digest")),
        sa.UniqueConstraint("policy_id", "number", name=op.f("uq_versions_policy_id_number")),
    )
    op.create_index(op.f("ix_versions_look_id"), "versions", ["look_id"])

    op.create_table(
        "candidates",
        sa.Column("policy_id", row_id, autoincrement=False, nullable=False),
        sa.Column("version_id", row_id, nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("alerted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_candidates_policy_id_policies")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_candidates_version_id_versions")),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_candidates")),
    )
    op.create_table(
        "changes",
        sa.Column("id", row_id, nullable=False),
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("old_version_id", row_id, nullable=False),
        sa.Column("new_version_id", row_id, nullable=False),
        sa.Column("operations", sa.Text(), nullable=False),
        sa.Column("significance", sa.String(32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("after", sa.DateTime(timezone=True)),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("confirmed", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["new_version_id"], ["versions.id"], name=op.f("fk_changes_new_version_id_versions")),
        sa.ForeignKeyConstraint(["old_version_id"], ["versions.id"], name=op.f("fk_changes_old_version_id_versions")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_changes_policy_id_policies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_policy_id"), "changes", ["policy_id"])

    op.create_table(
        "observations",
        sa.Column("id", row_id, nullable=False),
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("version_id", row_id),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("look_id", row_id),
        sa.ForeignKeyConstraint(["look_id"], ["looks.id"], name=op.f("fk_observations_look_id_looks")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_observations_policy_id_policies")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_observations_version_id_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observations")),
    )
    op.create_index(op.f("ix_observations_look_id"), "observations", ["look_id"])
    op.create_index(op.f("ix_observations_policy_id_id"), "observations", ["policy_id", "id"])

    op.create_table(
        "places",
        sa.Column("version_id", row_id, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("clause_id", row_id, nullable=False),
        sa.Column("path_id", row_id, nullable=False),
        sa.ForeignKeyConstraint(["clause_id"], ["clauses.id"], name=op.f("fk_places_clause_id_clauses")),
        sa.ForeignKeyConstraint(["path_id"], ["heading_paths.id"], name=op.f("fk_places_path_id_heading_paths")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_places_version_id_versions")),
        sa.PrimaryKeyConstraint("version_id", "position", name=op.f("pk_places")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_places_clause_id"), "places", ["clause_id"])

    op.create_table(
        "policy_states",
        sa.Column("policy_id", row_id, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("current_id", row_id),
        sa.Column("shown_id", row_id),
        sa.Column("look_id", row_id),
        sa.ForeignKeyConstraint(["current_id"], ["versions.id"], name=op.f("fk_policy_states_current_id_versions")),
        sa.ForeignKeyConstraint(["look_id"], ["looks.id"], name=op.f("fk_policy_states_look_id_looks")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_policy_states_policy_id_policies")),
        sa.ForeignKeyConstraint(["shown_id"], ["versions.id"], name=op.f("fk_policy_states_shown_id_versions")),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_policy_states")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", row_id, nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("policy_id", row_id, nullable=False),
        sa.Column("change_id", row_id),
        sa.Column("version_id", row_id),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["changes.id"], name=op.f("fk_alerts_change_id_changes")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_alerts_policy_id_policies")),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name=op.f("fk_alerts_version_id_versions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("key", name=op.f("uq_alerts_key")),
    )
    op.create_index(op.f("ix_alerts_policy_id"), "alerts", ["policy_id"])

    op.create_table(
        "deliveries",
        sa.Column("id", row_id, nullable=False),
        sa.Column("alert_id", row_id, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_deliveries_alert_id_alerts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_alert_id"), "deliveries", ["alert_id"])
    op.create_index(op.f("ix_deliveries_state_due"), "deliveries", ["state", "due"])
