"""How complete each month is expected to be, from the dates on which deaths were registered and surveys answered.

Owns the reporting triangles. A death belongs to the month in which it happened, and came in with the month in which it was
registered; a response likewise. So the dates say what every earlier snapshot of the ledger held. Never changes a figure.
"""

from collections import Counter

import duckdb

from outcomes.computing.calendar import Calendar
from outcomes.periods import Month, months_between
from outcomes.statistics.completeness import known_shares

# By feed whose records come in after the death: the month of the death, and that in which the record came in, of each.
_CAME_IN = {
    "deaths": "select cohort.month, strftime(date_of_registration, '%Y-%m') from cohort join deaths using (registration_id)",
    "bereavement_survey": "select cohort.month, strftime(response_date, '%Y-%m') from cohort join survey_response using "
    "(death_id)",
}


def completeness(connection: duckdb.DuckDBPyConnection, calendar: Calendar) -> dict[str, dict[str, float]]:
    """The expected share (0 to 1) of each month that is known, by feed and month; without what could not be learnt.

    The relations of the session have to be built; a feed that it does not hold is left out.
    """
    held = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    return {
        feed: _of_feed(Counter(connection.execute(sql).fetchall()), calendar, feed)
        for feed, sql in _CAME_IN.items()
        if feed in held
    }


def _of_feed(came_in: Counter[tuple[str, str]], calendar: Calendar, feed: str) -> dict[str, float]:
    """A month after the last one of which every supplier's submission is in is known to nothing yet."""
    as_of = calendar.complete_until(feed)
    if as_of is None:
        return {}
    # Of the time before the first month only what came late is in: it teaches nothing.
    months = list(months_between(calendar.first, as_of))
    shares = known_shares([[came_in[str(m), str(when)] for when in months_between(m, as_of)] for m in months])
    if not shares:
        return {}
    return {str(m): _share(shares, m, as_of) for m in calendar.months}


def _share(shares: list[float], month: Month, as_of: Month) -> float:
    age = len(list(months_between(month, as_of))) - 1
    return 0.0 if age < 0 else shares[min(age, len(shares) - 1)]
