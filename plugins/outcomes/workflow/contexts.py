"""What an edition prints besides its figures: words, targets, submissions, people's words, and what it is compared with.

Owns the step from ledger and configuration to a scorecard's contents. Promises that what was kept with an edition is what it
prints again. Never releases, renders or sends.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.definitions.feeds import feeds
from outcomes.definitions.measures import Measure
from outcomes.definitions.policy import policy
from outcomes.disclosure import releases
from outcomes.disclosure.released import ReleasedFigure
from outcomes.ledger import Computation, Delivery, Edition
from outcomes.organisations import Organisation, Partnership
from outcomes.periods import today
from outcomes.scorecards.contents import (
    AreaWords,
    Compared,
    Contents,
    Context,
    MeasureWords,
    NewExtract,
    RebasedWords,
    against_of,
)
from outcomes.settings import Settings
from outcomes.version import code_version
from outcomes.workflow.board import actions_for, commentaries_for


def own_contents_of(session: Session, edition: Edition) -> Contents:
    """An edition's words and figures as they stood when it was made, without those it tells changes against."""
    context, figures = Context.model_validate(edition.context), releases.released(session, edition.release_id)
    return Contents(edition.period, edition.number, context, figures)


def contents_of(session: Session, edition: Edition) -> Contents:
    """What an edition prints, as it stood when it was made."""
    own = own_contents_of(session, edition)
    context = own.context
    # Several areas have mostly the same one.
    read: dict[tuple[str, int], tuple[ReleasedFigure, ...]] = {}

    def of(against: Compared | None) -> tuple[ReleasedFigure, ...]:
        if against is None:
            return ()
        which = (against.period, against.number)
        if which not in read:
            other = releases.latest_edition(session, *which)
            read[which] = releases.released(session, other.release_id) if other else ()
        return read[which]

    earlier = of(against_of(edition.period, context))
    by_area = {area: of(other) for area, other in context.compared_by_area.items()}
    return replace(own, earlier=earlier, earlier_by_area=by_area)


def compared_of(
    session: Session, known: Partnership, before: Edition | None, month: str, now: Computation
) -> Compared | None:
    """What a new edition tells its changes against where nobody was sent anything: the one `before` of the same month, or
    else the latest of an earlier."""
    return _compared(session, known, before or _of_an_earlier_month(session, month), now)


def compared_by_area_of(
    session: Session, known: Partnership, compared: Compared | None, month: str, now: Computation
) -> dict[str, Compared]:
    """For the areas whose readers were last sent another edition than `compared`: what theirs tells its changes against."""
    found: dict[str, Compared] = {}
    made: dict[tuple[str, int], Compared | None] = {(compared.period, compared.number): None} if compared else {}
    for area in known.areas:
        which = last_sent(session, area, month)
        if which is None:
            continue
        if which not in made:
            made[which] = _compared(session, known, releases.latest_edition(session, *which), now)
        if (against := made[which]) is not None:
            found[area.code] = against
    return found


def last_sent(session: Session, area: Organisation, month: str) -> tuple[str, int] | None:
    """Month and number of the edition of a month, or else of the last month before it, that an area's readers were last
    sent; None where they were sent none. Where they have different ones of a month it is the oldest of these: so nobody
    misses a change.
    """
    readers = {address.lower() for address in area.recipients}
    query = (
        select(Delivery.recipient, Edition.period, Edition.number)
        .join(Edition, Edition.id == Delivery.edition_id)
        .where(Delivery.area == area.code, Delivery.state == "sent", Edition.period <= month)
        .order_by(Edition.period, Edition.number)
    )
    had = {recipient: (period, number) for recipient, period, number in session.execute(query) if recipient in readers}
    latest = max((period for period, _ in had.values()), default="")
    return min((which for which in had.values() if which[0] == latest), default=None)


def _of_an_earlier_month(session: Session, month: str) -> Edition | None:
    """The latest edition of the month before, or of the last one that has any."""
    query = select(Edition).where(Edition.period < month).order_by(Edition.period.desc(), Edition.number.desc())
    return session.scalars(query.limit(1)).first()


def _compared(session: Session, known: Partnership, other: Edition | None, now: Computation) -> Compared | None:
    if other is None:
        return None
    # Imported here, as below: rendering and delivering read what was kept, and need no table of figures.
    from outcomes.revisions import new_submissions

    then = session.get_one(Computation, other.release.computation_id)
    return Compared(
        period=other.period,
        number=other.number,
        new_extracts=tuple(
            NewExtract(
                feed=s.feed,
                feed_title=feeds()[s.feed].title,
                supplier=s.supplier,
                supplier_name=known.by_code[s.supplier].name,
                period=s.period,
                sequence=s.sequence,
            )
            for s in new_submissions(session, then, now)
        ),
    )


def context_of(
    session: Session,
    settings: Settings,
    known: Partnership,
    chosen: Mapping[str, Measure],
    computation: Computation,
    month: str,
    judged: releases.Judged,
) -> Context:
    """What an edition of a month prints besides its figures, as it stands now."""
    from outcomes.workflow.trust import submission_states

    decided = policy(settings.policy)
    return Context(
        stp_name=known.stp.name,
        areas=tuple(
            AreaWords(
                code=a.code,
                gss=a.gss,
                name=a.name,
                full_name=a.full_name or a.name,
                label=a.label,
                kind="stp" if a is known.stp else "ccg",
            )
            for a in known.areas
        ),
        measures=tuple(
            _words(chosen[id], decided.targets.get(id)) for id in sorted(chosen, key=decided.reporting.place)
        ),
        submissions=tuple(submission_states(session, known, month, decided.maturity)),
        payment=decided.payment.measures,
        linked=tuple(judged.beside),
        commentaries=tuple(commentaries_for(session, month)),
        actions=tuple(actions_for(session, month, today())),
        attacked=judged.worlds is not None,
        rebased=tuple(RebasedWords(**entry.model_dump()) for entry in decided.rebased),
        first_month=computation.first_month,
        months_on_a_chart=decided.reporting.months_on_a_chart,
        made_on=today(),
        code_version=code_version(),
        selection=computation.selection_id,
        release="",
        replaces=None,
    )


def _words(measure: Measure, target: float | None) -> MeasureWords:
    shared = measure.model_dump(include=set(MeasureWords.model_fields) - {"target"})
    return MeasureWords(**shared, target=target)
