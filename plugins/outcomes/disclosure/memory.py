"""What this series has said before, and about which counts.

Owns the ledger's history of exact and of released figures, set beside each other: what an edition printed about a count
still holds for as long as that count is the same. Promises to forget no edition. Never judges and never changes anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from outcomes.disclosure.released import Key
from outcomes.ledger import FigureRow, Release, ReleasedRow
from outcomes.ledger.figures import GONE, KEY
from outcomes.periods import period_months

COUNTS = ["denominator", "numerator"]
# Whether a print bounds a count from below, and from above.
FLAGS = [f"{side}_{count}" for count in COUNTS for side in ("at_least", "at_most")]
# The last months of the quarters of the financial year, as they end a period's text.
_QUARTERS_END = ("03", "06", "09", "12")


@dataclass(frozen=True)
class Memory:
    """Everything this series computed and let out: `told` the runs of exact figures, `printed` every print, `withheld` every
    key under which a count was ever withheld and whether the denominator was among them. Sensitive."""

    told: pd.DataFrame
    printed: pd.DataFrame
    withheld: Mapping[Key, bool]

    @classmethod
    def of(cls, session: Session, stp: str) -> Self:
        """From the ledger."""
        return cls.from_history(exact_history(session, stp), printed_history(session))

    @classmethod
    def from_history(cls, exact: pd.DataFrame, printed: pd.DataFrame) -> Self:
        """From exact and printed figures: KEY, COUNTS, state, computation_id of each."""
        return cls(runs(exact), printed, _ever_withheld(printed))

    def with_also(self, other: Self) -> Self:
        """Together with what was told of other counts."""
        return type(self)(
            pd.concat([self.told, other.told], ignore_index=True),
            pd.concat([self.printed, other.printed], ignore_index=True),
            {**self.withheld, **other.withheld},
        )


def exact_history(session: Session, stp: str) -> pd.DataFrame:
    """Every exact figure ever computed that a reader's sums touch: KEY, COUNTS, state, computation_id, in order of time.

    These are all areas by month, quarter and (at quarters' ends) rolling year, and the STP's strata by quarter and rolling
    year. Sensitive.
    """
    f = FigureRow
    query = (
        select(*(getattr(f, c) for c in (*KEY, *COUNTS, "state", "computation_id")))
        .where(_touched(stp))
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
    """The history in runs: KEY, COUNTS, state, `since`, `until`.

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
    return found.loc[found["state"] != GONE, [*KEY, *COUNTS, "state", "since", "until"]].reset_index(drop=True)


def as_of(told: pd.DataFrame, computation_id: int, last_month: str) -> pd.DataFrame:
    """Of `runs` those that a computation left in force, of periods up to its last month.

    Figures of later periods may be left from an earlier computation: with those of this one they need not add up.
    """
    found = told[(told["since"] <= computation_id) & (told["until"] > computation_id)]
    periods = found[["grain", "period"]].drop_duplicates()
    ends = [str(period_months(grain, period)[-1]) for grain, period in periods.to_numpy()]
    within = periods[np.array([end <= last_month for end in ends], bool)]
    return found.merge(within, on=["grain", "period"]).reset_index(drop=True)


def said_of(exact: pd.DataFrame, told: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """What was ever printed that bears on the counts of `exact` (some of `runs`): KEY, COUNTS as printed, and four flags.

    What was printed of a count while it was the same bounds it on both sides: `at_least_<count>` and `at_most_<count>`. As
    late registrations only add, what was printed of an earlier count that was not larger bounds it from below, and of a
    later one that was not smaller from above.
    """
    then = printed.merge(told, on=KEY, suffixes=("", "_then"))
    then = then[(then["computation_id"] >= then["since"]) & (then["computation_id"] < then["until"])]
    both = then.merge(exact, on=KEY, suffixes=("", "_now"))
    earlier, later = both["since"] < both["since_now"], both["since"] > both["since_now"]
    unchanged = ~earlier & ~later
    for count in COUNTS:
        less, more = both[f"{count}_then"] <= both[f"{count}_now"], both[f"{count}_then"] >= both[f"{count}_now"]
        both[f"at_least_{count}"] = unchanged | (earlier & less) | (less & more)
        both[f"at_most_{count}"] = unchanged | (later & more) | (less & more)
    return both[[*KEY, *COUNTS, *FLAGS]].drop_duplicates(ignore_index=True)


def _touched(stp: str) -> ColumnElement[bool]:
    f = FigureRow
    ends_quarter = func.substr(f.period, 6, 2).in_(_QUARTERS_END)
    return or_(
        and_(f.stratum == "all", or_(f.grain != "rolling-12", ends_quarter)),
        and_(f.area == stp, or_(f.grain == "quarter", and_(f.grain == "rolling-12", ends_quarter))),
    )
