"""Months, quarters, rolling years, and the working days of England."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.errors import InputError
from outcomes.periods import (
    Month,
    bank_holidays,
    is_working_day,
    latest_quarters_end,
    months_between,
    nth_working_day,
    quarter_months,
    reporting_day,
)

months = st.builds(Month, st.integers(1950, 2100), st.integers(1, 12))


def test_a_month_is_read_and_written_alike() -> None:
    april = Month.parse("2018-04")
    assert (april.year, april.month, str(april)) == (2018, 4, "2018-04")
    assert (april.name, april.short_name) == ("April 2018", "Apr 2018")
    assert (april.first_day, april.last_day) == (date(2018, 4, 1), date(2018, 4, 30))
    assert Month.of(date(2018, 4, 17)) == april
    assert Month.parse("2016-02").last_day == date(2016, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "2018-13",
        "2018-00",
        "2018-4",
        "201804",
        " 2018-04",
        "2018-04\n",
        "2018-04-01",
        "0000-01",
        "0001-01",
        "9999-12",
        "２018-04",
        "",
    ],
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(InputError, match="is not a month: write it as YYYY-MM"):
        Month.parse(text)


@pytest.mark.parametrize(
    ("month", "ended"), [("2018-03", "2018-03"), ("2018-04", "2018-03"), ("2018-05", "2018-03"), ("2018-02", "2017-12")]
)
def test_the_latest_quarters_end(month: str, ended: str) -> None:
    assert str(latest_quarters_end(Month.parse(month))) == ended


def test_months_move_across_years_and_are_ordered() -> None:
    assert Month(2018, 1) - 1 == Month(2017, 12)
    assert Month(2017, 12) + 1 == Month(2018, 1)
    assert Month(2018, 4) - 11 == Month(2017, 5)
    assert Month(2017, 12) < Month(2018, 1)
    assert [str(m) for m in months_between(Month(2017, 11), Month(2018, 2))] == [
        "2017-11",
        "2017-12",
        "2018-01",
        "2018-02",
    ]
    assert list(months_between(Month(2018, 2), Month(2018, 1))) == []


@given(months, st.integers(-300, 300))
def test_moving_there_and_back_is_staying(month: Month, n: int) -> None:
    assert month + n - n == month
    assert (month + n > month) is (n > 0)


@pytest.mark.parametrize(
    ("month", "quarter"),
    [
        ("2018-04", "2018/19-Q1"),
        ("2018-06", "2018/19-Q1"),
        ("2018-07", "2018/19-Q2"),
        ("2018-10", "2018/19-Q3"),
        ("2018-12", "2018/19-Q3"),
        ("2019-01", "2018/19-Q4"),
        ("2019-03", "2018/19-Q4"),
        ("2000-03", "1999/00-Q4"),
    ],
)
def test_the_financial_year_begins_in_april(month: str, quarter: str) -> None:
    assert Month.parse(month).quarter == quarter
    assert Month.parse(month) in quarter_months(quarter)


@given(months)
def test_a_month_is_in_its_own_quarter_and_the_last_of_it_ends_it(month: Month) -> None:
    three = quarter_months(month.quarter)
    assert month in three
    assert [m.ends_quarter for m in three] == [False, False, True]
    assert {m.quarter for m in three} == {month.quarter}


@pytest.mark.parametrize("text", ["2018/19-Q5", "2018/19-Q0", "2018/20-Q1", "2018-Q1", "2018/19", "2018-04", ""])
def test_anything_else_is_no_quarter(text: str) -> None:
    with pytest.raises(InputError, match="is not a quarter of the financial year"):
        quarter_months(text)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # As published by the government; what falls on a weekend moves to the next working day.
        (2017, ["01-02", "04-14", "04-17", "05-01", "05-29", "08-28", "12-25", "12-26"]),
        (2018, ["01-01", "03-30", "04-02", "05-07", "05-28", "08-27", "12-25", "12-26"]),
        # The early May holiday moved to the Friday, VE day.
        (2020, ["01-01", "04-10", "04-13", "05-08", "05-25", "08-31", "12-25", "12-28"]),
        (2021, ["01-01", "04-02", "04-05", "05-03", "05-31", "08-30", "12-27", "12-28"]),
        # The jubilee, and the funeral of the Queen.
        (2022, ["01-03", "04-15", "04-18", "05-02", "06-02", "06-03", "08-29", "09-19", "12-26", "12-27"]),
        # The coronation.
        (2023, ["01-02", "04-07", "04-10", "05-01", "05-08", "05-29", "08-28", "12-25", "12-26"]),
        (2026, ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"]),
    ],
)
def test_the_bank_holidays_of_england(year: int, days: list[str]) -> None:
    on_weekdays = sorted(day for day in bank_holidays(year) if day.weekday() < 5)
    assert [f"{day:%m-%d}" for day in on_weekdays] == days


def test_saint_andrews_day_and_the_second_of_january_are_no_holidays_in_england() -> None:
    assert is_working_day(date(2018, 1, 2))
    assert is_working_day(date(2018, 11, 30))
    assert not is_working_day(date(2018, 1, 1))
    assert not is_working_day(date(2018, 1, 6))


def test_the_tenth_working_day() -> None:
    # May 2026 begins on a Friday (1), and Monday the 4th is a holiday: 5 to 8 are 2 to 5, 11 to 15 are 6 to 10.
    assert nth_working_day(Month(2026, 5), 10) == date(2026, 5, 15)
    assert nth_working_day(Month(2026, 5), 1) == date(2026, 5, 1)
    # August 2020 begins on a Saturday.
    assert nth_working_day(Month(2020, 8), 1) == date(2020, 8, 3)


@pytest.mark.parametrize("n", [0, -1, 20])
def test_a_working_day_that_the_month_does_not_have(n: int) -> None:
    # May 2026 has 21 weekdays, two of them holidays.
    with pytest.raises(InputError, match="choose from 1 to 19"):
        nth_working_day(Month(2026, 5), n)


def test_an_edition_is_made_on_the_tenth_working_day_of_the_second_month_after() -> None:
    assert reporting_day(Month(2026, 9)) == date(2026, 11, 13)
    # For November 2017 that is in January: the 1st is a holiday, so the 2nd is the first and the 15th the tenth.
    assert reporting_day(Month(2017, 11)) == date(2018, 1, 15)
