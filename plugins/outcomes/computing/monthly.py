"""From cases to what each month says: how many of each CCG and stratum, how much, and whom the measures leave out.

Owns the tables `monthly` and `left_out_monthly` of the session, and a month's fingerprint. Promises the same numbers
whatever the order of the records, and that under the same definitions and code two computations whose fingerprints of a
period's months agree have the same figures for that period. Never looks beyond one month.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version

import duckdb

from outcomes.computing.calendar import Calendar, Window
from outcomes.definitions.measures import Measure

# What a stratum can be; the values are those of outcomes' figures, all present even where nobody is in them.
STRATA: dict[str, tuple[str, ...]] = {
    "all": ("all",),
    "age_band": ("18-64", "65-74", "75-84", "85+"),
    "sex": ("1", "2", "9"),
    "deprivation_quintile": ("1", "2", "3", "4", "5", "unknown"),
    "cause_group": ("cancer", "dementia", "circulatory", "respiratory", "other"),
}

# Every group that a death is counted in, by number: its CCG and month, as a whole and in each stratum.
_GROUPS = """
create table of_group as
select death_id, ccg, month, unnest([{{'stratum': 'all', 'stratum_value': 'all'}}, {strata}], recursive := true)
from cohort semi join submitted using (ccg, month);
create table month_group as
select row_number() over ()::integer as place, * from (select distinct ccg, month, stratum, stratum_value from of_group);
create table death_group as
select death_id, place from of_group join month_group using (ccg, month, stratum, stratum_value);
drop table of_group
"""

# Sums are of decimals, which come out the same in any order; in that of arrival the last digit of a float would differ
# from run to run. Only the spread of a mean needs floats, in a fixed order: `squares` of the observations about their
# mean, and `about_zero`, those of the mean itself.
_COUNTED = """
select '{id}' as measure, place, count(*) as n, sum({amount})::decimal(38, 12) as total, {squares} as squares
from cases_{id} join death_group using (death_id) where denominator group by place
"""
_AMOUNTS = {"mean": "observation::decimal(38, 12)"}
_SQUARES = {"mean": "var_pop(observation order by observation) * count(*)"}
_BY_MONTH = """
create table monthly as
select measure, month, ccg, stratum, stratum_value, n, total, squares::decimal(38, 12) as squares,
       case when squares is not null then (total::double ** 2 / n)::decimal(38, 12) end as about_zero
from ({counted}) join month_group using (place)
"""

_LEFT_OUT = """
select '{id}' as measure, place, left_out as reason, count(*) as n
from cases_{id} join death_group using (death_id) where left_out is not null group by place, left_out
"""
_LEFT_OUT_BY_MONTH = """
create table left_out_monthly as
select measure, month, ccg, stratum, stratum_value, reason, n from ({left_out}) join month_group using (place)
"""

_CONTENT = """
select month, sha256(string_agg(row, chr(10) order by row)) from (
    select month, concat_ws('|', 'counted', measure, ccg, stratum, stratum_value, n, total, squares) as row from monthly
    union all
    select month, concat_ws('|', 'left out', measure, ccg, stratum, stratum_value, n, reason) from left_out_monthly
) group by month
"""
# What computes the figures beside our own code.
_ENGINES = ("duckdb", "numpy", "scipy")


def count_months(connection: duckdb.DuckDBPyConnection, measures: Iterable[Measure], calendar: Calendar) -> None:
    """Create `monthly` and `left_out_monthly` from the `cases_<id>` of the measures, without what was not submitted."""
    measures = list(measures)
    ccgs, months = zip(*calendar.submitted(), strict=True) if calendar.submitted() else ((), ())
    connection.execute(
        "create table submitted as select unnest(?::varchar[]) as ccg, unnest(?::varchar[]) as month",
        [list(ccgs), list(months)],
    )
    strata = ", ".join(f"{{'stratum': '{s}', 'stratum_value': {s}}}" for s in STRATA if s != "all")
    connection.execute(_GROUPS.format(strata=strata))
    counted = (
        _COUNTED.format(
            id=m.id, amount=_AMOUNTS.get(m.scoring, "numerator"), squares=_SQUARES.get(m.scoring, "null::double")
        )
        for m in measures
    )
    connection.execute(_BY_MONTH.format(counted="union all".join(counted)))
    left_out = (_LEFT_OUT.format(id=m.id) for m in measures)
    connection.execute(_LEFT_OUT_BY_MONTH.format(left_out="union all".join(left_out)))


def fingerprints(connection: duckdb.DuckDBPyConnection, calendar: Calendar) -> dict[str, str]:
    """By month of the calendar, a digest of all that its figures follow from beside definitions and code."""
    content = dict(connection.execute(_CONTENT).fetchall())
    engines = [version(name) for name in _ENGINES]
    known = {str(m): [content.get(str(m)), calendar.known_of(m), engines] for m in calendar.months}
    return {m: hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32] for m, what in known.items()}


def not_as_before(calendar: Calendar, months: Mapping[str, str], before: Mapping[str, str]) -> tuple[Window, ...]:
    """The windows with a month whose fingerprint is new or another: only their figures can be."""
    same = {month for month, fingerprint in months.items() if before.get(month) == fingerprint}
    return tuple(window for window in calendar.windows() if not same.issuperset(str(m) for m in window[2]))
