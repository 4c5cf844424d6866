"""What a series of readings shows: which way it is going, and whether the target can be expected.

Owns the step from readings to a control chart and the reason when nothing can be judged. Promises that gaps and
provisional figures take no part, that the verdict is on the last reading before the provisional ones, that fewer than
twelve points are never judged, and that a run, and how often the target was met, are counted on the very points that the
chart draws. Never words anything.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from outcomes.scorecards.contents import MeasureWords
from outcomes.scorecards.series import Reading, Series
from outcomes.statistics.control_chart import Assurance, ControlChart, Improvement, Signal, control_chart
from outcomes.statistics.signals import Rule

Unjudged = Literal["not_enough", "provisional", "suppressed", "not_submitted", "no_cases", "too_few", "absent"]
Side = Literal["high", "low"]

# So many points in a row on one side of the mean are a shift, as in `control_chart`.
SHIFT = 7

IMPROVEMENT: dict[str, Improvement | None] = {
    "higher_is_better": "increase",
    "lower_is_better": "decrease",
    "neither": None,
}


@dataclass(frozen=True)
class Judgement:
    """The verdict on the last reading before those of which more is to come in.

    `chart` reaches to that reading, and is None below twelve points: then nothing is judged and no limits are drawn.
    `unjudged` says why there is no verdict, else None. `rule`, `side` and `run` (how many periods in a row, to the last)
    belong to a signal; `shift` is how many periods in a row lie on that side of the mean where that is a shift of its own,
    else 0; `start` is the position of the first reading of the longer of the two. `met` of `counted` points meet the target,
    where there is an assurance.
    """

    chart: ControlChart | None
    variation: Signal | None
    assurance: Assurance | None
    unjudged: Unjudged | None
    rule: Rule | None = None
    side: Side | None = None
    run: int = 0
    shift: int = 0
    start: int = 0
    met: int = 0
    counted: int = 0

    @property
    def until(self) -> int:
        """The position of the reading that the verdict is on; -1 where there is none."""
        return len(self.chart.points) - 1 if self.chart else -1


def judge(series: Series) -> Judgement:
    """The verdict on a series."""
    readings = series.readings
    while readings and readings[-1].open:
        readings = readings[:-1]
    values = [reading.settled for reading in readings]
    chart = _chart(series, values) if values else None
    if chart is None or chart.evidence == "not_enough_data":
        return Judgement(None, None, None, _no_value(series, readings) or "not_enough")
    last = chart.points[-1]
    met, counted = _met(chart, series.measure)
    if chart.variation is None or last.rule is None:
        unjudged = _no_value(series, readings)
        return Judgement(chart, chart.variation, chart.assurance, unjudged, met=met, counted=counted)
    side = _side(chart.variation, series.measure)
    run, beside = _run(chart, last.rule, side), _run(chart, "shift", side)
    shift = beside if beside >= SHIFT else 0
    start = len(values) - max(run, shift)
    return Judgement(chart, chart.variation, chart.assurance, None, last.rule, side, run, shift, start, met, counted)


def _chart(series: Series, values: Sequence[float | None]) -> ControlChart:
    return control_chart(
        values,
        IMPROVEMENT[series.measure.direction],
        series.measure.target,
        rebase_at=[position for position, _ in series.rebased if position < len(values)],
        rolling=series.grain == "rolling-12",
    )


def _met(chart: ControlChart, measure: MeasureWords) -> tuple[int, int]:
    """How many of the points meet the target, of how many; a point on the target meets it, whatever its last bit."""
    target, values = measure.target, [p.value for p in chart.points if p.value is not None]
    if chart.assurance is None or target is None:
        return 0, 0
    sign = 1 if measure.direction == "higher_is_better" else -1
    met = sum(sign * (v - target) >= 0 or math.isclose(v, target, rel_tol=1e-9) for v in values)
    return met, len(values)


def _no_value(series: Series, settled: Sequence[Reading]) -> Unjudged | None:
    if not settled:
        return "provisional" if series.readings else "absent"
    state = settled[-1].state
    return None if state == "shown" else state


def _side(signal: Signal, measure: MeasureWords) -> Side:
    if measure.direction == "neither":
        return "high" if signal == "high" else "low"
    return "high" if (signal == "improvement") == (measure.direction == "higher_is_better") else "low"


def _run(chart: ControlChart, rule: Rule, side: Side) -> int:
    """For how many periods in a row, back from the last, the rule's own condition holds."""
    if rule == "two_of_three":
        return 3
    sign = 1 if side == "high" else -1
    points = chart.points
    run = 0
    for position in range(len(points) - 1, -1, -1):
        value = points[position].value
        if value is None:
            break
        if rule == "trend":
            run += 1
            before = points[position - 1].value if position else None
            if before is None or sign * (value - before) <= 0:
                break
            continue
        bound = chart.mean if rule == "shift" else chart.upper if side == "high" else chart.lower
        if sign * (value - bound) <= 0:
            break
        run += 1
    return run
