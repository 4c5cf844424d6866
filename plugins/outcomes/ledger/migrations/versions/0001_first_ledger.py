"""The first ledger."""

import sqlalchemy as sa
from alembic import op

from outcomes.ledger.tables import Moment

revision = "0001_first_ledger"
down_revision = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "arrivals",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("missing", sa.String(), nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("source", "file_name", name=op.f("pk_arrivals")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_table(
        "selections",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selections")),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("claimed_sha256", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("extracted_at", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("uses_sequence", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rejected_records", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("contract_version", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("lake_file", sa.String(), nullable=True),
        sa.Column("lake_sha256", sa.String(), nullable=True),
        sa.Column("rejected_file", sa.String(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint(
            "file_name", "sha256", "claimed_sha256", name=op.f("uq_submissions_file_name_sha256_claimed_sha256")
        ),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submissions_feed"), ["feed"], unique=False)
        batch_op.create_index(batch_op.f("ix_submissions_period"), ["period"], unique=False)
        batch_op.create_index(
            "uq_submissions_accepted",
            ["feed", "supplier", "period", "sequence"],
            unique=True,
            sqlite_where=sa.text("outcome = 'accepted'"),
            postgresql_where=sa.text("outcome = 'accepted'"),
        )

    op.create_table(
        "computations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("selection_id", sa.String(), nullable=False),
        sa.Column("first_month", sa.String(), nullable=False),
        sa.Column("last_month", sa.String(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("definitions", sa.String(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("computed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["selection_id"], ["selections.id"], name=op.f("fk_computations_selection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_computations")),
    )
    op.create_table(
        "selection_items",
        sa.Column("selection_id", sa.String(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["selection_id"], ["selections.id"], name=op.f("fk_selection_items_selection_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_selection_items_submission_id")),
        sa.PrimaryKeyConstraint("selection_id", "submission_id", name=op.f("pk_selection_items")),
    )
    op.create_table(
        "figures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("computation_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("measure_version", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("stratum_value", sa.String(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=True),
        sa.Column("numerator", sa.Double(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("lower", sa.Double(), nullable=True),
        sa.Column("upper", sa.Double(), nullable=True),
        sa.Column("spread", sa.Double(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("missing", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["computation_id"], ["computations.id"], name=op.f("fk_figures_computation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figures")),
    )
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_figures_computation_id"), ["computation_id"], unique=False)
        batch_op.create_index(
            "ix_figures_key", ["measure", "area", "grain", "period", "stratum", "stratum_value"], unique=False
        )

    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("computation_id", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("released_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["computation_id"], ["computations.id"], name=op.f("fk_releases_computation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_releases_period"), ["period"], unique=False)

    op.create_table(
        "editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=True),
        sa.Column("rendered_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_editions_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sa.UniqueConstraint("period", "number", name=op.f("uq_editions_period_number")),
        sa.UniqueConstraint("release_id", name=op.f("uq_editions_release_id")),
    )
    op.create_table(
        "released_figures",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("stratum_value", sa.String(), nullable=False),
        sa.Column("measure_version", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=True),
        sa.Column("numerator", sa.Integer(), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("lower", sa.Double(), nullable=True),
        sa.Column("upper", sa.Double(), nullable=True),
        sa.Column("decimals", sa.Integer(), nullable=False),
        sa.Column("per", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_released_figures_release_id")),
        sa.PrimaryKeyConstraint(
            "release_id",
            "measure",
            "area",
            "grain",
            "period",
            "stratum",
            "stratum_value",
            name=op.f("pk_released_figures"),
        ),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_approvals_edition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_edition_id"), ["edition_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("attachment_sha256", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_deliveries_edition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("edition_id", "area", "recipient", name=op.f("uq_deliveries_edition_id_area_recipient")),
        sa.UniqueConstraint("message_id", name=op.f("uq_deliveries_message_id")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("deliveries")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approvals_edition_id"))

    op.drop_table("approvals")
    op.drop_table("released_figures")
    op.drop_table("editions")
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_releases_period"))

    op.drop_table("releases")
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.drop_index("ix_figures_key")
        batch_op.drop_index(batch_op.f("ix_figures_computation_id"))

    op.drop_table("figures")
    op.drop_table("selection_items")
    op.drop_table("computations")
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_submissions_accepted",
            sqlite_where=sa.text("outcome = 'accepted'"),
            postgresql_where=sa.text("outcome = 'accepted'"),
        )
        batch_op.drop_index(batch_op.f("ix_submissions_period"))
        batch_op.drop_index(batch_op.f("ix_submissions_feed"))

    op.drop_table("submissions")
    op.drop_table("selections")
    op.drop_table("events")
    op.drop_table("arrivals")
