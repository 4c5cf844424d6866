"""The reading of what is sensitive, entered into the trail before a page shows it.

Owns the step from a page to the ledger's event. Promises that what cannot be entered is not shown. Never enters who looks at
an edition that was let go.
"""

from outcomes.ledger.approvals import decision_on
from outcomes.ledger.readings import enter_reading
from outcomes.settings import Settings
from outcomes.web.records import ledger
from outcomes.web.rights import Rights


def enter(who: Rights, what: str) -> None:
    """Enter that this person is about to be shown `what`."""
    enter_reading(ledger(Settings.load().database_url), who.person.written, what)


def enter_unless_let_go(settings: Settings, who: Rights, edition_id: int, what: str) -> None:
    """Enter it unless it is of an edition that was let go, which is for everybody."""
    with ledger(settings.database_url).session(reading=True) as session:
        decided = decision_on(session, edition_id)
    if decided is None or decided.decision != "approved":
        enter(who, f"{what}, not let go")
