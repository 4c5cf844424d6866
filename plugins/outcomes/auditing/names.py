"""How a page names a period.

Owns the names: `April 2018`, `April to June 2018`, `12 months to March 2018`, and `Apr 18` below a chart. Promises every
month that the figures reach over. Never guesses: what is no name of a period here is none.
"""

import calendar
from collections.abc import Iterable

from outcomes.periods import Month, months_between, period_months

# Grain and period.
Period = tuple[str, str]


def name_of(period: Period) -> str:
    """A period's name in a sentence or a table."""
    months = period_months(*period)
    if period[0] == "quarter":
        return f"{calendar.month_name[months[0].month]} to {months[-1].name}"
    return f"12 months to {months[-1].name}" if period[0] == "rolling-12" else months[-1].name


def short_name_of(period: Period) -> str:
    """A period's name below a chart: that of its last month."""
    return short_month(period_months(*period)[-1])


def short_month(month: Month) -> str:
    return f"{month.short_name[:3]} {month.year % 100:02d}"


def periods_named(periods: Iterable[Period], last: Month) -> dict[str, Period]:
    """Every period by its name: those given, and all months from the first of them to the last."""
    given = set(periods)
    first = min([last, *(period_months(*period)[0] for period in given)])
    last = max([last, *(period_months(*period)[-1] for period in given)])
    months = {("month", str(month)) for month in months_between(first, last)}
    quarters = {("quarter", month.quarter) for month in months_between(first, last)}
    years = {("rolling-12", str(month)) for month in months_between(first, last)}
    return {name_of(period): period for period in {*given, *months, *quarters, *years}}
