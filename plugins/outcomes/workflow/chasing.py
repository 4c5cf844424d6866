"""Late extracts: say what is late, and ask the suppliers' contacts for it."""

from datetime import date, timedelta

from outcomes.definitions.policy import policy
from outcomes.delivery import chasing
from outcomes.delivery.chasing import ChaseLine
from outcomes.lateness import Late
from outcomes.lateness import late as late_in
from outcomes.ledger import Ledger
from outcomes.organisations import partnership
from outcomes.periods import Month, today
from outcomes.settings import Settings

# Days after its due day in which an extract is asked for: who switches this on does not ask for all of the past.
CHASED_FOR = 31


def late(settings: Settings, period: str | None = None, *, as_of: date | None = None) -> list[Late]:
    """What is late of a month, or of the latest; raises InputError for what is no month."""
    month = str(Month.parse(period)) if period else None
    known, due = partnership(settings.organisations), policy(settings.policy).due
    with Ledger(settings.database_url).session() as session:
        return late_in(session, known, due, as_of or today(), month)


def chase(settings: Settings, *, as_of: date | None = None) -> list[ChaseLine]:
    """Ask for what became late in the last month and was not asked for yet; all of that as it stands.

    Raises SafetyRefusal without sending anything when a contact may not receive mail; SetupError when the relay cannot be
    used.
    """
    day = as_of or today()
    known = partnership(settings.organisations)
    found = [line for line in late(settings, as_of=day) if line.due >= day - timedelta(days=CHASED_FOR)]
    return chasing.chase(Ledger(settings.database_url), settings, known.suppliers, found)
