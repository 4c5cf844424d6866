"""Alembic's entry: migrate over the connection that outcomes.ledger.book opened."""

from alembic import context

from outcomes.ledger.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()
