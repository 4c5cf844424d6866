"""How a listing is printed: a table for people, CSV and JSON for programs; and the options that many verbs share."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


class Format(StrEnum):
    """How a listing is printed."""

    table = "table"
    csv = "csv"
    json = "json"


Period = Annotated[str, typer.Option("--period", help="The reporting month, YYYY-MM.")]
Edition = Annotated[int | None, typer.Option("--edition", min=1, help="Its number; the latest when left out.")]
As = Annotated[Format, typer.Option("--format", help="How to print it.")]


def listing(columns: Sequence[str], rows: Iterable[Sequence[object]], format: Format) -> None:
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


def exact(value: object) -> object:
    """Whole numbers without a decimal point, others in full double precision."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
