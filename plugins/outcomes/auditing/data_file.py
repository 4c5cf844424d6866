"""figures.json beside figures.csv: the same figures, and no more than is documented.

Owns the comparison of the two, and the names that figures.json may use. Promises that an entry nobody has heard of is
found, as nobody checked what it tells. Never reads its figures for their own sake: figures.csv is held to the rules.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from outcomes.auditing.counts import figure_leaks
from outcomes.auditing.edition import FILE, Edition, Measure
from outcomes.auditing.leak import Leak
from outcomes.auditing.tables import COLUMNS
from outcomes.auditing.tables import FILE as TABLE

_TOP = {"edition", "guarantee", "protection", "areas", "measures", "submissions", "linked", "figures"}
_TOP |= {"commentaries", "actions"}
_ENTRIES: dict[str, frozenset[str]] = {
    "edition": frozenset(
        {"period", "number", "replaces", "compared", "compared_by_area", "made_on", "release", "selection"}
        | {"code_version", "partnership"}
    ),
    "compared": frozenset({"period", "number"}),
    "areas": frozenset({"code", "gss", "name", "full_name", "label", "kind"}),
    "measures": frozenset(
        {"id", "version", "title", "short_title", "promise", "statement", "why_it_matters", "denominator", "numerator"}
        | {"not_counted", "scoring", "unit", "direction", "ccg_grain", "target", "owner", "reviewed"}
        | {"feeds"}
    ),
    "submissions": frozenset({"feed", "feed_title", "supplier", "supplier_name", "state", "sequence", "quality"}),
    "quality": frozenset({"in_time", "volume", "valid_numbers", "filled", "rejected"}),
    "band": frozenset({"over", "to"}),
    "linked": frozenset(COLUMNS),
    "commentaries": frozenset({"measure", "area", "period", "words", "person", "day"}),
    "actions": frozenset({"number", "area", "period", "words", "owner", "due", "state", "note"}),
    "figures": frozenset({*COLUMNS, "provisional", "missing", "measure_version"}),
}
# A feed, who sends it and the month, between semicolons.
_MISSING = re.compile(r"(?:[a-z_0-9]+ \w+ \d{4}-\d{2}(?:; |$))*", re.ASCII)


def data_leaks(edition: Edition) -> Iterator[Leak]:
    """What figures.json says beside figures.csv."""
    document = edition.document
    for name in sorted(document.keys() - _TOP):
        yield Leak(FILE, f"{name}", "is an entry that nobody documented, so nobody knows what it tells")
    yield from _unknown_names(document)
    yield from _bands(document["submissions"])
    yield from _figures(edition)
    linked = Measure(0, "deaths_linked", "proportion", "percent", "", "", None, "", "", ())
    measures = {**{f.measure: linked for f in edition.linked.values()}, **edition.by_id}
    yield from (
        Leak(FILE, f"linked, {leak.where}", leak.sentence)
        for leak in figure_leaks(FILE, edition.linked.values(), measures)
    )


def _unknown_names(document: Mapping[str, Any]) -> Iterator[Leak]:
    about = document["edition"]
    compared = [about.get("compared") or {}, *(about.get("compared_by_area") or {}).values()]
    one = {"edition": [about], "compared": compared}
    for kind in _ENTRIES.keys() - {"quality", "band"}:
        entries = one[kind] if kind in one else document.get(kind, ())
        found = {name for entry in entries for name in entry}
        for name in sorted(found - _ENTRIES[kind]):
            yield Leak(FILE, f"{kind}, {name}", "is an entry that nobody documented, so nobody knows what it tells")


def _bands(submissions: list[Mapping[str, Any]]) -> Iterator[Leak]:
    """How far an extract can be trusted is told in bands of whole percent, never as a share or a count."""
    for entry in submissions:
        where = f"submissions, {entry['feed']} {entry['supplier']}"
        quality = entry.get("quality") or {}
        if not quality.keys() <= _ENTRIES["quality"]:
            yield Leak(FILE, where, "tells of its quality under a name that nobody documented")
        for name in ("valid_numbers", "filled", "rejected"):
            band = quality.get(name)
            if isinstance(band, Mapping):
                edges = list(band.values())
                if band.keys() == _ENTRIES["band"] and all(
                    e is None or (isinstance(e, int) and e <= 100) for e in edges
                ):
                    continue
            if band not in (None, "too_few", "no_key"):
                yield Leak(FILE, f"{where}, {name}", "is no band of whole percents")
        if not (entry.get("sequence") is None or isinstance(entry["sequence"], int)):
            yield Leak(FILE, f"{where}, sequence", "is no number of a submission")


def _figures(edition: Edition) -> Iterator[Leak]:
    told: set[tuple[str, ...]] = set()
    for entry in edition.document["figures"]:
        texts = {column: entry[column] for column in COLUMNS}
        key = tuple(str(texts[column]) for column in COLUMNS[:6])
        name = " ".join(part for part in key if part != "all")
        told.add(key)
        figure = edition.figures.get(key)
        if figure is None:
            yield Leak(FILE, name, f"is a figure that {TABLE} does not have")
        elif any(texts[column] != getattr(figure, column) for column in COLUMNS):
            yield Leak(FILE, name, f"is another figure than in {TABLE}")
        if not isinstance(entry["provisional"], bool) or not isinstance(entry["measure_version"], int):
            yield Leak(FILE, name, "says something other than yes or no to provisional, or has no whole version")
        if not _MISSING.fullmatch(str(entry["missing"])):
            yield Leak(FILE, name, "names as missing something that is no feed, supplier and month")
    for key in sorted(edition.figures.keys() - told):
        yield Leak(FILE, " ".join(part for part in key if part != "all"), f"does not tell this figure of {TABLE}")
