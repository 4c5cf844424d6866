"""From cases to figures: one generic aggregation by area, period and stratum for every measure.

Owns the numbers between a measure's cases and the ledger. Promises a figure for every area, period and stratum, with a
state that tells no cases from not submitted, and the same numbers whatever the order of the records. Never rounds and
never releases.
"""

from collections.abc import Iterable, Sequence

import duckdb
import numpy as np
import pandas as pd

from outcomes.computing.calendar import Calendar
from outcomes.definitions.measures import Measure
from outcomes.statistics import mean_intervals, proportion_intervals, rate_intervals

KEY = ["measure", "area", "grain", "period", "stratum", "stratum_value"]
NUMBERS = ["denominator", "numerator", "value", "lower", "upper"]

# What a stratum can be; the values are those of outcomes' figures, all present even where nobody is in them.
STRATA: dict[str, tuple[str, ...]] = {
    "all": ("all",),
    "age_band": ("18-64", "65-74", "75-84", "85+"),
    "sex": ("1", "2", "9"),
    "deprivation_quintile": ("1", "2", "3", "4", "5", "unknown"),
    "cause_group": ("cancer", "dementia", "circulatory", "respiratory", "other"),
}
# In the printed unit: a proportion is in percent.
PER = {"proportion": 100, "rate": 1, "mean": 1}

# Sums are of decimals, which come out the same in any order; in that of arrival the last digit of a float would differ
# from run to run. Only the spread of a mean needs floats, in a fixed order.
_BY_MONTH = """
create table monthly as
select measure, month, ccg, stratum, stratum_value, count(*) as n, sum(amount::decimal(38, 12)) as total,
       var_pop(observation order by observation) filter (where observation is not null) * count(*) as squares
from (
    select measure, month, ccg, amount, observation, unnest([
        {{'stratum': 'all', 'stratum_value': 'all'}}, {strata}], recursive := true)
    from ({cases}) join cohort using (death_id)
)
semi join submitted using (ccg, month)
group by all
"""

# Whom a measure leaves out, and why: `reason: count`, separated by semicolons.
_LEFT_OUT = """
select measure, area, grain, period, stratum, stratum_value,
       string_agg(reason || ': ' || n, '; ' order by reason) as left_out
from (
    select measure, area, grain, period, stratum, stratum_value, reason, count(*) as n
    from (
        select measure, month, ccg, reason, unnest([
            {{'stratum': 'all', 'stratum_value': 'all'}}, {strata}], recursive := true)
        from ({cases}) join cohort using (death_id)
    )
    semi join submitted using (ccg, month)
    join area_ccg using (ccg) join window_month using (month)
    group by all
)
group by all
"""

# Squares add up by the parallel axis theorem: those within each month, and those of the months' means about their own.
_BY_WINDOW = """
select measure, area, grain, period, stratum, stratum_value, sum(n) as denominator, sum(total)::double as numerator,
       sum(squares::decimal(38, 12))::double + greatest(
           0, sum((total::double ** 2 / n)::decimal(38, 12))::double - sum(total)::double ** 2 / sum(n)) as squares
from monthly join area_ccg using (ccg) join window_month using (month)
group by all
"""


def figures(connection: duckdb.DuckDBPyConnection, measures: Iterable[Measure], calendar: Calendar) -> pd.DataFrame:
    """Every figure of the measures whose `cases_<id>` the session holds.

    Columns: KEY, measure_version, NUMBERS, spread (standard deviation of a mean's observations), state, missing,
    left_out (the cases that a measure's exceptions and exclusions keep out of the denominator: `reason: count; ...`).
    """
    measures = list(measures)
    _tables(connection, calendar)
    cases = " union all ".join(
        f"select '{m.id}' as measure, death_id, coalesce(observation, numerator)::double as amount, observation "
        f"from cases_{m.id} where denominator"
        for m in measures
    )
    strata = ", ".join(f"{{'stratum': '{s}', 'stratum_value': {s}}}" for s in STRATA if s != "all")
    connection.execute(_BY_MONTH.format(strata=strata, cases=cases))
    found = connection.execute(_BY_WINDOW).df()
    out = " union all ".join(
        f"select '{m.id}' as measure, death_id, left_out as reason from cases_{m.id} where left_out is not null"
        for m in measures
    )
    left_out = connection.execute(_LEFT_OUT.format(strata=strata, cases=out)).df()
    whole = _grid(measures, calendar)
    for part in (found, left_out):
        whole = whole.merge(part, on=KEY, how="left", validate="one_to_one")
    whole["left_out"] = whole["left_out"].fillna("")
    return _with_values(whole)


def _tables(connection: duckdb.DuckDBPyConnection, calendar: Calendar) -> None:
    stp = calendar.partnership.stp.code
    ccgs = [c.code for c in calendar.partnership.ccgs]
    tables: dict[str, tuple[tuple[str, ...], Sequence[tuple[str, ...]]]] = {
        "submitted": (("ccg", "month"), calendar.submitted()),
        "area_ccg": (("area", "ccg"), [(area, ccg) for ccg in ccgs for area in (ccg, stp)]),
        "window_month": (
            ("grain", "period", "month"),
            [(grain, period, str(m)) for grain, period, months in calendar.windows() for m in months],
        ),
    }
    for name, (columns, rows) in tables.items():
        lists = [[row[place] for row in rows] for place in range(len(columns))]
        parts = ", ".join(f"unnest(?::varchar[]) as {column}" for column in columns)
        connection.execute(f"create table {name} as select {parts}", lists)


def _grid(measures: list[Measure], calendar: Calendar) -> pd.DataFrame:
    """Every key there has to be a figure for, with what is known of it before counting."""
    submitted = set(calendar.submitted())
    final = {m: calendar.final(m) for m in calendar.months}
    ccgs = [c.code for c in calendar.partnership.ccgs]
    rows = []
    for area in calendar.partnership.areas:
        who = [area.code] if area.kind == "ccg" else ccgs
        for grain, period, months in calendar.windows():
            is_in = any((ccg, str(m)) in submitted for ccg in who for m in months)
            is_final = all(final[m] for m in months)
            for measure in measures:
                missing = "; ".join(calendar.missing(measure.feeds, area.code, months))
                about = (measure.id, area.code, grain, period, measure.version, measure.scoring)
                rows.append((*about, is_in, is_final, missing))
    columns = ["measure", "area", "grain", "period", "measure_version", "scoring", "is_in", "final", "missing"]
    strata = [(stratum, value) for stratum, values in STRATA.items() for value in values]
    return pd.DataFrame(rows, columns=columns).merge(
        pd.DataFrame(strata, columns=["stratum", "stratum_value"]), how="cross"
    )


def _with_values(whole: pd.DataFrame) -> pd.DataFrame:
    counted = whole["is_in"].to_numpy(bool)
    n = whole["denominator"].fillna(0).to_numpy(float)
    some = counted & (n > 0)
    whole["state"] = np.select(
        [~counted, n == 0, ~whole["final"].to_numpy(bool)], ["not_submitted", "no_cases", "provisional"], "counted"
    )
    whole["denominator"] = np.where(counted, n, np.nan)
    whole["numerator"] = np.where(counted, whole["numerator"].fillna(0.0), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(whole["squares"].to_numpy(float) / (n - 1))
    is_mean = (whole["scoring"] == "mean").to_numpy()
    whole["spread"] = np.where(some & is_mean & (n > 1), spread, np.nan)
    for column in ("value", "lower", "upper"):
        whole[column] = np.nan
    for scoring, per in PER.items():
        rows = some & (whole["scoring"] == scoring).to_numpy()
        x, d = whole.loc[rows, "numerator"].to_numpy(float), whole.loc[rows, "denominator"].to_numpy(float)
        if scoring == "proportion":
            limits = proportion_intervals(x, d)
        elif scoring == "rate":
            limits = rate_intervals(x, d)
        else:
            limits = mean_intervals(d, x / d, whole.loc[rows, "spread"].to_numpy(float))
        for column, numbers in zip(("value", "lower", "upper"), limits, strict=True):
            whole.loc[rows, column] = per * numbers
    return whole[[*KEY, "measure_version", *NUMBERS, "spread", "state", "missing", "left_out"]]
