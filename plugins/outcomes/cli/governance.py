"""The verbs of information governance: withdraw, keep and delete, change the key, show who did what."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from outcomes import workflow
from outcomes.cli.printing import As, Format, listing
from outcomes.errors import InputError
from outcomes.settings import Settings

Reason = Annotated[str, typer.Option(help="Why; kept in the ledger. Name nobody.")]
By = Annotated[str | None, typer.Option("--by", help="Who decides; who is logged in when left out.")]


def withdraw(
    submission: Annotated[str, typer.Argument(metavar="SUBMISSION", help="Such as deaths_05W_2018-04_1.")],
    reason: Reason,
    by: By = None,
    authority: Annotated[str, typer.Option(help="On whose authority, such as a Caldicott decision's number.")] = "",
) -> None:
    """Take a submission out, data included; says what is in force instead and which editions that touches."""
    done = workflow.withdraw(Settings.load(), submission, reason=reason, person=by, authority=authority)
    print(f"{done.name} is withdrawn. {done.proof}")
    print(f"In force instead: {done.instead or 'nothing; it counts as not submitted'}.")
    for path in done.at_source:
        print(f"{path} is the supplier's and was left alone: delete it there; it is not taken again.")
    if done.computed is None:
        print("Nothing is left to compute from: the figures made with it stay in the ledger until something is.")
    else:
        print(f"Computed without it: {done.computed.changed:,} figures moved.")
    for edition in done.editions:
        sent = f"{edition.sent} letters of it were sent" if edition.sent else "not sent"
        print(f"Edition {edition.number} of {edition.period} was made with it ({sent}): it stays as it is.")
    if months := [e.period for e in done.editions if e.newest]:
        print(
            "Until they are computed anew none of them can be approved, sent or sent again: release (and where a reader "
            f"would see a change, render) again: {', '.join(months)}."
        )


def rekey(
    folders: Annotated[
        list[Path] | None,
        typer.Option("--from", help="A folder with files that were sent, beside the inbox; can be repeated."),
    ] = None,
    by: By = None,
) -> None:
    """Put the lake under a new pseudonym key; OUTCOMES_PSEUDONYM_KEY_BEFORE is the one it is under."""
    done = workflow.rekey(
        Settings.load(),
        folders or [],
        person=by,
        progress=lambda n, of, name: print(f"{n} of {of}: {name}", file=sys.stderr) if sys.stderr.isatty() else None,
    )
    print(
        f"{done.submissions} submissions were put under the key {done.key_id}; {done.deleted} files under the old one "
        "are deleted. "
        "Compute again: every figure is the same. Destroy the old key with the backups that need it."
    )


def retain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would go, and why.")] = False,
    by: By = None,
    format: As = Format.table,
) -> None:
    """Delete what the policy keeps no longer; holds and charts keep what they need."""
    found = workflow.retain(Settings.load(), dry_run=dry_run, person=by)
    goes = "goes" if dry_run else "gone"
    rows = [
        (e.kind, e.subject, "stays" if e.kept_for else goes, e.records, e.set_aside, e.kept_for or e.why) for e in found
    ]
    listing(["what", "of", "fate", "records", "set_aside", "because"], rows, format)


def hold(
    subject: Annotated[str, typer.Argument(metavar="WHAT", help="A submission, a supplier or a month.")],
    reason: Reason,
    by: By = None,
) -> None:
    """Place a legal hold: nothing of what it names is deleted until it is lifted."""
    number = workflow.hold(Settings.load(), subject, reason=reason, person=by)
    print(f"Hold {number} on {subject} is in force: nothing of it is deleted.")


def lift(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="`outcomes holds` lists them.")],
    reason: Reason,
    by: By = None,
) -> None:
    """Lift a legal hold."""
    print(f"The hold on {workflow.lift(Settings.load(), number, reason=reason, person=by)} is lifted.")


def holds(format: As = Format.table) -> None:
    """Every legal hold, and whether it is lifted."""
    columns = ["number", "on", "reason", "placed_by", "placed_at", "lifted_by", "lifted_at"]
    rows = [
        (
            h.number,
            h.subject,
            h.reason,
            h.person,
            _moment(h.placed_at),
            h.lifted_by,
            h.lifted_at and _moment(h.lifted_at),
        )
        for h in workflow.holds(Settings.load())
    ]
    listing(columns, rows, format)


def trail(
    verify: Annotated[
        bool, typer.Option("--verify", help="Follow the chain; exit 2 at the first broken link.")
    ] = False,
    holds: Annotated[str | None, typer.Option(help="With --verify: a hash noted earlier that has to be in it.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on.")] = None,
    about: Annotated[str, typer.Option(help="Part of what it is about, of the person or the kind.")] = "",
    format: As = Format.table,
) -> None:
    """Who did what, when: every event, in one chain."""
    settings = Settings.load()
    if verify:
        found = workflow.verify_trail(settings, holds=holds)
        print(f"The trail is whole: {found.events:,} events. Note its latest hash elsewhere: {found.latest}")
        return
    if holds is not None:
        raise InputError("--holds is asked while following the chain: add --verify.")
    events = workflow.trail(settings, since=since.date() if since else None, about=about)
    rows = [(e.id, _moment(e.at), e.person, e.kind, e.subject, e.detail, e.hash[:12]) for e in events]
    listing(["number", "at", "person", "kind", "about", "detail", "hash"], rows, format)


def _moment(value: datetime) -> str:
    return value.isoformat(timespec="seconds")
