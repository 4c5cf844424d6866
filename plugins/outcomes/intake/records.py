"""Raw records: what a file holds, column by column, before anything is known of what it means.

Owns their form as an Arrow table, and what is told of a record before its contract is asked: control characters and values
that are far too long. Promises that a value stands there as it was sent. Never looks at what a value means.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outcomes.intake.file_faults import FileFault
from outcomes.intake.limits import MAX_VALUE

CONTROL_CHARACTER, TOO_LONG = "control_character|", "too_long|"
# A control character other than a line break, once line breaks inside quotes are taken out.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class RawFile:
    """The header and the records: `row` as the sender sees it, `width` (how many values it has), `flaws` (`code|column`,
    separated by commas, as far as they are told by the reading), then the values: columns `1`, `2` and so on, null where
    empty.

    Of a record with too many values the last are not there. `first_column` is the
    header's first place in the sheet; `notes` are warnings about the file; `below` are the first rows below the header,
    whole, to look for the header where the first row is none.
    """

    header: tuple[str, ...]
    records: pa.Table
    first_column: int = 0
    notes: tuple[FileFault, ...] = ()
    below: Sequence[tuple[int, Sequence[str]]] = ()

    @property
    def count(self) -> int:
        return int(self.records.num_rows)


def names_of(places: int) -> list[str]:
    """What the columns of so many places are called."""
    return [str(place) for place in range(1, places + 1)]


def with_values(values: pa.Table) -> pa.Table:
    """Records from row 2 on, one after the other, with a value in each column and no flaw."""
    count, places = values.num_rows, values.num_columns
    rows = pa.array(np.arange(2, count + 2, dtype=np.int32))
    width, flaws = pa.repeat(pa.scalar(places, pa.int32()), count), pa.repeat("", count)
    return pa.table([rows, width, flaws, *values.columns], schema=_schema(places))


def tabled(places: int, records: Iterable[tuple[int, list[str]]]) -> pa.Table:
    """Records of any width, each with its row."""
    return flawed(places, ((row, values, ",".join(flaws_of(values))) for row, values in records))


def flawed(places: int, records: Iterable[tuple[int, list[str], str]]) -> pa.Table:
    """Records of any width: row, values, flaws."""
    rows, values, flaws = [list(part) for part in zip(*records, strict=True)] or ([], [], [])
    width = [len(each) for each in values]
    under = (each if len(each) == places else (each + [""] * places)[:places] for each in values)
    columns = [list(column) for column in zip(*under, strict=True)] or [[]] * places
    texts = [pa.array(column, pa.string()) for column in columns]
    return pa.table(
        [rows, width, flaws, *(pc.if_else(pc.not_equal(text, ""), text, None) for text in texts)],
        schema=_schema(places),
    )


def _schema(places: int) -> pa.Schema:
    own = [("row", pa.int32()), ("width", pa.int32()), ("flaws", pa.string())]
    return pa.schema([*own, *((name, pa.string()) for name in names_of(places))])


def flaws_of(values: Sequence[str]) -> list[str]:
    """What is told of a record whatever its contract says."""
    joined = " ".join(values).replace("\r\n", "")
    flaws = [CONTROL_CHARACTER] if _CONTROL.search(joined) else []
    # Together they are longer than each of them.
    if len(joined) > MAX_VALUE and any(len(value) > MAX_VALUE for value in values):
        flaws.append(TOO_LONG)
    return flaws
