"""What the month's work costs, in one run: landing, computing, rendering, and computing beside pandas and polars.

    make bench                                        24 months at scale 1 (about 6.6 million records)
    make bench ARGS="--months 60"                     the full history
    make bench ARGS="--months 14 --scale 0.05"        small, in minutes
    make bench ARGS="--releases"                      24 editions in turn and a correction's preview, instead
    make bench ARGS="--landing --months 60"           landing beside dataframely and beside DuckDB's reading, instead

Landing is set beside DuckDB's own reading of the same files (pinned columns, count only), which is the floor for anything
that reads them with DuckDB. Computing is shown as it grows with the history, and for three measures beside DuckDB alone,
pandas and polars, whose figures have to be the product's: where one differs the bench ends with exit 1. Seconds are those
on the clock unless they are the processor's; a peak of memory is that of the process. Run it on a machine that does
nothing else.

Of releases it shows what each costs with all that went out before it, and how many numerators and denominators it
withholds; and then what the preview of a correction of three months costs.
"""

import argparse
import csv
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pandas
import polars
from comparison import RUNS, compared
from computing import grown
from landing import beside_dataframely, beside_reading, times
from measuring import Cost
from previewing import previewed
from releasing import released
from rendering import rendered

from outcomes import workflow
from outcomes.periods import Month
from outcomes.settings import Settings

LAST, RELEASED = "2019-03", "2019-02"

DONE_BY = {
    "the product": "the product, also strata, quarters, years, intervals, ledger",
    "duckdb": "DuckDB alone, with the product's SQL",
    "duckdb, loading": "    of this, loading the code",
    "pandas": "pandas",
    "pandas, loading": "    of this, loading the code",
    "polars": "polars",
    "polars, loading": "    of this, loading the code",
}


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


def table(title: str, costs: Iterable[tuple[str, Cost]]) -> None:
    """Print what each cost."""
    print(f"\n{title}\n{'':<62} {'processor s':>11} {'clock s':>8} {'peak MB':>8}")
    for what, cost in costs:
        print(f"  {what:<60} {cost.processor:>11.1f} {cost.clock:>8.1f} {cost.megabytes:>8,.0f}")


def bench(settings: Settings, months: int, scale: float) -> None:
    """Make the extracts, do a month's work on them, print what it cost."""
    last = Month.parse(LAST)
    first = last - (months - 1)
    made = timed(lambda: workflow.synth(settings.inbox, str(first), LAST, scale=scale))
    reading = statistics.median(timed(lambda: read_with_duckdb(settings.inbox)) for _ in range(3))
    records = read_with_duckdb(settings.inbox)
    growth = grown(settings, first, last)
    landing = growth.landing
    releasing = timed(lambda: workflow.release(settings, RELEASED))
    rendering = rendered(settings, RELEASED)
    print(f"synthetic extracts, {months} months at scale {scale:g}: {records:,} records in {made:.1f} s")
    print(f"landed:        {records / landing:>12,.0f} records a second ({landing:.1f} s)")
    print(f"DuckDB reads:  {records / reading:>12,.0f} records a second ({reading:.1f} s), pinned columns, count only")
    print(f"landing takes  {landing / reading:>12.1f} times as long as DuckDB's reading alone")
    print(f"computing all figures for {months} months: {growth.costs[f'{months} months'].clock:.1f} s")
    print(f"releasing one edition:               {releasing:.1f} s")
    table("`outcomes compute`, without earlier figures unless a history is given", growth.costs.items())
    table("`outcomes render`, the start of the process included", rendering.items())
    costs, figures = compared(settings)
    table(
        f"three measures of every CCG and month, the middle one of {RUNS} runs",
        [(words, costs[way]) for way, words in DONE_BY.items()],
    )
    print(f"  denominators and numerators are equal in all four, for each of {figures} figures")


def bench_landing(folder: Path, months: int) -> None:
    """A full-size month beside dataframely's checks, and a backlog beside DuckDB's reading."""
    last = Month.parse(LAST)
    landing = beside_dataframely(folder, last)
    table(
        f"{landing.submissions} submissions of {landing.records:,} records, the middle of {RUNS} runs",
        landing.costs.items(),
    )
    print(
        f"  landing takes {times(landing):.2f} times the processor time of dataframely's checks; the verdicts are equal"
    )
    landing = beside_reading(folder, last - (months - 1), last)
    table(f"a backlog of {landing.submissions:,} submissions, {landing.records:,} records", landing.costs.items())
    print(f"  landing takes {times(landing):.2f} times the processor time of DuckDB's reading")


def bench_releases(settings: Settings, months: int, scale: float) -> None:
    """Make the extracts, release month after month, print what each release cost and withheld."""
    last = Month.parse(LAST)
    first = last - (months - 1)
    workflow.synth(settings.inbox, str(first), LAST, scale=scale)
    print(f"releases, one after the other, at scale {scale:g}")
    print(f"{'month':<9} {'processor s':>11} {'clock s':>8} {'peak MB':>8} {'cells':>7} {'withheld':>9} {'%':>6}")
    for r in released(settings, first, last):
        print(
            f"{r.month!s:<9} {r.cost.processor:>11.1f} {r.cost.clock:>8.1f} {r.cost.megabytes:>8,.0f} {r.cells:>7,}"
            f" {r.withheld:>9,} {r.withheld / r.cells:>6.1%}"
        )
    ccg, three = "05W", (str(last - 6), str(last - 4))
    table(f"the preview of a correction of {ccg}, {three[0]} to {three[1]}", [("", previewed(settings, ccg, *three))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--months", type=int, default=24, help="of history, up to 2019-03; 14 at least")
    parser.add_argument("--releases", action="store_true", help="release every month after the other, nothing else")
    parser.add_argument("--landing", action="store_true", help="measure landing in full size, nothing else")
    asked = parser.parse_args()
    if asked.months < 14 and not asked.landing:
        parser.error("--months has to be 14 at least, so that 1, 12 and all but the last are different")
    # Nothing of an installation that this shell is set up for is touched, here or in the processes started.
    for name in [name for name in os.environ if name.startswith("OUTCOMES_")]:
        del os.environ[name]
    # Some shells keep Python from storing what it compiled; each process measured would then compile everything anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, "
        f"DuckDB {duckdb.__version__}, pandas {pandas.__version__}, polars {polars.__version__}"
    )
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(scratch) / "compiled")
        settings = Settings.load(home=Path(scratch), pseudonym_key=os.urandom(32).hex())
        if asked.landing:
            bench_landing(Path(scratch), asked.months)
        else:
            (bench_releases if asked.releases else bench)(settings, asked.months, asked.scale)


if __name__ == "__main__":
    main()
