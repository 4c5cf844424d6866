"""Feedback reports, as they lie in the feedback folder.

Owns finding a submission's report and summing its findings up by rule. Promises only files whose names the ledger gives,
and never a value that was sent: a report holds none. Never writes one.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from outcomes.settings import Settings
from outcomes.web.standings import Sent

SHOWN_ROWS = 8
# What a browser is told of each kind of file; nothing else is handed out.
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SEVERITIES = ("file", "record", "warning")
_COLUMNS = ("severity", "code", "column", "letter", "what", "do", "row")
# All of a Rule but its rows.
_Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was broken: where, what is wrong, what to do. `rows` are those of the sender's file that broke it."""

    severity: str
    code: str
    column: str
    letter: str
    what: str
    do: str
    rows: tuple[str, ...]

    @property
    def in_general(self) -> str:
        """What is wrong and what to do without a number, for those who may not know how many records there are."""
        return " ".join(words for words in (self.what, self.do) if words and not any(map(str.isdigit, words)))


def files(settings: Settings, sent: Sent) -> dict[str, Path]:
    """The files of a submission's report by name; none where it was removed."""
    folder = settings.feedback / sent.period
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return {}
    return {f.name: f for f in found if f.name.startswith(sent.report) and f.suffix in KINDS}


def rules(settings: Settings, sent: Sent) -> list[Rule]:
    """Every rule that a submission broke, those of the whole file first; none where there is no report."""
    table = files(settings, sent).get(f"{sent.report}csv")
    if table is None:
        return []
    rows: dict[_Key, list[str]] = {}
    for key, row in _findings(table):
        rows.setdefault(key, []).extend([row] if row else [])
    order = {severity: place for place, severity in enumerate(SEVERITIES)}
    found = [Rule(*key, tuple(numbers)) for key, numbers in rows.items()]
    return sorted(found, key=lambda r: (order.get(r.severity, len(order)), -len(r.rows), r.code, r.column))


def _findings(table: Path) -> Iterator[tuple[_Key, str]]:
    with table.open(encoding="utf-8-sig", newline="") as stream:
        for line in csv.DictReader(stream):
            severity, code, column, letter, what, do, row = (line.get(c) or "" for c in _COLUMNS)
            yield (severity, code, column, letter, what, do), row
