"""A scorecard's web page, read whole.

Owns the order in which its places are read, and what is left when all places with figures have been: words. Promises that
every text, attribute and comment of the page is looked at. Never fetches anything that the page asks for.
"""

import re
from collections.abc import Iterable, Iterator
from statistics import median

from outcomes.auditing.beside import places, smalls
from outcomes.auditing.changed import changes
from outcomes.auditing.charts import Series
from outcomes.auditing.compared import by_measure, comparison, extracts, fairness, linked
from outcomes.auditing.drawings import too_fine
from outcomes.auditing.edition import Edition
from outcomes.auditing.funnels import funnels
from outcomes.auditing.leak import Leak
from outcomes.auditing.markup import Element, Page
from outcomes.auditing.panels import latest_values, matrix, panels, tiles
from outcomes.auditing.reading import Reading
from outcomes.auditing.said import actions
from outcomes.auditing.wording import words_of

# They hold shape, not words; what is drawn is read as a drawing.
_SHAPE = frozenset(
    {"class", "id", "tabindex", "role", "scope", "colspan", "lang", "charset", "name", "viewbox", "xmlns"}
)
_SHAPE_DRAWN = _SHAPE | {
    "x",
    "y",
    "cx",
    "cy",
    "r",
    "d",
    "points",
    "width",
    "height",
    "fill",
    "font-family",
    "font-size",
}
_SHAPE_DRAWN |= {"font-weight", "stroke", "stroke-width", "stroke-dasharray", "text-anchor"}
_WITHIN = re.compile(r"#(?:main|measure-\d+)")
_NO_WORDS = frozenset({"script", "noscript", "template", "iframe", "object", "embed", "img", "link"})
_SAME_PLACE = 0.03


def page_leaks(page: Page, reading: Reading) -> tuple[list[Leak], dict[int, Series]]:
    """Everything a page says beyond the released figures, and the series that its panels show, by number."""
    leaks, shown = panels(page.root, reading)
    for place in (tiles, matrix):
        leaks += place(page.root, shown, reading)
    for table in (comparison, fairness, places, funnels, smalls, linked, extracts, changes, actions):
        leaks += table(page.root, reading)
    leaks += [
        *_key(page.root, reading),
        *_messages(page.root, shown, reading),
        *_words(page, reading),
        *_attributes(page.root, reading),
        *_reaches(reading),
    ]
    return leaks, shown


def reading_of(file: str, edition: Edition, area: str) -> Reading:
    """A fresh reading of a file about an area."""
    titles = _any_of(m.short_title for m in edition.measures)
    return Reading(file, edition, area, words_of(edition), _any_of(edition.periods), titles)


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    ordered = sorted(names, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in ordered))


def _key(page: Element, reading: Reading) -> Iterator[Leak]:
    """The key to the charts: signs only, of no figure."""
    for part in page.all("section", "key"):
        for svg in part.all("svg", "icon"):
            drawing = reading.drawing(svg)
            for text in (drawing.title, *(label.text for label in drawing.labels)):
                yield from reading.held("key", text)


def _messages(page: Element, shown: dict[int, Series], reading: Reading) -> Iterator[Leak]:
    """What to celebrate, act on and watch: a measure's name may be followed by its value; a question names a target."""
    goals = {m.goal for m in reading.edition.measures}
    told = {number: latest_values(series) | goals for number, series in shown.items()}
    for group in page.all("div", "messages"):
        reading.claim(group)
        for _, text in group.passages():
            yield from by_measure("messages", text, told, reading, goals)


def _words(page: Page, reading: Reading) -> Iterator[Leak]:
    """What no place has claimed may hold words only."""
    for element, text in page.root.passages(frozenset(reading.claimed)):
        yield from reading.held(f"{element.tag} {' '.join(sorted(element.classes))}".strip(), text)
    for comment in page.comments:
        yield from reading.held("a comment", comment)


def _attributes(page: Element, reading: Reading) -> Iterator[Leak]:
    drawn: set[int] = set()
    for element in page.everything():
        if element.tag == "svg":
            drawn |= {id(part) for part in element.everything()}
            if id(element) not in reading.claimed:
                yield reading.leak("a drawing", "stands where no drawing is read")
            if too_fine(element):
                yield reading.leak("a drawing", "has coordinates with more than two decimals")
        if element.tag in _NO_WORDS:
            yield reading.leak(element.tag, "is something that is not read, so it has no place on a scorecard")
        shape = _SHAPE_DRAWN if id(element) in drawn else _SHAPE
        for name, value in element.attributes.items():
            if name in shape or (name == "href" and _WITHIN.fullmatch(value)):
                continue
            if element.tag == "meta" and element.attributes.get("name") == "viewport":
                continue
            yield from reading.held(f"{element.tag}, {name}", value)


def _reaches(reading: Reading) -> Iterator[Leak]:
    """All drawings of a kind reach between the same places: one that does not has room for something that is not drawn."""
    usual = {
        kind: [median(places[end] for k, _, places in reading.reach if k == kind) for end in (0, 1)]
        for kind in {kind for kind, _, _ in reading.reach}
    }
    for kind, where, (*ends, doubt) in reading.reach:
        if any(abs(a - b) > _SAME_PLACE + doubt for a, b in zip(ends, usual[kind], strict=True)):
            yield reading.leak(where, "its scale reaches further than what is drawn on it")
