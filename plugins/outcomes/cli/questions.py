"""The verbs that only look: listings for people and programs, and what the doctor says."""

import sys
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from outcomes import workflow
from outcomes.cli.printing import As, Edition, Format, Period, exact, listing
from outcomes.errors import SetupError
from outcomes.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

    from outcomes.disclosure.released import ReleasedFigure
    from outcomes.statistics import Interval

# What of a released figure stands beside its key.
_PRINTED = ("denominator", "numerator", "value", "lower", "upper", "state")
SENSITIVE = "These figures are unreleased and sensitive: exact counts of people. Do not pass them on."


def status(
    period: Annotated[str | None, typer.Option("--period", help="Only this month, YYYY-MM.")] = None,
    late: Annotated[bool, typer.Option("--late", help="Instead: what is late against its due day.")] = False,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Late on this day instead of today.")
    ] = None,
    format: As = Format.table,
) -> None:
    """Who has submitted what, what is in force, and what is late."""
    settings = Settings.load()
    told = late or format is Format.table
    overdue = workflow.late(settings, period, as_of=as_of.date() if as_of else None) if told else []
    if late:
        listing(
            ["feed", "supplier", "period", "deadline", "due", "days_late", "rejected"],
            [(o.feed, o.supplier, o.period, o.deadline, o.due, o.days, _short(o.rejected)) for o in overdue],
            format,
        )
        return
    lines = workflow.status(settings, period)
    columns = ["feed", "supplier", "period", "sequence", "outcome", "rows", "rejected_records", "in_force"]
    listing(
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
    for (month, deadline), count in sorted(Counter((o.period, o.deadline) for o in overdue).items()):
        print(f"Late: {count} of {month} ({deadline}); `outcomes status --late` lists them.", file=sys.stderr)


def figures(
    measure: Annotated[str | None, typer.Option(help="Only this measure.")] = None,
    left_out: Annotated[bool, typer.Option("--left-out", help="Instead: who is in no denominator, and why.")] = False,
    format: As = Format.csv,
) -> None:
    """The latest computed figures: unreleased and sensitive."""
    settings = Settings.load()
    found = (workflow.left_out if left_out else workflow.figures)(settings, measure)
    what = "who is left out of the figures" if left_out else "the figures"
    workflow.reading(settings, f"{what} of {measure or 'every measure'}, unreleased")
    _unreleased(found, format)


def released(period: Period, edition: Edition = None, format: As = Format.csv) -> None:
    """What was let out for a reporting month, as printed."""
    rows = [f.columns() for f in workflow.released(Settings.load(), period, edition)]
    listing(list(rows[0]) if rows else [], [tuple(row.values()) for row in rows], format)


def explain(
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="Its id; `outcomes measures` lists them.")],
    area: Annotated[str, typer.Argument(metavar="AREA", help="The code of the STP or a CCG.")],
    period: Annotated[
        str, typer.Argument(metavar="PERIOD", help="A month, YYYY-MM, or a quarter, such as 2018/19-Q1.")
    ],
    edition: Edition = None,
    format: As = Format.table,
) -> None:
    """Where a figure comes from: what was printed, the release, the measure, the code and the submissions."""
    settings = Settings.load()
    told = workflow.explain(settings, measure, area, period, edition)
    of = f"{told.edition} of {told.reporting_month}"
    workflow.reading(settings, f"the story of {measure}, {area}, {period} in edition {of}")
    submissions = [
        # Not how many records: of deaths that would be the exact count behind a figure.
        (s.feed, s.supplier, s.period, s.sequence, s.status, s.received_at.isoformat(timespec="seconds"), s.sha256)
        for s in told.submissions
    ]
    columns = ["feed", "supplier", "period", "sequence", "status", "received_at", "sha256"]
    if format is Format.table:
        facts = {
            "measure": f"{told.measure.title} ({told.measure.id}, version {told.measure_version})",
            "counted": f"{told.measure.numerator} / {told.measure.denominator}",
            "edition": f"{told.edition} of {told.reporting_month}",
            "release": f"{told.release}, {told.released_at:%Y-%m-%d %H:%M}",
            "computation": f"{told.computation}, {told.computed_at:%Y-%m-%d %H:%M}, code {told.code_version}",
            "selection": f"{told.selection}: {len(submissions)} submissions of this measure's feeds, below",
        }
        listing(["what", "is"], list(facts.items()), format)
        print()
        printed = [(f"{told.reporting_month} (this)", told.edition, figure) for figure in told.figures]
        listing(
            ["edition of", "number", "grain", "stratum", *_PRINTED],
            [_as_printed(*line) for line in (*told.elsewhere, *printed)],
            format,
        )
        print()
    listing(columns, submissions, format)


def _as_printed(month: str, number: int, figure: "ReleasedFigure") -> tuple[object, ...]:
    cells = figure.columns()
    stratum = "all" if figure.stratum == "all" else f"{figure.stratum} {figure.stratum_value}"
    return (month, number, figure.grain, stratum, *(cells[c] for c in _PRINTED))


def measures(format: As = Format.table) -> None:
    """What is measured: each measure, its owner and when it is reviewed."""
    found = workflow.measures(Settings.load()).values()
    columns = ["id", "version", "status", "title", "scoring", "direction", "ccg_grain", "owner", "next_review"]
    rows = [tuple(str(getattr(m, c)) for c in columns) for m in found]
    listing(columns, rows, format)


def feeds(format: As = Format.table) -> None:
    """What suppliers send: each feed, its key and how many columns."""
    rows = [
        (f.name, f.title, f.version, " + ".join(f.key), len(f.columns), "yes" if f.may_be_empty else "no")
        for f in workflow.feeds().values()
    ]
    listing(["feed", "title", "version", "key", "columns", "may_be_empty"], rows, format)


def maturity(period: Period, format: As = Format.table) -> None:
    """How far the data of a month can be trusted: each expected submission, then each CCG's share of deaths linked."""
    settings = Settings.load()
    columns = ["feed", "supplier", "period", "submitted", "in_time", "records", "usual", "valid_nhs_numbers"]
    columns += ["least_filled_column", "least_filled", "rejected"]
    lines = [asdict(line) for line in workflow.maturity(settings, period)]
    lines += [
        {
            "feed": "deaths linked",
            "supplier": line.area,
            "period": line.period,
            "records": line.deaths,
            "valid_nhs_numbers": line.linked,
        }
        for line in workflow.linked(settings, period)
    ]
    workflow.reading(settings, f"how far the data of {period} can be trusted, in exact counts")
    listing(columns, [tuple(_short(line.get(column)) for column in columns) for line in lines], format)


def equity(period: Period, format: As = Format.table) -> None:
    """The equity gap of the outcomes that would be paid on, over the twelve months to a month: unreleased and sensitive."""
    settings = Settings.load()
    gaps = workflow.equity(settings, period)
    workflow.reading(settings, f"the equity gap of {period}, unreleased")
    print(SENSITIVE, file=sys.stderr)
    columns = ["measure", "period", "slope", "lower", "upper", "lowest_ccg", "highest_ccg", "range"]
    rows = [
        (g.measure, g.period, *_interval(g.slope), _short(g.lowest), _short(g.highest), _short(g.spread)) for g in gaps
    ]
    listing(columns, rows, format)


def revisions(
    computation: Annotated[int | None, typer.Option(help="Its number; the latest when left out.")] = None,
    format: As = Format.table,
) -> None:
    """Which figures a computation moved, by how much and because of which submissions: unreleased and sensitive."""
    settings = Settings.load()
    moved = workflow.revisions(settings, computation).moved
    which = "the latest computation" if computation is None else f"computation {computation}"
    workflow.reading(settings, f"what {which} moved, unreleased")
    _unreleased(moved, format)


def doctor() -> None:
    """Whether this machine and its settings can do the job, line by line; exit 3 when something needed is missing."""
    findings = workflow.doctor(Settings.load())
    for finding in findings:
        mark = "ok  " if finding.good else "MEND" if finding.needed else "note"
        print(f"{mark}  {finding.what}: {finding.say}")
    if not all(f.good for f in findings if f.needed):
        raise SetupError("Not everything needed is there: mend the lines marked MEND.")


def _unreleased(found: "pd.DataFrame", format: Format) -> None:
    """A table of exact figures, and on standard error that it is one."""
    print(SENSITIVE, file=sys.stderr)
    rows = found.astype(object).where(found.notna(), None).itertuples(index=False, name=None)
    listing(list(found.columns), [tuple(exact(v) for v in row) for row in rows], format)


def _interval(interval: "Interval | None") -> tuple[object, object, object]:
    if interval is None:
        return None, None, None
    return _short(interval.value), _short(interval.lower), _short(interval.upper)


def _short(value: object) -> object:
    """Shares and gaps with three decimals, `yes` and `no` for what is so or not."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return round(value, 3) if isinstance(value, float) else value
