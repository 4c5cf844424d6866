"""What sources handed over and are owed, and which late suppliers were asked."""

import sqlalchemy as sa
from alembic import op

from outcomes.ledger.tables import Moment

revision = "0008_sources"
down_revision = "0007_delivery"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("acknowledged_at", Moment(), nullable=True),
        sa.Column("replied_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_handovers_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("source", "item", name=op.f("uq_handovers_source_item")),
    )
    op.create_index(op.f("ix_handovers_submission_id"), "handovers", ["submission_id"])
    op.create_table(
        "chases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("deadline", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chases")),
        sa.UniqueConstraint(
            "feed",
            "supplier",
            "period",
            "deadline",
            "recipient",
            name=op.f("uq_chases_feed_supplier_period_deadline_recipient"),
        ),
    )
