"""What waits for an answer on objections is noted under the source that it lies at; the next look there finds it again."""

from alembic import op

revision = "0013_waiting"
down_revision = "0012_runs"


def upgrade() -> None:
    """Make the change."""
    op.execute("delete from arrivals where source = 'check service'")
