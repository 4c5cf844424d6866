"""Deliveries: send an approved edition, send what waits in the queue, say how its letters stand.

Owns which letters an edition has. Promises that what waits in a queue is sent by any later run. Never changes an edition,
and never sends anything a second time.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outcomes.delivery import DeliveryLine, Letter, Link
from outcomes.delivery import LettersWait as LettersWait
from outcomes.delivery import deliver as deliver_letters
from outcomes.disclosure.releases import edition_of
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Approval, Delivery, Edition, Ledger
from outcomes.ledger.approvals import kept_back
from outcomes.ledger.tables import now
from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.scorecards import summary
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.rewritten import rewritten
from outcomes.settings import Settings
from outcomes.workflow.contexts import contents_of
from outcomes.workflow.editions import folder_of


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery as the ledger has it. A queued one that was tried before is tried again from `next_try_at` on."""

    number: int
    period: str
    edition: int
    area: str
    recipient: str
    state: str
    attempts: int
    next_try_at: datetime | None
    changed_at: datetime
    sent_at: datetime | None
    detail: str


def deliver(
    settings: Settings,
    period: str,
    edition: int | None = None,
    *,
    areas: Collection[str] | None = None,
    at_once: bool = False,
) -> list[DeliveryLine]:
    """Send the scorecards of an approved edition that are due; how every delivery of it stands.

    Queued are those whose scorecard reads otherwise than the one they were sent last; of these only those of the `areas`
    (codes; all when None). `at_once` sends what still has to wait.

    Raises InputError for an area that is none; see `outcomes.delivery.deliver` for the rest.
    """
    unknown = set(areas or ()) - {area.code for area in partnership(settings.organisations).areas}
    if unknown:
        raise InputError(f"There is no scorecard of {min(unknown)!r}: give the code of the STP or of a CCG.")
    return _send(settings, period, edition, areas, at_once)


def deliver_waiting(
    settings: Settings, period: str, edition: int | None = None, *, at_once: bool = False
) -> list[DeliveryLine]:
    """Send what is queued of an edition and due, and queue nothing; how every delivery of it stands."""
    return _send(settings, period, edition, (), at_once)


def waiting(settings: Settings, *, at_once: bool = False) -> list[tuple[str, int]]:
    """Month and number of each approved edition with letters that are due, or that a run left behind; oldest first.

    Without those that are kept back, so that they hold up no other: their letters stay queued, and `alerts` tells of them.
    """
    decided = select(Approval.decision).where(Approval.edition_id == Edition.id).order_by(Approval.id.desc()).limit(1)
    over = or_(Delivery.next_try_at.is_(None), Delivery.next_try_at <= now())
    queued = Delivery.state == "queued" if at_once else (Delivery.state == "queued") & over
    due = select(Delivery.edition_id).where(or_(queued, Delivery.state == "sending"))
    query = select(Edition).where(Edition.id.in_(due), decided.scalar_subquery() == "approved")
    with Ledger(settings.database_url).session() as session:
        return [
            (made.period, made.number)
            for made in session.scalars(query.order_by(Edition.period, Edition.number))
            if not kept_back(session, made)
        ]


def deliveries(settings: Settings, period: str | None = None, edition: int | None = None) -> list[DeliveryRecord]:
    """How the deliveries stand: of an edition, of a month, or all, in the order of queueing."""
    query = select(Delivery, Edition).join(Edition, Edition.id == Delivery.edition_id).order_by(Delivery.id)
    if period is not None:
        query = query.where(Edition.period == str(Month.parse(period)))
    if edition is not None:
        query = query.where(Edition.number == edition)
    with Ledger(settings.database_url).session() as session:
        return [
            DeliveryRecord(
                number=row.id,
                period=made.period,
                edition=made.number,
                area=row.area,
                recipient=row.recipient,
                state=row.state,
                attempts=row.attempts,
                next_try_at=row.next_try_at,
                changed_at=row.changed_at,
                sent_at=row.sent_at,
                detail=row.detail,
            )
            for row, made in session.execute(query)
        ]


def areas_owed(session: Session, edition: Edition) -> frozenset[str]:
    """The areas whose scorecard reads otherwise than the one that was last sent to them, or that were never sent one.

    The others keep the scorecard that they have: what they read in it still holds.
    """
    now = contents_of(session, edition)
    owed = set()
    earlier: dict[int, Contents] = {}
    for area in now.context.areas:
        sent = _sent_before(session, edition, area.code, ("sent", "unknown", "queued", "sending"))
        if sent is not None and sent.id not in earlier:
            earlier[sent.id] = contents_of(session, sent)
        if sent is None or area.code in rewritten(earlier[sent.id], now):
            owed.add(area.code)
    return frozenset(owed)


def _sent_before(session: Session, edition: Edition, area: str, states: Collection[str]) -> Edition | None:
    """The last earlier edition of the month of which an area's letter stands in one of these states."""
    return session.scalars(
        select(Edition)
        .join(Delivery, Delivery.edition_id == Edition.id)
        .where(
            Edition.period == edition.period,
            Edition.number < edition.number,
            Delivery.area == area,
            Delivery.state.in_(states),
        )
        .order_by(Edition.number.desc())
        .limit(1)
    ).first()


def _send(
    settings: Settings, period: str, edition: int | None, areas: Collection[str] | None, at_once: bool
) -> list[DeliveryLine]:
    ledger = Ledger(settings.database_url)
    known = partnership(settings.organisations)
    with ledger.session() as session:
        made = edition_of(session, period, edition)
        contents = contents_of(session, made)
        owed = areas_owed(session, made)
        had = {a.code: _sent_before(session, made, a.code, ("sent", "unknown")) for a in known.areas}
    if made.files is None:
        raise InputError(f"Edition {made.number} of {period} is not rendered yet: run `outcomes render` first.")
    letters = [
        replace(letter, replaces=before.number if (before := had[area.code]) else None)
        for area in known.areas
        for letter in _letters(settings, made, contents, area.code, area.recipients)
    ]
    return deliver_letters(
        ledger, settings, made.id, letters, areas=owed if areas is None else owed & set(areas), at_once=at_once
    )


def _letters(
    settings: Settings, edition: Edition, contents: Contents, area: str, recipients: tuple[str, ...]
) -> list[Letter]:
    if not recipients:
        return []
    name, files = f"scorecard-{area}", edition.files or {}
    path = folder_of(settings, edition) / f"{name}.pdf"
    try:
        pdf = path.read_bytes()
    except OSError as error:
        raise SafetyRefusal(
            f"The scorecard {path} cannot be read ({error.strerror}): render the edition again."
        ) from None
    words = summary(contents, area)
    where = f"{edition.period}/edition-{edition.number}"
    return [
        Letter(
            stp=contents.context.areas[0].code,
            area=area,
            area_name=contents.area(area).name,
            period=edition.period,
            edition=edition.number,
            replaces=contents.context.replaces,
            made_at=edition.made_at,
            recipient=recipient,
            headline=words.headline,
            points=words.points,
            pdf=pdf,
            pdf_name=f"{name}-{edition.period}-edition-{edition.number}.pdf",
            sha256=files[f"{name}.pdf"],
            links=(Link("this scorecard as a web page", f"{where}/{name}.html"),),
        )
        for recipient in recipients
    ]
