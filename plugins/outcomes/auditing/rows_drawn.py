"""The small drawings in a row of a table: a strip for each CCG, and the five dots of an equity gap.

Owns what they may hold. Promises that a row's drawings are all on one scale, and show printed figures, their printed
intervals and the STP's figure only. Never expects a drawing: one that is missing says nothing.
"""

from collections.abc import Iterator, Mapping, Sequence

from outcomes.auditing.drawings import Drawing
from outcomes.auditing.edition import Measure
from outcomes.auditing.scales import ROUNDING, Scale
from outcomes.auditing.tables import Figure

_FIFTHS = 5
# The first of the five dots, and from one to the next, as shares of the drawing's width.
_FIRST, _STEP = 0.06, 0.22

# A value, and where it is drawn.
Drawn = list[tuple[float, float]]


def strip_leaks(
    row: Mapping[str, Drawing], measure: Measure, figures: Mapping[str, Figure | None], stp: Figure | None
) -> tuple[list[str], Drawn]:
    """What the strips of a measure show that the printed figures do not say; and all that they show."""
    wrong: list[str] = []
    drawn: Drawn = []
    for area, drawing in row.items():
        figure = figures.get(area)
        value, reference = measure.plotted(figure), measure.plotted(stp)
        if figure is None or value is None or reference is None:
            wrong.append("a mark is drawn for a figure without a printed value")
            continue
        if len(drawing.dots) != 1 or len(drawing.uprights) != 1 or len(drawing.levels) > 1 or _has_more(drawing):
            wrong.append("something is drawn besides a mark, its interval and the STP's line")
            continue
        drawn += [(value, drawing.dots[0][0]), (reference, drawing.uprights[0].at)]
        for line in drawing.levels:
            wrong += _interval(figure, (line.start, line.end), drawn)
    return [*wrong, *_off_scale(drawn)], drawn


def fifths_leaks(
    drawing: Drawing, measure: Measure, figures: Sequence[Figure | None], stp: Figure | None
) -> tuple[list[str], Drawn]:
    """What the five dots of a gap show that the printed figures do not say; and all that they show."""
    wrong: list[str] = []
    drawn: Drawn = []
    if drawing.runs or drawing.areas or drawing.labels or drawing.others or len(drawing.levels) > 1:
        wrong.append("something is drawn besides five marks, their intervals and the STP's line")
    for line in drawing.levels:
        reference = measure.plotted(stp)
        if reference is None:
            wrong.append("a line is drawn for a figure of the STP that is not printed")
        else:
            drawn.append((reference, line.at))
    for x, y in drawing.dots:
        figure = _fifth(drawing, figures, x)
        value = measure.plotted(figure)
        if value is None:
            wrong.append("a mark is drawn for a group without a printed value")
        else:
            drawn.append((value, y))
    for line in drawing.uprights:
        figure = _fifth(drawing, figures, line.at)
        if figure is None or not figure.value:
            wrong.append("an interval is drawn for a group without a printed value")
        else:
            wrong += _interval(figure, (max(line.start, line.end), min(line.start, line.end)), drawn)
    return [*wrong, *_off_scale(drawn)], drawn


def _interval(figure: Figure, places: tuple[float, float], drawn: Drawn) -> Iterator[str]:
    if not figure.lower or not figure.upper:
        yield "an interval is drawn that is not printed"
        return
    drawn += [(float(figure.lower), places[0]), (float(figure.upper), places[1])]


def _fifth(drawing: Drawing, figures: Sequence[Figure | None], x: float) -> Figure | None:
    place = round((x / drawing.width - _FIRST) / _STEP)
    there = 0 <= place < _FIFTHS and abs(drawing.width * (_FIRST + place * _STEP) - x) <= 2 * ROUNDING
    return figures[place] if there else None


def _has_more(drawing: Drawing) -> bool:
    return bool(drawing.runs or drawing.areas or drawing.labels or drawing.others)


def _off_scale(drawn: Drawn) -> Iterator[str]:
    scale = Scale.through(drawn)
    if scale and any(not scale.fits(value, place) for value, place in drawn):
        yield "a mark or interval does not lie where the printed figures put it"
