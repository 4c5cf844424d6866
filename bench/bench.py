"""How fast the month's work is, in one run: landing, computing, rendering.

    make bench                          24 months at scale 1 (about 6.6 million records)
    make bench ARGS="--scale 0.2"       smaller

Landing is set beside DuckDB's own reading of the same files (pinned columns, count only), which is the floor for anything
that reads them with DuckDB. Wall-clock seconds; run it on a machine that does nothing else.
"""

import argparse
import csv
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from outcomes import workflow
from outcomes.settings import Settings

FIRST, LAST, RELEASED = "2017-04", "2019-03", "2019-02"


def timed(work: Callable[[], object]) -> float:
    """Seconds the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read_with_duckdb(inbox: Path) -> int:
    """Count the records of every file with pinned columns and nothing else done to them."""
    count = 0
    with duckdb.connect() as connection:
        for file in sorted(inbox.glob("*.csv")):
            with file.open(encoding="utf-8", newline="") as stream:
                header = next(csv.reader(stream))
            columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in header) + "}"
            ((rows,),) = connection.execute(
                f"select count(*) from read_csv(?, columns={columns}, auto_detect=false, header=true)", [str(file)]
            ).fetchall()
            count += rows
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args().scale
    print(
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings.load(home=Path(scratch), pseudonym_key=os.urandom(32).hex())
        made = timed(lambda: workflow.synth(settings.inbox, FIRST, LAST, scale=scale))
        reading = statistics.median(timed(lambda: read_with_duckdb(settings.inbox)) for _ in range(3))
        records = read_with_duckdb(settings.inbox)
        landing = timed(lambda: workflow.receive(settings))
        computing = timed(lambda: workflow.compute(settings))
        releasing = timed(lambda: workflow.release(settings, RELEASED))
        rendering = timed(lambda: workflow.render(settings, RELEASED))
        print(f"synthetic extracts, 24 months at scale {scale:g}: {records:,} records in {made:.1f} s")
        print(f"landed:        {records / landing:>12,.0f} records a second ({landing:.1f} s)")
        print(
            f"DuckDB reads:  {records / reading:>12,.0f} records a second ({reading:.1f} s), pinned columns, count only"
        )
        print(f"landing takes  {landing / reading:>12.1f} times as long as DuckDB's reading alone")
        print(f"computing all figures for 24 months: {computing:.1f} s")
        print(f"releasing one edition:               {releasing:.1f} s")
        print(f"rendering seven scorecards:          {rendering:.1f} s (PDF and HTML)")


if __name__ == "__main__":
    main()
