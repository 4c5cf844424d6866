"""Backfills: past months of a CCG, done again after its suppliers sent extracts again.

Owns the order: receive what the CCG and the providers sent, compute, release, render; each month's edition then waits for
approval like any other. Promises that of several at once each is done as if it were alone, and that a month may be done
again at any time with the same result. Never sends anything.

A computation always takes everything in force: what another CCG sent again in the meantime is in it too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from outcomes.disclosure import releases
from outcomes.errors import InputError
from outcomes.intake.sources.connections import Connections
from outcomes.ledger import Backfill, Ledger
from outcomes.ledger import backfills as requests
from outcomes.ledger.approvals import decision_on
from outcomes.ledger.locks import one_at_a_time
from outcomes.organisations import Partnership, partnership
from outcomes.periods import Month
from outcomes.settings import Settings
from outcomes.workflow.computation import compute
from outcomes.workflow.extracts import receive
from outcomes.workflow.releasing import release

Via = Literal["page", "airflow", "shell"]
Outcome = requests.Outcome
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Redone:
    """What came of a month: the number of its new edition, None without one, and a sentence."""

    period: str
    outcome: Outcome
    edition: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class BackfillLine:
    """A request, and how it stands."""

    number: int
    ccg: str
    first_month: str
    last_month: str
    state: requests.Standing
    person: str
    reason: str
    asked_at: datetime


def ask(
    settings: Settings,
    ccg: str,
    first: str,
    last: str,
    *,
    reason: str,
    person: str,
    via: Via = "shell",
    confirmed: bool = True,
    run: str | None = None,
) -> int:
    """Enter the request of a named person to do a CCG's months first to last (`YYYY-MM`) again; gives its number.

    The same `run` of Airflow is given the same number, however often it asks. Raises InputError for a CCG that there is not,
    for months that are none, not due or in the wrong order, without a reason or a name.
    """
    known = partnership(settings.organisations)
    # Alone: of two tries of a run the second finds what the first entered.
    with Ledger(settings.database_url).session(alone=True) as session:
        return requests.ask(
            session, known, ccg, first, last, reason=reason, person=person, via=via, confirmed=confirmed, run=run
        ).id


def require(settings: Settings, number: int, ccg: str, period: str) -> None:
    """Raises InputError unless the request is this CCG's, holds that month and was not taken back."""
    with Ledger(settings.database_url).session() as session:
        asked = _asked(session, number, period)
    if asked.ccg != ccg:
        raise InputError(f"Backfill {number} is of another CCG than {ccg}: a run redoes months of its own CCG only.")


def redo(settings: Settings, number: int, period: str, *, connections: Connections | None = None) -> Redone:
    """Do one month of a request again: receive, compute, release, render. Nothing goes out before its approval.

    `connections` are Airflow's in a task. A supplier whose source fails holds back nobody: the sentence names it.
    Raises InputError when the request is not confirmed, was taken back or does not hold that month; and what the steps
    raise.
    """
    known, ledger = partnership(settings.organisations), Ledger(settings.database_url)
    month = str(Month.parse(period))
    with one_at_a_time(ledger, "redoing"):
        # Not before its turn: it may be taken back while it waits.
        with ledger.session() as session:
            asked, before = _asked(session, number, month), releases.latest_edition(session, month)
        if asked.confirmed_at is None:
            raise InputError(
                f"Backfill {number} is not confirmed: look at its preview, then confirm it on the same page."
            )
        if before is None:
            return _entered(ledger, number, Redone(month, "no_edition", None, no_edition(month)))
        troubles = bring_up_to_date(settings, known, asked.ccg, connections)
        done = release(settings, month)
        with ledger.session() as session:
            newest = releases.latest_edition(session, month)
            decided = decision_on(session, newest.id) if newest is not None else None
        # An edition that nobody decided on is let go from here, whoever made it: an earlier try may have been stopped.
        if newest is None or newest.number == 1 or decided is not None:
            sentence = done.sentence
            if decided is not None and decided.decision != "approved":
                sentence += f" That edition was refused by {decided.person}, and is not asked about again."
            return _entered(ledger, number, Redone(month, "unchanged", None, sentence + _also(troubles)))
        if newest.files is None:
            # Imported here: a preview renders nothing, and need not wait for what does.
            from outcomes.workflow.editions import render

            render(settings, month, newest.number)
        sentence = (
            f"Edition {newest.number} of {month} was made, and goes out once it is approved; it replaces edition "
            f"{newest.number - 1}.{_also(troubles)}"
        )
        return _entered(ledger, number, Redone(month, "edition", newest.number, sentence))


def backfill(
    settings: Settings, ccg: str, first: str, last: str, *, reason: str, person: str, note: Note | None = None
) -> list[Redone]:
    """Ask for a CCG's months first to last to be done again, and do it; raises what asking and doing raise."""
    number = ask(settings, ccg, first, last, reason=reason, person=person)
    done = []
    for month in requests.due_months(first, last):
        done.append(redo(settings, number, str(month)))
        if note:
            note(done[-1].sentence)
    return done


def backfills(settings: Settings, ccg: str | None = None) -> list[BackfillLine]:
    """The newest requests for a CCG (or all), and how they stand. Raises InputError for a CCG that there is not."""
    known = partnership(settings.organisations)
    codes = [c.code for c in known.ccgs]
    if ccg is not None and ccg not in codes:
        raise InputError(f"{ccg!r} is no CCG of the partnership: choose from {', '.join(codes)}.")
    with Ledger(settings.database_url).session() as session:
        return [
            BackfillLine(
                asked.id,
                asked.ccg,
                asked.first_month,
                asked.last_month,
                requests.standing(session, asked),
                asked.person,
                asked.reason,
                asked.asked_at,
            )
            for asked in requests.requests(session, [ccg] if ccg else codes)
        ]


def bring_up_to_date(
    settings: Settings, known: Partnership, ccg: str, connections: Connections | None = None
) -> list[str]:
    """Land what the CCG and the providers sent, and compute; the other CCGs' extracts are left to their daily intake.

    Gives a sentence for each source that could not be looked at. Raises the last when none could.
    """
    wanted = [supplier.code for supplier in known.suppliers if supplier.kind != "ccg" or supplier.code == ccg]
    receipt = receive(settings, suppliers=wanted, connections=connections)
    compute(settings)
    return list(dict.fromkeys(receipt.failed))


def _asked(session: Session, number: int, month: str) -> Backfill:
    """The request; raises InputError when it was taken back or does not hold that month."""
    asked = requests.found(session, number)
    if asked.cancelled_at is not None:
        raise InputError(f"Backfill {number} was taken back, so {month} is not done again: ask for a new one.")
    if month not in asked.months:
        raise InputError(f"Backfill {number} is about {asked.first_month} to {asked.last_month}, not about {month}.")
    return asked


def _also(troubles: Sequence[str]) -> str:
    return f" Not everything could be looked at: {' '.join(troubles)}" if troubles else ""


def _entered(ledger: Ledger, number: int, done: Redone) -> Redone:
    with ledger.session() as session:
        edition = releases.latest_edition(session, done.period, done.edition) if done.edition else None
        requests.enter(session, number, done.period, done.outcome, edition.id if edition else None, done.sentence)
    return done


def no_edition(month: str) -> str:
    """What there is to say of a month that was never reported."""
    return f"{month} has no edition, so there is nothing to do again: its first is made by the month's own run."
