"""A run of Airflow that asks for itself asks once, however often its task is tried."""

import sqlalchemy as sa
from alembic import op

revision = "0012_runs"
down_revision = "0011_backfills"


def upgrade() -> None:
    """Make the change."""
    op.add_column("backfills", sa.Column("run", sa.String(), nullable=True))
    op.create_index(op.f("ix_backfills_run"), "backfills", ["run"], unique=True)
