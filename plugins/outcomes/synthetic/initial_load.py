"""The first submission of the shared care records: what a CCG already held goes in once more.

Owns the initial load. EPaCCS is a log of amendments, and who only reads the window would not know of a record made
before it: so on its first day every record already open is written as one more amendment, as it stood. Promises at most
one a record, before any other amendment of that day. Never changes when a record was created, and never tells of
anybody who died before the window.
"""

import numpy as np

from outcomes.periods import Month
from outcomes.synthetic.draws import Array, at
from outcomes.synthetic.records import Records, index

FEED = "epaccs"
# These describe the preferred place, and stand or fall with it.
OF_THE_PREFERENCE = ("ppd_first_is_usual_residence", "ppd_first_organisation_code", "ppd_second")
# The load runs overnight, from midnight on; the first amendment by a person is made at seven.
MINUTES_IT_TAKES = 360


def initial_load(amendments: Records, first: Month) -> Records:
    """An amendment on the month's first day for each record amended before the month, none of whose people is dead.

    A column holds what was last entered in it: a field left empty by a later amendment stood as it was. What changed
    in between is not told.
    """
    earlier = np.nonzero(amendments.period < index(first))[0]
    columns = amendments.columns
    earlier = earlier[np.lexsort((columns["amended_at"][earlier], columns["record_id"][earlier]))]
    ids, starts, times = np.unique(columns["record_id"][earlier], return_index=True, return_counts=True)
    ends = starts + times - 1

    def stood(name: str) -> Array:
        """For each record, the row whose entry in the column was the last (its last row, where there was never one)."""
        position = np.where(_entered(columns[name][earlier]), np.arange(len(earlier)), -1)
        latest = np.maximum.reduceat(position, starts)
        return np.asarray(earlier[np.where(latest < 0, ends, latest)])

    preferred = stood("ppd_first")
    as_it_stood = {
        name: values[preferred if name in OF_THE_PREFERENCE else stood(name)] for name, values in columns.items()
    }
    first_day = np.full(len(ids), np.datetime64(first.first_day, "D"))
    as_it_stood["amended_at"] = at(first_day, ids % MINUTES_IT_TAKES)
    return Records(FEED, amendments.supplier[earlier[ends]], np.full(len(ids), index(first)), as_it_stood)


def _entered(values: Array) -> Array:
    """Which values are not missing."""
    if values.dtype.kind == "U":
        return np.asarray(values != "")
    return ~np.isnat(values) if values.dtype.kind == "M" else np.asarray(values >= 0)
