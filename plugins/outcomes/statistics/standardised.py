"""Directly standardised rates: what the rate would be if the area had the standard population's ages.

Owns Dobson's interval. Promises the figures of PHEindicatormethods 2.1.0 `calculate_dsr`. Never assumes a standard
population: the weights are always given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from outcomes.statistics.formulas import byar_limits, checked_confidence
from outcomes.statistics.intervals import Interval, finite_count, is_known, positive

FEWEST_EVENTS = 10


def directly_standardised_rate(
    events: Sequence[float | None],
    populations: Sequence[float],
    weights: Sequence[float],
    confidence: float = 0.95,
) -> Interval:
    """Σ(w x/n)/Σw with Dobson's limits, in events per unit of population; one entry per age band.

    A blank count (None or nan) is no events. Below ten events in all, value and limits are nan: too few to standardise.
    ValueError for lists of different length, no bands, negative counts, populations not above 0, negative weights or
    weights that add to 0. Source: Dobson and others 1991, with Byar's limits of the total count.
    """
    checked_confidence(confidence)
    if not len(events) == len(populations) == len(weights) or not len(events):
        raise ValueError(
            "Events, populations and weights must each have one entry per age band, and at least one band."
        )
    x = np.array([finite_count(count, "number of events") if is_known(count) else 0.0 for count in events])
    n = np.array([positive(population, "population of a band") for population in populations])
    w = np.array([finite_count(weight, "weight of a band") for weight in weights])
    if not w.sum() > 0:
        raise ValueError("The standard population's weights add to 0: at least one band must have weight.")
    total = float(x.sum())
    if total < FEWEST_EVENTS:
        return Interval(math.nan, math.nan, math.nan, "dobson")
    rate = float((w * x / n).sum() / w.sum())
    variance = float((w * w * x / (n * n)).sum() / w.sum() ** 2)
    lower, upper = byar_limits(np.array([total]), confidence)
    scale = math.sqrt(variance / total)
    return Interval(rate, rate + scale * (float(lower[0]) - total), rate + scale * (float(upper[0]) - total), "dobson")
