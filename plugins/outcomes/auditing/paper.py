"""A scorecard's PDF beside its web page: the same words and the same drawings.

Owns that comparison. Promises that a number in the PDF stands in the same sentence or row on the web page, which is held to
the released figures, and that the same marks are drawn at the same places of another scale. Never holds the PDF to
figures.csv a second time.
"""

import csv
import io
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from outcomes.auditing import tables
from outcomes.auditing.charts import Series
from outcomes.auditing.documents import Document, read_document
from outcomes.auditing.drawings import XY, bands, outlines
from outcomes.auditing.edition import FILE
from outcomes.auditing.leak import Leak
from outcomes.auditing.markup import Element
from outcomes.auditing.reading import Reading
from outcomes.auditing.said import WRITTEN, written_on
from outcomes.auditing.scales import CENTRE, Scale

# Spaces, hyphens between letters, and what PDFium gives for one at the end of a line.
_BLANK = re.compile(r"[\s\x02\ufffe\xad]|(?<=[^\W\d])-(?=[^\W\d])")
_SHORTEST = 6
_OWN = re.compile(r"(?:D:)?[\d:TZ+'-]+|WeasyPrint [\d.]+")
_FINEST = 100


def paper_leaks(path: Path, page: Element, shown: dict[int, Series], reading: Reading) -> Iterator[Leak]:
    """What a PDF says beyond its web page; `reading` is one for the PDF's name, `shown` the series of the page's panels."""
    try:
        document = read_document(path)
    except ValueError:
        yield reading.leak("the file", "is no PDF, so it cannot be audited")
        return
    for kind in sorted(document.unread):
        yield reading.leak("the file", f"holds {kind}, which nobody reads")
    yield from _text(document, page, reading)
    yield from _alternatives(document, page, shown, reading)
    yield from _drawings(document, page, reading)
    yield from _attachments(document, path.with_name(tables.FILE), reading)
    for name, text in document.about.items():
        said = " ".join(word for word in text.split() if not _OWN.fullmatch(word)) if name == "XMP" else text
        if not _OWN.fullmatch(text):
            yield from reading.held(f"metadata, {name}", said)
    for text in document.bookmarks:
        yield from reading.held("bookmarks", text)


def _text(document: Document, page: Element, reading: Reading) -> Iterator[Leak]:
    """Cover the PDF's text with the rows and sentences of the web page; what is left may hold words only."""
    units = _units(page, reading.edition.areas)
    known = sorted({squeezed for text in units if len(squeezed := _BLANK.sub("", text)) >= _SHORTEST}, key=len)
    missing = set(written_on(page))
    # A bar or two may have no more to say than a number, which is too short to look for.
    bars = " ".join(map(_labels, page.all("svg", "bar")))
    few = reading.numbers(bars) if len(_BLANK.sub("", bars)) < _SHORTEST else []
    for number, text in enumerate(document.pages, 1):
        blanks = {match.start() for match in _BLANK.finditer(text)}
        places = [place for place in range(len(text)) if place not in blanks]
        letters = "".join(text[place] for place in places)
        missing = {said for said in missing if _BLANK.sub("", said) not in letters}
        left = list(text)
        for unit in reversed(known):
            start = letters.find(unit)
            while start >= 0:
                end = start + len(unit)
                letters = f"{letters[:start]}{'¦' * len(unit)}{letters[end:]}"
                left[places[start] : places[end - 1] + 1] = "¦" * (places[end - 1] + 1 - places[start])
                start = letters.find(unit, end)
        rest = re.sub("¦+", "¦", "".join(left)).replace(f"Page {number} of {len(document.pages)}", "")
        for line in rest.splitlines():
            yield from reading.held(f"page {number}", line, few)
    if missing:
        yield reading.leak("what people wrote", "is not what the web page has")


def _units(page: Element, names: Collection[str]) -> Iterator[str]:
    """The pieces of the web page that the paper edition prints too, each with its words in order."""
    for element in page.everything():
        if element.tag in {"tr", "li"} or element.is_("div", "tile"):
            yield element.text()
        elif element.tag == "article":
            apart = frozenset(id(details) for details in element.all("details"))
            yield " ".join(text for _, text in element.passages(apart))
        elif element.is_("svg", "chart"):
            yield _labels(element)
        elif element.is_("svg", "funnel"):
            # Names may lie over each other, and then nobody can tell their letters apart.
            yield _labels(element, names)
        elif element.is_("section", "places"):
            yield " ".join(map(_labels, element.all("svg")))
    yield from (text for element, text in page.passages() if element.tag not in {"td", "th", "caption", "summary"})


def _labels(svg: Element, without: Collection[str] = ()) -> str:
    return " ".join(label.text() for label in svg.all("text") if label.text() not in without)


def _alternatives(document: Document, page: Element, shown: dict[int, Series], reading: Reading) -> Iterator[Leak]:
    """The alternative texts are the web page's; a chart's goes on with its points in order, as there is no table."""
    pictures = _pictures(page)
    if len(pictures) != len(document.alternatives):
        yield reading.leak("alternative texts", "are not one for each of the web page's drawings")
        return
    for text, (svg, number) in zip(document.alternatives, pictures, strict=True):
        title = next((e.text() for e in svg.children if e.tag == "title"), "")
        said = " ".join(text.split())
        series = shown.get(number)
        if not said.startswith(title):
            yield reading.leak("alternative texts", "one is not the web page's")
        elif said != title and series is not None and reading.numbers(said.removeprefix(title)) != _points(series):
            yield reading.leak(
                f"alternative text of measure {number}", "its points are not the printed values in order"
            )
        elif said != title and series is None:
            yield reading.leak("alternative texts", "one says more than the web page's")


def _points(series: Series) -> list[str]:
    return [series.measure.shown(figure.value) for figure in series.figures if figure is not None and figure.value]


def _pictures(page: Element) -> list[tuple[Element, int]]:
    """Every drawing in order, and of which panel it is the chart (0: of none)."""
    of = {
        id(svg): int(article.attributes["id"].removeprefix("measure-"))
        for article in page.all("article")
        for svg in article.all("svg", "chart")
        if article.attributes.get("id", "").removeprefix("measure-").isdigit()
    }
    return [(svg, of.get(id(svg), 0)) for svg in page.all("svg")]


def _drawings(document: Document, page: Element, reading: Reading) -> Iterator[Leak]:
    pictures = _pictures(page)
    if len(pictures) != len(document.drawings):
        yield reading.leak("drawings", "are not as many as on the web page")
        return
    for drawn, (svg, number) in zip(document.drawings, pictures, strict=True):
        where = f"chart of measure {number}" if number else "a drawing"
        try:
            screen, _ = bands(outlines(svg))
        except (KeyError, ValueError):
            continue
        paper, edges = bands(drawn)
        if [len(line) for line in paper] != [len(line) for line in screen]:
            yield reading.leak(where, "other things are drawn than on the web page")
            continue
        points = [point for line in paper for point in line]
        if any(abs(n * _FINEST - round(n * _FINEST)) > 0.1 for point in points for n in point):
            yield reading.leak(where, "has coordinates with more than two decimals")
        if svg.is_("svg", "bar"):
            # It is all bands, and as large on paper as on the screen.
            if not _same(drawn, outlines(svg)):
                yield reading.leak(where, "something is drawn at another place than on the web page")
            continue
        if any(all(abs(edge - y) > CENTRE for _, y in points) for edge in edges):
            yield reading.leak(where, "a band ends where no line is")
        pairs = list(zip((point for line in screen for point in line), points, strict=True))
        if not (_alike(pairs, 0) and _alike(pairs, 1)):
            yield reading.leak(where, "something is drawn at another place than on the web page")


def _same(paper: list[list[XY]], screen: list[list[XY]]) -> bool:
    """Whether the same is drawn at the same places. A band without width is not drawn on paper."""
    there = [band for band in screen if band[0][0] < band[-1][0] or len(band) == 1]
    return [len(band) for band in paper] == [len(band) for band in there] and all(
        abs(a - b) <= CENTRE
        for drawn, band in zip(paper, there, strict=True)
        for point, other in zip(drawn, band, strict=True)
        for a, b in zip(point, other, strict=True)
    )


def _alike(pairs: list[tuple[XY, XY]], axis: int) -> bool:
    """Whether one is the other at another scale."""
    known = [(screen[axis], paper[axis]) for screen, paper in pairs]
    scale = Scale.through(known)
    return scale is None or all(scale.fits(screen, paper) for screen, paper in known)


def _attachments(document: Document, table: Path, reading: Reading) -> Iterator[Leak]:
    """What is attached tells of the area, or of all areas, exactly what the data files do."""
    whole = reading.edition.document
    own: dict[str, Any] = {
        **whole,
        "areas": [a for a in whole["areas"] if a["code"] == reading.area],
        "figures": [f for f in whole["figures"] if f["area"] == reading.area],
        **{name: [said for said in whole[name] if said["area"] == reading.area] for name in WRITTEN if name in whole},
    }
    rows = _rows(table.read_bytes())
    place = rows[0].index("area")
    own_rows = [rows[0], *(row for row in rows[1:] if row[place] == reading.area)]
    for name, body in document.attachments.items():
        try:
            if name == tables.FILE:
                same = _rows(body) in (own_rows, rows)
            else:
                same = name == FILE and json.loads(body) in (own, whole)
        except (ValueError, csv.Error):
            same = False
        if not same:
            yield reading.leak(f"attachment {name}", f"is not what {tables.FILE} and {FILE} tell of the area")


def _rows(table: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.decode("utf-8"), newline=""), strict=True))
