"""Inequality between groups ordered by deprivation: the slope index, the relative index, and quantile groups.

Owns the weighted line through the groups and its simulated interval. Promises the figures of PHEindicatormethods 2.1.0
`phe_sii` (1e-6; its interval is simulated there too, so within 5 %) and, for the same seed, the very same interval
every time: seed it from the release. Never draws a random number without a seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from outcomes.statistics.formulas import Column, checked_confidence
from outcomes.statistics.intervals import Interval, finite, finite_count, is_known, positive

FEWEST_GROUPS = 5

Scale = Literal["linear", "log", "logit"]


@dataclass(frozen=True, slots=True)
class SlopeIndex:
    """The gap between the ends of the deprivation scale: `slope` in the values' unit, `relative` as a ratio."""

    slope: Interval
    relative: Interval


def slope_index_of_inequality(
    values: Sequence[float],
    standard_errors: Sequence[float],
    populations: Sequence[float],
    seed: int | str,
    *,
    confidence: float = 0.95,
    scale: Scale = "linear",
    repetitions: int = 100_000,
) -> SlopeIndex:
    """The modelled difference (and ratio) between the least and the most deprived person.

    One entry per group, from the most to the least deprived, five groups at least; `standard_errors` in the values' own
    unit. A line is fitted by least squares through the groups' midpoints on the scale of cumulative population, both
    sides scaled by √(population share); with `scale` "log" (rates) or "logit" (proportions, 0 to 1) through the
    transformed values, and turned back. The interval is that of the index over `repetitions` simulated sets of values;
    a whole number or a text (the release id) seeds it. The relative index is the line's value at the least deprived end
    over that at the most deprived, nan where the latter is 0. ValueError for nonsense.
    """
    checked_confidence(confidence)
    observed, errors, shares = _groups(values, standard_errors, populations)
    if repetitions < 1:
        raise ValueError("The number of repetitions must be at least 1.")
    forward, slope_of_forward, back = _scale(scale, observed)
    root = np.sqrt(shares)
    midpoints = np.cumsum(shares) - shares / 2
    line = np.linalg.pinv(np.column_stack([root, root * midpoints]))

    def ends(sets: Column) -> tuple[Column, Column]:
        intercept, slope = line @ (root[:, None] * sets)
        return back(intercept), back(intercept + slope)

    drawn = np.random.default_rng(_seed(seed)).standard_normal((repetitions, observed.size))
    centre, spread = forward(observed), errors * slope_of_forward(observed)
    most, least = ends(centre[:, None])
    simulated_most, simulated_least = ends((centre + drawn * spread).T)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    return SlopeIndex(
        slope=_simulated(least - most, simulated_least - simulated_most, tails),
        relative=_simulated(_ratio(least, most), _ratio(simulated_least, simulated_most), tails),
    )


def quantile_groups(values: Sequence[float | None], groups: int, highest_first: bool = False) -> tuple[int | None, ...]:
    """The group, 1 to `groups`, of each value: 1 has the lowest values, or the highest if `highest_first`.

    ⌊(q+1) − ⌈(n+1−rank)/(n/q)⌉⌋ of PHEindicatormethods `phe_quantile`; ties take the lowest rank. None (or nan) has no
    group, and none has one when there are fewer values than groups. ValueError for fewer than one group.
    """
    if groups < 1:
        raise ValueError("There must be at least one group to put values into.")
    known = sorted((v for v in values if is_known(v)), reverse=highest_first)
    count = len(known)
    if count < groups:
        return tuple(None for _ in values)
    rank: dict[float, int] = {}
    for position, value in enumerate(known, start=1):
        rank.setdefault(value, position)
    # Whole numbers throughout, so that no rounding moves a value over the edge of its group: ⌈a/b⌉ = −⌊−a/b⌋.
    return tuple(groups + 1 + (-(count + 1 - rank[v]) * groups // count) if is_known(v) else None for v in values)


def _groups(*given: Sequence[float]) -> tuple[Column, Column, Column]:
    values, errors, populations = given
    if not len(values) == len(errors) == len(populations):
        raise ValueError("Values, standard errors and populations must each have one entry per group.")
    if len(values) < FEWEST_GROUPS:
        raise ValueError("A slope index of inequality needs at least five groups.")
    people = np.array([positive(population, "population of a group") for population in populations])
    return (
        np.array([finite(value, "value of a group") for value in values]),
        np.array([finite_count(error, "standard error of a group") for error in errors]),
        people / people.sum(),
    )


def _scale(
    scale: str, values: Column
) -> tuple[Callable[[Column], Column], Callable[[Column], Column], Callable[[Column], Column]]:
    """The transformation of the values, its derivative (which carries the standard errors over) and its inverse."""
    if scale == "linear":
        return (lambda v: v), np.ones_like, (lambda v: v)
    if scale == "log":
        if (values <= 0).any():
            raise ValueError("On the log scale every group's value must be above 0.")
        return np.log, np.reciprocal, np.exp
    if scale == "logit":
        if ((values <= 0) | (values >= 1)).any():
            raise ValueError("On the logit scale every group's value must lie strictly between 0 and 1.")
        return (lambda v: np.log(v / (1 - v))), (lambda v: 1 / (v * (1 - v))), (lambda v: 1 / (1 + np.exp(-v)))
    raise ValueError("The scale of a slope index is 'linear', 'log' or 'logit'.")


def _seed(seed: int | str) -> int:
    if isinstance(seed, str):
        return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16])
    if seed < 0:
        raise ValueError("The seed must be a whole number of at least 0, or a text such as the release id.")
    return seed


def _ratio(least: Column, most: Column) -> Column:
    return np.divide(least, most, out=np.full_like(least, np.nan), where=most != 0)


def _simulated(index: Column, simulations: Column, tails: list[float]) -> Interval:
    lower, upper = np.quantile(simulations, tails)
    return Interval(float(index[0]), float(lower), float(upper), "simulated")
