"""What people decide on a delivery: that it is sent again, or that it did arrive.

Owns the two changes of state that no run makes by itself, each with an event that names the person and the reason, and what
may be entered as these. Promises that a letter sent again is the same letter under the same Message-ID, and that no NHS
number stands in a name or reason, and no address in a reason (a name may be what somebody signs in with). Never sends
anything.
"""

from sqlalchemy import update
from sqlalchemy.orm import Session

from outcomes.delivery.entries import approved_edition, note, replacements
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Delivery, Edition, Ledger
from outcomes.ledger.tables import now
from outcomes.redaction import holds_number

LONGEST_REASON = 280


def resend(ledger: Ledger, delivery: int, *, person: str, reason: str, although_sent: bool = False) -> None:
    """Queue a delivery that is unknown or refused anew, so that it goes with the next run.

    Raises InputError where there is none or it is on its way, or a name or reason is missing; SafetyRefusal where it was
    sent (unless `although_sent`), the recipient has a later edition, or the edition's approval was taken back.
    """
    who, why = _said(person, reason)
    with ledger.session() as session:
        edition_id = _row(session, delivery).edition_id
    edition = approved_edition(ledger, edition_id)
    with ledger.session() as session:
        row = _row(session, delivery)
        if row.state in {"queued", "sending"}:
            raise InputError(f"Delivery {row.id} is {row.state}: it is on its way, so there is nothing to send again.")
        if row.state == "sent" and not although_sent:
            raise SafetyRefusal(
                f"Delivery {row.id} was sent, so it is not sent again: if it is to be sent twice all the same, say so "
                "expressly (--although-sent, or the box on its page)."
            )
        later = replacements(session, edition).get((row.area, row.recipient))
        if later is not None:
            raise SafetyRefusal(
                f"Edition {later} of {edition.period} has replaced this one for the recipient of delivery {row.id}: "
                "send that one again."
            )
        _decide(session, edition, row, "queued", f"again, it was {row.state}: {why}", who, detail="", sent_at=None)


def arrived(ledger: Ledger, delivery: int, *, person: str, reason: str) -> None:
    """Enter that a delivery whose fate was unknown did arrive.

    Raises InputError where there is none or it is not unknown, or a name or reason is missing.
    """
    who, why = _said(person, reason)
    with ledger.session() as session:
        row = _row(session, delivery)
        if row.state != "unknown":
            raise InputError(f"Delivery {row.id} is {row.state}, not unknown: there is nothing to find out about it.")
        edition = session.get_one(Edition, row.edition_id)
        words = f"It did arrive, says {who}: {why}"
        # When it became unknown is as near as anybody knows to when it was sent.
        _decide(session, edition, row, "sent", f"it was unknown: {why}", who, detail=words, sent_at=row.changed_at)


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


def _row(session: Session, delivery: int) -> Delivery:
    row = session.get(Delivery, delivery)
    if row is None:
        raise InputError(f"There is no delivery {delivery}: `outcomes deliveries` lists them.")
    return row


def _said(person: str, reason: str) -> tuple[str, str]:
    """The name and the reason, each on one line, fit to stand in the ledger for good."""
    who, why = " ".join(person.split()), " ".join(reason.split())
    if not who:
        raise InputError("A name is missing: say who decides.")
    if not why or len(why) > LONGEST_REASON:
        raise InputError(f"A reason of 1 to {LONGEST_REASON} letters is needed: it stays in the ledger.")
    if holds_number(f"{who} {why}") or "@" in why:
        raise InputError("The reason holds an e-mail address, or what looks like an NHS number: take it out.")
    return who, why
