"""What a drawing holds: its marks, lines and labels, read from the SVG.

Owns the step from markup to coordinates. Promises every mark whatever its shape, and to name coordinates that are finer
than two decimals. Never looks at what should be there: `charts` does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from outcomes.auditing.markup import Element

_DECIMALS = re.compile(r"\.\d{3,}")
_PAIR = re.compile(r"(-?[\d.]+)[ ,](-?[\d.]+)")
_ACROSS = re.compile(r"M(-?[\d.]+) (-?[\d.]+)H(-?[\d.]+)")
_STEP = re.compile(r"([MLHV])(-?[\d.]+)(?: (-?[\d.]+))?")
# A square whose corners are rounded one by one may be a little higher than wide.
_SQUARE = 0.05
_UP = re.compile(r"M(-?[\d.]+) (-?[\d.]+)V(-?[\d.]+)")

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A level or upright line, from `start` to `end` along it."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Label:
    at: XY
    size: float
    text: str


@dataclass
class Drawing:
    """`dots` are the centres of marks; `runs` the points that lines join; `labels` texts with their place; `areas` filled
    bands from top to bottom; `others` whatever else is drawn.
    """

    width: float
    height: float
    title: str
    dots: list[XY] = field(default_factory=list)
    runs: list[list[XY]] = field(default_factory=list)
    levels: list[Line] = field(default_factory=list)
    uprights: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    areas: list[XY] = field(default_factory=list)
    others: int = 0

    @property
    def points(self) -> list[XY]:
        """Every dot and every point of a line."""
        return [*self.dots, *(point for run in self.runs for point in run)]


def too_fine(svg: Element) -> bool:
    """Whether any coordinate, size or other number of the drawing has more than two decimals."""
    return any(
        _DECIMALS.search(value)
        for element in svg.everything()
        for name, value in element.attributes.items()
        if name != "fill"
    )


def read_drawing(svg: Element) -> Drawing:
    """Read a drawing; what is no mark, line, label or band is counted under `others`."""
    box = [float(n) for n in svg.attributes.get("viewbox", "").split()] or [0.0, 0.0, 0.0, 0.0]
    title = next((e.text() for e in svg.children if e.tag == "title"), "")
    drawing = Drawing(box[2], box[3], title)
    for element in svg.everything():
        if element.tag in {"svg", "title"}:
            continue
        try:
            _read(element, drawing)
        except (KeyError, ValueError):
            drawing.others += 1
    return drawing


class Band(list[XY]):
    """The upper left and the lower right corner of a filled band."""


def outlines(svg: Element) -> list[list[XY]]:
    """What is drawn, in order, reduced to points: a mark to its centre, a band to two corners, a line to its points."""
    drawn: list[list[XY]] = []
    for element in svg.everything():
        given = element.attributes
        if element.tag == "circle":
            drawn.append([(float(given["cx"]), float(given["cy"]))])
        elif element.tag == "rect":
            x, y, width, height = (float(given[name]) for name in ("x", "y", "width", "height"))
            drawn.append(outline([(x, y), (x + width, y + height)], closed=True))
        elif element.tag == "polyline":
            drawn.append([(float(x), float(y)) for x, y in _PAIR.findall(given["points"])])
        elif element.tag == "path":
            drawn.append(outline(_corners(given["d"]), closed=given["d"].endswith("Z")))
    return drawn


def bands(drawn: list[list[XY]]) -> tuple[list[list[XY]], list[float]]:
    """Outlines without the filled bands, which may be too flat to draw at another scale, and the heights of their edges."""
    flat = [line for line in drawn if isinstance(line, Band)]
    return [line for line in drawn if not isinstance(line, Band)], [y for line in flat for _, y in line]


def outline(points: list[XY], *, closed: bool) -> list[XY]:
    """The points of a line; the corners of a closed shape, or its centre where it is as wide as high."""
    if not closed:
        return points
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    if abs((right - left) - (bottom - top)) < _SQUARE:
        return [((left + right) / 2, (top + bottom) / 2)]
    return Band([(left, top), (right, bottom)])


def _corners(path: str) -> list[XY]:
    """The points that a path of straight lines goes through."""
    points: list[XY] = []
    for letter, first, second in _STEP.findall(path):
        if letter == "H":
            points.append((float(first), points[-1][1]))
        elif letter == "V":
            points.append((points[-1][0], float(first)))
        else:
            points.append((float(first), float(second)))
    return points


def _read(element: Element, drawing: Drawing) -> None:
    given = element.attributes
    if element.tag == "circle":
        drawing.dots.append((float(given["cx"]), float(given["cy"])))
    elif element.tag == "rect":
        x, y, width, height = (float(given[name]) for name in ("x", "y", "width", "height"))
        if width == height:
            drawing.dots.append((x + width / 2, y + height / 2))
        else:
            drawing.areas.append((y, y + height))
    elif element.tag == "polyline":
        drawing.runs.append([(float(x), float(y)) for x, y in _PAIR.findall(given["points"])])
    elif element.tag == "text":
        place = (float(given["x"]), float(given["y"]))
        drawing.labels.append(Label(place, float(given["font-size"]), element.text()))
    elif element.tag == "path":
        _read_path(given["d"], drawing)
    else:
        drawing.others += 1


def _read_path(path: str, drawing: Drawing) -> None:
    levels = list(_lines(_ACROSS, path))
    if levels and not _ACROSS.sub("", path):
        drawing.levels += [Line(y, x, end) for x, y, end in levels]
        return
    uprights = list(_lines(_UP, path))
    if uprights and not _UP.sub("", path):
        drawing.uprights += [Line(x, y, end) for x, y, end in uprights]
        return
    corners = [(float(x), float(y)) for x, y in _PAIR.findall(path)]
    # A diamond: top, right, bottom, left.
    if len(corners) == 4 and path.endswith("Z") and corners[0][0] == corners[2][0]:
        drawing.dots.append((corners[0][0], corners[1][1]))
    else:
        drawing.others += 1


def _lines(form: re.Pattern[str], path: str) -> Iterator[tuple[float, float, float]]:
    for first, second, end in form.findall(path):
        yield float(first), float(second), float(end)
