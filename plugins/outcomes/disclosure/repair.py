"""Repair: which further cells to withhold, so that a reader narrows no count of 1 to 7.

Owns the choice. Promises the cheapest cells by price, for one narrowed count after the other or for many of a measure at
once: what the STP and the headline lose costs most. Never withholds anything itself, and never a cell whose print is out
already: that would help nobody.

A linear programme moves the counts to the number that they could not be; within printed bounds all others move freely,
beyond them at a price. A cell that has to move beyond is to be withheld (after Fischetti and Salazar-González 2000,
Management Science 46, and Kelly, Golden and Assad 1992, Networks 22).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from outcomes.disclosure.counts import DENOMINATOR, REST, Counts, Flags, Floats, Whole
from outcomes.disclosure.worlds import SECONDS, Narrowed, Part, circles

# How much dearer: a denominator takes its numerator with it; a total serves all readers; what heads the scorecard more.
_DENOMINATOR, _STP, _STP_WHOLE, _HEADLINE = 2.0, 3.0, 3.0, 10.0
HEADLINE = "preferred_place_achieved"
_EXACT = 1e-7
# More counts than these are moved together.
_FEW = 12
# What it costs that a count falls short of the number it is to become: more than any cell.
_SHORT = 10_000.0


def further(counts: Counts, asked: Iterable[Narrowed], fresh: Flags, stp: str, *, thorough: bool = False) -> set[int]:
    """The unknowns to withhold for these narrowed counts, each with a number that it could not be.

    `fresh` marks the unknowns that the coming release bounds more than all before it: only they can still be withheld. Of
    the numbers of a count the lowest and the highest are enough. Bounds of `counts` are left as they are. Gives nothing
    for a count that no withholding can help; when `thorough`, none among all the measures that are tied to its own.
    """
    price = _prices(counts, fresh, stp)
    low, high = counts.low.copy(), counts.high.copy()
    withheld: set[int] = set()
    for measures, unknowns, k in _together(counts, asked, thorough):
        part = Part.of(replace(counts, low=low, high=high), measures)
        beyond = part.unknowns[_beyond(part, price[part.unknowns], part.place(unknowns), k)]
        low[beyond], high[beyond], price[beyond] = 0.0, np.inf, np.inf
        withheld.update(int(u) for u in beyond)
    return withheld


def _together(counts: Counts, asked: Iterable[Narrowed], thorough: bool) -> Iterator[tuple[set[int], list[int], int]]:
    """What is repaired at once: the measures to look at, the unknowns, and the number that they are to become.

    Many of a measure are moved together, which withholds a little more than need be and takes a moment; a few one by one.
    """
    ends: dict[tuple[int, int], list[int]] = {}
    for j, numbers in groupby(sorted(asked), key=lambda pair: pair[0]):
        ks = [k for _, k in numbers]
        for k in {min(ks), max(ks)}:
            ends.setdefault((int(counts.measure[j // 3]), k), []).append(j)
    for (measure, k), unknowns in sorted(ends.items()):
        # As in the attack, but never a measure without those tied to it, where there are any: they may help.
        *_, near = circles(counts, measure, thorough)
        yield from [(near, unknowns, k)] if len(unknowns) > _FEW else [(near, [j], k) for j in unknowns]


def _prices(counts: Counts, fresh: Flags, stp: str) -> Floats:
    """What withholding each unknown costs, with all that it stands for; infinite where it cannot be withheld."""
    price = (1 + np.log1p(counts.truth)).reshape(-1, 3)
    price[:, DENOMINATOR] *= _DENOMINATOR
    total = (counts.figures["area"] == stp).to_numpy()
    whole = total & (counts.figures["stratum"] == "all").to_numpy()
    price[total] *= _STP
    price[whole] *= _STP_WHOLE
    price[whole & (counts.figures["measure"] == HEADLINE).to_numpy()] *= _HEADLINE
    together = np.bincount(counts.same, weights=price.ravel(), minlength=counts.same.size)
    together[REST::3] = np.inf
    return np.where(fresh, together, np.inf)


def _beyond(part: Part, price: Floats, places: Whole, k: int) -> Whole:
    """The places that move beyond their bounds, at the least price, when as many of some counts as can be become k."""
    can = np.flatnonzero(np.isfinite(price) & ((part.low > 0) | np.isfinite(part.high)))
    many, some, few = len(part.low), len(can), len(places)
    moved = part.equations[:, can]
    equations = sparse.hstack([part.equations, moved, -moved, sparse.csr_array((len(part.least), few))])
    # Each count is what it is within its bounds, what it moves beyond them, and what it falls short of k.
    of_themselves = sparse.lil_array((few, many + 2 * some + few))
    at = {int(place): i for i, place in enumerate(can)}
    for row, place in enumerate(places):
        of_themselves[row, place] = 1
        if int(place) in at:
            of_themselves[row, many + at[int(place)]] = 1
            of_themselves[row, many + some + at[int(place)]] = -1
        of_themselves[row, many + 2 * some + row] = 1 if part.truth[place] < k else -1
    found = milp(
        np.r_[np.zeros(many), price[can], price[can], np.full(few, _SHORT)],
        constraints=LinearConstraint(
            sparse.csr_array(sparse.vstack([equations, of_themselves])),
            np.r_[part.least, np.full(few, k)],
            np.r_[part.most, np.full(few, k)],
        ),
        bounds=Bounds(
            np.r_[part.low, np.zeros(2 * some + few)],
            np.r_[part.high, np.full(some, np.inf), part.low[can], np.abs(part.truth[places] - k)],
        ),
        options={"time_limit": SECONDS},
    ).x
    if found is None:
        return np.zeros(0, np.int64)
    return can[(found[many : many + some] + found[many + some : many + 2 * some]) > _EXACT]
