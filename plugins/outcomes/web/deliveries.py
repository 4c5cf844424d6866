"""*Deliveries*: who was sent which scorecard and when, what it replaces, and what nobody knows.

Owns this page. Promises that an address is shown only to those who may see its area's scorecards, and that what is unknown
stands first. Never sends, and never decides on a letter whose fate is unknown.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from outcomes.organisations import partnership
from outcomes.periods import Month, today
from outcomes.settings import Settings
from outcomes.web import records
from outcomes.web.pages import page
from outcomes.web.rights import Asking

MONTHS_SHOWN = 12

router = APIRouter()


@router.get("/deliveries")
def deliveries(request: Request, who: Asking, to: Annotated[str | None, Query()] = None) -> Response:
    """The deliveries of the last twelve reporting months that have an edition (or of the twelve up to a month)."""
    settings = Settings.load()
    found = records.deliveries(settings, who.areas)
    newest = Month.parse(found[0].period) if found else Month.of(today()) - 1
    last = min(Month.parse(to), newest) if to else newest
    first = last - (MONTHS_SHOWN - 1)
    return page(
        request,
        "deliveries.html.j2",
        here="deliveries",
        deliveries=[d for d in found if str(first) <= d.period <= str(last)],
        # Whenever it was: somebody has to ask.
        unknown=[d for d in found if d.state == "unknown"],
        names={area.code: area.name for area in partnership(settings.organisations).areas},
        first=first,
        last=last,
        earlier=last - MONTHS_SHOWN,
        later=min(last + MONTHS_SHOWN, newest) if last < newest else None,
    )
