"""Months, financial quarters and rolling years, and the day on which a month is reported.

Owns the calendar of the house. A period is written `2018-04` (month), `2018/19-Q1` (quarter of the financial year,
April to March) or, for a rolling year, as its last month. Never knows which data exist.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

from outcomes.errors import InputError

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)
_QUARTER = re.compile(r"([0-9]{4})/([0-9]{2})-Q([1-4])", re.ASCII)

# The edition of a month is made on this working day (England) of the second month after it.
REPORTING_WORKING_DAY = 10
# Nobody's answer within so many days of the question whether an edition may go is a refusal; the reminder comes earlier.
DAYS_TO_ANSWER, REMINDED_AFTER_DAYS = 14, 10


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month. Ordered; `str()` gives `YYYY-MM`; adding an integer moves by months."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `YYYY-MM`; raises InputError for anything else."""
        match = _MONTH.fullmatch(text)
        # Years in which there is still time before and after, for a rolling year or a due day.
        if match is None or not 1000 <= int(match[1]) <= 9900:
            raise InputError(f"{text!r} is not a month: write it as YYYY-MM, for example 2018-04.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def quarter(self) -> str:
        """The quarter of the financial year that holds the month: `2018-04` is in `2018/19-Q1`."""
        start = self.year if self.month >= 4 else self.year - 1
        return f"{start}/{(start + 1) % 100:02d}-Q{(self.month - 4) % 12 // 3 + 1}"

    @property
    def ends_quarter(self) -> bool:
        return self.month % 3 == 0

    @property
    def name(self) -> str:
        """`April 2018`."""
        return f"{calendar.month_name[self.month]} {self.year}"

    @property
    def short_name(self) -> str:
        """`Apr 2018`."""
        return f"{calendar.month_abbr[self.month]} {self.year}"

    def __add__(self, months: int) -> "Month":
        index = self.year * 12 + self.month - 1 + months
        return Month(index // 12, index % 12 + 1)

    def __sub__(self, months: int) -> "Month":
        return self + -months

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from the first to the last, both included; none when the first is after the last."""
    while first <= last:
        yield first
        first += 1


def quarter_months(quarter: str) -> tuple[Month, Month, Month]:
    """The three months of a quarter; raises InputError when the text is not one, such as `2018/19-Q1`."""
    match = _QUARTER.fullmatch(quarter)
    if match is None or (int(match[1]) + 1) % 100 != int(match[2]):
        raise InputError(f"{quarter!r} is not a quarter of the financial year: write it like 2018/19-Q1.")
    first = Month(int(match[1]), 4) + 3 * (int(match[3]) - 1)
    return first, first + 1, first + 2


@cache
def period_months(grain: str, period: str) -> tuple[Month, ...]:
    """The months of a figure's period: one, the three of a quarter, or the twelve of a rolling year."""
    if grain == "quarter":
        return quarter_months(period)
    last = Month.parse(period)
    return tuple(months_between(last - 11, last)) if grain == "rolling-12" else (last,)


def latest_quarters_end(month: Month) -> Month:
    """The last month of the latest quarter that ended by a month: where the latest released rolling year ends."""
    while not month.ends_quarter:
        month -= 1
    return month


def today() -> date:
    """The day in England."""
    return datetime.now(ZoneInfo("Europe/London")).date()


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England in a year."""
    import holidays

    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year).keys())


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in bank_holidays(day.year)


@cache
def nth_working_day(month: Month, n: int) -> date:
    """The n-th working day (England) of a month, n from 1; raises InputError when the month has no such day."""
    days = (month.first_day + timedelta(days=d) for d in range(month.last_day.day))
    working = [day for day in days if is_working_day(day)]
    if not 1 <= n <= len(working):
        raise InputError(f"{month} has no working day number {n}: choose from 1 to {len(working)}.")
    return working[n - 1]


def reporting_day(month: Month) -> date:
    """The day on which the edition of a month is made: the tenth working day (England) of the second month after it."""
    return nth_working_day(month + 2, REPORTING_WORKING_DAY)
