"""Who did what, when: the trail listed and verified, and the reading of what is sensitive entered.

Never changes what stands in it.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from outcomes.acting import acting
from outcomes.errors import SafetyRefusal
from outcomes.ledger import Event, Ledger
from outcomes.ledger.readings import enter_reading
from outcomes.ledger.trail import Verified, verify
from outcomes.settings import Settings


def reading(settings: Settings, what: str) -> None:
    """Enter that whoever this process acts for is about to be shown `what`, which is sensitive."""
    enter_reading(Ledger(settings.database_url), acting(), what)


def trail(settings: Settings, *, since: date | None = None, about: str = "") -> list[Event]:
    """The events from a day on (London's), oldest first; `about` is part of their subject, person or kind."""
    query = select(Event).order_by(Event.id)
    if since is not None:
        query = query.where(Event.at >= datetime.combine(since, time(), ZoneInfo("Europe/London")))
    with Ledger(settings.database_url).session() as session:
        words = about.lower()
        return [e for e in session.scalars(query) if words in f"{e.kind} {e.subject} {e.person}".lower()]


def verify_trail(settings: Settings, *, holds: str | None = None) -> Verified:
    """Follow the whole chain; raises SafetyRefusal that names the first event that does not follow.

    `holds` is a hash (or its beginning) noted earlier: a trail that was cut short or made anew does not have it.
    """
    with Ledger(settings.database_url).session() as session:
        found = verify(session, holds)
    if found.broken:
        raise SafetyRefusal(f"{found.broken} Keep a copy of the ledger as it is, and compare it with the last backup.")
    if not found.holds:
        raise SafetyRefusal(
            f"The trail of {found.events} events holds no event with the hash {holds}: its end was cut off, or it was "
            "made anew; "
            "compare it with the last backup."
        )
    return found
