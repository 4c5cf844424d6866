"""A letter that could not be handed over waits, longer each time, until it is given up."""

import sqlalchemy as sa
from alembic import op

from outcomes.ledger.tables import Moment

revision = "0007_delivery"
down_revision = "0006_board"


def upgrade() -> None:
    """Make the change."""
    op.add_column("deliveries", sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("deliveries", sa.Column("first_tried_at", Moment(), nullable=True))
    op.add_column("deliveries", sa.Column("next_try_at", Moment(), nullable=True))
