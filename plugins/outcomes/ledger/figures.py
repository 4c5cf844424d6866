"""Figures in the ledger: append what is new, read the latest.

Owns the rule that a figure is never changed: the newest row of a key is the one that counts, and a key that is no
longer computed gets a row that says so. Sensitive: these are exact counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, false, func, select
from sqlalchemy.orm import Session

from outcomes.ledger.book import insert_rows
from outcomes.ledger.tables import FigureRow
from outcomes.periods import period_months

KEY = ["measure", "area", "grain", "period", "stratum", "stratum_value"]
_NUMBERS = ["denominator", "numerator", "value", "lower", "upper", "spread"]
_TEXTS = ["measure_version", "state", "missing", "left_out"]
# The state of a figure that was computed once and no longer is.
GONE = "gone"
# Of a key; all of them have to be met.
_Conditions = Sequence[ColumnElement[bool]]
_EVERYTHING: Sequence[_Conditions] = [[]]
_NOTHING: Sequence[_Conditions] = [[false()]]
# So many figures are read or written at once.
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Places:
    """Where figures are: in each (grain, period), of these measures and for these areas; of all of them when None."""

    periods: Sequence[tuple[str, str]]
    measures: Sequence[str] | None = None
    areas: Sequence[str] | None = None


def latest(session: Session, *only: ColumnElement[bool]) -> pd.DataFrame:
    """The latest figure of every key, or of those that meet these conditions on the key, sorted by key.

    Columns: KEY, numbers, texts, computation_id.
    """
    return _latest(session, [only]).sort_values(KEY, ignore_index=True)


def append(
    session: Session,
    computation_id: int,
    last_month: str,
    computed: pd.DataFrame,
    looked_at: Sequence[Places] | None = None,
    first_month: str = "",
) -> int:
    """Add the figures that differ from the latest; gives how many. Numbers differ beyond a relative 1e-9.

    What is not computed any more is said to be gone: of the places looked at, no figure in two of them, or of all when None,
    provided that it lies between `first_month` and `last_month`.
    """
    before = _latest(session, _EVERYTHING if looked_at is None else [*_each_of(looked_at)])
    was, now = _keys(before, computed)
    place = pd.Index(was).get_indexer(pd.Index(now))
    known = np.flatnonzero(place >= 0)
    old, new = before.iloc[place[known]], computed.iloc[known]
    same = np.ones(len(known), bool)
    for column in _NUMBERS:
        a, b = old[column].to_numpy(float), new[column].to_numpy(float)
        same &= np.isclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)
    for column in _TEXTS:
        same &= (np.asarray(old[column], object) == np.asarray(new[column], object)).astype(bool)
    moved = np.ones(len(computed), bool)
    moved[known[same]] = False
    absent = before.drop(index=before.index[np.unique(place[known])])
    months = [period_months(grain, p) for grain, p in zip(absent["grain"], absent["period"], strict=True)]
    # What lies after the computation's last month was not looked at, and stays as it is; so does what begins where the
    # records are kept no longer.
    over = np.array([str(m[-1]) <= last_month and str(m[0]) >= first_month for m in months], bool)
    gone = absent[over].assign(state=GONE, left_out="", **dict.fromkeys(_NUMBERS, np.nan))
    added = 0
    for rows in (computed[moved], gone):
        rows = rows[[*KEY, *_NUMBERS, *_TEXTS]].assign(computation_id=computation_id)
        # In parts, so that half a million figures do not lie in memory as dictionaries.
        for start in range(0, len(rows), _AT_ONCE):
            insert_rows(session, FigureRow, _records(rows.iloc[start : start + _AT_ONCE]))
        added += len(rows)
    return added


def _records(rows: pd.DataFrame) -> list[dict[str, object]]:
    """The rows as the ledger takes them: no number where there is none."""
    columns = {name: np.asarray(rows[name], object).tolist() for name in rows.columns}
    for name in _NUMBERS:
        columns[name] = [None if number != number else number for number in columns[name]]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _latest(session: Session, several: Sequence[_Conditions]) -> pd.DataFrame:
    """The latest figure of every key that meets one of several sets of conditions on the key, in any order.

    Each set is asked for by itself, and no key may meet two: of one question with many an `or` no index is of use.
    """
    columns = [getattr(FigureRow, c) for c in (*KEY, *_NUMBERS, *_TEXTS, "computation_id")]
    connection: Connection = session.connection()
    parts = []
    for only in several or _NOTHING:
        newest = select(func.max(FigureRow.id)).where(*only).group_by(*(getattr(FigureRow, c) for c in KEY))
        query = select(*columns).where(FigureRow.id.in_(newest), FigureRow.state != GONE)
        parts += [p.astype(dict.fromkeys(_NUMBERS, float)) for p in pd.read_sql(query, connection, chunksize=_AT_ONCE)]
    return pd.concat(parts, ignore_index=True)


def _each_of(places: Iterable[Places]) -> Iterator[_Conditions]:
    f = FigureRow
    for place in places:
        who = [] if place.areas is None else [f.area.in_(place.areas)]
        what = [] if place.measures is None else [f.measure.in_(place.measures)]
        for one in sorted({grain for grain, _ in place.periods}):
            yield [
                *what,
                *who,
                f.grain == one,
                f.period.in_([period for grain, period in place.periods if grain == one]),
            ]


def _keys(*tables: pd.DataFrame) -> list[NDArray[np.int64]]:
    """A number for each row of each table, the same for the same key: far cheaper to look up than six texts."""
    ends = np.cumsum([len(table) for table in tables])
    numbers = np.zeros(ends[-1], np.int64)
    for column in KEY:
        codes, known = pd.factorize(np.concatenate([np.asarray(table[column], object) for table in tables]))
        numbers = numbers * len(known) + codes
    return np.split(numbers, ends[:-1])
