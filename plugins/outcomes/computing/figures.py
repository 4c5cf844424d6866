"""From what each month says to figures: one generic aggregation by area, period and stratum for every measure.

Owns the numbers between the months and the ledger. Promises a figure for every area, period and stratum, with a state
that tells no cases from not submitted. Never rounds and never releases.
"""

from collections.abc import Iterable, Sequence

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from outcomes.computing.calendar import Calendar
from outcomes.computing.monthly import STRATA, Part
from outcomes.definitions.measures import Measure
from outcomes.statistics import mean_intervals, proportion_intervals, rate_intervals

KEY = ["measure", "area", "grain", "period", "stratum", "stratum_value"]
NUMBERS = ["denominator", "numerator", "value", "lower", "upper"]

# In the printed unit: a proportion is in percent.
PER = {"proportion": 100, "rate": 1, "mean": 1}
_STATES = ["not_submitted", "no_cases", "provisional", "counted"]
_STRATA = [(stratum, value) for stratum, values in STRATA.items() for value in values]

# A figure's place: measures before areas before windows before strata, each in its order.
_PLACED = """
select ((measure_no * $areas + area_no) * $windows + window_no) * $strata + stratum_no as place, {counts}
from {monthly} join measure_no using (measure) join area_ccg using (ccg) join window_month using (month)
join stratum_no using (stratum, stratum_value)
group by {by}
"""

# Squares add up by the parallel axis theorem: those within each month, and those of the months' means about their own.
_COUNTS = """
sum(n)::double as denominator, sum(total)::double as numerator,
sum(squares)::double + greatest(0, sum(about_zero)::double - sum(total)::double ** 2 / sum(n)) as squares
"""
_BY_WINDOW = _PLACED.format(monthly="monthly", counts=_COUNTS, by="place")

# Whom a measure leaves out, and why: `reason: count`, separated by semicolons.
_LEFT_OUT = f"""
select place, string_agg(reason || ': ' || n, '; ' order by reason) as left_out
from ({_PLACED.format(monthly="left_out_monthly", counts="reason, sum(n) as n", by="place, reason")})
group by place
"""

Numbers = NDArray[np.float64]


def figures(connection: duckdb.DuckDBPyConnection, calendar: Calendar, parts: Iterable[Part]) -> pd.DataFrame:
    """Every figure of these parts, from `monthly` and `left_out_monthly`.

    Columns: KEY, measure_version, NUMBERS, spread (standard deviation of a mean's observations), state, missing,
    left_out (the cases that a measure's exceptions and exclusions keep out of the denominator: `reason: count; ...`).
    """
    tables = [_of_part(connection, calendar, part) for part in list(parts) or [Part()]]
    return pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]


def how_many(measures: Iterable[Measure], calendar: Calendar) -> int:
    """How many figures there are of all windows."""
    each = len(list(measures)) * len(calendar.partnership.areas) * len(_STRATA)
    return each * sum(1 for _ in calendar.windows())


def _of_part(connection: duckdb.DuckDBPyConnection, calendar: Calendar, part: Part) -> pd.DataFrame:
    size = (len(part.measures), len(part.areas), len(part.windows), len(_STRATA))
    _number(connection, calendar, part)
    names = {"areas": size[1], "windows": size[2], "strata": size[3]}
    found = connection.execute(_BY_WINDOW, names).fetchnumpy()
    denominator, numerator, squares = (np.zeros(size).ravel() for _ in range(3))
    for numbers, column in ((denominator, "denominator"), (numerator, "numerator"), (squares, "squares")):
        numbers[found["place"]] = np.ma.filled(found[column], np.nan)
    out = connection.execute(_LEFT_OUT, names).fetchnumpy()
    left_out = np.full(denominator.shape, "", object)
    left_out[out["place"]] = out["left_out"]
    whole = _grid(calendar, part)
    _with_values(whole, part.measures, denominator, numerator, squares)
    return whole.assign(left_out=left_out)[
        [*KEY, "measure_version", *NUMBERS, "spread", "state", "missing", "left_out"]
    ]


def _number(connection: duckdb.DuckDBPyConnection, calendar: Calendar, part: Part) -> None:
    """Create the tables that say at which place of the figures something counts."""
    who = list(enumerate(_ccgs(calendar, part)))
    for table, names, rows in (
        ("measure_no", ("measure",), [(m.id, n) for n, m in enumerate(part.measures)]),
        ("area_ccg", ("ccg",), [(ccg, n) for n, ccgs in who for ccg in ccgs]),
        ("window_month", ("month",), [(str(m), n) for n, (_, _, months) in enumerate(part.windows) for m in months]),
        ("stratum_no", ("stratum", "stratum_value"), [(*stratum, n) for n, stratum in enumerate(_STRATA)]),
    ):
        texts = ", ".join(f"unnest(?::varchar[]) as {name}" for name in names)
        columns = [[row[place] for row in rows] for place in range(len(names) + 1)]
        connection.execute(
            f"create or replace table {table} as select {texts}, unnest(?::bigint[]) as {table.split('_')[0]}_no",
            columns,
        )


def _ccgs(calendar: Calendar, part: Part) -> list[list[str]]:
    """Of each area, the CCGs that count in it."""
    known = calendar.partnership
    return [[c.code for c in known.ccgs] if area == known.stp else [area.code] for area in part.areas]


def _grid(calendar: Calendar, part: Part) -> pd.DataFrame:
    """Every key there has to be a figure for, by place, with what is known of it before counting."""
    measures, windows, codes = part.measures, part.windows, [area.code for area in part.areas]
    size = (len(measures), len(codes), len(windows), len(_STRATA))
    measure, area, window, stratum = (place.ravel() for place in np.indices(size, np.int32))
    names: dict[str, tuple[NDArray[np.int32], list[str]]] = {
        "measure": (measure, [m.id for m in measures]),
        "area": (area, codes),
        "grain": (window, [grain for grain, _, _ in windows]),
        "period": (window, [period for _, period, _ in windows]),
        "stratum": (stratum, [name for name, _ in _STRATA]),
        "stratum_value": (stratum, [value for _, value in _STRATA]),
    }
    missing = [
        "; ".join(calendar.missing(m.feeds, area, months))
        for m in measures
        for area in codes
        for _, _, months in windows
    ]
    submitted = set(calendar.submitted())
    is_in = [
        [any((c, str(m)) in submitted for c in who for m in w[2]) for w in windows] for who in _ccgs(calendar, part)
    ]
    final = {m: calendar.final(m) for m in calendar.months}
    return pd.DataFrame(
        {name: _texts(values, places) for name, (places, values) in names.items()}
        | {
            "measure_version": np.array([m.version for m in measures])[measure],
            "missing": _texts(missing, np.arange(len(measure)) // len(_STRATA)),
            "is_in": np.array(is_in, bool).reshape(size[1:3])[area, window],
            "final": np.array([all(final[m] for m in months) for _, _, months in windows], bool)[window],
        }
    )


def _texts(values: list[str], places: NDArray[np.integer]) -> "pd.Categorical[str]":
    """The value at each place, kept as a number."""
    known = {value: n for n, value in enumerate(dict.fromkeys(values))}
    codes: NDArray[np.int64] = np.array([known[v] for v in values], np.int64)[places]
    return pd.Categorical.from_codes(codes, pd.Index(list(known)))


def _with_values(whole: pd.DataFrame, measures: Sequence[Measure], n: Numbers, x: Numbers, squares: Numbers) -> None:
    """Add state, NUMBERS and spread, from the denominator, the numerator and the squares of each place."""
    counted = whole["is_in"].to_numpy(bool)
    some = counted & (n > 0)
    state = np.select([~counted, n == 0, ~whole["final"].to_numpy(bool)], [0, 1, 2], 3)
    whole["state"] = pd.Categorical.from_codes(state, pd.Index(_STATES))
    whole["denominator"] = np.where(counted, n, np.nan)
    whole["numerator"] = np.where(counted, x, np.nan)
    scoring = np.repeat([m.scoring for m in measures], len(whole) // max(1, len(measures)))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(some & (scoring == "mean") & (n > 1), np.sqrt(squares / (n - 1)), np.nan)
    values = np.full((3, len(whole)), np.nan)
    for kind, per in PER.items():
        rows = some & (scoring == kind)
        if kind == "proportion":
            limits = proportion_intervals(x[rows], n[rows])
        elif kind == "rate":
            limits = rate_intervals(x[rows], n[rows])
        else:
            limits = mean_intervals(n[rows], x[rows] / n[rows], spread[rows])
        values[:, rows] = per * np.array(limits)
    whole["value"], whole["lower"], whole["upper"] = values
    whole["spread"] = spread
