"""The gap between the least and the most deprived, from the figures of the five deprivation quintiles.

Owns which groups there have to be, and the standard error of a figure of each scoring. Promises the same interval for the
same figures under the same name, whether they are exact or released. Never looks at where a figure comes from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from outcomes.statistics.formulas import student_factors
from outcomes.statistics.inequality import slope_index_of_inequality
from outcomes.statistics.intervals import Interval

# Quintile 1 is the most deprived; people whose quintile is not known belong to none.
QUINTILES = ("1", "2", "3", "4", "5")


@dataclass(frozen=True, slots=True)
class Quintile:
    """A quintile's figure in its printed unit, its standard error there (nan where there is none), and how many people."""

    value: float
    error: float
    people: float


def deprivation_gap(quintiles: Mapping[str, Quintile], name: str) -> Interval | None:
    """The slope index of inequality: the modelled least deprived minus the most deprived person, with its 95 % interval.

    None where a quintile, or its standard error, is missing. Seeded by `name`, which says what the gap is about.
    """
    groups = [quintiles[number] for number in QUINTILES if number in quintiles]
    if len(groups) < len(QUINTILES) or any(math.isnan(group.error) for group in groups):
        return None
    return slope_index_of_inequality(
        [g.value for g in groups], [g.error for g in groups], [g.people for g in groups], name
    ).slope


def error_of_percentage(numerator: float, denominator: float) -> float:
    """100·√(p(1−p)/n) of p = numerator/denominator."""
    share = numerator / denominator
    return 100 * math.sqrt(share * (1 - share) / denominator)


def error_of_rate(events: float, people: float) -> float:
    """√events / people."""
    return math.sqrt(events) / people


def error_of_mean(standard_deviation: float, count: float) -> float:
    """The standard deviation over √n."""
    return standard_deviation / math.sqrt(count)


def error_of_printed_mean(lower: float, upper: float, count: float) -> float:
    """Half the width of a mean's 95 % interval over Student's t of n − 1: what is known where no deviation is told."""
    return (upper - lower) / 2 / float(student_factors(np.array([count], dtype=np.float64), 0.95)[0])
