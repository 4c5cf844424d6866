"""Where the five dots of an equity line lie.

Owns their coordinates. Promises a dot only for a group that has a figure: a withheld, missing or empty one has none. Never
words anything.
"""

from dataclasses import dataclass

from outcomes.scorecards.equity import Gap
from outcomes.scorecards.geometry import Box, Dot, extent, padded

FIFTHS = Box(100, 30, 6, 94, 4, 26)


@dataclass(frozen=True, slots=True)
class Whisker:
    """Where a group's true figure is likely to lie."""

    x: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Fifths:
    """The most deprived group on the left; `reference` is the STP's line, None where it has no figure."""

    box: Box
    dots: tuple[Dot, ...]
    whiskers: tuple[Whisker, ...]
    reference: float | None


def draw_fifths(gap: Gap, box: Box = FIFTHS) -> Fifths | None:
    """The drawing of a line, None when no group has a figure."""
    drawn = [(place, reading) for place, reading in enumerate(gap.fifths) if reading.value is not None]
    if not drawn:
        return None
    benchmark = gap.stp.value
    low, high = padded([v for _, r in drawn for v in extent(r)] + ([] if benchmark is None else [benchmark]))

    def x(place: int) -> float:
        return round(box.left + place * (box.right - box.left) / (len(gap.fifths) - 1), 2)

    def y(value: float) -> float:
        return box.y(value, low, high)

    kind = "common_cause" if gap.tone == "provisional" else gap.tone
    extents = [(place, reading, extent(reading)) for place, reading in drawn]
    return Fifths(
        box=box,
        dots=tuple(Dot(x(place), y(v[0]), kind, reading.provisional) for place, reading, v in extents),
        whiskers=tuple(Whisker(x(place), y(v[2]), y(v[1])) for place, _, v in extents if len(v) == 3),
        reference=None if benchmark is None else y(benchmark),
    )
