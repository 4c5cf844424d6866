"""What this series has said before, and about which counts.

Owns the ledger's history of exact and of released figures, set beside each other: what an edition printed about a count
still holds for as long as that count is the same. Promises to forget no edition. Never judges and never changes anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from outcomes.disclosure.released import Key
from outcomes.ledger import Computation, FigureRow, Release, ReleasedRow
from outcomes.ledger.figures import GONE, KEY
from outcomes.periods import period_months

if TYPE_CHECKING:
    # It brings the arithmetic of matrices with it, and reading what went out needs none.
    from outcomes.disclosure.ties import Flags

COUNTS = ["denominator", "numerator"]
# The last months of the quarters of the financial year, as they end a period's text.
_QUARTERS_END = ("03", "06", "09", "12")


@dataclass(frozen=True, slots=True, order=True)
class Computed:
    """A computation, by number, and the last month that it computed."""

    number: int
    last_month: str

    def left_in_force(self, told: pd.DataFrame) -> Flags:
        """Which of `runs` it left in force, of periods up to its last month.

        Figures of later periods may be left from an earlier computation: with those of this one they need not add up.
        """
        since, until, ends = (told[c].to_numpy() for c in ("since", "until", "ends"))
        flags: Flags = (since <= self.number) & (until > self.number) & (ends <= self.last_month)
        return flags


@dataclass(frozen=True)
class Memory:
    """Everything this series computed and let out: `told` the runs of exact figures, `printed` every print, `released` the
    computations printed of, `withheld` every key under which a count was ever withheld and whether the denominator was among
    them, `worlds` those that the last attack found. Sensitive."""

    told: pd.DataFrame
    printed: pd.DataFrame
    released: frozenset[Computed]
    withheld: Mapping[Key, bool]
    worlds: bytes | None = None

    @classmethod
    def of(cls, session: Session, stp: str) -> Self:
        """From the ledger."""
        history = exact_history(session, stp), printed_history(session), released_of(session)
        return cls.from_history(*history, worlds_of(session))

    @classmethod
    def from_history(
        cls, exact: pd.DataFrame, printed: pd.DataFrame, released: Iterable[Computed], worlds: bytes | None = None
    ) -> Self:
        """From exact and printed figures: KEY, COUNTS, state, computation_id of each."""
        return cls(runs(exact), printed, frozenset(released), _ever_withheld(printed), worlds)

    def with_also(self, other: Self) -> Self:
        """Together with what was told of other counts."""
        return type(self)(
            pd.concat([self.told, other.told], ignore_index=True),
            pd.concat([self.printed, other.printed], ignore_index=True),
            self.released | other.released,
            {**self.withheld, **other.withheld},
            self.worlds,
        )


def released_of(session: Session) -> list[Computed]:
    """Every computation of which something was released."""
    query = select(Computation.id, Computation.last_month).join(Release).distinct()
    return [Computed(*row) for row in session.execute(query)]


def worlds_of(session: Session) -> bytes | None:
    """The worlds that the last release's attack found; None when there was none."""
    query = select(Release.worlds).order_by(Release.id.desc()).limit(1)
    return session.scalars(query).first()


def exact_history(session: Session, stp: str) -> pd.DataFrame:
    """Every exact figure ever computed that a reader's sums touch: KEY, COUNTS, state, computation_id, in order of time.

    These are all areas by month, quarter and (at quarters' ends) rolling year, and the STP's strata by quarter and rolling
    year. Sensitive.
    """
    f = FigureRow
    query = (
        select(*(getattr(f, c) for c in (*KEY, *COUNTS, "state", "computation_id")))
        .where(touched(stp))
        .order_by(f.computation_id, f.id)
    )
    return table(list(map(tuple, session.execute(query))))


def printed_history(session: Session, release_id: int | None = None) -> pd.DataFrame:
    """Everything ever released, or in one release: KEY, COUNTS as printed (empty where withheld), state, computation_id."""
    r = ReleasedRow
    query = select(*(getattr(r, c) for c in (*KEY, *COUNTS, "state")), Release.computation_id).join(
        Release, Release.id == r.release_id
    )
    if release_id is not None:
        query = query.where(r.release_id == release_id)
    return table(list(map(tuple, session.execute(query))))


def withheld_in(session: Session, release_id: int) -> dict[Key, bool]:
    """Every key under which a figure was withheld in a release, and whether its denominator was."""
    key = [getattr(ReleasedRow, c) for c in KEY]
    query = select(*key, ReleasedRow.denominator).where(
        ReleasedRow.release_id == release_id, ReleasedRow.state == "suppressed"
    )
    rows = session.execute(query)
    return {(row[0], row[1], row[2], row[3], row[4], row[5]): row[6] is None for row in rows}


def table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Figures as a history: KEY, COUNTS, state, computation_id."""
    names = [*KEY, *COUNTS, "state", "computation_id"]
    types: dict[str, type] = {**dict.fromkeys(COUNTS, float), "computation_id": int}
    return pd.DataFrame.from_records(rows, columns=names).astype(types)


def _ever_withheld(printed: pd.DataFrame) -> dict[Key, bool]:
    hidden = printed[printed["state"] == "suppressed"]
    withheld: dict[Key, bool] = {}
    for *key, denominator in zip(*(hidden[c] for c in (*KEY, "denominator")), strict=True):
        measure, area, grain, period, stratum, value = key
        at = (measure, area, grain, period, stratum, value)
        withheld[at] = withheld.get(at, False) or bool(pd.isna(denominator))
    return withheld


def runs(history: pd.DataFrame) -> pd.DataFrame:
    """The history in runs: KEY, COUNTS, state, `since`, `until`, `ends`.

    From the computation `since` on, and before `until` (infinite when it is so still), both counts of a figure stayed as
    they are in the row. States of a run may differ: the last one stands.
    """
    h = history.assign(key=history.groupby(KEY, sort=False).ngroup())
    h = h.sort_values(["key", "computation_id"], kind="stable", ignore_index=True)
    key, counts = h["key"].to_numpy(), h[COUNTS].to_numpy(float)
    gone = (h["state"] == GONE).to_numpy()
    same = (key[1:] == key[:-1]) & (gone[1:] == gone[:-1])
    same &= np.isclose(counts[1:], counts[:-1], rtol=1e-9, atol=1e-12, equal_nan=True).all(axis=1)
    h["run"] = np.r_[0, (~same).cumsum()] if len(h) else 0
    found = h.groupby("run", sort=True).agg(
        **{c: (c, "first") for c in ("key", *KEY, *COUNTS)}, state=("state", "last"), since=("computation_id", "first")
    )
    following = found["key"].shift(-1) == found["key"]
    found["until"] = found["since"].shift(-1).where(following, np.inf)
    ends = {at: str(period_months(*at)[-1]) for at in set(zip(found["grain"], found["period"], strict=True))}
    found["ends"] = np.array([ends[at] for at in zip(found["grain"], found["period"], strict=True)], dtype="U7")
    return found.loc[found["state"] != GONE, [*KEY, *COUNTS, "state", "since", "until", "ends"]].reset_index(drop=True)


def touched(stp: str) -> ColumnElement[bool]:
    """Which exact figures a reader's sums touch."""
    f = FigureRow
    ends_quarter = func.substr(f.period, 6, 2).in_(_QUARTERS_END)
    return or_(
        and_(f.stratum == "all", or_(f.grain != "rolling-12", ends_quarter)),
        and_(f.area == stp, or_(f.grain == "quarter", and_(f.grain == "rolling-12", ends_quarter))),
    )
