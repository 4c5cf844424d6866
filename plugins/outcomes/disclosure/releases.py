"""Releases: what is let out for a reporting month, kept for ever.

Owns the comparison with what went out before, and the ledger's record of it. Promises that a release is added whole or not
at all, and that one which would change nothing a reader sees is not made. Never judges a figure: the gate does.

What only judging needs is imported when something is judged: whoever reads a release waits for none of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from outcomes.definitions.measures import Measure
from outcomes.disclosure.gate import Candidate, let_out
from outcomes.disclosure.released import ReleasedFigure
from outcomes.errors import InputError
from outcomes.ledger import Computation, Edition, Release, ReleasedRow
from outcomes.ledger.book import insert_rows
from outcomes.periods import Month

if TYPE_CHECKING:
    from outcomes.disclosure.memory import Memory
    from outcomes.disclosure.releasable import Releasable
    from outcomes.disclosure.ties import Counted

_COLUMNS = list(ReleasedFigure.__dataclass_fields__)


@dataclass(frozen=True)
class Also:
    """Counts of people that go out beside the measures' figures: how they are counted, and what was told of them before."""

    candidates: Sequence[Candidate]
    counted: Mapping[str, Counted]
    memory: Memory


@dataclass(frozen=True)
class Judged:
    """What is let out: the measures' figures, those beside them, and the worlds of the attack; None where none was made."""

    figures: list[ReleasedFigure]
    beside: list[ReleasedFigure]
    worlds: bytes | None


def judge(
    session: Session,
    period: str,
    computation: Computation,
    releasable: Releasable,
    also: Also,
) -> Judged:
    """What is let out of the latest figures for the edition of a month, and beside them.

    Raises SafetyRefusal when nothing can be.
    """
    from outcomes.disclosure.memory import Memory
    from outcomes.disclosure.protection import protected

    candidates = [*releasable.up_to(Month.parse(period)), *also.candidates]
    memory = Memory.of(session, releasable.stp).with_also(also.memory)
    proven = all(context.get("attacked") for context in session.scalars(select(Edition.context)))
    out = protected(candidates, memory, computation, {**releasable.measures, **also.counted}, releasable.stp, proven)
    return _sorted_out(out.figures, releasable.measures, also, out.worlds)


def foreseen(
    session: Session,
    period: str,
    computation: Computation,
    releasable: Releasable,
    also: Also,
) -> Judged:
    """What would be let out by the gate's rules alone, without the attack: for whom it concerns, before it is decided.

    What the month's latest edition withholds is withheld. Raises SafetyRefusal when nothing can be let out.
    """
    from outcomes.disclosure.memory import withheld_in

    candidates = [*releasable.up_to(Month.parse(period)), *also.candidates]
    before = latest_edition(session, period)
    withheld = withheld_in(session, before.release_id) if before else {}
    out = let_out(candidates, {**withheld, **also.memory.withheld})
    return _sorted_out(out, releasable.measures, also, None)


def add(
    session: Session, period: str, computation_id: int, judged: Judged, seen: Mapping[str, object]
) -> Release | None:
    """Add a release; None when neither a figure nor anything else a reader would have `seen` has changed."""
    content = hashlib.sha256(
        json.dumps([[asdict(f) for f in judged.figures], seen], sort_keys=True, default=str).encode()
    ).hexdigest()
    newest = latest_edition(session, period)
    if newest is not None and newest.release.content_sha256 == content:
        return None
    release = Release(period=period, computation_id=computation_id, content_sha256=content, worlds=judged.worlds)
    session.add(release)
    session.flush()
    insert_rows(session, ReleasedRow, [{"release_id": release.id, **asdict(f)} for f in judged.figures])
    return release


def latest_edition(session: Session, period: str, number: int | None = None) -> Edition | None:
    """The edition of a month with that number, or its latest."""
    query = select(Edition).where(Edition.period == period).order_by(Edition.number.desc()).limit(1)
    return session.scalars(query if number is None else query.where(Edition.number == number)).first()


def edition_of(session: Session, period: str, number: int | None) -> Edition:
    """The edition of a month with that number, or its latest; raises InputError when there is none."""
    month = str(Month.parse(period))
    edition = latest_edition(session, month, number)
    if edition is None:
        which = f"edition {number} of {month}" if number else f"edition of {month}"
        raise InputError(f"There is no {which}: run `outcomes release --period {month}` first.")
    return edition


def released(session: Session, release_id: int, **only: str) -> tuple[ReleasedFigure, ...]:
    """The figures of a release, or only those whose measure, area, ... are given, sorted by key."""
    rows = session.execute(select(*_columns()).filter_by(release_id=release_id, **only))
    return tuple(sorted((ReleasedFigure(**dict(zip(_COLUMNS, row, strict=True))) for row in rows), key=lambda f: f.key))


def _sorted_out(
    figures: Sequence[ReleasedFigure], measures: Mapping[str, Measure], also: Also, worlds: bytes | None
) -> Judged:
    """The measures' figures and those beside them, apart."""
    beside = [f for f in figures if f.measure in also.counted]
    return Judged([f for f in figures if f.measure in measures], beside, worlds)


def _columns() -> list[InstrumentedAttribute[Any]]:
    return [getattr(ReleasedRow, c) for c in _COLUMNS]
