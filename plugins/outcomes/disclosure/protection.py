"""Protection: what the gate lets out is tried by the attack before it goes out, and repaired until the attack fails.

Owns the order of gate, attack and repair for one release. Promises that where the attack was made it narrows no count of
1 to 7 that this series ever printed a cell about, or nothing goes out; and to say where it was not made. Never lets out what
the gate has not judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from outcomes.disclosure.counts import Counts
from outcomes.disclosure.found import Found
from outcomes.disclosure.gate import Candidate, let_out
from outcomes.disclosure.knowledge import PARTS
from outcomes.disclosure.memory import Computed, Memory, table
from outcomes.disclosure.released import Key, ReleasedFigure
from outcomes.disclosure.repair import beside, further
from outcomes.disclosure.ties import DENOMINATOR, Counted
from outcomes.disclosure.worlds import Narrowed, narrowed, still_narrowed
from outcomes.errors import SafetyRefusal
from outcomes.ledger import Computation

# Repairs of repairs; two have always been enough, and one that goes on is a fault.
_ROUNDS = 10
_NAMED = 5
# So many counts of 1 to 7 are tried in any case, and more where they are few among all. Where people are so few that every
# third count is one of these, trying takes hours, and hardly anything would be left to print.
_TRIED_IN_ANY_CASE, _SMALL_AMONG_ALL = 600, 0.1


@dataclass(frozen=True, slots=True)
class Attacked:
    """What the attack found: how many counts of 1 to 7 it tried, and the names of those that a reader could narrow."""

    tried: int
    narrowed: tuple[str, ...]


@dataclass(frozen=True)
class Protected:
    """What may go out, and the worlds that the attack found, for the next; None where it was not made."""

    figures: list[ReleasedFigure]
    worlds: bytes | None


def attacked(memory: Memory, computation: Computation, measures: Mapping[str, Counted], stp: str) -> Attacked:
    """Attack the counts of a computation with everything that was ever printed, in whichever edition.

    Raises SafetyRefusal when the figures do not add up.
    """
    counts, said = _faced(memory, computation, measures, stp)
    unknowns = _at_stake(counts, said)
    names = dict.fromkeys(counts.name(j) for j, _ in narrowed(counts, unknowns, Found.read(memory.worlds)))
    return Attacked(len(unknowns), tuple(names))


def protected(
    candidates: Sequence[Candidate],
    memory: Memory,
    computation: Computation,
    measures: Mapping[str, Counted],
    stp: str,
    proven: bool = True,
) -> Protected:
    """Let the candidates out, with as few further cells withheld as the attack makes necessary.

    What was withheld before stays so while its counts are the same; of the rest, what need not be is set free. Where too
    large a share of the counts are to be tried, or an earlier edition was not attacked (not `proven`), it is not: what
    earlier prints give away no repair takes back. What is let out then is judged by the gate alone, all that was withheld
    before stays so, and it is not for publication. `computation` is the one that the candidates are of. Raises
    SafetyRefusal, naming the cells, when a count stays narrowed whatever is withheld.
    """
    counts, said = _faced(memory, computation, measures, stp)
    before = replace(counts, low=counts.low.copy(), high=counts.high.copy())
    unseen = counts.of_keys(memory.withheld)
    # To show a count that was withheld tells of that print, too: it is tried only where the count is another by now.
    withheld = counts.still_withheld(said)
    found = Found.read(memory.worlds)
    left: list[Narrowed] | None = None
    for _ in range(_ROUNDS):
        figures = let_out(candidates, withheld)
        coming = _as_printed(figures, computation.id)
        counts.low, counts.high = before.low.copy(), before.high.copy()
        counts.tell(coming)
        # To withhold more never narrows: after the first time only what was narrowed has to be looked at again.
        if left is None:
            now = _at_stake(counts, coming)
            if not proven or _too_many(len(now), len(PARTS) * len(coming)):
                return Protected(let_out(candidates, memory.withheld), None)
            left = narrowed(counts, {*now, *_at_stake(counts, said)}, found, thorough=False)
        else:
            left = still_narrowed(counts, left, found, thorough=False)
        if not left:
            return Protected(figures, found.stored(counts))
        fresh = (counts.low > before.low) | (counts.high < before.high)
        more = _keys(counts, further(counts, left, fresh, unseen, stp))
        if not more:
            # What no repair nearby helps is either free, as a closer look shows, or needs one further off.
            left = still_narrowed(counts, left, found)
            if not left:
                return Protected(figures, found.stored(counts))
            few = further(counts, left, fresh, unseen, stp, thorough=True)
            more = _keys(counts, few or beside(counts, left, fresh))
            if not more:
                break
        for key, denominator in more.items():
            withheld[key] = withheld.get(key, False) or denominator
    named = list(dict.fromkeys(counts.name(j) for j, _ in left or ()))
    others = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    raise SafetyRefusal(
        "Nothing was released: with what went out before, a reader could narrow the "
        f"{'; the '.join(named[:_NAMED])}{others}. Withholding more of this release does not help: look at what changed "
        "since the last release, and at the measure's file."
    )


def _faced(
    memory: Memory, computation: Computation, measures: Mapping[str, Counted], stp: str
) -> tuple[Counts, pd.DataFrame]:
    """The counts of a computation as a reader faces them after all that was printed, and what of it bears on them."""
    this = Computed(computation.id, computation.last_month)
    counts = Counts.of(memory.told, [*sorted(memory.released - {this}), this], measures, stp)
    if wrong := counts.does_not_add_up():
        raise SafetyRefusal(
            f"Nothing was released: the {wrong} and the counts it is made of do not add up, so nobody can say what a reader "
            "could work out; compute again, and look at the measure's file if that does not help."
        )
    said = memory.printed[memory.printed["measure"].isin(counts.measures)]
    counts.tell(said)
    return counts, said


def _too_many(small: int, counts: int) -> bool:
    """Whether so many of a release's counts are 1 to 7 that they are not tried."""
    return small > _TRIED_IN_ANY_CASE and small > _SMALL_AMONG_ALL * counts


def _at_stake(counts: Counts, printed: pd.DataFrame) -> set[int]:
    """The counts of 1 to 7 behind what was printed."""
    unknowns = (3 * counts.rows(printed)[:, None] + np.arange(3)).ravel()
    return {int(j) for j in unknowns[counts.sensitive[unknowns]]}


def _as_printed(figures: Sequence[ReleasedFigure], computation_id: int) -> pd.DataFrame:
    """Released figures as a history: KEY, COUNTS as printed (empty where there is none), state, computation_id."""
    return table([(*f.key, f.denominator, f.numerator, f.state, computation_id) for f in figures])


def _keys(counts: Counts, unknowns: set[int]) -> dict[Key, bool]:
    """The figures of some counts and of those that are the same, and whether a denominator is among these."""
    keys: dict[Key, bool] = {}
    for unknown in (int(u) for one in unknowns for u in counts.all_the_same(one)):
        key = counts.key(unknown)
        keys[key] = keys.get(key, False) or unknown % 3 == DENOMINATOR
    return keys
