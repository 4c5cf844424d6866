"""Extracts sent again: what the tests of corrections put into the inbox."""

import csv
from collections.abc import Callable
from pathlib import Path

from shell import MONTH, manifest

Row = dict[str, str]


def sent_again(inbox: Path, folder: Path, feed: str, supplier: str, month: str, change: Callable[[Row], bool]) -> Path:
    """The next sequence of a supplier's extract, with its manifest; `change` says whether it changed a record."""
    folder.mkdir(parents=True, exist_ok=True)
    newest = max(inbox.glob(f"{feed}_{supplier}_{month}_*.csv"), key=lambda file: int(file.stem.rsplit("_", 1)[1]))
    with newest.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    changed = [row for row in rows if change(row)]
    assert changed, "nothing to change"
    sequence = int(newest.stem.rsplit("_", 1)[1]) + 1
    file = folder / f"{feed}_{supplier}_{month}_{sequence}.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    manifest(file)
    return folder


def homecomings(inbox: Path, folder: Path, ccg: str = "05W", month: str = MONTH) -> Path:
    """A resubmission of a CCG's deaths in which everybody who died in a hospital died at home."""

    def home(row: Row) -> bool:
        if row["pod_nhs_establishment"] != "1":
            return False
        row |= {"pod_code": "H", "pod_nhs_establishment": "", "pod_establishment_type": "", "pod_organisation_code": ""}
        return True

    return sent_again(inbox, folder, "deaths", ccg, month, home)
