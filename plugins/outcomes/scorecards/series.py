"""The readings of a measure for an area: what a panel plots, in order of time.

Owns which periods a chart shows and how a period and a figure are named. Promises that the reporting month is the last
month looked at, and that a reading without a value is a gap whatever the reason. Never judges, never draws.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from outcomes.disclosure.released import WITHHELD, ReleasedFigure, ReleasedState
from outcomes.periods import Month, latest_quarters_end, months_between, period_months, quarter_months
from outcomes.scorecards.contents import AreaWords, Contents, MeasureWords
from outcomes.scorecards.wording import Wording

Grain = Literal["month", "quarter", "rolling-12"]
# "too_few": the counts are shown, but are too small for a value. "absent": the release has no such figure (not "nothing was
# sent", which is a state of its own).
State = ReleasedState | Literal["too_few", "absent"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One period of a series. `value` is the plotted point in the measure's unit, None for a gap."""

    grain: Grain
    period: str
    figure: ReleasedFigure | None

    @property
    def state(self) -> State:
        # Nobody yet, of a period of which more is to come in, is not nobody.
        if self.figure is None or (self.figure.state == "no_cases" and self.open):
            return "absent"
        return "too_few" if self.figure.state == "shown" and self.value is None else self.figure.state

    @property
    def value(self) -> float | None:
        return None if self.figure is None or self.figure.state != "shown" else self.figure.plotted

    @property
    def open(self) -> bool:
        """Whether more is to come in, whatever is shown so far."""
        return self.figure is not None and self.figure.provisional

    @property
    def provisional(self) -> bool:
        return self.open and self.value is not None

    @property
    def settled(self) -> float | None:
        """The value that limits and icons may use: None for a gap and for a provisional figure."""
        return None if self.provisional else self.value

    @property
    def name(self) -> str:
        return period_name(self.grain, self.period)

    @property
    def short(self) -> str:
        return period_short(self.grain, self.period)


@dataclass(frozen=True)
class Series:
    """A measure for an area, oldest reading first; `readings` may be empty before the first whole quarter.

    `rebased` has the positions from which limits start anew, with the reason.
    """

    measure: MeasureWords
    area: AreaWords
    grain: Grain
    readings: tuple[Reading, ...]
    rebased: tuple[tuple[int, str], ...] = ()

    @property
    def latest(self) -> Reading | None:
        return self.readings[-1] if self.readings else None


def series_of(contents: Contents, measure: MeasureWords, area: AreaWords) -> Series:
    """The last `months_on_a_chart` months, or as many quarters where a CCG's figures are published by quarter."""
    grain: Grain = "quarter" if area.kind == "ccg" and measure.ccg_grain == "quarter" else "month"
    readings = tuple(
        Reading(grain, period, contents.by_key.get((measure.id, area.code, grain, period, "all", "all")))
        for period in _periods(contents, grain)
    )
    return Series(measure, area, grain, readings, tuple(_rebased(contents, measure, area, readings)))


def _rebased(
    contents: Contents, measure: MeasureWords, area: AreaWords, readings: Sequence[Reading]
) -> Iterator[tuple[int, str]]:
    """A longer period belongs to the new limits when its first month does."""
    for entry in contents.context.rebased:
        if entry.measure == measure.id and entry.area in (None, area.code):
            anew = [n for n, r in enumerate(readings) if str(period_months(r.grain, r.period)[0]) >= entry.since]
            if anew and anew[0]:
                yield anew[0], entry.reason


def _periods(contents: Contents, grain: Grain) -> list[str]:
    months = list(months_between(Month.parse(contents.context.first_month), Month.parse(contents.period)))
    if grain == "quarter":
        # A quarter of which a month is before the first, or after the reporting month, is no quarter yet.
        whole = [m.quarter for m in months if m.ends_quarter and m - 2 >= months[0]]
        return whole[-contents.context.months_on_a_chart :]
    return [str(m) for m in months[-contents.context.months_on_a_chart :]]


def last_rolling_year(contents: Contents) -> str:
    """The last month of the latest rolling year that may be published: the latest quarter's end."""
    return str(latest_quarters_end(Month.parse(contents.period)))


def period_name(grain: str, period: str) -> str:
    """`April 2018`, `April to June 2018`, `12 months to March 2018`."""
    if grain == "quarter":
        first, _, last = quarter_months(period)
        return f"{first.name.split()[0]} to {last.name}"
    if grain == "rolling-12":
        return f"12 months to {Month.parse(period).name}"
    return Month.parse(period).name


def period_short(grain: str, period: str) -> str:
    """As written below a chart: `Apr 18`; a quarter by its last month."""
    month = quarter_months(period)[2] if grain == "quarter" else Month.parse(period)
    return f"{month.short_name[:3]} {month.year % 100:02d}"


def shown(measure: MeasureWords, number: str) -> str:
    """A printed number with its sign, `68%` or `£5,220` (whole pounds); the plain number for another unit."""
    if number and in_pounds(measure):
        return f"{'-' * number.startswith('-')}£{abs(float(number)):,.0f}"
    return f"{number}%" if number and in_percent(measure) else number


def in_percent(measure: MeasureWords) -> bool:
    return measure.scoring == "proportion" or measure.unit.casefold().startswith(("%", "percent", "per cent"))


def in_pounds(measure: MeasureWords) -> bool:
    return measure.unit.casefold() == "pounds"


def has_sign(measure: MeasureWords) -> bool:
    """Whether the value carries its unit as a sign."""
    return in_percent(measure) or in_pounds(measure)


def printed(reading: Reading, measure: MeasureWords, say: Wording) -> str:
    """What stands in the place of the figure: its value, or the word for why there is none."""
    if reading.figure is None or reading.value is None:
        return say(f"state.{reading.state}")
    return shown(measure, reading.figure.printed(reading.figure.value))


def counts(reading: Reading, measure: MeasureWords, say: Wording) -> str:
    """Numerator and denominator as printed; empty where there is no figure."""
    figure = reading.figure
    if figure is None or figure.state in {"not_submitted", "no_cases"}:
        return ""
    # A sum of percentages tells nobody anything.
    key = "counts.deaths" if measure.scoring == "mean" and in_percent(measure) else f"counts.{measure.scoring}"
    numerator, denominator = count_words(figure.numerator), count_words(figure.denominator)
    return say(key, numerator=numerator, denominator=denominator, unit=measure.unit)


def count_words(count: int | None) -> str:
    """A count as printed, or the symbol for one that is withheld."""
    return WITHHELD if count is None else f"{count:,}"


def interval(reading: Reading, measure: MeasureWords, key: str, say: Wording) -> str:
    """The 95 % interval as printed, filled into the sentence `key`; empty where there is none."""
    figure = reading.figure
    if reading.value is None or figure is None or figure.lower is None or figure.upper is None:
        return ""
    lower, upper = (shown(measure, figure.printed(limit)) for limit in (figure.lower, figure.upper))
    return say(key, lower=lower, upper=upper)
