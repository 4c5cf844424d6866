"""Repair: which further cells to withhold, so that a reader narrows no count of 1 to 7.

Owns the choice. Promises the cheapest cells by price for one narrowed count after the other: what the STP and the headline
lose costs most. Never withholds anything itself, and never a cell whose print is out already: that would help nobody.

A linear programme for each count: move it to the number that it could not be; within printed bounds all others move freely,
beyond them at a price. A cell that has to move beyond is to be withheld (after Fischetti and Salazar-González 2000,
Management Science 46, and Kelly, Golden and Assad 1992, Networks 22).
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from outcomes.disclosure.counts import DENOMINATOR, REST, Counts, Flags, Floats, Whole
from outcomes.disclosure.worlds import Narrowed, Part, circles

# How much dearer: a denominator takes its numerator with it; a total serves all readers; what heads the scorecard more.
_DENOMINATOR, _STP, _STP_WHOLE, _HEADLINE = 2.0, 3.0, 3.0, 10.0
HEADLINE = "preferred_place_achieved"
_EXACT = 1e-7


def further(counts: Counts, asked: Iterable[Narrowed], fresh: Flags, stp: str, widest: int | None = None) -> set[int]:
    """The unknowns to withhold for these narrowed counts, each with the number that it could not be.

    `fresh` marks the unknowns that nothing but the coming release bounds: only they can still be withheld. Bounds of
    `counts` are left as they are. Gives nothing for a count that no withholding can help, looking in so many circles of tied
    measures at most.
    """
    price = _prices(counts, fresh, stp)
    low, high = counts.low.copy(), counts.high.copy()
    withheld: set[int] = set()
    rounds: dict[int, list[set[int]]] = {}
    for j, k in asked:
        measure = int(counts.measure[j // 3])
        if measure not in rounds:
            # As in the attack, but never a measure without those tied to it, where there are any: they may help.
            rounds[measure] = list(islice(circles(counts, measure), widest))[1:] or [{measure}]
        for measures in rounds[measure]:
            part = Part.of(replace(counts, low=low, high=high), measures)
            beyond = _beyond(part, price[part.unknowns], int(part.place([j])[0]), k)
            if beyond is not None:
                unknowns = part.unknowns[beyond]
                low[unknowns], high[unknowns], price[unknowns] = 0.0, np.inf, np.inf
                withheld.update(int(u) for u in unknowns)
                break
    return withheld


def _prices(counts: Counts, fresh: Flags, stp: str) -> Floats:
    """What withholding each unknown costs; infinite where it cannot be withheld."""
    price = np.where(fresh, 1 + np.log1p(counts.truth), np.inf).reshape(-1, 3)
    price[:, REST] = np.inf
    price[:, DENOMINATOR] *= _DENOMINATOR
    total = (counts.figures["area"] == stp).to_numpy()
    whole = total & (counts.figures["stratum"] == "all").to_numpy()
    price[total] *= _STP
    price[whole] *= _STP_WHOLE
    price[whole & (counts.figures["measure"] == HEADLINE).to_numpy()] *= _HEADLINE
    return price.ravel()


def _beyond(part: Part, price: Floats, place: int, k: int) -> Whole | None:
    """The places that move beyond their bounds, at the least price, when a count is to be k; None when it cannot be."""
    can = np.flatnonzero(np.isfinite(price) & ((part.low > 0) | np.isfinite(part.high)))
    many, some = len(part.low), len(can)
    moved = part.equations[:, can]
    equations = sparse.hstack([part.equations, moved, -moved])
    # The count itself: what it is within its bounds, and beyond them.
    of_itself = np.zeros(many + 2 * some)
    of_itself[place] = 1
    for sign, offset in ((1, many), (-1, many + some)):
        of_itself[offset + np.flatnonzero(can == place)] = sign
    low = np.r_[part.low, np.zeros(2 * some)]
    high = np.r_[part.high, np.full(some, np.inf), part.low[can]]
    found = milp(
        np.r_[np.zeros(many), price[can], price[can]],
        constraints=LinearConstraint(
            sparse.vstack([equations, sparse.csr_array(of_itself[None])]), np.r_[part.least, k], np.r_[part.most, k]
        ),
        bounds=Bounds(low, high),
    ).x
    if found is None:
        return None
    return can[(found[many : many + some] + found[many + some :]) > _EXACT]
