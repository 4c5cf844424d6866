"""Checking one submission against its contract: name, manifest, file, header, then every rule over every record.

Owns the verdict on a submission. Promises every fault at once, as far as the bytes can be trusted, and the same verdict
whatever else has arrived. Never writes anything.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date

import duckdb

from outcomes.definitions.feeds import Feed, feeds
from outcomes.intake.agreements import Agreement
from outcomes.intake.file_faults import FileFault, header_faults, name_faults, share_faults
from outcomes.intake.inbox import Sent
from outcomes.intake.judging import clear, judge
from outcomes.intake.limits import Unreadable
from outcomes.intake.names import Manifest, SubmissionName
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.reading import RawFile, read_csv
from outcomes.intake.unpacking import unlock, unpack
from outcomes.intake.workbook import read_workbook
from outcomes.organisations import Partnership
from outcomes.periods import Month


@dataclass
class Checked:
    """The verdict; where the records were `judged`, the workbench holds its tables meanwhile (see `judging`).

    `rows` counts every record of the file, whatever became of it; `rejected`, `warnings`, `filled` and `left_out` those
    of judged records (see `Judged`).
    """

    connection: duckdb.DuckDBPyConnection
    name: SubmissionName
    feed: Feed | None
    sha256: str
    header: tuple[str, ...] = ()
    first_column: int = 0
    file_faults: list[FileFault] = field(default_factory=list)
    rows: int = 0
    rejected: int = 0
    warnings: int = 0
    filled: Mapping[str, int] = field(default_factory=dict)
    judged: bool = False
    left_out: int = 0

    @property
    def rejection(self) -> FileFault | None:
        """The fault that rejects the file, the gravest where there are several; None when it is accepted."""
        return next((f for f in self.file_faults if f.rejects), None)

    def has(self, code: str) -> bool:
        """Whether the file has that fault."""
        return any(f.code == code for f in self.file_faults)


@contextmanager
def checked(
    connection: duckdb.DuckDBPyConnection,
    name: SubmissionName,
    sent: Sent,
    manifest: Manifest | str | None,
    partnership: Partnership,
    as_of: date,
    pseudonyms: Pseudonyms,
    known_faults: Iterable[FileFault] = (),
    agreement: Agreement | None = None,
    may_be_used: Collection[str] | None = None,
) -> Iterator[Checked]:
    """Check a submission in a workbench; `manifest` is None where a supplier checks a file before making one.

    `known_faults` are those that follow from what was received before; `may_be_used` are the NHS numbers of those who
    do not object, None where nobody was asked; `agreement` is what opens the supplier's locked files. Raises CannotUnlock
    where the file is locked as agreed and the secret that opens it is not set.
    """
    verdict = Checked(connection, name, feeds().get(name.feed), sent.sha256, file_faults=list(known_faults))
    agreement = agreement or Agreement(name.supplier)
    try:
        verdict.file_faults += _manifest_faults(manifest, sent)
        verdict.file_faults += name_faults(name, partnership, as_of)
        if verdict.has("checksum"):
            # These are not the bytes that were meant: their faults would mislead, so that only records are counted.
            with suppress(Unreadable):
                verdict.rows = _read(name, sent, verdict.feed, agreement).count
        else:
            _check_content(verdict, sent, manifest, partnership, pseudonyms, agreement, may_be_used)
        yield verdict
    finally:
        clear(connection)


def _manifest_faults(manifest: Manifest | str | None, sent: Sent) -> Iterator[FileFault]:
    if isinstance(manifest, str):
        yield FileFault("manifest", manifest)
    elif manifest is not None and manifest.sha256 != sent.sha256:
        yield FileFault(
            "checksum",
            "The file's SHA-256 is not the manifest's: make the manifest anew from the very file that is sent, and "
            "send both again under the same sequence.",
        )


def _check_content(
    verdict: Checked,
    sent: Sent,
    manifest: Manifest | str | None,
    partnership: Partnership,
    pseudonyms: Pseudonyms,
    agreement: Agreement,
    may_be_used: Collection[str] | None,
) -> None:
    name, feed, faults = verdict.name, verdict.feed, verdict.file_faults
    try:
        raw = _read(name, sent, feed, agreement)
    except Unreadable as error:
        faults.append(FileFault("unreadable", str(error)))
        return
    verdict.header, verdict.first_column, verdict.rows = raw.header, raw.first_column, raw.count
    faults += raw.notes
    if isinstance(manifest, Manifest) and manifest.rows != raw.count:
        faults.append(FileFault("row_count", _row_count(manifest.rows, raw)))
    if feed is None or verdict.has("unknown_supplier"):
        return
    of_header = list(header_faults(feed, raw.header, raw.first_column))
    faults += of_header
    if any(f.rejects for f in of_header):
        return
    month = Month.parse(name.period)
    judged = judge(verdict.connection, raw, feed, name.supplier, month, partnership, pseudonyms, may_be_used)
    verdict.judged, verdict.filled, verdict.left_out = True, judged.filled, judged.left_out
    verdict.rejected, verdict.warnings = judged.rejected, judged.warnings
    faults += share_faults(feed, raw.count, judged.rejected)


def _read(name: SubmissionName, sent: Sent, feed: Feed | None, agreement: Agreement) -> RawFile:
    data = unlock(sent.data, agreement, sealed=bool(name.seal))
    if name.container == "xlsx":
        return read_workbook(data, feed)
    return read_csv(unpack(data, name.container, agreement))


def _row_count(claimed: int, raw: RawFile) -> str:
    if claimed == raw.count + 1:
        return (
            f"The manifest says {claimed} records, the file has {raw.count}: do not count the header, and send again."
        )
    return f"The manifest says {claimed} records, the file has {raw.count}: send the whole file, or the right count."
