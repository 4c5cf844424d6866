"""The files of a feedback report: a page and a workbook for the supplier's analyst, a CSV with every finding, a text.

Owns their writing and their harmlessness. Promises that each is there whole or not at all, that the same report gives the
same bytes, and that no cell is taken for a formula, whoever wrote what stands in it. Never says anything of its own.
"""

import csv
import io
import os
from pathlib import Path

from outcomes.errors import SetupError
from outcomes.intake.feedback import COLUMNS, Feedback
from outcomes.intake.feedback_page import page
from outcomes.intake.feedback_workbook import workbook

# What a spreadsheet takes for the beginning of a formula, or lets another cell begin (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_feedback(report: Feedback, folder: Path, stem: str) -> list[Path]:
    """Write `<stem>.html`, `.xlsx`, `.csv` and `.txt`; raises SetupError when that is impossible."""
    contents = {
        "html": page(report).encode(),
        "xlsx": workbook(report),
        "csv": findings_csv(report).encode(),
        "txt": report.text().encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write_whole(folder / f"{stem}.{suffix}", content) for suffix, content in contents.items()]
    except OSError as error:
        raise SetupError(f"Feedback cannot be written to {folder} ({error.strerror}): check its rights.") from None


def findings_csv(report: Feedback) -> str:
    """Every finding, as `Feedback.findings` has them."""
    # What follows a row's number is the same for all of a kind, and there may be a hundred thousand.
    ends = {id(kind): _line(kind.column, kind.letter, kind.code, kind.what, kind.do) for kind in report.kinds}
    lines = (f"{kind.severity},{row},{ends[id(kind)]}" for row, kind in report.by_row())
    return _line(*COLUMNS) + "".join(lines)


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before what could begin one."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(*cells: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return line.getvalue()


def _write_whole(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.partial")
    draft.write_bytes(content)
    os.replace(draft, path)
    return path
