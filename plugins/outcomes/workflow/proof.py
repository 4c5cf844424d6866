"""The proof of an edition: its rendered files, read and attacked as a stranger would.

Owns the order: what the files say beyond the released counts, then what their counts and those of every other edition give
away together. Promises to take what was printed from the files wherever an edition has been rendered, not from the ledger.
Never changes an edition.
"""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.auditing import Leak, figures_in, leaks
from outcomes.definitions.measures import measures as all_measures
from outcomes.disclosure.memory import COUNTS, Memory, exact_history, printed_history, released_of, table, worlds_of
from outcomes.disclosure.protection import attacked
from outcomes.disclosure.releases import edition_of
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Computation, Edition, Ledger
from outcomes.ledger.figures import KEY
from outcomes.organisations import partnership
from outcomes.scorecards.contents import Context
from outcomes.settings import Settings
from outcomes.workflow.editions import folder_of
from outcomes.workflow.telling import enter_hold
from outcomes.workflow.trust import linked_before


@dataclass(frozen=True, slots=True)
class Proof:
    """Of an edition: the counts of 1 to 7 that were tried, the names of those narrowed, and what its files leak.

    `tried` is None for an edition that was released without the attack, for the partnership only.
    """

    period: str
    edition: int
    tried: int | None
    narrowed: tuple[str, ...]
    leaks: tuple[Leak, ...]

    @property
    def findings(self) -> tuple[str, ...]:
        """Each finding as a sentence; none tells a count."""
        return (*map(str, self.leaks), *(f"A reader can narrow the {name}." for name in self.narrowed))

    @property
    def sentence(self) -> str:
        """What was found and what to do; empty where nothing was."""
        if not self.findings:
            return ""
        return (
            f"The files of edition {self.edition} of {self.period} say more than they may ({len(self.leaks)} leaks, "
            f"{len(self.narrowed)} counts narrowed; `outcomes audit --period {self.period}` lists them): do not pass "
            "them on; put the templates back as they came, release and render again."
        )

    def hold(self) -> None:
        """Raise SafetyRefusal unless nothing was found."""
        if self.findings:
            raise SafetyRefusal(self.sentence)


def audit(settings: Settings, period: str, edition: int | None = None) -> Proof:
    """Attack an edition's rendered files, knowing the rules and every other edition; the ledger says whether it is held.

    Raises InputError when there is no such edition or it is not rendered, SafetyRefusal when a file cannot be read.
    """
    with Ledger(settings.database_url).session() as session:
        made = edition_of(session, period, edition)
    subject = f"edition {made.number} of {made.period}"
    try:
        proof = _proof(settings, made.period, made.number)
    except SafetyRefusal as refusal:
        enter_hold(settings, subject, str(refusal))
        raise
    enter_hold(settings, subject, proof.sentence)
    return proof


def _proof(settings: Settings, period: str, edition: int) -> Proof:
    known = partnership(settings.organisations)
    with Ledger(settings.database_url).session() as session:
        made = edition_of(session, period, edition)
        folder = folder_of(settings, made)
        if made.files is None or not folder.is_dir():
            raise InputError(
                f"Edition {made.number} of {made.period} has no files in {folder.parent}: render it, then audit it."
            )
        if not Context.model_validate(made.context).attacked:
            return Proof(made.period, made.number, None, (), tuple(leaks(folder)))
        also = linked_before(session, known)
        exact = exact_history(session, known.stp.code)
        memory = Memory.from_history(
            exact, _printed(session, settings), released_of(session), worlds_of(session)
        ).with_also(also.memory)
        counted = {**all_measures(settings.measures), **also.counted}
        computation = session.get_one(Computation, made.release.computation_id)
        found = attacked(memory, computation, counted, known.stp.code)
        return Proof(made.period, made.number, found.tried, found.narrowed, tuple(leaks(folder)))


def _printed(session: Session, settings: Settings) -> pd.DataFrame:
    """What every edition printed: as its figures.csv says, or as it was released when it was not rendered."""
    parts = [table([])]
    for made in session.scalars(select(Edition).order_by(Edition.id)):
        folder = folder_of(settings, made)
        if made.files is not None and folder.is_dir():
            parts.append(
                figures_in(folder)[[*KEY, *COUNTS, "state"]].assign(computation_id=made.release.computation_id)
            )
        else:
            parts.append(printed_history(session, made.release_id))
    return pd.concat(parts, ignore_index=True)
