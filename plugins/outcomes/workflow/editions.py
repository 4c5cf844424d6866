"""Editions: what was let out, render, approve.

Promises that only the latest edition of a month can be approved. Never lets a figure out: `releasing` does; never sends:
`sending` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from outcomes.acting import acting
from outcomes.disclosure import releases
from outcomes.disclosure.released import ReleasedFigure
from outcomes.disclosure.releases import edition_of
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Approval, Edition, Event, Ledger
from outcomes.ledger.approvals import held_because, rests_on_withdrawn
from outcomes.redaction import holds_number
from outcomes.scorecards.publish import write_edition, write_large_print
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
    """Enter a named person's decision about an edition; gives its number.

    Raises InputError without a name, for an edition that was replaced, or a reason that may hold an NHS number;
    SafetyRefusal where one would go that is held, or was computed with what was withdrawn since.
    """
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
        if decision == "approved" and held_because(session, made):
            raise SafetyRefusal(
                f"Edition {made.number} of {made.period} is held: its files say more than they may, so it cannot go; "
                "`outcomes alerts` says why. Render and audit it again, or refuse it."
            )
        if decision == "approved" and (withdrawn := rests_on_withdrawn(session, made)):
            raise SafetyRefusal(withdrawn)
        if holds_number(reason):
            raise InputError("The reason holds what may be an NHS number: take it out.")
        session.add(Approval(edition_id=made.id, decision=decision, person=person.strip(), reason=reason))
        subject = f"edition {made.number} of {made.period}"
        session.add(Event(kind=decision, subject=subject, person=person.strip(), detail=reason))
        return made.number


def folder_of(settings: Settings, edition: Edition) -> Path:
    """Where an edition's files lie."""
    return settings.publications / edition.period / f"edition-{edition.number}"


def _rendered(made: Edition, kind: str) -> Event:
    return Event(kind=kind, subject=f"edition {made.number} of {made.period}", person=acting(), detail="")
