"""Figures in the ledger: append what is new, read the latest.

Owns the rule that a figure is never changed: the newest row of a key is the one that counts, and a key that is no longer
computed gets a row that says so. Sensitive: these are exact counts.
"""

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from outcomes.ledger.book import insert_rows
from outcomes.ledger.tables import FigureRow
from outcomes.periods import period_months

KEY = ["measure", "area", "grain", "period", "stratum", "stratum_value"]
_NUMBERS = ["denominator", "numerator", "value", "lower", "upper", "spread"]
_TEXTS = ["measure_version", "state", "missing", "left_out"]
# The state of a figure that was computed once and no longer is.
GONE = "gone"
# So many figures are read or written at once.
_AT_ONCE = 20_000


def latest(session: Session, measure: str | None = None) -> pd.DataFrame:
    """The latest figure of every key, sorted by key: KEY, numbers, texts, computation_id."""
    newest = select(func.max(FigureRow.id)).group_by(*(getattr(FigureRow, c) for c in KEY))
    columns = [getattr(FigureRow, c) for c in (*KEY, *_NUMBERS, *_TEXTS, "computation_id")]
    query = select(*columns).where(FigureRow.id.in_(newest), FigureRow.state != GONE)
    if measure is not None:
        query = query.where(FigureRow.measure == measure)
    connection: Connection = session.connection()
    parts = [part.astype(dict.fromkeys(_NUMBERS, float)) for part in pd.read_sql(query, connection, chunksize=_AT_ONCE)]
    return pd.concat(parts).sort_values(KEY, ignore_index=True)


def append(session: Session, computation_id: int, last_month: str, computed: pd.DataFrame) -> int:
    """Add the figures that differ from the latest; gives how many. Numbers differ beyond a relative 1e-9."""
    before = latest(session).set_index(KEY)
    after = computed.set_index(KEY)
    both = after.index.intersection(before.index)
    old, new = before.loc[both], after.loc[both]
    same = np.ones(len(both), bool)
    for column in _NUMBERS:
        a, b = old[column].to_numpy(float), new[column].to_numpy(float)
        same &= np.isclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)
    for column in _TEXTS:
        same &= (old[column].to_numpy() == new[column].to_numpy()).astype(bool)
    moved = pd.concat([after.loc[both[~same]], after.loc[after.index.difference(before.index)]])
    absent = before.loc[before.index.difference(after.index)].reset_index()
    ends = [str(period_months(grain, p)[-1]) for grain, p in zip(absent["grain"], absent["period"], strict=True)]
    # What lies after the computation's last month was not looked at, and stays as it is.
    gone = absent[[end <= last_month for end in ends]].assign(
        state=GONE, left_out="", **dict.fromkeys(_NUMBERS, np.nan)
    )
    rows = pd.concat([moved.reset_index(), gone])[[*KEY, *_NUMBERS, *_TEXTS]].assign(computation_id=computation_id)
    # In parts, so that half a million figures do not lie in memory as dictionaries.
    for start in range(0, len(rows), _AT_ONCE):
        part = rows.iloc[start : start + _AT_ONCE].astype(object)
        records: list[Any] = part.where(part.notna(), None).to_dict("records")
        insert_rows(session, FigureRow, records)
    return len(rows)
