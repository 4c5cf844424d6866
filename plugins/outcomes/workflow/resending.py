"""What a person decides on a delivery: send it again, or enter that it did arrive.

Owns who may be quoted with what. Promises that every decision stands in the ledger with a name and a reason, and that these
hold no address and no NHS number. Never sends anything.
"""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.delivery import decisions
from outcomes.delivery.entries import approved_edition
from outcomes.disclosure.releases import edition_of
from outcomes.errors import InputError
from outcomes.ledger import Delivery, Ledger
from outcomes.settings import Settings

LONGEST_REASON = 280
# Whoever gives a reason may be thinking of a person; the ledger does not.
_NUMBER_OR_ADDRESS = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)|@")


def resend(settings: Settings, delivery: int, *, person: str, reason: str, although_sent: bool = False) -> None:
    """Queue a delivery that is unknown or refused anew; it goes with the next run, under the same Message-ID.

    One that was sent is sent again only where `although_sent` says so. Raises InputError where there is nothing to send
    again or a name or reason is missing, SafetyRefusal where it was sent or replaced by a later edition, or the edition's
    approval was taken back.
    """
    who, why = _said(person, reason)
    ledger = Ledger(settings.database_url)
    with ledger.session() as session:
        edition = _row(session, delivery).edition_id
    approved_edition(ledger, edition)
    with ledger.session() as session:
        decisions.resend(session, _row(session, delivery), person=who, reason=why, although_sent=although_sent)


def arrived(settings: Settings, delivery: int, *, person: str, reason: str) -> None:
    """Enter that a delivery whose fate was unknown did arrive; raises InputError where it is not unknown."""
    who, why = _said(person, reason)
    with Ledger(settings.database_url).session() as session:
        decisions.arrived(session, _row(session, delivery), person=who, reason=why)


def delivery_to(settings: Settings, recipient: str, period: str, edition: int | None = None) -> int:
    """The number of the one delivery of an edition to a recipient; raises InputError where there is none, or several."""
    with Ledger(settings.database_url).session() as session:
        made = edition_of(session, period, edition)
        to_whom = (Delivery.edition_id == made.id, Delivery.recipient == recipient.lower())
        found = session.scalars(select(Delivery.id).where(*to_whom)).all()
    if len(found) != 1:
        count = "no delivery" if not found else f"more than one delivery ({', '.join(map(str, found))})"
        raise InputError(
            f"Edition {made.number} of {made.period} has {count} to that recipient: `outcomes deliveries --period "
            f"{made.period}` lists them with their numbers; give one with --delivery."
        )
    return found[0]


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
    if _NUMBER_OR_ADDRESS.search(f"{who} {why}"):
        raise InputError(
            "The name or the reason holds an e-mail address or what looks like an NHS number: take it out."
        )
    return who, why
