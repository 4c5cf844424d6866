"""What landing costs beside the same checks in dataframely, and a backlog beside DuckDB's own reading of the same files.

    python bench/landing.py read INBOX      reads every file with DuckDB, its columns pinned to the contract's types

Owns the two comparisons. Promises that a cost is given only where dataframely found as many records, records set aside and
warnings as the product did, submission by submission. Landing is all of it: reading, every rule, pseudonyms, the lake, the
ledger and the four files of each feedback report; dataframely reads and checks, DuckDB reads.
"""

import csv
import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
from measuring import Cost, cost_of

from outcomes import workflow
from outcomes.definitions.feeds import SQL_TYPES, feeds
from outcomes.ledger import Ledger
from outcomes.periods import Month
from outcomes.settings import Settings

RUNS = 3


@dataclass(frozen=True, slots=True)
class Landing:
    """Costs by what was done, with the loading of the code apart, and how many submissions and records it was."""

    costs: dict[str, Cost]
    submissions: int
    records: int


def beside_dataframely(folder: Path, month: Month) -> Landing:
    """Land a full-size month with every rule, and check the same files in dataframely; ends the bench where they differ."""
    inbox, answer = folder / "month", folder / "dataframely.json"
    workflow.synth(inbox, str(month), str(month), scale=1.0)
    here = Path(__file__)
    ours, theirs = [], []
    for run in range(RUNS):
        cost, settings = _landed(folder / f"landed-{run}", inbox)
        ours.append(cost)
        theirs.append(cost_of([sys.executable, str(here.with_name("in_dataframely.py")), str(inbox), str(answer)]))
    found, expected = _found(settings), json.loads(answer.read_text())
    if found != expected:
        wrong = next(name for name in expected if found.get(name) != expected[name])
        raise SystemExit(f"dataframely says {expected[wrong]} of {wrong} and the product {found.get(wrong)}.")
    costs = {
        "the product lands": _typical(ours),
        "    of this, loading the code": _loading("outcomes.workflow.extracts"),
        "dataframely checks": _typical(theirs),
        "    of this, loading the code ": _loading("in_dataframely"),
    }
    return Landing(costs, len(found), sum(rows for rows, _, _ in found.values()))


def beside_reading(folder: Path, first: Month, last: Month) -> Landing:
    """Land a backlog at once, and let DuckDB read the same files."""
    inbox = folder / "backlog"
    workflow.synth(inbox, str(first), str(last), scale=1.0)
    reading = _typical([cost_of([sys.executable, __file__, "read", str(inbox)]) for _ in range(RUNS)])
    cost, settings = _landed(folder / "landed-backlog", inbox)
    found = _found(settings)
    costs = {
        "the product lands": cost,
        "    of this, loading the code": _loading("outcomes.workflow.extracts"),
        "DuckDB reads, types pinned": reading,
        "    of this, loading the code ": _loading("duckdb"),
    }
    return Landing(costs, len(found), sum(rows for rows, _, _ in found.values()))


def times(landing: Landing) -> float:
    """How many times the processor time of the other the product takes, the loading of the code left out."""
    ours, our_code, other, other_code = (cost.processor for cost in landing.costs.values())
    return (ours - our_code) / (other - other_code)


def read(inbox: Path) -> None:
    """Read each file into a table of the contract's types; a value of another type is left out, with its record."""
    with duckdb.connect() as connection:
        for file in sorted(inbox.glob("*.csv")):
            feed = feeds()[file.stem.rsplit("_", 3)[0]]
            with file.open(encoding="utf-8", newline="") as stream:
                header = next(csv.reader(stream))
            types = ", ".join(f"'{name}': '{SQL_TYPES[feed.column(name).type]}'" for name in header)
            connection.execute(
                f"""create or replace temp table sent as from read_csv(?, columns={{{types}}}, auto_detect=false,
                    header=true, delim=',', quote='"', escape='"', nullstr='', store_rejects=true)""",
                [str(file)],
            )


def _landed(home: Path, inbox: Path) -> tuple[Cost, Settings]:
    settings = Settings.load(home=home, pseudonym_key="5a" * 32)
    home.mkdir()
    # A ledger there is; making one belongs to no month.
    with Ledger(settings.database_url).session():
        pass
    environment = {"OUTCOMES_HOME": str(home), "OUTCOMES_PSEUDONYM_KEY": "5a" * 32}
    return cost_of([sys.executable, "-m", "outcomes", "receive", "--inbox", str(inbox)], environment), settings


def _found(settings: Settings) -> dict[str, list[int]]:
    with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as connection:
        found = connection.execute("select file_name, rows, rejected_records, warnings from submissions")
        return {name.removesuffix(".csv"): counts for name, *counts in found}


def _loading(module: str) -> Cost:
    """What importing costs."""
    path = {"PYTHONPATH": f"{Path(__file__).parent}:{Path(workflow.__file__).parents[2]}"}
    return _typical([cost_of([sys.executable, "-c", f"import {module}"], path) for _ in range(RUNS)])


def _typical(costs: list[Cost]) -> Cost:
    """That of the middle run, by processor seconds."""
    return sorted(costs, key=lambda cost: cost.processor)[len(costs) // 2]


if __name__ == "__main__":
    read(Path(sys.argv[2]))
