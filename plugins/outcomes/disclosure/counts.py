"""The whole numbers behind the figures of one computation, as a reader faces them: unknown, but tied together.

Owns the puzzle: three unknowns for each figure (numerator, rest, denominator), the equations between them, and between
which bounds what was printed leaves each. Promises that the truth solves it, and that every print is taken at its word:
a printed count is a rounded one, nothing printed may be anything. Never prints anything itself. Sensitive.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from outcomes.disclosure.gate import ROUNDED_TO, SMALLEST_SHOWN
from outcomes.disclosure.knowledge import PARTS, Place, Relation, relations, sums
from outcomes.disclosure.released import Key
from outcomes.ledger.figures import KEY

NUMERATOR, REST, DENOMINATOR = range(3)
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_PLACE = KEY[1:]
_NONE = -1
_EXACT = 1e-9


class Counted(Protocol):
    """What has to be known of a measure to puzzle over its counts."""

    @property
    def scoring(self) -> str:
        """proportion, rate or mean"""

    @property
    def ccg_grain(self) -> str:
        """month or quarter: how often a CCG's figure is published"""


@dataclass
class Counts:
    """Unknown number 3·i + part belongs to figure i. Equations: `least` <= `equations` @ unknowns <= 0.

    Where two measures count the same people, one unknown stands for both: `same` gives it, and only it has bounds and is in
    equations. `measure` is the place of a figure's measure in `measures`; `sensitive` marks the unknowns that count 1 to 7
    people or events.
    """

    figures: pd.DataFrame
    measures: tuple[str, ...]
    measure: Whole
    same: Whole
    truth: Floats
    low: Floats
    high: Floats
    whole: Flags
    sensitive: Flags
    equations: sparse.csr_array
    least: Floats
    _rows: dict[tuple[str, ...], int] = field(repr=False)

    @classmethod
    def of(cls, exact: pd.DataFrame, measures: Mapping[str, Counted], stp: str) -> "Counts":
        """The puzzle of a computation's exact figures (KEY, denominator, numerator, state) before anything was printed."""
        exact = exact[exact["measure"].isin(list(measures))].reset_index(drop=True)
        scoring = exact["measure"].map({name: m.scoring for name, m in measures.items()}).to_numpy()
        proportion, mean = scoring == "proportion", scoring == "mean"
        numerator, denominator = (np.nan_to_num(exact[c].to_numpy(float)) for c in ("numerator", "denominator"))
        rest = np.where(proportion, denominator - numerator, 0.0)
        truth = np.stack([numerator, rest, denominator], axis=1)
        # A reader knows of what is not submitted that it is not in: nobody is counted there.
        nobody = (exact["state"] == "not_submitted").to_numpy()
        high = np.full(truth.shape, np.inf)
        high[nobody] = 0.0
        high[~proportion, REST] = 0.0
        small = (truth > 0) & (truth < SMALLEST_SHOWN)
        # The sum of a mean's observations is no count of people.
        small[mean, NUMERATOR] = False
        whole = np.ones_like(small)
        whole[mean, NUMERATOR] = False
        names = tuple(sorted(set(exact["measure"])))
        tied = _Ties(exact, names, measures, stp, proportion, nobody)
        equations, least = tied.equations()
        return cls(
            figures=exact,
            measures=names,
            measure=tied.measure,
            same=tied.same,
            truth=truth.ravel(),
            low=np.zeros(truth.size),
            high=high.ravel(),
            whole=whole.ravel(),
            sensitive=small.ravel(),
            equations=equations,
            least=least,
            _rows={key: i for i, key in enumerate(zip(*(exact[c] for c in KEY), strict=True))},
        )

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
        """Which figures these are (KEY); raises KeyError for one that was not computed."""
        return np.array([self._rows[key] for key in zip(*(printed[c] for c in KEY), strict=True)], dtype=np.int64)

    def tell(self, printed: pd.DataFrame) -> None:
        """Let the reader see what was printed: KEY, denominator and numerator, empty where withheld.

        With the flags of `memory.said_of` a print bounds a count from one side only where they say so.
        """
        rows = self.rows(printed)
        for part, column in ((NUMERATOR, "numerator"), (DENOMINATOR, "denominator")):
            counts = printed[column].to_numpy(float)
            low, high = stands_for(counts, self.whole[3 * rows + part])
            for bound, side, take in ((low, "at_least", np.maximum), (high, "at_most", np.minimum)):
                seen = ~np.isnan(counts)
                if f"{side}_{column}" in printed:
                    seen &= printed[f"{side}_{column}"].to_numpy(bool)
                take.at(self.low if side == "at_least" else self.high, self.same[3 * rows[seen] + part], bound[seen])

    def all_the_same(self, unknown: int) -> Whole:
        """Every unknown for which this one stands."""
        return np.flatnonzero(self.same == unknown)

    def key(self, unknown: int) -> Key:
        """The key of the figure that a count belongs to."""
        measure, area, grain, period, stratum, value = self.figures.loc[unknown // 3, KEY]
        return str(measure), str(area), str(grain), str(period), str(stratum), str(value)

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


class _Ties:
    """The equations between the unknowns of some figures."""

    def __init__(
        self,
        exact: pd.DataFrame,
        names: Sequence[str],
        measures: Mapping[str, Counted],
        stp: str,
        proportion: Flags,
        nobody: Flags,
    ) -> None:
        places: dict[Place, int] = {}
        found = [places.setdefault(place, len(places)) for place in zip(*(exact[c] for c in _PLACE), strict=True)]
        self.places = places
        self.names = names
        code = {name: i for i, name in enumerate(names)}
        self.measure: Whole = np.array([code[name] for name in exact["measure"]], dtype=np.int64)
        self.measures = measures
        self.stp = stp
        self.nobody = nobody
        # Where a figure stands: by measure and place, or nowhere.
        self.at = np.full((len(names), len(places)), _NONE, dtype=np.int64)
        self.at[self.measure, found] = np.arange(len(exact))
        self.same = self._same()
        self.is_proportion = {name: bool(proportion[self.measure == code[name]].any()) for name in names}

    def equations(self) -> tuple[sparse.csr_array, Floats]:
        known = [part for part in (*self._adding_up(), *self._within(), *self._between()) if len(part[0])]
        rows, columns, values, start = [], [], [], 0
        for unknowns, factors, _ in known:
            rows.append(np.repeat(np.arange(start, start + len(unknowns)), unknowns.shape[1]))
            columns.append(self.same[unknowns].ravel())
            values.append(np.tile(factors, len(unknowns)))
            start += len(unknowns)
        least = np.repeat([low for *_, low in known], [len(unknowns) for unknowns, *_ in known])
        shape = (start, 3 * len(self.measure))
        if not rows:
            return sparse.csr_array(shape), np.zeros(0)
        matrix = sparse.coo_array(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape
        )
        return matrix.tocsr(), least.astype(float)

    def _adding_up(self) -> Iterator[tuple[Whole, Floats, float]]:
        known = sorted(sums(self.places, self.stp), key=lambda s: (s[0], len(s[2])))
        for (unit, size), alike in groupby(known, key=lambda s: (s[0], len(s[2]))):
            members = np.array([[self.places[total], *(self.places[p] for p in parts)] for _, total, parts in alike])
            unknowns = []
            for code, name in enumerate(self.names):
                if unit in ("both", self._unit(name)):
                    rows = self.at[code][members]
                    rows = rows[(rows != _NONE).all(axis=1)]
                    # The rest adds up where numerator and denominator do.
                    unknowns += [3 * rows + NUMERATOR, 3 * rows + DENOMINATOR]
            if unknowns:
                # What several measures count adds up once.
                yield np.unique(self.same[np.concatenate(unknowns)], axis=0), np.r_[-1.0, np.ones(size)], 0.0

    def _within(self) -> Iterator[tuple[Whole, Floats, float]]:
        for code, name in enumerate(self.names):
            if self.is_proportion[name]:
                rows = np.flatnonzero(self.measure == code)[:, None]
                yield 3 * rows + np.arange(3), np.array([1.0, 1.0, -1.0]), 0.0

    def _between(self) -> Iterator[tuple[Whole, Floats, float]]:
        for relation in relations():
            named = [term.measure for term in relation.terms]
            if not relation.equal and set(named) <= set(self.names):
                factors = np.array([float(term.times) for term in relation.terms])
                yield self._where(relation, self._finest(named)), factors, -np.inf

    def _same(self) -> Whole:
        """For each unknown the one that stands for it."""
        same = np.arange(3 * len(self.measure))
        for relation in relations():
            if relation.equal and {term.measure for term in relation.terms} <= set(self.names):
                left, right = self._where(relation, np.arange(len(self.places))).T
                same[left] = right
        while not np.array_equal(same, same[same]):
            same = same[same]
        return same

    def _where(self, relation: Relation, places: Whole) -> Whole:
        """The unknowns of a relation's terms at each of the places that all its measures have a figure of."""
        columns = self.at[[self.names.index(term.measure) for term in relation.terms]][:, places].T
        there = (columns != _NONE).all(axis=1)
        there &= ~self.nobody[np.where(columns == _NONE, 0, columns)].any(axis=1)
        unknowns: Whole = 3 * columns[there] + np.array([PARTS.index(term.part) for term in relation.terms])
        return unknowns

    def _finest(self, named: Sequence[str]) -> Whole:
        """The places of which all others of these measures are sums: what holds there holds everywhere."""
        codes = [self.names.index(name) for name in named]
        common = {p: i for p, i in self.places.items() if (self.at[codes, i] != _NONE).all()}
        strata = [i for (_, grain, *_, s, _), i in common.items() if s != "all" and grain == "quarter"]
        whole = {p: i for p, i in common.items() if p[3] == "all"}
        if not any(grain != "rolling-12" for _, grain, *_ in whole):
            return np.array([*whole.values(), *strata], dtype=np.int64)
        unit = "month" if all(self._unit(name) == "month" for name in named) else "quarter"
        ccgs = [i for (area, grain, *_), i in whole.items() if area != self.stp and grain == unit]
        months = [i for (area, grain, *_), i in whole.items() if area == self.stp and grain == "month"]
        return np.array([*ccgs, *(months if unit == "quarter" else []), *strata], dtype=np.int64)

    def _unit(self, name: str) -> str:
        return self.measures[name].ccg_grain
