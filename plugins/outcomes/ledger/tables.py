"""The ledger's tables.

Owns their shape; every change comes with an Alembic migration (a test compares the two). Times are UTC. Nothing here
identifies a person.
"""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Double, ForeignKey, Index, MetaData, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from outcomes.redaction import redacted


class Moment(TypeDecorator[datetime]):
    """A time in UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Name(TypeDecorator[str]):
    """What a person is called or signs in as; an NHS number in it is masked."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return redacted(value) if value is not None else None


def now() -> datetime:
    return datetime.now(UTC)


class Table(DeclarativeBase):
    """All tables; names of constraints are fixed so that both databases migrate alike."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        float: Double(),
        dict[str, Any]: JSON(none_as_null=True),
    }


class Submission(Table):
    """One supplier's file for a feed and period, whatever became of it.

    `uses_sequence` is false only where the checksum was wrong, so that the same file may be sent again. `left_out`
    counts the records of people who object to this use; None where that is not applied here.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("file_name", "sha256", "claimed_sha256"),
        Index(
            "uq_submissions_accepted",
            "feed",
            "supplier",
            "period",
            "sequence",
            unique=True,
            sqlite_where=text("outcome = 'accepted'"),
            postgresql_where=text("outcome = 'accepted'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    feed: Mapped[str] = mapped_column(index=True)
    supplier: Mapped[str]
    period: Mapped[str] = mapped_column(index=True)
    sequence: Mapped[int]
    file_name: Mapped[str]
    sha256: Mapped[str]
    claimed_sha256: Mapped[str]
    status: Mapped[str | None]
    extracted_at: Mapped[str | None]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    uses_sequence: Mapped[bool]
    rows: Mapped[int]
    rejected_records: Mapped[int]
    warnings: Mapped[int]
    filled: Mapped[dict[str, Any] | None]
    contract_version: Mapped[int | None]
    key_id: Mapped[str | None]
    lake_file: Mapped[str | None]
    lake_sha256: Mapped[str | None]
    rejected_file: Mapped[str | None]
    left_out: Mapped[int | None]
    received_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def name(self) -> str:
        """`admissions_RJE_2018-04_2`."""
        return f"{self.feed}_{self.supplier}_{self.period}_{self.sequence}"


class Arrival(Table):
    """A file without its manifest, a manifest without its file, or both without the answer on objections, as the last look
    at a source found it; `noted_at` is the first look that found the same `missing`."""

    __tablename__ = "arrivals"

    source: Mapped[str] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(primary_key=True)
    feed: Mapped[str]
    supplier: Mapped[str]
    period: Mapped[str]
    sequence: Mapped[int]
    missing: Mapped[str]
    noted_at: Mapped[datetime] = mapped_column(default=now)


class Handover(Table):
    """A part of a submission (its file, its manifest) that a source handed over, and what the source is still owed for it.

    Entered in the transaction that makes the submission count. `item` is the source's own name for the part. `report` is
    the feedback to send back, a name below the feedback folder, on the file only; empty for what was received before, and
    where nobody waits: there `acknowledged_at` is set at once.
    """

    __tablename__ = "handovers"
    __table_args__ = (UniqueConstraint("source", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    item: Mapped[str]
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    file_name: Mapped[str]
    report: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(default=now)
    acknowledged_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]


class Chase(Table):
    """A supplier was asked, once, where an extract is that was due: sending, sent, queued, refused or unknown.

    `deadline` is flex or freeze; `day` the day it was due.
    """

    __tablename__ = "chases"
    __table_args__ = (UniqueConstraint("feed", "supplier", "period", "deadline", "recipient"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    feed: Mapped[str]
    supplier: Mapped[str]
    period: Mapped[str]
    deadline: Mapped[str]
    day: Mapped[date]
    recipient: Mapped[str]
    message_id: Mapped[str]
    state: Mapped[str]
    detail: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(default=now)


class Tombstone(Table):
    """What was deleted of a submission, and why: the files with their SHA-256, who decided and on whose authority.

    It is entered before anything is deleted; `erased_at` says that all of it is gone. `subject` names what it was of
    where that is no submission.
    """

    __tablename__ = "tombstones"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submissions.id"), index=True)
    subject: Mapped[str]
    kind: Mapped[str]
    files: Mapped[dict[str, Any]]
    reason: Mapped[str]
    authority: Mapped[str]
    person: Mapped[str] = mapped_column(Name)
    decided_at: Mapped[datetime] = mapped_column(default=now)
    erased_at: Mapped[datetime | None]


class Hold(Table):
    """A legal hold: nothing of what it names is deleted until it is lifted.

    `subject` is a submission (`deaths_05W_2018-04_1`), a supplier (`05W`) or a month (`2018-04`).
    """

    __tablename__ = "holds"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    reason: Mapped[str]
    person: Mapped[str] = mapped_column(Name)
    placed_at: Mapped[datetime] = mapped_column(default=now)
    lifted_by: Mapped[str | None] = mapped_column(Name)
    lifted_at: Mapped[datetime | None]


class Selection(Table):
    """The exact set of submissions a computation used; its id is made from their content."""

    __tablename__ = "selections"

    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class SelectionItem(Table):
    __tablename__ = "selection_items"

    selection_id: Mapped[str] = mapped_column(ForeignKey("selections.id"), primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)


class Computation(Table):
    """One computation: which submissions, which definitions, which code, up to which month.

    It is entered in the same transaction as its figures. `report` counts what is in no figure and why. Sensitive.
    `months` has a fingerprint of what each month said of each CCG (`2018-04 05W`), some digits for each measure: while
    they stay, under the same definitions and code, so do the CCG's figures of that measure and month. Empty in a ledger
    from before there were fingerprints.
    """

    __tablename__ = "computations"

    id: Mapped[int] = mapped_column(primary_key=True)
    selection_id: Mapped[str] = mapped_column(ForeignKey("selections.id"))
    first_month: Mapped[str]
    last_month: Mapped[str]
    code_version: Mapped[str]
    definitions: Mapped[str]
    measures: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]]
    months: Mapped[dict[str, Any] | None]
    computed_at: Mapped[datetime] = mapped_column(default=now)


class FigureRow(Table):
    """A figure from the computation that first gave it; the latest row of a key is the one that counts. Sensitive.

    `left_out` counts the cases that exceptions and exclusions keep out of the denominator: `reason: count; ...`.
    """

    __tablename__ = "figures"
    __table_args__ = (Index("ix_figures_key", "measure", "area", "grain", "period", "stratum", "stratum_value"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    computation_id: Mapped[int] = mapped_column(ForeignKey("computations.id"), index=True)
    measure: Mapped[str]
    measure_version: Mapped[int]
    area: Mapped[str]
    grain: Mapped[str]
    period: Mapped[str]
    stratum: Mapped[str]
    stratum_value: Mapped[str]
    denominator: Mapped[int | None]
    numerator: Mapped[float | None]
    value: Mapped[float | None]
    lower: Mapped[float | None]
    upper: Mapped[float | None]
    spread: Mapped[float | None]
    state: Mapped[str]
    missing: Mapped[str]
    left_out: Mapped[str] = mapped_column(server_default=text("''"))


class Release(Table):
    """What the gate let out at once, for the edition of a reporting month.

    `worlds` are those that the attack on it found, for the next; empty where it was not attacked. Sensitive.
    """

    __tablename__ = "releases"

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(index=True)
    computation_id: Mapped[int] = mapped_column(ForeignKey("computations.id"))
    content_sha256: Mapped[str]
    worlds: Mapped[bytes | None]
    released_at: Mapped[datetime] = mapped_column(default=now)


class ReleasedRow(Table):
    """A figure as let out. Empty counts mean withheld where the state is suppressed, else that there is none."""

    __tablename__ = "released_figures"

    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    area: Mapped[str] = mapped_column(primary_key=True)
    grain: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    stratum: Mapped[str] = mapped_column(primary_key=True)
    stratum_value: Mapped[str] = mapped_column(primary_key=True)
    measure_version: Mapped[int]
    denominator: Mapped[int | None]
    numerator: Mapped[int | None]
    value: Mapped[float | None]
    lower: Mapped[float | None]
    upper: Mapped[float | None]
    decimals: Mapped[int]
    per: Mapped[int]
    state: Mapped[str]
    provisional: Mapped[bool]
    missing: Mapped[str]


class Edition(Table):
    """All seven scorecards of a reporting month, made from one release. `context` is what else they print."""

    __tablename__ = "editions"
    __table_args__ = (UniqueConstraint("period", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str]
    number: Mapped[int]
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"), unique=True)
    context: Mapped[dict[str, Any]]
    made_at: Mapped[datetime] = mapped_column(default=now)
    files: Mapped[dict[str, Any] | None]
    rendered_at: Mapped[datetime | None]
    release: Mapped[Release] = relationship()


class Approval(Table):
    """A named person let an edition go, or refused it."""

    __tablename__ = "approvals"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"), index=True)
    decision: Mapped[str]
    person: Mapped[str] = mapped_column(Name)
    reason: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(default=now)


class Delivery(Table):
    """One scorecard of one edition to one recipient: queued, sending, sent, refused or unknown.

    `attempts` counts all there ever were. `tries` and `first_tried_at` begin anew when a person has it sent again; a queued
    one is not tried before `next_try_at`.
    """

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("edition_id", "area", "recipient"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    area: Mapped[str]
    recipient: Mapped[str]
    message_id: Mapped[str] = mapped_column(unique=True)
    attachment_sha256: Mapped[str]
    state: Mapped[str]
    attempts: Mapped[int]
    detail: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    first_tried_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]


class Commentary(Table):
    """An owner's words on a measure's figures up to a reporting month, for an area's scorecard.

    Only ever added: the newest of a measure, area and month stands, and one without words takes it back.
    """

    __tablename__ = "commentaries"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure: Mapped[str]
    area: Mapped[str]
    period: Mapped[str]
    words: Mapped[str]
    person: Mapped[str] = mapped_column(Name)
    written_at: Mapped[datetime] = mapped_column(default=now)


class Action(Table):
    """What a board agreed to do on reading an area's scorecard of a month; its states are in `action_states`."""

    __tablename__ = "actions"

    id: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[str]
    period: Mapped[str]
    words: Mapped[str]
    owner: Mapped[str] = mapped_column(Name)
    due: Mapped[date]
    person: Mapped[str] = mapped_column(Name)
    entered_at: Mapped[datetime] = mapped_column(default=now)


class ActionState(Table):
    """How an action stands from then on: open, done or dropped. The newest counts; without one it is open."""

    __tablename__ = "action_states"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    state: Mapped[str]
    words: Mapped[str]
    person: Mapped[str] = mapped_column(Name)
    entered_at: Mapped[datetime] = mapped_column(default=now)


class Event(Table):
    """What happened: who did what to which thing. Only ever added; the database refuses anything else.

    `hash` chains it to the event before it; it is made when the transaction commits (see `trail`).
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str]
    subject: Mapped[str]
    person: Mapped[str] = mapped_column(Name)
    detail: Mapped[str]
    hash: Mapped[str] = mapped_column(server_default=text("''"))
