"""What `outcomes compute` costs: after how much history, with how many figures already in the ledger.

Owns the receiving of the history in stages and the copies of the ledger between them, so that nothing is landed twice.
Promises that every cost printed is of a computation that was really made. Only for a ledger on SQLite in a scratch folder.
"""

import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from measuring import Cost, cost_of

from outcomes import workflow
from outcomes.intake.names import MANIFEST_SUFFIX, SubmissionName
from outcomes.periods import Month, months_between
from outcomes.settings import Settings

# Children before parents.
_FIGURES = ("figures", "computations", "selection_items", "selections")


@dataclass(frozen=True, slots=True)
class Growth:
    """The cost of each computation by what it was, and the seconds that landing took."""

    costs: dict[str, Cost]
    landing: float


def grown(settings: Settings, first: Month, last: Month) -> Growth:
    """Receive what lies in the inbox stage by stage and compute in between; the ledger ends as after a month's work."""
    months = list(months_between(first, last))
    costs: dict[str, Cost] = {}
    landing = 0.0
    for months_in, folder in _stages(settings.inbox, months):
        start = time.perf_counter()
        workflow.receive(settings, inbox=folder)
        landing += time.perf_counter() - start
        if months_in == 1:
            # Not measured: Python compiles its modules.
            computed(without_figures(settings))
        if months_in in (1, 12):
            costs[_months(months_in)] = computed(without_figures(settings))
        if months_in == len(months) - 1:
            costs[f"{_months(months_in)}, as the history"] = computed(settings)
    costs[_months(len(months))] = computed(empty := without_figures(settings))
    costs["a new month, given the history"] = computed(settings)
    costs["nothing new"] = cost_of(*_compute(empty))
    return Growth(costs, landing)


def computed(settings: Settings) -> Cost:
    """The cost of one computation; ends the bench when the ledger does not hold one more after it."""
    before = _computations(settings)
    cost = cost_of(*_compute(settings))
    if _computations(settings) != before + 1:
        raise SystemExit("A computation was to be measured, but nothing was computed.")
    return cost


def without_figures(settings: Settings) -> Settings:
    """Settings with a copy of the ledger that knows all submissions, and nothing that was computed from them."""
    copy = settings.home / "without-figures.sqlite"
    shutil.copyfile(_ledger(settings), copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        for table in _FIGURES:
            connection.execute(f"delete from {table}")
        connection.execute("vacuum")
    return settings.model_copy(update={"database_url": f"sqlite:///{copy}"})


def _ledger(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


def _compute(settings: Settings) -> tuple[list[str], dict[str, str]]:
    environment = {"OUTCOMES_HOME": str(settings.home), "OUTCOMES_DATABASE_URL": settings.database_url}
    if settings.measures:
        environment["OUTCOMES_MEASURES"] = str(settings.measures)
    return [sys.executable, "-m", "outcomes", "compute"], environment


def _computations(settings: Settings) -> int:
    with closing(sqlite3.connect(_ledger(settings))) as connection:
        ((count,),) = connection.execute("select count(*) from computations").fetchall()
    return int(count)


def _months(count: int) -> str:
    return "1 month" if count == 1 else f"{count} months"


def _stages(inbox: Path, months: list[Month]) -> Iterator[tuple[int, Path]]:
    """The first month, the first twelve, all but the last, the last: how many months are in then, and what is new.

    With the last month comes what was extracted after it: the freeze of the month before, too.
    """
    marks = sorted({1, 12, len(months) - 1, len(months)})
    for mark in marks:
        (inbox.with_name(f"stage-{mark}")).mkdir()
    for manifest in inbox.glob(f"*{MANIFEST_SUFFIX}"):
        file = manifest.with_name(manifest.name.removesuffix(MANIFEST_SUFFIX))
        name = SubmissionName.parse(file.name)
        if name is None:
            raise SystemExit(f"{file.name} is not the name of a submission.")
        months_in = len(list(months_between(months[0], Month.parse(name.period))))
        if json.loads(manifest.read_text(encoding="utf-8"))["extracted_at"][:7] > str(months[-1]):
            months_in = len(months)
        stage = inbox.with_name(f"stage-{next(mark for mark in marks if mark >= months_in)}")
        for part in (file, manifest):
            os.link(part, stage / part.name)
    for mark in marks:
        yield mark, inbox.with_name(f"stage-{mark}")
