"""Where everything lies in the drawings of the CCGs' page: bars of places of death, funnels, and small charts on one scale.

Owns their coordinates, rounded to two decimals, from printed counts alone. Never words anything and never judges.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from outcomes.scorecards.alongside import Bar, Funnel
from outcomes.scorecards.geometry import Box, Dot, Drawing, Tick, draw, padded, scale_of, ticks
from outcomes.scorecards.panel import Panel
from outcomes.statistics import funnel_limits

BAR = Box(300, 16, 0, 300, 0, 16, 9.6)
FUNNEL = Box(300, 150, 30, 292, 6, 128, 9.5)
SMALL = Box(180, 60, 19, 178, 3, 48, 6.8)
# So many points make a smooth limit; a part of a bar narrower than this has no room for its number.
STEPS = 24
NARROW = 18
ROOM = 1.12
# How often the names in a funnel are set anew around each other.
ROUNDS = 4
# Half of what a line takes up, for a name that must not be struck through.
THIN = 0.8
# A name over another or over a dot is so much worse than one that a line runs through.
WORSE = 6


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: where it starts, how wide it is, and its label (empty where there is no room)."""

    kind: str
    left: float
    width: float
    label: str


@dataclass(frozen=True, slots=True)
class Named:
    """An area's dot in a funnel, with its name beside it."""

    dot: Dot
    name: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class FunnelDrawing:
    """Limits as lines: `inner` for 95 %, `outer` for 99.8 %; `middle` is the STP's share."""

    box: Box
    middle: float
    inner: tuple[str, str]
    outer: tuple[str, str]
    spots: tuple[Named, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


def draw_bar(bar: Bar, box: Box = BAR) -> tuple[Part, ...]:
    """The parts of a bar from left to right; none without figures."""
    parts, done = [], 0
    for kind, percent in bar.parts:
        width = round(percent * (box.right - box.left) / 100, 2)
        left = round(box.left + done * (box.right - box.left) / 100, 2)
        parts.append(Part(kind, left, width, f"{percent}%" if width >= NARROW else ""))
        done += percent
    return tuple(parts)


# Kept, as each of the seven scorecards draws the same funnels on paper and on the screen.
@lru_cache(maxsize=32)
def draw_funnel(funnel: Funnel, box: Box = FUNNEL) -> FunnelDrawing:
    """A funnel in percent against the number of people."""
    most = max(s.size for s in funnel.spots) * ROOM
    fewest = min(s.size for s in funnel.spots) / 2
    sizes = [fewest + step * (most - fewest) / STEPS for step in range(STEPS + 1)]
    limits = funnel_limits(funnel.benchmark, sizes)
    edges = {
        name: [100 * getattr(limit, name) for limit in limits]
        for name in ("lower_95", "upper_95", "lower_998", "upper_998")
    }
    low, high = padded([100 * s.share for s in funnel.spots] + edges["lower_998"] + edges["upper_998"])

    def x(size: float) -> float:
        return round(box.left + (size - fewest) / (most - fewest) * (box.right - box.left), 2)

    def line(name: str) -> str:
        return " ".join(f"{x(n)},{box.y(v, low, high)}" for n, v in zip(sizes, edges[name], strict=True))

    middle = box.y(100 * funnel.benchmark, low, high)
    heights = [[middle] * len(sizes), *([box.y(v, low, high) for v in each] for each in edges.values())]
    lines = [
        Area(x(n), min(a, b) - THIN, x(m), max(a, b) + THIN)
        for each in heights
        for (n, a), (m, b) in pairwise(zip(sizes, each, strict=True))
    ]
    return FunnelDrawing(
        box=box,
        middle=middle,
        inner=(line("lower_95"), line("upper_95")),
        outer=(line("lower_998"), line("upper_998")),
        spots=_named(funnel, x, low, high, box, lines),
        across=tuple(Tick(x(size), f"{size:g}") for size, _ in ticks(fewest, most) if size >= fewest),
        up=tuple(Tick(box.y(value, low, high), label) for value, label in ticks(low, high)),
    )


def draw_small(panels: Sequence[Panel], box: Box = SMALL) -> dict[str, Drawing | None]:
    """The charts of several areas by code, all on one scale; None for one without a figure."""
    drawn = [p for p in panels if any(r.value is not None for r in p.series.readings)]
    if not drawn:
        return {p.area.code: None for p in panels}
    ends = [end for p in drawn for end in scale_of(p)]
    return {p.area.code: draw(p, box, (min(ends), max(ends))) for p in panels}


def _named(
    funnel: Funnel, x: Callable[[float], float], low: float, high: float, box: Box, lines: Sequence["Area"]
) -> tuple[Named, ...]:
    """Each name where it covers least of other names, dots and lines: beside its dot, a little higher or lower, or above."""
    dots = [(s, x(s.size), box.y(100 * s.share, low, high)) for s in funnel.spots]
    marks = [Area(at - 4, down - 4, at + 4, down + 4) for _, at, down in dots]
    places = [list(_places(at, down, len(spot.area.label) * box.font * 0.5, box.font)) for spot, at, down in dots]
    chosen = [0] * len(dots)
    # Every name looks again once the others have their places; what covers nothing stays.
    for _ in range(ROUNDS):
        for i, mine in enumerate(places):
            others = [places[j][chosen[j]].area for j in range(len(dots)) if j != i]
            covered = [
                WORSE * _covered(place.area, [*others, *marks], box) + _covered(place.area, lines, box)
                for place in mine
            ]
            chosen[i] = covered.index(min(covered))
    return tuple(
        Named(Dot(at, down, spot.tone, spot.provisional), spot.area.label, place.x, place.y, place.anchor)
        for (spot, at, down), place in zip(dots, (p[c] for p, c in zip(places, chosen, strict=True)), strict=True)
    )


@dataclass(frozen=True, slots=True)
class Area:
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name may stand, and what it takes up there."""

    x: float
    y: float
    anchor: str
    area: Area


def _places(at: float, down: float, wide: float, high: float) -> Iterator[Place]:
    """The places of a name around its dot, the best first."""
    for anchor, across in (("start", 6.0), ("end", -6.0)):
        for lower in (3.0, -2.0, 8.0, -6.0, 12.0):
            yield _place(at + across, down + lower, anchor, wide, high)
    for anchor in ("middle", "start", "end"):
        for lower in (-6.0, 6.0 + high):
            yield _place(at, down + lower, anchor, wide, high)


def _place(x: float, y: float, anchor: str, wide: float, high: float) -> Place:
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    return Place(round(x, 2), round(y, 2), anchor, Area(left, y - 0.8 * high, left + wide, y + 0.2 * high))


def _covered(area: Area, others: Sequence[Area], box: Box) -> float:
    """How much of the others, and of what is outside, an area covers."""
    inside = max(0.0, min(area.right, box.right) - max(area.left, box.left)) * max(
        0.0, min(area.bottom, box.bottom) - max(area.top, box.top)
    )
    outside = (area.right - area.left) * (area.bottom - area.top) - inside
    both = (
        max(0.0, min(area.right, o.right) - max(area.left, o.left))
        * max(0.0, min(area.bottom, o.bottom) - max(area.top, o.top))
        for o in others
    )
    return round(outside + sum(both), 2)
