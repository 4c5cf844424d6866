"""Worlds: other whole numbers that a reader could take for the truth, after everything that was printed.

Owns the attack. For a count of 1 to 7 and each k of 1 to 7 it looks for a world in which that count is k: all unknowns
whole, every equation and every bound kept. A world found is a proof; none found counts as narrowed. Never changes what is
printed.
"""

from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np

from outcomes.disclosure.counts import Counts
from outcomes.disclosure.found import Found
from outcomes.disclosure.gate import SMALLEST_SHOWN
from outcomes.disclosure.moves import EXACT, Moves, Part
from outcomes.disclosure.ties import Floats, Whole

# What a withheld count of people could be, and has to remain able to be.
SENSITIVE = range(1, SMALLEST_SHOWN)
# So many equations away other counts may have to move; further off hardly ever.
_NEAR, _FAR = (3, 5), (7, 100)
# A world in broken numbers is looked for so often among worlds as near.
_DRAWS = 4

# An unknown, and a whole number that it could not be shown able to be.
Narrowed = tuple[int, int]


def narrowed(counts: Counts, unknowns: Iterable[int], found: Found, *, thorough: bool = True) -> list[Narrowed]:
    """Which of these unknowns could not be shown able to be which of the numbers from 1 to 7, sorted.

    Where one unknown stands for several, it is named. `found` has the worlds of earlier attacks, and gets those of this one;
    see also `still_narrowed`.
    """
    found.try_on(counts)
    asked = sorted({int(counts.same[j]) for j in unknowns})
    return still_narrowed(counts, [(j, k) for k in SENSITIVE for j in asked], found, thorough=thorough)


def still_narrowed(counts: Counts, asked: Iterable[Narrowed], found: Found, *, thorough: bool = True) -> list[Narrowed]:
    """Of these unknowns, each with a number, those for which no world is found, sorted.

    Each block is looked at alone first, and where that does not do ever wider surroundings of each count. When not
    `thorough` only near ones: quick, and some that are free may be named.
    """
    left: list[Narrowed] = []
    for block, pairs in _grouped(asked, lambda j: int(counts.block[j // 3])).items():
        own = np.unique(counts.same.reshape(-1, 3)[counts.block == block])
        pairs = _Search(Part.of(counts, own), found).missed(found.not_served(pairs))
        for unknown, still in _grouped(pairs, int).items():
            left += _alone(counts, unknown, still, found, _NEAR + _FAR if thorough else _NEAR)
    return sorted(left)


def _alone(counts: Counts, unknown: int, asked: list[Narrowed], found: Found, steps: Iterable[int]) -> list[Narrowed]:
    """Those for which no world is found among what is so many equations away from the unknown."""
    impossible: list[Narrowed] = []
    for number in steps:
        # A world found for another often serves this one.
        asked = found.not_served(asked)
        if not asked:
            break
        around = counts.around(np.array([unknown]), number)
        asked = _Search(Part.of(counts, around), found).missed(asked)
        never = _impossible(Part.loosely(counts, around), unknown, asked) if asked else []
        impossible += never
        asked = [pair for pair in asked if pair not in never]
    return impossible + asked


def _impossible(part: Part, unknown: int, asked: Iterable[Narrowed]) -> list[Narrowed]:
    """What even these few equations keep the unknown from, so that nobody need look further."""
    place, moves = part.place([unknown]), Moves(part)
    worlds = [(pair, moves.world(place, pair[1])) for pair in asked]
    return [pair for pair, world in worlds if world is not None and abs(world[place[0]] - pair[1]) > EXACT]


def _grouped(asked: Iterable[Narrowed], of: Callable[[int], int]) -> dict[int, list[Narrowed]]:
    groups: dict[int, list[Narrowed]] = {}
    for j, k in asked:
        groups.setdefault(of(j), []).append((j, k))
    return groups


class _Search:
    """The search for worlds of a part."""

    def __init__(self, part: Part, found: Found) -> None:
        self.part = part
        self.found = found

    def missed(self, asked: Iterable[Narrowed]) -> list[Narrowed]:
        """Those for which no world was found."""
        by_number: dict[int, list[int]] = {}
        for j, k in asked:
            by_number.setdefault(k, []).append(j)
        missed: list[Narrowed] = []
        for k, unknowns in by_number.items():
            places = self.part.place(unknowns)
            # What is k in truth has its world, and what a bound keeps from k has none.
            places = places[np.abs(self.part.truth[places] - k) > EXACT]
            out = (self.part.low[places] > k) | (self.part.high[places] < k)
            without = [*places[out], *self._without(places[~out], k)]
            missed += [(int(self.part.unknowns[place]), k) for place in without]
        return missed

    def _without(self, places: Whole, k: int) -> list[int]:
        """One world serves many counts; those that none served are asked for each alone."""
        left, missed, alone = [int(p) for p in places], [], False
        while left:
            asked = left[:1] if alone else left
            world = self._world(np.array(asked), k)
            still = [p for p in left if world is None or abs(world[p] - k) > EXACT]
            if world is not None and len(still) < len(left):
                self.found.add(self.part.unknowns, self.part.truth, world)
            if alone and still[:1] == asked:
                missed += asked
                del still[0]
            alone |= len(still) == len(left)
            left = still
        return missed

    def _world(self, places: Whole, k: int) -> Floats | None:
        """A world in whole numbers; None where none was found, or only such as would serve nobody."""
        moved = np.zeros(len(self.part.truth), bool)
        for draw in range(_DRAWS):
            world = self._moves.world(places, k, draw)
            if world is not None and not (np.abs(world - np.round(world)) > EXACT)[self.part.whole].any():
                return world
            # Whole numbers take long: not for many at once, nor where broken ones do not reach k either.
            if len(places) > 1 or (world is not None and np.abs(world[places] - k).max() > EXACT):
                return None
            if world is not None:
                moved |= np.abs(world - self.part.truth) > EXACT
        return self._in_whole_numbers(np.flatnonzero(moved), places, k)

    def _in_whole_numbers(self, moved: Whole, places: Whole, k: int) -> Floats | None:
        """A world near those in broken numbers: of what moved in these, also of what is tied to it, or of everything."""
        near = self.part.equations[self.part.holding(moved)].indices
        for free in (moved, np.union1d(near, moved), np.arange(len(self.part.truth))):
            few = self.part.only(free)
            found = Moves(few, whole=True).world(np.searchsorted(free, places), k) if len(free) else None
            if found is not None:
                world = self.part.truth.copy()
                world[free] = found
                return world
        return None

    @cached_property
    def _moves(self) -> Moves:
        return Moves(self.part)
