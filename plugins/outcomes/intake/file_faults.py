"""What can be wrong with a whole file: its name, its header, how many of its records are rejected, its volume.

Owns the sentences of these faults. Promises that each says what to do, and repeats nothing of the file but names that the
contract knows: where the header is missing, the first line is somebody's data. Never looks at a record.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from outcomes.definitions.feeds import Feed, feeds
from outcomes.intake.names import SubmissionName
from outcomes.organisations import Partnership
from outcomes.periods import Month

# What stands for the underscore of a name, as people or their programs write it: spaces, hyphens, dashes.
_AS_TYPED = re.compile("[ \u00a0\u2010-\u2015-]")
# A volume is far from the usual when it is below half or above twice the median of at least three earlier months, and more
# than twenty records away from it: a small feed doubles by chance.
USUAL_FROM_MONTHS, USUAL_RATIO, USUAL_DIFFERENCE = 3, 2, 20


@dataclass(frozen=True, slots=True)
class FileFault:
    """A fault of the whole file: it `rejects` the submission, or is a warning."""

    code: str
    sentence: str
    rejects: bool = True


def name_faults(name: SubmissionName, partnership: Partnership, as_of: date) -> Iterator[FileFault]:
    """Feed, supplier and month of a name that fits; a month is over on the day after its last."""
    if name.feed not in feeds():
        yield FileFault(
            "unknown_feed", f"There is no feed {name.feed}: name the file after one of {', '.join(feeds())}."
        )
    if name.supplier not in {s.code for s in partnership.suppliers}:
        yield FileFault(
            "unknown_supplier",
            f"{name.supplier} is no supplier: put the code you submit under into the file's name, in capitals.",
        )
    elif name.feed in feeds() and name.supplier not in partnership.suppliers_of(name.feed):
        sent = ", ".join(partnership.by_code[name.supplier].feeds)
        yield FileFault(
            "wrong_supplier", f"{name.supplier} does not send {name.feed} (it sends {sent}): correct the file's name."
        )
    if Month.parse(name.period).last_day >= as_of:
        yield FileFault(
            "month_not_over",
            f"The month {name.period} is not over yet: send it once it is.",
        )


def header_faults(feed: Feed, header: tuple[str, ...], first_column: int = 0) -> Iterator[FileFault]:
    """The header against the contract; columns are told by their letter in a spreadsheet, whose first need not be A."""
    letters = [column_letter(first_column + place) for place in range(len(header))]
    known = {c.name for c in feed.columns}
    if unnamed := [letters[i] for i, name in enumerate(header) if not name]:
        yield FileFault(
            "header", f"The header has no name in {_columns(unnamed)}: name every column, or remove the empty ones."
        )
    if twice := [letters[i] for i, name in enumerate(header) if name and name in header[:i]]:
        yield FileFault(
            "header", f"The header repeats an earlier name in {_columns(twice)}: keep each column once, under one name."
        )
    absent = [c.name for c in feed.columns if c.name not in header]
    almost = "".join(
        f" In column {letters[i]} write {wanted}, exactly so."
        for i, name in enumerate(header)
        for wanted in absent
        if plain_name(name) == wanted
    )
    if lacking := [c for c in absent if c in feed.required]:
        yield FileFault(
            "header",
            f"The header lacks {', '.join(lacking)}: the first row must hold the column names, letter for letter."
            + almost,
        )
    if optional := [c for c in absent if c not in feed.required]:
        yield FileFault(
            "column_absent",
            f"The header lacks {', '.join(optional)}: every value of that counts as missing; if the file has it under "
            "another name, write this one." + ("" if lacking else almost),
            rejects=False,
        )
    if unknown := [letters[i] for i, name in enumerate(header) if name and name not in known]:
        yield FileFault(
            "unknown_column",
            f"The contract of {feed.name} does not know {_columns(unknown)}: not used; remove or rename.",
            rejects=False,
        )


def header_below(feed: Feed, rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[FileFault]:
    """Where a file's first row is not the header: the row among the next in which all required names stand."""
    for row, values in rows:
        if set(feed.required) <= {plain_name(value) for value in values}:
            yield FileFault(
                "header",
                f"The column names stand in row {row}: delete the rows above it, so that the file begins with the names.",
            )
            return


def share_faults(feed: Feed, rows: int, rejected: int) -> Iterator[FileFault]:
    """Too many rejected records, or none left."""
    percent = 100 * rejected / max(1, rows)
    if percent > feed.rejected_percent_allowed and rejected > feed.rejected_count_allowed:
        yield FileFault(
            "too_many_rejected",
            f"{rejected} of {rows} records ({percent:.1f} %) are rejected, and at most "
            f"{feed.rejected_percent_allowed:g} % may be: mend the records below and send the file again.",
        )
    elif rows == rejected and not feed.may_be_empty:
        what = "has no records" if rows == 0 else "has no record left once the faulty ones are set aside"
        yield FileFault("empty", f"The file {what}, and {feed.name} may not be empty: send the month's records.")


def volume_faults(rows: int, earlier: Sequence[int]) -> Iterator[FileFault]:
    """A volume far from the supplier's usual; `earlier` are the records of the months in force before."""
    if len(earlier) < USUAL_FROM_MONTHS:
        return
    usual = median(earlier)
    if abs(rows - usual) > USUAL_DIFFERENCE and not usual / USUAL_RATIO <= rows <= usual * USUAL_RATIO:
        yield FileFault(
            "unusual_volume",
            f"The file has {rows:,} records where {usual:,.0f} are usual: check that the extract is complete and of one "
            "month only; if it is right, do nothing.",
            rejects=False,
        )


def column_letter(place: int) -> str:
    """The column's letter in a spreadsheet: 0 is A, 25 Z, 26 AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _columns(letters: list[str]) -> str:
    shown = ", ".join(letters[:10]) + (f" and {len(letters) - 10} more" if len(letters) > 10 else "")
    return f"column{'s' if len(letters) > 1 else ''} {shown}"


def plain_name(name: str) -> str:
    """A header name with what is often done to one undone, to tell a near miss."""
    return _AS_TYPED.sub("_", name.strip("\ufeff\xa0 \t\"'“”„‘’")).casefold()
