"""One submission that was judged: what the ledger adds to its verdict, its feedback, its landing, its entry.

Owns the order of these steps. Promises that doing it again after a kill, or beside another process, gives the same lake and
ledger. Never looks at a source but to enter what it is owed.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
from sqlalchemy.exc import IntegrityError

from outcomes.intake.checking import Checked
from outcomes.intake.feedback import feedback
from outcomes.intake.feedback_files import write_feedback
from outcomes.intake.file_faults import FileFault, volume_faults
from outcomes.intake.inbox import Consignment
from outcomes.intake.landing import enter, land
from outcomes.intake.names import Manifest, SubmissionName
from outcomes.intake.objections import Objections
from outcomes.intake.receipt import Receipt
from outcomes.intake.sources.settling import handovers, remember
from outcomes.intake.sources.source import Source
from outcomes.lake import Lake
from outcomes.ledger import Arrival, Ledger, Submission, submissions


@dataclass(frozen=True)
class Incoming:
    """A submission that was read: whose people may be used (None where nobody was asked), and the `highest` sequence of
    its feed, supplier and month among all that lie there."""

    consignment: Consignment
    manifest: Manifest | str
    verdict: Checked
    asked: frozenset[str] | None
    highest: int

    @property
    def stem(self) -> str:
        """What its feedback and the question about it are called."""
        return stem(self.consignment.name, self.verdict.sha256)


def stem(name: SubmissionName, sha256: str) -> str:
    """What is written about a submission is called after its name and its bytes."""
    return f"{name}-{sha256[:8]}"


def claimed(manifest: Manifest | str) -> str:
    """The SHA-256 that a manifest claims; empty where it cannot be used."""
    return manifest.sha256 if isinstance(manifest, Manifest) else ""


def arrival(source: str, name: SubmissionName, missing: str) -> Arrival:
    """The ledger's row of a submission that is not whole yet."""
    return Arrival(
        source=source,
        file_name=name.file_name,
        feed=name.feed,
        supplier=name.supplier,
        period=name.period,
        sequence=name.sequence,
        missing=missing,
    )


def nothing_new(
    objections: Objections, name: SubmissionName, earlier: Submission | submissions.Earlier, receipt: Receipt
) -> None:
    """What was entered before lies there again, or still."""
    # Also where a run was stopped after it entered the submission.
    objections.forget(stem(name, earlier.sha256))
    receipt.nothing_new += 1
    receipt.usable += earlier.outcome == submissions.ACCEPTED
    if earlier.outcome == submissions.WITHDRAWN:
        receipt.withdrawn.append(f"{name.file_name} was withdrawn and is not taken again: delete it where it lies.")


@dataclass(frozen=True)
class Entering:
    """Where submissions go, with what they came from; `awaiting` collects those that wait for an answer on objections."""

    ledger: Ledger
    lake: Lake
    feedback: Path
    objections: Objections
    source: Source
    key_id: str
    awaiting: list[SubmissionName] = field(default_factory=list)

    def again(self, consignment: Consignment, earlier: Submission, receipt: Receipt) -> None:
        """What was entered before is not fetched once more.

        Never inside another session: who carries questions on objections waits for the ledger while he keeps their folder.
        """
        # Another process that looks at the same may have remembered it at the same moment.
        with suppress(IntegrityError), self.ledger.session() as session:
            remember(session, self.source, consignment, earlier)
        nothing_new(self.objections, consignment.name, earlier, receipt)

    def wait(self, name: SubmissionName, for_what: str, receipt: Receipt) -> None:
        """It waits for an answer."""
        receipt.waiting.append(f"{name.file_name}: {for_what}")
        self.awaiting.append(name)

    def enter(self, bench: duckdb.DuckDBPyConnection, incoming: Incoming, receipt: Receipt) -> None:
        """Tell, land and enter a submission whose records the workbench holds."""
        consignment, manifest, judged = incoming.consignment, incoming.manifest, incoming.verdict
        name = consignment.name
        with self.ledger.session() as session:
            place = (name.feed, name.supplier, name.period)
            before = submissions.of_place(session, *place)
            withdrawn = submissions.withdrawn_bytes(session, judged.sha256)
            volumes = submissions.earlier_volumes(session, *place)
            highest = max(submissions.last_sequence(before), incoming.highest)
            owed = handovers(session, self.source, consignment, f"{name.period}/{incoming.stem}")
        if earlier := submissions.known(before, name.file_name, judged.sha256, claimed(manifest)):
            self.again(consignment, earlier, receipt)
            return
        of_ledger = _faults_the_ledger_knows(before, withdrawn, name, manifest)
        verdict = replace(judged, file_faults=[*of_ledger, *judged.file_faults])
        if waiting := self.objections.ask(bench, verdict, incoming.stem, incoming.asked):
            self.wait(name, waiting, receipt)
            return
        verdict.file_faults += volume_faults(verdict.rows, volumes) if verdict.judged else ()
        report = feedback(verdict, next_sequence=highest + 1)
        write_feedback(report, self.feedback / name.period, incoming.stem)
        accepted, rejected = land(self.lake, verdict, self.key_id) if report.accepted else (None, None)
        asked = incoming.asked is not None
        if not enter(self.ledger, verdict, manifest, accepted, rejected, self.key_id, owed, asked=asked):
            # What the other process entered decides: this file is nothing new then, or under a used sequence.
            self.enter(bench, incoming, receipt)
            return
        self.objections.forget(incoming.stem)
        receipt.records += verdict.rows
        if report.accepted:
            receipt.accepted += 1
            receipt.usable += 1
        else:
            receipt.refused.append(report)


def _faults_the_ledger_knows(
    before: Sequence[Submission], withdrawn: Submission | None, name: SubmissionName, manifest: Manifest | str
) -> Iterator[FileFault]:
    if withdrawn:
        yield FileFault(
            "withdrawn",
            f"The very same file was withdrawn as {withdrawn.name}: make a new extract without what it was withdrawn "
            "for.",
        )
    if any(s.sequence == name.sequence and s.uses_sequence for s in before):
        yield FileFault(
            submissions.SEQUENCE_USED,
            f"Another file was received as sequence {name.sequence} already: a sequence is used once.",
        )
    if (
        isinstance(manifest, Manifest)
        and manifest.status == "flex"
        and submissions.frozen_before(before, name.sequence)
    ):
        yield FileFault(
            "flex_after_freeze",
            "A flex follows a freeze of the same month, which makes the month provisional again: send a freeze when it "
            "is final.",
            rejects=False,
        )
