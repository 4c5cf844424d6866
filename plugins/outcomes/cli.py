"""The same verbs from a shell: `outcomes --help`.

Owns options, tables and exit codes: 0 done, 1 the input is at fault, 2 refused for safety, 3 the set-up is at fault.
Promises one sentence on standard error instead of a traceback. Never does anything that outcomes.workflow does not.
"""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from outcomes import workflow
from outcomes.errors import InputError, OutcomesError, SetupError
from outcomes.settings import Settings

app = typer.Typer(
    name="outcomes",
    help="Outcome measures for end-of-life care: from suppliers' extracts to scorecards that are safe to publish.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """How a listing is printed."""

    table = "table"
    csv = "csv"
    json = "json"


Period = Annotated[str, typer.Option("--period", help="The reporting month, YYYY-MM.")]
Edition = Annotated[int | None, typer.Option("--edition", min=1, help="Its number; the latest when left out.")]
As = Annotated[Format, typer.Option("--format", help="How to print it.")]


def main() -> NoReturn:
    """Run the command line; every expected failure becomes one sentence and its exit code."""
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except OutcomesError as error:
        print(f"outcomes: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except typer.Abort:
        print("outcomes: stopped; run it again, nothing is lost.", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("outcomes: stopped; run it again, nothing is lost.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output, such as `head`, has seen enough.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        if hasattr(error, "format_message"):
            print(f"outcomes: {error.format_message()} `outcomes --help` tells more.", file=sys.stderr)
            sys.exit(1)
        raise


@app.command()
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


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files named as submissions.")],
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Pretend it is this day.")
    ] = None,
) -> None:
    """A supplier's self-check: the feedback report, without landing anything; exit 1 when a file would be rejected."""
    reports = workflow.check(Settings.load(), files, as_of=_day(as_of))
    for report in reports:
        print(report.text())
    if not all(report.accepted for report in reports):
        raise typer.Exit(1)


@app.command()
def receive(
    inbox: Annotated[Path | None, typer.Option(help="The drop folder; OUTCOMES_INBOX when left out.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Pretend it is this day.")
    ] = None,
    supplier: Annotated[str | None, typer.Option(help="Only this supplier's.")] = None,
) -> None:
    """Land everything new in the inbox; rejected submissions are reported and do not stop the others."""
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
            supplier=supplier,
            progress=lambda done, total, name: bar.update(task, completed=done, total=total),
        )
    for report in receipt.refused:
        print(f"{report.title.removeprefix('Feedback on ')}: {report.verdict}")
    for name in receipt.arriving:
        print(f"{name}: still arriving")
    for sentence in receipt.waiting:
        print(sentence)
    for name in receipt.other:
        print(f"{name}: no submission, left alone")
    print(
        f"{receipt.accepted} accepted ({receipt.records:,} records read), {receipt.rejected} rejected, "
        f"{receipt.nothing_new} received before, {len(receipt.arriving)} arriving. Feedback: {settings.feedback}"
    )
    if receipt.nothing_could_be_read:
        raise InputError("Nothing could be read: every submission in the inbox is rejected; see the sentences above.")


@app.command()
def status(
    period: Annotated[str | None, typer.Option("--period", help="Only this month, YYYY-MM.")] = None,
    format: As = Format.table,
) -> None:
    """Who has submitted what, and what is in force."""
    lines = workflow.status(Settings.load(), period)
    columns = ["feed", "supplier", "period", "sequence", "outcome", "rows", "rejected_records", "in_force"]
    _print(
        columns,
        [
            (
                s.feed,
                s.supplier,
                s.period,
                s.sequence,
                s.outcome,
                s.rows,
                s.rejected_records,
                "yes" if s.in_force else "no",
            )
            for s in lines
        ],
        format,
    )


@app.command()
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
        because = workflow.revised(settings, done.computation_id).because
        shown = ", ".join(because[:5]) + (f" and {len(because) - 5:,} more" if len(because) > 5 else "")
        print(f"New since the computation before: {shown or 'no submission'}.")


@app.command()
def figures(
    measure: Annotated[str | None, typer.Option(help="Only this measure.")] = None, format: As = Format.csv
) -> None:
    """The latest computed figures: unreleased and sensitive."""
    found = workflow.figures(Settings.load(), measure)
    print("These figures are unreleased and sensitive: exact counts of people. Do not pass them on.", file=sys.stderr)
    rows = found.astype(object).where(found.notna(), None).itertuples(index=False, name=None)
    _print(list(found.columns), [tuple(_exact(v) for v in row) for row in rows], format)


@app.command()
def release(period: Period) -> None:
    """Let the figures through the disclosure gate; makes the edition, or says that nothing has changed."""
    print(workflow.release(Settings.load(), period).sentence)


@app.command()
def released(period: Period, edition: Edition = None, format: As = Format.csv) -> None:
    """What was let out for a reporting month, as printed."""
    rows = [f.columns() for f in workflow.released(Settings.load(), period, edition)]
    _print(list(rows[0]) if rows else [], [tuple(row.values()) for row in rows], format)


@app.command()
def render(period: Period, edition: Edition = None) -> None:
    """Write an edition's scorecards: seven PDFs, seven pages, CSV and JSON."""
    done = workflow.render(Settings.load(), period, edition)
    print(f"Edition {done.edition} of {period}:")
    for name in sorted(done.files):
        print(f"  {done.folder / name}")


@app.command()
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


@app.command()
def deliver(period: Period, edition: Edition = None, format: As = Format.table) -> None:
    """Send what is approved and not yet sent; prints each recipient and state."""
    lines = workflow.deliver(Settings.load(), period, edition)
    _print(["area", "recipient", "state", "detail"], [(d.area, d.recipient, d.state, d.detail) for d in lines], format)


@app.command()
def backfill(
    ccg: Annotated[str, typer.Option(help="The CCG's code.")],
    first: Annotated[str, typer.Option("--from", help="The first month, YYYY-MM.")],
    last: Annotated[str, typer.Option("--to", help="The last month, YYYY-MM.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")],
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would change.")] = False,
) -> None:
    """Redo a CCG's past months (not there yet)."""
    workflow.backfill(Settings.load(), ccg, first, last, reason=reason, preview=preview)


@app.command()
def explain(measure: str, area: str, period: str, edition: Edition = None) -> None:
    """Where a figure comes from (not there yet)."""
    workflow.explain(Settings.load(), measure, area, period, edition)


@app.command()
def audit(period: Period) -> None:
    """The disclosure attacker, on the rendered files (not there yet)."""
    workflow.audit(Settings.load(), period)


@app.command()
def withdraw(submission: str, reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")]) -> None:
    """Take a submission out, data included (not there yet)."""
    workflow.withdraw(Settings.load(), submission, reason=reason)


@app.command()
def measures(format: As = Format.table) -> None:
    """What is measured: each measure, its owner and when it is reviewed."""
    found = workflow.measures(Settings.load()).values()
    columns = ["id", "version", "status", "title", "scoring", "direction", "ccg_grain", "owner", "next_review"]
    rows = [tuple(str(getattr(m, c)) for c in columns) for m in found]
    _print(columns, rows, format)


@app.command()
def feeds(format: As = Format.table) -> None:
    """What suppliers send: each feed, its key and how many columns."""
    rows = [
        (f.name, f.title, f.version, " + ".join(f.key), len(f.columns), "yes" if f.may_be_empty else "no")
        for f in workflow.feeds().values()
    ]
    _print(["feed", "title", "version", "key", "columns", "may_be_empty"], rows, format)


@app.command()
def doctor() -> None:
    """Whether this machine and its settings can do the job, line by line; exit 3 when something needed is missing."""
    findings = workflow.doctor(Settings.load())
    for finding in findings:
        mark = "ok  " if finding.good else "MEND" if finding.needed else "note"
        print(f"{mark}  {finding.what}: {finding.say}")
    if not all(f.good for f in findings if f.needed):
        raise SetupError("Not everything needed is there: mend the lines marked MEND.")


def _print(columns: Sequence[str], rows: Iterable[Sequence[object]], format: Format) -> None:
    if format is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(["" if v is None else v for v in row] for row in rows)
    elif format is Format.json:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=1, ensure_ascii=False))
    else:
        table = Table(*columns, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*("" if v is None else str(v) for v in row))
        Console(width=None if sys.stdout.isatty() else 200, soft_wrap=not sys.stdout.isatty(), markup=False).print(
            table
        )


def _exact(value: object) -> object:
    """Whole numbers without a decimal point, others in full double precision."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _note(text: str) -> None:
    print(text, file=sys.stderr)
