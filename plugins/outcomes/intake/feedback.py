"""The feedback report: what is wrong with a submission, row by row, and what to do.

Owns its two shapes, a CSV with every finding and a text to read. Promises every fault at once, the row as the sender sees
it, the column's letter and name, and no value that was sent. Never decides what is a fault.
"""

import io
import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from outcomes.errors import SetupError
from outcomes.intake.checking import Checked
from outcomes.intake.faults import faults

COLUMNS = ["severity", "row", "column", "letter", "code", "what", "do"]
# So many rows of one fault are named in the text; the CSV names all.
SHOWN_ROWS = 5


@dataclass(frozen=True)
class Feedback:
    """A feedback report. `findings` has the columns of the CSV, the whole file's faults first, then by row."""

    title: str
    verdict: str
    accepted: bool
    findings: pd.DataFrame

    def text(self, width: int = 110) -> str:
        """The report to read: the verdict, then a table with a line for each kind of fault."""
        console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False)
        console.print(self.title, style="bold")
        console.print(self.verdict)
        if len(self.findings):
            console.print(self._table())
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    def _table(self) -> Table:
        table = Table(box=box.ASCII)
        for heading in ("severity", "column", "code", "records", "what is wrong, and what to do", "rows"):
            table.add_column(heading, justify="right" if heading == "records" else "left", overflow="fold")
        by = ["severity", "column", "letter", "code", "what", "do"]
        for values, group in self.findings.groupby(by, sort=False, dropna=False):
            severity, column, letter, code, what, do = (str(v) for v in values)
            rows = [str(row) for row in group["row"] if row != ""]
            shown = ", ".join(rows[:SHOWN_ROWS]) + (", …" if len(rows) > SHOWN_ROWS else "")
            table.add_row(
                severity, f"{letter} {column}".strip(), code, str(len(rows) or ""), f"{what} {do}".strip(), shown
            )
        return table

    def write(self, folder: Path, stem: str) -> None:
        """Write `<stem>.csv` and `<stem>.txt`, each whole or not at all; raises SetupError when that is impossible."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write_whole(folder / f"{stem}.csv", self.findings.to_csv(index=False, lineterminator="\r\n"))
            _write_whole(folder / f"{stem}.txt", self.text())
        except OSError as error:
            raise SetupError(f"Feedback cannot be written to {folder} ({error.strerror}): check its rights.") from None


def feedback(checked: Checked) -> Feedback:
    """The report on a checked submission, while it is open."""
    rejection = checked.rejection
    whole = pd.DataFrame(
        [("file" if f.rejects else "warning", "", "", "", f.code, f.sentence, "") for f in checked.file_faults],
        columns=COLUMNS,
    )
    records = _record_findings(checked) if checked.judged else whole.iloc[:0]
    if rejection:
        verdict = f"REJECTED: {rejection.sentence} Nothing of the file is used."
    else:
        kept = checked.rows - checked.rejected
        verdict = (
            f"ACCEPTED: {kept} of {checked.rows} records are used, {checked.rejected} are set aside, "
            f"{checked.warnings} warning(s)."
        )
    findings = pd.concat([whole, records], ignore_index=True)
    return Feedback(f"Feedback on {checked.name.file_name}", verdict, rejection is None, findings)


def _record_findings(checked: Checked) -> pd.DataFrame:
    assert checked.feed is not None
    letters = {name: _letter(place) for place, name in enumerate(checked.header)}
    known = [
        (key, f.severity, f.column, letters.get(f.column, ""), f.code, f.what, f.do)
        for key, f in faults(checked.feed).items()
    ]
    checked.connection.register(
        "fault", pd.DataFrame(known, columns=["fault", "severity", "col", "letter", "code", "what", "todo"])
    )
    found = checked.connection.execute(
        """select severity, file_row, col, letter, code, what, todo from finding join fault using (fault)
           order by file_row, letter, code"""
    ).df()
    return found.set_axis(COLUMNS, axis=1).astype(object)


def _letter(place: int) -> str:
    """The column's letter in a spreadsheet: 0 is A, 25 Z, 26 AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.partial")
    draft.write_text(text, encoding="utf-8", newline="")
    os.replace(draft, path)
