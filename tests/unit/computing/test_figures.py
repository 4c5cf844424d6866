"""From cases to figures, small enough to be counted by hand."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pandas as pd
import pytest

from outcomes.computing.calendar import Calendar
from outcomes.computing.figures import KEY, figures
from outcomes.computing.monthly import STRATA, Part, count_months
from outcomes.definitions.measures import Measure, measures
from outcomes.ledger import Submission
from outcomes.organisations import partnership
from outcomes.periods import Month, months_between

KNOWN = partnership()
PROPORTION, RATE, MEAN = (measures()[id] for id in ("deaths_in_hospital", "crisis_admissions", "days_at_home_last_90"))
# A death of the cohort: its CCG, its month, and what is counted of it, or why it is left out.
Case = tuple[str, str, float | str | None]


@contextmanager
def counted(
    measure: Measure,
    *cases: Case,
    first: str = "2018-04",
    last: str = "2018-04",
    without: tuple[str, ...] = (),
    flex: tuple[str, ...] = (),
    **strata: str,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Calendar]]:
    """Cases, counted; one of None, or with a reason, is not in the denominator. All were 75-84, women, cancer."""
    months = [str(m) for m in months_between(Month.parse(first), Month.parse(last))]
    submissions = [
        Submission(
            feed=feed, supplier=who, period=month, status="flex" if f"{feed} {who} {month}" in flex else "freeze"
        )
        for month in months
        for feed, who in KNOWN.expected
        if f"{feed} {who} {month}" not in without
    ]
    usual = {"age_band": "75-84", "sex": "2", "deprivation_quintile": "1", "cause_group": "cancer", **strata}
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} varchar" for name in ("ccg", "month", *usual))
        connection.execute(f"create table cohort (death_id bigint, {columns})")
        connection.execute(
            f"create table cases_{measure.id} (death_id bigint, event_id varchar, denominator boolean, numerator bigint, "
            "observation double, left_out varchar)"
        )
        for n, (ccg, month, amount) in enumerate(cases):
            connection.execute(f"insert into cohort values ({', '.join('?' * 7)})", [n, ccg, month, *usual.values()])
            reason, amount = (amount, None) if isinstance(amount, str) else (None, amount)
            count, observed = (None, amount) if measure.scoring == "mean" else (amount, None)
            case = [n, None, amount is not None, count, observed, reason]
            connection.execute(f"insert into cases_{measure.id} values (?, ?, ?, ?, ?, ?)", case)
        calendar = Calendar.of(submissions, KNOWN, None)
        count_months(connection, [measure], calendar)
        yield connection, calendar


def everything(measures: Iterable[Measure], calendar: Calendar) -> Part:
    """All figures of these measures."""
    return Part(tuple(measures), KNOWN.areas, tuple(calendar.windows()))


def computed(measure: Measure, *cases: Case, **given: Any) -> pd.DataFrame:
    """The figures of these cases in every window."""
    with counted(measure, *cases, **given) as (connection, calendar):
        return figures(connection, calendar, [everything([measure], calendar)])


def one(table: pd.DataFrame, area: str, grain: str, period: str, stratum: str = "all", value: str = "all") -> Any:
    rows = table[
        (table["area"] == area)
        & (table["grain"] == grain)
        & (table["period"] == period)
        & (table["stratum"] == stratum)
        & (table["stratum_value"] == value)
    ]
    (row,) = rows.itertuples()
    return row


def test_three_deaths_by_hand() -> None:
    # Stoke: one of two in hospital. East Staffordshire: one of one. A fourth death is not in the denominator.
    table = computed(
        PROPORTION, ("05W", "2018-04", 1), ("05W", "2018-04", 0), ("05D", "2018-04", 1), ("05D", "2018-04", None)
    )
    stoke, all_of_them = one(table, "05W", "month", "2018-04"), one(table, "QNC", "month", "2018-04")
    assert (stoke.denominator, stoke.numerator, stoke.value, stoke.state) == (2, 1, 50, "counted")
    assert (all_of_them.denominator, all_of_them.numerator) == (3, 2)
    assert all_of_them.value == pytest.approx(200 / 3)
    # Wilson for 1 of 2: (2 + 3.8415 ± 1.96·√(3.8415 + 4·0.5)) / (2·(2 + 3.8415)) = 9.45 % and 90.55 %.
    assert (stoke.lower, stoke.upper) == (pytest.approx(9.4531, abs=1e-4), pytest.approx(90.5469, abs=1e-4))


def test_every_stratum_has_its_figure_even_where_nobody_is_in_it() -> None:
    table = computed(PROPORTION, ("05W", "2018-04", 1), ("05W", "2018-04", 0))
    assert len(table) == 7 * (1 + 4 + 3 + 6 + 5)
    assert {(s, v) for s, v in zip(table["stratum"], table["stratum_value"], strict=True)} == {
        (stratum, value) for stratum, values in STRATA.items() for value in values
    }
    women, men = (one(table, "05W", "month", "2018-04", "sex", sex) for sex in "21")
    assert (women.denominator, women.numerator, women.state) == (2, 1, "counted")
    assert (men.denominator, men.numerator, men.state) == (0, 0, "no_cases")
    assert all(math.isnan(number) for number in (men.value, men.lower, men.upper))


def test_a_rate_counts_events_and_may_exceed_one_a_death() -> None:
    row = one(computed(RATE, ("05W", "2018-04", 3), ("05W", "2018-04", 0)), "05W", "month", "2018-04")
    assert (row.denominator, row.numerator, row.value) == (2, 3, 1.5)
    # Exact Poisson for 3 events: 0.6187 to 8.7673, over 2 deaths.
    assert (row.lower, row.upper) == (pytest.approx(0.6187 / 2, abs=1e-4), pytest.approx(8.7673 / 2, abs=1e-4))


def test_a_mean_over_months_is_that_of_all_its_observations() -> None:
    # 80 and 90 in April, 70 in May, 60 and 90 in June: five observations of 390 days, 78 on average. Their squares
    # about it: 4 + 144 + 64 + 324 + 144 = 680, so the standard deviation is √(680 / 4) = 13.04.
    days = [("2018-04", 80), ("2018-04", 90), ("2018-05", 70), ("2018-06", 60), ("2018-06", 90)]
    table = computed(MEAN, *(("05W", month, n) for month, n in days), last="2018-06")
    row = one(table, "05W", "quarter", "2018/19-Q1")
    assert (row.denominator, row.numerator, row.value) == (5, 390, 78)
    assert row.spread == pytest.approx(math.sqrt(170))
    # Student's t with 4 degrees of freedom is 2.7764: 78 ± 2.7764·√170/√5 = 61.81 and 94.19, not cut at 90 days.
    assert (row.lower, row.upper) == (pytest.approx(61.8108, abs=1e-3), pytest.approx(94.1892, abs=1e-3))


def test_one_observation_has_a_mean_and_no_interval() -> None:
    row = one(computed(MEAN, ("05W", "2018-04", 75)), "05W", "month", "2018-04")
    assert (row.denominator, row.numerator, row.value) == (1, 75, 75)
    assert all(math.isnan(number) for number in (row.lower, row.upper, row.spread))


def test_observations_that_are_all_alike_have_no_spread() -> None:
    table = computed(MEAN, *(("05W", m, 90) for m in ("2018-04", "2018-05", "2018-06")), last="2018-06")
    row = one(table, "05W", "quarter", "2018/19-Q1")
    assert (row.value, row.lower, row.upper, row.spread) == (90, 90, 90, 0)


def test_deaths_of_a_ccg_and_month_that_were_not_submitted_are_in_no_figure() -> None:
    # Stoke did not send May; one of its deaths in May was registered in June.
    cases = [("05W", "2018-04", 1), ("05W", "2018-05", 1), ("05D", "2018-05", 0)]
    table = computed(PROPORTION, *cases, last="2018-06", without=("deaths 05W 2018-05",))
    may = one(table, "05W", "month", "2018-05")
    assert may.state == "not_submitted"
    assert all(math.isnan(n) for n in (may.denominator, may.numerator, may.value, may.lower, may.upper))
    quarter, stp = one(table, "05W", "quarter", "2018/19-Q1"), one(table, "QNC", "month", "2018-05")
    # What the rest says, marked as incomplete, and what is missing by name.
    for row, counts in ((quarter, (1, 1)), (stp, (1, 0))):
        assert (row.denominator, row.numerator) == counts
        assert (row.state, row.missing) == ("provisional", "deaths 05W 2018-05")
    assert one(table, "05D", "month", "2018-05").missing == ""


def test_the_stp_is_not_submitted_only_where_no_ccg_is() -> None:
    nobody = tuple(f"deaths {ccg.code} 2018-05" for ccg in KNOWN.ccgs)
    table = computed(PROPORTION, ("05W", "2018-05", 1), last="2018-06", without=nobody)
    assert one(table, "QNC", "month", "2018-05").state == "not_submitted"
    assert one(table, "QNC", "quarter", "2018/19-Q1").state == "no_cases"


def test_no_cases_is_told_even_of_a_month_that_is_not_final() -> None:
    table = computed(PROPORTION, ("05W", "2018-04", 1), flex=("hospice_care HCC 2018-04",))
    assert one(table, "05W", "month", "2018-04").state == "provisional"
    assert one(table, "05D", "month", "2018-04").state == "no_cases"


def test_cases_outside_the_months_are_in_no_figure() -> None:
    table = computed(PROPORTION, ("05W", "2018-03", 1), ("05W", "2018-04", 0))
    assert one(table, "QNC", "month", "2018-04").denominator == 1
    assert set(table["period"]) == {"2018-04"}


def test_events_are_counted_one_by_one_under_the_death_they_belong_to() -> None:
    months = [Submission(feed=feed, supplier=who, period="2018-04", status="freeze") for feed, who in KNOWN.expected]
    with duckdb.connect() as connection:
        connection.execute(
            "create table cohort as select 1::bigint as death_id, '05W' as ccg, '2018-04' as month, '85+' as age_band, "
            "'1' as sex, 'unknown' as deprivation_quintile, 'other' as cause_group"
        )
        # Three events of one death, one of which may not count.
        connection.execute(
            f"create table cases_{PROPORTION.id} as select 1::bigint as death_id, col0 as event_id, "
            "col1 as denominator, col2::bigint as numerator, null::double as observation, "
            "case when col0 = 'c' then 'exception: turned away' end as left_out "
            "from (values ('a', true, 1), ('b', true, 0), ('c', false, 1))"
        )
        calendar = Calendar.of(months, KNOWN, None)
        count_months(connection, [PROPORTION], calendar)
        table = figures(connection, calendar, [everything([PROPORTION], calendar)])
    row = one(table, "05W", "month", "2018-04", "deprivation_quintile", "unknown")
    assert (row.denominator, row.numerator, row.left_out) == (2, 1, "exception: turned away: 1")


def test_whom_a_measure_leaves_out_is_counted_by_reason_wherever_the_death_is() -> None:
    away, unknown = "exception: did not want it", "excluded: place unknown"
    cases: list[Case] = [("05W", "2018-04", 1), ("05W", "2018-04", away), ("05W", "2018-05", away)]
    cases += [("05W", "2018-06", unknown), ("05D", "2018-05", away), ("05D", "2018-06", None)]
    table = computed(PROPORTION, *cases, last="2018-06", without=("deaths 05D 2018-05",))
    quarter = "2018/19-Q1"
    assert one(table, "05W", "month", "2018-04").left_out == f"{away}: 1"
    assert one(table, "05W", "quarter", quarter).left_out == f"{away}: 2; {unknown}: 1"
    # East Staffordshire's May was not submitted: its case is in no count. Its June gave no reason.
    assert one(table, "QNC", "quarter", quarter).left_out == f"{away}: 2; {unknown}: 1"
    assert one(table, "QNC", "quarter", quarter, "sex", "2").left_out == f"{away}: 2; {unknown}: 1"
    assert one(table, "QNC", "quarter", quarter, "sex", "1").left_out == ""
    assert one(table, "05D", "quarter", quarter).left_out == ""


def test_each_key_comes_once() -> None:
    table = computed(PROPORTION, ("05W", "2018-04", 1), last="2019-06")
    assert not table.duplicated(KEY).any()


def test_the_windows_and_areas_asked_for_have_the_figures_that_they_have_among_all() -> None:
    days = [("05W", f"2018-{month:02d}", 60.5 + month) for month in (4, 5, 6, 7)]
    whole = computed(MEAN, *days, last="2019-04")
    with counted(MEAN, *days, last="2019-04") as (connection, calendar):
        some = tuple(w for w in calendar.windows() if w[1] in ("2018-05", "2018/19-Q1", "2019-04"))
        areas = tuple(area for area in KNOWN.areas if area.code in ("QNC", "05W"))
        part = figures(connection, calendar, [Part((MEAN,), areas, some)]).set_index(KEY)
    pd.testing.assert_frame_equal(
        part, whole.set_index(KEY).loc[part.index], check_categorical=False, check_index_type=False
    )
    with counted(MEAN, *days) as (connection, calendar):
        assert figures(connection, calendar, []).empty


def test_measures_of_every_scoring_keep_their_decimals_side_by_side() -> None:
    with counted(MEAN, ("05W", "2018-04", 60.25), ("05W", "2018-04", 70.5)) as (connection, calendar):
        for table in ("submitted", "month_group", "death_group", "monthly", "left_out_monthly"):
            connection.execute(f"drop table {table}")
        connection.execute(
            f"create table cases_{PROPORTION.id} as select * replace (1 as numerator, null::double as observation) "
            f"from cases_{MEAN.id}"
        )
        count_months(connection, [MEAN, PROPORTION], calendar)
        table = figures(connection, calendar, [everything([MEAN, PROPORTION], calendar)])
    by_measure = {m: one(rows, "05W", "month", "2018-04") for m, rows in table.groupby("measure", observed=True)}
    assert {m: row.numerator for m, row in by_measure.items()} == {MEAN.id: 130.75, PROPORTION.id: 2}
