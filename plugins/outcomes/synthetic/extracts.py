"""Linked synthetic extracts of every supplier, month by month, as they would arrive.

Owns `write_extracts`. Promises the same bytes for the same arguments, a file before its manifest, and neither half
written. Never mixes with submissions that are already there, and never uses an NHS number that could be somebody's.

What is sent. The people of a month depend on the seed, the scale and the calendar month; a window is filled from the
lives that end up to thirteen months before and after it. So two windows agree on what happened in the months they
share, but for the initial load.

What happened before the window. A record belongs to the month of its own date, so nothing earlier can be sent:

* EPaCCS starts with an initial load (see `initial_load`): the first month's files have about four times the usual
  records, and from that month on the shared record and the preference in force are right. The load counts as an
  amendment, so for three months every record looks recently amended; a preference that changed before it is not told.
  The register is a snapshot and right at once.
* The first three months' crisis figures are low, and time at home is high; start three months before the first month
  you mean to show (six for a measure that looks back half a year).

Which submissions a month has depends on the window's end:

* deaths, epaccs, palliative_register, bereavement_survey and hospice_care: `flex` (sequence 1), then `freeze`
  (sequence 2), in every month but the last, which has only its flex;
* the large feeds (admissions, ed_attendances, community_contacts, urgent_care_contacts, ambulance_incidents): a
  single `freeze` (sequence 1); flex and freeze in the last month but one, and only flex in the last.

Nothing here looks at today's date: whoever asks for months that are not over gets them.
"""

import hashlib
import io
import json
import math
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from outcomes.definitions.feeds import feeds
from outcomes.errors import InputError
from outcomes.organisations import partnership
from outcomes.periods import Month, months_between
from outcomes.synthetic import background, dirt, initial_load, longstanding, nhs_numbers
from outcomes.synthetic.arrow import Table, csv
from outcomes.synthetic.draws import stream
from outcomes.synthetic.gathered import Gathered
from outcomes.synthetic.lives import MONTHS_AROUND, lives_that_end

LARGEST_SCALE = 20
LARGE_FEEDS = {"admissions", "ed_attendances", "community_contacts", "urgent_care_contacts", "ambulance_incidents"}
# Days after the month's end on which a supplier makes its provisional and its final extract.
EXTRACTED_AFTER = {"flex": 9, "freeze": 38}
_A_SUBMISSION = re.compile(
    r"[a-z_]+_[A-Z0-9]{3}_[0-9]{4}-[0-9]{2}_[0-9]+\.(csv|csv\.gz|xlsx|zip)(\.pgp|\.gpg)?(\.manifest\.json)?"
)


@dataclass(frozen=True)
class Written:
    """How many submissions were written, with how many records in all."""

    submissions: int
    records: int


def write_extracts(
    folder: Path,
    first: Month,
    last: Month,
    *,
    scale: float = 1.0,
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Written:
    """Write every supplier's submissions for the months `first` to `last` into a folder, each with its manifest.

    At scale 1 about 960 people of the six CCGs die a month, and a month has about 275,000 records. The first three
    months' crisis figures are low; start three months before the first month you mean to show. `progress` is told one
    sentence a month. Raises InputError for arguments that make no sense and for a folder that already holds submissions.
    """
    _check(folder, first, last, scale, seed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(folder, first, last, scale, seed, progress)
    except OSError as error:
        raise InputError(f"The extracts cannot be written to {folder}: {error.strerror}.") from error


def _check(folder: Path, first: Month, last: Month, scale: float, seed: int) -> None:
    if first > last:
        raise InputError(f"The first month, {first}, is after the last, {last}: swap them.")
    if first.year < 1950 or last.year > 2100:
        raise InputError("The months lie outside 1950 to 2100: choose others.")
    if not (math.isfinite(scale) and 0 < scale <= LARGEST_SCALE):
        raise InputError(
            f"The scale {scale:g} is not above 0 and at most {LARGEST_SCALE}: 1 is a partnership of usual size."
        )
    if seed < 0:
        raise InputError(f"The seed {seed} is negative: choose 0 or more.")
    nhs_numbers.enough_for(len(list(months_between(first, last))) + 2 * MONTHS_AROUND, scale)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is not a folder: choose another name.")
    if folder.is_dir() and any(_A_SUBMISSION.fullmatch(entry.name) for entry in folder.iterdir()):
        raise InputError(f"{folder} already holds submissions: choose an empty folder, so that they are not mixed.")


def _write(
    folder: Path, first: Month, last: Month, scale: float, seed: int, progress: Callable[[str], None] | None
) -> Written:
    gathered = Gathered(first, last)
    told = first - MONTHS_AROUND
    submissions = records = 0
    for month in months_between(first, last):
        while told <= month + MONTHS_AROUND:
            ending, lasting = lives_that_end(seed, told, scale), longstanding.known_for_longer(seed, told, scale)
            for some in (*ending, *lasting):
                gathered.add(some)
            for some in (*(ending if told >= first else ()), *lasting):
                if some.feed == initial_load.FEED:
                    gathered.add(initial_load.initial_load(some, first))
            told += 1
        for some in background.of_the_month(seed, month, scale):
            gathered.add(some)
        gathered.forget_entries_before(month)
        files = rows = 0
        for feed, supplier in partnership().expected:
            table = gathered.hand_out(feed, supplier, month)
            for sequence, status in enumerate(_statuses(feed, month, last), start=1):
                rows += _submit(folder, feed, supplier, month, sequence, status, table, seed)
                files += 1
        submissions, records = submissions + files, records + rows
        if progress is not None:
            progress(f"{month}: {files} submissions, {rows:,} records.")
    return Written(submissions, records)


def _statuses(feed: str, month: Month, last: Month) -> Iterator[str]:
    """Which submissions of a period there are, in order."""
    if month == last or month + 1 == last or feed not in LARGE_FEEDS:
        yield "flex"
    if month != last:
        yield "freeze"


def _submit(
    folder: Path, feed: str, supplier: str, month: Month, sequence: int, status: str, table: Table, seed: int
) -> int:
    """Write one submission and its manifest; returns how many records it has."""
    rng = stream(seed, month, f"{feed} {supplier} {status}")
    contract = feeds()[feed]
    if status == "flex":
        table = dirt.provisional(rng, contract, table)
    table = dirt.with_faults(rng, contract, table)
    text = io.BytesIO()
    text.write((",".join(table.column_names) + "\n").encode())
    # No value of ours needs a quote, and the writer refuses one that would.
    csv.write_csv(table, text, csv.WriteOptions(include_header=False, quoting_style="none"))
    name = f"{feed}_{supplier}_{month}_{sequence}.csv"
    manifest = {
        "feed": feed,
        "supplier": supplier,
        "period": str(month),
        "sequence": sequence,
        "status": status,
        "rows": table.num_rows,
        "sha256": hashlib.sha256(text.getbuffer()).hexdigest(),
        "extracted_at": f"{month.last_day + timedelta(days=EXTRACTED_AFTER[status])}T06:30:00Z",
    }
    _place(folder / name, text.getbuffer())
    _place(folder / f"{name}.manifest.json", (json.dumps(manifest, indent=2) + "\n").encode())
    return int(table.num_rows)


def _place(file: Path, content: bytes | memoryview) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(content)
    os.replace(part, file)
