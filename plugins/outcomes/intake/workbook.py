"""Reading an Excel workbook as if it were the CSV its supplier could have sent.

Owns the pre-flight, the program that reads the cells, the header's place among the first rows. Promises that the worker
survives any workbook, that rows and columns keep the numbers and letters they have in the sheet, and that whatever is left
out is told. Never guesses a value.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from outcomes.definitions.feeds import Feed
from outcomes.intake.file_faults import FileFault, plain_name
from outcomes.intake.limits import MAX_BYTES, TOO_LARGE, Unreadable
from outcomes.intake.records import RawFile, flawed, flaws_of
from outcomes.intake.workbook_cells import Cells, Row
from outcomes.intake.workbook_package import open_package

# The header is looked for in so many rows.
HEADER_ROWS = 20
# Seconds until a program that neither ends nor uses its processor time is stopped.
PATIENCE = 600
_BATCH = 10_000
_PLUGINS = Path(__file__).resolve().parents[2]
_PROGRAM = (
    f"import sys; sys.path.insert(0, {str(_PLUGINS)!r}); from outcomes.intake.workbook_program import main; main()"
)


def read_workbook(data: bytes, feed: Feed | None) -> RawFile:
    """Read a workbook; raises Unreadable with a sentence. Without a feed the first row that holds anything is the header."""
    package = open_package(data)
    Cells(package, lambda row: None, only_references=True).look_at_start()
    reader = _Reader(feed)
    with closing(_rows(data, reader)) as rows:
        for row in rows:
            reader.take(row)
    raw = reader.finish()
    hidden = sum(not sheet.visible for sheet in package.sheets)
    notes = [FileFault("hidden_sheets", _hidden(hidden), rejects=False)] if hidden else []
    return replace(raw, notes=(*notes, *raw.notes))


class _Reader:
    """Finds the header, and turns what lies below it into records."""

    def __init__(self, feed: Feed | None) -> None:
        self._feed = feed
        self._above: list[Row] = []
        self._header: Row | None = None
        self._names: tuple[str, ...] = ()
        self._first = 0
        self._batches: list[pa.Table] = []
        self._rows: list[tuple[int, list[str], str]] = []
        self.merged = False

    def take(self, row: Row) -> None:
        if self._header is not None:
            self._record(row)
            return
        if row.number > HEADER_ROWS:
            self._settle()
            self._record(row)
            return
        self._above.append(row)
        if self._feed is None or set(self._feed.required) <= set(row.values.values()):
            self._settle()

    def finish(self) -> RawFile:
        if self._header is None:
            self._settle()
        assert self._header is not None
        self._flush()
        return RawFile(self._names, pa.concat_tables(self._batches), self._first, tuple(self._notes()))

    def _settle(self) -> None:
        """Take the last of the rows so far where it holds every required name, else the one that holds most of them."""
        if not self._above:
            raise Unreadable("The sheet is empty, or its first 20 rows are: send at least the header row.")
        header = max(self._above, key=lambda row: (self._known(row), -row.number))
        rest = [row for row in self._above if row.number > header.number]
        self._header, self._first = header, min(header.values, default=0)
        last = max(header.values, default=0)
        self._names = tuple(header.values.get(place, "") for place in range(self._first, last + 1))
        for row in rest:
            self._record(row)

    def _known(self, row: Row) -> tuple[bool, int]:
        if self._feed is None:
            return False, 0
        names = set(row.values.values())
        spelled = {plain_name(name) for name in names}
        return set(self._feed.required) <= names, len(spelled & {c.name for c in self._feed.columns})

    def _record(self, row: Row) -> None:
        # A value beside the header's names is in no column: such a record has too many fields.
        used = [self._first, self._first + len(self._names) - 1, *row.values, *row.flaws]
        places = range(min(used), max(used) + 1)
        for place in row.midnights:
            if self._type_at(place) != "datetime":
                row.values[place] = row.values[place].removesuffix("T00:00")
        flaws = dict.fromkeys(f"{code}|{self._name_at(place)}" for place, code in row.flaws.items())
        values = [row.values.get(place, "") for place in places]
        self._rows.append((row.number, values, ",".join([*flaws, *flaws_of(values)])))
        if len(self._rows) == _BATCH:
            self._flush()

    def _name_at(self, place: int) -> str:
        """The contract's name of a column, empty where it has none."""
        place -= self._first
        name = self._names[place] if 0 <= place < len(self._names) else ""
        return name if self._feed and any(c.name == name for c in self._feed.columns) else ""

    def _type_at(self, place: int) -> str:
        name = self._name_at(place)
        return self._feed.column(name).type if self._feed and name else ""

    def _flush(self) -> None:
        self._batches.append(flawed(len(self._names), self._rows))
        self._rows.clear()

    def _notes(self) -> Iterator[FileFault]:
        assert self._header is not None
        if self._header.number > 1:
            last = self._header.number - 1
            above, were = ("Row 1", "was") if last == 1 else (f"Rows 1 to {last}", "were")
            yield FileFault(
                "rows_above_header",
                f"{above} above the header in row {self._header.number} {were} not read: begin the sheet with the header.",
                rejects=False,
            )
        if self.merged:
            yield FileFault(
                "merged_cells",
                "The sheet has merged cells, whose value counts for the first row and column only: unmerge them and give "
                "every record its values.",
                rejects=False,
            )


def _hidden(hidden: int) -> str:
    if hidden == 1:
        return "A hidden sheet was not read: delete it, so that it is not sent along."
    return f"{hidden} hidden sheets were not read: delete them, so that they are not sent along."


def _rows(data: bytes, reader: _Reader) -> Generator[Row, None, None]:
    """The rows of the visible sheet, from a program with little memory, little time and no secrets."""
    program = subprocess.Popen(
        [sys.executable, "-I", "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        close_fds=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    feeder = threading.Thread(target=_feed, args=(program.stdin, data), daemon=True)
    stopper = threading.Timer(PATIENCE, program.kill)
    feeder.start()
    stopper.start()
    try:
        for entry in _lines(program.stdout):
            if isinstance(entry, list):
                number, places, values, midnights, flaws = entry
                yield Row(number, dict(zip(places, values, strict=True)), midnights, _places(flaws))
            elif "unreadable" in entry:
                raise Unreadable(entry["unreadable"])
            else:
                reader.merged = entry["merged"]
                return
        raise Unreadable(
            "The workbook takes more memory or time to read than is allowed: send the sheet as CSV in UTF-8."
        )
    finally:
        stopper.cancel()
        program.kill()
        program.wait()
        feeder.join()
        program.stdout.close()


def _lines(stream: IO[bytes]) -> Iterator[Any]:
    size = 0
    for line in stream:
        size += len(line)
        if size > MAX_BYTES:
            raise Unreadable(TOO_LARGE)
        # A program stopped in mid-line leaves half a line.
        if line.endswith(b"\n"):
            yield json.loads(line)


def _feed(stream: IO[bytes], data: bytes) -> None:
    # It stops listening when it has seen enough.
    with suppress(BrokenPipeError, ValueError), stream:
        stream.write(data)


def _places(flaws: Mapping[str, str]) -> dict[int, str]:
    return {int(place): code for place, code in flaws.items()}
