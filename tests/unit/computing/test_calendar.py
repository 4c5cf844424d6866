"""Which periods have figures, and what is submitted, missing or final in each."""

from collections.abc import Iterable

import pytest

from outcomes.computing.calendar import Calendar
from outcomes.errors import InputError
from outcomes.ledger import Submission
from outcomes.organisations import partnership
from outcomes.periods import Month, months_between

KNOWN = partnership()


def submissions(first: str, last: str, *, flex: Iterable[str] = (), but: Iterable[str] = ()) -> list[Submission]:
    """Every expected submission of the months, all final, but for some (`feed supplier month`) that are flex or missing."""
    return [
        Submission(feed=feed, supplier=who, period=str(month), status="flex" if name in flex else "freeze")
        for month in months_between(Month.parse(first), Month.parse(last))
        for feed, who in KNOWN.expected
        if (name := f"{feed} {who} {month}") not in but
    ]


def calendar(first: str, last: str, to: str | None = None, **given: Iterable[str]) -> Calendar:
    return Calendar.of(submissions(first, last, **given), KNOWN, to)


def test_figures_begin_and_end_with_the_months_whose_deaths_are_in_force() -> None:
    only_admissions = Submission(feed="admissions", supplier="RJE", period="2018-09", status="freeze")
    only_one_ccg = Submission(feed="deaths", supplier="05W", period="2018-08", status="flex")
    known = Calendar.of([*submissions("2018-04", "2018-06"), only_admissions, only_one_ccg], KNOWN, None)
    # July has no deaths at all, and is a month between the first and the last all the same.
    assert [str(m) for m in known.months] == ["2018-04", "2018-05", "2018-06", "2018-07", "2018-08"]


def test_figures_can_end_earlier_but_neither_before_the_first_month_nor_after_the_last() -> None:
    assert calendar("2018-04", "2018-06", to="2018-05").last == Month(2018, 5)
    for to in ("2018-03", "2018-07"):
        with pytest.raises(
            InputError, match=f"{to} has no submission of deaths: choose a month from 2018-04 to 2018-06"
        ):
            calendar("2018-04", "2018-06", to=to)
    with pytest.raises(InputError, match="is not a month"):
        calendar("2018-04", "2018-06", to="June")


def test_without_any_deaths_there_is_nothing_to_compute() -> None:
    with pytest.raises(InputError, match="no submission of deaths is in force"):
        Calendar.of([Submission(feed="admissions", supplier="RJE", period="2018-04", status="freeze")], KNOWN, None)


def test_a_quarter_and_a_rolling_year_exist_only_where_all_their_months_are_there() -> None:
    # From May 2017 to June 2018 there are 14 months: 3 runs of twelve, and the quarters from July 2017 on.
    windows = list(calendar("2017-05", "2018-06").windows())
    assert [period for grain, period, _ in windows if grain == "month"] == [
        str(m) for m in months_between(Month(2017, 5), Month(2018, 6))
    ]
    assert {period: [str(m) for m in months] for grain, period, months in windows if grain == "quarter"} == {
        "2017/18-Q2": ["2017-07", "2017-08", "2017-09"],
        "2017/18-Q3": ["2017-10", "2017-11", "2017-12"],
        "2017/18-Q4": ["2018-01", "2018-02", "2018-03"],
        "2018/19-Q1": ["2018-04", "2018-05", "2018-06"],
    }
    years = {period: (str(m[0]), str(m[-1]), len(m)) for grain, period, m in windows if grain == "rolling-12"}
    assert years == {
        "2018-04": ("2017-05", "2018-04", 12),
        "2018-05": ("2017-06", "2018-05", 12),
        "2018-06": ("2017-07", "2018-06", 12),
    }


def test_eleven_months_make_no_rolling_year() -> None:
    assert not [grain for grain, *_ in calendar("2017-04", "2018-02").windows() if grain == "rolling-12"]


def test_a_month_is_submitted_for_the_ccgs_whose_own_deaths_of_it_are_in() -> None:
    known = calendar("2018-04", "2018-05", but={"deaths 05W 2018-05", "admissions RJE 2018-04"})
    assert ("05W", "2018-04") in known.submitted()
    assert ("05W", "2018-05") not in known.submitted()
    assert len(known.submitted()) == 6 + 5


@pytest.mark.parametrize("one", ["hospice_care HCC 2018-05", "deaths 05W 2018-05", "ambulance_incidents RYA 2018-05"])
def test_a_month_is_final_once_each_of_the_41_is_in_with_freeze(one: str) -> None:
    assert len(KNOWN.expected) == 41
    assert calendar("2018-04", "2018-06").final(Month(2018, 5))
    for known in (calendar("2018-04", "2018-06", but={one}), calendar("2018-04", "2018-06", flex={one})):
        assert not known.final(Month(2018, 5))
        assert known.final(Month(2018, 4))


def test_what_is_missing_is_named_for_the_feeds_and_the_area_in_question() -> None:
    gaps = ["deaths 05W 2018-05", "deaths 05D 2018-05", "admissions RJE 2018-04", "ed_attendances RJE 2018-04"]
    known = calendar("2018-04", "2018-06", but=gaps)
    quarter, feeds = known.months, ["admissions", "deaths"]
    assert known.missing(feeds, "QNC", quarter) == [
        "admissions RJE 2018-04",
        "deaths 05D 2018-05",
        "deaths 05W 2018-05",
    ]
    # Another CCG's deaths are not in this CCG's figure; a hospital's admissions are in everybody's.
    assert known.missing(feeds, "05W", quarter) == ["admissions RJE 2018-04", "deaths 05W 2018-05"]
    assert known.missing(feeds, "05W", [Month(2018, 6)]) == []


def test_a_flex_is_not_missing() -> None:
    known = calendar("2018-04", "2018-04", flex={"deaths 05W 2018-04"})
    assert known.missing(["deaths"], "05W", known.months) == []


def test_what_begins_before_the_first_month_is_named_and_is_no_window() -> None:
    longer, known = calendar("2016-11", "2018-06"), calendar("2017-02", "2018-06")
    windows = {(grain, period) for grain, period, _ in known.windows()}
    before = set(known.before(longer.first))
    assert {(grain, period) for grain, period, _ in longer.windows()} - windows <= before
    assert not windows & before
    assert list(known.before(known.first)) == []
