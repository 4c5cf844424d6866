"""A web page under audit: what is compared with what.

Owns the comparison of a passage with the figures it may print, and which parts of a page have been read. Promises that a
part that nobody claims is held to print no figure at all. Never decides which figures a place may print: the readers of
panels and tables do.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from outcomes.auditing.edition import Edition, Measure
from outcomes.auditing.leak import Leak, masked
from outcomes.auditing.markup import Element
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


def counts(figure: Figure) -> list[str]:
    """Numerator and denominator as a page prints them."""
    return [f"{int(text):,}" if text.isdigit() else text for text in (figure.numerator, figure.denominator) if text]
