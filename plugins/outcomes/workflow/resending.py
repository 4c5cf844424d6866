"""What a person decides on a delivery: send it again, or enter that it did arrive.

Owns how such a delivery is named. Promises what `outcomes.delivery.decisions` does. Never sends anything.
"""

from sqlalchemy import select

from outcomes.delivery import decisions
from outcomes.disclosure.releases import edition_of
from outcomes.errors import InputError
from outcomes.ledger import Delivery, Ledger
from outcomes.settings import Settings


def resend(settings: Settings, delivery: int, *, person: str, reason: str, although_sent: bool = False) -> None:
    """Queue a delivery that is unknown or refused anew; it goes with the next run, under the same Message-ID.

    One that was sent is sent again only where `although_sent` says so. Raises as `decisions.resend` does.
    """
    ledger = Ledger(settings.database_url)
    decisions.resend(ledger, delivery, person=person, reason=reason, although_sent=although_sent)


def arrived(settings: Settings, delivery: int, *, person: str, reason: str) -> None:
    """Enter that a delivery whose fate was unknown did arrive; raises InputError where it is not unknown."""
    decisions.arrived(Ledger(settings.database_url), delivery, person=person, reason=reason)


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
