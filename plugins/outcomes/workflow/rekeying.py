"""Changing the pseudonym key: every record of the lake under the new one, or none.

Owns the order that makes a kill harmless: every file that was sent is found and its SHA-256 compared, then the lake's
files are written once more beside the old ones, then one ledger transaction changes over, then the old ones are
deleted; run again it goes on where it was. Promises the same records and so the same figures. Never keeps an NHS
number: they are read from the files the sources retain, row by row, and the old key proves each row before the new one
is used.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.errors import InputError, SafetyRefusal, SetupError
from outcomes.intake.agreements import agreement_with
from outcomes.intake.inbox import Sent, read_sent
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.rekeying import rekeyed
from outcomes.intake.remains import lake_files
from outcomes.intake.workbench import workbench
from outcomes.lake import Lake, Stored
from outcomes.ledger import Event, Ledger, Submission
from outcomes.ledger.submissions import ACCEPTED
from outcomes.organisations import partnership
from outcomes.settings import Settings
from outcomes.workflow.withdrawal import places_of

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many submissions are under the new key now, how many files of the lake under the old one were deleted."""

    submissions: int
    deleted: int
    key_id: str


def rekey(
    settings: Settings, folders: Sequence[Path] = (), *, person: str | None = None, progress: Progress | None = None
) -> Rekeyed:
    """Put the whole lake under OUTCOMES_PSEUDONYM_KEY; it was landed under OUTCOMES_PSEUDONYM_KEY_BEFORE.

    `folders` are where the files that were sent lie, the inbox first. Raises SetupError for keys that do not fit the
    lake, InputError that names each file which is gone or another one, SafetyRefusal where a file and the lake do not
    tell of the same people; nothing was changed then.
    """
    old, fingerprint = settings.key_before()
    after = Pseudonyms.under(*settings.key())
    if after.key_id.split()[-1] == fingerprint:
        raise SetupError(
            "OUTCOMES_PSEUDONYM_KEY_BEFORE and OUTCOMES_PSEUDONYM_KEY are the same key: make a new one first."
        )
    before = Pseudonyms.under(old, fingerprint)
    ledger, lake = Ledger(settings.database_url), Lake(settings.lake)
    with ledger.session() as session:
        todo = _under_the_old_key(session, fingerprint, after.key_id)
    sources = [settings.inbox, *folders]
    _all_there(todo, sources)
    written: dict[int, tuple[Stored, Stored | None]] = {}
    known = partnership(settings.organisations)
    with workbench() as bench:
        for done, submission in enumerate(todo, start=1):
            sent = _sent(submission, sources)
            if sent is None:
                raise InputError(f"{submission.file_name} went away meanwhile; nothing was changed: run it again.")
            written[submission.id] = rekeyed(
                lake,
                bench,
                submission,
                sent,
                known,
                before,
                after,
                agreement_with(submission.supplier, known, settings),
            )
            if progress:
                progress(done, len(todo), submission.name)
    _change_over(ledger, todo, written, fingerprint, after.key_id, person or acting())
    return Rekeyed(len(todo), _delete_the_old(ledger, settings), after.key_id)


def _under_the_old_key(session: Session, fingerprint: str, key_id: str) -> list[Submission]:
    held = session.scalars(
        select(Submission)
        .where(Submission.outcome == ACCEPTED, Submission.lake_file.is_not(None))
        .order_by(Submission.id)
    ).all()
    strange = {
        s.key_id or "none" for s in held if s.key_id != key_id and (s.key_id or "").split()[-1:] != [fingerprint]
    }
    if strange:
        raise SetupError(
            f"The lake was landed under the pseudonym key {min(strange)}, which is neither the key before nor the new "
            "one: set "
            "OUTCOMES_PSEUDONYM_KEY_BEFORE to it."
        )
    return [s for s in held if s.key_id != key_id]


def _all_there(submissions: Iterable[Submission], sources: Sequence[Path]) -> None:
    gone = [s.file_name for s in submissions if _sent(s, sources) is None]
    if gone:
        more = f" and {len(gone) - 10} more" if len(gone) > 10 else ""
        raise InputError(
            f"{len(gone)} files that were received are not there as they were (by SHA-256): "
            f"{', '.join(gone[:10])}{more}; nothing was "
            "changed: fetch them from the sources into a folder and name it with --from, or withdraw what cannot be "
            "had any more."
        )


def _sent(submission: Submission, sources: Sequence[Path]) -> Sent | None:
    """The very file that was received, from the first folder that has it."""
    for folder in sources:
        try:
            sent = read_sent(folder / submission.file_name, follow_links=True)
        except OSError:
            continue
        if sent.sha256 == submission.sha256:
            return sent
    return None


def _change_over(
    ledger: Ledger,
    todo: Sequence[Submission],
    written: dict[int, tuple[Stored, Stored | None]],
    fingerprint: str,
    key_id: str,
    person: str,
) -> None:
    if not todo:
        return
    with ledger.session(alone=True) as session:
        now = _under_the_old_key(session, fingerprint, key_id)
        if {(s.id, s.lake_file) for s in now} != {(s.id, s.lake_file) for s in todo}:
            raise SafetyRefusal(
                "Submissions came in or went while the key was being changed, so nothing was changed: run it again "
                "while nothing "
                "is received."
            )
        for row in now:
            accepted, rejected = written[row.id]
            row.lake_file, row.lake_sha256, row.key_id = accepted.file, accepted.sha256, key_id
            row.rejected_file = rejected.file if rejected else None
        detail = f"{len(now)} submissions, from key {fingerprint} to {key_id}"
        session.add(Event(kind="rekeyed", subject="lake", person=person, detail=detail))


def _delete_the_old(ledger: Ledger, settings: Settings) -> int:
    """Delete what the ledger no longer points to, of the submissions that are in the lake; gives how many files."""
    places, deleted = places_of(settings), 0
    with ledger.session() as session:
        held = session.scalars(
            select(Submission).where(Submission.outcome == ACCEPTED, Submission.lake_file.is_not(None))
        ).all()
    for row in held:
        for file in lake_files(places, row):
            if file not in {row.lake_file, row.rejected_file}:
                places.lake.remove(file)
                deleted += 1
    return deleted
