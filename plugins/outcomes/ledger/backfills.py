"""Backfills: who asked for which past months of a CCG to be done again, what they were shown, and what came of it.

Owns the requests and the outcome of each of their months. Promises that a request never changes once it was made, but for
what was shown of it and that it was confirmed or taken back. Never computes or releases.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from outcomes.errors import InputError
from outcomes.ledger.tables import Event, Name, Table, now
from outcomes.organisations import Partnership
from outcomes.periods import Month, months_between, reporting_day, today
from outcomes.redaction import holds_number

Outcome = Literal["edition", "unchanged", "no_edition"]
Standing = Literal["asked", "previewed", "confirmed", "under way", "done", "taken back"]

LONGEST_REASON = 500


class Backfill(Table):
    """One request. `via` says where it was made: page, airflow or shell. `preview` is what was shown, through the gate.

    It counts from `confirmed_at` on; a request from the shell or Airflow's own form is confirmed as it is made. `run` is the
    run of Airflow that asked for itself.
    """

    __tablename__ = "backfills"

    id: Mapped[int] = mapped_column(primary_key=True)
    ccg: Mapped[str] = mapped_column(index=True)
    first_month: Mapped[str]
    last_month: Mapped[str]
    reason: Mapped[str]
    person: Mapped[str] = mapped_column(Name)
    via: Mapped[str]
    run: Mapped[str | None] = mapped_column(index=True, unique=True)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    previewed_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    @property
    def months(self) -> tuple[str, ...]:
        """The months asked for, in order."""
        return tuple(str(m) for m in months_between(Month.parse(self.first_month), Month.parse(self.last_month)))

    @property
    def subject(self) -> str:
        """How an event names it."""
        months = self.first_month if self.first_month == self.last_month else f"{self.first_month} to {self.last_month}"
        return f"backfill {self.id}: {self.ccg}, {months}"


class BackfillMonth(Table):
    """What came of one month of a request: a new edition, nothing that a reader would see, or nothing to do again."""

    __tablename__ = "backfill_months"

    backfill_id: Mapped[int] = mapped_column(ForeignKey("backfills.id"), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id"))
    sentence: Mapped[str]
    done_at: Mapped[datetime] = mapped_column(default=now)


def ask(
    session: Session,
    known: Partnership,
    ccg: str,
    first: str,
    last: str,
    *,
    reason: str,
    person: str,
    via: str,
    confirmed: bool,
    run: str | None = None,
) -> Backfill:
    """Enter the request of a named person to do a CCG's months first to last (`YYYY-MM`) again.

    A `run` that asked before is given the request it made, so that what it was stopped in makes no other. Raises InputError
    for a CCG that there is not, for months that are none, not due or in the wrong order, without a reason or a name, and for
    a reason that may hold an NHS number.
    """
    if run is not None and (before := session.scalar(select(Backfill).where(Backfill.run == run))) is not None:
        return before
    if ccg not in {c.code for c in known.ccgs}:
        codes = ", ".join(c.code for c in known.ccgs)
        raise InputError(f"{ccg!r} is no CCG of the partnership: choose from {codes}.")
    months = due_months(first, last)
    if not person.strip():
        raise InputError("A backfill needs the name of the person who asks for it: say who does.")
    why = " ".join(reason.split())
    if not why or len(why) > LONGEST_REASON:
        raise InputError(
            f"A backfill needs a reason of at most {LONGEST_REASON} letters: say who sent what again, and why."
        )
    if holds_number(why):
        raise InputError(
            "The reason holds what may be an NHS number: take it out, and say which extract it is instead."
        )
    asked = Backfill(
        ccg=ccg,
        first_month=str(months[0]),
        last_month=str(months[-1]),
        reason=why,
        person=person.strip(),
        via=via,
        run=run,
        confirmed_at=now() if confirmed else None,
    )
    session.add(asked)
    session.flush()
    _note(session, asked, "backfill_asked", person, why)
    return asked


def due_months(first: str, last: str) -> list[Month]:
    """The months first to last (`YYYY-MM`); raises InputError unless each is one, they are in order, and all are due."""
    months = list(months_between(Month.parse(first), Month.parse(last)))
    if not months:
        raise InputError(f"{first} is after {last}: give the earlier month first.")
    due = reporting_day(months[-1])
    if today() < due:
        raise InputError(f"The edition of {last} is not due before {due:%-d %B %Y}: choose earlier months.")
    return months


def found(session: Session, number: int) -> Backfill:
    """The request with that number; raises InputError when there is none."""
    asked = session.get(Backfill, number)
    if asked is None:
        raise InputError(f"There is no backfill number {number}: ask for one first.")
    return asked


def show(session: Session, number: int, preview: Mapping[str, Any]) -> None:
    """Keep what the person was shown."""
    asked = found(session, number)
    asked.preview, asked.previewed_at = dict(preview), now()
    _note(session, asked, "backfill_previewed", asked.person, "")


def confirm(session: Session, number: int, person: str) -> Backfill:
    """Let a request go ahead; one that was confirmed before goes on.

    Raises InputError without a preview, or when it was taken back.
    """
    if found(session, number).previewed_at is None:
        raise InputError(f"Backfill {number} has no preview yet: look at what would change, then confirm.")
    # Of two that come at once, one does.
    confirmed = session.execute(
        update(Backfill)
        .where(Backfill.id == number, Backfill.confirmed_at.is_(None), Backfill.cancelled_at.is_(None))
        .values(confirmed_at=now())
        .returning(Backfill.id)
    ).scalar()
    asked = found(session, number)
    if asked.cancelled_at is not None:
        raise InputError(f"Backfill {number} was taken back: ask for a new one.")
    if confirmed is not None:
        _note(session, asked, "backfill_confirmed", person, "")
    return asked


def cancel(session: Session, number: int, person: str) -> Backfill:
    """Take a request back: months not yet done are not done any more. Raises InputError when all of it is done."""
    asked = found(session, number)
    if asked.cancelled_at is None:
        if len(outcomes(session, number)) == len(asked.months):
            raise InputError(f"Backfill {number} is done, so it cannot be taken back: its editions wait for approval.")
        asked.cancelled_at = now()
        _note(session, asked, "backfill_cancelled", person, "")
    return asked


def outcomes(session: Session, number: int) -> Sequence[BackfillMonth]:
    """What came of the months of a request that are done, in order."""
    query = select(BackfillMonth).where(BackfillMonth.backfill_id == number).order_by(BackfillMonth.period)
    return session.scalars(query).all()


def enter(
    session: Session, number: int, period: str, outcome: Outcome, edition_id: int | None, sentence: str
) -> BackfillMonth:
    """What came of a month; the same month done again says the newest."""
    row = BackfillMonth(
        backfill_id=number, period=period, outcome=outcome, edition_id=edition_id, sentence=sentence, done_at=now()
    )
    return session.merge(row)


def standing(session: Session, asked: Backfill) -> Standing:
    """How a request stands; it is done when each of its months is, though their editions may still wait for approval."""
    if asked.cancelled_at is not None:
        return "taken back"
    if asked.confirmed_at is None:
        return "asked" if asked.previewed_at is None else "previewed"
    done = len(outcomes(session, asked.id))
    return "confirmed" if done == 0 else "under way" if done < len(asked.months) else "done"


def requests(session: Session, ccgs: Sequence[str], limit: int = 50) -> Sequence[Backfill]:
    """The newest requests for some CCGs."""
    query = select(Backfill).where(Backfill.ccg.in_(ccgs)).order_by(Backfill.id.desc()).limit(limit)
    return session.scalars(query).all()


def behind(session: Session, edition_id: int) -> Backfill | None:
    """The request that an edition was made for; None where it came of the month's own run."""
    query = (
        select(Backfill)
        .join(BackfillMonth, BackfillMonth.backfill_id == Backfill.id)
        .where(BackfillMonth.edition_id == edition_id)
        .order_by(Backfill.id)
        .limit(1)
    )
    return session.scalars(query).first()


def _note(session: Session, asked: Backfill, kind: str, person: str, detail: str) -> None:
    session.add(Event(kind=kind, subject=asked.subject, person=person, detail=detail))
