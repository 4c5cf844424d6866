"""The arithmetic that every released figure has to pass, whoever prints it.

Owns the rules of figures.csv: counts are rounded or withheld, a withheld one has nothing derived, and what is derived
follows from the printed counts. Promises to recompute it with the public formulas. Never trusts a figure for its looks: a
value that could only come from exact counts is a leak.
"""

import math
from collections.abc import Iterable, Iterator
from functools import cache

from outcomes.auditing.edition import Measure
from outcomes.auditing.leak import Leak
from outcomes.auditing.tables import COUNTS, DERIVED, Figure
from outcomes.disclosure.gate import DECIMALS_FROM, ROUNDED_TO, SMALLEST_BASE, SMALLEST_SHOWN
from outcomes.disclosure.released import WITHHELD
from outcomes.statistics import Interval, proportion_interval, rate_interval

# A printed number may be half a unit of its last decimal away from what it stands for.
_SLACK = 1e-9
_SMALLEST_PRINTED = -(-SMALLEST_SHOWN // ROUNDED_TO) * ROUNDED_TO


def figure_leaks(file: str, figures: Iterable[Figure], measures: dict[str, Measure]) -> Iterator[Leak]:
    """What is wrong with each figure: the first thing of each."""
    for figure in figures:
        measure = measures.get(figure.measure)
        if measure is None:
            yield Leak(file, figure.name, "is of a measure that figures.json does not name")
        elif wrong := next(_wrong(figure, measure), None):
            yield Leak(file, figure.name, wrong)


def _wrong(figure: Figure, measure: Measure) -> Iterator[str]:
    yield from _wrong_counts(figure)
    yield from _wrong_state(figure, measure)
    if figure.value or figure.lower or figure.upper:
        yield from _wrong_value(figure, measure)


def _wrong_counts(figure: Figure) -> Iterator[str]:
    for column in COUNTS:
        count = figure.count(column)
        if not math.isnan(count) and count and (count % ROUNDED_TO or count < _SMALLEST_PRINTED):
            yield f"the {column} is neither 0, nor a multiple of {ROUNDED_TO} from {_SMALLEST_PRINTED} on, nor {WITHHELD}"


def _wrong_state(figure: Figure, measure: Measure) -> Iterator[str]:
    denominator, numerator = figure.denominator, figure.numerator
    derived = any(getattr(figure, column) for column in DERIVED)
    fits = {
        "shown": math.isfinite(figure.count("numerator")) and figure.count("denominator") > 0,
        "suppressed": numerator == WITHHELD and denominator not in ("", "0"),
        "not_submitted": not numerator and not denominator,
        "no_cases": numerator == denominator == "0",
    }
    if not fits[figure.state]:
        yield f"the counts are not those of a figure that is {figure.state.replace('_', ' ')}"
    if figure.state != "shown" and derived:
        yield "there is a value or an interval although the counts are not shown"
    if measure.scoring == "proportion" and figure.count("numerator") > figure.count("denominator"):
        yield "the numerator is above the denominator"


def _wrong_value(figure: Figure, measure: Measure) -> Iterator[str]:
    denominator = figure.count("denominator")
    if not denominator >= SMALLEST_BASE:
        yield f"there is a value or an interval although the denominator is below {SMALLEST_BASE}"
        return
    if not figure.value or bool(figure.lower) > bool(figure.upper):
        yield "there is an interval without its value, or a lower limit without an upper"
        return
    decimals = decimals_of(measure.scoring, denominator)
    printed = [getattr(figure, column) for column in DERIVED]
    if any(text and len(text.partition(".")[2]) != decimals for text in printed):
        yield "the value or the interval has other decimals than its denominator allows"
        return
    unit = 10**-decimals
    if abs(float(figure.value) - measure.per * figure.ratio) > unit / 2 + _SLACK:
        yield "the value does not follow from the printed counts"
    if measure.scoring == "mean":
        yield from _wrong_mean(figure, unit)
        return
    exact = interval_of(measure.scoring, figure.count("numerator"), denominator)
    for column in ("lower", "upper"):
        text, limit = getattr(figure, column), measure.per * getattr(exact, column)
        if math.isnan(limit) != (not text) or (text and abs(float(text) - limit) > unit / 2 + _SLACK):
            yield "the interval does not follow from the printed counts"


def _wrong_mean(figure: Figure, unit: float) -> Iterator[str]:
    """Its spread is not printed: all that can be told is that the limits lie evenly around the counts' ratio."""
    if not figure.lower:
        return
    if not figure.upper:
        yield "there is a lower limit without an upper"
    elif abs(float(figure.lower) + float(figure.upper) - 2 * figure.ratio) > unit + _SLACK:
        yield "the interval does not lie evenly around the value"


def decimals_of(scoring: str, denominator: float) -> int:
    """How many decimals a value has."""
    if scoring == "proportion":
        return 1 if denominator >= DECIMALS_FROM else 0
    return 2 if scoring == "rate" else 1


@cache
def interval_of(scoring: str, numerator: float, denominator: float) -> Interval:
    """The 95 % interval of printed counts, in natural units."""
    return (proportion_interval if scoring == "proportion" else rate_interval)(numerator, denominator)
