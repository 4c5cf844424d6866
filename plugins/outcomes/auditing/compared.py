"""The tables of a page that set areas and groups side by side.

Owns what each cell may print: the figure of the column's area, the ends and the width of the range across the CCGs, the
equity gap as it follows from the printed quintiles, the share of deaths linked. Promises to work each out again from
figures.csv. Never trusts a sentence for standing near a table.
"""

from collections.abc import Iterable, Iterator

from outcomes.auditing.edition import Measure
from outcomes.auditing.gap import QUINTILE, across, gap
from outcomes.auditing.leak import Leak
from outcomes.auditing.markup import Element
from outcomes.auditing.names import Period
from outcomes.auditing.panels import measure_of
from outcomes.auditing.reading import NOTHING, Reading, printed
from outcomes.auditing.rows_drawn import fifths_leaks, strip_leaks
from outcomes.auditing.tables import Figure
from outcomes.auditing.wording import without_bands
from outcomes.statistics import QUINTILES


def comparison(page: Element, reading: Reading) -> Iterator[Leak]:
    """How the CCGs compare with the STP."""
    for part in _parts_with(page, "compare", reading):
        # The first column names the measure, the second is the STP's.
        areas = [reading.edition.stp, *_columns(part, reading)[2:]]
        common = _common_period(part, reading)
        told: dict[int, set[str]] = {}
        for row in (row for row in part.all("tr") if row.first("td")):
            head, *cells = row.children
            measure = measure_of(head.text(), reading)
            period = next(iter(reading.periods(when.text() if (when := head.first("span", "when")) else "")), common)
            # Where no CCG has a value, one cell says why for all.
            for_all = len(cells) == 2 and cells[1].attributes.get("colspan") == str(len(areas) - 1)
            if measure is None or not (for_all or len(cells) == len(areas)):
                yield reading.leak("comparison", "has a row that is of no measure, or has other cells than it should")
                continue
            figures = {area: reading.figure(measure, period, area) if period and area else None for area in areas}
            told[measure.number] = printed(measure, figures.get(reading.area), figures[reading.edition.stp])
            yield from _compared(row, measure, dict(zip(areas, cells, strict=not for_all)), figures, reading)
        for paragraph in part.all("p"):
            if "below" in paragraph.classes:
                # Measures that have no row here: their names and no figure.
                yield from reading.held("comparison", paragraph.text())
            else:
                yield from by_measure("comparison", paragraph.text(), told, reading)


def _compared(
    row: Element, measure: Measure, cells: dict[str, Element], figures: dict[str, Figure | None], reading: Reading
) -> Iterator[Leak]:
    where = f"comparison, measure {measure.number}"
    for _, text in row.children[0].passages(frozenset(id(when) for when in row.all("span", "when"))):
        yield from reading.held(where, text)
    drawings = {}
    for area, cell in cells.items():
        allowed = printed(measure, figures[area])
        yield from reading.held(f"{where}, {area}", cell.text(), allowed)
        for svg in cell.all("svg"):
            drawings[area] = reading.drawing(svg)
            yield from reading.held(f"{where}, {area}, alternative text", drawings[area].title, allowed)
    wrong, drawn = strip_leaks(drawings, measure, figures, figures[reading.edition.stp])
    yield from (reading.leak(f"{where}, drawing", sentence) for sentence in wrong)
    reading.reached("strip", where, [place for _, place in drawn])


def fairness(page: Element, reading: Reading) -> Iterator[Leak]:
    """The equity gaps."""
    for part in _parts_with(page, "equity", reading):
        year = _common_period(part, reading)
        for paragraph in part.all("p"):
            yield from reading.held("equity", paragraph.text())
        for row in (row for row in part.all("tr") if row.first("td")):
            head, *cells = row.children
            measure = measure_of(head.text(), reading)
            if measure is None or year is None or len(cells) < 5:
                yield reading.leak(
                    "equity", "has a row that is of no measure or year, or has other cells than it should"
                )
                continue
            yield from reading.held(f"equity, measure {measure.number}", head.text())
            yield from _fair(measure, year, cells, reading)


def _fair(measure: Measure, year: Period, cells: list[Element], reading: Reading) -> Iterator[Leak]:
    where = f"equity, measure {measure.number}"
    edition = reading.edition
    stp = edition.figure(measure.id, edition.stp, year)
    fifths = [edition.figure(measure.id, edition.stp, year, QUINTILE, q) for q in QUINTILES]
    ccgs = [edition.figure(measure.id, area, year) for area in edition.areas.values() if area != edition.stp]
    drawing, most, least, told, *rest = cells
    yield from reading.held(f"{where}, most deprived", most.text(), printed(measure, fifths[0]))
    yield from reading.held(f"{where}, least deprived", least.text(), printed(measure, fifths[-1]))
    has_gap = "gap" in told.classes
    yield from reading.held(f"{where}, gap", told.text(), gap(measure, fifths, stp) if has_gap else NOTHING)
    if has_gap:
        yield from reading.held(f"{where}, verdict", rest.pop(0).text())
    if rest:
        yield from reading.held(f"{where}, range", rest[0].text(), across(measure, ccgs))
    for cell in rest[1:]:
        own = reading.figure(measure, year)
        yield from reading.held(f"{where}, own", cell.text(), printed(measure, own))
    for svg in drawing.all("svg"):
        drawn = reading.drawing(svg)
        yield from reading.held(f"{where}, alternative text", drawn.title, printed(measure, *fifths, stp))
        wrong, places = fifths_leaks(drawn, measure, fifths, stp)
        yield from (reading.leak(f"{where}, drawing", sentence) for sentence in wrong)
        reading.reached("fifths", where, [place for _, place in places])
    yield from reading.held(f"{where}, drawing", drawing.text())


def linked(page: Element, reading: Reading) -> Iterator[Leak]:
    """The share of deaths linked."""
    share = Measure(0, "", "proportion", "percent", "", "", None, "", "", ())
    for part in _parts_with(page, "linked", reading):
        # The first column says what a row is.
        areas = _columns(part, reading)[1:]
        for paragraph in part.all("p"):
            yield from reading.held("deaths linked", paragraph.text())
        for row in (row for row in part.all("tr") if any(th.attributes.get("scope") == "row" for th in row.all("th"))):
            for area, cell in zip(areas, row.all("td"), strict=False):
                allowed = printed(share, reading.edition.linked.get(area))
                yield from reading.held(f"deaths linked, {area}", cell.text(), allowed)


def extracts(page: Element, reading: Reading) -> Iterator[Leak]:
    """How far extracts can be trusted: in bands, and only those that figures.json tells."""
    for table in page.all("table", "extracts"):
        reading.claim(table)
        for element, text in table.passages():
            yield from reading.held(f"extracts, {element.tag}", without_bands(text, reading.edition))


def by_measure(
    where: str, text: str, told: dict[int, set[str]], reading: Reading, before: Iterable[str] = NOTHING
) -> Iterator[Leak]:
    """Hold each piece of a passage to the measure that it names; `before` is what may stand before the first name."""
    for measure, said in reading.pieces(text):
        yield from reading.held(where, said, told.get(measure.number, NOTHING) if measure else before)


def _parts_with(page: Element, table: str, reading: Reading) -> Iterator[Element]:
    """The parts of the page that hold such a table with what stands about it."""
    for part in page.all("div", "scroll"):
        if part.first("table", table):
            reading.claim(part)
            yield part


def _columns(part: Element, reading: Reading) -> list[str]:
    """The areas that a table's columns are of; empty for a column of something else."""
    heads = [th for th in part.all("th") if th.attributes.get("scope") == "col"]
    return [reading.edition.areas.get(th.text(), "") for th in heads]


def _common_period(part: Element, reading: Reading) -> Period | None:
    """The period that the words before a table give for all of it."""
    said = " ".join(p.text() for p in part.all("p"))
    return next(iter(reading.periods(said)), None)
