"""How a page is made: its template, the navigation, and what every page is told.

Owns the step from what a page says to the bytes a browser gets. Promises that whatever came from people or suppliers is
escaped, that nothing needs a script, and that every form carries the person's token. Never decides what someone may see.
"""

from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any

from fastapi import Path, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from outcomes.definitions.shipped import shipped
from outcomes.periods import Month
from outcomes.web.rights import Rights, token
from outcomes.web.timetable import LONDON

# The greatest number that PostgreSQL keeps in a column of ours: a greater one in an address is nobody's.
LARGEST = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=LARGEST)]
# Name of the page (`here` of its template), address, title: the order of the navigation.
NAVIGATION = (
    ("status", "/", "Status"),
    ("scorecards", "/scorecards", "Scorecards"),
    ("redo", "/redo", "Redo months"),
    ("approvals", "/approvals", "Approvals"),
    ("deliveries", "/deliveries", "Deliveries"),
)


def page(request: Request, template: str, *, status: int = 200, **words: Any) -> Response:
    """A page from its template and what it says."""
    who: Rights | None = getattr(request.state, "rights", None)
    text = (
        _templates()
        .get_template(template)
        .render(
            # Behind a proxy the pages do not know their host, only the path they are mounted under.
            root=request.scope.get("root_path", ""),
            navigation=NAVIGATION if who else (),
            who=who,
            token=token(who.person) if who else "",
            **words,
        )
    )
    return HTMLResponse(text, status_code=status)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(shipped("report_templates/web")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": _moment, "day": _day, "date": _date, "month": _month, "grouped": "{:,}".format}
    return environment


def _moment(value: datetime) -> str:
    """`13 November 2026, 06:02`, in London."""
    return f"{_day(value)}, {_in_london(value):%H:%M}"


def _day(value: datetime) -> str:
    """`13 November 2026`, in London."""
    return _date(_in_london(value))


def _date(value: date) -> str:
    """`13 November 2026`."""
    return f"{value.day} {value:%B %Y}"


def _month(period: str) -> str:
    """`April 2018` of `2018-04`."""
    return Month.parse(period).name


def _in_london(value: datetime) -> datetime:
    return value.replace(tzinfo=value.tzinfo or UTC).astimezone(LONDON)
