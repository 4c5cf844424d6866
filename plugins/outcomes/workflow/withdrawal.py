"""Withdrawing: a submission is taken out, its records are deleted, and everything is computed without it.

Owns the order that makes a kill harmless: one ledger transaction takes it out of force and enters its tombstone, then
its files are deleted, then they are looked for, then everything is computed anew; whatever is left undone is done by
the same command run again. Promises that the tombstone stays: name, SHA-256, counts, who, why, on whose authority.
Never touches an edition: what was sent stays as it was sent, until a release replaces it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.computing.compute import Computed
from outcomes.errors import InputError, SafetyRefusal
from outcomes.intake.names import SubmissionName
from outcomes.intake.remains import Places, erase, lake_files, other_files, search
from outcomes.lake import Lake
from outcomes.ledger import Computation, Delivery, Edition, Event, Ledger, Release, SelectionItem, Submission, Tombstone
from outcomes.ledger.submissions import ACCEPTED, EXPIRED, FILE_REJECTED, WITHDRAWN, in_force
from outcomes.ledger.tables import now
from outcomes.organisations import partnership
from outcomes.redaction import without_addresses
from outcomes.settings import Settings
from outcomes.workflow.computation import compute
from outcomes.workflow.holding import refuse_held


@dataclass(frozen=True, slots=True)
class Touched:
    """An edition made with a withdrawn submission; `sent` counts the letters that went out, `newest` of its month."""

    period: str
    number: int
    sent: int
    newest: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a withdrawal did: `proof` is the sentence of the search, `at_source` what still lies in the inbox.

    `instead` is the submission that is in force now, None where there is none; `computed` None where nothing is left to
    compute.
    """

    name: str
    proof: str
    instead: str | None
    computed: Computed | None
    editions: tuple[Touched, ...]
    at_source: tuple[str, ...]


def withdraw(
    settings: Settings, submission: str, *, reason: str, person: str | None = None, authority: str = ""
) -> Withdrawn:
    """Take a submission out, data included; running it again finishes what was left undone.

    Raises InputError when there is no such submission or no reason, SafetyRefusal when it is under a legal hold or
    something of it is still found afterwards, SetupError when a file cannot be deleted.
    """
    if not reason.strip():
        raise InputError("A withdrawal needs its reason: say why with --reason; it is kept in the tombstone.")
    name = name_of(submission)
    ledger = Ledger(settings.database_url)
    with ledger.session(alone=True) as session:
        rows = _rows(session, name)
        refuse_held(session, rows)
        _take_out(session, rows, reason, person or acting(), authority)
    proofs = [_clear(ledger, places_of(settings), row, person or acting()) for row in rows]
    try:
        computed = compute(settings)
    except InputError:
        # Nothing is in force any more that a figure could be made of.
        computed = None
    with ledger.session() as session:
        force = [
            s for s in in_force(session) if (s.feed, s.supplier, s.period) == (name.feed, name.supplier, name.period)
        ]
        return Withdrawn(
            name=str(name),
            proof=proofs[-1],
            instead=force[0].name if force else None,
            computed=computed,
            editions=tuple(_touched(session, [row.id for row in rows])),
            at_source=tuple(str(p) for p in sorted(settings.inbox.glob(f"{name}.*")) if p.is_file()),
        )


def finish(settings: Settings) -> list[str]:
    """Delete what earlier withdrawals and retentions were killed before deleting; gives the names."""
    ledger, done = Ledger(settings.database_url), []
    with ledger.session() as session:
        begun = select(Submission).join(Tombstone, Tombstone.submission_id == Submission.id)
        rows = session.scalars(begun.where(Tombstone.erased_at.is_(None), Tombstone.kind == WITHDRAWN)).unique().all()
    for row in rows:
        _clear(ledger, places_of(settings), row, acting())
        done.append(row.name)
    return done


def places_of(settings: Settings) -> Places:
    """Where this installation can hold records."""
    sources = [s.source for s in partnership(settings.organisations).suppliers]
    drops = [Path(s.path) for s in sources if s.kind == "folder" and s.path]
    alone = [settings.inbox, *drops, settings.publications, settings.home / "airflow"]
    if "://" not in settings.lake:
        alone.append(Path(settings.lake))
    ledgers = settings.home.glob("ledger.sqlite*")
    return Places(Lake(settings.lake), settings.feedback, settings.home, (*alone, *ledgers))


def name_of(submission: str) -> SubmissionName:
    """A submission's name, with or without the ending of its file; raises InputError when it is none."""
    name = SubmissionName.parse(submission) or SubmissionName.parse(f"{submission}.csv")
    if name is None:
        raise InputError(
            "That is not the name of a submission: `outcomes status` lists them; write feed_SUPPLIER_YYYY-MM_sequence, "
            "such as "
            "deaths_05W_2018-04_1."
        )
    return name


def _rows(session: Session, name: SubmissionName) -> Sequence[Submission]:
    """Every file that came under the name; one with a used sequence or a wrong checksum is withdrawn with it."""
    s = Submission
    same = (s.feed == name.feed, s.supplier == name.supplier, s.period == name.period, s.sequence == name.sequence)
    rows = session.scalars(select(s).where(*same).order_by(s.id)).all()
    if not rows:
        raise InputError(f"There is no submission {name}: `outcomes status --period {name.period}` lists that month's.")
    return rows


def _take_out(session: Session, rows: Sequence[Submission], reason: str, person: str, authority: str) -> None:
    for row in rows:
        if row.outcome not in {ACCEPTED, FILE_REJECTED, EXPIRED}:
            continue
        counts = f"{row.rows} records, {row.rejected_records} set aside, SHA-256 {row.sha256}"
        session.add(
            Tombstone(
                submission_id=row.id,
                subject=row.name,
                kind=WITHDRAWN,
                files={file: row.lake_sha256 or "" for file in (row.lake_file, row.rejected_file) if file},
                reason=without_addresses(reason.strip()),
                authority=without_addresses(authority.strip()),
                person=person,
                erased_at=None,
            )
        )
        on = f"; authority: {authority}" if authority else ""
        session.add(
            Event(kind=WITHDRAWN, subject=row.file_name, person=person, detail=f"{reason.strip()}{on} ({counts})")
        )
        row.outcome, row.filled, row.lake_file, row.rejected_file = WITHDRAWN, None, None, None


def _clear(ledger: Ledger, places: Places, row: Submission, person: str) -> str:
    """Delete, search, and enter both once; gives the proof. Raises SafetyRefusal when something is found."""
    erase(places, lake_files(places, row), other_files(places, row))
    with ledger.session() as session:
        stones = session.scalars(select(Tombstone).where(Tombstone.submission_id == row.id)).all()
        hashes = {digest for stone in stones for digest in stone.files.values()} | {row.lake_sha256 or ""}
    looked = search(places, row, hashes)
    said = looked.sentence(row.name)
    if looked.found:
        raise SafetyRefusal(f"{said} Delete it by hand, then run the same again: its withdrawal is not finished.")
    with ledger.session() as session:
        for stone in session.scalars(
            select(Tombstone).where(Tombstone.submission_id == row.id, Tombstone.erased_at.is_(None))
        ):
            stone.erased_at = now()
            session.add(Event(kind="erased", subject=row.file_name, person=person, detail=said))
    return said


def _touched(session: Session, ids: Sequence[int]) -> Iterator[Touched]:
    """The editions whose figures were computed with any of these submissions, oldest first."""
    made = (
        select(Edition)
        .join(Release, Release.id == Edition.release_id)
        .join(Computation, Computation.id == Release.computation_id)
        .where(
            Computation.selection_id.in_(select(SelectionItem.selection_id).where(SelectionItem.submission_id.in_(ids)))
        )
        .order_by(Edition.period, Edition.number)
    )
    editions = session.scalars(made).all()
    newest: dict[str, int] = {}
    for period, number in session.execute(select(Edition.period, Edition.number)):
        newest[period] = max(number, newest.get(period, 0))
    for edition in editions:
        letters = session.scalars(select(Delivery.state).where(Delivery.edition_id == edition.id)).all()
        yield Touched(edition.period, edition.number, letters.count("sent"), edition.number == newest[edition.period])
