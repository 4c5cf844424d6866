"""A drawing as a PDF takes it: the SVG of `drawings.svg.j2` turned into strokes and words once, and put on any page.

WeasyPrint draws SVG too, but all of SVG, which took a fifth of a scorecard's time. Owns the few shapes that our drawings
are made of. Promises the same shapes in the same order at the same coordinates, and a SetupError for anything else in a
drawing: nothing is left out in silence. Never loads anything.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import inf, pi, sqrt
from typing import Any

from outcomes.errors import SetupError

_NUMBER = re.compile(r"-?[\d.]+")
_STEP = re.compile(r"([MLHVZ])([^MLHVZ]*)")
_COLOUR = re.compile(r"#([\dA-F]{2})([\dA-F]{2})([\dA-F]{2})")
# What a shape may say besides where it is.
_LOOK = frozenset({"fill", "stroke", "stroke-width", "stroke-dasharray"})
_PLACE = {
    "circle": {"cx", "cy", "r"},
    "rect": {"x", "y", "width", "height"},
    "path": {"d"},
    "polyline": {"points"},
    "text": {"x", "y", "text-anchor", "font-size", "font-weight"},
}
# The handles of the four curves of a circle, as a share of its radius.
_ROUND = 1 / sqrt(pi)
# SVG's limit for the spike of a sharp corner; PDF has another.
_MITER = 4


@lru_cache(maxsize=2048)
def picture(svg: bytes) -> "Picture":
    """The picture of a drawing. The seven scorecards of a month share most of theirs."""
    return Picture(svg)


class Picture:
    """An image to WeasyPrint, which asks it for its proportions and to draw itself."""

    def __init__(self, svg: bytes) -> None:
        root = ET.fromstring(svg)
        _, _, self._width, self._height = (float(n) for n in root.attrib["viewBox"].split())
        self._family = [name.strip() for name in root.get("font-family", "sans-serif").split(",")]
        self._parts: list[bytes | Mapping[str, str]] = []
        strokes = _Strokes()
        for element in root:
            tag = element.tag.rpartition("}")[2]
            if tag == "title":
                continue
            known = _PLACE.get(tag)
            if known is None or not element.attrib.keys() <= known | _LOOK or len(element):
                raise SetupError(
                    f"A drawing has <{tag}> with something that is not drawn on paper: put drawings.svg.j2 in "
                    "report_templates/scorecard back as it came, or teach scorecards/pictures.py."
                )
            if tag == "text":
                self._parts += [strokes.taken(), {**element.attrib, "text": element.text or ""}]
                strokes = _Strokes()
            else:
                strokes.add(tag, element.attrib)
        self._parts.append(strokes.taken())

    def get_intrinsic_size(self, _resolution: object, _font_size: object) -> tuple[None, None, float]:
        """No size of its own, only the proportion of width to height."""
        return None, None, self._width / self._height

    def draw(self, stream: Any, width: float, height: float, style: Any) -> None:
        """Draw it into a rectangle at the origin, as large as the proportion allows, in the middle."""
        scale = min(width / self._width, height / self._height)
        left, top = (width - self._width * scale) / 2, (height - self._height * scale) / 2
        stream.transform(a=scale, d=scale, e=left, f=top)
        for part in self._parts:
            if isinstance(part, bytes):
                if part:
                    stream.push_state()
                    stream.stream.append(part)
                    stream.pop_state()
            else:
                self._write(part, stream, style.font_config)

    def _write(self, given: Mapping[str, str], stream: Any, fonts: Any) -> None:
        from weasyprint.css.properties import INITIAL_VALUES
        from weasyprint.draw.text import draw_first_line
        from weasyprint.matrix import Matrix
        from weasyprint.svg.text import Style, TextBox
        from weasyprint.text.line_break import create_layout, line_size

        style = Style(INITIAL_VALUES)
        style.font_config = fonts
        style["font_family"] = self._family
        style["font_size"] = float(given["font-size"])
        style["font_weight"] = int(given.get("font-weight", "400"))
        layout = create_layout(given["text"], style, None, inf, 0)
        line, _ = layout.get_first_line()
        width, _ = line_size(line, style)
        shift = {"start": 0.0, "middle": width / 2, "end": width}[given.get("text-anchor", "start")]
        stream.push_state()
        stream.set_color_rgb(*_colour(given["fill"]))
        stream.begin_text()
        at = Matrix(d=-1, e=float(given["x"]) - shift, f=float(given["y"]))
        draw_first_line(stream, TextBox(layout, style), "none", "none", at)
        stream.end_text()
        stream.pop_state()


class _Strokes:
    """Shapes, as operators of a PDF."""

    def __init__(self) -> None:
        import pydyf  # type: ignore[import-untyped, unused-ignore]

        self._out = pydyf.Stream()
        self._look: dict[str, object] = {}

    def add(self, tag: str, given: Mapping[str, str]) -> None:
        """Fill and outline a shape."""
        out, stroke = self._out, given.get("stroke", "none")
        # A line for which nothing is said has no inside: SVG's black would be seen in no program, or as a hair.
        fill = given.get("fill", "#000000" if stroke == "none" else "none")
        if fill != "none":
            self._set("fill", fill, lambda: out.set_color_rgb(*_colour(fill)))
        if stroke != "none":
            width = float(given.get("stroke-width", "1"))
            dashes = tuple(map(float, given.get("stroke-dasharray", "").split()))
            if "stroke" not in self._look:
                out.set_miter_limit(_MITER)
            self._set("stroke", stroke, lambda: out.set_color_rgb(*_colour(stroke), stroke=True))
            self._set("width", width, lambda: out.set_line_width(width))
            self._set("dashes", dashes, lambda: out.set_dash(dashes, 0))
        getattr(self, f"_{tag}")(given)
        paint = {(True, True): out.fill_and_stroke, (True, False): out.fill, (False, True): out.stroke}
        paint.get((fill != "none", stroke != "none"), out.end)()

    def taken(self) -> bytes:
        """All that was added; empty where nothing was."""
        return b"\n".join(self._out.stream)

    def _set(self, name: str, value: object, change: Callable[[], object]) -> None:
        if self._look.get(name) != value:
            self._look[name] = value
            change()

    def _circle(self, given: Mapping[str, str]) -> None:
        x, y, r = (float(given[name]) for name in ("cx", "cy", "r"))
        out, h = self._out, r * _ROUND
        out.move_to(x + r, y)
        out.curve_to(x + r, y + h, x + h, y + r, x, y + r)
        out.curve_to(x - h, y + r, x - r, y + h, x - r, y)
        out.curve_to(x - r, y - h, x - h, y - r, x, y - r)
        out.curve_to(x + h, y - r, x + r, y - h, x + r, y)
        out.close()

    def _rect(self, given: Mapping[str, str]) -> None:
        x, y, width, height = (float(given[name]) for name in ("x", "y", "width", "height"))
        if width > 0 and height > 0:
            self._out.rectangle(x, y, width, height)

    def _polyline(self, given: Mapping[str, str]) -> None:
        start, *others = (tuple(map(float, pair.split(","))) for pair in given["points"].split())
        self._out.move_to(*start)
        for point in others:
            self._out.line_to(*point)

    def _path(self, given: Mapping[str, str]) -> None:
        x = y = 0.0
        for letter, numbers in _STEP.findall(given["d"]):
            if letter == "Z":
                self._out.close()
                continue
            values = [float(n) for n in _NUMBER.findall(numbers)]
            x, y = (values[0], y) if letter == "H" else (x, values[0]) if letter == "V" else (values[0], values[1])
            (self._out.move_to if letter == "M" else self._out.line_to)(x, y)


def _colour(words: str) -> list[float]:
    """Red, green and blue as shares of 1."""
    found = _COLOUR.fullmatch(words)
    if found is None:
        raise SetupError(f"A drawing has the colour {words}, which is not drawn on paper: write it as #RRGGBB.")
    return [int(part, 16) / 255 for part in found.groups()]
