"""Control charts (XmR) as NHS England's Making Data Count reads them: what changed, and whether it is real.

Owns segments, the words for a signal, and the two icons. Promises the verdicts of NHSRplotthedots 0.2.2, but not its
defects: where nothing moves, limits equal the mean and nothing is flagged; screening never removes every move there is;
a gap has no moving range across it. Never gives an icon on fewer than twelve points, and never knows about calendars:
the caller leaves out (as gaps) what is missing, withheld or provisional, and never charts a rolling average.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from outcomes.statistics.intervals import finite, is_known
from outcomes.statistics.signals import Finding, Rule, find_signals
from outcomes.statistics.xmr import Limits, compare, limits_of

FEWEST_POINTS = 12
FEWEST_SETTLED = 13
LARGEST_VALUE = 1e100

Improvement = Literal["increase", "decrease"]
Signal = Literal["common_cause", "improvement", "concern", "high", "low"]
Assurance = Literal["pass", "fail", "hit_or_miss"]
Evidence = Literal["not_enough_data", "trial_limits", "settled"]


@dataclass(frozen=True, slots=True)
class Point:
    """One value with the limits it is judged against; a gap has neither value nor signal, but its segment's limits."""

    value: float | None
    mean: float
    lower: float
    upper: float
    signal: Signal | None
    rule: Rule | None
    segment: int


@dataclass(frozen=True, slots=True)
class ControlChart:
    """The chart; mean and limits are those of the last segment (nan when it has no points).

    `variation` and `assurance` are the two icons, None where there is none. `evidence` is what a page must say beside
    them: "not_enough_data" (below twelve points, no icons), "trial_limits" (the limits rest on fewer than thirteen).
    """

    points: tuple[Point, ...]
    mean: float
    lower: float
    upper: float
    variation: Signal | None
    assurance: Assurance | None
    evidence: Evidence
    gaps: int


def control_chart(
    values: Sequence[float | None],
    improvement: Improvement | None = None,
    target: float | None = None,
    baseline_points: int | None = None,
    rebase_at: Iterable[int] = (),
    screen: bool = True,
    *,
    shift_points: int = 7,
    trend_points: int = 7,
    rolling: bool = False,
) -> ControlChart:
    """An XmR chart of the values in order of time; None (or nan, as numpy writes it) is a gap.

    `baseline_points`: limits from each segment's first so many points, twelve at least; later points are judged against
    them. `rebase_at`: the positions, counted from 0, of the first value of each new segment; no rule crosses segments.
    `screen`: leave moving ranges of 3.267 times their mean or more out of the limits, once. `shift_points` and
    `trend_points`: 7 by default, 8 and 6 in older guides. `rolling` says that the values are of periods that overlap: each
    then moves little from the one before, every rule cries wolf, and the series is refused. ValueError for that, for
    infinite values and for other nonsense.
    """
    if rolling:
        raise ValueError("A rolling series is not for a control chart: its values share most of their months.")
    if improvement is not None and improvement not in get_args(Improvement):
        raise ValueError("The improvement must be 'increase', 'decrease' or None (neither is better).")
    aim = None if target is None else finite(target, "target")
    if baseline_points is not None and not baseline_points >= FEWEST_POINTS:
        raise ValueError("Limits cannot be fixed after fewer than 12 points.")
    if shift_points < 2 or trend_points < 2:
        raise ValueError("A shift and a trend need at least two points each.")
    series = [_observed(value) for value in values]
    points: list[Point] = []
    limits = limits_of([], None, screen)
    edges = [0, *_starts(rebase_at, len(series)), len(series)]
    for number, (start, end) in enumerate(pairwise(edges)):
        segment = series[start:end]
        limits = limits_of(segment, baseline_points, screen)
        findings = find_signals(segment, limits, shift_points, trend_points)
        points += [_point(v, limits, f, improvement, number) for v, f in zip(segment, findings, strict=True)]
    observed = sum(value is not None for value in series)
    latest = sum(value is not None for value in series[edges[-2] :])
    shown = observed >= FEWEST_POINTS and series[-1] is not None
    # Assurance is read off the last segment's limits alone, so that segment must have the twelve points by itself.
    assured = shown and latest >= FEWEST_POINTS
    return ControlChart(
        points=tuple(points),
        mean=limits.mean,
        lower=limits.lower,
        upper=limits.upper,
        variation=points[-1].signal if shown else None,
        assurance=_assurance(limits, improvement, aim) if assured else None,
        evidence=_evidence(observed, limits.basis),
        gaps=len(series) - observed,
    )


def _observed(value: float | None) -> float | None:
    if not is_known(value):
        return None
    number = finite(value, "value of a point")
    if abs(number) > LARGEST_VALUE:
        raise ValueError("A point's value is too large for a chart: check its unit.")
    return number


def _starts(rebase_at: Iterable[int], count: int) -> list[int]:
    starts = sorted(set(rebase_at))
    if any(not 0 <= start < count for start in starts):
        raise ValueError("A position to rebase at lies outside the series; positions are counted from 0.")
    return [start for start in starts if start]


def _point(
    value: float | None, limits: Limits, finding: Finding | None, improvement: Improvement | None, segment: int
) -> Point:
    signal: Signal | None = None
    if value is not None:
        signal = _signal(finding.side, improvement) if finding else "common_cause"
    rule = finding.rule if finding else None
    return Point(value, limits.mean, limits.lower, limits.upper, signal, rule, segment)


def _signal(side: int, improvement: Improvement | None) -> Signal:
    if improvement is None:
        return "high" if side > 0 else "low"
    return "improvement" if (side > 0) == (improvement == "increase") else "concern"


def _assurance(limits: Limits, improvement: Improvement | None, target: float | None) -> Assurance | None:
    if improvement is None or target is None:
        return None
    tolerance = max(limits.tolerance, 1e-12 * abs(target))
    if compare(target, limits.upper, tolerance) > 0:
        return "fail" if improvement == "increase" else "pass"
    if compare(target, limits.lower, tolerance) < 0:
        return "pass" if improvement == "increase" else "fail"
    return "hit_or_miss"


def _evidence(observed: int, basis: int) -> Evidence:
    if observed < FEWEST_POINTS:
        return "not_enough_data"
    return "trial_limits" if basis < FEWEST_SETTLED else "settled"
