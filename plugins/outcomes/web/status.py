"""*Status*: a matrix of suppliers by feed and month, and what stands behind each of its cells.

Owns these pages. Promises that whoever has rights here sees how every extract stands, that why a provider's was rejected is
told by rule, and that a feedback report, its rows and how many records there are open to engineers and the CCG's own lead
only. Never changes anything.
"""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from outcomes.periods import Month, today
from outcomes.settings import Settings
from outcomes.web import readings, reports
from outcomes.web.pages import Number, page
from outcomes.web.rights import Asking
from outcomes.web.standings import Line, Sent, lines, tally

MONTHS_SHOWN = 12

router = APIRouter()


@router.get("/")
def status(request: Request, who: Asking, to: Annotated[str | None, Query()] = None) -> Response:
    """Who has sent what in the last twelve months (or the twelve up to a month)."""
    newest = Month.of(today()) - 1
    last = min(Month.parse(to), newest) if to else newest
    months = [last - back for back in reversed(range(MONTHS_SHOWN))]
    later = min(last + MONTHS_SHOWN, newest) if last < newest else None
    table = lines(Settings.load(), months, today())
    return page(
        request,
        "status.html.j2",
        here="status",
        months=months,
        lines=table,
        tally=tally(table),
        earlier=last - MONTHS_SHOWN,
        later=later,
    )


@router.get("/status/{period}")
def status_of_month(request: Request, who: Asking, period: str) -> Response:
    """Everything about the submissions of one month."""
    month = Month.parse(period)
    table = lines(Settings.load(), [month], today())
    return page(request, "month.html.j2", here="status", month=month, lines=table)


@router.get("/status/{period}/{feed}/{supplier}")
def status_of_cell(request: Request, who: Asking, period: str, feed: str, supplier: str) -> Response:
    """All that a supplier sent of a feed for a month, and why what was rejected was."""
    settings, month = Settings.load(), Month.parse(period)
    line = _line(settings, month, feed, supplier)
    told = line.standings[0].refused
    why = reports.rules(settings, told) if told and who.sees_rules(supplier) else []
    return page(request, "cell.html.j2", here="status", month=month, line=line, why=why)


@router.get("/status/{period}/{feed}/{supplier}/{submission}")
def feedback(request: Request, who: Asking, period: str, feed: str, supplier: str, submission: Number) -> Response:
    """The feedback report on a submission, by rule, with its files."""
    settings, month = Settings.load(), Month.parse(period)
    who.require_inside(supplier)
    line = _line(settings, month, feed, supplier)
    sent = _sent(line, submission)
    readings.enter(who, f"the feedback report on {sent.name}")
    return page(
        request,
        "feedback.html.j2",
        here="status",
        month=month,
        line=line,
        sent=sent,
        rules=reports.rules(settings, sent),
        files=reports.files(settings, sent),
        shown_rows=reports.SHOWN_ROWS,
    )


@router.get("/status/{period}/{feed}/{supplier}/{submission}/{name}")
def feedback_file(who: Asking, period: str, feed: str, supplier: str, submission: Number, name: str) -> Response:
    """A file of the feedback report, as it went to the supplier."""
    settings = Settings.load()
    who.require_inside(supplier)
    sent = _sent(_line(settings, Month.parse(period), feed, supplier), submission)
    found = reports.files(settings, sent).get(name)
    if found is None:
        raise HTTPException(404, f"The feedback report on {sent.name} has no such file.")
    readings.enter(who, f"the feedback report on {sent.name}, {found.suffix.removeprefix('.')}")
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"'}
    return Response(found.read_bytes(), media_type=reports.KINDS[found.suffix], headers=headers)


def _line(settings: Settings, month: Month, feed: str, supplier: str) -> Line:
    found = lines(settings, [month], today(), only=(feed, supplier))
    if not found:
        raise HTTPException(404, "This supplier is not expected to send this feed: choose a cell on the page Status.")
    return found[0]


def _sent(line: Line, submission: int) -> Sent:
    found = next((s for s in line.standings[0].sent if s.id == submission), None)
    if found is None:
        raise HTTPException(404, "There is no such submission of this supplier, feed and month.")
    return found
