"""Legal holds: what somebody has to keep, whatever else asks for it to be deleted.

Owns placing, lifting and asking. Promises that nothing a hold names is deleted by a withdrawal or by retention until a
named person lifts it. Never deletes anything, and never forgets a hold: a lifted one stays in the list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.errors import InputError, SafetyRefusal
from outcomes.intake.names import SubmissionName
from outcomes.ledger import Event, Hold, Ledger, Submission
from outcomes.ledger.tables import now
from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.redaction import without_addresses
from outcomes.settings import Settings


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold, and since when it is lifted, if it is."""

    number: int
    subject: str
    reason: str
    person: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


def hold(settings: Settings, subject: str, *, reason: str, person: str | None = None) -> int:
    """Hold a submission, everything of a supplier or everything of a month; gives the hold's number.

    Raises InputError for anything else, and without a reason.
    """
    if not reason.strip():
        raise InputError("A legal hold needs its reason: say why with --reason.")
    what, by = _subject(settings, subject), person or acting()
    with Ledger(settings.database_url).session(alone=True) as session:
        placed = Hold(subject=what, reason=without_addresses(reason.strip()), person=by, lifted_by=None, lifted_at=None)
        session.add(placed)
        session.flush()
        session.add(Event(kind="hold_placed", subject=f"hold {placed.id} on {what}", person=by, detail=reason.strip()))
        return placed.id


def lift(settings: Settings, number: int, *, reason: str, person: str | None = None) -> str:
    """Lift a hold; gives what it was on. Raises InputError when there is none of that number, or it is lifted already."""
    by = person or acting()
    with Ledger(settings.database_url).session(alone=True) as session:
        placed = session.get(Hold, number)
        if placed is None or placed.lifted_at is not None:
            raise InputError(f"There is no hold {number} in force: `outcomes holds` lists them.")
        placed.lifted_by, placed.lifted_at = by, now()
        session.add(
            Event(kind="hold_lifted", subject=f"hold {number} on {placed.subject}", person=by, detail=reason.strip())
        )
        return placed.subject


def holds(settings: Settings) -> list[HoldLine]:
    """Every hold, oldest first, those that were lifted too."""
    with Ledger(settings.database_url).session() as session:
        return [
            HoldLine(h.id, h.subject, h.reason, h.person, h.placed_at, h.lifted_by, h.lifted_at)
            for h in session.scalars(select(Hold).order_by(Hold.id))
        ]


def hold_on(in_force: Iterable[Hold], submission: Submission) -> Hold | None:
    """The first of these holds that a submission is under."""
    named = {submission.name, submission.supplier, submission.period}
    return next((h for h in in_force if h.subject in named), None)


def holds_in_force(session: Session) -> Sequence[Hold]:
    """The holds that nobody has lifted."""
    return session.scalars(select(Hold).where(Hold.lifted_at.is_(None)).order_by(Hold.id)).all()


def refuse_held(session: Session, submissions: Iterable[Submission]) -> None:
    """Raises SafetyRefusal when one of the submissions is under a hold."""
    in_force = holds_in_force(session)
    for submission in submissions:
        if found := hold_on(in_force, submission):
            raise SafetyRefusal(
                f"{submission.name} is under the legal hold {found.id} on {found.subject} ({found.reason}), so nothing "
                "of it is "
                f"deleted: have the hold lifted first (`outcomes lift {found.id}`)."
            )


def _subject(settings: Settings, subject: str) -> str:
    if name := SubmissionName.parse(subject) or SubmissionName.parse(f"{subject}.csv"):
        return str(name)
    if subject in {s.code for s in partnership(settings.organisations).suppliers}:
        return subject
    try:
        return str(Month.parse(subject))
    except InputError:
        raise InputError(
            "A hold is on a submission (deaths_05W_2018-04_1), a supplier (05W) or a month (2018-04): name one of "
            "these."
        ) from None
