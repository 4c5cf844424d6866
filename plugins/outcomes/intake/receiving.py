"""Receiving what lies at a source: every complete submission that is new is checked, landed and entered into the ledger.

Owns the order of the steps. Promises that receiving the same source twice, in any order of arrival, or again after a kill
gives the same lake and ledger, that the source is told only of what stands in the ledger, and that one file that cannot be
fetched holds up no other. Never takes anything away from a source.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from outcomes.errors import OutcomesError, SetupError
from outcomes.intake.agreements import Agreement, CannotUnlock
from outcomes.intake.checking import judging, read
from outcomes.intake.entering import Entering, Incoming, arrival, claimed, nothing_new, stem
from outcomes.intake.inbox import (
    Arriving,
    Consignment,
    Listing,
    Sent,
    StillArriving,
    checksum_holds,
    read_sent,
)
from outcomes.intake.names import Manifest, SubmissionName, read_manifest
from outcomes.intake.objections import Objections
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.receipt import Receipt
from outcomes.intake.sources.quarantine import TooLarge
from outcomes.intake.sources.settling import note, settle
from outcomes.intake.sources.source import Source, Suppliers
from outcomes.intake.workbench import workbench
from outcomes.lake import Lake
from outcomes.ledger import Ledger, submissions
from outcomes.organisations import Partnership

# Submissions are judged together until they are so many or their records, unpacked, take so many bytes: planning a check
# costs more than doing it for a small file.
BATCH_BYTES, BATCH = 64 << 20, 50

Progress = Callable[[int, int, str], None]


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
            entering = Entering(self.ledger, self.lake, self.feedback, self.objections, source, self.pseudonyms.key_id)
            still = [*listing.arriving, *self._receive_all(bench, entering, new, as_of, receipt, progress)]
            receipt.arriving = self._note_arriving(source, still, entering.awaiting, suppliers)
            receipt.failed += settle(self.ledger, source, self.feedback)
        return receipt

    def _new(self, source: Source, listing: Listing, receipt: Receipt) -> list[Consignment]:
        """What was not handed over before, as it lies there now."""
        with self.ledger.session() as session:
            before = submissions.handed_over(session, source.name)
        new = []
        for consignment in listing.complete:
            if before.keys() >= set(consignment.parts):
                nothing_new(self.objections, consignment.name, before[consignment.file], receipt)
            else:
                new.append(consignment)
        return new

    def _receive_all(
        self,
        bench: duckdb.DuckDBPyConnection,
        entering: Entering,
        new: Sequence[Consignment],
        as_of: date,
        receipt: Receipt,
        progress: Progress | None,
    ) -> Iterator[Arriving]:
        """Receive a batch after the other; gives those that turn out to be still arriving."""
        # What lies there now uses up its sequence too, later in this very receiving.
        lying = {
            (c.name.feed, c.name.supplier, c.name.period): c.name.sequence
            for c in sorted(new, key=lambda c: c.name.sequence)
        }
        with self.ledger.session() as session:
            before = submissions.entered_names(session)
        batch: list[Incoming] = []
        size = broken = 0
        for done, consignment in enumerate(new, start=1):
            name = consignment.name
            try:
                sent, manifest = _fetched(entering.source, consignment)
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
                    break
            else:
                broken = 0
                highest = lying[name.feed, name.supplier, name.period]
                try:
                    incoming = self._read(entering, consignment, sent, manifest, as_of, highest, receipt, before)
                except CannotUnlock as error:
                    receipt.waiting.append(f"{name.file_name} waits: {error}")
                else:
                    if incoming:
                        batch.append(incoming)
                        size += incoming.verdict.size
                # As sent it may be a gigabyte, and what was read of it is at hand.
                del sent
            if size > BATCH_BYTES or len(batch) == BATCH:
                self._enter_all(bench, entering, batch, receipt)
                batch, size = [], 0
            if progress:
                progress(done, len(new), name.file_name)
        self._enter_all(bench, entering, batch, receipt)

    def _read(
        self,
        entering: Entering,
        consignment: Consignment,
        sent: Sent,
        manifest: Manifest | str,
        as_of: date,
        highest: int,
        receipt: Receipt,
        before: Container[str],
    ) -> Incoming | None:
        """A submission as far as it can be read, if it is new and does not wait."""
        name = consignment.name
        if name.file_name in before:
            with self.ledger.session() as session:
                of_place = submissions.of_place(session, name.feed, name.supplier, name.period)
            if earlier := submissions.known(of_place, name.file_name, sent.sha256, claimed(manifest)):
                entering.again(consignment, earlier, receipt)
                return None
        asked = self.objections.about(name, stem(name, sent.sha256))
        if isinstance(asked, str):
            entering.wait(name, asked, receipt)
            return None
        agreement = self.agreement_with(name.supplier)
        verdict = read(name, sent, manifest, self.partnership, as_of, agreement, asked)
        return Incoming(consignment, manifest, verdict, asked, highest)

    def _enter_all(
        self, bench: duckdb.DuckDBPyConnection, entering: Entering, batch: Sequence[Incoming], receipt: Receipt
    ) -> None:
        """Judge a batch together, then enter one after the other; one that cannot be judged holds up no other."""
        with ExitStack() as judged:
            verdicts = [incoming.verdict for incoming in batch]
            try:
                judged.enter_context(judging(bench, verdicts, self.partnership, self.pseudonyms))
            except duckdb.Error as error:
                if len(batch) > 1:
                    for incoming in batch:
                        self._enter_all(bench, entering, [incoming], receipt)
                    return
                # Only its kind: DuckDB quotes values.
                receipt.failed.append(
                    f"{batch[0].consignment.name.file_name} could not be judged ({type(error).__name__}), so nothing of it "
                    "was used: tell whoever looks after this installation; it is tried again next time."
                )
                return
            for incoming in batch:
                entering.enter(bench, incoming, receipt)

    def _same_key_as_ever(self) -> None:
        with self.ledger.session() as session:
            others = submissions.key_ids(session) - {self.pseudonyms.key_id}
        if others:
            raise SetupError(
                f"The lake was landed under the pseudonym key {sorted(others)[0]}, and this is "
                f"{self.pseudonyms.key_id}: "
                "records would no longer link; set OUTCOMES_PSEUDONYM_KEY to the key of the lake."
            )

    def _note_arriving(
        self, source: Source, arriving: Sequence[Arriving], awaiting: Sequence[SubmissionName], suppliers: Suppliers
    ) -> tuple[str, ...]:
        with self.ledger.session() as session:
            before = submissions.received_names(session)
            still = [a for a in arriving if a.name.file_name not in before]
            waiting = [*((a.name, a.missing) for a in still), *((name, submissions.ANSWER) for name in awaiting)]
            rows = [arrival(source.name, name, missing) for name, missing in waiting]
            submissions.note_arrivals(session, source.name, suppliers, rows)
        return tuple(f"{a.name.file_name} (its {a.missing} is missing)" for a in still)


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
