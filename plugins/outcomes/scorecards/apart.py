"""How far figures lie apart: a difference as printed, and the range across the CCGs.

Owns the words of a difference, which say the side and need no sign. Promises that a range holds the printed ends and their
difference, and says how many have no figure and why. Never ranks what lies between.
"""

from collections import Counter
from collections.abc import Sequence

from outcomes.scorecards.contents import MeasureWords
from outcomes.scorecards.series import Reading, has_sign, in_percent, printed, shown
from outcomes.scorecards.wording import Wording


def beside(measure: MeasureWords, gap: float, decimals: int, say: Wording) -> str:
    """Where the most deprived stand beside the least, from the least minus the most: `10 points lower`."""
    told = difference_in_unit(measure, gap, decimals, say)
    return _side(told, gap, say) if _some(_difference(measure, gap, decimals)) else told


def between(measure: MeasureWords, limits: tuple[float, float], decimals: int, say: Wording) -> str:
    """The interval of that: `(2.0 to 11.4)`, and with the side of each end where zero lies between them."""
    ends = [_difference(measure, limit, decimals) for limit in limits]
    if limits[0] < 0 < limits[1]:
        ends = [_side(end, limit, say) if _some(end) else end for end, limit in zip(ends, limits, strict=True)]
    elif limits[1] <= 0:
        ends.reverse()
    return say("equity.likely", lower=ends[0], upper=ends[1])


def _side(told: str, gap: float, say: Wording) -> str:
    return say("equity.below" if gap > 0 else "equity.above", number=told)


def _some(number: str) -> bool:
    """Whether it is more than nothing, as printed."""
    return any(digit in "123456789" for digit in number)


def _difference(measure: MeasureWords, number: float, decimals: int) -> str:
    """How far apart, whichever way, without a unit but for pounds."""
    text = f"{abs(number):.{decimals}f}"
    return text if in_percent(measure) else shown(measure, text)


def difference_in_unit(measure: MeasureWords, number: float, decimals: int, say: Wording) -> str:
    """How far apart, whichever way: `10 points` of percentages, `1.3 days`, `£441`."""
    text = _difference(measure, number, decimals)
    if in_percent(measure):
        return say("equity.point" if text == "1" else "equity.points", number=text)
    return text if has_sign(measure) else say("equity.in_unit", number=text, unit=measure.unit)


def range_across(measure: MeasureWords, ccgs: Sequence[Reading], say: Wording) -> tuple[str, str, str]:
    """From the lowest to the highest CCG; how far apart they are; how many have no figure, and why."""
    states = Counter(r.state for r in ccgs if r.value is None)
    left = [say(f"equity.left_{state}", count=count) for state, count in states.items()]
    if not (values := _values(ccgs)):
        return "", "", "; ".join(left)
    low, high = min(values), max(values)
    decimals = max(r.figure.decimals for r in ccgs if r.figure)
    lowest, highest = (shown(measure, f"{value:.{decimals}f}") for value in (low, high))
    if len(values) == 1:
        return lowest, "", "; ".join(left)
    across = say("equity.across", lowest=lowest, highest=highest)
    apart = say("equity.apart", number=difference_in_unit(measure, high - low, decimals, say))
    return across, apart, "; ".join(left)


def place_in_range(measure: MeasureWords, own: Reading, ccgs: Sequence[Reading], say: Wording) -> str:
    """A CCG's own figure, and at which end of the range it lies, if there is one."""
    value, values = printed(own, measure, say), _values(ccgs)
    if own.figure is None or own.value is None or min(values) == max(values):
        return value
    ends = {min(values): "low", max(values): "high"}
    return say(f"equity.own_{ends.get(own.figure.value, 'between')}", value=value)  # type: ignore[arg-type]


def _values(ccgs: Sequence[Reading]) -> list[float]:
    """As printed, so that two that print alike lie at the same end."""
    return [r.figure.value for r in ccgs if r.figure and r.value is not None and r.figure.value is not None]
