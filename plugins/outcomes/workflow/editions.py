"""Editions: release through the gate, render, approve, deliver."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.definitions.feeds import feeds
from outcomes.definitions.measures import Measure, published
from outcomes.definitions.policy import policy
from outcomes.delivery import DeliveryLine, Letter, Link
from outcomes.delivery import deliver as deliver_letters
from outcomes.disclosure import releases
from outcomes.disclosure.released import ReleasedFigure
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Approval, Computation, Edition, Event, Ledger
from outcomes.ledger.figures import latest
from outcomes.organisations import Partnership, partnership
from outcomes.periods import Month, today
from outcomes.revisions import new_submissions
from outcomes.scorecards import summary
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
from outcomes.scorecards.publish import write_edition, write_large_print
from outcomes.settings import Settings
from outcomes.version import code_version
from outcomes.workflow.board import actions_for, commentaries_for
from outcomes.workflow.trust import linked_deaths, submission_states

_NOT_ATTACKED = (
    "So many of its counts are 1 to 7 that it was not attacked: it says that it is for the partnership only, not for "
    "publication."
)
# What of an edition's context is about its making, not about what a reader sees.
_NOT_SEEN = {"made_on", "code_version", "selection", "release", "replaces", "compared"}


@dataclass(frozen=True, slots=True)
class Released:
    """What a release did: the number of the new edition, or None where nothing a reader sees had changed."""

    edition: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Where an edition's files lie, and the SHA-256 of each."""

    edition: int
    folder: Path
    files: Mapping[str, str]


def release(settings: Settings, period: str) -> Released:
    """Let the latest figures for a reporting month through the gate and make its edition.

    Raises InputError when the month has not been computed, SafetyRefusal when the gate lets nothing out.
    """
    month = str(Month.parse(period))
    chosen = published(today(), settings.measures)
    known = partnership(settings.organisations)
    with Ledger(settings.database_url).session(alone=True) as session:
        computation = session.scalars(select(Computation).order_by(Computation.id.desc()).limit(1)).first()
        if computation is None or not computation.first_month <= month <= computation.last_month:
            raise InputError(
                f"There are no figures up to {month}: receive its submissions and run `outcomes compute` first."
            )
        enough = policy(settings.policy).reporting.complete_from / 100
        complete = releases.Completeness(computation.report.get("completeness", {}), enough)
        judged = releases.judge(
            session,
            month,
            computation,
            latest(session),
            chosen,
            known.stp.code,
            complete,
            linked_deaths(session, computation, known, month, complete),
        )
        before = releases.latest_edition(session, month)
        context = _context(session, settings, known, chosen, computation, month, judged)
        seen = context.model_dump(mode="json", exclude=_NOT_SEEN)
        made = releases.add(session, month, computation.id, judged, seen)
        if made is None:
            number = before.number if before else 0
            return Released(
                None, f"Nothing a reader sees has changed since edition {number} of {month}: no new edition."
            )
        number = before.number + 1 if before else 1
        context = context.model_copy(
            update={
                "release": made.content_sha256[:12],
                "replaces": before.number if before else None,
                "compared": _compared(session, known, before or _of_an_earlier_month(session, month), computation),
            }
        )
        session.add(Edition(period=month, number=number, release_id=made.id, context=context.model_dump(mode="json")))
        session.add(Event(kind="released", subject=f"edition {number} of {month}", person="outcomes", detail=""))
    tried = "" if judged.worlds is not None else f" {_NOT_ATTACKED}"
    return Released(number, f"Edition {number} of {month} is released; render it next.{tried}")


def released(settings: Settings, period: str, edition: int | None = None) -> tuple[ReleasedFigure, ...]:
    """What was let out for a reporting month, in its latest edition or the one asked for."""
    with Ledger(settings.database_url).session() as session:
        return releases.released(session, edition_of(session, period, edition).release_id)


def render(settings: Settings, period: str, edition: int | None = None) -> Rendered:
    """Write the scorecards of an edition into the publications folder; the same edition gives the same files."""
    ledger = Ledger(settings.database_url)
    with ledger.session() as session:
        made = edition_of(session, period, edition)
        contents = _contents(session, made)
    files = write_edition(contents, settings.publications)
    with ledger.session() as session:
        row = session.get_one(Edition, made.id)
        if row.files is None:
            row.files, row.rendered_at = files, datetime.now(UTC)
    return Rendered(made.number, folder_of(settings, made), files)


def large_print(settings: Settings, period: str, edition: int | None = None) -> Rendered:
    """Write an edition's scorecards in large print, beside its folder: for single readers, and never sent."""
    with Ledger(settings.database_url).session() as session:
        made = edition_of(session, period, edition)
        contents = _contents(session, made)
    files = write_large_print(contents, settings.publications)
    folder = folder_of(settings, made)
    return Rendered(made.number, folder.with_name(f"{folder.name}-large-print"), files)


def approve(
    settings: Settings,
    period: str,
    *,
    edition: int | None = None,
    person: str,
    decision: Literal["approved", "refused"],
    reason: str = "",
) -> int:
    """Enter a named person's decision about an edition; gives its number. Raises InputError without a name."""
    if not person.strip():
        raise InputError("An approval needs the name of the person who gives it: say who decides.")
    with Ledger(settings.database_url).session() as session:
        made = edition_of(session, period, edition)
        if made.files is None:
            raise InputError(f"Edition {made.number} of {period} is not rendered yet: render it, read it, then decide.")
        session.add(Approval(edition_id=made.id, decision=decision, person=person.strip(), reason=reason))
        subject = f"edition {made.number} of {made.period}"
        session.add(Event(kind=decision, subject=subject, person=person.strip(), detail=reason))
        return made.number


def deliver(settings: Settings, period: str, edition: int | None = None) -> list[DeliveryLine]:
    """Send the scorecards of an approved edition that were not sent yet; how every delivery of it stands."""
    ledger = Ledger(settings.database_url)
    known = partnership(settings.organisations)
    with ledger.session() as session:
        made = edition_of(session, period, edition)
        contents = _contents(session, made)
    if made.files is None:
        raise InputError(f"Edition {made.number} of {period} is not rendered yet: run `outcomes render` first.")
    letters = [
        letter for area in known.areas for letter in _letters(settings, made, contents, area.code, area.recipients)
    ]
    return deliver_letters(ledger, settings, made.id, letters)


def _letters(
    settings: Settings, edition: Edition, contents: Contents, area: str, recipients: tuple[str, ...]
) -> list[Letter]:
    if not recipients:
        return []
    name, files = f"scorecard-{area}", edition.files or {}
    path = folder_of(settings, edition) / f"{name}.pdf"
    try:
        pdf = path.read_bytes()
    except OSError as error:
        raise SafetyRefusal(
            f"The scorecard {path} cannot be read ({error.strerror}): render the edition again."
        ) from None
    words = summary(contents, area)
    where = f"{edition.period}/edition-{edition.number}"
    return [
        Letter(
            stp=contents.context.areas[0].code,
            area=area,
            area_name=contents.area(area).name,
            period=edition.period,
            edition=edition.number,
            replaces=contents.context.replaces,
            made_at=edition.made_at,
            recipient=recipient,
            headline=words.headline,
            points=words.points,
            pdf=pdf,
            pdf_name=f"{name}-{edition.period}-edition-{edition.number}.pdf",
            sha256=files[f"{name}.pdf"],
            links=(Link("this scorecard as a web page", f"{where}/{name}.html"),),
        )
        for recipient in recipients
    ]


def edition_of(session: Session, period: str, number: int | None) -> Edition:
    """The edition of a month with that number, or its latest; raises InputError when there is none."""
    month = str(Month.parse(period))
    edition = releases.latest_edition(session, month, number)
    if edition is None:
        which = f"edition {number} of {month}" if number else f"edition of {month}"
        raise InputError(f"There is no {which}: run `outcomes release --period {month}` first.")
    return edition


def folder_of(settings: Settings, edition: Edition) -> Path:
    """Where an edition's files lie."""
    return settings.publications / edition.period / f"edition-{edition.number}"


def _contents(session: Session, edition: Edition) -> Contents:
    context = Context.model_validate(edition.context)
    earlier: tuple[ReleasedFigure, ...] = ()
    if (against := against_of(edition.period, context)) is not None:
        other = releases.latest_edition(session, against.period, against.number)
        earlier = releases.released(session, other.release_id) if other else ()
    figures = releases.released(session, edition.release_id)
    return Contents(edition.period, edition.number, context, figures, earlier)


def _of_an_earlier_month(session: Session, month: str) -> Edition | None:
    """The latest edition of the month before, or of the last one that has any."""
    query = select(Edition).where(Edition.period < month).order_by(Edition.period.desc(), Edition.number.desc())
    return session.scalars(query.limit(1)).first()


def _compared(session: Session, known: Partnership, other: Edition | None, now: Computation) -> Compared | None:
    if other is None:
        return None
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


def _context(
    session: Session,
    settings: Settings,
    known: Partnership,
    chosen: Mapping[str, Measure],
    computation: Computation,
    month: str,
    judged: releases.Judged,
) -> Context:
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
