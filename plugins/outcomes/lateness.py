"""What is late: extracts that were due and are not in force yet.

Owns the comparison of the ledger with the due days of config/policy.toml. Promises one line for each extract, about the last
of its due days that passed. Never asks anybody.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.definitions.policy import Due
from outcomes.ledger import Submission
from outcomes.ledger.submissions import FILE_REJECTED, in_force
from outcomes.organisations import Partnership
from outcomes.periods import Month, months_between

# Days: how long ago a due day may be, unless a month is asked for; what is older is history.
WITHIN = 92


@dataclass(frozen=True, slots=True, order=True)
class Late:
    """An extract whose `deadline` passed on the day `due`; `rejected` where what came last could not be used."""

    period: str
    supplier: str
    feed: str
    deadline: Literal["flex", "freeze"]
    due: date
    days: int
    rejected: bool


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
    counting = {(s.feed, s.supplier, s.period): s for s in in_force(session)}
    s = Submission
    key = (s.feed, s.supplier, s.period)
    refused = (
        select(*key, func.max(s.sequence)).where(s.outcome == FILE_REJECTED, s.period >= str(since)).group_by(*key)
    )
    rejected = {tuple(place): sequence for *place, sequence in session.execute(refused)}
    found = []
    for month in months_between(since, until):
        for feed, supplier in known.expected:
            what = (feed, supplier, str(month))
            there = counting.get(what)
            newer = rejected.get(what, 0) > (there.sequence if there else 0)
            line = _late(what, there.status if there else None, due, as_of, rejected=newer)
            if line is not None and (asked or line.due >= earliest):
                found.append(line)
    return sorted(found)


def _late(what: tuple[str, str, str], status: str | None, due: Due, as_of: date, *, rejected: bool) -> Late | None:
    feed, supplier, period = what
    flex, freeze = due.days(feed, Month.parse(period))
    if as_of > freeze and status != "freeze":
        return Late(period, supplier, feed, "freeze", freeze, (as_of - freeze).days, rejected)
    if as_of > flex and status is None:
        return Late(period, supplier, feed, "flex", flex, (as_of - flex).days, rejected)
    return None
