"""Computations say by a fingerprint what each month's figures follow from."""

import sqlalchemy as sa
from alembic import op

revision = "0004_months"
down_revision = "0003_filled"


def upgrade() -> None:
    """Make the change."""
    op.add_column("computations", sa.Column("months", sa.JSON(none_as_null=True), nullable=True))
