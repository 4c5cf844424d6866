"""Records on their way to a supplier's file.

Owns how a column of numbers, days or times becomes the text of the contract, and how identifiers are made. Promises
every column of the contract, in its order, as text (missing is null). Never knows what a record means.

In an array a missing number is -1, a missing day or time NaT, a missing text empty; `cost_gbp` is in pence.
"""

from dataclasses import dataclass

import numpy as np

from outcomes.definitions.feeds import feeds
from outcomes.periods import Month
from outcomes.synthetic.arrow import Column, Table, arrow, compute
from outcomes.synthetic.draws import Array

_PREFIX = {
    "registration_id": "D",
    "record_id": "E",
    "entry_id": "P",
    "response_id": "B",
    "spell_id": "S",
    "attendance_id": "A",
    "contact_id": "K",
    "referral_id": "R",
    "incident_id": "I",
    "care_id": "H",
}
# A month has room for 2^22 identifiers of a kind; those of background people start here.
BACKGROUND = 1_200_000
_PENCE = arrow.array([f"{p:02d}" for p in range(100)])


@dataclass(frozen=True)
class Records:
    """Records of a feed, with who sends each and the index of the month it belongs to (see `index`)."""

    feed: str
    supplier: Array
    period: Array
    columns: dict[str, Array]

    def table(self) -> Table:
        """The contract's columns as text."""
        contract = feeds()[self.feed]
        return arrow.table({c.name: _text(c.name, self.columns[c.name]) for c in contract.columns})


def index(month: Month) -> int:
    """Months since the year 0: a period as a number."""
    return month.year * 12 + month.month - 1


def period_of(days: Array) -> Array:
    """The same for an array of days or times."""
    return np.asarray(days.astype("datetime64[M]").astype(np.int64) + 1970 * 12)


def identifiers(month: Month, n: int, *, start: int = 0) -> Array:
    """`n` distinct numbers of eleven digits from `start` on: shuffled, so that they give away nothing of their month."""
    raw = (np.uint64(index(month) - 1900 * 12) << np.uint64(22)) + np.arange(start, start + n, dtype=np.uint64)
    mixed = (raw * np.uint64(6_364_136_223_846_793_005)) & np.uint64((1 << 34) - 1)
    return mixed.astype(np.int64) + 20_000_000_000


def nullable(days: Array, known: Array) -> Array:
    """The days (or times) where known, else missing."""
    return np.where(known, days, np.datetime64("NaT"))


def _text(name: str, values: Array) -> Column:
    if values.dtype.kind == "U":
        text = arrow.array(values, type=arrow.string())
        return compute.if_else(compute.equal(text, ""), arrow.scalar(None, arrow.string()), text)
    if values.dtype.kind == "M":
        if np.datetime_data(values.dtype)[0] == "D":
            return arrow.array(values).cast(arrow.string())
        return compute.strftime(arrow.array(values.astype("datetime64[s]")), format="%Y-%m-%dT%H:%M")
    missing = values < 0
    if name == "cost_gbp":
        pounds = arrow.array(values // 100, mask=missing).cast(arrow.string())
        pence = _PENCE.take(arrow.array(values % 100, mask=missing))
        return compute.binary_join_element_wise(pounds, pence, ".")
    text = arrow.array(values, mask=missing).cast(arrow.string())
    prefix = _PREFIX.get(name)
    return text if prefix is None else compute.binary_join_element_wise(prefix, text, "")
