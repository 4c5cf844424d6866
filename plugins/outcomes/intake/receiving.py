"""Receiving a drop folder: every complete submission that is new is checked, landed and entered into the ledger.

Owns the order of the steps. Promises that receiving the same folder twice, in any order of arrival, or again after a kill
gives the same lake and ledger, and that one file that cannot be opened holds up no other. Never changes the folder.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
from sqlalchemy.orm import Session

from outcomes.errors import SetupError
from outcomes.intake.agreements import Agreement, CannotUnlock
from outcomes.intake.checking import checked
from outcomes.intake.feedback import Feedback, feedback
from outcomes.intake.file_faults import FileFault, volume_faults
from outcomes.intake.inbox import Listing, Sent, look, read_sent
from outcomes.intake.judging import workbench
from outcomes.intake.landing import enter, land
from outcomes.intake.names import MANIFEST_SUFFIX, Manifest, SubmissionName, read_manifest
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.lake import Lake
from outcomes.ledger import Arrival, Ledger, submissions
from outcomes.organisations import Partnership

Progress = Callable[[int, int, str], None]


@dataclass
class Receipt:
    """What one receiving did.

    `refused` are the feedback reports of rejected files, in the order received; `waiting` are sentences on complete
    submissions that could not be opened or unlocked; `other` are the names of what is no submission.
    """

    accepted: int = 0
    nothing_new: int = 0
    records: int = 0
    refused: list[Feedback] = field(default_factory=list)
    arriving: tuple[str, ...] = ()
    waiting: list[str] = field(default_factory=list)
    other: tuple[str, ...] = ()
    usable: int = 0

    @property
    def rejected(self) -> int:
        return len(self.refused)

    @property
    def nothing_could_be_read(self) -> bool:
        """Whether complete submissions were there and not one of them is, or was, accepted."""
        return (self.rejected > 0 or len(self.waiting) > 0) and self.usable == 0


@dataclass(frozen=True)
class Intake:
    """Where submissions go: the ledger, the lake, the feedback folder, under which key; and what opens locked ones."""

    ledger: Ledger
    lake: Lake
    feedback: Path
    partnership: Partnership
    pseudonyms: Pseudonyms
    agreement_with: Callable[[str], Agreement] = Agreement

    def receive(
        self, folder: Path, as_of: date, supplier: str | None = None, progress: Progress | None = None
    ) -> Receipt:
        """Receive everything complete in a folder; raises InputError or SetupError when that cannot go on."""
        self._same_key_as_ever()
        sealed_by = {s.code for s in self.partnership.suppliers if s.pgp_signer}
        listing = look(folder, supplier, sealed_by)
        receipt = Receipt(other=listing.other, arriving=self._note_arriving(folder, listing, supplier))
        # What lies there now uses up its sequence too, later in this very receiving.
        lying = {(n.feed, n.supplier, n.period): n.sequence for n in sorted(listing.complete, key=lambda n: n.sequence)}
        with workbench() as bench:
            for done, name in enumerate(listing.complete, start=1):
                try:
                    sent = read_sent(folder / name.file_name)
                    manifest = read_manifest(read_sent(folder / f"{name.file_name}{MANIFEST_SUFFIX}").data, name)
                except OSError as error:
                    receipt.waiting.append(
                        f"{name.file_name} cannot be opened ({error.strerror}): check its rights; it is looked at again "
                        "next time."
                    )
                else:
                    try:
                        self._receive_one(bench, name, sent, manifest, as_of, receipt, lying)
                    except CannotUnlock as error:
                        receipt.waiting.append(f"{name.file_name} waits: {error}")
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

    def _note_arriving(self, folder: Path, listing: Listing, supplier: str | None) -> tuple[str, ...]:
        source = str(folder.resolve())
        with self.ledger.session() as session:
            before = submissions.received_names(session)
            still = [a for a in listing.arriving if a.name.file_name not in before]
            rows = [
                Arrival(
                    source=source,
                    file_name=a.name.file_name,
                    feed=a.name.feed,
                    supplier=a.name.supplier,
                    period=a.name.period,
                    sequence=a.name.sequence,
                    missing=a.missing,
                )
                for a in still
            ]
            submissions.note_arrivals(session, source, supplier, rows)
        return tuple(f"{a.name.file_name} (its {a.missing} is missing)" for a in still)

    def _receive_one(
        self,
        bench: duckdb.DuckDBPyConnection,
        name: SubmissionName,
        sent: Sent,
        manifest: Manifest | str,
        as_of: date,
        receipt: Receipt,
        lying: Mapping[tuple[str, str, str], int],
    ) -> None:
        claimed = manifest.sha256 if isinstance(manifest, Manifest) else ""
        with self.ledger.session() as session:
            if earlier := submissions.known(session, name.file_name, sent.sha256, claimed):
                receipt.nothing_new += 1
                receipt.usable += earlier.outcome == submissions.ACCEPTED
                return
            known_faults = list(_faults_the_ledger_knows(session, name, manifest))
            volumes = submissions.earlier_volumes(session, name.feed, name.supplier, name.period)
            place = (name.feed, name.supplier, name.period)
            highest = max(submissions.last_sequence(session, *place), lying[place])
        agreement = self.agreement_with(name.supplier)
        with checked(
            bench, name, sent, manifest, self.partnership, as_of, self.pseudonyms, known_faults, agreement
        ) as verdict:
            verdict.file_faults += volume_faults(verdict.rows, volumes) if verdict.judged else ()
            report = feedback(verdict, next_sequence=highest + 1)
            report.write(self.feedback / name.period, f"{name}-{sent.sha256[:8]}")
            accepted, rejected = land(self.lake, verdict) if report.accepted else (None, None)
            entered = enter(self.ledger, verdict, manifest, accepted, rejected, self.pseudonyms.key_id)
        if not entered:
            # What the other process entered decides: this file is nothing new then, or under a used sequence.
            self._receive_one(bench, name, sent, manifest, as_of, receipt, lying)
            return
        receipt.records += verdict.rows
        if report.accepted:
            receipt.accepted += 1
            receipt.usable += 1
        else:
            receipt.refused.append(report)


def _faults_the_ledger_knows(session: Session, name: SubmissionName, manifest: Manifest | str) -> Iterator[FileFault]:
    place = (name.feed, name.supplier, name.period, name.sequence)
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
