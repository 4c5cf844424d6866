"""Data maturity: how far each supplier's data can be trusted, from what the ledger knows of its submissions.

Owns the shares. Promises a line for every submission that is expected of a month, whether it came or not. Never looks at a
record, and never counts people: the figures about them are computed elsewhere.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.definitions.feeds import feeds
from outcomes.ledger import Computation, Submission
from outcomes.ledger.submissions import ACCEPTED, all_earlier_volumes, in_force
from outcomes.organisations import Partnership
from outcomes.periods import Month, reporting_day

_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Maturity:
    """One expected submission of a month; all shares are percent, None where there is nothing to take a share of.

    `in_time`: its final extract was made before the day of the edition. `usual`: the median of its records in the twelve
    months before. `valid_nhs_numbers`, `least_filled` (of the key columns the emptiest, named) and `rejected`
    are shares of its records in force.
    """

    feed: str
    supplier: str
    period: str
    submitted: bool
    in_time: bool
    records: int | None = None
    usual: float | None = None
    valid_nhs_numbers: float | None = None
    least_filled_column: str | None = None
    least_filled: float | None = None
    rejected: float | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """Of a CCG's deaths of a month, the percent with a valid NHS number. Sensitive: `deaths` is an exact count."""

    area: str
    period: str
    deaths: int
    linked: float


def maturity(
    session: Session, partnership: Partnership, period: str, key_columns: Mapping[str, Sequence[str]]
) -> list[Maturity]:
    """Every expected submission of a month, by feed and supplier; `key_columns` by feed (see definitions.policy)."""
    found = {(s.feed, s.supplier): s for s in in_force(session, period)}
    finals, volumes = _final_extracts(session, period), all_earlier_volumes(session, period)
    due = reporting_day(Month.parse(period))
    lines = []
    for feed, supplier in sorted(partnership.expected):
        final = finals.get((feed, supplier))
        in_time = final is not None and final.astimezone(_LONDON).date() < due
        submission = found.get((feed, supplier))
        if submission is None:
            lines.append(Maturity(feed, supplier, period, submitted=False, in_time=in_time))
        else:
            lines.append(_line(submission, in_time, key_columns.get(feed, ()), volumes.get((feed, supplier))))
    return lines


def linked(session: Session, period: str) -> Iterator[Linked]:
    """Every CCG's deaths of a month with the percent linked, from the latest computation; CCGs without a death left out."""
    newest = session.scalars(select(Computation).order_by(Computation.id.desc()).limit(1)).first()
    months = newest.report.get("linked", {}) if newest else {}
    for area, by_month in sorted(months.items()):
        if period in by_month:
            deaths, with_number = by_month[period]
            yield Linked(area, period, deaths, 100 * with_number / deaths)


def _final_extracts(session: Session, period: str) -> dict[tuple[str, str], datetime]:
    """When the first accepted final extract of each supplier was made."""
    s = Submission
    finals = session.scalars(select(s).where(s.period == period, s.outcome == ACCEPTED, s.status == "freeze"))
    made: dict[tuple[str, str], datetime] = {}
    for final in finals:
        when = datetime.fromisoformat(final.extracted_at or "9999-01-01T00:00:00+00:00")
        who = (final.feed, final.supplier)
        made[who] = min(when, made.get(who, when))
    return made


def _line(s: Submission, in_time: bool, key_columns: Sequence[str], volumes: Sequence[int] | None) -> Maturity:
    accepted = s.rows - s.rejected_records
    shares = {column: 100 * count / accepted for column, count in (s.filled or {}).items()} if accepted else {}
    number = next((c.name for c in feeds()[s.feed].columns if c.nhs_number), None)
    key = [column for column in key_columns if column in shares]
    emptiest = min(key, key=lambda column: (shares[column], column), default=None)
    return Maturity(
        s.feed,
        s.supplier,
        s.period,
        submitted=True,
        in_time=in_time,
        records=s.rows,
        usual=statistics.median(volumes) if volumes else None,
        valid_nhs_numbers=shares.get(number) if number else None,
        least_filled_column=emptiest,
        least_filled=shares[emptiest] if emptiest else None,
        rejected=100 * s.rejected_records / s.rows if s.rows else None,
    )
