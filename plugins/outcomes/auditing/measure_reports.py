"""An area's measure reports, held to figures.csv.

Owns the reading of a bundle. Promises that a count or a score is that of the figure of its measure, area, period and
stratum, and that an entry or a text that nobody documented is found. Never asks whether it is good FHIR: the program that
writes it does.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from outcomes.auditing.edition import Edition, Measure
from outcomes.auditing.fingertips import STRATA
from outcomes.auditing.leak import Leak, masked
from outcomes.auditing.names import Period
from outcomes.auditing.report_words import COUNTED, HOUSE, Words, leaves, of_bundle, of_report
from outcomes.auditing.tables import Figure
from outcomes.disclosure.released import WITHHELD
from outcomes.errors import InputError
from outcomes.periods import Month

_GRAINS = {1: "month", 3: "quarter", 12: "rolling-12"}

Node = Mapping[str, Any]


def report_leaks(path: Path, edition: Edition, area: str) -> Iterator[Leak]:
    """What an area's bundle says beyond figures.csv, or that it cannot be audited."""
    try:
        bundle = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
        yield from _bundle(path.name, bundle, edition, area)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, InputError) as error:
        sentence = f"is no bundle of measure reports ({type(error).__name__}), so it cannot be audited"
        yield Leak(path.name, "the file", sentence)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different: of two alike most programs would read only the last."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _bundle(file: str, bundle: Node, edition: Edition, area: str) -> Iterator[Leak]:
    entries = [dict(entry) for entry in bundle["entry"]]
    reports = [entry.pop("resource") for entry in entries]
    words = of_bundle(edition, area, {report["id"] for report in reports})
    # A bundle may be empty; its entries without their reports are not.
    around = {**bundle, "entry": entries} if entries else {n: v for n, v in bundle.items() if n != "entry"}
    yield from _unknown(file, "the bundle", around, words)
    for report in reports:
        yield from _report(file, report, edition, area)


def _report(file: str, report: Node, edition: Edition, area: str) -> Iterator[Leak]:
    measure = edition.by_id.get(report["measure"].removeprefix(f"{HOUSE}/Measure/").partition("|")[0])
    days = str(report["period"]["start"]), str(report["period"]["end"])
    period = _period(*days)
    if measure is None or period is None:
        yield Leak(file, "a report", "is of no measure that figures.json names, or of no period of ours")
        return
    where = " ".join((measure.id, *period))
    yield from _unknown(file, where, report, of_report(edition, area, measure, period, days))
    for group in report["group"]:
        figure = edition.figure(measure.id, area, period)
        yield from (Leak(file, where, sentence) for sentence in _wrong(group, figure, measure))
        for stratifier in group.get("stratifier", ()):
            stratum = _coding(stratifier["code"][0])["code"]
            for each in stratifier["stratum"]:
                value = _coding(each["value"])
                if value["display"] != STRATA.get(stratum, {}).get(value["code"]):
                    yield Leak(file, where, "has a stratum under a name that is not its own")
                    continue
                figure = edition.figure(measure.id, area, period, stratum, value["code"])
                place = f"{where} {stratum} {value['code']}"
                yield from (Leak(file, place, sentence) for sentence in _wrong(each, figure, measure))


def _wrong(node: Node, figure: Figure | None, measure: Measure) -> Iterator[str]:
    """What is wrong with the counts and the score of a group or a stratum."""
    for population in node["population"]:
        code = _coding(population["code"])["code"]
        if code not in {"denominator", "numerator"} or (code == "numerator" and measure.scoring == "mean"):
            yield "has a count that is neither a denominator nor a numerator of people"
            continue
        printed = str(getattr(figure, code)) if figure else ""
        if "count" in population and not _is(population["count"], printed):
            yield f"has another {code} than figures.csv"
        if _reasons(population) - {"masked" if printed == WITHHELD else "unknown"}:
            yield f"gives a reason that does not fit its {code}"
    score = node["measureScore"]
    if "value" in score and not _is(score["value"], figure.value if figure else ""):
        yield "has another score than figures.csv"
    if _reasons(score) - {_reason(figure)}:
        yield "gives a reason that does not fit its score"


def _is(number: object, printed: str) -> bool:
    """Whether a number of the bundle is the one that figures.csv prints."""
    known = isinstance(number, int | float) and not isinstance(number, bool)
    return known and printed not in {"", WITHHELD} and number == float(printed)


def _reason(figure: Figure | None) -> str:
    """Why a score may be absent."""
    if figure is None or figure.state == "not_submitted":
        return "unknown"
    if figure.state == "no_cases":
        return "temp-unknown" if figure.provisional else "not-applicable"
    return "masked" if figure.state == "suppressed" else "not-performed"


def _reasons(node: Node) -> set[str]:
    return {text for path, text in leaves(node) if path.endswith(".valueCode")}


def _unknown(file: str, where: str, node: Node, words: Words) -> Iterator[Leak]:
    """Entries that nobody documented, and texts that are not among those allowed."""
    for path, text in leaves(node):
        if path in COUNTED:
            continue
        place = f"{where}, {masked(path)}"
        if path not in words:
            yield Leak(file, place, "is an entry that nobody documented, so nobody knows what it tells")
        elif not isinstance(text, str) or text not in words[path]:
            yield Leak(file, place, "says something that figures.json does not")


def _coding(concept: Node) -> Node:
    (coding,) = concept["coding"]
    return dict(coding)


def _period(start: str, end: str) -> Period | None:
    """Grain and period of the days from the first to the last; None where they are no whole months of ours."""
    first, last = Month.parse(start[:7]), Month.parse(end[:7])
    if (start, end) != (first.first_day.isoformat(), last.last_day.isoformat()):
        return None
    grain = _GRAINS.get(12 * (last.year - first.year) + last.month - first.month + 1)
    return None if grain is None else (grain, last.quarter if grain == "quarter" else str(last))
