"""Owners comment on measures, and boards agree actions."""

import sqlalchemy as sa
from alembic import op

from outcomes.ledger.tables import Moment

revision = "0006_board"
down_revision = "0005_worlds"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "commentaries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("written_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commentaries")),
    )
    op.create_table(
        "actions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    op.create_table(
        "action_states",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_action_states_action_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_states")),
    )
    op.create_index(op.f("ix_action_states_action_id"), "action_states", ["action_id"])
