"""The gate: which figures go out, and what of them.

Owns the rules that every figure meets: counts of 1 to 7 are withheld, all others rounded to 5, totals on their own, and
everything derived follows from the rounded counts. Promises that nothing passes unjudged. Never looks at a record.

The rules follow the HES analysis guide of NHS Digital (September 2018): sub-national counts of 1 to 7 are suppressed, all
other counts rounded to the nearest 5.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from outcomes.disclosure.released import Key, ReleasedFigure, ReleasedState
from outcomes.errors import SafetyRefusal
from outcomes.statistics import mean_interval_from_moments, proportion_interval, rate_interval

SMALLEST_SHOWN = 8
ROUNDED_TO = 5
# Rolling years overlap: where one falls from just above 7 to 7 or less, both together would tell. So theirs are shown from:
SMALLEST_SHOWN_ROLLING = 13
# A value or an interval is given only from this rounded denominator on.
SMALLEST_BASE = 20
# Percentages have no decimals below this rounded denominator.
DECIMALS_FROM = 4000
# The standard deviation behind a mean's interval is let out to so many significant digits.
SPREAD_DIGITS = 2

Scoring = Literal["proportion", "rate", "mean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A figure that may go out: exact and sensitive. `spread` only for a mean; `state` as computed.

    `provisional` where not all is final, or more is expected to come in.
    """

    measure: str
    area: str
    grain: str
    period: str
    stratum: str
    stratum_value: str
    measure_version: int
    scoring: Scoring
    denominator: int | None
    numerator: float | None
    spread: float | None
    state: str
    provisional: bool
    missing: str


def let_out(candidates: Iterable[Candidate], withheld: Mapping[Key, bool]) -> list[ReleasedFigure]:
    """Judge every candidate; gives one released figure for each, sorted.

    `withheld` has every key under which a count is withheld whatever it is, and whether the denominator is among them.
    Raises SafetyRefusal, and lets nothing out, when a candidate makes no sense.
    """
    released: dict[Key, ReleasedFigure] = {}
    for candidate in candidates:
        figure = _judged(candidate)
        if figure.key in released:
            raise _refusal(candidate, "came to the gate twice")
        if figure.key in withheld and figure.state != "not_submitted":
            hidden = withheld[figure.key] or not figure.denominator
            figure = _figure(candidate, state="suppressed", denominator=None if hidden else figure.denominator)
        released[figure.key] = figure
    return sorted(released.values(), key=lambda f: f.key)


def rounded(count: float) -> int:
    """The nearest multiple of 5; halves up."""
    return ROUNDED_TO * math.floor(count / ROUNDED_TO + 0.5)


def sensitive(count: float) -> bool:
    """Whether a count of 1 to 7 has to be withheld."""
    return 0 < count < SMALLEST_SHOWN


def _too_small(c: Candidate, count: float) -> bool:
    """Whether a count is withheld for its size."""
    return 0 < count < (SMALLEST_SHOWN_ROLLING if c.grain == "rolling-12" else SMALLEST_SHOWN)


# The attack asks again and again, and the preview of several months for each of them.
@lru_cache(maxsize=1 << 15)
def _judged(c: Candidate) -> ReleasedFigure:
    if c.state == "not_submitted":
        return _figure(c, state="not_submitted")
    if c.denominator is None or c.numerator is None or not _sensible(c, c.denominator, c.numerator):
        raise _refusal(c, "has no sensible counts")
    if c.state == "no_cases":
        return _figure(c, state="no_cases", denominator=0, numerator=0)
    if _too_small(c, c.denominator):
        return _figure(c, state="suppressed")
    denominator = rounded(c.denominator)
    if _too_small(c, c.numerator) or _difference_shows(c, denominator):
        return _figure(c, state="suppressed", denominator=denominator)
    return _figure(c, state="shown", denominator=denominator, numerator=rounded(c.numerator))


def _sensible(c: Candidate, denominator: int, numerator: float) -> bool:
    if not math.isfinite(numerator) or numerator < 0 or (c.scoring == "proportion" and numerator > denominator):
        return False
    if c.state == "no_cases":
        return denominator == 0 and numerator == 0
    return c.state in ("counted", "provisional") and denominator > 0


def _refusal(c: Candidate, why: str) -> SafetyRefusal:
    return SafetyRefusal(
        f"The figure {c.measure} {c.area} {c.period} {why}, so nothing was released: "
        "compute again, and look at the measure if that does not help."
    )


def _difference_shows(c: Candidate, denominator: int) -> bool:
    """Whether the two rounded counts would narrow a difference of 1 to 7 people: not all of 1 to 7 could be true."""
    if c.scoring != "proportion" or c.denominator is None or c.numerator is None:
        return False
    if not sensitive(c.denominator - c.numerator):
        return False
    # A reader knows that a printed r stands for r - 2 to r + 2, and for 8 at least.
    numerator, within = rounded(c.numerator), ROUNDED_TO // 2
    most = denominator + within - max(SMALLEST_SHOWN, numerator - within)
    fewest = max(SMALLEST_SHOWN, denominator - within) - (numerator + within)
    return fewest > 1 or most < SMALLEST_SHOWN - 1


def _figure(
    c: Candidate,
    *,
    state: ReleasedState,
    denominator: int | None = None,
    numerator: int | None = None,
) -> ReleasedFigure:
    decimals, per = _printing(c.scoring, denominator)
    value = lower = upper = None
    if numerator is not None and denominator is not None and denominator >= SMALLEST_BASE:
        value, lower, upper = (
            None if math.isnan(number) else round(per * number, decimals)
            for number in _interval(c.scoring, numerator, denominator, c.spread)
        )
    return ReleasedFigure(
        measure=c.measure,
        area=c.area,
        grain=c.grain,
        period=c.period,
        stratum=c.stratum,
        stratum_value=c.stratum_value,
        measure_version=c.measure_version,
        state=state,
        denominator=denominator,
        numerator=numerator,
        value=value,
        lower=lower,
        upper=upper,
        decimals=decimals,
        per=per,
        provisional=c.provisional,
        missing=c.missing,
    )


def _printing(scoring: Scoring, denominator: int | None) -> tuple[int, int]:
    """Decimals printed, and the factor from a ratio to the printed unit."""
    if scoring == "proportion":
        return (1 if denominator and denominator >= DECIMALS_FROM else 0), 100
    return (2 if scoring == "rate" else 1), 1


# Rounded counts come again and again, in a month and from month to month.
@lru_cache(maxsize=1 << 16)
def _interval(scoring: Scoring, numerator: int, denominator: int, spread: float | None) -> tuple[float, float, float]:
    """Value and 95 % limits from released counts only, in natural units; nan where there is no limit."""
    if scoring == "proportion":
        interval = proportion_interval(numerator, denominator)
    elif scoring == "rate":
        interval = rate_interval(numerator, denominator)
    elif spread is None or math.isnan(spread):
        return numerator / denominator, math.nan, math.nan
    else:
        interval = mean_interval_from_moments(denominator, numerator / denominator, _significant(spread))
    return interval.value, interval.lower, interval.upper


def _significant(number: float) -> float:
    return float(f"{number:.{SPREAD_DIGITS}g}")
