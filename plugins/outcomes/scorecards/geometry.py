"""Where everything in a drawing lies: control charts, sparklines and the strips of the comparison.

Owns coordinates, in the units of a box, rounded to two decimals. Promises a coordinate only for a figure that has a value:
a withheld, missing or empty period has none. Never words anything and never judges: kinds come from the judgement.
"""

import math
from dataclasses import dataclass

from outcomes.scorecards.alternatives import drawn_limits
from outcomes.scorecards.comparison import Cell, Line
from outcomes.scorecards.panel import Panel
from outcomes.scorecards.series import Reading
from outcomes.statistics.control_chart import ControlChart, Point

STEPS = tuple(m * 10.0**e for e in range(-3, 6) for m in (1, 2, 2.5, 5))
MOST_INTERVALS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """The drawing's size, and the edges of the plot within it; y grows downwards. `font` is the size of the labels."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    font: float = 6.6

    def y(self, value: float, low: float, high: float) -> float:
        """How far down a value stands on a scale from low to high."""
        return round(self.bottom - (value - low) / (high - low) * (self.bottom - self.top), 2)


# A panel on paper, set tighter, in large print, and on a screen; a tile's sparkline; a cell of the comparison.
PAPER = Box(180, 74, 19, 178, 3, 62, 6.8)
DENSE = Box(180, 62, 19, 178, 3, 50, 6.8)
LARGE = Box(510, 170, 58, 504, 8, 145, 16.4)
SCREEN = Box(760, 300, 64, 748, 12, 258, 17)
SPARK = Box(100, 40, 4, 96, 5, 35)
STRIP = Box(60, 20, 3, 57, 2, 18)


@dataclass(frozen=True, slots=True)
class Dot:
    """A figure; `kind` is the signal (`common_cause` where there is none); hollow when provisional."""

    x: float
    y: float
    kind: str
    hollow: bool


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """What was to be expected in a part of the chart; there are several where limits start anew."""

    left: float
    right: float
    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A control chart. `lines` are the runs of figures between gaps; `bands` is empty where nothing is judged."""

    box: Box
    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    bands: tuple[Band, ...]
    target: float | None


def scale_of(panel: Panel) -> tuple[float, float]:
    """The scale of a panel's chart, which holds its figures, limits and target; there has to be a figure."""
    values = [r.value for r in panel.series.readings if r.value is not None]
    segments = _segments(panel.judgement.chart) if panel.judgement.chart else []
    limits = [limit for _, point in segments for limit in drawn_limits(point, panel.measure)]
    target = panel.measure.target
    return padded([*values, *limits, *([] if target is None else [target])])


def draw(panel: Panel, box: Box, scale: tuple[float, float] | None = None) -> Drawing | None:
    """A panel's chart, on a scale of its own where none is given.

    None when there is no figure to draw, or nothing before the first.
    """
    readings = panel.series.readings
    if all(r.value is None for r in readings) or len(readings) == 1:
        return None
    judgement = panel.judgement
    segments = _segments(judgement.chart) if judgement.chart else []
    limits = [drawn_limits(point, panel.measure) for _, point in segments]
    target = panel.measure.target
    low, high = scale or scale_of(panel)

    def y(value: float) -> float:
        return box.y(value, low, high)

    inset = (box.right - box.left) * 0.025
    step = (box.right - box.left - 2 * inset) / max(1, len(readings) - 1)

    def x(position: int) -> float:
        return round(box.left + inset + position * step, 2)

    # A part begins half-way between its first figure and the one before.
    edges = [box.left, *(round(x(start) - step / 2, 2) for start, _ in segments[1:]), box.right]
    bands = tuple(
        Band(left, right, *(y(limit) for limit in three))
        for left, right, three in zip(edges, edges[1:], limits, strict=False)
    )
    labelled = sorted({0, len(readings) // 2, len(readings) - 1}) if len(readings) > 4 else [0, len(readings) - 1]
    return Drawing(
        box=box,
        lines=_lines([(x(i), None if r.value is None else y(r.value)) for i, r in enumerate(readings)]),
        dots=tuple(
            Dot(x(i), y(r.value), _kind(panel, i), r.provisional) for i, r in enumerate(readings) if r.value is not None
        ),
        across=tuple(Tick(x(i), readings[i].short) for i in dict.fromkeys(labelled)),
        up=tuple(Tick(y(value), label) for value, label in ticks(low, high)),
        bands=bands,
        target=None if target is None else y(target),
    )


def _segments(chart: ControlChart) -> list[tuple[int, Point]]:
    """Where each part with limits of its own begins, and its first point; a part without a figure has no limits."""
    points = chart.points
    firsts = [(i, p) for i, p in enumerate(points) if i == 0 or p.segment != points[i - 1].segment]
    return [(i, p) for i, p in firsts if not math.isnan(p.mean)]


def _kind(panel: Panel, position: int) -> str:
    chart = panel.judgement.chart
    signal = chart.points[position].signal if chart and position < len(chart.points) else None
    return {"high": "unusual", "low": "unusual", None: "common_cause"}.get(signal, signal or "common_cause")


def padded(values: list[float]) -> tuple[float, float]:
    """A scale with room above and below."""
    low, high = min(values), max(values)
    pad = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return low - pad, high + pad


def _lines(points: list[tuple[float, float | None]]) -> tuple[str, ...]:
    runs: list[list[str]] = [[]]
    for x, y in points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append(f"{x},{y}")
    return tuple(" ".join(run) for run in runs if len(run) > 1)


def ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Round values on a scale, with their labels."""
    step = next(s for s in STEPS if (high - low) / s <= MOST_INTERVALS or s == STEPS[-1])
    decimals = next(d for d in range(5) if math.isclose(round(step, d), step))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [(n * step, f"{n * step:.{decimals}f}") for n in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Strip:
    """A cell of the comparison: the figure, its interval (None where there is none) and the STP's line."""

    box: Box
    x: float
    low: float | None
    high: float | None
    reference: float
    kind: str
    hollow: bool


def strips(line: Line, box: Box = STRIP) -> dict[str, Strip]:
    """The strips of a measure by area code, all on one scale; none for a figure without value, or without the STP's."""
    reference = line.stp.reading.value
    if reference is None:
        return {}
    drawn = [cell for cell in line.ccgs if cell.reading.value is not None]
    low, high = padded([reference, *(value for cell in drawn for value in extent(cell.reading))])

    def x(value: float) -> float:
        return round(box.left + (value - low) / (high - low) * (box.right - box.left), 2)

    return {cell.area.code: _strip(cell, x(reference), [x(v) for v in extent(cell.reading)], box) for cell in drawn}


def extent(reading: Reading) -> list[float]:
    """The value, and its interval's ends where there are any."""
    figure = reading.figure
    limits = (figure.lower, figure.upper) if figure else ()
    return [v for v in (reading.value, *limits) if v is not None]


def _strip(cell: Cell, reference: float, extent: list[float], box: Box) -> Strip:
    low, high = (extent[1], extent[2]) if len(extent) == 3 else (None, None)
    return Strip(box, extent[0], low, high, reference, cell.tone, cell.reading.provisional)
