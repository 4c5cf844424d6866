"""The verbs of those who redo past months: ask, see first what would change, and what came of it."""

from typing import Annotated

import typer

from outcomes import workflow
from outcomes.acting import acting
from outcomes.cli.printing import As, Format, listing
from outcomes.settings import Settings

LINES_SHOWN = 40


def backfill(
    ccg: Annotated[str, typer.Option(help="The CCG's code.")],
    first: Annotated[str, typer.Option("--from", help="The first month, YYYY-MM.")],
    last: Annotated[str, typer.Option("--to", help="The last month, YYYY-MM.")],
    reason: Annotated[str, typer.Option(help="Who sent what again, and why; kept in the ledger.")],
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show what would change; nothing is released.")
    ] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who asks for it; your login when left out.")] = None,
) -> None:
    """Redo a CCG's past months: receive, compute, release, render; each new edition then waits for approval."""
    settings, person = Settings.load(), by or acting()
    if not preview:
        done = workflow.backfill(settings, ccg, first, last, reason=reason, person=person, note=print)
        for month in done:
            if month.edition:
                print(f"Read it, then: outcomes approve --period {month.period} --edition {month.edition} --by NAME")
        return
    number = workflow.ask(settings, ccg, first, last, reason=reason, person=person, confirmed=False)
    shown = workflow.preview(settings, number)
    workflow.reading(settings, f"the preview of backfill {number}")
    print(f"New since the latest editions: {', '.join(shown.because) or 'no extract that can be used'}.")
    if shown.rejected:
        print(f"Rejected, so not used: {', '.join(shown.rejected)}. The feedback reports say why.")
    for foreseen in shown.months:
        print(f"\n{foreseen.sentence}")
        for line in foreseen.moved[:LINES_SHOWN]:
            of = f", {line.of}" if line.of else ""
            why = f" — {line.why}" if line.why else ""
            print(f"  {line.area}  {line.measure}{of}, {line.period}: {line.old} → {line.new}{why}")
        if len(foreseen.moved) > LINES_SHOWN:
            print(f"  and {len(foreseen.moved) - LINES_SHOWN} more")
    print(
        "\nNothing is released. These are the gate's figures before its attack, which may withhold a few more or set some "
        "free: for those who decide, not to be passed on."
    )


def backfills(
    ccg: Annotated[str | None, typer.Option(help="Only this CCG's.")] = None, format: As = Format.table
) -> None:
    """Who asked for which months to be done again, and what came of it."""
    columns = ["number", "ccg", "from", "to", "state", "person", "asked_at", "reason"]
    rows = [
        (b.number, b.ccg, b.first_month, b.last_month, b.state, b.person, f"{b.asked_at:%Y-%m-%d %H:%M}", b.reason)
        for b in workflow.backfills(Settings.load(), ccg)
    ]
    listing(columns, rows, format)
