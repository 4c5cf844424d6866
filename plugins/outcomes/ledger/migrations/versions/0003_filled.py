"""Submissions say how many of their accepted records have a value in each column that may be empty."""

import sqlalchemy as sa
from alembic import op

revision = "0003_filled"
down_revision = "0002_left_out"


def upgrade() -> None:
    """Make the change."""
    op.add_column("submissions", sa.Column("filled", sa.JSON(none_as_null=True), nullable=True))
