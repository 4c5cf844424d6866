"""The pages: *Status* and *Scorecards*.

Owns their addresses and headers. Promises that every address, the style sheet included, needs a signed-in user; that no
page runs a script; and that a scorecard is shown only as it was sent, byte for byte. Never changes anything.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from outcomes.definitions.shipped import shipped
from outcomes.errors import InputError, OutcomesError
from outcomes.periods import Month
from outcomes.settings import Settings
from outcomes.web import records
from outcomes.web.timetable import LONDON

MONTHS_SHOWN = 12
PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'self'"
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

app = FastAPI(
    title="Outcome measures", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(get_user)]
)


@app.middleware("http")
async def _headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


@app.exception_handler(OutcomesError)
def _sentence(request: Request, error: OutcomesError) -> Response:
    """An expected failure, as a page with its sentence."""
    return _page(request, "message.html.j2", status=400 if isinstance(error, InputError) else 503, sentence=str(error))


@app.get("/")
def status(request: Request, to: Annotated[str | None, Query()] = None) -> Response:
    """Who has sent what in the last twelve months (or the twelve up to a month)."""
    newest = _last_completed_month()
    last = min(Month.parse(to), newest) if to else newest
    months = [last - back for back in reversed(range(MONTHS_SHOWN))]
    table = records.lines(Settings.load(), months)
    later = min(last + MONTHS_SHOWN, newest) if last < newest else None
    return _page(
        request, "status.html.j2", here="status", months=months, lines=table, earlier=last - MONTHS_SHOWN, later=later
    )


@app.get("/status/{period}")
def status_of_month(request: Request, period: str) -> Response:
    """Everything about the submissions of one month."""
    month = Month.parse(period)
    table = records.lines(Settings.load(), [month])
    return _page(request, "month.html.j2", here="status", month=month, lines=table)


@app.get("/scorecards")
def scorecards(request: Request) -> Response:
    """Every edition there is."""
    return _page(request, "scorecards.html.j2", here="scorecards", editions=records.editions(Settings.load()))


@app.get("/scorecards/{period}/{number}")
def scorecards_of_edition(request: Request, period: str, number: int) -> Response:
    """One edition: who let it go, where it went, its files."""
    return _page(request, "edition.html.j2", here="scorecards", edition=_edition(Settings.load(), period, number))


@app.get("/scorecards/{period}/{number}/{name}")
def file(period: str, number: int, name: str) -> Response:
    """A file of an edition, provided that it still is what the ledger says it was."""
    settings = Settings.load()
    edition = _edition(settings, period, number)
    path = records.file_of(settings, edition, name)
    if path is None:
        raise HTTPException(404, f"Edition {number} of {edition.period} has no such file.")
    try:
        content = path.read_bytes()
    except OSError:
        raise HTTPException(404, f"{path.name} of this edition is not in the publications folder any more.") from None
    if hashlib.sha256(content).hexdigest() != edition.files[path.name]:
        raise HTTPException(409, f"{path.name} is not the file this edition was made with, so it is not shown.")
    headers = {"Content-Disposition": f'{_disposition(path)}; filename="{edition.period}-edition-{number}-{path.name}"'}
    if path.suffix == ".html":
        headers["Content-Security-Policy"] = SCORECARD_POLICY
    return Response(content, media_type=KINDS.get(path.suffix, "application/octet-stream"), headers=headers)


@app.get("/style.css")
def style() -> Response:
    """The style sheet of the pages."""
    return Response(shipped("report_templates/web/style.css").read_bytes(), media_type="text/css; charset=utf-8")


def _edition(settings: Settings, period: str, number: int) -> records.EditionRecord:
    found = records.edition(settings, str(Month.parse(period)), number)
    if found is None:
        raise HTTPException(404, f"There is no edition {number} of {period}.")
    return found


def _disposition(path: Path) -> str:
    return "inline" if path.suffix in {".html", ".pdf"} else "attachment"


def _last_completed_month() -> Month:
    return Month.of(datetime.now(LONDON).date()) - 1


def _page(request: Request, template: str, *, status: int = 200, **words: Any) -> Response:
    # Behind a proxy the pages do not know their host, only the path they are mounted under.
    root = request.scope.get("root_path", "")
    return HTMLResponse(_templates().get_template(template).render(root=root, **words), status_code=status)


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(shipped("report_templates/web")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    return environment


def _moment(value: datetime) -> str:
    """`13 November 2026, 06:02`, in London."""
    local = value.replace(tzinfo=value.tzinfo or UTC).astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M}"
