"""What the preview of a correction costs: three months of a CCG's deaths and plans, sent again with every 17th record gone.

Owns making the correction and the measurement. Promises that the extracts come as a supplier sends them, a sequence
further, each with its manifest. As a script it does so in an installation whose months have editions, and leaves it there:

    OUTCOMES_HOME=... OUTCOMES_PSEUDONYM_KEY=... .venv/bin/python bench/previewing.py 05W 2018-09 2018-11
"""

import csv
import hashlib
import json
import os
import sys
from pathlib import Path

from measuring import Cost, cost_of

from outcomes import workflow
from outcomes.intake.names import MANIFEST_SUFFIX
from outcomes.periods import Month, months_between
from outcomes.settings import Settings

_FEEDS = ("deaths", "epaccs")
_GONE = 17


def previewed(settings: Settings, ccg: str, first: str, last: str) -> Cost:
    """Send a CCG's extracts of these months again, and preview what that would change: the whole command.

    What lay in the drop folder before is received first, as it is every day.
    """
    workflow.receive(settings)
    for month in months_between(Month.parse(first), Month.parse(last)):
        for feed in _FEEDS:
            _send_again(settings.inbox, feed, ccg, str(month))
    asked = ["--ccg", ccg, "--from", first, "--to", last, "--reason", "a bench", "--preview"]
    environment = {"OUTCOMES_HOME": str(settings.home), "OUTCOMES_DATABASE_URL": settings.database_url}
    return cost_of([sys.executable, "-m", "outcomes", "backfill", *asked], environment)


def _send_again(inbox: Path, feed: str, ccg: str, month: str) -> None:
    sent = sorted(inbox.glob(f"{feed}_{ccg}_{month}_*.csv"), key=lambda file: int(file.stem.rpartition("_")[2]))[-1]
    manifest = json.loads(sent.with_name(sent.name + MANIFEST_SUFFIX).read_text(encoding="utf-8"))
    with sent.open(encoding="utf-8", newline="") as stream:
        header, *records = csv.reader(stream)
    kept = [record for n, record in enumerate(records, start=1) if n % _GONE]
    sequence = manifest["sequence"] + 1
    again = inbox / f"{feed}_{ccg}_{month}_{sequence}.csv"
    with again.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *kept])
    claims = {"sequence": sequence, "rows": len(kept), "sha256": hashlib.sha256(again.read_bytes()).hexdigest()}
    again.with_name(again.name + MANIFEST_SUFFIX).write_text(json.dumps({**manifest, **claims}), encoding="utf-8")


def main(ccg: str, first: str, last: str) -> None:
    cost = previewed(Settings.load(), ccg, first, last)
    print(
        f"previewed in {cost.clock:.1f} s on the clock, {cost.processor:.1f} s of processor time, {cost.megabytes:.0f} MB"
    )


if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    main(*sys.argv[1:])
