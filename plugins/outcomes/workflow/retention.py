"""Retention: what is older than the policy keeps it goes, unless a hold or a chart still needs it.

Owns the list of what would go and why, and its deletion. Promises a tombstone for everything deleted, entered before;
that a submission goes together with all it replaced, so that no older one comes in force instead; that records stay
while a month on a chart rests on them; and that figures which can no longer be computed stay as they are. Never runs by
itself.
"""

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.definitions.policy import LOOK_BACK_MONTHS, Policy, policy
from outcomes.errors import SetupError
from outcomes.intake.remains import Places, erase, lake_files, rejected_files
from outcomes.ledger import Computation, Edition, Event, Hold, Ledger, Release, Submission, Tombstone
from outcomes.ledger.submissions import ACCEPTED, EXPIRED
from outcomes.ledger.tables import now
from outcomes.periods import Month, today
from outcomes.settings import Settings
from outcomes.workflow.holding import hold_on, holds_in_force
from outcomes.workflow.withdrawal import finish, places_of

# Of a person's care record every entry counts until the death, however old it is.
KEPT_WHOLE = ("epaccs",)
RECORDS, REJECTED, FEEDBACK = EXPIRED, "expired rejected records", "expired feedback"
WORLDS, PUBLICATION = "expired worlds", "expired publication"
_OF_SUBMISSION = re.compile(r"\.?([a-z_]+_[A-Z0-9]{3}_[0-9]{4}-[0-9]{2}_[0-9]+)-.*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something older than it is kept: what kind, of what, why it goes; `kept_for` says why it stays nevertheless.

    `records` and `set_aside` count the accepted and the rejected records in it; None where it holds none of that kind.
    """

    kind: str
    subject: str
    why: str
    kept_for: str = ""
    submission_ids: tuple[int, ...] = ()
    records: int | None = None
    set_aside: int | None = None


def retain(settings: Settings, *, dry_run: bool, person: str | None = None) -> list[Expiry]:
    """What goes, and what stays though it is old; with `dry_run` nothing is deleted.

    Raises SetupError where something cannot be deleted; run again it goes on.
    """
    decided, ledger, places = policy(settings.policy), Ledger(settings.database_url), places_of(settings)
    if not dry_run:
        finish(settings)
        _finish(ledger, settings, places)
    with ledger.session(alone=True) as session:
        found = [*_submissions(session, decided, places), *_of_editions(session, decided)]
        if not dry_run:
            for expiry in found:
                if not expiry.kept_for:
                    _enter(session, expiry, places, person or acting())
    if not dry_run:
        _finish(ledger, settings, places)
    return found


def _submissions(session: Session, decided: Policy, places: Places) -> Iterator[Expiry]:
    kept, holds = decided.retention, holds_in_force(session)
    groups: dict[tuple[str, str, str], list[Submission]] = defaultdict(list)
    for s in session.scalars(select(Submission).order_by(Submission.period, Submission.feed, Submission.id)):
        groups[s.period, s.feed, s.supplier].append(s)
    reports = _reports(places)
    last = session.scalar(select(func.max(Computation.last_month)))
    on_a_chart = Month.parse(last) - (decided.reporting.months_on_a_chart + LOOK_BACK_MONTHS) if last else None
    for (period, feed, _), group in groups.items():
        landed = [s for s in group if s.outcome == ACCEPTED and s.lake_file]
        gone: set[int] = set()
        if landed and _old(period, kept.records):
            stays = _held(holds, landed) or _needed(feed, period, on_a_chart)
            gone = set() if stays else {s.id for s in landed}
            for s in landed:
                accepted = s.rows - s.rejected_records - (s.left_out or 0)
                aside = s.rejected_records if s.id in gone and s.rejected_file else None
                yield Expiry(RECORDS, s.name, _why(period, kept.records), stays, (s.id,), accepted, aside)
        if _old(period, kept.set_aside):
            for s in group:
                # What goes with its accepted records is told of with them.
                if s.rejected_file and s.id not in gone:
                    held, why = _held(holds, [s]), _why(period, kept.set_aside)
                    yield Expiry(REJECTED, s.name, why, held, (s.id,), None, s.rejected_records)
        if _old(period, kept.feedback):
            for name in sorted({s.name for s in group} & reports.keys()):
                of_it = [s for s in group if s.name == name]
                ids = tuple(s.id for s in of_it)
                yield Expiry(FEEDBACK, name, _why(period, kept.feedback), _held(holds, of_it), ids)


def _of_editions(session: Session, decided: Policy) -> Iterator[Expiry]:
    kept, held = decided.retention, {h.subject: h for h in holds_in_force(session)}
    newest = session.scalar(select(func.max(Release.id)))
    if kept.worlds is not None:
        for release in session.scalars(select(Release).where(Release.worlds.is_not(None)).order_by(Release.id)):
            if release.id != newest and _old(release.period, kept.worlds):
                yield Expiry(WORLDS, f"release {release.id} of {release.period}", _why(release.period, kept.worlds))
    if kept.publications is not None:
        gone = set(session.scalars(select(Tombstone.subject).where(Tombstone.kind == PUBLICATION)))
        for edition in session.scalars(select(Edition).order_by(Edition.period, Edition.number)):
            subject = f"edition {edition.number} of {edition.period}"
            if edition.files is not None and subject not in gone and _old(edition.period, kept.publications):
                hold = held.get(edition.period)
                stays = f"legal hold {hold.id}: {hold.reason}" if hold else ""
                yield Expiry(PUBLICATION, subject, _why(edition.period, kept.publications), stays)


def _old(period: str, months: int | None) -> bool:
    return months is not None and Month.parse(period) + months < Month.of(today())


def _why(period: str, months: int | None) -> str:
    return f"kept for {months} months after {period}"


def _held(holds: Sequence[Hold], submissions: Sequence[Submission]) -> str:
    found = next((h for s in submissions if (h := hold_on(holds, s))), None)
    return f"legal hold {found.id}: {found.reason}" if found else ""


def _needed(feed: str, period: str, on_a_chart: Month | None) -> str:
    if feed in KEPT_WHOLE:
        return "a person's care record is a log, and its oldest entries still count"
    if on_a_chart is None or Month.parse(period) > on_a_chart:
        return "a month on a chart still rests on it"
    return ""


def _reports(places: Places) -> dict[str, list[Path]]:
    """The feedback reports by submission."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(places.feedback.rglob("*")) if places.feedback.is_dir() else ():
        if path.is_file() and (of := _OF_SUBMISSION.fullmatch(path.name)):
            found[of[1]].append(path)
    return found


def _enter(session: Session, expiry: Expiry, places: Places, person: str) -> None:
    """The tombstone, and what the ledger says from now on."""
    stone = {"subject": expiry.subject, "kind": expiry.kind, "reason": expiry.why, "authority": "retention policy"}
    rows = [session.get_one(Submission, id) for id in expiry.submission_ids]
    for row in rows:
        files = {file: row.lake_sha256 or "" for file in (row.lake_file,) if file} if expiry.kind == RECORDS else {}
        files |= {row.rejected_file: ""} if row.rejected_file and expiry.kind in {RECORDS, REJECTED} else {}
        session.add(Tombstone(submission_id=row.id, files=files, person=person, erased_at=None, **stone))
        if expiry.kind == RECORDS:
            row.outcome, row.lake_file, row.rejected_file = EXPIRED, None, None
        elif expiry.kind == REJECTED:
            row.rejected_file = None
    if not rows:
        edition = _edition_named(session, expiry.subject) if expiry.kind == PUBLICATION else None
        files = dict(edition.files or {}) if edition else {}
        session.add(Tombstone(submission_id=None, files=files, person=person, erased_at=None, **stone))
    if expiry.kind == WORLDS:
        release = session.get_one(Release, int(expiry.subject.split()[1]))
        release.worlds = None
    counts = {"records": expiry.records, "set aside": expiry.set_aside}
    of = ", ".join(f"{count} {what}" for what, count in counts.items() if count is not None)
    detail = f"{expiry.why} ({of})" if of else expiry.why
    session.add(Event(kind=expiry.kind, subject=expiry.subject, person=person, detail=detail))


def _finish(ledger: Ledger, settings: Settings, places: Places) -> None:
    """Delete what has a tombstone and is not known to be gone."""
    with ledger.session() as session:
        begun = session.scalars(
            select(Tombstone)
            .where(Tombstone.erased_at.is_(None), Tombstone.kind.like("expired%"))
            .order_by(Tombstone.id)
        ).all()
        rows = {s.submission_id: session.get_one(Submission, s.submission_id) for s in begun if s.submission_id}
    reports = _reports(places) if any(s.kind == FEEDBACK for s in begun) else {}
    for stone in begun:
        row = rows[stone.submission_id] if stone.submission_id else None
        if row is not None and stone.kind == RECORDS:
            erase(places, lake_files(places, row), ())
        elif row is not None and stone.kind == REJECTED:
            erase(places, rejected_files(places, row), ())
        elif stone.kind == FEEDBACK:
            erase(places, (), reports.get(stone.subject, ()))
        elif stone.kind == PUBLICATION:
            _delete_edition(settings, stone.subject)
        with ledger.session() as session:
            session.get_one(Tombstone, stone.id).erased_at = now()


def _delete_edition(settings: Settings, subject: str) -> None:
    _, number, _, period = subject.split()
    folder = settings.publications / period / f"edition-{number}"
    for one in (folder, folder.with_name(f"{folder.name}-large-print")):
        try:
            shutil.rmtree(one)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SetupError(
                f"{one} cannot be deleted ({error.strerror}): mend its rights, then run the same again."
            ) from None


def _edition_named(session: Session, subject: str) -> Edition:
    _, number, _, period = subject.split()
    return session.scalars(select(Edition).where(Edition.period == period, Edition.number == int(number))).one()
