"""The feedback report: what is wrong with a submission, row by row, and what to do.

Owns its two shapes, a CSV with every finding and a text to read. Promises every fault at once, the row as the sender
sees it, the column's letter and name, and no value that was sent. Never decides what is a fault.
"""

import os
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from outcomes.errors import SetupError
from outcomes.intake.checking import Checked
from outcomes.intake.faults import faults
from outcomes.intake.file_faults import column_letter

COLUMNS = ["severity", "row", "column", "letter", "code", "what", "do"]
# So many rows of one fault are named in the text; the CSV names all.
SHOWN_ROWS = 8
_HEADINGS = {
    "file": "THE FILE IS REJECTED BECAUSE",
    "record": "RECORDS SET ASIDE (not used; a record can be in several lines)",
    "warning": "WARNINGS (used; please look)",
}


@dataclass(frozen=True)
class Feedback:
    """A feedback report. `findings` has the columns of the CSV, the whole file's faults first, then by row."""

    title: str
    verdict: str
    accepted: bool
    findings: pd.DataFrame

    def text(self, width: int = 110) -> str:
        """The report to read: the verdict, then each kind of fault with its column, its rows and what to do."""
        lines = [self.title, *_filled(self.verdict, width, "")]
        for severity, heading in _HEADINGS.items():
            found = self.findings[self.findings["severity"] == severity]
            # A single fault of the file is the verdict already.
            if len(found) > (severity == "file"):
                lines += ["", heading, *_kinds(found, width)]
        return "\n".join(lines) + "\n"

    def write(self, folder: Path, stem: str) -> None:
        """Write `<stem>.csv` and `<stem>.txt`, each whole or not at all; raises SetupError when that is impossible."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write_whole(folder / f"{stem}.csv", self.findings.to_csv(index=False, lineterminator="\r\n"))
            _write_whole(folder / f"{stem}.txt", self.text())
        except OSError as error:
            raise SetupError(f"Feedback cannot be written to {folder} ({error.strerror}): check its rights.") from None


def feedback(checked: Checked, *, next_sequence: int | None = None) -> Feedback:
    """The report on a checked submission, while it is open.

    `next_sequence` is what to send a mended file with; None for a supplier's own check, which uses up no sequence.
    """
    whole = pd.DataFrame(
        [("file" if f.rejects else "warning", "", "", "", f.code, f.sentence, "") for f in checked.file_faults],
        columns=COLUMNS,
    )
    records = _record_findings(checked) if checked.rejected or checked.warnings else whole.iloc[:0]
    return Feedback(
        f"Feedback on {checked.name.file_name}",
        _verdict(checked, next_sequence),
        checked.rejection is None,
        pd.concat([whole, records], ignore_index=True),
    )


def _verdict(checked: Checked, next_sequence: int | None) -> str:
    if checked.rejection is None:
        kept = checked.rows - checked.rejected - checked.left_out
        objecting = f"{checked.left_out:,} left out because people object to this use, " if checked.left_out else ""
        return (
            f"ACCEPTED: {kept:,} of {checked.rows:,} records are used, {objecting}{checked.rejected:,} set aside; "
            f"{checked.warnings + len(checked.file_faults):,} warnings."
        )
    verdict = f"REJECTED: {checked.rejection.sentence} Nothing of the file is used."
    if next_sequence is not None and not checked.has("checksum"):
        name = checked.name
        verdict += (
            f" Sequence {name.sequence} is used up: send the mended file with sequence {next_sequence}, as "
            f"{name.feed}_{name.supplier}_{name.period}_{next_sequence}.{name.container}."
        )
    return verdict


def _record_findings(checked: Checked) -> pd.DataFrame:
    assert checked.feed is not None
    places = {name: place for place, name in enumerate(checked.header)}
    known = [
        (key, f.severity, f.column, places.get(f.column, -1), f.code, f.what, f.do)
        for key, f in faults(checked.feed).items()
    ]
    checked.connection.register(
        "fault", pd.DataFrame(known, columns=["fault", "severity", "col", "place", "code", "what", "todo"])
    )
    found = checked.connection.execute(
        """select severity, file_row, col, place, code, what, todo from finding join fault using (fault)
           order by file_row, place, code"""
    ).df()
    letters = {place: column_letter(place) if place >= 0 else "" for place in {*places.values(), -1}}
    found["place"] = found["place"].map(letters)
    return found.set_axis(COLUMNS, axis=1).astype(object)


def _kinds(found: pd.DataFrame, width: int) -> Iterator[str]:
    kinds = found.groupby(["letter", "column", "code", "what", "do"], sort=False)
    for (letter, column, code, what, do), group in sorted(kinds, key=lambda kind: -len(kind[1])):
        rows = [str(row) for row in group["row"] if row != ""]
        if rows:
            where = f"column {letter} {column}" if letter else f"column {column}" if column else "whole record"
            more = f" and {len(rows) - SHOWN_ROWS:,} more" if len(rows) > SHOWN_ROWS else ""
            label = "row" if len(rows) == 1 else "rows"
            yield f"  {where}: {code}, {label} {', '.join(rows[:SHOWN_ROWS])}{more}"
            yield from _filled(f"{what} {do}".strip(), width, "      ")
        else:
            yield from _filled(f"{code}: {what}", width, "  ")


def _filled(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.partial")
    draft.write_text(text, encoding="utf-8", newline="")
    os.replace(draft, path)
