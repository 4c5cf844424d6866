"""Values with their 95 % intervals a second time: Wilson, exact Poisson or Byar, Student's t.

Written from the definitions of the measures, on the formulas of SciPy and statsmodels, never on the product's.
"""

import math
from functools import cache

from scipy.stats import chi2, norm, t
from statsmodels.stats.proportion import proportion_confint

Limits = tuple[float, float, float]


def of(scoring: str, amounts: list[float]) -> Limits:
    """Value, lower and upper limit of at least one numerator or observation."""
    if scoring == "mean":
        return mean(amounts)
    return {"proportion": percentage, "rate": rate}[scoring](sum(amounts), len(amounts))


@cache
def percentage(x: float, n: int) -> Limits:
    lower, upper = proportion_confint(x, n, alpha=0.05, method="wilson")
    return 100 * x / n, 100 * lower, 100 * upper


@cache
def rate(x: float, n: int) -> Limits:
    """Exact Poisson below 10 events, Byar's approximation from 10."""
    z = norm.ppf(0.975)
    if x < 10:
        lower = chi2.ppf(0.025, 2 * x) / 2 if x else 0.0
        upper = chi2.ppf(0.975, 2 * x + 2) / 2
    else:
        lower = x * (1 - 1 / (9 * x) - z / (3 * math.sqrt(x))) ** 3
        upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * math.sqrt(x + 1))) ** 3
    return x / n, lower / n, upper / n


def mean(amounts: list[float]) -> Limits:
    n = len(amounts)
    middle = math.fsum(amounts) / n
    if n == 1:
        return middle, math.nan, math.nan
    spread = math.sqrt(math.fsum((a - middle) ** 2 for a in amounts) / (n - 1))
    half = student(n) * spread / math.sqrt(n)
    return middle, middle - half, middle + half


@cache
def student(n: int) -> float:
    return float(t.ppf(0.975, n - 1))
