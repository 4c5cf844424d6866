"""How the counts of a series of computations are tied together: as equations between unknown numbers.

Owns the step from what every reader knows (`knowledge`) to equations over the figures of each computation, and between a
figure and what became of it in a later one. Promises one equation once, in however many computations it holds. Never looks
at a print.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from outcomes.disclosure.knowledge import PARTS, Place, Relation, relations, sums
from outcomes.ledger.figures import KEY

NUMERATOR, REST, DENOMINATOR = range(3)
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_PLACE = KEY[1:]
_NONE = -1
# Factors, the least that their unknowns add up to (at most nought), and the unknowns: a row for each equation.
_Alike = tuple[tuple[float, ...], float, Whole]


class Counted(Protocol):
    """What has to be known of a measure to puzzle over its counts."""

    @property
    def scoring(self) -> str:
        """proportion, rate or mean"""

    @property
    def ccg_grain(self) -> str:
        """month or quarter: how often a CCG's figure is published"""


class Ties:
    """The equations between the unknowns of some figures; unknown number 3·i + part belongs to figure i.

    `same` gives for each unknown the one that stands for it wherever both count the same people; `measures` are the names,
    `measure` the place of each figure's among them. A row of `in_force` for each computation flags its figures.
    """

    def __init__(
        self,
        figures: pd.DataFrame,
        in_force: Sequence[Flags],
        truth: Floats,
        nobody: Flags,
        counted: Mapping[str, Counted],
        stp: str,
    ) -> None:
        self.measures = tuple(sorted(set(figures["measure"])))
        code = {name: i for i, name in enumerate(self.measures)}
        self.measure: Whole = np.array([code[name] for name in figures["measure"]], dtype=np.int64)
        places = pd.MultiIndex.from_frame(figures[_PLACE])
        place, known = pd.factorize(places)
        before = np.zeros(len(figures), bool)
        self._computed = []
        for now in in_force:
            at = np.full((len(self.measures), len(known)), _NONE, dtype=np.int64)
            at[self.measure[now], place[now]] = np.flatnonzero(now)
            self._computed.append(_Computed(self.measures, at, list(known), now & ~before, nobody, counted, stp))
            before = now
        self._proportion = (figures["measure"].map({n: counted[n].scoring for n in code}) == "proportion").to_numpy()
        self._became = _became(figures, truth, nobody)
        self.same = self._same(truth)

    def equations(self) -> tuple[sparse.csr_array, Floats]:
        """Every equation once: `least` <= `matrix` @ unknowns <= 0."""
        alike: dict[tuple[tuple[float, ...], float], list[Whole]] = {}
        for factors, low, unknowns in self._every():
            alike.setdefault((factors, low), []).append(self.same[unknowns])
        rows, columns, values, least, start = [], [], [], [], 0
        for (factors, low), found in alike.items():
            unknowns = np.unique(np.concatenate(found), axis=0)
            rows.append(np.repeat(np.arange(start, start + len(unknowns)), len(factors)))
            columns.append(unknowns.ravel())
            values.append(np.tile(factors, len(unknowns)))
            least.append(np.full(len(unknowns), low))
            start += len(unknowns)
        shape = (start, 3 * len(self.measure))
        if not rows:
            return sparse.csr_array(shape), np.zeros(0)
        matrix = sparse.coo_array(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape
        )
        return matrix.tocsr(), np.concatenate(least)

    def _every(self) -> Iterator[_Alike]:
        yield (1.0, 1.0, -1.0), 0.0, 3 * np.flatnonzero(self._proportion)[:, None] + np.arange(3)
        yield (1.0, -1.0), -np.inf, self._became[1]
        for computed in self._computed:
            yield from computed.adding_up()
            yield from computed.bounding()

    def _same(self, truth: Floats) -> Whole:
        pairs = np.concatenate([self._became[0], *(c.counted_twice() for c in self._computed)])
        links = sparse.coo_array((np.ones(len(pairs)), pairs.T), shape=(len(truth), len(truth)))
        _, together = connected_components(links, directed=False)
        first = np.full(len(truth), len(truth), dtype=np.int64)
        np.minimum.at(first, together, np.arange(len(truth)))
        stands: Whole = first[together]
        return stands


def _became(figures: pd.DataFrame, truth: Floats, nobody: Flags) -> tuple[Whole, Whole]:
    """Of each figure and what it became next: the pairs of counts that are the same, and those of which the first is less.

    A reader is granted which counts did not change from one computation to the next, and that late registrations only
    add; but not that a count which moved came back to what it had been.
    """
    key = figures.groupby(KEY, sort=False).ngroup().to_numpy()
    order = np.argsort(key, kind="stable")
    same: list[Whole] = []
    less: list[Whole] = []
    before, after = order[:-1], order[1:]
    for part in (NUMERATOR, DENOMINATOR):
        count = truth[part::3]
        for found, alike in ((same, np.equal), (less, np.less)):
            tied = (key[before] == key[after]) & alike(count[before], count[after]) & ~nobody[before] & ~nobody[after]
            found.append(3 * np.stack([before[tied], after[tied]], axis=1) + part)
    return np.concatenate(same), np.concatenate(less)


class _Computed:
    """The figures of one computation, `at` measure and place, of which some were not in force in the one before."""

    def __init__(
        self,
        measures: Sequence[str],
        at: Whole,
        places: Sequence[Place],
        fresh: Flags,
        nobody: Flags,
        counted: Mapping[str, Counted],
        stp: str,
    ) -> None:
        self.measures = measures
        self.at = at
        self.places = {places[i]: i for i in np.flatnonzero((at != _NONE).any(axis=0)).tolist()}
        self.fresh = fresh
        self.nobody = nobody
        self.units = [counted[name].ccg_grain for name in measures]
        self.stp = stp

    def adding_up(self) -> Iterator[_Alike]:
        """What makes up a total, of numerators and of denominators; the rest adds up where these do."""
        known = sorted(sums(self.places, self.stp), key=lambda s: (s[0], len(s[2])))
        for (unit, size), alike in groupby(known, key=lambda s: (s[0], len(s[2]))):
            members = np.array([[self.places[total], *(self.places[p] for p in parts)] for _, total, parts in alike])
            by = [i for i, own in enumerate(self.units) if unit in ("both", own)]
            rows = self._told(self.at[by][:, members].reshape(-1, size + 1))
            for part in (NUMERATOR, DENOMINATOR):
                yield (-1.0, *(1.0,) * size), 0.0, 3 * rows + part

    def bounding(self) -> Iterator[_Alike]:
        """What is never more than something else."""
        for relation in relations():
            named = [term.measure for term in relation.terms]
            if not relation.equal and set(named) <= set(self.measures):
                factors = tuple(float(term.times) for term in relation.terms)
                yield factors, -np.inf, self._where(relation, self._finest(named))

    def counted_twice(self) -> Whole:
        """Pairs of unknowns that count the same people under two measures."""
        found = [np.zeros((0, 2), np.int64)]
        for relation in relations():
            if relation.equal and {term.measure for term in relation.terms} <= set(self.measures):
                found.append(self._where(relation, np.array(list(self.places.values()), dtype=np.int64)))
        return np.concatenate(found)

    def _where(self, relation: Relation, places: Whole) -> Whole:
        """The unknowns of a relation's terms at each of the places that all its measures have a figure of."""
        rows = self._told(self.at[[self.measures.index(term.measure) for term in relation.terms]][:, places].T)
        rows = rows[~self.nobody[rows].any(axis=1)]
        unknowns: Whole = 3 * rows + np.array([PARTS.index(term.part) for term in relation.terms])
        return unknowns

    def _told(self, rows: Whole) -> Whole:
        """Those of which all figures are there, and not all as in the computation before, which told the same."""
        rows = rows[(rows != _NONE).all(axis=1)]
        return rows[self.fresh[rows].any(axis=1)]

    def _finest(self, named: Sequence[str]) -> Whole:
        """The places of which all others of these measures are sums: what holds there holds everywhere."""
        codes = [self.measures.index(name) for name in named]
        common = {p: i for p, i in self.places.items() if (self.at[codes, i] != _NONE).all()}
        strata = [i for (_, grain, *_, s, _), i in common.items() if s != "all" and grain == "quarter"]
        whole = {p: i for p, i in common.items() if p[3] == "all"}
        if not any(grain != "rolling-12" for _, grain, *_ in whole):
            return np.array([*whole.values(), *strata], dtype=np.int64)
        unit = "month" if all(self.units[code] == "month" for code in codes) else "quarter"
        ccgs = [i for (area, grain, *_), i in whole.items() if area != self.stp and grain == unit]
        months = [i for (area, grain, *_), i in whole.items() if area == self.stp and grain == "month"]
        return np.array([*ccgs, *(months if unit == "quarter" else []), *strata], dtype=np.int64)
