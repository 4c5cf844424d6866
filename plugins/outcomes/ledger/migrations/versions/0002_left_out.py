"""Figures say whom the measure leaves out, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0002_left_out"
down_revision = "0001_first_ledger"


def upgrade() -> None:
    """Make the change."""
    op.add_column("figures", sa.Column("left_out", sa.String(), server_default=sa.text("''"), nullable=False))
