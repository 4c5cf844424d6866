"""Small tables of exact figures, and an attacker who tries out every whole number that there could be behind them.

The attacker here shares nothing with the product's: it has the rules of print, sums written out by hand, and patience.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from outcomes.definitions.measures import measures
from outcomes.disclosure.gate import Candidate
from outcomes.disclosure.memory import Computed, Memory, table
from outcomes.disclosure.protection import protected
from outcomes.disclosure.released import Key, ReleasedFigure
from outcomes.ledger import Computation

# A proportion whose CCGs are published by the month, one by the quarter, and a rate by the month.
MONTHLY, QUARTERLY, RATE = "deaths_in_hospital", "crisis_admissions_three_or_more", "crisis_admissions"
LAST = "2018-06"
STP, CCGS = "QNC", ("05D", "05W")
# The attacker tries counts up to this: any total printed in these tables leaves out what is larger.
MOST = 26

# area, grain, period
Place = tuple[str, str, str]
# denominator and numerator
Pair = tuple[int, int]
Exact = Mapping[Place, Pair]


@dataclass
class Series:
    """A series of releases of one measure: what was computed and printed so far."""

    measure: str
    computed: list[Exact]
    printed: list[dict[Place, ReleasedFigure]]
    worlds: bytes | None = None

    @classmethod
    def of(cls, measure: str) -> "Series":
        return cls(measure, [], [])

    def release(self, exact: Exact) -> dict[Place, ReleasedFigure]:
        """Compute and let out: what is printed by place; raises SafetyRefusal."""
        self.computed.append(exact)
        number = len(self.computed)
        memory = Memory.from_history(
            table([r for i, e in enumerate(self.computed, 1) for r in self._rows(e, i)]),
            table([r for i, p in enumerate(self.printed, 1) for r in self._prints(p, i)]),
            [Computed(i, LAST) for i in range(1, number)],
            self.worlds,
        )
        candidates = [candidate((self.measure, *place, "all", "all"), *pair) for place, pair in exact.items()]
        out = protected(candidates, memory, Computation(id=number, last_month=LAST), measures(), STP)
        self.worlds = out.worlds
        self.printed.append({(f.area, f.grain, f.period): f for f in out.figures})
        return self.printed[-1]

    def _rows(self, exact: Exact, number: int) -> Iterable[tuple[object, ...]]:
        for place, (denominator, numerator) in exact.items():
            state = "counted" if denominator else "no_cases"
            yield (self.measure, *place, "all", "all", denominator, numerator, state, number)

    def _prints(self, printed: Mapping[Place, ReleasedFigure], number: int) -> Iterable[tuple[object, ...]]:
        for place, f in printed.items():
            yield (self.measure, *place, "all", "all", f.denominator, f.numerator, f.state, number)


def candidate(key: Key, denominator: int, numerator: int) -> Candidate:
    """A settled figure that may go out."""
    measure, area, grain, period, stratum, value = key
    return Candidate(
        measure=measure,
        area=area,
        grain=grain,
        period=period,
        stratum=stratum,
        stratum_value=value,
        measure_version=1,
        scoring=measures()[measure].scoring,
        denominator=denominator,
        numerator=numerator,
        spread=None,
        state="counted" if denominator else "no_cases",
        provisional=False,
        missing="",
    )


def of_a_month(*pairs: Pair, month: str = "2018-04") -> dict[Place, Pair]:
    """The CCGs' figures of a month and the STP's."""
    exact = {(ccg, "month", month): pair for ccg, pair in zip(CCGS, pairs, strict=True)}
    return exact | {(STP, "month", month): (sum(d for d, _ in pairs), sum(n for _, n in pairs))}


def bounds(printed: int | None) -> tuple[int, int]:
    """What a reader takes a printed count for: withheld is anything, 0 is 0, all else is within 2 and at least 8."""
    if printed is None:
        return 0, MOST
    return (0, 0) if printed == 0 else (max(8, printed - 2), printed + 2)


def possible(low: Sequence[int], high: Sequence[int], sums: Mapping[int, Sequence[tuple[int, int]]]) -> list[set[int]]:
    """The values that each of some unknowns can have, between bounds and where they add up. Everything is tried out.

    `sums` gives for each unknown that others make, which: (1, part) is added, (-1, part) taken off.
    """
    free = [i for i in range(len(low)) if i not in sums]
    grid = np.meshgrid(*(np.arange(low[i], high[i] + 1, dtype=np.int16) for i in free), indexing="ij", sparse=True)
    values = dict(zip(free, grid, strict=True))
    fits = np.ones(np.broadcast_shapes(*(g.shape for g in grid)), bool)
    for total, parts in sums.items():
        values[total] = np.sum(np.broadcast_arrays(*(sign * values[part] for sign, part in parts)), axis=0)
        fits &= (values[total] >= low[total]) & (values[total] <= high[total])
    return [
        {int(v) for v in np.flatnonzero(np.bincount(np.broadcast_to(v_, fits.shape)[fits]))}
        for v_ in (values[i] for i in range(len(low)))
    ]
