"""What was decided about an edition, and whether it may go at all.

Owns which decision counts (the latest), and what holds an edition back: a release that the gate refused, or files that the
attack found to say too much. Never enters either.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.ledger.tables import Approval, Edition, Event

HELD, LIFTED = "held", "lifted"


def decision_on(session: Session, edition_id: int) -> Approval | None:
    """The latest decision; None where there is none."""
    query = select(Approval).where(Approval.edition_id == edition_id).order_by(Approval.id.desc()).limit(1)
    return session.scalars(query).first()


def subject_of(edition: Edition) -> str:
    """How events name an edition."""
    return f"edition {edition.number} of {edition.period}"


def held_because(session: Session, edition: Edition) -> str:
    """Why an edition is held back; empty where it is not."""
    query = (
        select(Event)
        .where(Event.kind.in_((HELD, LIFTED)), Event.subject == subject_of(edition))
        .order_by(Event.id.desc())
        .limit(1)
    )
    newest = session.scalars(query).first()
    return newest.detail or "held" if newest is not None and newest.kind == HELD else ""
