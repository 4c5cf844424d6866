"""Records waiting for the file of their supplier and month.

Owns what has been told of lives whose records belong to months that are still to be written. Promises that each
record is handed out once, in the file it belongs to, in the order of time; a register entry in every snapshot from
its entry to its removal. Never holds more than the months around the one being written.
"""

from collections import defaultdict

import numpy as np

from outcomes.definitions.feeds import feeds
from outcomes.periods import Month
from outcomes.synthetic.arrow import Table, arrow, compute
from outcomes.synthetic.draws import Array
from outcomes.synthetic.records import Records, index, nullable

REGISTER = "palliative_register"


class Gathered:
    """Records by feed, supplier and month."""

    def __init__(self, first: Month, last: Month) -> None:
        self._wanted = range(index(first), index(last) + 1)
        self._waiting: defaultdict[tuple[str, str, int], list[Table]] = defaultdict(list)
        self._register: list[Records] = []

    def add(self, records: Records) -> None:
        """Keep the records of the months that will be written."""
        if records.feed == REGISTER:
            self._register.append(records)
            return
        suppliers, supplier = np.unique(records.supplier, return_inverse=True)
        wanted = np.nonzero((records.period >= self._wanted.start) & (records.period < self._wanted.stop))[0]
        wanted = wanted[np.lexsort((supplier[wanted], records.period[wanted]))]
        if len(wanted) == 0:
            return
        chosen = Records(records.feed, supplier[wanted], records.period[wanted], _rows(records.columns, wanted))
        table = chosen.table()
        edges = np.nonzero(np.diff(chosen.period) | np.diff(chosen.supplier))[0] + 1
        for start, stop in zip(np.r_[0, edges], np.r_[edges, len(wanted)], strict=True):
            key = (records.feed, str(suppliers[chosen.supplier[start]]), int(chosen.period[start]))
            self._waiting[key].append(table.slice(start, stop - start))

    def hand_out(self, feed: str, supplier: str, month: Month) -> Table:
        """The records of a submission, sorted by time and key; none of them is kept."""
        if feed == REGISTER:
            return self._snapshot(supplier, month)
        contract = feeds()[feed]
        parts = self._waiting.pop((feed, supplier, index(month)), [])
        if not parts:
            return arrow.table({c.name: arrow.array([], arrow.string()) for c in contract.columns})
        table = arrow.concat_tables(parts)
        by = [contract.period_column, *contract.key]
        return table.take(compute.sort_indices(table, sort_keys=[(name, "ascending") for name in by]))

    def forget_entries_before(self, month: Month) -> None:
        """Drop the register entries that were removed before the month."""
        first = np.datetime64(month.first_day, "D")
        for i, entries in enumerate(self._register):
            rows = np.nonzero(entries.columns["removal_date"] >= first)[0]
            columns = _rows(entries.columns, rows)
            self._register[i] = Records(REGISTER, entries.supplier[rows], entries.period[rows], columns)
        self._register = [entries for entries in self._register if len(entries.period)]

    def _snapshot(self, supplier: str, month: Month) -> Table:
        first, last = (np.datetime64(day, "D") for day in (month.first_day, month.last_day))
        parts = []
        for entries in self._register:
            entered, removed = entries.columns["entry_date"], entries.columns["removal_date"]
            rows = np.nonzero((entries.supplier == supplier) & (entered <= last) & (removed >= first))[0]
            columns = _rows(entries.columns, rows)
            columns["removal_date"] = nullable(columns["removal_date"], columns["removal_date"] <= last)
            parts.append(Records(REGISTER, entries.supplier[rows], entries.period[rows], columns).table())
        table = arrow.concat_tables(parts)
        keys = [(name, "ascending") for name in feeds()[REGISTER].key]
        return table.take(compute.sort_indices(table, sort_keys=keys))


def _rows(columns: dict[str, Array], rows: Array) -> dict[str, Array]:
    return {name: values[rows] for name, values in columns.items()}
