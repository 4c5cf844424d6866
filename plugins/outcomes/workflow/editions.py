"""Editions: release through the gate, render, approve, deliver."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.definitions.measures import published
from outcomes.definitions.policy import policy
from outcomes.delivery import DeliveryLine, Letter, Link
from outcomes.delivery import deliver as deliver_letters
from outcomes.disclosure import releases
from outcomes.disclosure.released import ReleasedFigure
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Approval, Computation, Edition, Event, Ledger
from outcomes.ledger.figures import latest
from outcomes.organisations import partnership
from outcomes.periods import Month, today
from outcomes.scorecards import summary
from outcomes.scorecards.contents import (
    Contents,
)
from outcomes.scorecards.publish import write_edition, write_large_print
from outcomes.settings import Settings
from outcomes.workflow.contexts import compared_of, contents_of, context_of
from outcomes.workflow.trust import linked_deaths

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
        context = context_of(session, settings, known, chosen, computation, month, judged)
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
                "compared": compared_of(session, known, before, month, computation),
            }
        )
        session.add(Edition(period=month, number=number, release_id=made.id, context=context.model_dump(mode="json")))
        session.add(Event(kind="released", subject=f"edition {number} of {month}", person=acting(), detail=""))
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
        contents = contents_of(session, made)
    files = write_edition(contents, settings.publications)
    with ledger.session() as session:
        row = session.get_one(Edition, made.id)
        if row.files is None:
            row.files, row.rendered_at = files, datetime.now(UTC)
            session.add(_rendered(made, "rendered"))
    return Rendered(made.number, folder_of(settings, made), files)


def large_print(settings: Settings, period: str, edition: int | None = None) -> Rendered:
    """Write an edition's scorecards in large print, beside its folder: for single readers, and never sent."""
    with Ledger(settings.database_url).session() as session:
        made = edition_of(session, period, edition)
        contents = contents_of(session, made)
    files = write_large_print(contents, settings.publications)
    with Ledger(settings.database_url).session() as session:
        session.add(_rendered(made, "rendered in large print"))
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
        contents = contents_of(session, made)
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


def _rendered(made: Edition, kind: str) -> Event:
    return Event(kind=kind, subject=f"edition {made.number} of {made.period}", person=acting(), detail="")


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
