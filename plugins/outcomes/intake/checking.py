"""Checking one submission against its contract: name, manifest, file, header, then every rule over every record.

Owns the verdict on a submission. Promises every fault at once, as far as the bytes can be trusted, and the same verdict
whatever else has arrived. Never writes anything.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date

import duckdb

from outcomes.definitions.feeds import Feed, feeds
from outcomes.intake.agreements import Agreement
from outcomes.intake.file_faults import FileFault, header_below, header_faults, name_faults, share_faults
from outcomes.intake.inbox import Sent
from outcomes.intake.judging import Judged, Judging, Sheet, name_people
from outcomes.intake.limits import Unreadable
from outcomes.intake.names import Manifest, SubmissionName
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.reading import read_csv
from outcomes.intake.records import RawFile
from outcomes.intake.unpacking import unlock, unpack
from outcomes.intake.workbook import read_workbook
from outcomes.organisations import Partnership
from outcomes.periods import Month


@dataclass
class Checked:
    """The verdict on a submission, as far as it got: read, then `judged`, which is None where its records cannot be.

    `rows` counts every record of the file, whatever became of it; `rejected`, `warnings`, `filled` and `left_out` those
    of judged records (see `Judged`).
    """

    name: SubmissionName
    feed: Feed | None
    sha256: str
    file_faults: list[FileFault] = field(default_factory=list)
    header: tuple[str, ...] = ()
    first_column: int = 0
    rows: int = 0
    sheet: Sheet | None = None
    judged: Judged | None = None

    @property
    def rejection(self) -> FileFault | None:
        """The fault that rejects the file, the gravest where there are several; None when it is accepted."""
        return next((f for f in self.file_faults if f.rejects), None)

    def has(self, code: str) -> bool:
        """Whether the file has that fault."""
        return any(f.code == code for f in self.file_faults)

    @property
    def size(self) -> int:
        """Bytes of the records that wait to be judged."""
        return self.sheet.raw.records.nbytes if self.sheet else 0

    @property
    def rejected(self) -> int:
        return self.judged.rejected if self.judged else 0

    @property
    def warnings(self) -> int:
        return self.judged.warnings if self.judged else 0

    @property
    def left_out(self) -> int:
        return self.judged.left_out if self.judged else 0

    @property
    def filled(self) -> Mapping[str, int]:
        return self.judged.filled if self.judged else {}


def read(
    name: SubmissionName,
    sent: Sent,
    manifest: Manifest | str | None,
    partnership: Partnership,
    as_of: date,
    agreement: Agreement | None = None,
    may_be_used: Collection[str] | None = None,
) -> Checked:
    """Everything that is told of a submission before its records are judged, and the records where they can be.

    `manifest` is None where a supplier checks a file before making one; `may_be_used` are the NHS numbers of those who do
    not object, None where nobody was asked; `agreement` is what opens the supplier's locked files. Raises CannotUnlock
    where the file is locked as agreed and the secret that opens it is not set.
    """
    verdict = Checked(name, feeds().get(name.feed), sent.sha256)
    agreement = agreement or Agreement(name.supplier)
    verdict.file_faults += _manifest_faults(manifest, sent)
    verdict.file_faults += name_faults(name, partnership, as_of)
    if verdict.has("checksum"):
        # These are not the bytes that were meant: their faults would mislead, so that only records are counted.
        with suppress(Unreadable):
            verdict.rows = _raw(name, sent, verdict.feed, agreement).count
    else:
        _read_content(verdict, sent, manifest, agreement, may_be_used)
    return verdict


@contextmanager
def judging(
    connection: duckdb.DuckDBPyConnection,
    verdicts: Sequence[Checked],
    partnership: Partnership,
    pseudonyms: Pseudonyms,
) -> Iterator[None]:
    """Judge the records of submissions that were read; the workbench holds them meanwhile (see `Judged`)."""
    alike: dict[tuple[str, str, tuple[str, ...]], list[Checked]] = {}
    for verdict in verdicts:
        if verdict.sheet is not None and verdict.feed is not None:
            alike.setdefault((verdict.feed.name, verdict.name.period, verdict.header), []).append(verdict)
    on_bench: list[Judging] = []
    try:
        for number, together in enumerate(alike.values()):
            feed, month = together[0].feed, Month.parse(together[0].name.period)
            assert feed is not None
            sheets = [verdict.sheet for verdict in together if verdict.sheet]
            on_bench.append(Judging(connection, feed, month, sheets, str(number)))
        if on_bench:
            name_people(connection, on_bench, pseudonyms)
        # All or none: what fails in one can be tried again with each.
        results = [group.judge(partnership, pseudonyms) for group in on_bench]
        for found, together in zip(results, alike.values(), strict=True):
            for verdict, judged in zip(together, found, strict=True):
                assert verdict.feed is not None
                verdict.judged, verdict.sheet = judged, None
                verdict.file_faults += share_faults(verdict.feed, verdict.rows, judged.rejected)
        yield
    finally:
        connection.execute("drop table if exists people")
        for each in on_bench:
            each.clear()


@contextmanager
def checked(
    connection: duckdb.DuckDBPyConnection,
    name: SubmissionName,
    sent: Sent,
    manifest: Manifest | str | None,
    partnership: Partnership,
    as_of: date,
    pseudonyms: Pseudonyms,
    agreement: Agreement | None = None,
) -> Iterator[Checked]:
    """Check a submission by itself: `read` it, and let a workbench hold its records meanwhile."""
    verdict = read(name, sent, manifest, partnership, as_of, agreement)
    with judging(connection, [verdict], partnership, pseudonyms):
        yield verdict


def _manifest_faults(manifest: Manifest | str | None, sent: Sent) -> Iterator[FileFault]:
    if isinstance(manifest, str):
        yield FileFault("manifest", manifest)
    elif manifest is not None and manifest.sha256 != sent.sha256:
        yield FileFault(
            "checksum",
            "The file's SHA-256 is not the manifest's: make the manifest anew from the very file that is sent, and "
            "send both again under the same sequence.",
        )


def _read_content(
    verdict: Checked,
    sent: Sent,
    manifest: Manifest | str | None,
    agreement: Agreement,
    may_be_used: Collection[str] | None,
) -> None:
    name, feed, faults = verdict.name, verdict.feed, verdict.file_faults
    try:
        raw = _raw(name, sent, feed, agreement)
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
    if any(f.rejects for f in of_header):
        faults += header_below(feed, raw.below)
        faults += of_header
    else:
        faults += of_header
        verdict.sheet = Sheet(name.supplier, raw, may_be_used)


def _raw(name: SubmissionName, sent: Sent, feed: Feed | None, agreement: Agreement) -> RawFile:
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
