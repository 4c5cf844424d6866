"""Where everything lies in a funnel: limits, dots, and names that no line runs through.

Owns its coordinates, rounded to two decimals, from printed counts alone. Promises that a line is left out behind a name and
nowhere else. Never words anything and never judges.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from outcomes.scorecards.alongside import Funnel
from outcomes.scorecards.geometry import Box, Dot, Tick, padded, ticks
from outcomes.statistics import funnel_limits

FUNNEL = Box(300, 150, 30, 292, 6, 128, 9.5)
# So many points make a smooth limit, and so many places between two of them make a neat gap.
STEPS, FINE = 24, 8
ROOM = 1.12
# How often the names are set anew around each other.
ROUNDS = 4
# Half of what a line takes up, for a name that is better not over one.
THIN = 0.8
# A name over another or over a dot is so much worse than one that makes a gap in a line.
WORSE = 6
# What stays free around a name.
AROUND = 1.0
_LIMITS = ("lower_95", "upper_95", "lower_998", "upper_998")

Point = tuple[float, float]


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
    """Limits as lines with gaps: `inner` for 95 %, `outer` for 99.8 %; the STP's share is at the height `middle`, drawn from
    place to place of `level`."""

    box: Box
    middle: float
    level: tuple[Point, ...]
    inner: tuple[str, ...]
    outer: tuple[str, ...]
    spots: tuple[Named, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Area:
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, point: Point, around: float = AROUND) -> bool:
        """Whether a point lies in it, or so close to it."""
        x, y = point
        return self.left - around <= x <= self.right + around and self.top - around <= y <= self.bottom + around


# Kept, as each of the seven scorecards draws the same funnels on paper and on the screen.
@lru_cache(maxsize=32)
def draw_funnel(funnel: Funnel, box: Box = FUNNEL) -> FunnelDrawing:
    """A funnel in percent against the number of people."""
    most = max(s.size for s in funnel.spots) * ROOM
    fewest = min(s.size for s in funnel.spots) / 2
    sizes = [fewest + step * (most - fewest) / (STEPS * FINE) for step in range(STEPS * FINE + 1)]
    limits = funnel_limits(funnel.benchmark, sizes)
    edges = {name: [100 * getattr(limit, name) for limit in limits] for name in _LIMITS}
    low, high = padded([100 * s.share for s in funnel.spots] + edges["lower_998"] + edges["upper_998"])

    def x(size: float) -> float:
        return round(box.left + (size - fewest) / (most - fewest) * (box.right - box.left), 2)

    middle = box.y(100 * funnel.benchmark, low, high)
    curves = {name: [(x(n), box.y(v, low, high)) for n, v in zip(sizes, edges[name], strict=True)] for name in _LIMITS}
    straight = [(x(n), middle) for n in sizes]
    spots, taken = _named(funnel, x, low, high, box, list(_thin([straight, *curves.values()])))

    def lines(*names: str) -> tuple[str, ...]:
        parts = (part for name in names for part in _parts(curves[name], taken))
        return tuple(" ".join(f"{across},{down}" for across, down in part) for part in parts)

    return FunnelDrawing(
        box=box,
        middle=middle,
        level=tuple((part[0][0], part[-1][0]) for part in _parts(straight, taken)),
        inner=lines("lower_95", "upper_95"),
        outer=lines("lower_998", "upper_998"),
        spots=spots,
        across=tuple(Tick(x(size), f"{size:g}") for size, _ in ticks(fewest, most) if size >= fewest),
        up=tuple(Tick(box.y(value, low, high), label) for value, label in ticks(low, high)),
    )


def _parts(curve: Sequence[Point], taken: Sequence[Area]) -> Iterator[list[Point]]:
    """A curve without what lies behind a name; its two ends, which make the scale, are always there."""
    part: list[Point] = []
    last = len(curve) - 1
    for place, point in enumerate(curve):
        free = place < FINE or place > last - FINE or not any(area.holds(point) for area in taken)
        if free:
            part.append(point)
        if (not free or place == last) and len(part) > 1:
            # Of a smooth curve few points will do, but for where it ends.
            first = curve.index(part[0])
            yield [p for n, p in enumerate(part) if n in {0, len(part) - 1} or (first + n) % FINE == 0]
        if not free:
            part = []


def _thin(curves: Sequence[Sequence[Point]]) -> Iterator[Area]:
    """What the curves take up, from point to point."""
    for curve in curves:
        for (left, a), (right, b) in pairwise(curve[::FINE]):
            yield Area(left, min(a, b) - THIN, right, max(a, b) + THIN)


def _named(
    funnel: Funnel, x: Callable[[float], float], low: float, high: float, box: Box, lines: Sequence[Area]
) -> tuple[tuple[Named, ...], list[Area]]:
    """Each name where it covers least of other names, dots and lines: beside its dot, a little higher or lower, or above;
    and what the names take up."""
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
    best = [place[c] for place, c in zip(places, chosen, strict=True)]
    named = tuple(
        Named(Dot(at, down, spot.tone, spot.provisional), spot.area.label, place.x, place.y, place.anchor)
        for (spot, at, down), place in zip(dots, best, strict=True)
    )
    return named, [place.area for place in best]


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
