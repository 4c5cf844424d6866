"""What `outcomes release` costs, release after release, and how much it withholds.

Owns a series as it would have been: each month what had been extracted by its day is received and computed, and its edition
released. Promises that every cost printed is of an edition that was really made. Only for a ledger on SQLite in a scratch
folder.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from measuring import Cost, cost_of

from outcomes import workflow
from outcomes.intake.names import MANIFEST_SUFFIX
from outcomes.periods import Month, months_between, reporting_day
from outcomes.settings import Settings

_CELLS = """
    select 2 * count(*), sum((denominator is null) + (numerator is null)) from released_figures
    where release_id = (select max(id) from releases) and state in ('shown', 'suppressed')
"""


@dataclass(frozen=True, slots=True)
class Released:
    """An edition's cost, its cells (numerators and denominators), and how many of them are withheld."""

    month: Month
    cost: Cost
    cells: int
    withheld: int


def released(settings: Settings, first: Month, last: Month) -> Iterator[Released]:
    """Release every month on its day, from what lies in the inbox."""
    for month, folder in _stages(settings.inbox, list(months_between(first, last))):
        workflow.receive(settings, inbox=folder)
        workflow.compute(settings, to=str(month))
        cost = cost_of(
            [sys.executable, "-m", "outcomes", "release", "--period", str(month)],
            {"OUTCOMES_HOME": str(settings.home), "OUTCOMES_DATABASE_URL": settings.database_url},
        )
        with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as connection:
            ((cells, withheld),) = connection.execute(_CELLS).fetchall()
        yield Released(month, cost, cells, withheld)


def _stages(inbox: Path, months: list[Month]) -> Iterator[tuple[Month, Path]]:
    """For each month a folder of what was extracted before its day, and not before the day of the month before."""
    folders = {month: inbox.with_name(f"by-{month}") for month in months}
    for folder in folders.values():
        folder.mkdir()
    for manifest in inbox.glob(f"*{MANIFEST_SUFFIX}"):
        day = json.loads(manifest.read_text(encoding="utf-8"))["extracted_at"][:10]
        stage = folders[next((m for m in months if day < str(reporting_day(m))), months[-1])]
        for part in (manifest.with_name(manifest.name.removesuffix(MANIFEST_SUFFIX)), manifest):
            os.link(part, stage / part.name)
    yield from folders.items()
