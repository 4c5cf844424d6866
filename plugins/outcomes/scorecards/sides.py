"""Where everything lies in two drawings of the CCGs' page: bars of places of death, and small charts on one scale.

Owns their coordinates, rounded to two decimals, from printed counts alone. Never words anything and never judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from outcomes.scorecards.alongside import Bar
from outcomes.scorecards.geometry import Box, Drawing, draw, scale_of
from outcomes.scorecards.panel import Panel

BAR = Box(300, 16, 0, 300, 0, 16, 9.6)
SMALL = Box(180, 60, 19, 178, 3, 48, 6.8)
# A part of a bar narrower than this has no room for its number.
NARROW = 18


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: where it starts, how wide it is, and its label (empty where there is no room)."""

    kind: str
    left: float
    width: float
    label: str


def draw_bar(bar: Bar, box: Box = BAR) -> tuple[Part, ...]:
    """The parts of a bar from left to right; none without figures."""
    parts, done = [], 0
    for kind, percent in bar.parts:
        width = round(percent * (box.right - box.left) / 100, 2)
        left = round(box.left + done * (box.right - box.left) / 100, 2)
        parts.append(Part(kind, left, width, f"{percent}%" if width >= NARROW else ""))
        done += percent
    return tuple(parts)


def draw_small(panels: Sequence[Panel], box: Box = SMALL) -> dict[str, Drawing | None]:
    """The charts of several areas by code, all on one scale; None for one without a figure."""
    drawn = [p for p in panels if any(r.value is not None for r in p.series.readings)]
    if not drawn:
        return {p.area.code: None for p in panels}
    ends = [end for p in drawn for end in scale_of(p)]
    return {p.area.code: draw(p, box, (min(ends), max(ends))) for p in panels}
