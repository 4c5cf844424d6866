"""Worlds: other whole numbers that a reader could take for the truth, after everything that was printed.

Owns the attack. For a count of 1 to 7 and each k of 1 to 7 it looks for a world in which that count is k: all unknowns
whole, every equation and every bound kept. A world found is a proof; none found in time counts as narrowed. Never changes
what is printed.

Solved with HiGHS (Huangfu and Hall 2018, Mathematical Programming Computation 10) through scipy: the linear relaxation
first, whole numbers where it gives broken ones.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from outcomes.disclosure.counts import REST, Counts, Flags, Floats, Whole
from outcomes.disclosure.gate import SMALLEST_SHOWN

# What a withheld count of people could be, and has to remain able to be.
SENSITIVE = range(1, SMALLEST_SHOWN)
# A puzzle that takes longer is taken to be narrowed.
SECONDS = 10.0
_EXACT = 1e-6
# A measure, and those tied to it.
_NEAR = 2

# An unknown, and a whole number that it could not be shown able to be.
Narrowed = tuple[int, int]


@dataclass(frozen=True)
class Part:
    """The unknowns of some measures; all others are held at their truth, which only makes a world harder to find."""

    unknowns: Whole
    equations: sparse.csr_array
    least: Floats
    most: Floats
    low: Floats
    high: Floats
    truth: Floats
    whole: Flags

    @classmethod
    def of(cls, counts: Counts, measures: Collection[int]) -> "Part":
        unknowns = _unknowns(counts, measures)
        touched = _touching(counts.equations, unknowns)
        # The rest of another measure is printed nowhere: it gives way when the denominator moves that both share.
        others = np.unique(counts.equations[touched].indices)
        unknowns = np.union1d(unknowns, others[others % 3 == REST])
        own = counts.equations[:, unknowns]
        own = own[touched]
        rest = counts.equations[touched] @ counts.truth - own @ counts.truth[unknowns]
        return cls(
            unknowns,
            own,
            counts.least[touched] - rest,
            -rest,
            counts.low[unknowns],
            counts.high[unknowns],
            counts.truth[unknowns],
            counts.whole[unknowns],
        )

    def place(self, unknowns: Iterable[int]) -> Whole:
        """Where unknowns of the puzzle stand in this part; each has to stand for itself."""
        return np.searchsorted(self.unknowns, np.fromiter(unknowns, np.int64))

    def nearest(self, places: Whole, k: int) -> Floats | None:
        """A world in which as many of these counts as possible come as near to k as possible; None when out of time."""
        low, high, towards = self.low.copy(), self.high.copy(), np.zeros(len(self.low))
        up = self.truth[places] < k
        high[places[up]] = np.minimum(high[places[up]], k)
        low[places[~up]] = np.maximum(low[places[~up]], k)
        towards[places] = np.where(up, -1.0, 1.0)
        found: Floats | None = self._solve(towards, low, high, whole=False).x
        if found is not None and (np.abs(found - np.round(found)) > _EXACT)[self.whole].any():
            found = self._solve(towards, low, high, whole=True).x
        return found

    def _solve(self, towards: Floats, low: Floats, high: Floats, *, whole: bool) -> OptimizeResult:
        return milp(
            towards,
            constraints=LinearConstraint(self.equations, self.least, self.most),
            bounds=Bounds(low, high),
            integrality=self.whole.astype(int) if whole else None,
            options={"time_limit": SECONDS},
        )


def narrowed(counts: Counts, unknowns: Iterable[int], *, thorough: bool = True) -> list[Narrowed]:
    """Which of these unknowns could not be shown able to be which of the numbers from 1 to 7, sorted.

    Where one unknown stands for several, it is named; see also `still_narrowed`.
    """
    asked = sorted({int(counts.same[j]) for j in unknowns})
    return still_narrowed(counts, [(j, k) for k in SENSITIVE for j in asked], thorough=thorough)


def still_narrowed(counts: Counts, asked: Iterable[Narrowed], *, thorough: bool = True) -> list[Narrowed]:
    """Of these unknowns, each with a number, those for which no world was found, sorted.

    Each measure is looked at alone first, and where that does not do in ever wider circles of those that it is tied to. When
    not `thorough`, only in near circles and for many counts at a time: quick, and some that are free may be named.
    """
    left: list[Narrowed] = []
    by_measure: dict[int, list[Narrowed]] = {}
    for j, k in asked:
        by_measure.setdefault(int(counts.measure[j // 3]), []).append((j, k))
    for measure, pairs in by_measure.items():
        for measures in circles(counts, measure, thorough):
            pairs = _missed(Part.of(counts, measures), pairs, thorough)
            if not pairs:
                break
        left += pairs
    return sorted(left)


def circles(counts: Counts, measure: int, thorough: bool) -> Iterator[set[int]]:
    """A measure alone, then with those tied to it, and so on: an equation with a small count ties measures.

    When not `thorough` no further than these.
    """
    return islice(_ever_wider(counts, measure), None if thorough else _NEAR)


def _ever_wider(counts: Counts, measure: int) -> Iterator[set[int]]:
    circle: set[int] = set()
    wider = {measure}
    while wider != circle:
        circle = wider
        yield circle
        wider = circle | _tied_to(counts, circle)


def _tied_to(counts: Counts, measures: set[int]) -> set[int]:
    small = (counts.truth > 0) & (counts.truth < SMALLEST_SHOWN)
    own = _unknowns(counts, measures)
    near = counts.equations[_touching(counts.equations, own)]
    near = near[_touching(near, np.flatnonzero(small))]
    return {int(m) for m in counts.measure[np.setdiff1d(near.indices, own) // 3]}


def _unknowns(counts: Counts, measures: Collection[int]) -> Whole:
    """The unknowns that stand for the counts of some measures, sorted."""
    figures = np.flatnonzero(np.isin(counts.measure, list(measures)))
    return np.unique(counts.same[(3 * figures[:, None] + np.arange(3)).ravel()])


def _touching(equations: sparse.csr_array, unknowns: Whole) -> Whole:
    """Which equations hold one of the unknowns."""
    return np.flatnonzero(np.diff(equations[:, unknowns].indptr))


def _missed(part: Part, asked: Iterable[Narrowed], thorough: bool) -> list[Narrowed]:
    missed: list[Narrowed] = []
    by_number: dict[int, list[int]] = {}
    for j, k in asked:
        by_number.setdefault(k, []).append(j)
    for k, unknowns in sorted(by_number.items()):
        places = part.place(unknowns)
        # What is k in truth has its world, and what a bound keeps from k has none.
        places = places[np.abs(part.truth[places] - k) > _EXACT]
        out = (part.low[places] > k) | (part.high[places] < k)
        missed += [(int(part.unknowns[place]), k) for place in places[out]]
        missed += [(int(part.unknowns[place]), k) for place in _not_reached(part, places[~out], k, thorough)]
    return missed


def _not_reached(part: Part, places: Whole, k: int, thorough: bool) -> list[int]:
    """One world serves many counts; those that it does not serve are asked again together, at last each alone."""
    while len(places):
        world = part.nearest(places, k)
        reached = np.zeros(len(places), bool) if world is None else np.abs(world[places] - k) <= _EXACT
        if not reached.any():
            if len(places) == 1 or not thorough:
                return [int(p) for p in places]
            return [int(p) for p in places if _not_reached(part, np.array([p]), k, thorough)]
        places = places[~reached]
    return []
