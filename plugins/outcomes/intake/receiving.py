"""Receiving what lies at a source: every complete submission that is new is checked, landed and entered into the ledger.

Owns the order of the steps. Promises that receiving the same source twice, in any order of arrival, or again after a kill
gives the same lake and ledger, that the source is told only of what stands in the ledger, and that one file that cannot be
fetched holds up no other. Never takes anything away from a source.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

import duckdb
from sqlalchemy.orm import Session

from outcomes.errors import OutcomesError, SetupError
from outcomes.intake.agreements import Agreement, CannotUnlock
from outcomes.intake.checking import checked
from outcomes.intake.feedback import Feedback, feedback
from outcomes.intake.feedback_files import write_feedback
from outcomes.intake.file_faults import FileFault, volume_faults
from outcomes.intake.inbox import (
    Arriving,
    Consignment,
    Listing,
    Sent,
    StillArriving,
    checksum_holds,
    read_sent,
)
from outcomes.intake.judging import workbench
from outcomes.intake.landing import enter, land
from outcomes.intake.names import Manifest, SubmissionName, read_manifest
from outcomes.intake.objections import Objections
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.sources.quarantine import TooLarge
from outcomes.intake.sources.settling import handovers, note, remember, settle
from outcomes.intake.sources.source import Source, Suppliers
from outcomes.lake import Lake
from outcomes.ledger import Arrival, Ledger, Submission, submissions
from outcomes.organisations import Partnership

# The source of what waits for the check service, not for its supplier.
OBJECTIONS = "check service"

Progress = Callable[[int, int, str], None]


@dataclass
class Receipt:
    """What one receiving did.

    `refused` are the feedback reports of rejected files, in the order received; `waiting` are sentences on complete
    submissions that could not be opened or unlocked, or that wait for an answer; `withdrawn` are sentences on files that lie
    there although they were withdrawn; `unfinished` and `other` are the names of what is still being sent under another name
    and of what is no submission; `notices` is what sources said; `failed` are sentences on sources that could not be used to
    the end.
    """

    accepted: int = 0
    nothing_new: int = 0
    records: int = 0
    refused: list[Feedback] = field(default_factory=list)
    arriving: tuple[str, ...] = ()
    waiting: list[str] = field(default_factory=list)
    unfinished: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    notices: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    usable: int = 0

    def add(self, other: "Receipt") -> None:
        """Take in what receiving from another source did."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def rejected(self) -> int:
        return len(self.refused)

    @property
    def nothing_could_be_read(self) -> bool:
        """Whether complete submissions were there and not one of them is, or was, accepted."""
        return (self.rejected > 0 or len(self.waiting) > 0) and self.usable == 0


@dataclass(frozen=True)
class Intake:
    """Where submissions go: the ledger, the lake, the feedback folder, under which key; who is asked about objections, and
    what opens locked files."""

    ledger: Ledger
    lake: Lake
    feedback: Path
    partnership: Partnership
    pseudonyms: Pseudonyms
    objections: Objections
    agreement_with: Callable[[str], Agreement] = Agreement

    def receive(
        self, source: Source, as_of: date, suppliers: Suppliers = None, progress: Progress | None = None
    ) -> Receipt:
        """Receive everything complete at a source; raises InputError or SetupError when that cannot go on."""
        self._same_key_as_ever()
        receipt = Receipt()
        sealed_by = {s.code for s in self.partnership.suppliers if s.pgp_signer}
        with source, workbench() as bench:
            listing = source.look(suppliers).agreed(sealed_by)
            receipt.notices += note(self.ledger, source)
            receipt.other, receipt.unfinished = listing.other, listing.unfinished
            new = self._new(source, listing, receipt)
            with self.ledger.session() as session:
                submissions.note_arrivals(session, OBJECTIONS, suppliers, [])
            still = [*listing.arriving, *self._receive_all(bench, source, new, as_of, receipt, progress)]
            receipt.arriving = self._note_arriving(source, still, suppliers)
            receipt.failed += settle(self.ledger, source, self.feedback)
        return receipt

    def _new(self, source: Source, listing: Listing, receipt: Receipt) -> list[Consignment]:
        """What was not handed over before, as it lies there now."""
        with self.ledger.session() as session:
            before = submissions.handed_over(session, source.name)
        new = []
        for consignment in listing.complete:
            if before.keys() >= set(consignment.parts):
                self._again(consignment.name, before[consignment.file], receipt)
            else:
                new.append(consignment)
        return new

    def _again(self, name: SubmissionName, earlier: Submission | submissions.Earlier, receipt: Receipt) -> None:
        """What came before lies there again, or still."""
        receipt.nothing_new += 1
        receipt.usable += earlier.outcome == submissions.ACCEPTED
        # Also where a run was stopped after it entered the submission.
        self.objections.forget(f"{name}-{earlier.sha256[:8]}")
        if earlier.outcome == submissions.WITHDRAWN:
            receipt.withdrawn.append(f"{name.file_name} was withdrawn and is not taken again: delete it where it lies.")

    def _receive_all(
        self,
        bench: duckdb.DuckDBPyConnection,
        source: Source,
        new: Sequence[Consignment],
        as_of: date,
        receipt: Receipt,
        progress: Progress | None,
    ) -> Iterator[Arriving]:
        """Receive one after the other; gives those that turn out to be still arriving."""
        # What lies there now uses up its sequence too, later in this very receiving.
        lying = {
            (c.name.feed, c.name.supplier, c.name.period): c.name.sequence
            for c in sorted(new, key=lambda c: c.name.sequence)
        }
        broken = 0
        for done, consignment in enumerate(new, start=1):
            name = consignment.name
            try:
                sent, manifest = _fetched(source, consignment)
            except StillArriving:
                yield Arriving(name, "rest")
            except TooLarge:
                receipt.waiting.append(
                    f"{name.file_name} is far too large to be fetched: ask {name.supplier} what it is."
                )
            except OSError as error:
                receipt.waiting.append(
                    f"{name.file_name} cannot be opened ({error.strerror}): check its rights; it is looked at again "
                    "next time."
                )
            except OutcomesError as error:
                receipt.failed.append(str(error))
                broken += 1
                # One transfer cut off holds up no other; a source that is gone is not tried for each of its files.
                if broken > 1:
                    return
            else:
                broken = 0
                try:
                    self._receive_one(bench, source, consignment, sent, manifest, as_of, receipt, lying)
                except CannotUnlock as error:
                    receipt.waiting.append(f"{name.file_name} waits: {error}")
            if progress:
                progress(done, len(new), name.file_name)

    def _same_key_as_ever(self) -> None:
        with self.ledger.session() as session:
            others = submissions.key_ids(session) - {self.pseudonyms.key_id}
        if others:
            raise SetupError(
                f"The lake was landed under the pseudonym key {sorted(others)[0]}, and this is "
                f"{self.pseudonyms.key_id}: "
                "records would no longer link; set OUTCOMES_PSEUDONYM_KEY to the key of the lake."
            )

    def _note_arriving(self, source: Source, arriving: Sequence[Arriving], suppliers: Suppliers) -> tuple[str, ...]:
        with self.ledger.session() as session:
            before = submissions.received_names(session)
            still = [a for a in arriving if a.name.file_name not in before]
            rows = [
                Arrival(
                    source=source.name,
                    file_name=a.name.file_name,
                    feed=a.name.feed,
                    supplier=a.name.supplier,
                    period=a.name.period,
                    sequence=a.name.sequence,
                    missing=a.missing,
                )
                for a in still
            ]
            submissions.note_arrivals(session, source.name, suppliers, rows)
        return tuple(f"{a.name.file_name} (its {a.missing} is missing)" for a in still)

    def _wait(self, name: SubmissionName, for_what: str, receipt: Receipt) -> None:
        receipt.waiting.append(f"{name.file_name}: {for_what}")
        with self.ledger.session() as session:
            session.merge(
                Arrival(
                    source=OBJECTIONS,
                    file_name=name.file_name,
                    feed=name.feed,
                    supplier=name.supplier,
                    period=name.period,
                    sequence=name.sequence,
                    missing=submissions.ANSWER,
                )
            )

    def _receive_one(
        self,
        bench: duckdb.DuckDBPyConnection,
        source: Source,
        consignment: Consignment,
        sent: Sent,
        manifest: Manifest | str,
        as_of: date,
        receipt: Receipt,
        lying: Mapping[tuple[str, str, str], int],
    ) -> None:
        name, claimed = consignment.name, manifest.sha256 if isinstance(manifest, Manifest) else ""
        with self.ledger.session() as session:
            if earlier := submissions.known(session, name.file_name, sent.sha256, claimed):
                remember(session, source, consignment, earlier)
                self._again(name, earlier, receipt)
                return
            known_faults = list(_faults_the_ledger_knows(session, name, manifest, sent.sha256))
            volumes = submissions.earlier_volumes(session, name.feed, name.supplier, name.period)
            place = (name.feed, name.supplier, name.period)
            highest = max(submissions.last_sequence(session, *place), lying[place])
            stem = f"{name}-{sent.sha256[:8]}"
            owed = handovers(session, source, consignment, f"{name.period}/{stem}")
        asked = self.objections.about(name, stem)
        if isinstance(asked, str):
            self._wait(name, asked, receipt)
            return
        agreement = self.agreement_with(name.supplier)
        with checked(
            bench, name, sent, manifest, self.partnership, as_of, self.pseudonyms, known_faults, agreement, asked
        ) as verdict:
            if waiting := self.objections.ask(verdict, stem, asked):
                self._wait(name, waiting, receipt)
                return
            verdict.file_faults += volume_faults(verdict.rows, volumes) if verdict.judged else ()
            report = feedback(verdict, next_sequence=highest + 1)
            write_feedback(report, self.feedback / name.period, stem)
            accepted, rejected = land(self.lake, verdict, self.pseudonyms.key_id) if report.accepted else (None, None)
            entered = enter(
                self.ledger,
                verdict,
                manifest,
                accepted,
                rejected,
                self.pseudonyms.key_id,
                owed,
                asked=asked is not None,
            )
        self.objections.forget(stem)
        if not entered:
            # What the other process entered decides: this file is nothing new then, or under a used sequence.
            self._receive_one(bench, source, consignment, sent, manifest, as_of, receipt, lying)
            return
        receipt.records += verdict.rows
        if report.accepted:
            receipt.accepted += 1
            receipt.usable += 1
        else:
            receipt.refused.append(report)


def _fetched(source: Source, consignment: Consignment) -> tuple[Sent, Manifest | str]:
    """A submission as sent; nothing of what was copied for reading stays."""
    fetched = source.fetch(consignment)
    try:
        sent = read_sent(fetched.file)
        manifest = read_manifest(read_sent(fetched.manifest).data, consignment.name)
        if fetched.checksum is not None and not checksum_holds(read_sent(fetched.checksum).data, sent.sha256):
            raise StillArriving
    finally:
        fetched.forget()
    return sent, manifest


def _faults_the_ledger_knows(
    session: Session, name: SubmissionName, manifest: Manifest | str, sha256: str
) -> Iterator[FileFault]:
    place = (name.feed, name.supplier, name.period, name.sequence)
    if withdrawn := submissions.withdrawn_bytes(session, sha256):
        yield FileFault(
            "withdrawn",
            f"The very same file was withdrawn as {withdrawn.name}: make a new extract without what it was withdrawn "
            "for.",
        )
    if submissions.sequence_used(session, *place):
        yield FileFault(
            submissions.SEQUENCE_USED,
            f"Another file was received as sequence {name.sequence} already: a sequence is used once.",
        )
    if isinstance(manifest, Manifest) and manifest.status == "flex" and submissions.frozen_before(session, *place):
        yield FileFault(
            "flex_after_freeze",
            "A flex follows a freeze of the same month, which makes the month provisional again: send a freeze when it "
            "is final.",
            rejects=False,
        )
