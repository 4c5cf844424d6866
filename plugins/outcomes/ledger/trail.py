"""The trail: every event, in one chain, so that none can be changed or taken out unnoticed.

Owns the chain: an event's hash is the SHA-256 of its own fields and the hash of the event before it. Promises one chain
however many processes write at once, that events join it in the same transaction as what they tell of, and that no NHS
number stands in one, nor an address but as who it was. Never says whether what happened was right.

Whoever signs in with an e-mail address is entered under it, on purpose: "who did what" has to name somebody years later, and
a masked address names nobody. What people write about others is masked.

A chain cannot tell by itself that its end was cut off, or that all of it was made anew: keep its latest hash elsewhere
and ask for it again (`outcomes trail --verify --holds HASH`).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event as listening
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from outcomes.ledger.tables import Event, now
from outcomes.redaction import redacted, without_addresses

# The hash before the first event.
BEGINNING = "0" * 64
_PENDING, _JOINING = "events of this transaction", "events are joining the trail"
# On PostgreSQL whoever adds to the chain waits for this number, from just before its commit.
_CHAIN = 7_202_605


@dataclass(frozen=True, slots=True)
class Verified:
    """How many events there are, the latest hash, and in `broken` a sentence on the first that does not follow."""

    events: int
    latest: str
    broken: str | None
    holds: bool = True


def digest(previous: str, at: datetime, kind: str, subject: str, person: str, detail: str) -> str:
    """An event's hash. What it is made from never changes: existing ledgers could not be verified any more."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(json.dumps([previous, moment, kind, subject, person, detail]).encode()).hexdigest()


def keep_back(session: Session) -> None:
    """Hold this session's events until it commits: whoever is in the chain's queue then waits for nothing else."""
    listening.listen(session, "before_flush", _aside)


def join(session: Session) -> None:
    """Add the events kept back to the chain; the last thing before a commit."""
    session.flush()
    pending = session.info.pop(_PENDING, [])
    if not pending:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("select pg_advisory_xact_lock(:n)"), {"n": _CHAIN})
    latest = session.scalar(select(Event.hash).order_by(Event.id.desc()).limit(1)) or BEGINNING
    session.info[_JOINING] = True
    for event in pending:
        event.at = event.at or now()
        event.subject, event.detail = without_addresses(event.subject), without_addresses(event.detail)
        event.person = redacted(event.person)
        latest = event.hash = digest(latest, event.at, event.kind, event.subject, event.person, event.detail)
        session.add(event)
        # One by one, so that the order of their numbers is that of the chain.
        session.flush()
    del session.info[_JOINING]


def verify(session: Session, holds: str | None = None) -> Verified:
    """Follow the chain from its beginning; `holds` is a hash noted earlier that has to be in it still."""
    latest, events, seen = BEGINNING, 0, holds is None
    for event in session.scalars(select(Event).order_by(Event.id).execution_options(yield_per=1000)):
        expected = digest(latest, event.at, event.kind, event.subject, event.person, event.detail)
        if event.hash != expected:
            broken = (
                f"Event {event.id} ({event.kind}: {event.subject}, {event.at:%Y-%m-%d %H:%M} UTC) does not follow from "
                "what "
                f"stands before it: it was changed, or one between it and the {events} before it was changed or taken "
                "out."
            )
            return Verified(events, latest, broken, seen)
        latest, events = expected, events + 1
        seen = seen or (holds is not None and latest.startswith(holds))
    return Verified(events, latest, None, seen)


def _aside(session: Session, _context: Any, _instances: Any) -> None:
    if session.info.get(_JOINING):
        return
    for event in [one for one in session.new if isinstance(one, Event)]:
        session.expunge(event)
        session.info.setdefault(_PENDING, []).append(event)
