"""Editions and deliveries, read from the ledger: which there are, who let them go, where they went.

Owns the shape of these answers. Promises to read only, and never to make a path from what a request says: the names of an
edition's files come from the ledger. Never looks into the lake.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.ledger import Approval, Delivery, Edition, Event, Ledger
from outcomes.ledger.approvals import held_now, subject_of
from outcomes.periods import Month
from outcomes.settings import Settings

# A delivery in one of these is still on its way.
UNDERWAY = ("queued", "sending")
# The files of an edition that are about one area; the others are about all of them.
_OF_AN_AREA = re.compile(r"(?:scorecard|measure-reports)-(\w+)\.\w+")


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """An edition as the ledger knows it: its files with their SHA-256, the latest decision, deliveries by state.

    `held` where its files say more than they may.
    """

    id: int
    period: str
    number: int
    made_at: datetime
    files: dict[str, str]
    areas: tuple[tuple[str, str], ...]
    decision: str | None
    person: str
    reason: str
    decided_at: datetime | None
    held: bool
    deliveries: dict[str, int]

    @property
    def delivered(self) -> bool:
        """Whether letters went out and none is still on its way."""
        return bool(self.deliveries) and not any(state in self.deliveries for state in UNDERWAY)

    @property
    def month(self) -> str:
        return Month.parse(self.period).name

    def of(self, areas: Collection[str]) -> tuple[tuple[str, str], ...]:
        """Those of its areas, code and name, that are among these."""
        return tuple(area for area in self.areas if area[0] in areas)


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """One scorecard of an edition to one recipient, and the edition before it that went to the same one, if any."""

    id: int
    period: str
    number: int
    area: str
    recipient: str
    state: str
    detail: str
    attempts: int
    changed_at: datetime
    sent_at: datetime | None
    replaces: int | None

    @property
    def month(self) -> str:
        return Month.parse(self.period).name


@cache
def ledger(url: str) -> Ledger:
    """The ledger, opened once in a process."""
    return Ledger(url)


def editions(
    settings: Settings, period: str | None = None, areas: Collection[str] | None = None
) -> list[EditionRecord]:
    """Every edition (of a month), the newest month and edition first; with the deliveries of these areas only, if given."""
    with ledger(settings.database_url).session(reading=True) as session:
        query = select(Edition).order_by(Edition.period.desc(), Edition.number.desc())
        found = session.scalars(query if period is None else query.where(Edition.period == period)).all()
        ids = [edition.id for edition in found]
        decisions = {
            approval.edition_id: approval
            for approval in session.scalars(select(Approval).where(Approval.edition_id.in_(ids)).order_by(Approval.id))
        }
        states, held = _states(session, ids, areas), held_now(session)
    return [
        _record(edition, decisions.get(edition.id), subject_of(edition) in held, states.get(edition.id, {}))
        for edition in found
    ]


def edition(settings: Settings, period: str, number: int, areas: Collection[str] | None = None) -> EditionRecord | None:
    """One edition, if there is such a one."""
    return next((e for e in editions(settings, period, areas) if e.number == number), None)


def latest_edition(settings: Settings, period: str) -> EditionRecord | None:
    """The edition of a month with the highest number, if there is one."""
    return next(iter(editions(settings, period)), None)


def deliveries(settings: Settings, areas: Collection[str]) -> list[DeliveryRecord]:
    """Every delivery of these areas' scorecards, the newest edition first."""
    d, e = Delivery, Edition
    with ledger(settings.database_url).session(reading=True) as session:
        found = session.execute(
            select(d, e.period, e.number)
            .join(e, e.id == d.edition_id)
            .where(d.area.in_(areas))
            .order_by(e.period.desc(), e.number.desc(), d.id)
        ).all()
    # Whether a letter that is not `sent` arrived is not known, so only one that was sent is replaced.
    sent: dict[tuple[str, str, str], list[int]] = {}
    for row, period, number in found:
        if row.state == "sent":
            sent.setdefault((period, row.area, row.recipient), []).append(number)
    return [
        DeliveryRecord(
            id=row.id,
            period=period,
            number=number,
            area=row.area,
            recipient=row.recipient,
            state=row.state,
            detail=row.detail,
            attempts=row.attempts,
            changed_at=row.changed_at,
            sent_at=row.sent_at,
            replaces=max((n for n in sent.get((period, row.area, row.recipient), ()) if n < number), default=None),
        )
        for row, period, number in found
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a delivery's state: which, when, by whom, and what was said to it."""

    at: datetime
    state: str
    person: str
    detail: str


def steps(settings: Settings, delivery: int) -> list[Step]:
    """What happened to a delivery, in order."""
    about = Event.subject.startswith(f"delivery {delivery}:", autoescape=True)
    query = select(Event).where(Event.kind.startswith("delivery_", autoescape=True), about).order_by(Event.id)
    with ledger(settings.database_url).session(reading=True) as session:
        return [
            Step(event.at, event.kind.removeprefix("delivery_"), event.person, event.detail)
            for event in session.scalars(query)
        ]


def area_of(name: str) -> str | None:
    """The area a file of an edition is about; None for one about all areas."""
    match = _OF_AN_AREA.fullmatch(name)
    return match[1] if match else None


def file_of(settings: Settings, record: EditionRecord, name: str) -> Path | None:
    """Where a file of an edition lies, if the ledger lists one under exactly this name."""
    listed = next((known for known in record.files if known == name), None)
    if listed is None:
        return None
    return settings.publications / record.period / f"edition-{record.number}" / listed


def _states(session: Session, editions: Collection[int], areas: Collection[str] | None) -> Mapping[int, dict[str, int]]:
    counted = (
        select(Delivery.edition_id, Delivery.state, func.count())
        .where(Delivery.edition_id.in_(editions))
        .group_by(Delivery.edition_id, Delivery.state)
        .order_by(Delivery.state)
    )
    states: dict[int, dict[str, int]] = {}
    for edition_id, state, count in session.execute(
        counted if areas is None else counted.where(Delivery.area.in_(areas))
    ):
        states.setdefault(edition_id, {})[state] = count
    return states


def _record(found: Edition, decision: Approval | None, held: bool, deliveries: dict[str, int]) -> EditionRecord:
    return EditionRecord(
        id=found.id,
        period=found.period,
        number=found.number,
        made_at=found.made_at,
        files=dict(found.files or {}),
        areas=tuple((area["code"], area["name"]) for area in found.context["areas"]),
        decision=decision.decision if decision else None,
        person=decision.person if decision else "",
        reason=decision.reason if decision else "",
        decided_at=decision.decided_at if decision else None,
        held=held,
        deliveries=deliveries,
    )
