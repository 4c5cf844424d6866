"""The measures' own places on a page: the panel with its chart and the table behind it, the tile, the entry of the matrix.

Owns what each may print. Promises that a panel's table agrees with figures.csv cell by cell, and that what stands around
it speaks of the same readings. Never looks at other areas: tables that compare do.
"""

import re
from collections.abc import Iterator

from outcomes.auditing.changed import marks
from outcomes.auditing.charts import Series, reach, series_leaks, starts_in
from outcomes.auditing.drawings import Drawing
from outcomes.auditing.edition import Measure
from outcomes.auditing.leak import Leak
from outcomes.auditing.markup import Element
from outcomes.auditing.names import Period
from outcomes.auditing.reading import Reading, cells, printed
from outcomes.auditing.said import comments
from outcomes.auditing.tables import Figure
from outcomes.auditing.wording import without_days

_NUMBER = re.compile(r"(?:#?measure-|)(\d+)(?:\.|$)")


def panels(page: Element, reading: Reading) -> tuple[list[Leak], dict[int, Series]]:
    """What is wrong with the panels, and the series that each shows, by its number."""
    leaks: list[Leak] = []
    shown: dict[int, Series] = {}
    for article in page.all("article"):
        reading.claim(article)
        measure = measure_of(article.attributes.get("id", ""), reading)
        if measure is None:
            leaks.append(reading.leak("a panel", "is of no measure that figures.json names"))
            continue
        series, wrong = _table(article, measure, reading)
        shown[measure.number] = series
        leaks += [*wrong, *_panel(article, series, reading)]
    return leaks, shown


def measure_of(text: str, reading: Reading) -> Measure | None:
    """The measure that a number stands for."""
    match = _NUMBER.match(text)
    measures = reading.edition.measures
    return measures[int(match[1]) - 1] if match and 0 < int(match[1]) <= len(measures) else None


def _table(article: Element, measure: Measure, reading: Reading) -> tuple[Series, list[Leak]]:
    where = f"measure {measure.number}, table"
    periods: list[Period] = []
    figures: list[Figure | None] = []
    leaks: list[Leak] = []
    table = article.first("table", "data")
    rows = [row for row in table.all("tr") if row.first("td")] if table else []
    if table:
        reading.claim(table)
        for element, text in table.passages(frozenset(id(row) for row in rows)):
            leaks += reading.held(f"{where}, {element.tag}", text)
    for row in rows:
        name, *told = (cell.text() for cell in row.children)
        period = reading.edition.periods.get(name)
        if period is None or len(told) != 3:
            leaks.append(reading.leak(where, "has a row that is of no period, or has other cells than it should"))
            continue
        figure = reading.figure(measure, period)
        periods.append(period)
        figures.append(figure)
        wanted = cells(measure, figure)
        leaks += [
            reading.leak(f"{where}, {name}, {column}", "is not what figures.csv has")
            for column, text, right in zip(("value", "interval", "counts"), told, wanted, strict=True)
            if reading.numbers(text) != right
        ]
    return Series(measure, tuple(periods), tuple(figures)), leaks


def _panel(article: Element, series: Series, reading: Reading) -> Iterator[Leak]:
    measure = series.measure
    where = f"measure {measure.number}"
    latest = printed(measure, *_latest(series))
    yield from comments(article, measure, reading)
    yield from marks(article, series, reading)
    for element, text in article.passages(frozenset(reading.claimed - {id(article)})):
        heads = bool(element.classes & {"value", "fine"})
        said = without_days(text) if "say" in element.classes else text
        also = (
            {measure.goal, *latest_values(series)}
            if "say" in element.classes or "notes" in element.classes
            else {measure.goal}
        )
        yield from reading.held(f"{where}, {element.tag}", said, latest if heads else also)
    for svg in article.all("svg"):
        drawing = reading.drawing(svg)
        if "chart" not in svg.classes:
            for text in (drawing.title, *(label.text for label in drawing.labels)):
                yield from reading.held(f"{where}, icon", text)
            continue
        yield from alternative(where, drawing, series, reading)
        yield from _drawn("chart", f"{where}, chart", drawing, series, reading)


def alternative(where: str, drawing: Drawing, series: Series, reading: Reading) -> Iterator[Leak]:
    """A chart's alternative text speaks of the latest figure, of average and expected range, and of the target."""
    latest = printed(series.measure, series.figures[-1]) if series.figures else set()
    told = {*latest, *_limits(drawing, series), series.measure.goal}
    yield from reading.held(f"{where}, alternative text", drawing.title, told)


def _drawn(kind: str, where: str, drawing: Drawing, series: Series, reading: Reading) -> Iterator[Leak]:
    for sentence in series_leaks(drawing, series):
        yield reading.leak(where, sentence)
    if between := reach(drawing, series):
        reading.reach.append((f"{kind} {drawing.width} {drawing.height}", where, between))


def _limits(drawing: Drawing, series: Series) -> set[str]:
    """Average and expected range as an alternative text gives them."""
    decimals = max((len(f.value.partition(".")[2]) for f in series.figures if f and f.value), default=0)
    limits = series.limits(starts_in(drawing, len(series.figures)))
    return {series.measure.shown(f"{limit:.{decimals}f}") for three in limits[-1:] for limit in three}


def tiles(page: Element, shown: dict[int, Series], reading: Reading) -> Iterator[Leak]:
    """What is wrong with the tiles: each may print the periods that it names."""
    for tile in page.all("div", "tile"):
        reading.claim(tile)
        link = tile.first("a")
        measure = measure_of(link.attributes.get("href", ""), reading) if link else None
        if measure is None or measure.number not in shown:
            yield reading.leak("a tile", "is of no measure on the page")
            continue
        where = f"tile of measure {measure.number}"
        series, text = shown[measure.number], tile.text()
        told = printed(measure, *(reading.figure(measure, period) for period in reading.periods(text)))
        yield from reading.held(where, text, told | {measure.goal})
        for svg in tile.all("svg"):
            drawing = reading.drawing(svg)
            yield from reading.held(f"{where}, alternative text", drawing.title, _ends(series))
            yield from _drawn("spark", f"{where}, sparkline", drawing, series, reading)


def _ends(series: Series) -> set[str]:
    """The lowest, the highest and the latest value of a series as printed."""
    values = series.values
    drawn = [(value, place) for place, value in enumerate(values) if value is not None]
    chosen = {min(drawn)[1], max(drawn)[1], len(values) - 1} if drawn else set()
    told = {figure.value for place in chosen if (figure := series.figures[place])}
    return {series.measure.shown(value) for value in told if value}


def matrix(page: Element, shown: dict[int, Series], reading: Reading) -> Iterator[Leak]:
    """What is wrong with the matrix: an entry prints the latest value, or the latest that is not provisional."""
    for entry in page.all("span", "entry"):
        measure = measure_of(entry.text(), reading)
        series = shown.get(measure.number) if measure else None
        if measure is None or series is None:
            yield reading.leak("matrix", "names something that is no measure on the page")
            continue
        yield from reading.held(f"matrix, measure {measure.number}", entry.text(), latest_values(series))
        reading.claim(entry)


def latest_values(series: Series) -> set[str]:
    """The latest value of a series as printed, and the latest that is not provisional."""
    return {series.measure.shown(figure.value) for figure in _latest(series) if figure and figure.value}


def _latest(series: Series) -> list[Figure | None]:
    return [series.figures[place] for place in {len(series.figures) - 1, series.judged - 1} if place >= 0]
