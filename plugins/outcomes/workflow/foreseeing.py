"""What a backfill would change, before it is decided.

Owns the preview: the figures of the CCG and of the STP that a new edition would print otherwise, why, and who would get a
new scorecard. Promises that nothing of it went round the gate, and to keep nothing but landed extracts, figures that nobody
is shown, and what the person saw. Never releases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.disclosure import releases
from outcomes.intake.sources.connections import Connections
from outcomes.ledger import Computation, Edition, Ledger, Submission
from outcomes.ledger import backfills as requests
from outcomes.ledger.approvals import decision_on, kept_back
from outcomes.ledger.submissions import FILE_REJECTED
from outcomes.organisations import Partnership, partnership
from outcomes.revisions import new_submissions
from outcomes.scorecards.changes import moved
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.rewritten import rewritten
from outcomes.scorecards.strata import TITLES, name_of
from outcomes.scorecards.wording import wording
from outcomes.settings import Settings
from outcomes.workflow.contexts import own_contents_of
from outcomes.workflow.redoing import bring_up_to_date, no_edition
from outcomes.workflow.releasing import Ready, can_go_out, computation_for, foreseen


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure as the latest edition prints it, and as the next one would."""

    area: str
    measure: str
    of: str
    period: str
    old: str
    new: str
    why: str


@dataclass(frozen=True, slots=True)
class MonthPreview:
    """What would come of a month.

    `edition` is the number that a new edition would have, None where no reader would see a change or there is none to do
    again. `areas` are those whose scorecard would read otherwise, `recipients` how many letters to the CCG and the STP that
    is; `moved` are the figures of these two alone.
    """

    period: str
    edition: int | None
    sentence: str
    areas: tuple[str, ...]
    recipients: int
    moved: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a backfill would change; through the gate, before the attack. `because` names the extracts that came since,
    `rejected` those that came last for these months and cannot be used."""

    number: int
    ccg: str
    because: tuple[str, ...]
    rejected: tuple[str, ...]
    months: tuple[MonthPreview, ...]


def preview(settings: Settings, number: int, *, connections: Connections | None = None) -> Preview:
    """What a request would change for readers, kept with the request; nothing is released.

    Extracts that came in are landed and figures computed, as they are every day. Raises InputError when there is no such
    request, and what receiving and computing raise.
    """
    known, ledger = partnership(settings.organisations), Ledger(settings.database_url)
    with ledger.session() as session:
        asked = requests.found(session, number)
    bring_up_to_date(settings, known, asked.ccg, connections)
    while True:
        with ledger.session(reading=True) as session:
            newest = select(func.max(Computation.id))
            at, ready = session.scalar(newest), can_go_out(session, settings)
            found = [_foreseen(session, settings, known, asked.ccg, month, ready) for month in asked.months]
            if session.scalar(newest) == at:
                break
        # Another process computed meanwhile, so that figures and what is told of them are of two computations: look again.
    with ledger.session() as session:
        names = sorted({name for _, came in found for name in came})
        rejected = _rejected(session, known, asked.ccg, asked.months)
        shown = Preview(number, asked.ccg, tuple(names), rejected, tuple(month for month, _ in found))
        requests.show(session, number, asdict(shown))
    return shown


def _foreseen(
    session: Session, settings: Settings, known: Partnership, ccg: str, month: str, ready: Ready
) -> tuple[MonthPreview, list[str]]:
    before = releases.latest_edition(session, month)
    if before is None:
        return MonthPreview(month, None, no_edition(month), (), 0, ()), []
    then = own_contents_of(session, before)
    now = foreseen(session, settings, before, then.figures, ready)
    otherwise = rewritten(then, now)
    areas = tuple(a.code for a in known.areas if a.code in otherwise)
    came = _came_since(session, before)
    if not areas:
        sentence = f"Nothing would change beside edition {before.number} of {month}{_fate(session, before)}."
        return MonthPreview(month, None, sentence, (), 0, ()), came
    changed = tuple(line for area in (ccg, known.stp.code) for line in _moved(now, area))
    own = [a for a in areas if a in {ccg, known.stp.code}]
    others = [a for a in areas if a not in own]
    letters = sum(len(known.by_code[a].recipients) for a in own)
    sentence = (
        f"Edition {now.number} of {month} would replace edition {before.number}: {len(changed)} figures of {ccg} and the "
        f"STP would read otherwise, and {_listed(own)} would get a new scorecard."
    )
    if others:
        sentence += (
            f" {_listed(others)} would read otherwise too, as extracts came in that bear on them: engineers send those."
        )
    return MonthPreview(month, now.number, sentence, areas, letters, changed), came


def _fate(session: Session, edition: Edition) -> str:
    """What became of an edition, where that is not what a reader would think of one."""
    decided = decision_on(session, edition.id)
    if decided is not None and decided.decision != "approved":
        return f", which {decided.person} refused: it is not asked about again until a figure moves"
    if kept_back(session, edition):
        return ", which is held: whoever looks after this installation has to see to it first"
    return ", which stands" if decided is not None else ", which waits for approval"


def _rejected(session: Session, known: Partnership, ccg: str, months: Sequence[str]) -> tuple[str, ...]:
    """What the CCG and the providers sent last for these months, where that was rejected."""
    senders = [s.code for s in known.suppliers if s.kind != "ccg" or s.code == ccg]
    sent = select(Submission).where(Submission.period.in_(months), Submission.supplier.in_(senders))
    last = {
        (s.feed, s.supplier, s.period): s for s in session.scalars(sent.order_by(Submission.sequence, Submission.id))
    }
    return tuple(sorted(s.name for s in last.values() if s.outcome == FILE_REJECTED))


def _came_since(session: Session, edition: Edition) -> list[str]:
    then = session.get_one(Computation, edition.release.computation_id)
    return [s.name for s in new_submissions(session, then, computation_for(session, edition.period))]


def _moved(now: Contents, area: str) -> Iterable[Moved]:
    for change in moved(now, now.area(area), wording()):
        stratum, value = change.key[4:]
        of = "" if stratum == "all" else f"{TITLES[stratum]}: {name_of(stratum, value)}"
        yield Moved(area, change.measure, of, change.period, change.old, change.new, change.why)


def _listed(codes: Sequence[str]) -> str:
    *most, last = codes
    return f"{', '.join(most)} and {last}" if most else last
