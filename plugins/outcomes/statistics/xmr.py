"""Where the mean and limits of a control chart lie: the arithmetic of XmR, for one segment.

Owns the moving ranges and their screening. Promises mean ∓ 2.66 × the mean moving range, screened once, no moving range
across a gap, and limits on the mean itself where nothing ever moves. Never judges a point: `signals` does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Wheeler's constants for ranges of two points: 3/d2 = 3/1.128, and D4, the upper limit of the moving ranges themselves.
LIMIT_PER_MOVE = 2.66
EXCEPTIONAL_MOVE = 3.267


@dataclass(frozen=True, slots=True)
class Limits:
    """Mean and limits of a segment; `basis` is how many points they rest on (nan limits when none)."""

    mean: float
    lower: float
    upper: float
    basis: int
    # What no computed difference below can be told apart from none, for means are rounded sums.
    tolerance: float
    # Nothing moves but for exceptional jumps: the mean then lies where no ordinary point does.
    still: bool

    def side(self, value: float) -> int:
        """1 above the mean, -1 below it, 0 on it."""
        return compare(value, self.mean, self.tolerance)

    def is_outside(self, value: float) -> bool:
        """Strictly beyond a limit, where there are limits apart from the mean."""
        if self.upper == self.lower:
            return False
        return compare(value, self.upper, self.tolerance) > 0 or compare(value, self.lower, self.tolerance) < 0

    def is_close(self, value: float) -> bool:
        """More than two thirds of the way from the mean to a limit, but not beyond it."""
        two_thirds = (self.upper - self.mean) * 2 / 3
        return abs(value - self.mean) - two_thirds > self.tolerance and not self.is_outside(value)


def compare(value: float, other: float, tolerance: float) -> int:
    """-1, 0 or 1: below, the same within the tolerance, or above."""
    if abs(value - other) <= tolerance:
        return 0
    return 1 if value > other else -1


def limits_of(values: Sequence[float | None], basis: int | None, screen: bool) -> Limits:
    """Mean and limits from the first `basis` points that are not gaps (from all when None)."""
    used: list[float | None] = []
    count = 0
    for value in values:
        if basis is not None and count >= basis:
            break
        used.append(value)
        count += value is not None
    points = [value for value in used if value is not None]
    if not points:
        return Limits(math.nan, math.nan, math.nan, 0, 0.0, still=True)
    tolerance = 1e-12 * max(abs(point) for point in points)
    mean = math.fsum(points) / len(points)
    moves = [abs(b - a) for a, b in pairwise(used) if a is not None and b is not None]
    moves = [move if move > tolerance else 0.0 for move in moves]
    kept = _ordinary(moves) if screen else moves
    # Screening away the only moves there are would leave limits on the mean, and every point outside them.
    still = not any(kept)
    half = LIMIT_PER_MOVE * _mean(moves if still else kept)
    return Limits(mean, mean - half, mean + half, len(points), tolerance, still)


def _ordinary(moves: list[float]) -> list[float]:
    bound = EXCEPTIONAL_MOVE * _mean(moves)
    return [move for move in moves if move < bound]


def _mean(moves: list[float]) -> float:
    return math.fsum(moves) / len(moves) if moves else 0.0
