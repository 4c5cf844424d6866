"""Confidence intervals of many figures at once, on numpy columns: what `computing` uses.

Owns the checks of whole columns. Promises the numbers of `intervals`, figure by figure; nan in is nan out, and an empty
denominator has nan for value and limits (no cases). Never lets nonsense pass in the crowd: one bad row is a ValueError
that says which row, but not what is in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outcomes.statistics.formulas import Column, checked_confidence, count_limits, student_limits, wilson_limits

Intervals = tuple[Column, Column, Column]


def proportion_intervals(numerators: ArrayLike, denominators: ArrayLike, confidence: float = 0.95) -> Intervals:
    """Values, lower and upper Wilson limits in 0 to 1, as `proportion_interval` gives them one by one."""
    checked_confidence(confidence)
    x, n = _columns(numerators=numerators, denominators=denominators)
    _refuse(x < 0, "The numerator is negative")
    _refuse(n < 0, "The denominator is negative")
    _refuse(x > n, "The numerator is above its denominator")
    known = (n > 0) & ~np.isnan(x)
    lower, upper = wilson_limits(x[known], n[known], confidence)
    return _filled(known, x[known] / n[known], lower, upper)


def rate_intervals(events: ArrayLike, populations: ArrayLike, confidence: float = 0.95) -> Intervals:
    """Values, lower and upper limits in events per unit of population, as `rate_interval` gives them one by one.

    A population of 0 without events is nan; with events it is nonsense.
    """
    checked_confidence(confidence)
    x, n = _columns(events=events, populations=populations)
    _refuse(x < 0, "The number of events is negative")
    _refuse(n < 0, "The population is negative")
    _refuse((n == 0) & (x > 0), "There are events but no population")
    known = (n > 0) & ~np.isnan(x)
    lower, upper = count_limits(x[known], confidence)
    return _filled(known, x[known] / n[known], lower / n[known], upper / n[known])


def mean_intervals(
    counts: ArrayLike, means: ArrayLike, standard_deviations: ArrayLike, confidence: float = 0.95
) -> Intervals:
    """Values, lower and upper Student's t limits, as `mean_interval_from_moments` gives them one by one.

    A count of 0 has no value; a count of 1, or a standard deviation of nan, a value without limits.
    """
    checked_confidence(confidence)
    n, mean, deviation = _columns(counts=counts, means=means, standard_deviations=standard_deviations)
    _refuse(n < 0, "The number of values is negative")
    _refuse(n != np.floor(n), "The number of values is not whole", unless=np.isnan(n))
    _refuse((deviation < 0) & (n > 1), "The standard deviation is negative")
    known = (n > 0) & ~np.isnan(mean)
    lower, upper = student_limits(n[known], mean[known], deviation[known], confidence)
    return _filled(known, mean[known], lower, upper)


def _columns(**given: ArrayLike) -> tuple[Column, ...]:
    columns = []
    for name, values in given.items():
        try:
            column = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"The {name.replace('_', ' ')} are not a column of numbers.") from None
        if column.ndim != 1:
            raise ValueError(f"The {name.replace('_', ' ')} must be one column.")
        _refuse(np.isinf(column), f"One of the {name.replace('_', ' ')} is infinite")
        columns.append(column)
    if len({column.size for column in columns}) > 1:
        raise ValueError(f"The {' and '.join(given).replace('_', ' ')} must be columns of the same length.")
    return tuple(columns)


def _refuse(nonsense: NDArray[np.bool_], what: str, unless: NDArray[np.bool_] | None = None) -> None:
    rows = np.flatnonzero(nonsense if unless is None else nonsense & ~unless)
    if rows.size:
        raise ValueError(
            f"{what} in row {rows[0]} (counted from 0), and in {rows.size} of {nonsense.size} rows in all."
        )


def _filled(known: NDArray[np.bool_], *parts: Column) -> Intervals:
    whole = np.full((3, known.size), np.nan)
    for row, part in zip(whole, parts, strict=True):
        row[known] = part
    return whole[0], whole[1], whole[2]
