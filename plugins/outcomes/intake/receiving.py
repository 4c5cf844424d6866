"""Receiving a drop folder: every complete submission that is new is checked, landed and entered into the ledger.

Owns the order of the steps. Promises that receiving the same folder twice, in any order of arrival, or again after a kill
gives the same lake and ledger: files first, then one ledger transaction that makes them count. Never changes the folder.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outcomes.errors import InputError, SetupError
from outcomes.intake.checking import Checked, FileFault, checked, workbench
from outcomes.intake.feedback import Feedback, feedback
from outcomes.intake.inbox import look
from outcomes.intake.names import MANIFEST_SUFFIX, Manifest, SubmissionName, read_manifest
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.lake import Lake, Stored
from outcomes.ledger import Arrival, Event, Ledger, Submission, submissions
from outcomes.organisations import Partnership

Progress = Callable[[int, int, str], None]


@dataclass
class Receipt:
    """What one receiving did. `refused` are the feedback reports of rejected files, in the order received."""

    accepted: int = 0
    nothing_new: int = 0
    records: int = 0
    refused: list[Feedback] = field(default_factory=list)
    arriving: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    usable: int = 0

    @property
    def rejected(self) -> int:
        return len(self.refused)

    @property
    def nothing_could_be_read(self) -> bool:
        """Whether complete submissions were there and not one of them is, or was, accepted."""
        return self.rejected > 0 and self.usable == 0


@dataclass(frozen=True)
class Intake:
    """Where submissions go: the ledger, the lake, the feedback folder, under which key."""

    ledger: Ledger
    lake: Lake
    feedback: Path
    partnership: Partnership
    pseudonyms: Pseudonyms

    def receive(
        self, folder: Path, as_of: date, supplier: str | None = None, progress: Progress | None = None
    ) -> Receipt:
        """Receive everything complete in a folder; raises InputError or SetupError when that cannot go on."""
        self._same_key_as_ever()
        listing = look(folder, supplier)
        receipt = Receipt(other=listing.other)
        with self.ledger.session() as session:
            before = submissions.received_names(session)
            still = [a for a in listing.arriving if a.name.file_name not in before]
            rows = [
                Arrival(
                    source=str(folder.absolute()),
                    file_name=a.name.file_name,
                    feed=a.name.feed,
                    supplier=a.name.supplier,
                    period=a.name.period,
                    sequence=a.name.sequence,
                    missing=a.missing,
                )
                for a in still
            ]
            submissions.note_arrivals(session, str(folder.absolute()), supplier, rows)
        receipt.arriving = tuple(f"{a.name.file_name} (its {a.missing} is missing)" for a in still)
        with workbench() as bench:
            for done, name in enumerate(listing.complete, start=1):
                self._receive_one(bench, folder, name, as_of, receipt)
                if progress:
                    progress(done, len(listing.complete), name.file_name)
        return receipt

    def _same_key_as_ever(self) -> None:
        with self.ledger.session() as session:
            others = submissions.key_ids(session) - {self.pseudonyms.key_id}
        if others:
            raise SetupError(
                f"The lake was landed under the pseudonym key {sorted(others)[0]}, and this is {self.pseudonyms.key_id}: "
                "records would no longer link; set OUTCOMES_PSEUDONYM_KEY to the key of the lake."
            )

    def _receive_one(
        self, bench: duckdb.DuckDBPyConnection, folder: Path, name: SubmissionName, as_of: date, receipt: Receipt
    ) -> None:
        try:
            data = (folder / name.file_name).read_bytes()
            manifest = read_manifest((folder / f"{name.file_name}{MANIFEST_SUFFIX}").read_bytes(), name)
        except OSError as error:
            raise InputError(f"{name.file_name} cannot be read ({error.strerror}): check its rights.") from None
        digest = sha256(data).hexdigest()
        claimed = manifest.sha256 if isinstance(manifest, Manifest) else ""
        with self.ledger.session() as session:
            if earlier := submissions.known(session, name.file_name, digest, claimed):
                receipt.nothing_new += 1
                receipt.usable += earlier.outcome == submissions.ACCEPTED
                return
            from_ledger = list(self._faults_the_ledger_knows(session, name, manifest))
        with checked(bench, name, data, manifest, self.partnership, as_of, self.pseudonyms, from_ledger) as verdict:
            report = feedback(verdict)
            report.write(self.feedback / name.period, f"{name}-{digest[:8]}")
            landed = self._land(verdict) if report.accepted else (None, None)
            self._enter(verdict, manifest, claimed, *landed)
        receipt.records += verdict.rows
        if report.accepted:
            receipt.accepted += 1
            receipt.usable += 1
        else:
            receipt.refused.append(report)

    def _faults_the_ledger_knows(
        self, session: Session, name: SubmissionName, manifest: Manifest | str
    ) -> Iterator[FileFault]:
        place = (name.feed, name.supplier, name.period, name.sequence)
        if submissions.sequence_used(session, *place):
            yield FileFault(
                "sequence_used",
                f"Another file was received as sequence {name.sequence} already: send this one with the next sequence.",
            )
        if isinstance(manifest, Manifest) and manifest.status == "flex" and submissions.frozen_before(session, *place):
            yield FileFault(
                "flex_after_freeze",
                "A flex follows a freeze of the same month, which makes the month provisional again.",
                rejects=False,
            )

    def _land(self, verdict: Checked) -> tuple[Stored, Stored | None]:
        """Write the accepted and the rejected records into the lake."""
        connection, name = verdict.connection, verdict.name
        keys = f"'{name.supplier}' as supplier, '{name.period}' as period, {name.sequence}::integer as sequence"
        stem = f"{name.supplier}-{name.sequence}"

        def write(relation: str) -> Callable[[str], None]:
            sql = (
                f"copy (select *, {keys} from {relation} order by file_row) to $path (format parquet, compression zstd)"
            )
            return lambda path: _copy(connection, sql, path)

        accepted = self.lake.store(f"{name.feed}/{name.period}", stem, write("accepted"))
        if not verdict.rejected:
            return accepted, None
        return accepted, self.lake.store(f"rejected/{name.feed}/{name.period}", stem, write("rejected"))

    def _enter(
        self, verdict: Checked, manifest: Manifest | str, claimed: str, accepted: Stored | None, rejected: Stored | None
    ) -> None:
        """One transaction that makes the submission count, or remembers that it was refused."""
        name, rejection = verdict.name, verdict.rejection
        row = Submission(
            feed=name.feed,
            supplier=name.supplier,
            period=name.period,
            sequence=name.sequence,
            file_name=name.file_name,
            sha256=verdict.sha256,
            claimed_sha256=claimed,
            status=manifest.status if isinstance(manifest, Manifest) else None,
            extracted_at=manifest.extracted_at if isinstance(manifest, Manifest) else None,
            outcome=submissions.FILE_REJECTED if rejection else submissions.ACCEPTED,
            reason=rejection.code if rejection else None,
            uses_sequence=rejection is None or rejection.code not in ("checksum", "sequence_used"),
            rows=verdict.rows,
            rejected_records=verdict.rejected,
            warnings=verdict.warnings,
            contract_version=verdict.feed.version if verdict.feed else None,
            key_id=self.pseudonyms.key_id if accepted else None,
            lake_file=accepted.file if accepted else None,
            lake_sha256=accepted.sha256 if accepted else None,
            rejected_file=rejected.file if rejected else None,
        )
        try:
            with self.ledger.session() as session:
                session.add(row)
                session.add(
                    Event(
                        kind=f"submission {row.outcome}",
                        subject=name.file_name,
                        person="outcomes",
                        detail=rejection.code if rejection else f"{verdict.rows} records, {verdict.rejected} set aside",
                    )
                )
        except IntegrityError:
            # Another process received the same file at the same moment; its entry stands.
            return


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, path: str) -> None:
    # COPY takes no bound parameter for its target; the path is ours, and a quote in it is doubled all the same.
    connection.execute(sql.replace("$path", "'" + path.replace("'", "''") + "'"))
