"""The verbs that make the month: each does its work and says in a line or two what came of it."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from outcomes import workflow
from outcomes.cli.printing import As, Edition, Format, Period, listing
from outcomes.errors import InputError, SetupError
from outcomes.periods import Month, reporting_day, today
from outcomes.settings import Settings


def synth(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; new or empty.")],
    first: Annotated[str, typer.Option("--from", help="The first month, YYYY-MM.")],
    last: Annotated[str, typer.Option("--to", help="The last month, YYYY-MM.")],
    scale: Annotated[float, typer.Option(help="1.0 is about 960 deaths and 275,000 records a month.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
) -> None:
    """Write linked synthetic submissions of all suppliers, with manifests."""
    written = workflow.synth(folder, first, last, scale=scale, seed=seed, progress=_note)
    print(f"{written.submissions} submissions with {written.records:,} records are in {folder}.")


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files named as submissions.")],
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Pretend it is this day.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Also write it there: page, workbook, CSV and text.")
    ] = None,
) -> None:
    """A supplier's self-check: the feedback report, without landing anything; exit 1 when a file would be rejected."""
    settings, accepted, unread = Settings.load(), True, []
    for file in files:
        try:
            (report,) = workflow.check(settings, [file], as_of=_day(as_of), to=to)
        except InputError as error:
            # One that cannot be read holds up no other.
            unread.append(str(error))
            continue
        accepted &= report.accepted
        print(report.text())
        if to is not None:
            print(f"Open {to / report.file_name}.html; the same lies there as .xlsx, .csv and .txt.\n")
    if unread:
        raise InputError(" ".join(unread))
    if not accepted:
        raise typer.Exit(1)


def receive(
    inbox: Annotated[
        Path | None, typer.Option(help="Only this drop folder; every supplier's own source when left out.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Pretend it is this day.")
    ] = None,
    supplier: Annotated[str | None, typer.Option(help="Only this supplier's.")] = None,
) -> None:
    """Land everything new at the suppliers' sources; what is rejected is reported and does not stop the others."""
    settings = Settings.load()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("receiving", total=None)
        receipt = workflow.receive(
            settings,
            inbox=inbox,
            as_of=_day(as_of),
            suppliers=[supplier] if supplier else None,
            progress=lambda done, total, name: bar.update(task, completed=done, total=total),
        )
    for report in receipt.refused:
        print(f"{report.title.removeprefix('Feedback on ')}: {report.verdict}")
    for name in receipt.arriving:
        print(f"{name}: still arriving")
    for name in receipt.unfinished:
        print(f"{name}: still being sent, left alone")
    for sentence in (*receipt.waiting, *receipt.withdrawn, *receipt.notices):
        print(sentence)
    for name in receipt.other:
        print(f"{name}: no submission, left alone")
    print(
        f"{receipt.accepted} accepted ({receipt.records:,} records read), {receipt.rejected} rejected, "
        f"{receipt.nothing_new} received before, {len(receipt.arriving)} arriving. Feedback: {settings.feedback}"
    )
    if receipt.failed:
        raise SetupError(" ".join(receipt.failed))
    if receipt.nothing_could_be_read:
        raise InputError("Nothing could be read: every submission in the inbox is rejected; see the sentences above.")


def chase(
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Pretend it is this day.")
    ] = None,
    format: As = Format.table,
) -> None:
    """Ask suppliers' contacts for extracts that became late in the last month, once for each; prints how each stands."""
    lines = workflow.chase(Settings.load(), as_of=_day(as_of))
    columns = ["supplier", "feed", "period", "deadline", "due", "recipient", "state", "detail"]
    listing(columns, [tuple(str(getattr(line, column)) for column in columns) for line in lines], format)


def compute(
    to: Annotated[str | None, typer.Option("--to", help="The last month, YYYY-MM; the latest when left out.")] = None,
) -> None:
    """Compute every figure from what is in force."""
    settings = Settings.load()
    done = workflow.compute(settings, to=to)
    what = f"{done.first_month} to {done.last_month} from selection {done.selection}"
    if done.repeated:
        print(f"Nothing new to compute: {what} was computed before by the same code.")
    else:
        print(f"Computed {what}: {done.figures:,} figures, {done.changed:,} of them new or moved.")
        because = workflow.revisions(settings, done.computation_id).because
        shown = ", ".join(because[:5]) + (f" and {len(because) - 5:,} more" if len(because) > 5 else "")
        print(f"New since the computation before: {shown or 'no submission'}.")


def release(period: Period) -> None:
    """Let the figures through the disclosure gate; makes the edition, or says that nothing has changed."""
    print(workflow.release(Settings.load(), period).sentence)
    if today() < (due := reporting_day(Month.parse(period))):
        _note(f"{period} is not due before {due:%-d %B %Y}: not all of its extracts can be final yet.")


def render(
    period: Period,
    edition: Edition = None,
    large_print: Annotated[
        bool, typer.Option("--large-print", help="Seven PDFs in large print, in a folder beside the edition's.")
    ] = False,
) -> None:
    """Write an edition's scorecards: seven PDFs, seven pages, CSV and JSON."""
    write = workflow.large_print if large_print else workflow.render
    done = write(Settings.load(), period, edition)
    print(f"Edition {done.edition} of {period}{' in large print' if large_print else ''}:")
    for name in sorted(done.files):
        print(f"  {done.folder / name}")


def approve(
    period: Period,
    by: Annotated[str, typer.Option("--by", help="The name of the person who decides.")],
    edition: Edition = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it instead.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")] = "",
) -> None:
    """Enter a named person's decision to let an edition go, or not."""
    decision: Literal["approved", "refused"] = "refused" if refuse else "approved"
    number = workflow.approve(Settings.load(), period, edition=edition, person=by, decision=decision, reason=reason)
    print(f"Edition {number} of {period} is {decision} by {by}.")


def audit(period: Period, edition: Edition = None) -> None:
    """The disclosure attacker, on the rendered files; exit 2 when it finds something."""
    found = workflow.audit(Settings.load(), period, edition)
    for finding in found.findings:
        print(finding)
    found.hold()
    if found.tried is None:
        print(
            f"Edition {found.edition} of {found.period} was released without the attack, for the partnership only: its "
            "files say nothing beyond the released counts."
        )
        return
    print(
        f"Nothing gives a count away in edition {found.edition} of {found.period}: each of its {found.tried} counts of "
        "1 to "
        "7 could still be any of them, after all that this series has ever printed."
    )


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _note(text: str) -> None:
    print(text, file=sys.stderr)
