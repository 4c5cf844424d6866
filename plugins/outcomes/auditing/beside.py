"""The CCGs beside each other: bars of where people died, and small charts of one measure.

Owns what these drawings may hold. Promises that a bar is the printed counts' shares of all whose place of death is known,
to the whole percent and to the edge, and that the small charts show printed figures on one scale that reaches no further.
Never expects a drawing: one that is missing says nothing.
"""

from collections.abc import Iterator
from itertools import pairwise

from outcomes.auditing.charts import Series, heights, series_leaks, starts_in
from outcomes.auditing.drawings import Drawing
from outcomes.auditing.edition import Measure
from outcomes.auditing.leak import Leak
from outcomes.auditing.markup import Element
from outcomes.auditing.names import Period
from outcomes.auditing.panels import alternative
from outcomes.auditing.reading import NOTHING, Reading
from outcomes.auditing.scales import CENTRE, Scale
from outcomes.auditing.wording import sentence
from outcomes.periods import months_between, period_months

# The measures that a bar is made of; the rest died elsewhere.
_HOME, _HOSPITAL = "deaths_in_usual_residence", "deaths_in_hospital"
_BAND = ("x", "width", "y", "height")
# Where the highest and the lowest of all that is drawn lie in a small chart, as shares of its height.
_TOP, _BOTTOM = 6.103 / 60, 44.897 / 60
_SAME_PLACE = 0.03


def places(page: Element, reading: Reading) -> Iterator[Leak]:
    """Where people died."""
    for part in page.all("section", "places"):
        reading.claim(part)
        for _, text in part.passages():
            yield from reading.held("places of death", text)
        year = next(iter(reading.periods(part.text())), None)
        for row in part.all("tr"):
            name = row.children[0].text() if row.children else ""
            # The STP goes by its short name here.
            area = reading.edition.stp if name == sentence("page.stp") else reading.edition.areas.get(name, "")
            wanted = _parts(area, year, reading) if area and year else []
            for svg in row.all("svg"):
                where = f"places of death, {area or 'an area that is none'}"
                drawing = reading.drawing(svg)
                if not wanted:
                    yield reading.leak(where, "a bar is drawn without printed counts")
                    continue
                if reading.numbers(drawing.title) != [f"{part}%" for part in wanted]:
                    yield reading.leak(f"{where}, alternative text", "its numbers are not the printed counts' shares")
                yield from (reading.leak(where, wrong) for wrong in _bar(svg, drawing, wanted))


def _parts(area: str, year: Period, reading: Reading) -> list[int]:
    """The whole percents at home, in hospital and elsewhere; none where a figure is not printed."""
    home, hospital = (reading.edition.figure(measure, area, year) for measure in (_HOME, _HOSPITAL))
    if home is None or hospital is None or not (home.value and hospital.value):
        return []
    everyone = hospital.count("denominator")
    at_home = round(100 * home.count("numerator") / everyone)
    in_hospital = min(round(100 * hospital.count("numerator") / everyone), 100 - at_home)
    return [at_home, in_hospital, 100 - at_home - in_hospital]


def _bar(svg: Element, drawing: Drawing, wanted: list[int]) -> Iterator[str]:
    bands = [[float(band.attributes.get(name, "nan")) for name in _BAND] for band in svg.all("rect")]
    edges = [drawing.width * sum(wanted[:number]) / 100 for number in range(len(wanted) + 1)]
    parts = list(pairwise(edges))
    if len(bands) != len(parts) or any(
        not (abs(x - left) <= CENTRE and abs(x + width - right) <= 2 * CENTRE)
        for (x, width, *_), (left, right) in zip(bands, parts, strict=False)
    ):
        yield "an edge is not where the printed counts' shares put it"
    if len({tuple(upright) for _, _, *upright in bands}) > 1:
        yield "its parts are not equally high"
    middles = [((left + right) / 2, f"{percent}%") for (left, right), percent in zip(parts, wanted, strict=True)]
    for label in drawing.labels:
        if not any(abs(middle - label.at[0]) <= 2 * CENTRE and label.text == text for middle, text in middles):
            yield "a label is not the whole percent of the part that it stands in"
    if {element.tag for element in svg.everything()} - {"svg", "title", "rect", "text"}:
        yield "something is drawn that is no part of a bar and no label"


def smalls(page: Element, reading: Reading) -> Iterator[Leak]:
    """One measure of every CCG, all on one scale."""
    for part in page.all("section", "smalls"):
        reading.claim(part)
        head = part.first("h3")
        titled = [m for m in reading.edition.measures if head and head.text().startswith(m.title)]
        measure = max(titled, key=lambda m: len(m.title), default=None)
        for _, text in part.passages():
            yield from reading.held("small charts", text, {measure.goal} if measure else NOTHING)
        drawn: list[tuple[Drawing, Series]] = []
        for place in part.all("div", "small"):
            name = place.first("h4")
            area = reading.edition.areas.get(name.text() if name else "", "")
            where = f"small chart of {area or 'an area that is none'}"
            for svg in place.all("svg"):
                drawing = reading.drawing(svg)
                series = _series(measure, area, drawing.title, reading) if measure and area else None
                if series is None:
                    yield reading.leak(where, "is of no measure, area or time that can be told")
                    continue
                yield from alternative(where, drawing, series, reading)
                yield from (reading.leak(where, wrong) for wrong in series_leaks(drawing, series))
                drawn.append((drawing, series))
        yield from (reading.leak("small charts", wrong) for wrong in _scales(drawn))


def _series(measure: Measure, area: str, said: str, reading: Reading) -> Series | None:
    """The readings of a chart, from the first to the last that its alternative text names."""
    named = reading.periods(said)[:2]
    if len(named) != 2 or named[0][0] != named[1][0] or named[0][0] not in {"month", "quarter"}:
        return None
    (grain, _), first, last = named[0], period_months(*named[0])[-1], period_months(*named[1])[-1]
    if first > last:
        return None
    months = months_between(first, last)
    if grain == "month":
        periods = tuple((grain, str(month)) for month in months)
    else:
        periods = tuple((grain, month.quarter) for month in months if month.ends_quarter)
    return Series(measure, periods, tuple(reading.edition.figure(measure.id, area, period) for period in periods))


def _scales(drawn: list[tuple[Drawing, Series]]) -> Iterator[str]:
    """The charts' axes are one, and reach as far as all that they show."""
    axes, told, sizes = set(), [], set()
    for drawing, series in drawn:
        if not drawing.levels:
            continue
        ticks, _, _ = heights(drawing, min(line.start for line in drawing.levels))
        axes.add(tuple(sorted(ticks)))
        sizes.add((drawing.width, drawing.height))
        told += [value for value in series.values if value is not None]
        told += series.beside(starts_in(drawing, len(series.figures)))
    if len(axes) > 1 or len(sizes) > 1:
        yield "are not all on one scale"
        return
    scale = Scale.through(next(iter(axes), ()))
    if scale is None or not told or max(told) == min(told):
        return
    ((_, height),) = sizes
    for value, share in ((max(told), _TOP), (min(told), _BOTTOM)):
        if abs(scale.place(value) - share * height) > _SAME_PLACE + scale.doubt(value):
            yield "their scale reaches further than what is drawn on it"
