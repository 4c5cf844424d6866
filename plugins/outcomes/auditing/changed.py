"""What a page says that changed since the edition that it is compared with.

Owns the section of changes and the marks of revised figures. Promises that old and new are what the two editions print,
that only figures are named whose printed form differs, and that what is counted is counted right. Where the other edition
is not at hand, all that can be told of a number is whether it is a count that was not rounded.
"""

import re
from collections.abc import Iterator

from outcomes.auditing.charts import Series
from outcomes.auditing.edition import Measure
from outcomes.auditing.leak import Leak
from outcomes.auditing.markup import Element
from outcomes.auditing.names import Period, short_name_of
from outcomes.auditing.reading import Reading, cells
from outcomes.auditing.tables import Figure
from outcomes.auditing.wording import count_told, sentence
from outcomes.disclosure.gate import ROUNDED_TO

# A period's name below a chart.
_SHORT = re.compile(r"[A-Z][a-z]{2} \d{2}(?!\d)")


def changes(page: Element, reading: Reading) -> Iterator[Leak]:
    """What changed since the edition before: a figure then and now, both as printed."""
    names = {m.short_title: m for m in reading.edition.measures}
    for part in page.all("section", "changes"):
        reading.claim(part)
        for row in (row for row in part.all("tr") if row.first("td")):
            name, when, *told = (cell.text() for cell in row.children)
            measure, period = names.get(name), reading.edition.periods.get(when)
            if measure is None or period is None or len(told) != 3:
                yield reading.leak("changes, list", "has a row that is of no figure, or has other cells than it should")
                continue
            old, new, why = told
            yield from _figure("changes, list", old, new, measure, period, reading)
            yield from reading.held("changes, list, reason", f"{name}, {when}: {why}")
        rows = frozenset(id(table) for table in part.all("table"))
        for element, text in part.passages(rows):
            yield from _sentences(text, reading)
            if element.tag == "p":
                yield from _counts(text, reading)


def _sentences(text: str, reading: Reading) -> Iterator[Leak]:
    for measure, said in reading.pieces(text):
        periods = reading.periods(said)
        if measure is not None and periods:
            old, between, new = said.partition(sentence("changes.line").split("{old}")[1].split("{new}")[0])
            yield from _figure("changes", old, between + new, measure, periods[0], reading)
        else:
            yield from reading.held("changes", said)


def _figure(where: str, old: str, new: str, measure: Measure, period: Period, reading: Reading) -> Iterator[Leak]:
    """A figure before and now, each exactly as its edition prints it."""
    key = (measure.id, reading.area, *period, "all", "all")
    if reading.numbers(new) != _as_told(measure, reading.edition.figures.get(key)):
        yield reading.leak(where, f"measure {measure.number} is now another figure than in figures.csv")
    if reading.moved is None:
        yield from reading.held(where, old, filter(_may_be_rounded, reading.numbers(old)))
        return
    if reading.numbers(old) != _as_told(measure, reading.edition.earlier(reading.area).get(key)):
        yield reading.leak(where, f"measure {measure.number} was another figure in the edition compared with")
    if key not in reading.moved.listed:
        yield reading.leak(where, f"names a figure of measure {measure.number} whose printed form did not change")


def _as_told(measure: Measure, figure: Figure | None) -> list[str]:
    value, _, counts = cells(measure, figure)
    return [*value, *counts] if value else []


def _counts(text: str, reading: Reading) -> Iterator[Leak]:
    """How many figures changed: told one by one, provisional, and by age, sex and such."""
    if (moved := reading.moved) is None:
        return
    told = (
        (len(moved.listed), ("since_some", "since_most", "since_one", "some", "most", "one")),
        (moved.expected, ("expected", "expected_one")),
        (moved.strata, ("strata", "strata_one")),
    )
    for right, kinds in told:
        if count_told(text, [f"changes.{kind}" for kind in kinds]) != right:
            yield reading.leak("changes", "counts other figures as changed than differ between the two editions")


def _may_be_rounded(number: str) -> bool:
    count = number.replace(",", "")
    return not count.isdigit() or int(count) % ROUNDED_TO == 0


def marks(article: Element, series: Series, reading: Reading) -> Iterator[Leak]:
    """The marks of revised figures in a panel: one on a figure that reads as before tells what its rounding hides."""
    if (moved := reading.moved) is None:
        return
    measure = series.measure
    where = f"measure {measure.number}"
    revised = {p for p in series.periods if (measure.id, reading.area, *p, "all", "all") in moved.revised}
    mark = sentence("panel.value_revised")
    for row in article.all("tr"):
        name, *told = (cell.text() for cell in row.children)
        if told and mark in told[0] and reading.edition.periods.get(name) not in revised:
            yield reading.leak(f"{where}, table, {name}", "marks a figure as revised whose printed form did not change")
    before, after = sentence("panel.revised").split("{periods}")
    for note in article.all("span", "notes"):
        _, begins, rest = note.text().partition(before)
        listed = rest.partition(after)[0]
        named = _SHORT.findall(listed)
        more = count_told(listed, ["panel.revised_more"])
        if begins and (not {short_name_of(p) for p in revised}.issuperset(named) or len(named) + more != len(revised)):
            yield reading.leak(where, "names or counts other figures as revised than differ between the two editions")
