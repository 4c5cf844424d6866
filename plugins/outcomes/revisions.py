"""Revisions: what moved between one computation and the one before it, and which submissions are new in it.

Owns the comparison. Promises to look only at what the ledger keeps, so that it can be asked again at any time. Never
changes a figure. Sensitive: it names exact counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from outcomes.definitions.measures import Measure
from outcomes.ledger import Computation, FigureRow, SelectionItem, Submission
from outcomes.ledger.figures import GONE, KEY
from outcomes.organisations import Partnership


@dataclass(frozen=True)
class Revision:
    """What a computation brought.

    `moved` has KEY, denominator, numerator and value before and after, for figures that were there before, and in
    `because` the submissions of its measure's feeds that came or went: those of the area's own CCG and of providers, or
    where there are none (a person moved, or was registered twice) those of the other CCGs. Empty there means that the
    definitions or the code changed. `because` names the submissions that the computation before it did not use, `without`
    those it no longer uses.
    """

    moved: pd.DataFrame
    because: tuple[str, ...]
    without: tuple[str, ...]


def revision(
    session: Session, computation_id: int, measures: Mapping[str, Measure], partnership: Partnership
) -> Revision:
    """Compare a computation with the one before it; everything is new in the first."""
    computation = session.get_one(Computation, computation_id)
    before = session.scalars(
        select(Computation).where(Computation.id < computation_id).order_by(Computation.id.desc()).limit(1)
    ).first()
    now = _submissions(session, computation.selection_id)
    then = _submissions(session, before.selection_id) if before else {}
    came, went = sorted(set(now) - set(then)), sorted(set(then) - set(now))
    moved = _moved(session, computation_id)
    changed = [{**then, **now}[name] for name in sorted({*came, *went})]
    of_whom = list(zip(moved["measure"], moved["area"], strict=True))
    reasons = {who: _because(measures.get(who[0]), who[1], changed, partnership) for who in set(of_whom)}
    moved["because"] = [reasons[who] for who in of_whom]
    return Revision(moved, tuple(came), tuple(went))


def new_submissions(session: Session, since: Computation, now: Computation) -> list[Submission]:
    """What a computation uses and an earlier one did not, in the order of their names."""
    used, before = (
        select(SelectionItem.submission_id).where(SelectionItem.selection_id == computation.selection_id)
        for computation in (now, since)
    )
    came = session.scalars(select(Submission).where(Submission.id.in_(used), Submission.id.not_in(before)))
    return sorted(came, key=lambda s: s.name)


def _submissions(session: Session, selection_id: str) -> dict[str, Submission]:
    query = select(Submission).join(SelectionItem, SelectionItem.submission_id == Submission.id)
    return {s.name: s for s in session.scalars(query.where(SelectionItem.selection_id == selection_id))}


def _because(measure: Measure | None, area: str, changed: Sequence[Submission], partnership: Partnership) -> str:
    ccgs = {ccg.code for ccg in partnership.ccgs}
    of_feeds = [s for s in changed if measure is None or s.feed in measure.feeds]
    near = [s for s in of_feeds if area not in ccgs or s.supplier == area or s.supplier not in ccgs]
    return "; ".join(s.name for s in near or of_feeds)


def _moved(session: Session, computation_id: int) -> pd.DataFrame:
    new, old = aliased(FigureRow), aliased(FigureRow)
    same_key = [getattr(new, c) == getattr(old, c) for c in KEY]
    earlier = aliased(FigureRow)
    last_before = (
        select(func.max(earlier.id))
        .where(*(getattr(earlier, c) == getattr(new, c) for c in KEY), earlier.id < new.id)
        .scalar_subquery()
    )
    query = (
        select(
            *(getattr(new, c) for c in KEY),
            old.denominator.label("denominator_before"),
            new.denominator.label("denominator_after"),
            old.numerator.label("numerator_before"),
            new.numerator.label("numerator_after"),
            old.value.label("value_before"),
            new.value.label("value_after"),
        )
        .join(old, (old.id == last_before) & same_key[0])
        .where(new.computation_id == computation_id, old.state != GONE)
    )
    return pd.read_sql(query, session.connection())
