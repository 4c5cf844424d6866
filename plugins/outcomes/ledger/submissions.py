"""Questions to the ledger about submissions: what is known, what is in force, what is expected and missing.

Owns the meaning of *in force*: the accepted submission of a feed, supplier and period with the highest sequence.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session, aliased

from outcomes.definitions.policy import LOOK_BACK_MONTHS
from outcomes.ledger.tables import Arrival, Handover, Submission
from outcomes.periods import Month

ACCEPTED, FILE_REJECTED = "accepted", "file_rejected"
# Deleted, with a tombstone: taken out by a person, or kept for as long as the policy says.
WITHDRAWN, EXPIRED = "withdrawn", "expired"
# What a complete submission waits for where people's objections are applied.
ANSWER = "answer on objections"
# The reason of a file under a sequence that another one had used up.
SEQUENCE_USED = "sequence_used"


def _in_force() -> Select[Submission]:
    later = aliased(Submission)
    superseded = (
        select(later.id)
        .where(
            later.outcome == ACCEPTED,
            later.feed == Submission.feed,
            later.supplier == Submission.supplier,
            later.period == Submission.period,
            later.sequence > Submission.sequence,
        )
        .exists()
    )
    return select(Submission).where(Submission.outcome == ACCEPTED, ~superseded)


def in_force(session: Session, period: str | None = None) -> Sequence[Submission]:
    """Every submission in force (for a month, or all), by feed, period and supplier."""
    order = (Submission.feed, Submission.period, Submission.supplier)
    query = _in_force() if period is None else _in_force().where(Submission.period == period)
    return session.scalars(query.order_by(*order)).all()


def computable_from(session: Session) -> Month | None:
    """The first month whose figures can still be computed; None where no records were deleted for their age."""
    last = session.scalar(select(func.max(Submission.period)).where(Submission.outcome == EXPIRED))
    return Month.parse(last) + (LOOK_BACK_MONTHS + 1) if last else None


def all_submissions(session: Session, period: str | None = None) -> Sequence[Submission]:
    """Every submission ever received, by period, feed, supplier, sequence and file."""
    query = select(Submission)
    if period is not None:
        query = query.where(Submission.period == period)
    s = Submission
    return session.scalars(query.order_by(s.period, s.feed, s.supplier, s.sequence, s.outcome, s.sha256)).all()


def known(session: Session, file_name: str, sha256: str, claimed_sha256: str) -> Submission | None:
    """The submission that came with the same bytes under the same name before, if one did.

    A file whose checksum was wrong may come again: it is known only under the same wrong claim.
    """
    s = Submission
    same = select(s).where(s.file_name == file_name, s.sha256 == sha256)
    settled = s.uses_sequence | (s.reason == SEQUENCE_USED) | (s.claimed_sha256 == claimed_sha256)
    return session.scalars(same.where(settled).order_by(s.outcome, s.id).limit(1)).first()


def sequence_used(session: Session, feed: str, supplier: str, period: str, sequence: int) -> Submission | None:
    """The submission that used up a sequence, if one did."""
    s = Submission
    return session.scalars(
        select(s)
        .where(s.feed == feed, s.supplier == supplier, s.period == period, s.sequence == sequence, s.uses_sequence)
        .order_by(s.id)
        .limit(1)
    ).first()


def withdrawn_bytes(session: Session, sha256: str) -> Submission | None:
    """The submission that had these very bytes and was withdrawn, if one was."""
    s = Submission
    return session.scalars(select(s).where(s.sha256 == sha256, s.outcome == WITHDRAWN).order_by(s.id).limit(1)).first()


def last_sequence(session: Session, feed: str, supplier: str, period: str) -> int:
    """The highest sequence that was used up; 0 for none."""
    s = Submission
    query = select(func.max(s.sequence)).where(s.feed == feed, s.supplier == supplier, s.period == period)
    return session.scalar(query.where(s.uses_sequence)) or 0


def received_names(session: Session) -> set[str]:
    """The names of files that were received and used up their sequence."""
    return set(session.scalars(select(Submission.file_name).where(Submission.uses_sequence)))


class Earlier(NamedTuple):
    """What became of the submission that a part belongs to, and the checksum of its file."""

    outcome: str
    sha256: str


def handed_over(session: Session, source: str) -> dict[str, Earlier]:
    """The parts of submissions that a source handed over before, by its own names for them."""
    columns = Handover.item, Submission.outcome, Submission.sha256
    found = session.execute(select(*columns).join(Submission).where(Handover.source == source))
    return {item: Earlier(outcome, sha256) for item, outcome, sha256 in found}


def owed(session: Session, source: str) -> Sequence[Handover]:
    """What a source is still to be told: acknowledgements and feedback reports."""
    h = Handover
    open_report = (h.report != "") & h.replied_at.is_(None)
    query = select(h).where(h.source == source, h.acknowledged_at.is_(None) | open_report)
    return session.scalars(query.order_by(h.id)).all()


def frozen_before(session: Session, feed: str, supplier: str, period: str, sequence: int) -> bool:
    """Whether a lower sequence of the same period was accepted as freeze."""
    s = Submission
    query = select(func.count()).where(
        s.feed == feed,
        s.supplier == supplier,
        s.period == period,
        s.sequence < sequence,
        s.status == "freeze",
        s.outcome == ACCEPTED,
    )
    return bool(session.scalar(query))


def earlier_volumes(session: Session, feed: str, supplier: str, period: str) -> Sequence[int]:
    """The records of a supplier's submissions in force for the twelve months before a period."""
    query = _the_year_before(period).with_only_columns(Submission.rows)
    return session.scalars(query.where(Submission.feed == feed, Submission.supplier == supplier)).all()


def all_earlier_volumes(session: Session, period: str) -> dict[tuple[str, str], list[int]]:
    """By feed and supplier, the records of the submissions in force for the twelve months before a period."""
    s, found = Submission, defaultdict[tuple[str, str], list[int]](list)
    for feed, supplier, rows in session.execute(_the_year_before(period).with_only_columns(s.feed, s.supplier, s.rows)):
        found[feed, supplier].append(rows)
    return found


def _the_year_before(period: str) -> Select[Submission]:
    month = Month.parse(period)
    return _in_force().where(Submission.period >= str(month - 12), Submission.period < str(month))


def key_ids(session: Session) -> set[str]:
    """The ids of the pseudonym keys under which the lake was landed."""
    return {k for k in session.scalars(select(Submission.key_id).where(Submission.outcome == ACCEPTED).distinct()) if k}


def note_arrivals(
    session: Session, source: str, suppliers: Collection[str] | None, arrivals: Iterable[Arrival]
) -> None:
    """Replace what a source (or some suppliers there) was found to be still sending."""
    old = delete(Arrival).where(Arrival.source == source)
    session.execute(old if suppliers is None else old.where(Arrival.supplier.in_(suppliers)))
    session.add_all(arrivals)


def arriving(session: Session, period: str | None = None) -> Sequence[Arrival]:
    """What is still arriving, as the last look at each source found it."""
    query = select(Arrival)
    if period is not None:
        query = query.where(Arrival.period == period)
    return session.scalars(query.order_by(Arrival.period, Arrival.feed, Arrival.supplier, Arrival.sequence)).all()
