"""Questions to the ledger about submissions: what is known, what is in force, what is expected and missing.

Owns the meaning of *in force*: the accepted submission of a feed, supplier and period with the highest sequence.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Select, bindparam, delete, func, select
from sqlalchemy.orm import Session, aliased

from outcomes.definitions.policy import LOOK_BACK_MONTHS
from outcomes.ledger.tables import Arrival, Handover, Submission, now
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


def in_force(session: Session, period: str | None = None, feed: str | None = None) -> Sequence[Submission]:
    """Every submission in force (for a month, of a feed, or all), by feed, period and supplier."""
    order = (Submission.feed, Submission.period, Submission.supplier)
    query = _in_force() if period is None else _in_force().where(Submission.period == period)
    query = query if feed is None else query.where(Submission.feed == feed)
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


# Made once: SQLAlchemy takes longer to put such a question than the database to answer it.
_OF_PLACE = (
    select(Submission)
    .where(
        Submission.feed == bindparam("feed"),
        Submission.supplier == bindparam("supplier"),
        Submission.period == bindparam("period"),
    )
    .order_by(Submission.id)
)
_WITHDRAWN_BYTES = select(Submission).where(Submission.sha256 == bindparam("sha256"), Submission.outcome == WITHDRAWN)
_YEAR_BEFORE = _in_force().where(Submission.period >= bindparam("first"), Submission.period < bindparam("period"))
_VOLUMES = _YEAR_BEFORE.with_only_columns(Submission.rows).where(
    Submission.feed == bindparam("feed"), Submission.supplier == bindparam("supplier")
)
_ALL_VOLUMES = _YEAR_BEFORE.with_only_columns(Submission.feed, Submission.supplier, Submission.rows)


def of_place(session: Session, feed: str, supplier: str, period: str) -> Sequence[Submission]:
    """Every submission of a feed, supplier and period ever received, in the order of their entry."""
    place = {"feed": feed, "supplier": supplier, "period": period}
    return session.scalars(_OF_PLACE, place).all()


def known(before: Iterable[Submission], file_name: str, sha256: str, claimed_sha256: str) -> Submission | None:
    """Of a place's submissions the one that came with the same bytes under the same name before, if one did.

    A file whose checksum was wrong may come again: it is known only under the same wrong claim.
    """
    same = (
        s
        for s in before
        if (s.file_name, s.sha256) == (file_name, sha256)
        and (s.uses_sequence or s.reason == SEQUENCE_USED or s.claimed_sha256 == claimed_sha256)
    )
    return min(same, key=lambda s: (s.outcome, s.id), default=None)


def last_sequence(before: Iterable[Submission]) -> int:
    """The highest sequence that a place's submissions used up; 0 for none."""
    return max((s.sequence for s in before if s.uses_sequence), default=0)


def frozen_before(before: Iterable[Submission], sequence: int) -> bool:
    """Whether a lower sequence was accepted as freeze."""
    return any(s.sequence < sequence and s.status == "freeze" and s.outcome == ACCEPTED for s in before)


def withdrawn_bytes(session: Session, sha256: str) -> Submission | None:
    """The submission that had these very bytes and was withdrawn, if one was."""
    return session.scalars(_WITHDRAWN_BYTES, {"sha256": sha256}).first()


def entered_names(session: Session) -> set[str]:
    """The names of all files ever received, also of those that did not use up their sequence."""
    return set(session.scalars(select(Submission.file_name)))


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


def earlier_volumes(session: Session, feed: str, supplier: str, period: str) -> Sequence[int]:
    """The records of a supplier's submissions in force for the twelve months before a period."""
    return session.scalars(_VOLUMES, {"feed": feed, "supplier": supplier, **_year_before(period)}).all()


def all_earlier_volumes(session: Session, period: str) -> dict[tuple[str, str], list[int]]:
    """By feed and supplier, the records of the submissions in force for the twelve months before a period."""
    found = defaultdict[tuple[str, str], list[int]](list)
    for feed, supplier, rows in session.execute(_ALL_VOLUMES, _year_before(period)):
        found[feed, supplier].append(rows)
    return found


def _year_before(period: str) -> dict[str, str]:
    month = Month.parse(period)
    return {"first": str(month - 12), "period": str(month)}


def key_ids(session: Session) -> set[str]:
    """The ids of the pseudonym keys under which the lake was landed."""
    return {k for k in session.scalars(select(Submission.key_id).where(Submission.outcome == ACCEPTED).distinct()) if k}


def note_arrivals(
    session: Session, source: str, suppliers: Collection[str] | None, arrivals: Iterable[Arrival]
) -> None:
    """Replace what a source (or some suppliers there) was found to be still sending; what still waits keeps its time."""
    there = [Arrival.source == source]
    if suppliers is not None:
        there.append(Arrival.supplier.in_(suppliers))
    noted = session.execute(select(Arrival.file_name, Arrival.missing, Arrival.noted_at).where(*there))
    since = {(name, missing): at for name, missing, at in noted}
    session.execute(delete(Arrival).where(*there))
    for arrival in arrivals:
        arrival.noted_at = since.get((arrival.file_name, arrival.missing), now())
        session.add(arrival)


def arriving(session: Session, period: str | None = None) -> Sequence[Arrival]:
    """What is still arriving, as the last look at each source found it."""
    query = select(Arrival)
    if period is not None:
        query = query.where(Arrival.period == period)
    return session.scalars(query.order_by(Arrival.period, Arrival.feed, Arrival.supplier, Arrival.sequence)).all()
