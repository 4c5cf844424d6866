"""Editions: what was let out, render, approve, deliver.

Promises that only the latest edition of a month can be approved, and that a scorecard goes to whoever has not had it as it
reads now. Never lets a figure out: `releasing` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.delivery import DeliveryLine, Letter, Link
from outcomes.delivery import deliver as deliver_letters
from outcomes.disclosure import releases
from outcomes.disclosure.released import ReleasedFigure
from outcomes.disclosure.releases import edition_of
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Approval, Delivery, Edition, Event, Ledger
from outcomes.organisations import partnership
from outcomes.scorecards import summary
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.publish import write_edition, write_large_print
from outcomes.scorecards.rewritten import rewritten
from outcomes.settings import Settings
from outcomes.workflow.contexts import contents_of


@dataclass(frozen=True, slots=True)
class Rendered:
    """Where an edition's files lie, and the SHA-256 of each."""

    edition: int
    folder: Path
    files: Mapping[str, str]


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
    return Rendered(made.number, folder_of(settings, made), files)


def large_print(settings: Settings, period: str, edition: int | None = None) -> Rendered:
    """Write an edition's scorecards in large print, beside its folder: for single readers, and never sent."""
    with Ledger(settings.database_url).session() as session:
        made = edition_of(session, period, edition)
        contents = contents_of(session, made)
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
        newest = edition_of(session, period, None)
        if decision == "approved" and newest.number > made.number:
            raise InputError(
                f"Edition {made.number} of {made.period} was replaced by edition {newest.number} before it went out: read "
                "and decide on that one."
            )
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
        owed = areas_owed(session, made)
    if made.files is None:
        raise InputError(f"Edition {made.number} of {period} is not rendered yet: run `outcomes render` first.")
    letters = [
        letter
        for area in known.areas
        if area.code in owed
        for letter in _letters(settings, made, contents, area.code, area.recipients)
    ]
    return deliver_letters(ledger, settings, made.id, letters)


def areas_owed(session: Session, edition: Edition) -> frozenset[str]:
    """The areas whose scorecard reads otherwise than the one that was last sent to them, or that were never sent one.

    The others keep the scorecard that they have: what they read in it still holds.
    """
    now = contents_of(session, edition)
    owed = set()
    earlier: dict[int, Contents] = {}
    for area in now.context.areas:
        sent = session.scalars(
            select(Edition)
            .join(Delivery, Delivery.edition_id == Edition.id)
            .where(Edition.period == edition.period, Edition.number < edition.number, Delivery.area == area.code)
            .order_by(Edition.number.desc())
            .limit(1)
        ).first()
        if sent is not None and sent.id not in earlier:
            earlier[sent.id] = contents_of(session, sent)
        if sent is None or area.code in rewritten(earlier[sent.id], now):
            owed.add(area.code)
    return frozenset(owed)


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


def folder_of(settings: Settings, edition: Edition) -> Path:
    """Where an edition's files lie."""
    return settings.publications / edition.period / f"edition-{edition.number}"
