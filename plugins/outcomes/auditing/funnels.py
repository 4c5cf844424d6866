"""Funnels, read back into figures.

Owns what a funnel may hold. Promises that each dot is the printed figure of the CCG that is named beside it, that the
limits are those of the STP's printed figure, and that the scale reaches no further than these. Never looks at the sentence
below one: it holds no number.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from outcomes.auditing.charts import heights
from outcomes.auditing.drawings import XY, Drawing, Label
from outcomes.auditing.edition import Measure
from outcomes.auditing.leak import Leak
from outcomes.auditing.markup import Element
from outcomes.auditing.panels import measure_of
from outcomes.auditing.reading import Reading
from outcomes.auditing.scales import CENTRE, Scale, are_steps
from outcomes.auditing.tables import Figure
from outcomes.statistics import funnel_limits

_LIMITS = ("lower_95", "upper_95", "lower_998", "upper_998")
# A number of an axis.
_AXIS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
# From half the smallest number of people to so many times the largest.
_FROM, _TO = 0.5, 1.12
# Where the highest and the lowest of all that is drawn lie, as shares of the height.
_TOP, _BOTTOM = 14.414 / 150, 119.586 / 150
# How far a name may stand from its dot, across and down.
_BESIDE = (6.02, 16.0)


def funnels(page: Element, reading: Reading) -> Iterator[Leak]:
    """Whether the CCGs differ by more than chance."""
    for part in page.all("section", "funnels"):
        reading.claim(part)
        for _, text in part.passages():
            yield from reading.held("funnels", text)
        period = next(iter(reading.periods(part.text())), None)
        for place in (div for div in part.all("div") if div.first("h4") and not div.first("div", "pair")):
            head = place.first("h4")
            measure = measure_of(head.text(), reading) if head else None
            if measure is None or period is None:
                yield reading.leak("funnels", "has one of no measure or year")
                continue
            ccgs = {label: code for label, code in reading.edition.areas.items() if code != reading.edition.stp}
            figures = {label: reading.figure(measure, period, code) for label, code in ccgs.items()}
            drawn = {label: f for label, f in figures.items() if f is not None and f.value}
            stp = reading.figure(measure, period, reading.edition.stp)
            for svg in place.all("svg"):
                yield from _funnel(reading.drawing(svg), measure, drawn, stp, reading)


def _funnel(
    drawing: Drawing, measure: Measure, figures: dict[str, Figure], stp: Figure | None, reading: Reading
) -> Iterator[Leak]:
    where = f"funnel of measure {measure.number}"
    if stp is None or not stp.value or measure.scoring != "proportion" or not drawing.levels:
        yield reading.leak(where, "is drawn around a figure of the STP that is not printed, or without an axis")
        return
    said = [measure.shown(stp.value)]
    for figure in figures.values():
        said += [measure.shown(figure.value), figure.denominator]
    if [number.replace(",", "") for number in reading.numbers(drawing.title)] != said:
        yield reading.leak(f"{where}, alternative text", "its numbers are not the printed figures in order")
    for label in drawing.labels:
        if not _AXIS.fullmatch(label.text):
            yield from reading.held(f"{where}, label", label.text)
    names = [label for label in drawing.labels if label.text in reading.edition.areas]
    spots = list(zip(names, drawing.dots, strict=False))
    if len(names) != len(drawing.dots) or any(not _beside(label, dot) for label, dot in spots):
        yield reading.leak(where, "a mark has no name beside it, or a name no mark")
    known = [(figures[label.text], dot) for label, dot in spots if label.text in figures]
    if len(known) != len(spots):
        yield reading.leak(where, "a mark is drawn for a CCG without a printed value")
    yield from (reading.leak(where, wrong) for wrong in _off_scale(drawing, stp, known))


def _off_scale(drawing: Drawing, stp: Figure, known: Sequence[tuple[Figure, XY]]) -> Iterator[str]:
    """What does not lie where the axes' numbers and the printed counts put it; shares are in percent."""
    left, right = min(line.start for line in drawing.levels), max(line.end for line in drawing.levels)
    up, others, strange = heights(drawing, left)
    across = [(float(label.text), label.at) for label in others if _AXIS.fullmatch(label.text)]
    if strange or not are_steps(value for value, _ in across) or len({y for _, (_, y) in across}) > 1:
        yield "a label is no number of its axis"
    if drawing.areas or drawing.uprights or drawing.others:
        yield "something is drawn that is no mark, line or label"
    sizes = [(figure.count("denominator"), x) for figure, (x, _) in known]
    shares = [(100 * figure.ratio, y) for figure, (_, y) in known]
    people = [(value, x) for value, (x, _) in across]
    wide = Scale.through(people) or Scale.through([*people, *sizes])
    high = Scale.through(up) or Scale.through([*up, *shares])
    if wide is None or high is None or not sizes:
        yield "there is no axis to read it on, or nothing to read"
        return
    if not (_fit(wide, [*people, *sizes]) and _fit(high, [*up, *shares])):
        yield "a mark is not where the printed counts put it"
    told = [100 * stp.ratio, *(value for value, _ in up)]
    if any(not any(high.fits(value, line.at) for value in told) for line in drawing.levels):
        yield "a level line is neither the STP's figure nor a number of the axis"
    if any(not _is_limit(run, stp.ratio, wide, high) for run in drawing.runs):
        yield "a limit is not that of the STP's printed figure"
    reach = [y for _, y in drawing.points]
    ends = ((min(reach), _TOP), (max(reach), _BOTTOM))
    if not _fit(wide, [(_FROM * min(sizes)[0], left), (_TO * max(sizes)[0], right)]) or any(
        abs(place - share * drawing.height) > 2 * CENTRE for place, share in ends
    ):
        yield "its scale reaches further than what is drawn on it"


def _beside(label: Label, dot: XY) -> bool:
    return all(abs(a - b) <= far for a, b, far in zip(label.at, dot, _BESIDE, strict=True))


def _fit(scale: Scale, known: Sequence[XY]) -> bool:
    return all(scale.fits(value, place) for value, place in known)


def _is_limit(run: Sequence[XY], benchmark: float, wide: Scale, high: Scale) -> bool:
    """Whether a line is one of the four limits; a place is as exact as its two decimals and the scale are."""
    back = Scale((wide.first[1], wide.first[0]), (wide.last[1], wide.last[0]))
    sizes = []
    for x, _ in run:
        size = back.place(x)
        off = abs(back.place(x + CENTRE + wide.doubt(size)) - size)
        sizes += [size - off, size + off]
    if not sizes or min(sizes) <= 0:
        return False
    limits = _limits(benchmark, tuple(sizes))
    for name in range(len(_LIMITS)):
        places = [(high.place(100 * each[name]), CENTRE + high.doubt(100 * each[name])) for each in limits]
        nearest = zip(places[::2], places[1::2], run, strict=True)
        if all(min(a, b) - doubt <= y <= max(a, b) + doubt for (a, doubt), (b, _), (_, y) in nearest):
            return True
    return False


@cache
def _limits(benchmark: float, sizes: tuple[float, ...]) -> list[tuple[float, ...]]:
    return [tuple(getattr(limit, name) for name in _LIMITS) for limit in funnel_limits(benchmark, sizes)]
