"""The feedback report: what is wrong with a submission, kind by kind and row by row, and what to do.

Owns what a report says and its text to read; its files are written by `feedback_files`. Promises every fault at once, the
row as the sender sees it, the column's letter and name, and no value that was sent. Never decides what is a fault.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from outcomes.intake.checking import Checked
from outcomes.intake.faults import Severity, faults
from outcomes.intake.file_faults import column_letter
from outcomes.intake.judging import Judged

COLUMNS = ["severity", "row", "column", "letter", "code", "what", "do"]
# So many rows of one fault are named in the text; the CSV names all.
SHOWN_ROWS = 8
HEADINGS: dict[Severity, str] = {
    "file": "THE FILE IS REJECTED BECAUSE",
    "record": "RECORDS SET ASIDE (not used; a record can be in several lines)",
    "warning": "WARNINGS (used; please look)",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault with the rows that have it, ascending; no rows where it is the whole file's. `place` counts from 0."""

    severity: Severity
    column: str
    place: int
    code: str
    what: str
    do: str
    rows: tuple[int, ...] = ()

    @property
    def letter(self) -> str:
        return column_letter(self.place) if self.place >= 0 else ""

    @property
    def where(self) -> str:
        """The column as a spreadsheet and the header name it."""
        if not self.column:
            return "whole record" if self.rows else "whole file"
        return f"column {self.letter} {self.column}" if self.letter else f"column {self.column}"


@dataclass(frozen=True)
class Feedback:
    """A feedback report. `kinds` are the whole file's faults first, then those of records, by column.

    `next_name` is what to call a mended file; empty where the same name serves, or nobody knows.
    """

    file_name: str
    feed: str
    supplier: str
    period: str
    verdict: str
    accepted: bool
    records: int
    set_aside: int
    warnings: int
    kinds: tuple[Kind, ...]
    next_name: str = ""

    @property
    def title(self) -> str:
        return f"Feedback on {self.file_name}"

    def of(self, severity: Severity) -> list[Kind]:
        """The kinds of a severity, the most frequent first."""
        return sorted((kind for kind in self.kinds if kind.severity == severity), key=lambda kind: -len(kind.rows))

    def by_row(self, most: int | None = None) -> Iterator[tuple[int | str, Kind]]:
        """Every finding with its row: those of the whole file first, then row by row; the first `most` of each kind."""
        yield from (("", kind) for kind in self.kinds if not kind.rows)
        of_rows = [kind for kind in self.kinds if kind.rows]
        if of_rows:
            shown = [kind.rows[:most] for kind in of_rows]
            rows = np.concatenate([np.asarray(some, np.int64) for some in shown])
            which = np.repeat(np.arange(len(of_rows)), [len(some) for some in shown])
            order = np.lexsort((which, rows))
            yield from ((row, of_rows[n]) for row, n in zip(rows[order].tolist(), which[order].tolist(), strict=True))

    @cached_property
    def findings(self) -> pd.DataFrame:
        """A row per finding, in the order of `by_row`."""
        found = [(k.severity, row, k.column, k.letter, k.code, k.what, k.do) for row, k in self.by_row()]
        return pd.DataFrame(found, columns=COLUMNS, dtype=object)

    def text(self, width: int = 110) -> str:
        """The report to read: the verdict, then each kind of fault with its column, its rows and what to do."""
        lines = [self.title, *_filled(self.verdict, width, "")]
        for severity, heading in HEADINGS.items():
            found = self.of(severity)
            # A single fault of the file is the verdict already.
            if len(found) > (severity == "file"):
                lines += ["", heading]
                for kind in found:
                    lines += _told(kind, width)
        return "\n".join(lines) + "\n"


def feedback(checked: Checked, *, next_sequence: int | None = None) -> Feedback:
    """The report on a checked submission.

    `next_sequence` is what to send a mended file with; None for a supplier's own check, which uses up no sequence.
    """
    name = checked.name
    kinds = [
        Kind("file" if fault.rejects else "warning", "", -1, fault.code, fault.sentence, "")
        for fault in checked.file_faults
    ]
    if checked.judged and checked.judged.found:
        kinds += _of_records(checked, checked.judged)
    next_name = ""
    if next_sequence is not None and not checked.has("checksum"):
        next_name = f"{name.feed}_{name.supplier}_{name.period}_{next_sequence}.{name.container}{name.seal}"
    return Feedback(
        file_name=name.file_name,
        feed=name.feed,
        supplier=name.supplier,
        period=name.period,
        verdict=_verdict(checked, next_sequence, next_name),
        accepted=checked.rejection is None,
        records=checked.rows,
        set_aside=checked.rejected,
        warnings=checked.warnings + sum(not fault.rejects for fault in checked.file_faults),
        kinds=tuple(kinds),
        next_name=next_name,
    )


def _verdict(checked: Checked, next_sequence: int | None, next_name: str) -> str:
    if checked.rejection is None:
        kept = checked.rows - checked.rejected - checked.left_out
        objecting = f"{checked.left_out:,} left out because people object to this use, " if checked.left_out else ""
        return (
            f"ACCEPTED: {kept:,} of {checked.rows:,} records are used, {objecting}{checked.rejected:,} set aside; "
            f"{checked.warnings + len(checked.file_faults):,} warnings."
        )
    verdict = f"REJECTED: {checked.rejection.sentence} Nothing of the file is used."
    if next_name:
        verdict += (
            f" Sequence {checked.name.sequence} is used up: send the mended file with sequence {next_sequence}, as "
            f"{next_name}."
        )
    return verdict


def _of_records(checked: Checked, judged: Judged) -> list[Kind]:
    assert checked.feed is not None
    places = {name: checked.first_column + place for place, name in enumerate(checked.header)}
    known = faults(checked.feed)
    kinds = []
    for name, rows in judged.found.items():
        f = known[name]
        kinds.append(Kind(f.severity, f.column, places.get(f.column, -1), f.code, f.what, f.do, rows))
    return sorted(kinds, key=lambda kind: (kind.place, kind.column, kind.code, kind.what))


def _told(kind: Kind, width: int) -> Iterator[str]:
    if not kind.rows:
        yield from _filled(f"{kind.code}: {kind.what}", width, "  ")
        return
    more = f" and {len(kind.rows) - SHOWN_ROWS:,} more" if len(kind.rows) > SHOWN_ROWS else ""
    rows = ", ".join(str(row) for row in kind.rows[:SHOWN_ROWS])
    yield f"  {kind.where}: {kind.code}, {'row' if len(kind.rows) == 1 else 'rows'} {rows}{more}"
    yield from _filled(f"{kind.what} {kind.do}".strip(), width, "      ")


def _filled(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
