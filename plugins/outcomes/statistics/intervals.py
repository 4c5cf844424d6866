"""Confidence intervals of one figure: a proportion, a rate, a mean.

Owns `Interval` and the checks of a single figure's input. Promises limits in natural units (a proportion in 0 to 1,
events per unit of population, the values' own unit), nan where there is no limit, and a ValueError for nonsense. Never
answers for an empty denominator: no cases is a state of its own, not 0 %. Many figures at once: `columns`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeGuard

import numpy as np

from outcomes.statistics.formulas import (
    EXACT_BELOW_EVENTS,
    Column,
    Limits,
    checked_confidence,
    count_limits,
    student_limits,
    wilson_limits,
)

Method = Literal["wilson", "exact", "byar", "student-t", "dobson", "simulated"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its limits in natural units, nan where there is none, and how the limits were made."""

    value: float
    lower: float
    upper: float
    method: Method


def proportion_interval(numerator: float, denominator: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of numerator/denominator, in 0 to 1 (PHEindicatormethods `phe_proportion`).

    ValueError for a negative or non-finite count, a denominator of 0 (no cases: there is no proportion) or a numerator
    above its denominator.
    """
    checked_confidence(confidence)
    x, n = finite_count(numerator, "numerator"), positive(denominator, "denominator")
    if x > n:
        raise ValueError("The numerator is above its denominator: a proportion counts some of the denominator's cases.")
    return _interval(x / n, wilson_limits(_column(x), _column(n), confidence), "wilson")


def rate_interval(events: float, population: float, confidence: float = 0.95) -> Interval:
    """Events per unit of population with exact Poisson limits below ten events, Byar's from ten (`phe_rate`).

    There may be more events than people. ValueError for negative or non-finite events and a population not above 0.
    """
    checked_confidence(confidence)
    x, n = finite_count(events, "number of events"), positive(population, "population")
    lower, upper = count_limits(_column(x), confidence)
    return _interval(x / n, (lower / n, upper / n), "exact" if x < EXACT_BELOW_EVENTS else "byar")


def mean_interval(values: Iterable[float], confidence: float = 0.95) -> Interval:
    """Mean of the values with Student's t limits (`phe_mean`); one value has no limits.

    ValueError for no values at all and for a value that is not a finite number.
    """
    observed = np.array([finite(value, "value") for value in values], dtype=np.float64)
    if not observed.size:
        raise ValueError("There are no values to take a mean of: no cases is a state of its own.")
    deviation = float(observed.std(ddof=1)) if observed.size > 1 else math.nan
    return mean_interval_from_moments(observed.size, float(observed.mean()), deviation, confidence)


def mean_interval_from_moments(
    count: int, mean: float, standard_deviation: float, confidence: float = 0.95
) -> Interval:
    """The interval of `mean_interval` from count, mean and standard deviation (with n − 1) instead of the values.

    The standard deviation of a single value is not looked at (nan will do). ValueError for a count below 1 or
    not whole, for a mean that is not finite, and for a standard deviation that is not finite or negative.
    """
    checked_confidence(confidence)
    n, centre = positive(count, "number of values"), finite(mean, "mean")
    if n != int(n):
        raise ValueError("The number of values must be a whole number.")
    deviation = finite_count(standard_deviation, "standard deviation") if n > 1 else math.nan
    return _interval(centre, student_limits(_column(n), _column(centre), _column(deviation), confidence), "student-t")


def is_known(value: float | None) -> TypeGuard[float]:
    """Whether there is a value at all: None is a blank, and so is nan, as numpy and pandas write it."""
    return value is not None and value == value


def finite(value: float, name: str) -> float:
    """The value as a float; ValueError, naming it, when it is no finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"The {name} is not a number.") from None
    if not math.isfinite(number):
        raise ValueError(f"The {name} must be a finite number, neither nan nor infinite.")
    return number


def finite_count(value: float, name: str) -> float:
    """A finite number of at least 0 as a float; ValueError, naming it, otherwise."""
    number = finite(value, name)
    if number < 0:
        raise ValueError(f"The {name} is negative, which no count or spread can be.")
    return number


def positive(value: float, name: str) -> float:
    """A finite number above 0 as a float; ValueError, naming it, otherwise."""
    number = finite(value, name)
    if number <= 0:
        raise ValueError(f"The {name} must be above 0; without cases there is no figure to compute.")
    return number


def _column(value: float) -> Column:
    return np.array([value], dtype=np.float64)


def _interval(value: float, limits: Limits, method: Method) -> Interval:
    lower, upper = limits
    return Interval(float(value), float(lower[0]), float(upper[0]), method)
