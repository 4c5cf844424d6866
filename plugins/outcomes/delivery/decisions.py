"""What people decide on a delivery: that it is sent again, or that it did arrive.

Owns the two changes of state that no run makes by itself, each with an event that names the person and the reason. Promises
that a letter sent again is the same letter under the same Message-ID. Never sends anything.
"""

from sqlalchemy import update
from sqlalchemy.orm import Session

from outcomes.delivery.entries import note, replacements
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Delivery, Edition
from outcomes.ledger.tables import now


def resend(session: Session, row: Delivery, *, person: str, reason: str, although_sent: bool = False) -> None:
    """Queue a delivery anew, so that it goes with the next run.

    Raises InputError when it is on its way, SafetyRefusal when it was sent (unless `although_sent`) or the recipient has a
    later edition.
    """
    edition = session.get_one(Edition, row.edition_id)
    if row.state in {"queued", "sending"}:
        raise InputError(f"Delivery {row.id} is {row.state}: it is on its way, so there is nothing to send again.")
    if row.state == "sent" and not although_sent:
        raise SafetyRefusal(
            f"Delivery {row.id} was sent, so it is not sent again: if it is to be sent twice all the same, say so with "
            "--although-sent."
        )
    later = replacements(session, edition).get((row.area, row.recipient))
    if later is not None:
        raise SafetyRefusal(
            f"Edition {later} of {edition.period} has replaced this one for the recipient of delivery {row.id}: "
            "send that one again."
        )
    _decide(session, edition, row, "queued", f"again, it was {row.state}: {reason}", person, detail="", sent_at=None)


def arrived(session: Session, row: Delivery, *, person: str, reason: str) -> None:
    """Enter that a delivery whose fate was unknown did arrive; raises InputError when it is not unknown."""
    if row.state != "unknown":
        raise InputError(f"Delivery {row.id} is {row.state}, not unknown: there is nothing to find out about it.")
    edition = session.get_one(Edition, row.edition_id)
    words = f"It did arrive, says {person}: {reason}"
    # When it became unknown is as near as anybody knows to when it was sent.
    _decide(session, edition, row, "sent", f"it was unknown: {reason}", person, detail=words, sent_at=row.changed_at)


def _decide(
    session: Session, edition: Edition, row: Delivery, state: str, why: str, person: str, **values: object
) -> None:
    """The change, unless something else happened to the delivery in the meantime."""
    known = (Delivery.id == row.id, Delivery.state == row.state, Delivery.attempts == row.attempts)
    again = {"tries": 0, "first_tried_at": None, "next_try_at": None}
    change = update(Delivery).where(*known).values(state=state, changed_at=now(), **again, **values)
    if session.scalar(change.returning(Delivery.id)) is None:
        raise InputError(f"Delivery {row.id} has changed in the meantime: look at it again with `outcomes deliveries`.")
    note(session, edition, row.id, row.area, state, why, person)
