"""Thirteen months of synthetic extracts of every supplier, to be spoiled one by one.

From July to July: both take-overs lie in them, two financial years, four quarters and two rolling years. What is wrong
with them is told in `damaged_submissions` and `damaged_lives`.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

from outcomes.periods import Month, months_between
from outcomes.synthetic import write_extracts

FIRST, LAST = Month(2017, 7), Month(2018, 7)
MONTHS = [str(month) for month in months_between(FIRST, LAST)]
Row = dict[str, str]
Change = Callable[[list[Row]], list[Row] | None]


class Extracts:
    """The files of an inbox: of each supplier, feed and month the last that was sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "received"
        write_extracts(self.folder, FIRST, LAST, scale=0.05, seed=7)
        self._keep_the_last_sequences()

    def are_there(self, feed: str, supplier: str, period: str) -> bool:
        return bool(self._files(feed, supplier, period))

    def path(self, feed: str, supplier: str, period: str) -> Path:
        return self._files(feed, supplier, period)[-1]

    def remove(self, feed: str, supplier: str, period: str) -> None:
        for path in self._files(feed, supplier, period):
            manifest(path).unlink()
            path.unlink()

    def rows(self, feed: str, supplier: str, period: str) -> list[Row]:
        return list(csv.DictReader(self.path(feed, supplier, period).read_text().splitlines()))

    def add(self, feed: str, supplier: str, period: str, *rows: Row) -> None:
        self.change(feed, supplier, period, lambda before: [*before, *rows])

    def change(self, feed: str, supplier: str, period: str, change: Change) -> None:
        """Write the submission anew with the rows changed (in place, or those returned)."""
        rows = self.rows(feed, supplier, period)
        self.write(self.path(feed, supplier, period), change(rows) or rows)

    def resubmit(self, feed: str, supplier: str, period: str, change: Change, **wrong: str) -> None:
        """Send a month again with the next sequence; `wrong` overrides what the manifest says."""
        before = self.path(feed, supplier, period)
        *name, sequence = before.stem.split("_")
        after = before.with_name(f"{'_'.join(name)}_{int(sequence) + 1}.csv")
        manifest(after).write_text(manifest(before).read_text())
        rows = self.rows(feed, supplier, period)
        self.write(after, change(rows) or rows, sequence=int(sequence) + 1, **wrong)

    def write(self, path: Path, rows: list[Row], **says: str | int) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue())
        told = json.loads(manifest(path).read_text()) if manifest(path).exists() else {}
        facts = {"rows": len(rows), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        manifest(path).write_text(json.dumps({**told, **facts, **says}))

    def _files(self, feed: str, supplier: str, period: str) -> list[Path]:
        """By sequence; none is sent more than three times."""
        sequences = (self.folder / f"{feed}_{supplier}_{period}_{n}.csv" for n in (1, 2, 3))
        return [path for path in sequences if path.exists()]

    def _keep_the_last_sequences(self) -> None:
        """Some files are provisional ones that were replaced; a few stay, to be passed over."""
        for path in sorted(self.folder.glob("*.csv")):
            feed, supplier, period, sequence = path.stem.rsplit("_", 3)
            later = path.with_name(f"{feed}_{supplier}_{period}_{int(sequence) + 1}.csv")
            if later.exists() and (supplier, period) not in {("05W", "2018-02"), ("RRE", "2018-06")}:
                manifest(path).unlink()
                path.unlink()


def manifest(path: Path) -> Path:
    return path.with_name(f"{path.name}.manifest.json")
