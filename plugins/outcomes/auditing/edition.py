"""An edition as its data files describe it: figures, and the words that stand around them.

Owns what the pages are compared with: figures.csv, and from figures.json the measures, areas, extracts and which figures
are provisional. Promises to know nothing of the program that wrote them. Never takes a count from anywhere but figures.csv.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from outcomes.auditing.names import Period, periods_named
from outcomes.auditing.tables import Figure, Key, figure_of, read_figures
from outcomes.errors import SafetyRefusal
from outcomes.periods import Month

FILE = "figures.json"


@dataclass(frozen=True)
class Measure:
    """What the pages print of a measure. `number` is its place on a scorecard, from 1."""

    number: int
    id: str
    scoring: str
    unit: str
    direction: str
    ccg_grain: str
    target: float | None
    title: str
    short_title: str
    words: tuple[str, ...]

    @property
    def in_percent(self) -> bool:
        return self.scoring == "proportion" or self.unit.casefold().startswith(("%", "percent", "per cent"))

    @property
    def per(self) -> int:
        """From the counts' ratio to the printed unit."""
        return 100 if self.scoring == "proportion" else 1

    def plotted(self, figure: Figure | None) -> float | None:
        """What a chart may draw of a figure: the printed counts' ratio, where a value is printed."""
        if figure is None or not figure.value:
            return None
        value = self.per * figure.count("numerator") / (figure.count("denominator") or math.nan)
        return None if math.isnan(value) else value

    def shown(self, number: str) -> str:
        """A printed number with its sign."""
        if number and self.unit.casefold() == "pounds":
            return f"{'-' * number.startswith('-')}£{abs(float(number)):,.0f}"
        return f"{number}%" if number and self.in_percent else number

    @property
    def goal(self) -> str:
        """The target as printed; empty where there is none."""
        return "" if self.target is None else self.shown(f"{self.target:g}")


@dataclass(frozen=True)
class Edition:
    """`at_hand` are the figures of the editions that it is compared with, by month and number, as far as they are there."""

    document: Mapping[str, Any]
    figures: Mapping[Key, Figure]
    at_hand: Mapping[tuple[str, int], Mapping[Key, Figure]]

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        return tuple(_measure(number, entry) for number, entry in enumerate(self.document["measures"], 1))

    @cached_property
    def by_id(self) -> dict[str, Measure]:
        return {m.id: m for m in self.measures}

    @cached_property
    def areas(self) -> dict[str, str]:
        """The code of each area by its label, the STP first."""
        return {str(a["label"]): str(a["code"]) for a in self.document["areas"]}

    @cached_property
    def stp(self) -> str:
        return next(str(a["code"]) for a in self.document["areas"] if a["kind"] == "stp")

    @cached_property
    def linked(self) -> dict[str, Figure]:
        """Each CCG's share of deaths linked."""
        return {f["area"]: figure_of(f) for f in self.document["linked"]}

    @cached_property
    def compared(self) -> tuple[str, int] | None:
        """Month and number of the edition that changes are told against; None in the first of all."""
        about = self.document["edition"]
        if other := about.get("compared"):
            return _which(other)
        return None if about["replaces"] is None else (str(about["period"]), int(about["replaces"]))

    @cached_property
    def compared_by_area(self) -> dict[str, tuple[str, int]]:
        """The same for the areas whose readers were last sent another one."""
        others = self.document["edition"].get("compared_by_area") or {}
        return {str(area): _which(other) for area, other in others.items()}

    def compared_for(self, area: str) -> tuple[str, int] | None:
        """Which edition changes are told against to the readers of an area."""
        return self.compared_by_area.get(area, self.compared)

    def earlier(self, area: str) -> Mapping[Key, Figure]:
        """The figures that changes are told against to the readers of an area; empty where they are not at hand."""
        other = self.compared_for(area)
        return self.at_hand.get(other, {}) if other else {}

    @property
    def month(self) -> Month:
        return Month.parse(str(self.document["edition"]["period"]))

    @cached_property
    def periods(self) -> dict[str, Period]:
        """Every period a page can speak of, by its name."""
        return periods_named(((f.grain, f.period) for f in self.figures.values()), self.month)

    def figure(
        self, measure: str, area: str, period: Period, stratum: str = "all", value: str = "all"
    ) -> Figure | None:
        return self.figures.get((measure, area, *period, stratum, value))


def read_edition(folder: Path) -> Edition:
    """Read both data files; raises SafetyRefusal when one cannot be understood."""
    figures = {f.key: f for f in read_figures(folder)}
    document = _document(folder)
    try:
        edition = Edition(document, _marked(figures, document), {})
        # Whatever is not there is told now.
        _ = edition.measures, edition.areas, edition.stp, edition.linked, edition.periods, document["submissions"]
        others = {edition.compared, *edition.compared_by_area.values()} - {None}
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise _refusal(folder, f"lacks something or has it in another shape ({type(error).__name__})") from None
    places = {other: folder.parent.parent / other[0] / f"edition-{other[1]}" for other in others if other}
    return replace(edition, at_hand={other: _earlier(place) for other, place in places.items() if place.is_dir()})


def _which(other: Mapping[str, Any]) -> tuple[str, int]:
    return str(Month.parse(str(other["period"]))), int(other["number"])


def _earlier(folder: Path) -> Mapping[Key, Figure]:
    figures = {f.key: f for f in read_figures(folder)}
    try:
        return _marked(figures, _document(folder))
    except (KeyError, TypeError) as error:
        raise _refusal(folder, f"lacks something or has it in another shape ({type(error).__name__})") from None


def _marked(figures: Mapping[Key, Figure], document: Mapping[str, Any]) -> Mapping[Key, Figure]:
    """The figures with what figures.json alone tells: which are provisional."""
    provisional = {figure_of(f).key for f in document["figures"] if f["provisional"]}
    return {key: replace(f, provisional=key in provisional) for key, f in figures.items()}


def _document(folder: Path) -> dict[str, Any]:
    try:
        document = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except OSError as error:
        raise _refusal(folder, f"cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise _refusal(folder, f"is no JSON in UTF-8 ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise _refusal(folder, "is no description of an edition")
    return document


_WORDS = ("promise", "statement", "why_it_matters", "denominator", "numerator", "not_counted", "owner", "unit")


def _measure(number: int, entry: Mapping[str, Any]) -> Measure:
    texts = ("id", "scoring", "unit", "direction", "ccg_grain", "title", "short_title")
    target = entry["target"]
    return Measure(
        number=number,
        target=None if target is None else float(target),
        words=tuple(str(entry[word]) for word in _WORDS),
        **{name: str(entry[name]) for name in texts},
    )


def _refusal(folder: Path, why: str) -> SafetyRefusal:
    return SafetyRefusal(
        f"The file {FILE} of {folder.parent.name}/{folder.name} {why}, so it cannot be audited: render the edition again."
    )
