"""Funnels: how far an area may lie from the benchmark by chance alone, at 95 % and at 99.8 %.

Owns the funnel's limits and the verdict on one area. Promises the figures of PHEindicatormethods 2.1.0 and strict
inequalities: a point on a limit is not beyond it. Never ranks areas.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from outcomes.statistics.formulas import EXACT_BELOW_EVENTS, count_limits, critical_value, exact_limits
from outcomes.statistics.intervals import finite_count, positive

WARNING, ALARM = 0.95, 0.998

FunnelVerdict = Literal[
    "Low (0.001)", "Low (0.025)", "Not significant", "High (0.025)", "High (0.001)", "Not applicable"
]

_VERDICTS: tuple[tuple[float, FunnelVerdict, FunnelVerdict], ...] = (
    (ALARM, "Low (0.001)", "High (0.001)"),
    (WARNING, "Low (0.025)", "High (0.025)"),
)


@dataclass(frozen=True, slots=True)
class FunnelLimits:
    """The limits at one denominator, in the benchmark's unit."""

    denominator: float
    lower_95: float
    upper_95: float
    lower_998: float
    upper_998: float


def funnel_limits(
    benchmark: float, denominators: Iterable[float], kind: Literal["proportion", "ratio"] = "proportion"
) -> tuple[FunnelLimits, ...]:
    """Limits around the benchmark at each denominator, in the order given.

    `proportion`: benchmark in 0 to 1 (pooled numerators over pooled denominators), limits p ∓ z√(p(1−p)/n) clipped to
    0 to 1. `ratio`: benchmark in events per unit of denominator, limits where so many events would just be significant
    against the benchmark × denominator events that are expected (the curve of `expected_events_limits`, read at the
    expected instead of the observed events). ValueError for a benchmark or denominators that cannot be.
    """
    centre = _benchmark(benchmark, kind)
    sizes = [positive(denominator, "denominator") for denominator in denominators]
    limits = _proportion_limits if kind == "proportion" else _ratio_limits
    return tuple(FunnelLimits(n, *limits(centre, n, WARNING), *limits(centre, n, ALARM)) for n in sizes)


def funnel_verdict(
    numerator: float,
    denominator: float,
    benchmark: float,
    kind: Literal["proportion", "ratio", "rate"] = "proportion",
) -> FunnelVerdict:
    """Whether an area is beyond the 99.8 % limit (0.001 on each side), the 95 % limit (0.025) or neither.

    `proportion` and `ratio` judge against `funnel_limits`; `rate` asks whether the exact or Byar interval of the area's
    own rate excludes the benchmark, and is not applicable below ten events. ValueError for nonsense.
    """
    centre = _benchmark(benchmark, kind)
    x, n = finite_count(numerator, "numerator"), positive(denominator, "denominator")
    if kind == "proportion" and x > n:
        raise ValueError("The numerator is above its denominator: a proportion counts some of the denominator's cases.")
    if kind == "rate" and x < EXACT_BELOW_EVENTS:
        return "Not applicable"
    for confidence, low, high in _VERDICTS:
        side = _beyond(x, n, centre, kind, confidence)
        if side:
            return low if side < 0 else high
    return "Not significant"


def expected_events_limits(observed: float, confidence: float = WARNING) -> tuple[float, float]:
    """The fewest and the most expected events that chance still reconciles with so many observed.

    χ²(p, 2O)/2 and χ²(1−p, 2O+2)/2 with p one tail, the exact Poisson limits of the observed count. With fewer expected
    the observed are significantly many; with more expected, significantly few.
    """
    fewest, most = exact_limits(np.array([finite_count(observed, "number of events")]), confidence)
    return float(fewest[0]), float(most[0])


def _benchmark(benchmark: float, kind: str) -> float:
    if kind not in ("proportion", "ratio", "rate"):
        raise ValueError("The kind of a funnel is 'proportion' or 'ratio' (a verdict may also be on a 'rate').")
    if kind != "proportion":
        return positive(benchmark, "benchmark")
    centre = finite_count(benchmark, "benchmark")
    if centre > 1:
        raise ValueError("The benchmark of a proportion must lie in 0 to 1: write 0.6 for 60 %.")
    return centre


def _beyond(x: float, n: float, benchmark: float, kind: str, confidence: float) -> int:
    """-1 when the area is significantly low, 1 when significantly high, 0 when chance explains it."""
    if kind == "proportion":
        lower, upper = _proportion_limits(benchmark, n, confidence)
        return (x / n > upper) - (x / n < lower)
    limits = exact_limits if kind == "ratio" else count_limits
    fewest, most = limits(np.array([x]), confidence)
    return int(benchmark * n < fewest[0]) - int(benchmark * n > most[0])


def _proportion_limits(benchmark: float, n: float, confidence: float) -> tuple[float, float]:
    half = critical_value(confidence) * math.sqrt(benchmark * (1 - benchmark) / n)
    return max(0.0, benchmark - half), min(1.0, benchmark + half)


def _ratio_limits(benchmark: float, n: float, confidence: float) -> tuple[float, float]:
    from scipy.special import gdtrib

    expected, tail = benchmark * n, (1 - confidence) / 2
    # The observed count O for which χ²(1−p, 2O+2)/2, or χ²(p, 2O)/2, is just the expected one: gdtrib finds the shape of a
    # gamma distribution from a quantile. Where even no event at all is not significantly few, there is nothing below.
    low = max(0.0, float(gdtrib(1, 1 - tail, expected)) - 1)
    return low / n, float(gdtrib(1, tail, expected)) / n
