"""What was decided about an edition, and whether it may go at all.

Owns which decision counts (the latest), and what keeps an edition back: a release that the gate refused, files that the
attack found to say too much, or a submission it was computed with and that was withdrawn since. Never enters any of them.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.ledger.submissions import WITHDRAWN
from outcomes.ledger.tables import Approval, Computation, Edition, Event, SelectionItem, Submission

HELD, LIFTED = "held", "lifted"
# A release found that an edition reads the same without what was withdrawn; its detail is the computation's number.
STANDS = "stands without what was withdrawn"


def decision_on(session: Session, edition_id: int) -> Approval | None:
    """The latest decision; None where there is none."""
    query = select(Approval).where(Approval.edition_id == edition_id).order_by(Approval.id.desc()).limit(1)
    return session.scalars(query).first()


def subject_of(edition: Edition) -> str:
    """How events name an edition."""
    return f"edition {edition.number} of {edition.period}"


def held_now(session: Session, subject: str | None = None) -> dict[str, Event]:
    """What is held at this moment, and since which event, by the name that events have for it: all of it, or one subject."""
    query = select(Event).where(Event.kind.in_((HELD, LIFTED))).order_by(Event.id)
    found = session.scalars(query if subject is None else query.where(Event.subject == subject))
    newest = {event.subject: event for event in found}
    return {subject: event for subject, event in newest.items() if event.kind == HELD}


def held_because(session: Session, edition: Edition) -> str:
    """Why an edition is held back; empty where it is not."""
    subject = subject_of(edition)
    held = held_now(session, subject).get(subject)
    return held.detail or "held" if held is not None else ""


def kept_back(session: Session, edition: Edition) -> bool:
    """Whether an edition may go on to nobody: it is held, or was computed with what was withdrawn since."""
    return bool(held_because(session, edition) or rests_on_withdrawn(session, edition))


def withdrawn_from(session: Session, computation: Computation) -> list[Submission]:
    """The submissions that a computation used and that were withdrawn since."""
    used = select(SelectionItem.submission_id).where(SelectionItem.selection_id == computation.selection_id)
    query = select(Submission).where(Submission.outcome == WITHDRAWN, Submission.id.in_(used))
    return list(session.scalars(query.order_by(Submission.id)))


def rests_on_withdrawn(session: Session, edition: Edition) -> str:
    """A sentence where an edition was computed with what was withdrawn since; empty where it was not.

    A release that found meanwhile that it reads the same makes it rest on that release's computation.
    """
    stands = select(Event.detail).where(Event.kind == STANDS, Event.subject == subject_of(edition))
    newest = session.scalar(stands.order_by(Event.id.desc()).limit(1))
    computation = session.get_one(Computation, int(newest) if newest else edition.release.computation_id)
    gone = withdrawn_from(session, computation)
    if not gone:
        return ""
    more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
    return (
        f"Edition {edition.number} of {edition.period} was computed with {gone[0].name}{more}, withdrawn since, so it can "
        f"neither be approved nor sent: run `outcomes compute` and `outcomes release --period {edition.period}`, which "
        "makes the edition that replaces it or finds that this one reads the same without."
    )
