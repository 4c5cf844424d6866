"""Moves: how counts could be others than they are, and everything printed still be so.

Owns the linear programme: what each unknown gains and what it loses, seen from the truth, where nothing moves and all is
well. Promises hardly any other moves than those asked for, so that what it finds is near the truth and mostly in whole
numbers. Gives up after so much work, never by the clock: the same puzzle has the same answer everywhere.

Solved with HiGHS (Huangfu and Hall 2018, Mathematical Programming Computation 10), each time from the truth on: what a move
of one count asks of others is found in a few steps of the dual simplex.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from outcomes.disclosure.counts import Counts
from outcomes.disclosure.ties import REST, Flags, Floats, Whole

# What a move by one is worth where it is asked for, and costs anywhere else: more than any cell, and less.
_WORTH, _COST = 1e4, 1e-2
# Steps of the simplex for one search; in whole numbers for all branches together.
_STEPS, _WHOLE_STEPS = 5_000, 50_000
EXACT = 1e-6


@dataclass(frozen=True)
class Part:
    """Some unknowns; all others are held at their truth, which only makes a world harder to find."""

    unknowns: Whole
    equations: sparse.csr_array
    least: Floats
    most: Floats
    low: Floats
    high: Floats
    truth: Floats
    whole: Flags

    @classmethod
    def of(cls, counts: Counts, unknowns: Whole) -> "Part":
        """These unknowns, and whatever gives way to them and is printed nowhere."""
        held = counts.equations[counts.holding(unknowns)].indices
        # The rest of another measure: it gives way when the denominator moves that both share.
        unknowns = np.union1d(unknowns, held[held % 3 == REST])
        return cls._of(counts, unknowns, counts.holding(unknowns))

    @classmethod
    def loosely(cls, counts: Counts, unknowns: Whole) -> "Part":
        """These unknowns and those that share an equation with them, of which no others are asked: what is impossible here
        is impossible."""
        held = counts.holding(unknowns)
        return cls._of(counts, np.union1d(unknowns, counts.equations[held].indices), held)

    @classmethod
    def _of(cls, counts: Counts, unknowns: Whole, held: Whole) -> "Part":
        rows = counts.equations[held]
        own = rows[:, unknowns]
        others = rows @ counts.truth - own @ counts.truth[unknowns]
        return cls(
            unknowns,
            own,
            counts.least[held] - others,
            -others,
            counts.low[unknowns],
            counts.high[unknowns],
            counts.truth[unknowns],
            counts.whole[unknowns],
        )

    def only(self, places: Whole) -> "Part":
        """A part of this part."""
        touched = self.holding(places)
        own = self.equations[:, places][touched]
        rest = self.equations[touched] @ self.truth - own @ self.truth[places]
        return Part(
            self.unknowns[places],
            own,
            self.least[touched] - rest,
            self.most[touched] - rest,
            self.low[places],
            self.high[places],
            self.truth[places],
            self.whole[places],
        )

    def holding(self, places: Whole) -> Whole:
        """Which of the equations hold one of the places."""
        return np.flatnonzero(np.diff(self.equations[:, places].indptr))

    def place(self, unknowns: Iterable[int]) -> Whole:
        """Where unknowns of the puzzle stand in this part; each has to stand for itself."""
        return np.searchsorted(self.unknowns, np.fromiter(unknowns, np.int64))


class Moves:
    """The programme of a part: columns for what each unknown gains and what each loses within its bounds, then for what
    those with a finite price gain and lose beyond.

    In `whole` numbers it looks for the first moves that reach what is asked for, and not for the cheapest.
    """

    def __init__(self, part: Part, *, whole: bool = False, price: Floats | None = None) -> None:
        self.part = part
        self.whole = whole
        many = len(part.truth)
        bounded = (part.low > 0) | np.isfinite(part.high)
        self.can = np.zeros(0, np.int64) if price is None else np.flatnonzero(np.isfinite(price) & bounded)
        prices = np.zeros(0) if price is None else price[self.can]
        self.costs = np.r_[np.full(2 * many, _COST), prices, prices]
        within = np.maximum(np.r_[part.high - part.truth, part.truth - part.low], 0)
        self.most = np.r_[within, np.full(len(self.can), np.inf), part.low[self.can]]
        each = part.equations
        matrix = sparse.hstack([each, -each, each[:, self.can], -each[:, self.can]], format="csc")
        sums = part.equations @ part.truth
        programme = highspy.HighsLp()
        programme.num_row_, programme.num_col_ = matrix.shape
        programme.col_cost_ = self.costs
        programme.col_lower_, programme.col_upper_ = np.zeros(len(self.most)), self.most
        # The truth solves the equations but for what doubles lose.
        programme.row_lower_, programme.row_upper_ = np.minimum(part.least - sums, 0), np.maximum(part.most - sums, 0)
        programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        programme.a_matrix_.start_, programme.a_matrix_.index_ = matrix.indptr, matrix.indices
        programme.a_matrix_.value_ = matrix.data
        if whole:
            kinds = {True: highspy.HighsVarType.kInteger, False: highspy.HighsVarType.kContinuous}
            programme.integrality_ = [kinds[w] for w in part.whole.tolist()] * 2
        self.highs = highspy.Highs()
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("simplex_iteration_limit", _WHOLE_STEPS if whole else _STEPS),
            *((("mip_max_improving_sols", 1),) if whole else (("presolve", "off"), ("solver", "simplex"))),
        ):
            self.highs.setOptionValue(option, value)
        self.highs.passModel(programme)

    def world(self, places: Whole, k: int, draw: int = 0) -> Floats | None:
        """The part's unknowns when these come as near to k as they can; None when the work ran out.

        Each `draw` weighs other moves otherwise, and finds another such world where there is one.
        """
        many = len(self.part.truth)
        found = self._solved(places, k, draw)
        return None if found is None else self.part.truth + found[:many] - found[many : 2 * many]

    def beyond(self, places: Whole, k: int) -> Whole:
        """The places that move beyond their bounds, at the least price, when as many as can be become k."""
        found = self._solved(places, k)
        if found is None:
            return np.zeros(0, np.int64)
        gained, lost = found[2 * len(self.part.truth) :].reshape(2, -1)
        return self.can[gained + lost > EXACT]

    def open(self, places: Whole) -> None:
        """Let these be anything from now on."""
        columns = np.r_[places, places + len(self.part.truth)]
        self.most[columns] = np.r_[np.full(len(places), np.inf), self.part.truth[places]]
        self._bound(columns, np.zeros(len(columns)), self.most[columns])

    def _solved(self, places: Whole, k: int, draw: int = 0) -> Floats | None:
        many = len(self.part.truth)
        away = k - self.part.truth[places]
        towards, back = np.where(away > 0, [places, places + many], [places + many, places])
        costs = self.costs * np.random.default_rng(draw).uniform(1, 2, len(self.costs)) if draw else self.costs.copy()
        costs[towards] = -_WORTH
        self.highs.changeColsCost(len(costs), np.arange(len(costs), dtype=np.int32), costs)
        most = np.minimum(self.most[towards], np.abs(away))
        none = np.zeros(len(most))
        self._bound(towards, most if self.whole else none, most)
        self._bound(back, none, none)
        self.highs.setBasis()
        self.highs.run()
        fits = self.highs.getInfo().primal_solution_status == highspy.kSolutionStatusFeasible
        found = np.array(self.highs.getSolution().col_value) if fits else None
        self._bound(towards, none, self.most[towards])
        self._bound(back, none, self.most[back])
        return found

    def _bound(self, columns: Whole, least: Floats, most: Floats) -> None:
        self.highs.changeColsBounds(len(columns), columns.astype(np.int32), least, most)
