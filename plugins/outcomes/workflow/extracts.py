"""Extracts: make synthetic ones, check one, receive them, say who has submitted what and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from outcomes.definitions.policy import policy
from outcomes.errors import InputError
from outcomes.intake.agreements import agreement_with
from outcomes.intake.checking import checked
from outcomes.intake.feedback import Feedback, feedback
from outcomes.intake.feedback_files import write_feedback
from outcomes.intake.inbox import read_sent
from outcomes.intake.name_slips import name_wanted
from outcomes.intake.names import MANIFEST_SUFFIX, SubmissionName, read_manifest
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.receipt import Receipt
from outcomes.intake.receiving import Intake, Progress
from outcomes.intake.sources.configured import sources
from outcomes.intake.sources.connections import Connections, FromSettings
from outcomes.intake.sources.drop_folder import DropFolder
from outcomes.intake.sources.source import SourceError, SourceRefused
from outcomes.intake.workbench import workbench
from outcomes.lake import Lake
from outcomes.ledger import Arrival, Ledger, submissions
from outcomes.maturity import Linked, Maturity
from outcomes.maturity import linked as linked_deaths
from outcomes.maturity import maturity as maturity_of
from outcomes.organisations import partnership
from outcomes.periods import Month, today
from outcomes.settings import Settings
from outcomes.workflow.asking import exchange, objections_of, workflows_of_the_service

if TYPE_CHECKING:
    from outcomes.synthetic import Written


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One submission, or one that is arriving or waiting for the answer on objections: then the counts are None."""

    feed: str
    supplier: str
    period: str
    sequence: int
    outcome: str
    rows: int | None
    rejected_records: int | None
    in_force: bool


def synth(
    folder: Path,
    first: str,
    last: str,
    *,
    scale: float = 1.0,
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Written:
    """Write linked synthetic submissions of all suppliers for the months first to last (`YYYY-MM`)."""
    from outcomes.synthetic import write_extracts

    return write_extracts(folder, Month.parse(first), Month.parse(last), scale=scale, seed=seed, progress=progress)


def check(
    settings: Settings, files: Sequence[Path], *, as_of: date | None = None, to: Path | None = None
) -> list[Feedback]:
    """The feedback report on each file, without landing anything; its files are written into the folder `to`.

    Raises InputError for a name that is no submission's, SetupError for a folder that cannot be written.
    """
    reports = [_check_one(settings, file, as_of or today()) for file in files]
    if to is not None:
        for report in reports:
            write_feedback(report, to, report.file_name)
    return reports


def _check_one(settings: Settings, file: Path, as_of: date) -> Feedback:
    name = SubmissionName.parse(file.name)
    if name is None:
        raise InputError(name_wanted(file.name))
    known = partnership(settings.organisations)
    agreement = agreement_with(name.supplier, known, settings)
    if name.seal and agreement.signer is None:
        raise InputError(
            f"{file.name} is a PGP file, and none are agreed with {name.supplier}: send it as {name}.{name.container}, or "
            "agree on the key that signs it."
        )
    manifest = None
    try:
        sent = read_sent(file, follow_links=True)
        with suppress(FileNotFoundError):
            beside = read_sent(file.with_name(file.name + MANIFEST_SUFFIX), follow_links=True)
            manifest = read_manifest(beside.data, name)
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): check the path and its rights.") from None
    with (
        workbench() as bench,
        checked(bench, name, sent, manifest, known, as_of, Pseudonyms.throwaway(), agreement=agreement) as verdict,
    ):
        return feedback(verdict)


def receive(
    settings: Settings,
    *,
    inbox: Path | None = None,
    as_of: date | None = None,
    suppliers: Collection[str] | None = None,
    progress: Progress | None = None,
    connections: Connections | None = None,
) -> Receipt:
    """Land every complete submission that is new at the suppliers' sources (of some suppliers, or of all).

    With `inbox` only that drop folder is looked at, for whomever. `connections` are Airflow's in a task. A source that fails
    holds back no other: it is in the receipt's `failed`, and the last is raised where none could be used.
    Raises InputError when the inbox cannot be read, SetupError when the key, the ledger or the lake cannot be used.
    """
    settings.make_home()
    known, ways = partnership(settings.organisations), connections or FromSettings(settings)
    codes = [s.code for s in known.suppliers]
    if stranger := next((code for code in suppliers or () if code not in codes), None):
        raise InputError(f"{stranger} is no supplier: choose from {', '.join(codes)}.")
    ledger = Ledger(settings.database_url)
    objections = objections_of(settings, ledger, ways)
    intake = Intake(
        ledger,
        Lake(settings.lake),
        settings.feedback,
        known,
        Pseudonyms.under(*settings.key()),
        objections,
        lambda supplier: agreement_with(supplier, known, settings),
    )
    whole = Receipt()
    reached = exchange(objections, whole)
    if inbox is not None:
        whole.add(intake.receive(DropFolder(inbox), as_of or today(), suppliers, progress))
    else:
        _receive_from_all(settings, intake, whole, ways, as_of or today(), suppliers, progress)
    if reached:
        # What was asked just now.
        exchange(objections, whole)
    return whole


def _receive_from_all(
    settings: Settings,
    intake: Intake,
    whole: Receipt,
    connections: Connections,
    as_of: date,
    suppliers: Collection[str] | None,
    progress: Progress | None,
) -> None:
    others = workflows_of_the_service(settings)
    found = sources(intake.partnership, connections, settings.inbox, settings.quarantine, suppliers, others)
    ways, unusable = list(found), 0
    for of, source in ways:
        try:
            whole.add(intake.receive(source, as_of, of, progress))
        except (SourceError, SourceRefused, InputError) as error:
            whole.failed.append(str(error))
            unusable += 1
            if unusable == len(ways):
                raise


def status(settings: Settings, period: str | None = None) -> list[StatusLine]:
    """Who has submitted what (for a month, or ever), and what is still arriving."""
    month = str(Month.parse(period)) if period else None
    with Ledger(settings.database_url).session() as session:
        counting = {s.id for s in submissions.in_force(session)}
        lines = [
            StatusLine(
                s.feed, s.supplier, s.period, s.sequence, s.outcome, s.rows, s.rejected_records, s.id in counting
            )
            for s in submissions.all_submissions(session, month)
        ]
        lines += [
            StatusLine(a.feed, a.supplier, a.period, a.sequence, _still(a), None, None, in_force=False)
            for a in submissions.arriving(session, month)
        ]
    return sorted(lines, key=lambda line: (line.period, line.feed, line.supplier, line.sequence))


def _still(arrival: Arrival) -> str:
    return "waiting" if arrival.missing == submissions.ANSWER else "arriving"


def maturity(settings: Settings, period: str) -> list[Maturity]:
    """How far each expected submission of a month can be trusted; raises InputError for what is no month."""
    known, key_columns = partnership(settings.organisations), policy(settings.policy).maturity.key_columns
    with Ledger(settings.database_url).session() as session:
        return maturity_of(session, known, str(Month.parse(period)), key_columns)


def linked(settings: Settings, period: str) -> list[Linked]:
    """Of each CCG's deaths of a month, how many could be linked. Sensitive."""
    with Ledger(settings.database_url).session() as session:
        return list(linked_deaths(session, str(Month.parse(period))))
