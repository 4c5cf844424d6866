"""The four interval formulas, each on whole numpy columns.

Owns the arithmetic that `intervals` (one figure) and `columns` (many) share, so that both give the same numbers.
Promises agreement with PHEindicatormethods 2.1.0 to 1e-9. Never checks counts: its two callers do, in their own words.

Of scipy only `scipy.special` is used, and only when first needed: statsmodels has Wilson and the exact Poisson interval
too, but takes seconds to import, in every process that wants one interval. The tests hold these lines to statsmodels.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]
Limits = tuple[Column, Column]

EXACT_BELOW_EVENTS = 10


def checked_confidence(confidence: float) -> float:
    """The confidence itself, when it lies strictly between 0 and 1; else ValueError (95 means 0.95)."""
    if not 0 < confidence < 1:
        raise ValueError("The confidence must lie strictly between 0 and 1: write 0.95 for 95 %.")
    return float(confidence)


def critical_value(confidence: float) -> float:
    """z = Φ⁻¹(0.5 + confidence/2): 1.96 for 0.95, 3.09 for 0.998."""
    return NormalDist().inv_cdf(0.5 + checked_confidence(confidence) / 2)


def wilson_limits(numerators: Column, denominators: Column, confidence: float) -> Limits:
    """Wilson's score limits of a proportion, 0 to 1: (2x + z² ∓ z√(z² + 4x(1−x/n))) / 2(n + z²)."""
    z = critical_value(confidence)
    share = numerators / denominators
    centre = 2 * numerators + z * z
    half = z * np.sqrt(z * z + 4 * numerators * (1 - share))
    width = 2 * (denominators + z * z)
    # Rounding may leave 0 of n a lower limit of 1e-17, and n of n an upper one of 1 - 1e-16.
    lower = np.clip(np.minimum((centre - half) / width, share), 0, 1)
    upper = np.clip(np.maximum((centre + half) / width, share), 0, 1)
    return lower, upper


def exact_limits(events: Column, confidence: float) -> Limits:
    """Exact Poisson limits of a count: χ²(α/2, 2x)/2 and χ²(1−α/2, 2x+2)/2, written with the gamma function."""
    from scipy.special import gammainccinv, gammaincinv

    tail = (1 - checked_confidence(confidence)) / 2
    some = np.where(events > 0, events, 1.0)
    lower = np.where(events > 0, gammaincinv(some, tail), 0.0)
    return lower, np.asarray(gammainccinv(events + 1, tail), dtype=np.float64)


def byar_limits(events: Column, confidence: float) -> Limits:
    """Byar's limits of a count: x(1 − 1/9x − z/3√x)³ and the same of x+1 with + z; a negative lower limit is nan."""
    z = critical_value(confidence)
    some = np.where(events > 0, events, 1.0)
    lower = np.where(events > 0, some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3, 0.0)
    more = events + 1
    upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return np.where(lower < 0, np.nan, lower), upper


def count_limits(events: Column, confidence: float) -> Limits:
    """Limits of a count of events: exact Poisson below ten events, Byar's approximation from ten."""
    exact, byar = exact_limits(events, confidence), byar_limits(events, confidence)
    few = events < EXACT_BELOW_EVENTS
    return np.where(few, exact[0], byar[0]), np.where(few, exact[1], byar[1])


def student_factors(counts: Column, confidence: float) -> Column:
    """Student's t of n − 1, two or more: the standard errors from a mean to either limit."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(counts - 1, 0.5 + checked_confidence(confidence) / 2), dtype=np.float64)


def student_limits(counts: Column, means: Column, standard_deviations: Column, confidence: float) -> Limits:
    """Student's t limits of a mean, mean ∓ t(n−1)·s/√n with s over n − 1; nan for a single value."""
    several = counts >= 2
    enough = np.where(several, counts, 2.0)
    half = student_factors(enough, confidence) * standard_deviations / np.sqrt(enough)
    return np.where(several, means - half, np.nan), np.where(several, means + half, np.nan)
