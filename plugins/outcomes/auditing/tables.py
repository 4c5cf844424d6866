"""figures.csv as a stranger reads it.

Owns the reading of the file. Promises a refusal, with the line, for anything that is not a table of figures as documented,
so that no other check works on half a file. Never judges what a figure says: `counts` does.
"""

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from outcomes.disclosure.released import WITHHELD
from outcomes.errors import SafetyRefusal

FILE = "figures.csv"
KEY = ("measure", "area", "grain", "period", "stratum", "stratum_value")
COUNTS = ("denominator", "numerator")
DERIVED = ("value", "lower", "upper")
COLUMNS = (*KEY, *COUNTS, *DERIVED, "state")
# What stands before them, under the names of Fingertips' downloads. An edition made before these has none of them.
FINGERTIPS = (
    *("Indicator ID", "Indicator Name", "Parent Code", "Parent Name", "Area Code", "Area Name", "Area Type"),
    *("Sex", "Age", "Category Type", "Category", "Time period", "Value", "Lower CI 95.0 limit", "Upper CI 95.0 limit"),
    *("Lower CI 99.8 limit", "Upper CI 99.8 limit", "Count", "Denominator", "Value note", "Recent Trend"),
    *("Compared to England value or percentiles", "Compared to percentiles", "Time period Sortable", "New data"),
    *("Compared to goal", "Time period range"),
)
STATES = ("shown", "suppressed", "not_submitted", "no_cases")

_PERIODS = {
    "month": re.compile(r"\d{4}-\d{2}", re.ASCII),
    "rolling-12": re.compile(r"\d{4}-\d{2}", re.ASCII),
    "quarter": re.compile(r"\d{4}/\d{2}-Q[1-4]", re.ASCII),
}
_COUNT = re.compile(r"\d+", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure exactly as the file prints it; `provisional` is told by figures.json alone.

    `fingertips` are the cells before it, as many as there are such columns.
    """

    measure: str
    area: str
    grain: str
    period: str
    stratum: str
    stratum_value: str
    denominator: str
    numerator: str
    value: str
    lower: str
    upper: str
    state: str
    provisional: bool = False
    fingertips: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return (self.measure, self.area, self.grain, self.period, self.stratum, self.stratum_value)

    @property
    def name(self) -> str:
        """The figure in words, without any number of it."""
        return " ".join(part for part in self.key if part != "all")

    def count(self, column: str) -> float:
        """A printed count; nan where it is withheld or absent."""
        text: str = getattr(self, column)
        return float(text) if _COUNT.fullmatch(text) else math.nan

    @property
    def ratio(self) -> float:
        """The printed counts' own ratio; nan where a count is not told."""
        denominator = self.count("denominator")
        return self.count("numerator") / denominator if denominator else math.nan


def figure_of(cells: Mapping[str, object], fingertips: tuple[str, ...] = ()) -> Figure:
    """A figure from its cells by the names of their columns."""
    return Figure(**{column: str(cells[column]) for column in COLUMNS}, fingertips=fingertips)  # type: ignore[arg-type]


def figures_in(folder: Path) -> pd.DataFrame:
    """The released figures of an edition's folder; counts as numbers, nan where withheld or absent.

    Raises SafetyRefusal when the file is not there or is no table of figures.
    """
    figures = read_figures(folder)
    table = pd.DataFrame(
        [[getattr(f, column) for column in COLUMNS] for f in figures], columns=list(COLUMNS), dtype=str
    )
    for column in COUNTS:
        table[column] = pd.Series([f.count(column) for f in figures], dtype=float)
    return table


def read_figures(folder: Path) -> list[Figure]:
    """Every line of the file; raises SafetyRefusal as `figures_in` does."""
    path = folder / FILE
    try:
        text = path.read_bytes().decode("utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except OSError as error:
        raise _refusal(folder, f"cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refusal(folder, f"is no table in UTF-8 ({type(error).__name__})") from None
    if not rows or tuple(rows[0]) not in ((*FINGERTIPS, *COLUMNS), COLUMNS):
        raise _refusal(folder, f"has other columns than Fingertips' and {', '.join(COLUMNS)}")
    before = len(rows[0]) - len(COLUMNS)
    figures: dict[Key, Figure] = {}
    for line, row in enumerate(rows[1:], 2):
        figure = _figure(folder, line, row, before)
        if figure.key in figures:
            raise _refusal(folder, f"has a figure twice, the second time on line {line}")
        figures[figure.key] = figure
    return list(figures.values())


def _figure(folder: Path, line: int, row: list[str], before: int) -> Figure:
    """The figure of a line; `before` is how many cells stand before it."""
    if len(row) != before + len(COLUMNS):
        raise _refusal(folder, f"has {len(row)} cells on line {line} where {before + len(COLUMNS)} belong")
    figure = figure_of(dict(zip(COLUMNS, row[before:], strict=True)), tuple(row[:before]))
    wrong = [
        column
        for column, right in (
            ("grain", figure.grain in _PERIODS),
            ("period", figure.grain in _PERIODS and bool(_PERIODS[figure.grain].fullmatch(figure.period))),
            ("state", figure.state in STATES),
            *((c, getattr(figure, c) in ("", WITHHELD) or bool(_COUNT.fullmatch(getattr(figure, c)))) for c in COUNTS),
            *((c, not getattr(figure, c) or bool(_NUMBER.fullmatch(getattr(figure, c)))) for c in DERIVED),
        )
        if not right
    ]
    if wrong:
        raise _refusal(folder, f"has something on line {line} that is no {wrong[0]}")
    return figure


def _refusal(folder: Path, why: str) -> SafetyRefusal:
    return SafetyRefusal(
        f"The file {FILE} of {folder.parent.name}/{folder.name} {why}, so it cannot be audited: render the edition again."
    )
