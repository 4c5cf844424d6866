"""CCG leads ask for past months to be done again."""

import sqlalchemy as sa
from alembic import op

from outcomes.ledger.tables import Moment

revision = "0011_backfills"
down_revision = "0010_governance"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "backfills",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ccg", sa.String(), nullable=False),
        sa.Column("first_month", sa.String(), nullable=False),
        sa.Column("last_month", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("preview", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("previewed_at", Moment(), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfills")),
    )
    op.create_index(op.f("ix_backfills_ccg"), "backfills", ["ccg"])
    op.create_table(
        "backfill_months",
        sa.Column("backfill_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=True),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("done_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["backfill_id"], ["backfills.id"], name=op.f("fk_backfill_months_backfill_id")),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_backfill_months_edition_id")),
        sa.PrimaryKeyConstraint("backfill_id", "period", name=op.f("pk_backfill_months")),
    )
