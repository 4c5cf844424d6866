"""Who has sent what, read from the ledger: how every supplier stands with every feed and month.

Owns the word for each; *late* is what `outcomes.lateness` says, by the due days of the policy (*final late*: nothing final
is in force). Promises to read only, and no more of a submission than the pages tell. Never opens an extract or a feedback
report.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select

from outcomes.definitions.feeds import feeds
from outcomes.definitions.policy import policy
from outcomes.lateness import COUNTING, Missed, missed
from outcomes.ledger import Arrival, Submission
from outcomes.ledger.submissions import FILE_REJECTED
from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.settings import Settings
from outcomes.web.records import ledger


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission, as far as the pages tell of it. `name` is that of its file without the ending."""

    id: int
    feed: str
    supplier: str
    period: str
    sequence: int
    status: str | None
    outcome: str
    reason: str | None
    rows: int
    rejected_records: int
    warnings: int
    sha256: str
    received_at: datetime

    @property
    def name(self) -> str:
        return f"{self.feed}_{self.supplier}_{self.period}_{self.sequence}"

    @property
    def report(self) -> str:
        """What the names of its feedback report's files begin with."""
        return f"{self.name}-{self.sha256[:8]}."


@dataclass(frozen=True, slots=True)
class Standing:
    """How one supplier stands with one feed in one month; `sent` is all that came, by sequence.

    `refused` is a rejected file newer than what is in force; `arriving` a file or a manifest that waits for the other;
    `missed` the last due day that passed without what was due.
    """

    sent: tuple[Sent, ...] = ()
    arriving: tuple[Arrival, ...] = ()
    missed: Missed | None = None

    @property
    def in_force(self) -> Sent | None:
        return next((s for s in reversed(self.sent) if s.outcome in COUNTING), None)

    @property
    def refused(self) -> Sent | None:
        newest = self.in_force.sequence if self.in_force else -1
        return next((s for s in reversed(self.sent) if s.outcome == FILE_REJECTED and s.sequence > newest), None)

    @property
    def word(self) -> str:
        """`final`, `provisional`, `late`, or `expected` where there is still time."""
        if self.in_force is not None:
            return "final" if self.in_force.status == "freeze" else "provisional"
        return "late" if self.missed else "expected"

    @property
    def final_late(self) -> bool:
        return self.missed is not None and self.word == "provisional"


@dataclass(frozen=True, slots=True)
class Line:
    """One supplier of one feed, with its standing in each of the months asked for, in their order."""

    feed: str
    feed_title: str
    supplier: str
    supplier_name: str
    standings: tuple[Standing, ...]


def lines(settings: Settings, months: Sequence[Month], today: date, only: tuple[str, str] | None = None) -> list[Line]:
    """Every expected feed and supplier (or one such pair) with its standing in each month, by the feed's title."""
    periods = [str(month) for month in months]
    due = policy(settings.policy).due
    sent: dict[tuple[str, str, str], list[Sent]] = {}
    arrivals: dict[tuple[str, str, str], list[Arrival]] = {}
    with ledger(settings.database_url).session(reading=True) as session:
        columns = [getattr(Submission, name) for name in Sent.__dataclass_fields__]
        query = select(*columns).where(Submission.period.in_(periods)).order_by(Submission.sequence, Submission.id)
        for row in session.execute(query):
            sent.setdefault((row.feed, row.supplier, row.period), []).append(_sent(row))
        for arrival in session.scalars(select(Arrival).where(Arrival.period.in_(periods)).order_by(Arrival.file_name)):
            arrivals.setdefault((arrival.feed, arrival.supplier, arrival.period), []).append(arrival)

    def standing(feed: str, supplier: str, month: Month) -> Standing:
        key = (feed, supplier, str(month))
        stands = Standing(tuple(sent.get(key, ())), tuple(arrivals.get(key, ())))
        # A file whose manifest does not say what it is counts as a first one.
        status = (stands.in_force.status or "flex") if stands.in_force else None
        return replace(stands, missed=missed(due, feed, month, status, today))

    organisations, contracts = partnership(settings.organisations), feeds()
    expected = [pair for pair in organisations.expected if only is None or pair == only]
    return [
        Line(
            feed,
            contracts[feed].title,
            supplier,
            organisations.by_code[supplier].name,
            tuple(standing(feed, supplier, month) for month in months),
        )
        for feed, supplier in sorted(expected, key=lambda pair: contracts[pair[0]].title)
    ]


def tally(table: Sequence[Line]) -> list[tuple[str, int]]:
    """How often each word stands in the cells, in the order of the legend; words that do not occur are left out."""
    cells = [standing for line in table for standing in line.standings]
    words = [(word, sum(cell.word == word for cell in cells)) for word in ("final", "provisional", "expected", "late")]
    words += [("rejected", sum(cell.refused is not None for cell in cells))]
    words += [("arriving", sum(bool(cell.arriving) for cell in cells))]
    return [(word, count) for word, count in words if count]


def _sent(row: Row[Any]) -> Sent:
    return Sent(**row._mapping)
