"""Revisions: what moved between one computation and the one before it, and which submissions are new in it.

Owns the comparison. Promises to look only at what the ledger keeps, so that it can be asked again at any time. Never
changes a figure. Sensitive: it names exact counts.
"""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from outcomes.ledger import Computation, FigureRow, SelectionItem, Submission
from outcomes.ledger.figures import GONE, KEY


@dataclass(frozen=True)
class Revision:
    """What a computation brought: `moved` has KEY, denominator and numerator before and after, for figures that were
    there before; `because` names the submissions that the computation before it did not use, `without` those it no
    longer uses.
    """

    moved: pd.DataFrame
    because: tuple[str, ...]
    without: tuple[str, ...]


def revision(session: Session, computation_id: int) -> Revision:
    """Compare a computation with the one before it; everything is new in the first."""
    computation = session.get_one(Computation, computation_id)
    before = session.scalars(
        select(Computation).where(Computation.id < computation_id).order_by(Computation.id.desc()).limit(1)
    ).first()
    now = _submissions(session, computation.selection_id)
    then = _submissions(session, before.selection_id) if before else set()
    return Revision(_moved(session, computation_id), tuple(sorted(now - then)), tuple(sorted(then - now)))


def _submissions(session: Session, selection_id: str) -> set[str]:
    query = select(Submission).join(SelectionItem, SelectionItem.submission_id == Submission.id)
    return {s.name for s in session.scalars(query.where(SelectionItem.selection_id == selection_id))}


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
        )
        .join(old, (old.id == last_before) & same_key[0])
        .where(new.computation_id == computation_id, old.state != GONE)
    )
    return pd.read_sql(query, session.connection())
