"""Repair: which further cells to withhold, so that a reader narrows no count of 1 to 7.

Owns the choice. Promises the cheapest cells by price, for one narrowed count after the other: what the STP and the headline
lose costs most. Never withholds anything itself, and never a cell whose print is out already: that would help nobody.

A linear programme moves the counts to the number that they could not be; within printed bounds all others move freely,
beyond them at a price. A cell that has to move beyond is to be withheld (after Fischetti and Salazar-González 2000,
Management Science 46, and Kelly, Golden and Assad 1992, Networks 22).
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

import numpy as np

from outcomes.disclosure.counts import Counts
from outcomes.disclosure.moves import Moves, Part
from outcomes.disclosure.ties import DENOMINATOR, REST, Flags, Floats
from outcomes.disclosure.worlds import Narrowed

# How much dearer: a denominator takes its numerator with it; a total serves all readers; what heads the scorecard more.
_DENOMINATOR, _STP, _STP_WHOLE, _HEADLINE = 2.0, 3.0, 3.0, 10.0
# How much cheaper: what readers never saw they miss least, and a cell that comes and goes is hard to follow.
_UNSEEN = 0.1
HEADLINE = "preferred_place_achieved"
# So many equations away from a narrowed count a cell may help; or anywhere.
_NEAR, _FAR = 4, 100


def further(
    counts: Counts, asked: Iterable[Narrowed], fresh: Flags, unseen: Flags, stp: str, *, thorough: bool = False
) -> set[int]:
    """The unknowns to withhold for these narrowed counts, each with a number that it could not be.

    `fresh` marks the unknowns that the coming release bounds more than all before it: only they can still be withheld. Of
    the numbers of a count the lowest and the highest are enough. `unseen` marks those withheld before: they are taken
    first. Bounds of `counts` are left as they are. Gives nothing for a count that no withholding can help; when
    `thorough`, none among all that are tied to it.
    """
    price = _prices(counts, fresh, unseen, stp)
    low, high = counts.low.copy(), counts.high.copy()
    withheld: set[int] = set()
    for ends in _ends(counts, asked).values():
        narrowed = np.unique([j for j, _ in ends])
        part = Part.of(counts, counts.around(narrowed, _FAR if thorough else _NEAR))
        part = replace(part, low=low[part.unknowns], high=high[part.unknowns])
        moves = Moves(part, price=price[part.unknowns])
        for j, k in ends:
            places = moves.beyond(part.place([j]), k)
            moves.open(places)
            beyond = part.unknowns[places]
            low[beyond], high[beyond], price[beyond] = 0.0, np.inf, np.inf
            withheld.update(int(u) for u in beyond)
    return withheld


def beside(counts: Counts, asked: Iterable[Narrowed], fresh: Flags) -> set[int]:
    """The unknowns that share an equation with a narrowed one and that the coming release bounds more than all before it.

    To withhold all of them is the last resort, where broken numbers see nothing to mend and whole ones find no world.
    """
    near = counts.around(np.unique([j for j, _ in asked]), 1)
    return {int(u) for u in near[fresh[near] & (near % 3 != REST)]}


def _ends(counts: Counts, asked: Iterable[Narrowed]) -> dict[int, list[Narrowed]]:
    """By block, of the numbers that a count could not be the lowest and the highest."""
    found: dict[int, list[Narrowed]] = {}
    for j, numbers in groupby(sorted(asked), key=lambda pair: pair[0]):
        ks = [k for _, k in numbers]
        found.setdefault(int(counts.block[j // 3]), []).extend((j, k) for k in sorted({ks[0], ks[-1]}))
    return found


def _prices(counts: Counts, fresh: Flags, unseen: Flags, stp: str) -> Floats:
    """What withholding each unknown costs, with all that it stands for; infinite where it cannot be withheld."""
    price = (1 + np.log1p(counts.truth)).reshape(-1, 3)
    price[:, DENOMINATOR] *= _DENOMINATOR
    total = (counts.figures["area"] == stp).to_numpy()
    whole = total & (counts.figures["stratum"] == "all").to_numpy()
    price[total] *= _STP
    price[whole] *= _STP_WHOLE
    price[whole & (counts.figures["measure"] == HEADLINE).to_numpy()] *= _HEADLINE
    price[unseen.reshape(-1, 3)] *= _UNSEEN
    # What a count was before is printed no more.
    price[~counts.now] = 0
    together = np.bincount(counts.same, weights=price.ravel(), minlength=counts.same.size)
    together[REST::3] = np.inf
    return np.where(fresh, together, np.inf)
