"""What the pages tell, read from the ledger: who has sent what, and which editions there are.

Owns the shape of both answers. Promises to read only. Never looks into the lake, and never makes a path from what a
request says: the names of an edition's files come from the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import func, select

from outcomes.definitions.feeds import feeds
from outcomes.ledger import Approval, Arrival, Delivery, Edition, Ledger, Submission
from outcomes.ledger.submissions import ACCEPTED, FILE_REJECTED
from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.settings import Settings

# A delivery in one of these is still on its way.
UNDERWAY = ("queued", "sending")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one supplier stands with one feed in one month.

    `refused` is a rejected file newer than what is in force; `arriving` a file or a manifest that waits for the other.
    """

    in_force: Submission | None = None
    refused: Submission | None = None
    arriving: tuple[Arrival, ...] = ()

    @property
    def word(self) -> str:
        if self.in_force is None:
            return "missing"
        return "final" if self.in_force.status == "freeze" else "first"


@dataclass(frozen=True, slots=True)
class Line:
    """One supplier of one feed, with its standing in each of the months asked for, in their order."""

    feed: str
    feed_title: str
    supplier: str
    supplier_name: str
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """An edition as the ledger knows it: its files with their SHA-256, the latest decision, deliveries by state."""

    period: str
    number: int
    made_at: datetime
    files: dict[str, str]
    areas: tuple[tuple[str, str], ...]
    decision: str | None
    person: str
    reason: str
    decided_at: datetime | None
    deliveries: dict[str, int]

    @property
    def delivered(self) -> bool:
        """Whether letters went out and none is still on its way."""
        return bool(self.deliveries) and not any(state in self.deliveries for state in UNDERWAY)

    @property
    def month(self) -> str:
        return Month.parse(self.period).name


@cache
def ledger(url: str) -> Ledger:
    """The ledger, opened once in a process."""
    return Ledger(url)


def lines(settings: Settings, months: Sequence[Month]) -> list[Line]:
    """Every expected feed and supplier with its standing in each month, by the feed's title."""
    periods = [str(month) for month in months]
    submissions: dict[tuple[str, str, str], list[Submission]] = {}
    arrivals: dict[tuple[str, str, str], list[Arrival]] = {}
    with ledger(settings.database_url).session() as session:
        sent = select(Submission).where(Submission.period.in_(periods)).order_by(Submission.sequence, Submission.id)
        for submission in session.scalars(sent):
            submissions.setdefault((submission.feed, submission.supplier, submission.period), []).append(submission)
        for arrival in session.scalars(select(Arrival).where(Arrival.period.in_(periods)).order_by(Arrival.file_name)):
            arrivals.setdefault((arrival.feed, arrival.supplier, arrival.period), []).append(arrival)
    organisations, contracts = partnership(settings.organisations), feeds()
    return [
        Line(
            feed,
            contracts[feed].title,
            supplier,
            organisations.by_code[supplier].name,
            tuple(
                _standing(submissions.get((feed, supplier, p), []), arrivals.get((feed, supplier, p), []))
                for p in periods
            ),
        )
        for feed, supplier in sorted(organisations.expected, key=lambda pair: contracts[pair[0]].title)
    ]


def editions(settings: Settings, period: str | None = None) -> list[EditionRecord]:
    """Every edition (of a month), the newest month and edition first."""
    with ledger(settings.database_url).session() as session:
        query = select(Edition).order_by(Edition.period.desc(), Edition.number.desc())
        found = session.scalars(query if period is None else query.where(Edition.period == period)).all()
        ids = [edition.id for edition in found]
        decisions = {
            approval.edition_id: approval
            for approval in session.scalars(select(Approval).where(Approval.edition_id.in_(ids)).order_by(Approval.id))
        }
        states: dict[int, dict[str, int]] = {}
        counted = (
            select(Delivery.edition_id, Delivery.state, func.count())
            .where(Delivery.edition_id.in_(ids))
            .group_by(Delivery.edition_id, Delivery.state)
            .order_by(Delivery.state)
        )
        for edition_id, state, count in session.execute(counted):
            states.setdefault(edition_id, {})[state] = count
    return [_record(edition, decisions.get(edition.id), states.get(edition.id, {})) for edition in found]


def edition(settings: Settings, period: str, number: int) -> EditionRecord | None:
    """One edition, if there is such a one."""
    return next((e for e in editions(settings, period) if e.number == number), None)


def latest_edition(settings: Settings, period: str) -> EditionRecord | None:
    """The edition of a month with the highest number, if there is one."""
    return next(iter(editions(settings, period)), None)


def file_of(settings: Settings, record: EditionRecord, name: str) -> Path | None:
    """Where a file of an edition lies, if the ledger lists one under exactly this name."""
    listed = next((known for known in record.files if known == name), None)
    if listed is None:
        return None
    return settings.publications / record.period / f"edition-{record.number}" / listed


def _standing(submissions: list[Submission], arrivals: list[Arrival]) -> Standing:
    """From the submissions of one feed, supplier and period, by sequence."""
    accepted = [s for s in submissions if s.outcome == ACCEPTED]
    in_force = accepted[-1] if accepted else None
    refused = [
        s for s in submissions if s.outcome == FILE_REJECTED and (in_force is None or s.sequence > in_force.sequence)
    ]
    return Standing(in_force, refused[-1] if refused else None, tuple(arrivals))


def _record(found: Edition, decision: Approval | None, deliveries: dict[str, int]) -> EditionRecord:
    return EditionRecord(
        period=found.period,
        number=found.number,
        made_at=found.made_at,
        files=dict(found.files or {}),
        areas=tuple((area["code"], area["name"]) for area in found.context["areas"]),
        decision=decision.decision if decision else None,
        person=decision.person if decision else "",
        reason=decision.reason if decision else "",
        decided_at=decision.decided_at if decision else None,
        deliveries=deliveries,
    )
