"""Which points of a control chart are special: the four rules, for one segment.

Owns the rules and their order; the first that holds names the point: outside a limit, trend, two of three, shift.
Promises that a gap ends every run, as nobody knows what happened in it. Never says whether high is good: the chart
does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from outcomes.statistics.xmr import Limits, compare

Rule = Literal["outside_limits", "trend", "two_of_three", "shift"]


class Finding(NamedTuple):
    """A special point: the rule it meets, and its side: 1 high (or rising), -1 low (or falling)."""

    rule: Rule
    side: int


def find_signals(
    values: Sequence[float | None], limits: Limits, shift_points: int, trend_points: int
) -> list[Finding | None]:
    """The finding of each value of a segment, None where it is common cause or a gap."""
    found: list[Finding | None] = [None] * len(values)
    # Later rules overwrite earlier ones, so the weakest comes first.
    rules = [_outside(values, limits)]
    if not limits.still:
        sides = [None if value is None else limits.side(value) for value in values]
        rules = [
            _shifts(sides, shift_points),
            _two_of_three(values, sides, limits),
            _trends(values, trend_points, limits.tolerance),
            *rules,
        ]
    for rule in rules:
        for position, finding in rule:
            found[position] = finding
    return found


def _outside(values: Sequence[float | None], limits: Limits) -> Iterator[tuple[int, Finding]]:
    for position, value in enumerate(values):
        if value is not None and limits.is_outside(value):
            yield position, Finding("outside_limits", limits.side(value))


def _trends(values: Sequence[float | None], length: int, tolerance: float) -> Iterator[tuple[int, Finding]]:
    moves = [None if a is None or b is None else compare(b, a, tolerance) for a, b in pairwise(values)]
    # In order of time, so that the turning point of two trends belongs to the later one.
    for start, side in _runs(moves, length - 1):
        for position in range(start, start + length):
            yield position, Finding("trend", side)


def _two_of_three(
    values: Sequence[float | None], sides: Sequence[int | None], limits: Limits
) -> Iterator[tuple[int, Finding]]:
    for start, side in _runs(sides, 3):
        close = [p for p in range(start, start + 3) if (v := values[p]) is not None and limits.is_close(v)]
        if len(close) >= 2:
            yield from ((position, Finding("two_of_three", side)) for position in close)


def _shifts(sides: Sequence[int | None], length: int) -> Iterator[tuple[int, Finding]]:
    for start, side in _runs(sides, length):
        for position in range(start, start + length):
            yield position, Finding("shift", side)


def _runs(signs: Sequence[int | None], length: int) -> Iterator[tuple[int, int]]:
    """Start and sign of each window of this length whose signs are all 1 or all -1."""
    for start in range(len(signs) - length + 1):
        first = signs[start]
        if first and all(sign == first for sign in signs[start : start + length]):
            yield start, first
