"""From cases to what each month says: how many of each CCG and stratum, how much, and whom the measures leave out.

Owns the tables `monthly` and `left_out_monthly` of the session, and a month's fingerprint. Promises the same numbers
whatever the order of the records, and that under the same definitions and code two computations whose fingerprints of a
period's months agree for a CCG and a measure have the same figures of these for that period. Never looks beyond one month.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import duckdb

from outcomes.computing.calendar import Calendar, Window
from outcomes.definitions.measures import Measure
from outcomes.organisations import Organisation

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
select month, ccg, measure, sha256(string_agg(row, chr(10) order by row)) from (
    select month, ccg, measure, concat_ws('|', 'counted', stratum, stratum_value, n, total, squares) as row from monthly
    union all
    select month, ccg, measure, concat_ws('|', 'left out', stratum, stratum_value, n, reason) from left_out_monthly
) group by month, ccg, measure
"""
# What computes the figures beside our own code.
_ENGINES = ("duckdb", "numpy", "scipy")
# Of a digest; that another month's content has the same by chance is one in 2 to the power of 64.
_DIGITS = 16


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


def fingerprints(
    connection: duckdb.DuckDBPyConnection, measures: Iterable[Measure], calendar: Calendar
) -> dict[str, str]:
    """By month of the calendar and CCG (`2018-04 05W`), a digest for each measure, in the order of their ids, of all that
    its figures follow from beside definitions and code."""
    content = {tuple(key): digest for *key, digest in connection.execute(_CONTENT).fetchall()}
    engines, ids = [version(name) for name in _ENGINES], [measure.id for measure in _in_order(measures)]
    found = {}
    for month in calendar.months:
        about = json.dumps([calendar.known_of(month), engines])
        for ccg in calendar.partnership.ccgs:
            said = (f"{content.get((str(month), ccg.code, id))} {about}" for id in ids)
            found[f"{month} {ccg.code}"] = "".join(hashlib.sha256(s.encode()).hexdigest()[:_DIGITS] for s in said)
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """Figures: of these measures, for these areas, in these windows."""

    measures: tuple[Measure, ...] = ()
    areas: tuple[Organisation, ...] = ()
    windows: tuple[Window, ...] = ()


def not_as_before(
    calendar: Calendar, measures: Iterable[Measure], now: Mapping[str, str], before: Mapping[str, str]
) -> list[Part]:
    """The figures that can be others, as a digest of theirs is new or another: of each measure in one part only.

    Measures that moved for the same CCGs are one part, in the windows of them all: a part costs more than a few figures.
    """
    alike: dict[frozenset[str], tuple[list[Measure], set[str]]] = {}
    for n, measure in enumerate(_in_order(measures)):
        digits = slice(n * _DIGITS, (n + 1) * _DIGITS)
        moved = [place.split() for place in now if before.get(place, "")[digits] != now[place][digits]]
        if moved:
            those, months = alike.setdefault(frozenset(ccg for _, ccg in moved), ([], set()))
            those.append(measure)
            months.update(month for month, _ in moved)
    known = calendar.partnership
    return [
        Part(
            tuple(those),
            tuple(area for area in known.areas if area.code in ccgs or area == known.stp),
            tuple(window for window in calendar.windows() if not months.isdisjoint(str(m) for m in window[2])),
        )
        for ccgs, (those, months) in alike.items()
    ]


def _in_order(measures: Iterable[Measure]) -> list[Measure]:
    """As their digests stand in a fingerprint."""
    return sorted(measures, key=lambda measure: measure.id)
