"""Who read what is sensitive: exact figures before they are let out, their stories, previews, reports on records.

Owns what makes such a reading an event of the trail. Promises that it stands there before anything is shown, so that nothing
is shown where it cannot be entered, and that the same person reading the same thing again within the hour is told once.
Never enters who reads an edition that was let go: that is for everybody.
"""

from datetime import timedelta

from sqlalchemy import select

from outcomes.ledger.book import Ledger
from outcomes.ledger.tables import Event, now
from outcomes.redaction import redacted, without_addresses

READ = "read"
_AGAIN = timedelta(hours=1)


def enter_reading(ledger: Ledger, person: str, what: str) -> None:
    """Enter that a person is about to be shown `what`; raises SetupError where the ledger does not take it."""
    subject, who = without_addresses(what), redacted(person)
    same = (Event.kind == READ, Event.subject == subject, Event.person == who, Event.at > now() - _AGAIN)
    with ledger.session(reading=True) as session:
        if session.scalar(select(Event.id).where(*same).limit(1)) is not None:
            return
    with ledger.session() as session:
        session.add(Event(kind=READ, subject=subject, person=who, detail=""))
