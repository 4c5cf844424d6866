"""Events become a chain; what is deleted leaves a tombstone; legal holds; objections are counted."""

import sqlalchemy as sa
from alembic import op

from outcomes.ledger.tables import Moment
from outcomes.ledger.trail import BEGINNING, digest

revision = "0010_governance"
down_revision = "0008_sources"

_EVENTS = sa.table(
    "events",
    *(sa.column(name) for name in ("id", "kind", "subject", "person", "detail", "hash")),
    sa.column("at", Moment()),
)


def upgrade() -> None:
    """Make the change."""
    op.add_column("submissions", sa.Column("left_out", sa.Integer(), nullable=True))
    op.create_table(
        "tombstones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("files", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("erased_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_tombstones_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
    )
    op.create_index(op.f("ix_tombstones_submission_id"), "tombstones", ["submission_id"])
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("placed_at", Moment(), nullable=False),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.add_column("events", sa.Column("hash", sa.String(), nullable=False, server_default=sa.text("''")))
    _chain_what_is_there(op.get_bind())
    _guard(op.get_bind().dialect.name)


def _chain_what_is_there(connection: sa.Connection) -> None:
    latest = BEGINNING
    for event in connection.execute(sa.select(_EVENTS).order_by(_EVENTS.c.id)).all():
        latest = digest(latest, event.at, event.kind, event.subject, event.person, event.detail)
        connection.execute(sa.update(_EVENTS).where(_EVENTS.c.id == event.id).values(hash=latest))


def _guard(dialect: str) -> None:
    """Refuse to change or delete an event, whoever asks; a superuser of the database can still take the guard away."""
    if dialect == "sqlite":
        for change in ("update", "delete"):
            op.execute(
                f"create trigger events_refuse_{change} before {change} on events "
                "begin select raise(abort, 'events are only ever added'); end"
            )
        return
    op.execute(
        "create function events_are_only_ever_added() returns trigger language plpgsql as "
        "$$ begin raise exception 'events are only ever added'; end $$"
    )
    op.execute(
        "create trigger events_refuse_change before update or delete or truncate on events "
        "for each statement execute function events_are_only_ever_added()"
    )
