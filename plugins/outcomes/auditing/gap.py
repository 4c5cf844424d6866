"""What a table of equity may say: the gap, and the range across the CCGs, worked out from printed figures.

Owns that arithmetic. Promises that rounded counts and printed limits alone enter it. Never looks at a page.
"""

import math
from collections.abc import Sequence
from functools import cache

from outcomes.auditing.counts import decimals_of
from outcomes.auditing.edition import Measure
from outcomes.auditing.tables import Figure
from outcomes.statistics import QUINTILES, Interval, Quintile, deprivation_gap
from outcomes.statistics.deprivation import error_of_percentage, error_of_printed_mean, error_of_rate

QUINTILE = "deprivation_quintile"


def gap(measure: Measure, fifths: Sequence[Figure | None], stp: Figure | None) -> set[str]:
    """The slope index of inequality with its limits, as printed: words say which side. Empty where a group has no figure."""
    interval = _gap(measure, tuple(fifths))
    if interval is None:
        return set()
    decimals = _decimals(measure, stp)
    numbers = [f"{round(n, decimals) + 0.0:.{decimals}f}" for n in (interval.value, interval.lower, interval.upper)]
    return {_difference(measure, number.removeprefix("-")) for number in numbers}


def across(measure: Measure, ccgs: Sequence[Figure | None]) -> set[str]:
    """The lowest and the highest of the CCGs, and how far they are apart, as printed."""
    values = [float(f.value) for f in ccgs if f is not None and f.value]
    if not values:
        return set()
    decimals = max(_decimals(measure, f) for f in ccgs if f is not None)
    ends = {measure.shown(f"{value:.{decimals}f}") for value in (min(values), max(values))}
    return ends | {_difference(measure, f"{max(values) - min(values):.{decimals}f}")}


def _decimals(measure: Measure, figure: Figure | None) -> int:
    if figure is None:
        return 0
    denominator = figure.count("denominator")
    return decimals_of(measure.scoring, 0.0 if math.isnan(denominator) else denominator)


def _difference(measure: Measure, number: str) -> str:
    """A difference of percentages is in points, without a sign."""
    return number if measure.in_percent else measure.shown(number)


@cache
def _gap(measure: Measure, fifths: tuple[Figure | None, ...]) -> Interval | None:
    groups, name = {}, ""
    for quintile, figure in zip(QUINTILES, fifths, strict=True):
        value = measure.plotted(figure)
        if figure is not None and value is not None:
            groups[quintile] = Quintile(value, _error(measure, figure), figure.count("denominator"))
            # The simulated interval is seeded by what it is about.
            name = f"{figure.measure} {figure.period}"
    return deprivation_gap(groups, name)


def _error(measure: Measure, figure: Figure) -> float:
    numerator, denominator = figure.count("numerator"), figure.count("denominator")
    if measure.scoring == "proportion":
        return error_of_percentage(numerator, denominator)
    if measure.scoring == "rate":
        return error_of_rate(numerator, denominator)
    return error_of_printed_mean(float(figure.lower), float(figure.upper), denominator) if figure.lower else math.nan
