"""The slope index of inequality from what was let out.

Owns the standard error of a released figure. Promises that nothing but rounded counts and printed limits enters, and the
same interval every time. Never looks at an exact figure.
"""

import math
from functools import lru_cache

from outcomes.disclosure.released import ReleasedFigure
from outcomes.statistics import QUINTILES, Interval, Quintile, deprivation_gap
from outcomes.statistics.deprivation import error_of_percentage, error_of_printed_mean, error_of_rate


# Kept, as each of the seven scorecards tells the same gaps on paper and on the screen.
@lru_cache(maxsize=256)
def released_slope(scoring: str, fifths: tuple[ReleasedFigure | None, ...]) -> Interval | None:
    """The modelled least minus the most deprived person, from the quintiles' figures, 1 to 5, of one measure and year.

    None where a quintile has no figure, or none with an interval.
    """
    quintiles, name = {}, ""
    for number, figure in zip(QUINTILES, fifths, strict=True):
        if figure is not None and figure.plotted is not None and figure.denominator is not None:
            quintiles[number] = Quintile(figure.plotted, _error(scoring, figure), figure.denominator)
            name = f"{figure.measure} {figure.period}"
    return deprivation_gap(quintiles, name)


def _error(scoring: str, figure: ReleasedFigure) -> float:
    """From the rounded counts; a mean's from its printed interval, as the deviation itself is not let out."""
    numerator, denominator = figure.numerator or 0, figure.denominator or 0
    if scoring == "proportion":
        return error_of_percentage(numerator, denominator)
    if scoring == "rate":
        return error_of_rate(numerator, denominator)
    if figure.lower is None or figure.upper is None:
        return math.nan
    return error_of_printed_mean(figure.lower, figure.upper, denominator)
