"""Chance, made repeatable: one independent stream of random numbers for each seed, month and purpose.

Owns how anything random is drawn. Promises that a stream depends on its seed, month and purpose only, so that what
happens in one file never shifts what happens in another. Never uses a global generator, the clock or Python's own
hash.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from outcomes.periods import Month

Array = npt.NDArray[Any]


def stream(seed: int, month: Month | None, purpose: str) -> np.random.Generator:
    """The generator of a seed, a month (or none) and a purpose."""
    index = 0 if month is None else month.year * 12 + month.month
    return np.random.Generator(np.random.PCG64([seed, index, zlib.crc32(purpose.encode())]))


def happens(rng: np.random.Generator, probability: Array) -> Array:
    """True with the probability given, element by element."""
    return np.asarray(rng.random(len(probability)) < probability)


def sometimes(rng: np.random.Generator, n: int, probability: float) -> Array:
    """`n` times true with one probability."""
    return np.asarray(rng.random(n) < probability)


def one_of(rng: np.random.Generator, n: int, weighted: Mapping[Any, float]) -> Array:
    """`n` draws among the keys, in proportion to their weights."""
    return np.array(list(weighted))[_index(rng.random(n), np.array(list(weighted.values())))]


def one_of_each(rng: np.random.Generator, weights: Array) -> Array:
    """For each row of a matrix of weights, the index of the column drawn."""
    cumulative = np.cumsum(weights, axis=1)
    reached = rng.random(len(weights)) * cumulative[:, -1]
    return np.asarray((cumulative <= reached[:, None]).sum(axis=1).clip(max=weights.shape[1] - 1))


def _index(uniform: Array, weights: Array) -> Array:
    cumulative = np.cumsum(weights)
    return np.asarray(np.searchsorted(cumulative, uniform * cumulative[-1], side="right").clip(max=len(weights) - 1))


def skewed(rng: np.random.Generator, n: int, median: float, spread: float, longest: int) -> Array:
    """`n` whole numbers, log-normal about a median, from 0 to `longest` (longer ones are drawn back evenly below it)."""
    days = np.floor(rng.lognormal(np.log(median + 0.5), spread, n)).astype(np.int64)
    return np.where(days > longest, rng.integers(0, longest + 1, n), days)


def whole(rng: np.random.Generator, n: int, low: int, high: int) -> Array:
    """`n` whole numbers from low to high, both included."""
    return np.asarray(rng.integers(low, high + 1, n))


def scattered(rng: np.random.Generator, mean: Array, evenness: float, most: int) -> Array:
    """Counts with these means, more uneven than chance alone (a gamma mixture of Poissons), at most `most`."""
    return np.minimum(rng.poisson(rng.gamma(evenness, mean / evenness)), most)


DAYTIME: Sequence[float] = (0, 0, 0, 0, 0, 0, 0, 1, 5, 9, 10, 10, 8, 8, 9, 9, 7, 4, 2, 1, 1, 0, 0, 0)
ALL_DAY: Sequence[float] = (
    3,
    2.4,
    2.1,
    1.8,
    1.7,
    1.8,
    2.2,
    3,
    4,
    5.2,
    6,
    6.2,
    5.8,
    5.5,
    5.4,
    5.4,
    5.3,
    5.3,
    5.4,
    5.3,
    5,
    4.6,
    4.1,
    3.5,
)
OUT_OF_HOURS: Sequence[float] = (4, 3, 3, 2.5, 2.5, 3, 4, 5, 5, 5, 5, 4, 3, 3, 3, 3, 4, 5, 8, 9, 8, 7, 6, 5)


def minute_of_day(rng: np.random.Generator, n: int, hours: Sequence[float]) -> Array:
    """`n` minutes of the day (0 to 1439), by the weight of each hour."""
    return np.asarray(_index(rng.random(n), np.array(hours)) * 60 + rng.integers(0, 60, n))


def at(day: Array, minutes: Array) -> Array:
    """The time so many minutes after the day's midnight, on the local clock."""
    return np.asarray(day.astype("datetime64[m]") + minutes.astype("timedelta64[m]"))
