"""One computation: select the submissions in force, compute every figure, append what is new to the ledger.

Owns the order of the steps and the record of what was used. Promises that the same selection, definitions and code give
the same computation again and add nothing, that a killed computation leaves none, and that of two at once the later one
sees what the earlier one wrote. Never changes a figure once written.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.computing.calendar import Calendar
from outcomes.computing.completeness import completeness
from outcomes.computing.figures import figures, how_many
from outcomes.computing.monthly import Part, count_months, fingerprints, not_as_before
from outcomes.computing.relations import build_relations, run_measure
from outcomes.computing.session import locked_session, reference
from outcomes.definitions.measures import Measure, published
from outcomes.definitions.shipped import shipped
from outcomes.lake import Lake
from outcomes.ledger import Computation, Event, Ledger, Selection, SelectionItem, Submission
from outcomes.ledger.book import insert_rows
from outcomes.ledger.figures import Places, append
from outcomes.ledger.submissions import computable_from, in_force
from outcomes.organisations import Partnership
from outcomes.periods import Month

# So many measures are asked at once: more would take more memory.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Computed:
    """What a computation did: its id, its selection, the months it covers, how many figures moved or are new."""

    computation_id: int
    selection: str
    first_month: str
    last_month: str
    figures: int
    changed: int
    repeated: bool


def compute(
    ledger: Ledger,
    lake: Lake,
    partnership: Partnership,
    *,
    to: str | None,
    today: date,
    code_version: str,
    measures_folder: Path | None = None,
) -> Computed:
    """Compute every figure up to a month; raises InputError or SetupError when that is not possible."""
    measures = published(today, measures_folder)
    definitions = _fingerprint(measures, partnership)
    while True:
        with ledger.session(alone=True) as session:
            chosen = in_force(session)
            kept_from = computable_from(session)
            calendar = Calendar.of(chosen, partnership, to, kept_from)
            selection = _write_down(session, chosen)
            before = _newest(session)
            asked = (selection, definitions, code_version, str(calendar.last))
            if before and (before.selection_id, before.definitions, before.code_version, before.last_month) == asked:
                return Computed(before.id, selection, before.first_month, before.last_month, 0, 0, repeated=True)
            gone = to is None and _reached(session) > str(calendar.last)
        alike = before if before and (before.definitions, before.code_version) == (definitions, code_version) else None
        # Months at the end that have no deaths any more: their figures are gone, which only a comparison of all can
        # tell.
        alike = None if gone else alike
        found = _computed(lake, chosen, partnership, measures, calendar, (alike and alike.months) or {})
        with ledger.session(alone=True) as session:
            meanwhile = _newest(session)
            if (meanwhile and meanwhile.id) != (before and before.id):
                # Another process computed from what may be a later selection; ours must not overlay it: look again.
                continue
            computation = Computation(
                selection_id=selection,
                first_month=str(calendar.first),
                last_month=str(calendar.last),
                code_version=code_version,
                definitions=definitions,
                measures={m.id: m.version for m in measures.values()},
                report=found.report,
                months=found.months,
            )
            session.add(computation)
            session.flush()
            looked_at = _looked_at(session, calendar, found) if alike else None
            last = max(_reached(session), str(calendar.last)) if gone else str(calendar.last)
            changed = append(session, computation.id, last, found.figures, looked_at, str(kept_from or ""))
            total = how_many(measures.values(), calendar)
            session.add(
                Event(
                    kind="computed",
                    subject=f"computation {computation.id}",
                    person=acting(),
                    detail=f"{calendar.first} to {calendar.last}, {changed} of {total} figures new or moved",
                )
            )
            return Computed(
                computation.id, selection, str(calendar.first), str(calendar.last), total, changed, repeated=False
            )


@dataclass(frozen=True, slots=True)
class _Found:
    """The fingerprint of each month, the parts that are not as before with their figures, and what is in none."""

    months: dict[str, str]
    parts: list[Part]
    figures: pd.DataFrame
    report: dict[str, Any]


def _computed(
    lake: Lake,
    chosen: Sequence[Submission],
    partnership: Partnership,
    measures: Mapping[str, Measure],
    calendar: Calendar,
    before: Mapping[str, str],
) -> _Found:
    """What the submissions chosen say, other than the months before said under the same definitions and code."""
    files: dict[str, list[str]] = {}
    for submission in chosen:
        files.setdefault(submission.feed, []).append(submission.lake_file or "")
    wanted = {feed for m in measures.values() for feed in m.feeds}
    with locked_session(lake, files, partnership, wanted) as connection:
        build_relations(connection)
        _run_all(connection, measures.values())
        count_months(connection, measures.values(), calendar)
        months = fingerprints(connection, measures.values(), calendar)
        parts = not_as_before(calendar, measures.values(), months, before)
        found = figures(connection, calendar, parts)
        return _Found(months, parts, found, _report(connection, calendar))


def _run_all(connection: duckdb.DuckDBPyConnection, measures: Iterable[Measure]) -> None:
    """Run the measures, some at a time: most are too small a question for DuckDB to use several threads."""

    def run(measure: Measure) -> None:
        with connection.cursor() as own:
            run_measure(own, measure)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(run, measures))


def _report(connection: duckdb.DuckDBPyConnection, calendar: Calendar) -> dict[str, Any]:
    """A count of what is in no figure and why, of what could be linked, and of what is still to come."""
    left_out = connection.execute(
        "select coalesce(not_counted_because, 'counted'), count(*) from registration group by all order by all"
    ).fetchall()
    by_ccg: dict[str, dict[str, list[int]]] = {}
    for ccg, month, *counts in connection.execute(
        "select ccg, month, count(*), count(*) filter (where linked) from cohort semi join submitted using (ccg, "
        "month) "
        "group by all order by all"
    ).fetchall():
        by_ccg.setdefault(ccg, {})[month] = counts
    complete = completeness(connection, calendar)
    return {"registrations": dict(left_out), "linked": by_ccg, "completeness": complete}


def _looked_at(session: Session, calendar: Calendar, found: _Found) -> list[Places]:
    """Where figures can be other than the latest: what was computed, and what is no window now."""
    earliest = session.scalars(select(func.min(Computation.first_month))).one()
    computed = [
        Places(
            [(grain, period) for grain, period, _ in p.windows], [m.id for m in p.measures], [a.code for a in p.areas]
        )
        for p in found.parts
    ]
    return [*computed, Places(list(calendar.before(Month.parse(earliest))))]


def _reached(session: Session) -> str:
    """The last month that any computation went to; empty when there was none."""
    return session.scalar(select(func.max(Computation.last_month))) or ""


def _newest(session: Session) -> Computation | None:
    return session.scalars(select(Computation).order_by(Computation.id.desc()).limit(1)).first()


def _write_down(session: Session, chosen: Sequence[Submission]) -> str:
    """Enter the selection; its id follows from the submissions' content, so the same one is entered once."""
    text = "\n".join(sorted(f"{s.name} {s.sha256} {s.lake_sha256} {s.status}" for s in chosen))
    selection = hashlib.sha256(text.encode()).hexdigest()[:16]
    if session.get(Selection, selection) is None:
        session.add(Selection(id=selection))
        session.flush()
        insert_rows(session, SelectionItem, [{"selection_id": selection, "submission_id": s.id} for s in chosen])
    return selection


def _fingerprint(measures: Mapping[str, Measure], partnership: Partnership) -> str:
    """Of everything in the definitions that a figure follows from."""
    bodies = {m.id: [m.version, m.body, m.scoring] for m in measures.values()}
    cohort = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(shipped("sql/cohort").glob("*.sql"))}
    who = [[area.code for area in partnership.areas], sorted(partnership.expected), reference(partnership)]
    return hashlib.sha256(json.dumps([bodies, cohort, who], sort_keys=True, default=str).encode()).hexdigest()[:16]
