"""Which numbers on a page are words, and which are figures.

Owns the telling apart. Names of periods and days, the measures' own words, the identifiers of the edition, and the
sentences of wording.toml with what they count that is not people (months in a row, measures, extracts) are words. Promises
that every other number is a figure, which has to be accounted for. Never lets a number pass because it is small.
"""

import calendar
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from outcomes.auditing.edition import Edition
from outcomes.auditing.names import short_month, short_name_of
from outcomes.definitions.policy import policy
from outcomes.definitions.shipped import shipped
from outcomes.periods import Month, months_between

# What a sentence may count besides people: each is a number of periods, measures, extracts, charts, editions or versions.
_COUNTED = ("count", "all", "run", "met", "expected", "received", "missing", "replaces", "charts", "alarms", "version")
# Elsewhere `number` is a figure.
_NUMBERED = ("page", "method")
# These print figures.
_FIGURES = ("counts", "state")
_TOKEN = re.compile(r"\[c\]|(?<![\w.,])-?£?\d[\d,]*(?:\.\d+)?%?|\d")
_DAY = re.compile(rf"(?<![\w.,])(?:[12]?\d|3[01]) (?:{'|'.join(calendar.month_name[1:])}) \d{{4}}")
_CUT = 16


def numbers(text: str, words: re.Pattern[str]) -> list[str]:
    """Every number of a passage that is no word, as printed, and every symbol for a withheld count."""
    return [token.rstrip(",") for token in _TOKEN.findall(words.sub(" ¦ ", " ".join(text.split())))]


def words_of(edition: Edition) -> re.Pattern[str]:
    """What numbers may stand in on this edition's pages without being figures."""
    said = "|".join(re.escape(name) for name in sorted({*_named(edition)}, key=len, reverse=True))
    return re.compile("|".join([rf"(?<!\w)(?:{said})(?!\w)", *_sentences(), _several(edition)]))


def without_days(text: str) -> str:
    """A note without the days that it names: `14 June 2018`. Elsewhere a count may stand before the name of a month."""
    return _DAY.sub("¦", text)


def without_bands(text: str, edition: Edition) -> str:
    """A passage without the bands of whole percents in which figures.json tells the quality of an extract."""
    return edition_bands(edition).sub("¦", text)


def edition_bands(edition: Edition) -> re.Pattern[str]:
    told = set()
    for entry in edition.document["submissions"]:
        for band in (entry.get("quality") or {}).values():
            if isinstance(band, dict):
                over, to = band.get("over"), band.get("to")
                told.add(f"Over {over}%" if to is None else f"Under {to}%" if over is None else f"{over} to {to}%")
    return re.compile("|".join(rf"(?<![\w.,]){re.escape(band)}" for band in sorted(told)) or r"(?!)")


def _named(edition: Edition) -> Iterator[str]:
    """Every name that may have a digit in it."""
    document = edition.document
    names: list[str] = []
    for m in edition.measures:
        names += (f"{m.number}. {m.short_title}", f"{m.number}. {m.title}", m.title, m.short_title, *m.words)
    for area in document["areas"]:
        names += (str(area[key]) for key in ("name", "full_name", "label", "code"))
    for entry in document["submissions"]:
        names += (str(entry[key]) for key in ("feed_title", "supplier_name"))
    about = document["edition"]
    names += (f"{e}dition {about[n]}" for e in "Ee" for n in ("number", "replaces"))
    names += (f"{e}dition {number}" for e in "Ee" for _, number in edition.compared_by_area.values())
    names += (str(about[key])[:_CUT] for key in ("code_version", "release", "selection"))
    names += (in_words(str(day)) for day in (about["made_on"], *(m["reviewed"] for m in document["measures"])))
    names += (entry.reason for entry in policy().rebased)
    yield from (" ".join(name.split()) for name in names if any(c.isdigit() for c in name))
    yield from edition.periods
    yield from (short_name_of(period) for period in edition.periods.values())
    # An extract that moved a figure may be of a later month than the edition: deaths are registered late.
    made_on = date.fromisoformat(str(about["made_on"]))
    yield from map(short_month, months_between(edition.month, Month(made_on.year, made_on.month)))
    yield str(Month.parse(str(about["period"])).name)


def in_words(day: str) -> str:
    """`14 June 2018` of `2018-06-14`."""
    parsed = date.fromisoformat(day)
    return f"{parsed.day} {calendar.month_name[parsed.month]} {parsed.year}"


def _several(edition: Edition) -> str:
    """An area, and on how many measures it is named: `Granby (4)`."""
    most = len(edition.measures)
    places = "|".join(re.escape(label) for label in edition.areas)
    counts = "|".join(str(n) for n in range(1, most + 1))
    return rf"(?:{places}) \((?:{counts})\)"


def sentence(name: str) -> str:
    """A sentence of wording.toml by section and key, as it stands there: with {braces}."""
    section, _, key = name.partition(".")
    return str(_wording()[section][key])


def count_told(text: str, sentences: Iterable[str]) -> int:
    """What the first of these sentences that a passage holds counts: 1 where it has no {count}, 0 where there is none."""
    for name in sentences:
        pieces = re.split(r"(\{\w+\})", sentence(name))
        form = "".join(
            r"(?<![\w.,])(\d+)" if piece == "{count}" else ".+?" if piece.startswith("{") else re.escape(piece)
            for piece in pieces
        )
        if found := re.search(form, text):
            return int(found[1]) if found.groups() else 1
    return 0


@cache
def _wording() -> dict[str, dict[str, object]]:
    with shipped("report_templates/wording.toml").open("rb") as stream:
        return tomllib.load(stream)


@cache
def _sentences() -> tuple[str, ...]:
    """The pieces of wording.toml between what is filled in, longest first, where they hold a number or count something."""
    sections = _wording()
    periods = "|".join(map(str, sections["unit_of_time"].values()))
    pieces: set[str] = set()
    for section, texts in sections.items():
        for text in texts.values() if section not in _FIGURES else ():
            if isinstance(text, str):
                pieces |= set(_pieces(text, section in _NUMBERED, periods))
    return tuple(sorted(pieces, key=len, reverse=True))


def _pieces(text: str, numbered: bool, periods: str) -> Iterator[str]:
    counted = {*_COUNTED, "number"} if numbered else set(_COUNTED)
    piece: list[str] = []
    pieces = [piece]
    for literal, name in re.findall(r"([^{]*)(?:\{(\w+)\})?", text):
        piece.append(re.escape(literal))
        if name == "periods":
            piece.append(f"(?:{periods})")
        elif name in counted:
            piece.append(r"\d+")
        elif name:
            pieces.append(piece := [])
    for each in pieces:
        whole = "".join(each).removesuffix(r"\ ").removeprefix(r"\ ")
        if (r"\d" in whole or re.search(r"\d", whole)) and re.search(r"[a-z]{3}", re.sub(r"\\.|\(\?:", "", whole)):
            # Not within a longer number or word.
            yield rf"(?<![\w.,]){whole}" if re.match(r"\\d|\d", whole) else whole
