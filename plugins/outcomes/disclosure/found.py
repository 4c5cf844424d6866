"""Worlds found before: so that a release need not look again for what an earlier one found.

Owns the memory of worlds between releases: the moves from the truth that made each. Promises to believe none unless it fits
every equation and every bound of today's puzzle; how totals that are new follow from their parts is worked out. Never proof
of anything that was not tried today. Sensitive.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from outcomes.disclosure.counts import Counts
from outcomes.disclosure.moves import EXACT
from outcomes.disclosure.ties import REST, Flags, Floats, Whole
from outcomes.ledger.figures import KEY

Integers = npt.NDArray[np.integer]

_RUN = [*KEY, "since"]
_KEPT = ["world", *_RUN, "part", "by"]
# Totals that follow from others, in the order in which they do.
_GRAINS = ("month", "quarter", "rolling-12")


@dataclass
class Found:
    """Worlds: `kept` has a row for each move: world, KEY, since, part, by how much; `served` the counts, each with a number
    that it is in one of those that fit."""

    kept: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_KEPT))
    served: set[tuple[int, int]] = field(default_factory=set)
    _new: list[tuple[Whole, Floats]] = field(default_factory=list)

    @classmethod
    def read(cls, stored: bytes | None) -> "Found":
        """From what `stored` gave; none from nothing."""
        return cls() if stored is None else cls(pd.read_parquet(io.BytesIO(stored)))

    def add(self, unknowns: Whole, truth: Floats, world: Floats) -> None:
        """Keep a world of these unknowns."""
        moved = np.abs(world - truth) > EXACT
        self._new.append((unknowns[moved], (world - truth)[moved]))
        self.served.update(zip(unknowns[moved].tolist(), np.round(world[moved]).astype(int).tolist(), strict=True))

    def not_served(self, asked: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Those that no world serves."""
        return [pair for pair in asked if pair not in self.served]

    def try_on(self, counts: Counts) -> None:
        """Forget the worlds that do not fit, and those that serve no count of 1 to 7 which another does not serve."""
        moves = self._moves(counts)
        fit = _fit(counts, moves)
        each = moves[:, np.flatnonzero(fit)].tocoo()
        small = counts.sensitive.copy()
        np.logical_or.at(small, counts.same, counts.sensitive)
        served: dict[tuple[int, int], int] = {}
        there = small[each.row] & (np.abs(each.data) > EXACT)
        became = np.round(counts.truth[each.row] + each.data).astype(int)
        for unknown, k, world in zip(each.row[there], became[there], each.col[there], strict=True):
            served.setdefault((int(unknown), int(k)), int(world))
        needed = np.isin(each.col, list(set(served.values())))
        self._new = []
        self.kept = _rows(counts, each.row[needed], each.data[needed], each.col[needed])
        self.served = set(served)

    def stored(self, counts: Counts) -> bytes:
        """All that `try_on` left, and all added since, to be read again."""
        start = int(self.kept["world"].max()) + 1 if len(self.kept) else 0
        added = [
            _rows(counts, unknowns, moved, np.full(len(unknowns), start + i))
            for i, (unknowns, moved) in enumerate(self._new)
        ]
        file = io.BytesIO()
        pd.concat([self.kept, *added], ignore_index=True).to_parquet(file, index=False, compression="zstd")
        return file.getvalue()

    def _moves(self, counts: Counts) -> sparse.csr_array:
        """Unknowns by worlds: how much each moves. A world that moves one count in two ways has no column."""
        runs = counts.figures[_RUN].assign(row=np.arange(len(counts.figures)))
        kept = self.kept.merge(runs, on=_RUN, how="left")
        kept["unknown"] = counts.same[(3 * kept["row"].fillna(0) + kept["part"]).to_numpy(np.int64)]
        bad = set(kept.loc[kept["row"].isna(), "world"])
        each = kept.groupby(["world", "unknown"], as_index=False)["by"].agg(["min", "max"])
        bad |= set(each.loc[each["max"] - each["min"] > EXACT, "world"])
        each = each[~each["world"].isin(list(bad))]
        worlds = pd.factorize(each["world"])[0]
        shape = (len(counts.truth), int(worlds.max()) + 1 if len(worlds) else 0)
        found = sparse.coo_array((each["min"].to_numpy(float), (each["unknown"].to_numpy(), worlds)), shape=shape)
        return _completed(counts, found.tocsr())


def _rows(counts: Counts, unknowns: Integers, moved: Floats, world: Integers) -> pd.DataFrame:
    rows = counts.figures.loc[unknowns // 3, _RUN].reset_index(drop=True)
    return rows.assign(world=world, part=unknowns % 3, by=moved)[_KEPT]


def _completed(counts: Counts, moves: sparse.csr_array) -> sparse.csr_array:
    """The worlds, with what was not yet there moved as its parts ask."""
    grain = counts.figures["grain"].to_numpy()
    equal = np.flatnonzero(counts.least == 0)
    equations = counts.equations[equal].tocoo()
    rest = equations.col % 3 == REST
    gives = np.full(len(equal), -1, dtype=np.int64)
    total = equations.data < 0
    gives[equations.row[total]] = equations.col[total]
    of_a_figure = np.zeros(len(equal), bool)
    of_a_figure[equations.row[rest]] = True
    sign = np.where(of_a_figure, 1.0, -1.0)
    gives[equations.row[rest]] = equations.col[rest]
    steps = [~of_a_figure & (grain[gives // 3] == g) for g in _GRAINS]
    for step in (*steps, of_a_figure):
        rows = equal[step]
        short = (counts.equations[rows] @ moves).tocoo()
        at, world = gives[step][short.row], short.col
        by = -short.data / sign[step][short.row]
        moved = moves.tocoo()
        there = np.isin(at * moves.shape[1] + world, moved.row.astype(np.int64) * moves.shape[1] + moved.col)
        missing = np.flatnonzero((np.abs(by) > EXACT) & (of_a_figure[step][short.row] | ~there))
        # Where several sums give one total, the first does; if others say otherwise, the world does not fit.
        missing = missing[~pd.MultiIndex.from_arrays([at[missing], world[missing]]).duplicated()]
        more = sparse.coo_array((by[missing], (at[missing], world[missing])), shape=moves.shape)
        moves = (moves + more.tocsr()).tocsr()
    return moves


def _fit(counts: Counts, moves: sparse.csr_array) -> Flags:
    """Which worlds keep every equation and bound."""
    fit = np.ones(moves.shape[1], bool)
    truth = counts.equations @ counts.truth
    moved = (counts.equations @ moves).tocoo()
    slack = EXACT * np.maximum(1, np.abs(truth[moved.row]))
    sums = truth[moved.row] + moved.data
    fit[moved.col[(sums > slack) | (sums < counts.least[moved.row] - slack)]] = False
    each = moves.tocoo()
    value = counts.truth[each.row] + each.data
    broken = counts.whole[each.row] & (np.abs(value - np.round(value)) > EXACT)
    out = (value < counts.low[each.row] - EXACT) | (value > counts.high[each.row] + EXACT)
    fit[each.col[broken | out]] = False
    return fit
