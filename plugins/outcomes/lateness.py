"""What is late: extracts that were due and are not in force yet.

Owns the meaning of *late*, for the shell, the letters to suppliers and the page *Status* alike: a due day of
config/policy.toml has passed, the one for the first extract with nothing in force, or the one for the final extract with
nothing final in force. Promises one line for each extract, about the last of its due days that passed. Never asks anybody.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.definitions.policy import Due
from outcomes.ledger import Submission
from outcomes.ledger.submissions import ACCEPTED, EXPIRED, FILE_REJECTED
from outcomes.organisations import Partnership
from outcomes.periods import Month, months_between

Deadline = Literal["flex", "freeze"]
# Records that were kept for as long as they may be are deleted; what they said still counts.
COUNTING = (ACCEPTED, EXPIRED)
# Days: how long ago a due day may be, unless a month is asked for; what is older is history.
WITHIN = 92


@dataclass(frozen=True, slots=True, order=True)
class Late:
    """An extract whose `deadline` passed on the day `due`; `rejected` where what came last could not be used."""

    period: str
    supplier: str
    feed: str
    deadline: Deadline
    due: date
    days: int
    rejected: bool


class Missed(NamedTuple):
    """A due day that passed without what was due: the first extract (`flex`) or the final one (`freeze`)."""

    deadline: Deadline
    due: date


def missed(due: Due, feed: str, month: Month, status: str | None, as_of: date) -> Missed | None:
    """The last due day before `as_of` that an extract misses; `status` is that of the one in force, None without one."""
    flex, freeze = due.days(feed, month)
    if as_of > freeze and status != "freeze":
        return Missed("freeze", freeze)
    if as_of > flex and status is None:
        return Missed("flex", flex)
    return None


def late(session: Session, known: Partnership, due: Due, as_of: date, period: str | None = None) -> list[Late]:
    """Every late extract of a month, or of all months since the first in the ledger with a due day not long ago."""
    first = session.scalar(select(func.min(Submission.period)))
    if period is None and first is None:
        return []
    asked = Month.parse(period) if period else None
    earliest = as_of - timedelta(days=WITHIN)
    # A due day lies in one of the two months after.
    since = asked or max(Month.parse(str(first)), Month.of(earliest) - 2)
    until = asked or Month.of(as_of) - 1
    s = Submission
    key = (s.feed, s.supplier, s.period)
    counted = select(*key, s.sequence, s.status).where(s.outcome.in_(COUNTING), s.period >= str(since))
    counting = {
        tuple(place): (n, status or "flex") for *place, n, status in session.execute(counted.order_by(s.sequence))
    }
    refused = (
        select(*key, func.max(s.sequence)).where(s.outcome == FILE_REJECTED, s.period >= str(since)).group_by(*key)
    )
    rejected = {tuple(place): sequence for *place, sequence in session.execute(refused)}
    found = []
    for month in months_between(since, until):
        for feed, supplier in known.expected:
            what = (feed, supplier, str(month))
            sequence, status = counting.get(what, (0, None))
            gone = missed(due, feed, month, status, as_of)
            if gone is not None and (asked or gone.due >= earliest):
                days, newer = (as_of - gone.due).days, rejected.get(what, 0) > sequence
                found.append(Late(str(month), supplier, feed, gone.deadline, gone.due, days, rejected=newer))
    return sorted(found)
