"""What an edition tells of how far its data can be trusted.

Owns the step from the ledger's exact shares to what a scorecard prints of them: words, bands of whole percent, and each
CCG's share of deaths linked. Promises that no count of people leaves but through the gate, and that a band is told of no
extract so small that it would be a count. Never looks at a record.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes import maturity as known_of
from outcomes.definitions.feeds import feeds
from outcomes.definitions.policy import Edges, Maturity
from outcomes.disclosure.gate import Candidate
from outcomes.disclosure.memory import Memory, released_of, table
from outcomes.disclosure.releasable import Completeness
from outcomes.disclosure.released import ReleasedFigure
from outcomes.disclosure.releases import Also
from outcomes.ledger import Computation, Edition, Release
from outcomes.ledger.submissions import in_force
from outcomes.organisations import Partnership
from outcomes.periods import Month, latest_quarters_end, months_between, period_months
from outcomes.scorecards.contents import Band, Quality, SubmissionState, Volume

# The share of deaths linked is no measure of the catalogue, but what the gate lets out has the name of one.
LINKED = "deaths_linked"
# Of fewer records a band would be a count: 95 to 99 % of 30 is 29.
FEWEST_FOR_A_BAND = 100
# By chance alone a count of n moves by √n; three times that it passes once in 370.
CHANCE = 3


def submission_states(session: Session, known: Partnership, month: str, decided: Maturity) -> Iterator[SubmissionState]:
    """Every extract expected for a month, in the order of the partnership's file."""
    sent = {(s.feed, s.supplier): s for s in in_force(session, month)}
    lines = {(m.feed, m.supplier): m for m in known_of.maturity(session, known, month, decided.key_columns)}
    for feed, supplier in known.expected:
        submission = sent.get((feed, supplier))
        yield SubmissionState(
            feed=feed,
            feed_title=feeds()[feed].title,
            supplier=supplier,
            supplier_name=known.by_code[supplier].name,
            state="missing" if submission is None else "freeze" if submission.status == "freeze" else "flex",
            sequence=submission.sequence if submission else None,
            quality=quality(lines[feed, supplier], decided),
        )


def quality(line: known_of.Maturity, decided: Maturity) -> Quality | None:
    """An extract's quality as it may be told; None of one that was not sent."""
    if line.records is None:
        return None

    def band(share: float | None, edges: Edges) -> Band | None:
        if share is None or line.records is None or line.records < FEWEST_FOR_A_BAND:
            return None
        low, high = edges
        if share > high:
            return Band(over=high, to=None)
        return Band(over=low, to=high) if share >= low else Band(over=None, to=low)

    has_key = bool(decided.key_columns.get(line.feed))
    few: Literal["too_few"] | None = "too_few" if 0 < line.records < FEWEST_FOR_A_BAND else None
    return Quality(
        in_time=line.in_time,
        volume=None if line.usual is None else _volume(line.records, line.usual, decided.usual_volume),
        valid_numbers=band(line.valid_nhs_numbers, decided.valid_nhs_numbers) or few,
        filled=(band(line.least_filled, decided.key_columns_filled) or few) if has_key else "no_key",
        rejected=band(line.rejected, decided.rejected) or few,
    )


def linked_before(session: Session, known: Partnership) -> Also:
    """How deaths linked are counted, and everything that was ever counted and printed of them; no candidates."""
    memory = Memory.from_history(_counted_before(session, known), _printed_before(session), released_of(session))
    return Also((), {LINKED: _Linked()}, memory)


def linked_deaths(
    session: Session, before: Also, computation: Computation, known: Partnership, month: str, complete: Completeness
) -> Also:
    """Each CCG's share of deaths linked over the latest rolling year that is released, for the gate.

    `before` is `linked_before`. No candidates before the first such year. The year is the one of every other rolling
    figure, so that no difference between two editions tells of a single month.
    """
    year = latest_quarters_end(Month.parse(month))
    months = period_months("rolling-12", str(year))
    if str(months[0]) < computation.first_month:
        return before
    sent = {(s.supplier, s.period): s.status for s in in_force(session, feed="deaths")}
    lacking = complete.lacking(["deaths"], months)
    candidates = []
    for ccg in known.ccgs:
        missing = [str(m) for m in months if (ccg.code, str(m)) not in sent]
        deaths, linked = _of_a_year(computation, ccg.code, months)
        none = "not_submitted" if len(missing) == len(months) else "no_cases"
        candidates.append(
            Candidate(
                measure=LINKED,
                area=ccg.code,
                grain="rolling-12",
                period=str(year),
                stratum="all",
                stratum_value="all",
                measure_version=1,
                scoring="proportion",
                denominator=deaths,
                numerator=linked,
                spread=None,
                state="counted" if deaths else none,
                provisional=lacking or any(sent.get((ccg.code, str(m))) != "freeze" for m in months),
                missing="; ".join(f"deaths {ccg.code} {m}" for m in missing),
            )
        )
    return replace(before, candidates=candidates)


@dataclass(frozen=True)
class _Linked:
    scoring: str = "proportion"
    ccg_grain: str = "quarter"


def _of_a_year(computation: Computation, ccg: str, months: Sequence[Month]) -> tuple[int, int]:
    """Deaths, and those linked."""
    counts = computation.report.get("linked", {}).get(ccg, {})
    counted = [counts.get(str(m), (0, 0)) for m in months]
    return sum(c[0] for c in counted), sum(c[1] for c in counted)


def _counted_before(session: Session, known: Partnership) -> pd.DataFrame:
    """The exact counts of every rolling year that was ever computed."""
    rows: list[tuple[object, ...]] = []
    for computation in session.scalars(select(Computation).order_by(Computation.id)):
        first, last = Month.parse(computation.first_month), Month.parse(computation.last_month)
        for end in (m for m in months_between(first + 11, last) if m.ends_quarter):
            for ccg in known.ccgs:
                deaths, linked = _of_a_year(computation, ccg.code, period_months("rolling-12", str(end)))
                state = "counted" if deaths else "no_cases"
                key = (LINKED, ccg.code, "rolling-12", str(end), "all", "all")
                rows.append((*key, deaths, linked, state, computation.id))
    return table(rows)


def _printed_before(session: Session) -> pd.DataFrame:
    """What every edition printed."""
    query = select(Edition.context, Release.computation_id).join(Release, Release.id == Edition.release_id)
    printed = [(ReleasedFigure(**f), c) for context, c in session.execute(query) for f in context.get("linked", ())]
    return table([(*f.key, f.denominator, f.numerator, f.state, c) for f, c in printed])


def _volume(records: int, usual: float, edges: Edges) -> Volume:
    low, high = (usual * edge / 100 for edge in edges)
    chance = CHANCE * math.sqrt(usual)
    if records < min(low, usual - chance):
        return "fewer"
    return "more" if records > max(high, usual + chance) else "usual"
