"""How far figures lie apart: a difference as printed, and the range across the CCGs.

Owns the words of a difference. Promises that a range holds the printed ends and their difference, and says how many have no
figure and why. Never ranks what lies between.
"""

from collections import Counter
from collections.abc import Sequence

from outcomes.scorecards.contents import MeasureWords
from outcomes.scorecards.series import Reading, has_sign, in_percent, printed, shown
from outcomes.scorecards.wording import Wording


def difference(measure: MeasureWords, number: float, decimals: int) -> str:
    """A difference without its unit, except for pounds; never minus zero."""
    text = f"{round(number, decimals) + 0.0:.{decimals}f}"
    return text if in_percent(measure) else shown(measure, text)


def difference_in_unit(measure: MeasureWords, number: float, decimals: int, say: Wording) -> str:
    """`10 points` of percentages, `1.3 days`, `£441`."""
    text = difference(measure, number, decimals)
    if in_percent(measure):
        return say("equity.point" if text.lstrip("-") == "1" else "equity.points", number=text)
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
    return across, difference_in_unit(measure, high - low, decimals, say), "; ".join(left)


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
