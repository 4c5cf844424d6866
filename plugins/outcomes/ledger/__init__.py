"""The ledger: submissions, figures, releases, editions, approvals, deliveries and events, in SQLite or PostgreSQL.

Owns what happened and when. Promises the same behaviour on both databases, a migration for every change, and that
figures, releases, commentaries and events are only ever added. Never holds an NHS number, a pseudonym or a row about a
person.
"""

from outcomes.ledger.backfills import Backfill, BackfillMonth
from outcomes.ledger.book import Ledger
from outcomes.ledger.tables import (
    Action,
    ActionState,
    Approval,
    Arrival,
    Chase,
    Commentary,
    Computation,
    Delivery,
    Edition,
    Event,
    FigureRow,
    Handover,
    Hold,
    Release,
    ReleasedRow,
    Selection,
    SelectionItem,
    Submission,
    Tombstone,
)

__all__ = [
    "Action",
    "ActionState",
    "Approval",
    "Arrival",
    "Backfill",
    "BackfillMonth",
    "Chase",
    "Commentary",
    "Computation",
    "Delivery",
    "Edition",
    "Event",
    "FigureRow",
    "Handover",
    "Hold",
    "Ledger",
    "Release",
    "ReleasedRow",
    "Selection",
    "SelectionItem",
    "Submission",
    "Tombstone",
]
