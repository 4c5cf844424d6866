"""The whole numbers behind a series of computations, as a reader faces them: unknown, but tied together.

Owns the puzzle: three unknowns (numerator, rest, denominator) for each figure and for each that it became later, the
equations between them, and between which bounds what was printed leaves each. Promises that the truth solves it, and that
every print is taken at its word: a printed count is a rounded one, nothing printed may be anything. Never prints anything
itself. Sensitive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from outcomes.disclosure.gate import ROUNDED_TO, SMALLEST_SHOWN
from outcomes.disclosure.knowledge import PARTS
from outcomes.disclosure.memory import Computed
from outcomes.disclosure.released import Key
from outcomes.disclosure.ties import DENOMINATOR, NUMERATOR, REST, Counted, Flags, Floats, Ties, Whole
from outcomes.ledger.figures import KEY
from outcomes.periods import Month

_EXACT = 1e-9
# A computation's number in the ledger stays below.
_MOST_COMPUTATIONS = 2**31


@dataclass
class Counts:
    """Unknown number 3·i + part belongs to figure i. Equations: `least` <= `equations` @ unknowns <= 0.

    Where two measures count the same people, one unknown stands for both: `same` gives it, and only it has bounds and is in
    equations. A `block` is what of a measure lies in one quarter, or all its rolling years; `now` flags the figures of the
    computation in question, `sensitive` the unknowns that count 1 to 7 people or events.
    """

    figures: pd.DataFrame
    measures: tuple[str, ...]
    same: Whole
    truth: Floats
    low: Floats
    high: Floats
    whole: Flags
    sensitive: Flags
    equations: sparse.csr_array
    least: Floats
    block: Whole
    now: Flags
    _key: dict[tuple[str, ...], int] = field(repr=False)
    _since: Whole = field(repr=False)

    @classmethod
    def of(
        cls, told: pd.DataFrame, computed: Sequence[Computed], measures: Mapping[str, Counted], stp: str
    ) -> "Counts":
        """The puzzle of these computations before anything was printed; the last is the one in question.

        `told` are `memory.runs`.
        """
        in_force = [c.left_in_force(told) for c in computed]
        kept = np.any(in_force, axis=0) & told["measure"].isin(list(measures)).to_numpy()
        figures = told[kept].reset_index(drop=True)
        in_force = [flags[kept] for flags in in_force]
        scoring = figures["measure"].map({name: m.scoring for name, m in measures.items()}).to_numpy()
        proportion, mean = scoring == "proportion", scoring == "mean"
        numerator, denominator = (np.nan_to_num(figures[c].to_numpy(float)) for c in ("numerator", "denominator"))
        rest = np.where(proportion, denominator - numerator, 0.0)
        truth = np.stack([numerator, rest, denominator], axis=1)
        # A reader knows of what is not submitted that it is not in: nobody is counted there.
        nobody = (figures["state"] == "not_submitted").to_numpy()
        high = np.full(truth.shape, np.inf)
        high[nobody] = 0.0
        high[~proportion, REST] = 0.0
        small = (truth > 0) & (truth < SMALLEST_SHOWN)
        # The sum of a mean's observations is no count of people.
        small[mean, NUMERATOR] = False
        whole = np.ones_like(small)
        whole[mean, NUMERATOR] = False
        tied = Ties(figures, in_force, truth.ravel(), nobody, measures, stp)
        equations, least = tied.equations()
        keys = pd.factorize(pd.MultiIndex.from_frame(figures[KEY]))
        return cls(
            figures=figures,
            measures=tied.measures,
            same=tied.same,
            truth=truth.ravel(),
            low=np.zeros(truth.size),
            high=high.ravel(),
            whole=whole.ravel(),
            sensitive=small.ravel(),
            equations=equations,
            least=least,
            block=_blocks(figures),
            now=in_force[-1],
            _key={key: i for i, key in enumerate(keys[1])},
            _since=_in_time(keys[0], figures["since"].to_numpy(np.int64)),
        )

    @cached_property
    def by_unknown(self) -> sparse.csc_array:
        """The equations once more, quick to look up by unknown."""
        return self.equations.tocsc()

    def around(self, unknowns: Whole, steps: int) -> Whole:
        """These unknowns and those so many equations away, with all that each became, sorted."""
        before = 0
        for _ in range(steps):
            if len(unknowns) == before:
                break
            before = len(unknowns)
            unknowns = np.unique(self._became[np.unique(self._becoming[unknowns].indices)].indices)
            # One that is in no equation is still there.
            unknowns = np.union1d(unknowns, self.equations[self.holding(unknowns)].indices)
        return unknowns

    @cached_property
    def _becoming(self) -> sparse.csr_array:
        """Unknowns by counts with the same key: where each belongs."""
        key = (3 * (self._since // _MOST_COMPUTATIONS)[:, None] + np.arange(3)).ravel()
        return sparse.csr_array((np.ones(len(key)), (self.same, key)))

    @cached_property
    def _became(self) -> sparse.csr_array:
        return self._becoming.T.tocsr()

    def holding(self, unknowns: Whole) -> Whole:
        """Which equations hold one of the unknowns."""
        return np.unique(self.by_unknown[:, unknowns].indices)

    def does_not_add_up(self) -> str | None:
        """The name of a count for which the truth does not solve the puzzle; None when it does, as it has to."""
        sums = self.equations @ self.truth
        slack = _EXACT * np.maximum(1.0, abs(self.equations) @ np.abs(self.truth))
        wrong = np.flatnonzero((sums > slack) | (sums < self.least - slack))
        if len(wrong):
            return self.name(int(self.equations[[wrong[0]]].indices[0]))
        unlike = np.flatnonzero(self.truth != self.truth[self.same])
        return self.name(int(unlike[0])) if len(unlike) else None

    def rows(self, printed: pd.DataFrame) -> Whole:
        """Which figures these are (KEY, computation_id); raises KeyError for one that was never computed."""
        key = np.array([self._key[key] for key in zip(*(printed[c] for c in KEY), strict=True)], dtype=np.int64)
        when = _in_time(key, printed["computation_id"].to_numpy(np.int64))
        order = np.argsort(self._since)
        return order[np.searchsorted(self._since, when, side="right", sorter=order) - 1]

    def tell(self, printed: pd.DataFrame) -> None:
        """Let the reader see what was printed: KEY, computation_id, denominator and numerator, empty where withheld."""
        rows = self.rows(printed)
        for part, column in ((NUMERATOR, "numerator"), (DENOMINATOR, "denominator")):
            counts = printed[column].to_numpy(float)
            seen = ~np.isnan(counts)
            unknowns = self.same[3 * rows[seen] + part]
            low, high = stands_for(counts[seen], self.whole[3 * rows[seen] + part])
            np.maximum.at(self.low, unknowns, low)
            np.minimum.at(self.high, unknowns, high)

    def all_the_same(self, unknown: int) -> Whole:
        """Every unknown for which this one stands."""
        return np.flatnonzero(self.same == unknown)

    def key(self, unknown: int) -> Key:
        """The key of the figure that a count belongs to."""
        measure, area, grain, period, stratum, value = self.figures.loc[unknown // 3, KEY]
        return str(measure), str(area), str(grain), str(period), str(stratum), str(value)

    def of_keys(self, withheld: Mapping[Key, bool]) -> Flags:
        """Flags the unknowns of figures with these keys, the denominators only where it says so."""
        keys = zip(*(self.figures[c] for c in KEY), strict=True)
        hidden = [withheld.get((m, a, g, p, s, v)) for m, a, g, p, s, v in keys]
        named, whole = np.array([h is not None for h in hidden]), np.array([bool(h) for h in hidden])
        return np.stack([named, named, whole], axis=1).ravel()

    def still_withheld(self, printed: pd.DataFrame) -> dict[Key, bool]:
        """The figures that were withheld when their counts were what they are now, and whether the denominator was."""
        hidden = printed[printed["state"] == "suppressed"]
        still: dict[Key, bool] = {}
        for row, whole in zip(self.rows(hidden), hidden["denominator"].isna(), strict=True):
            if self.now[row]:
                key = self.key(3 * int(row))
                still[key] = still.get(key, False) or bool(whole)
        return still

    def name(self, unknown: int) -> str:
        """Which count this is, in words, without what it is."""
        measure, area, grain, period, stratum, value = self.key(unknown)
        group = "" if stratum == "all" else f", {stratum} {value}"
        return f"{PARTS[unknown % 3]} of {measure} {area} {period} ({grain}{group})"


def stands_for(printed: Floats, whole: Flags) -> tuple[Floats, Floats]:
    """Between which numbers lies what is printed as a multiple of 5: a count of people, or else a sum of observations."""
    within = np.where(whole, ROUNDED_TO // 2, ROUNDED_TO / 2)
    fewest = np.where(whole, SMALLEST_SHOWN, 0)
    nought = printed == 0
    low = np.where(nought, 0.0, np.maximum(fewest, printed - within))
    high = np.where(nought & whole, 0.0, printed + within)
    return low, high


def _in_time(key: Whole, computation: Whole) -> Whole:
    """Keys and computations as one number each, in order of key and then of time."""
    return key * _MOST_COMPUTATIONS + computation


def _blocks(figures: pd.DataFrame) -> Whole:
    def quarter(grain: str, period: str) -> str:
        return Month.parse(period).quarter if grain == "month" else period if grain == "quarter" else ""

    quarters = {at: quarter(*at) for at in set(zip(figures["grain"], figures["period"], strict=True))}
    of_figure = [quarters[at] for at in zip(figures["grain"], figures["period"], strict=True)]
    return pd.factorize(pd.MultiIndex.from_arrays([figures["measure"], of_figure]))[0].astype(np.int64)
