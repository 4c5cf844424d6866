"""What there is of a submission's records anywhere in this installation: found, deleted, and looked for again.

Owns where records and their copies can lie: the lake, also what a killed run left there, the feedback reports, and any
other file of the home that bears the submission's name or is the very file that was sent. Promises that the search
after a deletion does not rely on what the deletion knew: it goes by names, by contents and by the records themselves.
Never looks at, let alone changes, what lies at a source, the ledger or what was published.
"""

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from outcomes.errors import SetupError
from outcomes.lake import Lake
from outcomes.ledger import Submission

# So much of a file is searched for a submission's name.
_SEARCHED = 64 << 20


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look: the lake, the feedback reports, the home, and the parts of the home that are left alone."""

    lake: Lake
    feedback: Path
    home: Path
    left_alone: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Searched:
    """How many files were searched, how many of the lake's were opened, and what was found."""

    lake_files: int
    opened: int
    other_files: int
    found: tuple[str, ...]

    def sentence(self, name: str) -> str:
        looked = (
            f"searched {self.lake_files:,} files of the lake by name and content's hash, {self.opened:,} of them "
            "record by record, "
            f"and {self.other_files:,} other files by name, hash and words"
        )
        return (
            f"Nothing is left of {name}: {looked}."
            if not self.found
            else f"{self.found[0]} is left of {name}: {looked}."
        )


def lake_files(places: Places, submission: Submission) -> list[str]:
    """Every file of the lake that holds records of a submission, whether the ledger knows of it or not."""
    stem = f"{submission.supplier}-{submission.sequence}"
    of_it = re.compile(
        rf"(rejected/)?{submission.feed}/{submission.period}/(\.{stem}\.partial|{stem}-[0-9a-f]+\.parquet)"
    )
    folders = (f"{submission.feed}/{submission.period}", f"rejected/{submission.feed}/{submission.period}")
    return [file for folder in folders for file in places.lake.names(folder) if of_it.fullmatch(file)]


def rejected_files(places: Places, submission: Submission) -> list[str]:
    """Of these the ones that hold its rejected records."""
    return [file for file in lake_files(places, submission) if file.startswith("rejected/")]


def other_files(places: Places, submission: Submission) -> list[Path]:
    """Feedback on a submission, and every copy of its file in the home."""
    named = _named(submission)
    return [
        path
        for path in _elsewhere(places)
        if named.search(path.name) or submission.sha256 in path.name or _sha256(path) == submission.sha256
    ]


def erase(places: Places, lake: Collection[str], others: Collection[Path]) -> None:
    """Delete these files; raises SetupError where one cannot be."""
    for file in lake:
        places.lake.remove(file)
    for path in others:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SetupError(
                f"{path} cannot be deleted ({error.strerror}): mend its rights, then run the same again."
            ) from None


def search(places: Places, submission: Submission, hashes: Collection[str]) -> Searched:
    """Look for a submission everywhere; `hashes` are those of its files that were in the lake."""
    found: list[str] = []
    names, parts = places.lake.names(), {digest[:16] for digest in hashes if digest}
    gone = {*lake_files(places, submission), *(n for n in names if any(part in n for part in parts))}
    found += sorted(gone)
    of_feed = [
        n
        for n in names
        if n.endswith(".parquet") and n.removeprefix("rejected/").startswith(f"{submission.feed}/") and n not in gone
    ]
    found += _holding(places.lake, of_feed, submission)
    named, looked_at = _named(submission), 0
    for path in _elsewhere(places):
        looked_at += 1
        if (
            named.search(path.name)
            or _sha256(path) == submission.sha256
            or (path.is_relative_to(places.feedback) and named.search(_words(path)))
        ):
            found.append(str(path))
    return Searched(len(names), len(of_feed), looked_at, tuple(found))


def _holding(lake: Lake, files: list[str], submission: Submission) -> Iterator[str]:
    """Of these files of the lake, those with a record that says it came with the submission."""
    if not files:
        return
    addresses = lake.addresses(files)
    with duckdb.connect() as connection:
        lake.open_to(connection)
        try:
            held = connection.execute(
                "select distinct filename from read_parquet(?, filename = true, union_by_name = true) "
                "where supplier = ? and period = ? and sequence = ?",
                [addresses, submission.supplier, submission.period, submission.sequence],
            ).fetchall()
        except duckdb.Error as error:
            # Only its kind: DuckDB quotes values.
            raise SetupError(
                f"A file of {submission.feed} in the lake cannot be searched ({type(error).__name__}): restore it from "
                "the "
                "backup, then run the same again."
            ) from None
    by_address = dict(zip(addresses, files, strict=True))
    yield from sorted(by_address.get(address, address) for (address,) in held)


def _named(submission: Submission) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(submission.name)}(?![0-9])")


def _elsewhere(places: Places) -> Iterator[Path]:
    """Every file of the home and of the feedback, but for what is left alone."""
    for root in dict.fromkeys((places.feedback, places.home)):
        for path in sorted(root.rglob("*")):
            if root is places.home and path.is_relative_to(places.feedback):
                continue
            if path.is_file() and not any(path.is_relative_to(alone) for alone in places.left_alone):
                yield path


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _words(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.read(_SEARCHED).decode("utf-8", "replace")
