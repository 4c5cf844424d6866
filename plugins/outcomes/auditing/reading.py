"""A web page under audit: what is compared with what.

Owns the comparison of a passage with the figures it may print, and which parts of a page have been read. Promises that a
part that nobody claims is held to print no figure at all. Never decides which figures a place may print: the readers of
panels and tables do.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from outcomes.auditing.drawings import Drawing, read_drawing
from outcomes.auditing.edition import Edition, Measure
from outcomes.auditing.leak import Leak, masked
from outcomes.auditing.markup import Element
from outcomes.auditing.moved import Moved, moved
from outcomes.auditing.names import Period
from outcomes.auditing.scales import CENTRE
from outcomes.auditing.tables import Figure
from outcomes.auditing.wording import numbers
from outcomes.disclosure.released import WITHHELD

NOTHING: frozenset[str] = frozenset()


@dataclass
class Reading:
    """A page of an area. `reach` collects, by kind of drawing, between which places things are drawn, give or take."""

    file: str
    edition: Edition
    area: str
    words: re.Pattern[str]
    names: re.Pattern[str]
    titles: re.Pattern[str]
    claimed: set[int] = field(default_factory=set)
    reach: list[tuple[str, str, tuple[float, float, float]]] = field(default_factory=list)

    @cached_property
    def moved(self) -> Moved | None:
        """What moved in the area since the edition compared with; None where that is not at hand."""
        return moved(self.edition, self.area)

    def drawing(self, svg: Element) -> Drawing:
        """What a drawing holds, which counts as read from then on."""
        self.claim(svg)
        return read_drawing(svg)

    def leak(self, where: str, sentence: str) -> Leak:
        return Leak(self.file, where, sentence)

    def held(self, where: str, text: str, allowed: Iterable[str] = NOTHING) -> Iterator[Leak]:
        """A leak where a passage has a number that is neither a word nor among those allowed."""
        if not any(c.isdigit() for c in text):
            return
        told = {WITHHELD, *allowed}
        if any(number not in told for number in numbers(text, self.words)):
            yield self.leak(where, f"“{masked(text)}” has a number that the released figures do not give it")

    def numbers(self, text: str) -> list[str]:
        return numbers(text, self.words)

    def periods(self, text: str) -> list[Period]:
        """The periods that a passage names."""
        return [self.edition.periods[name] for name in self.names.findall(text)]

    def pieces(self, text: str) -> Iterator[tuple[Measure | None, str]]:
        """A passage cut before the name of each measure."""
        names = {m.short_title: m for m in self.edition.measures}
        found = list(self.titles.finditer(text))
        ends = [match.start() for match in found] + [len(text)]
        yield None, text[: ends[0]]
        for match, end in zip(found, ends[1:], strict=True):
            yield names[match[0]], text[match.end() : end]

    def figure(self, measure: Measure, period: Period, area: str = "") -> Figure | None:
        return self.edition.figure(measure.id, area or self.area, period)

    def reached(self, kind: str, where: str, places: list[float]) -> None:
        """Note between which places a drawing reaches, where they differ."""
        if places and max(places) - min(places) > CENTRE:
            self.reach.append((kind, where, (min(places), max(places), CENTRE)))

    def claim(self, element: Element) -> None:
        self.claimed.add(id(element))


def printed(measure: Measure, *figures: Figure | None) -> set[str]:
    """Every number that a page may print of some figures."""
    told: set[str] = set()
    for figure in figures:
        if figure is not None:
            told |= {measure.shown(text) for text in (figure.value, figure.lower, figure.upper) if text}
            told |= set(counts(figure))
    return told


def cells(measure: Measure, figure: Figure | None) -> tuple[list[str], list[str], list[str]]:
    """The numbers that belong into the cells of a figure: value, interval, counts."""
    if figure is None:
        return [], [], []
    value = [measure.shown(figure.value)] if figure.value else []
    interval = [measure.shown(text) for text in (figure.lower, figure.upper)] if figure.lower and figure.upper else []
    told = [] if figure.state in {"not_submitted", "no_cases"} else counts(figure)
    # A sum of percentages is not printed.
    return value, interval, told[1:] if measure.scoring == "mean" and measure.in_percent else told


def counts(figure: Figure) -> list[str]:
    """Numerator and denominator as a page prints them."""
    return [f"{int(text):,}" if text.isdigit() else text for text in (figure.numerator, figure.denominator) if text]
