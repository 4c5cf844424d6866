"""*Deliveries*: who was sent which scorecard and when, what it replaces, what nobody knows, and what a person decides on it.

Owns these pages. Promises that an address is shown only to those who may see its area's scorecards, that what is unknown
stands first, and that only who answers for an area has its letters sent again or says that one arrived: engineers, and the
leads who may redo that CCG's months. Never sends: a letter that is to go again goes into the queue.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from outcomes.delivery import decisions
from outcomes.organisations import partnership
from outcomes.periods import Month, today
from outcomes.settings import Settings
from outcomes.web import records
from outcomes.web.pages import Number, page
from outcomes.web.rights import Asking, Rights

MONTHS_SHOWN = 12

router = APIRouter()

Reason = Annotated[str, Form()]


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


@router.get("/deliveries/{number}")
def delivery(request: Request, who: Asking, number: Number) -> Response:
    """One delivery: what became of it, step by step, and what may be decided on it."""
    settings = Settings.load()
    return page(
        request,
        "delivery.html.j2",
        here="deliveries",
        d=_seen(settings, who, number),
        steps=records.steps(settings, number),
        names={area.code: area.name for area in partnership(settings.organisations).areas},
        longest=decisions.LONGEST_REASON,
    )


@router.post("/deliveries/{number}/resend")
def resend(
    request: Request,
    who: Asking,
    number: Number,
    reason: Reason = "",
    although_sent: Annotated[Literal["yes", ""], Form()] = "",
) -> Response:
    """Have a letter sent again, as `outcomes resend` does."""
    settings = Settings.load()
    who.require_answering(_seen(settings, who, number).area)
    ledger, person = records.ledger(settings.database_url), who.person.written
    decisions.resend(ledger, number, person=person, reason=reason, although_sent=bool(although_sent))
    return _to(request, number)


@router.post("/deliveries/{number}/arrived")
def arrived(request: Request, who: Asking, number: Number, reason: Reason = "") -> Response:
    """Enter that a letter whose fate was unknown did arrive, as `outcomes arrived` does."""
    settings = Settings.load()
    who.require_answering(_seen(settings, who, number).area)
    decisions.arrived(records.ledger(settings.database_url), number, person=who.person.written, reason=reason)
    return _to(request, number)


def _seen(settings: Settings, who: Rights, number: int) -> records.DeliveryRecord:
    """A delivery, if this person may see it; to others it is as if there were none."""
    found = next((d for d in records.deliveries(settings, who.areas) if d.id == number), None)
    if found is None:
        raise HTTPException(404, f"There is no delivery {number} of an area that is open to you.")
    return found


def _to(request: Request, number: int) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/deliveries/{number}", status_code=303)
