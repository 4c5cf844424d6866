"""The scale of a drawing: from a value to the place where it has to lie.

Owns the arithmetic between values and coordinates. Promises to allow for coordinates rounded to two decimals and for
nothing more. Never takes a scale from the drawing's own points where an axis tells it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

# Half of the last decimal of a coordinate; a square's centre comes from two of them.
ROUNDING = 0.006
CENTRE = 0.011

_STEPS = (1.0, 2.0, 2.5, 5.0)
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Scale:
    """The straight line through two known places."""

    first: tuple[float, float]
    last: tuple[float, float]

    @classmethod
    def through(cls, known: Iterable[tuple[float, float]]) -> Scale | None:
        """Through the two of these (value, place) that lie furthest apart; None where all values are the same."""
        ordered = sorted(known)
        if len(ordered) < 2 or ordered[-1][0] - ordered[0][0] <= 1e-9 * max(1.0, abs(ordered[-1][0])):
            return None
        return cls(ordered[0], ordered[-1])

    def fits(self, value: float, place: float) -> bool:
        """Whether a value may be drawn at a place."""
        return abs(place - self.place(value)) <= CENTRE + self.doubt(value)

    def place(self, value: float) -> float:
        """Where a value lies."""
        return self.first[1] + self._share(value) * (self.last[1] - self.first[1])

    def doubt(self, value: float) -> float:
        """How far from there it may be, as the two known places are rounded."""
        share = self._share(value)
        return ROUNDING * (abs(share) + abs(1 - share))

    def _share(self, value: float) -> float:
        return (value - self.first[0]) / (self.last[0] - self.first[0])


def are_steps(values: Iterable[float]) -> bool:
    """Whether these are the numbers of an axis: steps of 1, 2, 2.5 or 5 times a power of ten, and no place left out."""
    ordered = sorted(values)
    gaps = [after - before for before, after in pairwise(ordered)]
    if not gaps:
        return True
    step = gaps[0]
    if step <= 0 or any(not math.isclose(gap, step, rel_tol=1e-6) for gap in gaps):
        return False
    leading = step / 10 ** math.floor(math.log10(step) + _TINY)
    places = [value / step for value in ordered]
    return any(math.isclose(leading, n, rel_tol=1e-6) for n in _STEPS) and all(
        abs(place - round(place)) < _TINY for place in places
    )


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the readings of a series stand: evenly from left to right, `inset` (a share of the width) from the edges."""

    left: float
    right: float
    count: int
    inset: float = 0.025

    @property
    def step(self) -> float:
        return (self.right - self.left) * (1 - 2 * self.inset) / max(1, self.count - 1)

    def at(self, position: int) -> float:
        return self.left + (self.right - self.left) * self.inset + position * self.step

    def position(self, x: float) -> int | None:
        """Which reading stands there; None between two, or outside."""
        place = round((x - self.at(0)) / self.step)
        return place if 0 <= place < self.count and abs(self.at(place) - x) <= 2 * CENTRE else None

    def from_(self, x: float) -> int:
        """The first reading on the right of a place."""
        return sum(self.at(position) < x for position in range(self.count))
