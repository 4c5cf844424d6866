"""Control charts and sparklines, read back into values.

Owns what a series' drawing may hold. Promises that each mark is the printed counts' ratio of its period on the axis' own
scale, that nothing is drawn for a figure that is withheld, and that mean and limits are those of the printed points.
Never takes a limit for given: it is computed again from what a reader sees.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outcomes.auditing.drawings import Drawing, Label
from outcomes.auditing.edition import Measure
from outcomes.auditing.names import Period, short_name_of
from outcomes.auditing.scales import Grid, Scale, are_steps
from outcomes.auditing.tables import Figure
from outcomes.statistics import control_chart

# A label's base line lies so far below its grid line, as a share of its size.
_BELOW = 0.34
_SNAP = 0.03


@dataclass(frozen=True)
class Series:
    """What a page says that it shows: the periods of a chart in order, with their figures (None where there is none)."""

    measure: Measure
    periods: tuple[Period, ...]
    figures: tuple[Figure | None, ...]

    @property
    def values(self) -> list[float | None]:
        return [self.measure.plotted(figure) for figure in self.figures]

    @property
    def judged(self) -> int:
        """How many readings there are up to the last that is not provisional."""
        return max((n for n, f in enumerate(self.figures, 1) if f is None or not f.provisional), default=0)

    def limits(self, starts: Sequence[int]) -> list[tuple[float, float, float]]:
        """Mean and limits as they may be drawn, for each part of the chart; none below twelve points."""
        settled = [
            None if figure is not None and figure.provisional else value
            for figure, value in zip(self.figures, self.values, strict=True)
        ][: self.judged]
        if not settled:
            return []
        chart = control_chart(settled, rebase_at=[start for start in starts if 0 < start < len(settled)])
        if chart.evidence == "not_enough_data":
            return []
        parts = {point.segment: point for point in chart.points if not math.isnan(point.mean)}
        ceiling = 100.0 if self.measure.in_percent else math.inf
        return [(p.mean, max(0.0, p.lower), min(ceiling, p.upper)) for p in parts.values()]

    def beside(self, starts: Sequence[int]) -> list[float]:
        """What may be drawn beside the readings: averages, limits and the target."""
        limits = [limit for three in self.limits(starts) for limit in three]
        return limits if self.measure.target is None else [*limits, self.measure.target]


def starts_in(drawing: Drawing, count: int) -> list[int]:
    """Where limits start anew: the positions at which a part's lines begin."""
    grid = _grid(drawing, count)
    begins = {line.start for line in drawing.levels if grid and line.start > grid.left}
    return sorted({grid.from_(x) for x in begins}) if grid else []


def series_leaks(drawing: Drawing, series: Series) -> Iterator[str]:
    """What a chart or a sparkline shows that the printed figures do not say."""
    if drawing.others:
        yield "something is drawn that is no mark, line, band or label"
    grid = _grid(drawing, len(series.figures))
    if grid is None:
        if drawing.points:
            yield "marks are drawn without an axis to read them on"
        return
    placed = [(grid.position(x), y) for x, y in drawing.points]
    if any(position is None for position, _ in placed):
        yield "a mark stands where no period is"
    values = series.values
    drawn = [(values[p], y) for p, y in placed if p is not None]
    if any(value is None for value, _ in drawn):
        yield "a mark is drawn for a period without a printed value"
    known = [(value, y) for value, y in drawn if value is not None]
    ticks, strange = _labels(drawing, series, grid)
    if strange:
        yield "a label is neither a period of the chart nor a number of its axis"
    scale = Scale.through(ticks) or Scale.through([*ticks, *known])
    if scale is None:
        return
    if any(not scale.fits(value, y) for value, y in known):
        yield "a mark is not the ratio of its period's printed counts"
    told = [*(value for value, _ in ticks), *series.beside(starts_in(drawing, grid.count))]
    heights = [line.at for line in drawing.levels] + [y for area in drawing.areas for y in area]
    if any(not any(scale.fits(value, y) for value in told) for y in heights) or drawing.uprights:
        yield "a line or band is neither the target nor an average or limit of the printed figures"


def reach(drawing: Drawing, series: Series) -> tuple[float, float, float] | None:
    """Where the lowest and the highest of all that is to be drawn lie, and how far off that may be; None without a scale."""
    grid = _grid(drawing, len(series.figures))
    if grid is None:
        return None
    placed = [(grid.position(x), y) for x, y in drawing.points]
    known = [(v, y) for p, y in placed if p is not None and (v := series.values[p]) is not None]
    scale = Scale.through(known)
    if scale is None:
        return None
    told = [*(v for v, _ in known), *series.beside(starts_in(drawing, grid.count))]
    return scale.place(max(told)), scale.place(min(told)), max(scale.doubt(max(told)), scale.doubt(min(told)))


def _grid(drawing: Drawing, count: int) -> Grid | None:
    if not drawing.levels or not count:
        return None
    return Grid(min(line.start for line in drawing.levels), max(line.end for line in drawing.levels), count)


def _labels(drawing: Drawing, series: Series, grid: Grid) -> tuple[list[tuple[float, float]], bool]:
    """The numbers of the axis with their height, and whether there is a label that is something else."""
    ticks, others, strange = heights(drawing, grid.left)
    for label in others:
        position = grid.position(label.at[0])
        strange |= position is None or label.text != short_name_of(series.periods[position])
    return ticks, strange


def heights(drawing: Drawing, left: float) -> tuple[list[tuple[float, float]], list[Label], bool]:
    """The numbers left of a plot with the height of their lines, all other labels, and whether a number is no axis'."""
    ticks: list[tuple[float, float]] = []
    others, strange = [], False
    for label in drawing.labels:
        x, y = label.at
        if x >= left:
            others.append(label)
            continue
        height = y - _BELOW * label.size
        level = min((line.at for line in drawing.levels), key=lambda at: abs(at - height))
        try:
            ticks.append((float(label.text), level))
        except ValueError:
            strange = True
        strange |= abs(level - height) > _SNAP
    return ticks, others, strange or not are_steps(value for value, _ in ticks)
