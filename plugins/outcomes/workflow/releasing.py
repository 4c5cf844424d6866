"""Releasing: a reporting month's latest figures through the gate into an edition, and what that would be.

Promises that an edition is made only where a reader would see a change, and that what is foreseen is never kept. Never
renders or sends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.definitions.measures import published
from outcomes.definitions.policy import policy
from outcomes.disclosure import releases
from outcomes.disclosure.memory import touched
from outcomes.disclosure.releasable import Completeness, Releasable
from outcomes.disclosure.released import ReleasedFigure
from outcomes.errors import InputError
from outcomes.ledger import Computation, Edition, Event, Ledger
from outcomes.ledger.approvals import STANDS, rests_on_withdrawn, subject_of, withdrawn_from
from outcomes.ledger.figures import latest
from outcomes.organisations import partnership
from outcomes.periods import Month, today
from outcomes.scorecards.contents import Contents, Context
from outcomes.settings import Settings
from outcomes.workflow.contexts import compared_by_area_of, compared_of, context_of
from outcomes.workflow.telling import held
from outcomes.workflow.trust import linked_before, linked_deaths

_NOT_ATTACKED = (
    "So many of its counts are 1 to 7 that it was not attacked: it says that it is for the partnership only, not for "
    "publication."
)
# What of an edition's context is about its making, not about what a reader sees.
_NOT_SEEN = {"made_on", "code_version", "selection", "release", "replaces", "compared", "compared_by_area"}


@dataclass(frozen=True)
class Ready:
    """The figures that may be released, how complete their months are, and what was told of deaths linked. Sensitive."""

    figures: Releasable
    complete: Completeness
    linked: releases.Also


@dataclass(frozen=True, slots=True)
class Released:
    """What a release did: the number of the new edition, or None where nothing a reader sees had changed."""

    edition: int | None
    sentence: str


def release(settings: Settings, period: str) -> Released:
    """Let the latest figures for a reporting month through the gate and make its edition.

    Raises InputError when the month has not been computed, SafetyRefusal when the gate lets nothing out.
    """
    month = str(Month.parse(period))
    with held(settings, f"release of {month}"), Ledger(settings.database_url).session(alone=True) as session:
        computation = computation_for(session, month)
        judged, context = _through_the_gate(
            session, settings, month, computation, can_go_out(session, settings), releases.judge
        )
        before = releases.latest_edition(session, month)
        made = releases.add(session, month, computation.id, judged, _seen(context))
        if made is None:
            number = before.number if before else 0
            if before is not None and rests_on_withdrawn(session, before):
                event = Event(kind=STANDS, subject=subject_of(before), person=acting(), detail=str(computation.id))
                session.add(event)
            return Released(
                None, f"Nothing a reader sees has changed since edition {number} of {month}: no new edition."
            )
        number = before.number + 1 if before else 1
        known = partnership(settings.organisations)
        compared = compared_of(session, known, before, month, computation)
        context = context.model_copy(
            update={
                "release": made.content_sha256[:12],
                "replaces": before.number if before else None,
                "compared": compared,
                "compared_by_area": compared_by_area_of(session, known, compared, month, computation),
            }
        )
        session.add(Edition(period=month, number=number, release_id=made.id, context=context.model_dump(mode="json")))
        session.add(Event(kind="released", subject=f"edition {number} of {month}", person=acting(), detail=""))
    tried = "" if judged.worlds is not None else f" {_NOT_ATTACKED}"
    return Released(number, f"Edition {number} of {month} is released; render it next.{tried}")


def can_go_out(session: Session, settings: Settings) -> Ready:
    """What the gate can be asked to let out of the latest figures, for whichever month."""
    known, newest = partnership(settings.organisations), _newest(session)
    enough = policy(settings.policy).reporting.complete_from / 100
    complete = Completeness(newest.report.get("completeness", {}) if newest else {}, enough)
    figures = latest(session, touched(known.stp.code))
    chosen = Releasable(figures, published(today(), settings.measures), known.stp.code, complete)
    return Ready(chosen, complete, linked_before(session, known))


def foreseen(
    session: Session, settings: Settings, before: Edition, printed: Sequence[ReleasedFigure], ready: Ready
) -> Contents:
    """What an edition in the place of this one would print, as the gate judges it before any attack.

    `printed` are that edition's figures, `ready` is what can go out. The release itself may withhold a few more, or
    set some free. Nothing is kept. Raises InputError when the month has not been computed, SafetyRefusal when the gate lets
    nothing out.
    """
    computation = computation_for(session, before.period)
    judged, context = _through_the_gate(session, settings, before.period, computation, ready, releases.foreseen)
    known = partnership(settings.organisations)
    context = context.model_copy(
        update={
            "attacked": before.context.get("attacked", False),
            "replaces": before.number,
            "compared": compared_of(session, known, before, before.period, computation),
        }
    )
    return Contents(before.period, before.number + 1, context, tuple(judged.figures), tuple(printed))


def computation_for(session: Session, month: str) -> Computation:
    """The latest computation; raises InputError when the month is not in it, or it used what was withdrawn since."""
    computation = _newest(session)
    if computation is None or not computation.first_month <= month <= computation.last_month:
        raise InputError(
            f"There are no figures up to {month}: receive its submissions and run `outcomes compute` first."
        )
    if gone := withdrawn_from(session, computation):
        raise InputError(
            f"The latest figures were computed with {gone[0].name}, which was withdrawn since: run `outcomes compute` first."
        )
    return computation


def _newest(session: Session) -> Computation | None:
    return session.scalars(select(Computation).order_by(Computation.id.desc()).limit(1)).first()


def _through_the_gate(
    session: Session,
    settings: Settings,
    month: str,
    computation: Computation,
    ready: Ready,
    gate: Callable[..., releases.Judged],
) -> tuple[releases.Judged, Context]:
    known = partnership(settings.organisations)
    linked = linked_deaths(session, ready.linked, computation, known, month, ready.complete)
    judged = gate(session, month, computation, ready.figures, linked)
    return judged, context_of(session, settings, known, ready.figures.measures, computation, month, judged)


def _seen(context: Context) -> dict[str, object]:
    return context.model_dump(mode="json", exclude=_NOT_SEEN)
