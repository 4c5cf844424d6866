"""What a source is owed: the acknowledgement of what was taken in, and the feedback on it.

Owns the order that makes a kill harmless: the debt stands in the ledger in the same transaction as the submission, and is
struck off only after the source took it. So each is paid at least once; a report can come twice, under the same name.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outcomes.errors import OutcomesError
from outcomes.intake.inbox import Consignment
from outcomes.intake.names import SubmissionName
from outcomes.intake.sources.source import Source
from outcomes.ledger import Event, Handover, Ledger, Submission
from outcomes.ledger.submissions import owed


def handovers(session: Session, source: Source, consignment: Consignment, report: str = "") -> list[Handover]:
    """A row for each part that is new, the feedback report owed with the last; where nobody waits nothing is owed."""
    before = select(Handover.item).where(Handover.source == source.name, Handover.item.in_(consignment.parts))
    there = set(session.scalars(before))
    new = [part for part in consignment.parts if part not in there]
    return [
        Handover(
            source=source.name,
            item=part,
            file_name=consignment.name.file_name,
            report=report if part == new[-1] and source.waits else "",
            acknowledged_at=None if source.waits else datetime.now(UTC),
        )
        for part in new
    ]


def remember(session: Session, source: Source, consignment: Consignment, earlier: Submission) -> None:
    """Enter what came again, so that it is acknowledged and not fetched once more; its feedback was sent with the first."""
    for row in handovers(session, source, consignment):
        row.submission_id = earlier.id
        session.add(row)


def note(ledger: Ledger, source: Source) -> Iterator[str]:
    """Enter what a source itself says as an event, once, and acknowledge it; gives the sentences that are new."""
    for notice in source.notices():
        row = Handover(
            source=notice.source, item=notice.item, file_name="", report="", acknowledged_at=datetime.now(UTC)
        )
        event = Event(kind="notice of a source", subject=notice.subject, person=notice.source, detail=notice.detail)
        new = True
        try:
            with ledger.session() as session:
                session.add_all([row, event])
        except IntegrityError:
            new = False
        # Also where it was entered before: the process was killed then, or another one is at it.
        source.acknowledge(notice.item)
        if new:
            yield f"{notice.subject}: {notice.detail}"


def settle(ledger: Ledger, source: Source, feedback: Path) -> list[str]:
    """Pay what a source is owed, also from earlier times; a sentence where it does not take it, and it stays owed."""
    failed = []
    with ledger.session() as session:
        debts = owed(session, source.name)
    try:
        for debt in debts:
            if debt.acknowledged_at is None:
                source.acknowledge(debt.item)
                _strike(ledger, debt, "acknowledged_at")
    except OutcomesError as error:
        failed.append(str(error))
    try:
        for debt in debts:
            if debt.report and debt.replied_at is None:
                _reply(source, debt, feedback)
                _strike(ledger, debt, "replied_at")
    except OutcomesError as error:
        failed.append(str(error))
    return failed


def _reply(source: Source, debt: Handover, feedback: Path) -> None:
    name = SubmissionName.parse(debt.file_name)
    folder, stem = (feedback / debt.report).parent, Path(debt.report).name
    report = sorted(file for file in folder.glob(f"{stem}.*") if file.is_file())
    # A report that was cleared away meanwhile can no longer be sent.
    if name is not None and report:
        source.reply(name, report)


def _strike(ledger: Ledger, debt: Handover, column: str) -> None:
    with ledger.session() as session:
        setattr(session.get_one(Handover, debt.id), column, datetime.now(UTC))
