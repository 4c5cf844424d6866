"""Releases keep the worlds that the attack on them found."""

import sqlalchemy as sa
from alembic import op

revision = "0005_worlds"
down_revision = "0004_months"


def upgrade() -> None:
    """Make the change."""
    op.add_column("releases", sa.Column("worlds", sa.LargeBinary(), nullable=True))
