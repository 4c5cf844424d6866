"""How a listing is printed: a table for people, CSV and JSON for programs; and the options that many verbs share."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """How a listing is printed."""

    table = "table"
    csv = "csv"
    json = "json"


Period = Annotated[str, typer.Option("--period", help="The reporting month, YYYY-MM.")]
Edition = Annotated[int | None, typer.Option("--edition", min=1, help="Its number; the latest when left out.")]
As = Annotated[Format, typer.Option("--format", help="How to print it.")]


def listing(columns: Sequence[str], rows: Iterable[Sequence[object]], format: Format) -> None:
    """Print rows under their columns; what there is none of is empty, in JSON null."""
    if format is Format.json:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], indent=1, ensure_ascii=False))
        return
    written = [columns, *(["" if v is None else str(v) for v in row] for row in rows)]
    if format is Format.csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(written)
        return
    widths = [max(map(len, column)) for column in zip(*written, strict=True)]
    for line in written:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def exact(value: object) -> object:
    """Whole numbers without a decimal point, others in full double precision."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
