"""*Scorecards*: every edition as it was sent, what is now known beside what was reported, and a figure's story.

Owns these pages. Promises that a scorecard is shown only as it was sent, byte for byte; that of an area nothing is shown to
one who may not see it; and that a story never tells an exact count. Never changes anything.
"""

import hashlib
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from outcomes.organisations import partnership
from outcomes.periods import Month, period_months
from outcomes.settings import Settings
from outcomes.web import readings, records
from outcomes.web.pages import LARGEST, Number, page
from outcomes.web.rights import Asking

# A scorecard is one file that brings its style, drawings and fonts along; whatever else stood in it could do nothing.
SCORECARD_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox; frame-ancestors 'self'"
)
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
}

router = APIRouter()


@router.get("/scorecards")
def scorecards(request: Request, who: Asking) -> Response:
    """Every edition there is."""
    found = records.editions(Settings.load(), areas=who.areas)
    return page(request, "scorecards.html.j2", here="scorecards", editions=found)


@router.get("/scorecards/{period}/{number}")
def scorecards_of_edition(
    request: Request, who: Asking, period: str, number: Number, answered: bool = False
) -> Response:
    """One edition: who let it go, where it went, its files; `answered` just now, which Airflow has still to enter."""
    edition = _edition(Settings.load(), period, number, who.areas)
    return page(request, "edition.html.j2", here="scorecards", edition=edition, answered=answered)


@router.get("/scorecards/{period}/{number}/{name}")
def file(who: Asking, period: str, number: Number, name: str) -> Response:
    """A file of an edition, provided that it still is what the ledger says it was."""
    settings = Settings.load()
    area = records.area_of(name)
    if area is None:
        who.require_engineer("The figures of all areas in one file")
    else:
        who.require_area(area)
    edition = _edition(settings, period, number, who.areas)
    if not who.engineer and edition.held:
        raise HTTPException(
            403,
            f"Edition {number} of {edition.period} is held: its files say more than they may. Whoever looks after this "
            "installation was told; no role would open it.",
        )
    path = records.file_of(settings, edition, name)
    if path is None:
        raise HTTPException(404, f"Edition {number} of {edition.period} has no such file.")
    try:
        content = path.read_bytes()
    except OSError:
        raise HTTPException(404, f"{path.name} of this edition is not in the publications folder any more.") from None
    if hashlib.sha256(content).hexdigest() != edition.files[path.name]:
        raise HTTPException(409, f"{path.name} is not the file this edition was made with, so it is not shown.")
    readings.enter_unless_let_go(settings, who, edition.id, f"{path.name} of edition {number} of {edition.period}")
    headers = {"Content-Disposition": f'{_disposition(path)}; filename="{edition.period}-edition-{number}-{path.name}"'}
    if path.suffix == ".html":
        headers["Content-Security-Policy"] = SCORECARD_POLICY
    return Response(content, media_type=KINDS.get(path.suffix, "application/octet-stream"), headers=headers)


@router.get("/scorecards/{period}/{number}/figures/{area}")
def figures(request: Request, who: Asking, period: str, number: Number, area: str) -> Response:
    """The figures of a scorecard, as reported and as now known."""
    who.require_area(area)
    # What reads released figures brings pandas along: not before somebody asks for figures.
    from outcomes.web.compared import compared

    settings = Settings.load()
    edition = _edition(settings, period, number, who.areas)
    found = compared(settings, str(Month.parse(period)), number, area)
    for shown in (found.then, found.now):
        what = f"the figures of {area} in edition {shown.number} of {shown.period}"
        readings.enter_unless_let_go(settings, who, shown.id, what)
    return page(request, "figures.html.j2", here="scorecards", edition=edition, compared=found)


@router.get("/story")
def story(
    request: Request,
    who: Asking,
    measure: str,
    area: str,
    period: str,
    grain: str,
    edition: Annotated[int, Query(ge=1, le=LARGEST)],
    of: str,
) -> Response:
    """Where a figure that an edition of the month `of` printed comes from, down to the submissions."""
    who.require_area(area)
    from outcomes.disclosure.origins import explain
    from outcomes.scorecards.series import period_name
    from outcomes.web.compared import as_printed

    settings = Settings.load()
    told = explain(settings, measure, area, period, edition, str(Month.parse(of)))
    shown = [f for f in told.figures if f.grain == grain and f.stratum == "all"]
    if not shown:
        raise HTTPException(404, f"Edition {edition} of {of} has no such figure of {measure}.")
    readings.enter(who, f"the story of {measure}, {area}, {period} in edition {edition} of {told.reporting_month}")
    months = {str(month) for month in period_months(grain, period)}
    name = next(a.name for a in partnership(settings.organisations).areas if a.code == area)
    return page(
        request,
        "story.html.j2",
        here="scorecards",
        told=told,
        figure=shown[0],
        printed=as_printed(shown[0], told.measure),
        area_name=name,
        name=period_name(grain, period),
        month=Month.parse(told.reporting_month).name,
        elsewhere=[
            (f"{Month.parse(month).name}, edition {number}", as_printed(figure, told.measure))
            for month, number, figure in told.elsewhere
            if (figure.grain, figure.stratum) == (grain, "all")
        ],
        near=[s for s in told.submissions if s.period in months],
        others=[s for s in told.submissions if s.period not in months],
    )


def _edition(settings: Settings, period: str, number: Number, areas: tuple[str, ...]) -> records.EditionRecord:
    found = records.edition(settings, str(Month.parse(period)), number, areas)
    if found is None:
        raise HTTPException(404, f"There is no edition {number} of {period}.")
    return found


def _disposition(path: Path) -> str:
    return "inline" if path.suffix in {".html", ".pdf"} else "attachment"
