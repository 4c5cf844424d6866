"""A released figure in FHIR's words: one MeasureReport.

Owns how the four states, counts, values and strata are said in FHIR R4. Promises a count and a score only where they were
let out, and everywhere else the reason: `masked` (withheld), `unknown` (not sent, or no such figure), `not-applicable`
(nobody to count), `temp-unknown` (nobody yet), `not-performed` (too few people for a value). The same figure has the same
id every time. Never decides which figures are told, and never has an interval: MeasureReport has no place for one.

A subject has an ODS code but no type: R4 knows no organisation as a subject, and the figures are about an area's people.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from outcomes.disclosure.released import ReleasedFigure
from outcomes.periods import period_months
from outcomes.scorecards import strata
from outcomes.scorecards.contents import AreaWords, Contents, MeasureWords
from outcomes.scorecards.series import in_percent, in_pounds

# Names, not addresses: nothing answers there.
HOUSE = "https://outcomes.stp.example/fhir"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
UCUM = "http://unitsofmeasure.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_IMPROVEMENT = {"higher_is_better": "increase", "lower_is_better": "decrease"}
# UCUM allows no space and no brace in a unit of one's own.
_NO_UNIT = re.compile(r"[^!-z|~]+")

Node = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What one report is about; `figure` is None where there is none, `strata` are those of the same period."""

    measure: MeasureWords
    area: AreaWords
    grain: str
    period: str
    figure: ReleasedFigure | None
    strata: Sequence[ReleasedFigure] = ()


def report(told: Told, contents: Contents) -> Node:
    """The MeasureReport of a figure and its strata."""
    measure, months = told.measure, period_months(told.grain, told.period)
    version = told.figure.measure_version if told.figure else measure.version
    group = {"code": {"text": measure.title}, **_said(told.figure, measure)}
    if told.strata:
        group["stratifier"] = _stratifiers(told.strata, measure)
    made: Node = {
        "resourceType": "MeasureReport",
        "id": identity(contents, measure.id, told.area.code, told.grain, told.period),
        "status": "complete",
        "type": "summary",
        "measure": f"{HOUSE}/Measure/{measure.id}|{version}",
        "subject": organisation(told.area),
        "reporter": {"type": "Organization", **organisation(contents.context.areas[0])},
        "date": contents.context.made_on.isoformat(),
        "period": {"start": months[0].first_day.isoformat(), "end": months[-1].last_day.isoformat()},
        "group": [group],
    }
    if notation := _IMPROVEMENT.get(measure.direction):
        made["improvementNotation"] = _concept(f"{TERMINOLOGY}/measure-improvement-notation", notation)
    if any(f.provisional for f in (told.figure, *told.strata) if f):
        made["meta"] = {"tag": [{"system": f"{HOUSE}/CodeSystem/state", "code": "provisional"}]}
    return made


def identity(contents: Contents, *parts: str) -> str:
    """A UUID that follows from the series, the edition and what it stands for."""
    name = "|".join([contents.context.areas[0].code, contents.period, str(contents.number), *parts])
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{HOUSE}/MeasureReport/{name}"))


def organisation(area: AreaWords) -> Node:
    return {"identifier": {"system": ODS, "value": area.code}, "display": area.full_name}


def _said(figure: ReleasedFigure | None, measure: MeasureWords) -> Node:
    """The counts and the score of a group or a stratum. Of a mean the sum is no count of people, so it is left out."""
    counts = {"denominator": figure.denominator if figure else None}
    if measure.scoring != "mean":
        counts["numerator"] = figure.numerator if figure else None
    reason = "masked" if figure and figure.state == "suppressed" else "unknown"
    return {
        "population": [
            {
                "code": _concept(f"{TERMINOLOGY}/measure-population", code),
                **({"_count": _absent(reason)} if count is None else {"count": count}),
            }
            for code, count in counts.items()
        ],
        "measureScore": _score(figure, measure),
    }


def _score(figure: ReleasedFigure | None, measure: MeasureWords) -> Node:
    if figure is None or figure.value is None:
        return {"_value": _absent(_reason(figure))}
    printed = figure.printed(figure.value)
    value = float(printed) if "." in printed else int(printed)
    return {"value": value, "unit": measure.unit, "system": UCUM, "code": _ucum(measure)}


def _reason(figure: ReleasedFigure | None) -> str:
    """Why there is no score."""
    if figure is None or figure.state == "not_submitted":
        return "unknown"
    if figure.state == "no_cases":
        return "temp-unknown" if figure.provisional else "not-applicable"
    return "masked" if figure.state == "suppressed" else "not-performed"


def _ucum(measure: MeasureWords) -> str:
    if in_percent(measure):
        return "%"
    if measure.unit == "days":
        return "d"
    return "{GBP}" if in_pounds(measure) else "{" + _NO_UNIT.sub("_", measure.unit) + "}"


def _stratifiers(figures: Sequence[ReleasedFigure], measure: MeasureWords) -> list[Node]:
    return [
        {
            "code": [_concept(f"{HOUSE}/CodeSystem/stratum", stratum, strata.TITLES[stratum])],
            "stratum": [
                {
                    "value": _concept(
                        f"{HOUSE}/CodeSystem/{stratum}", f.stratum_value, strata.name_of(stratum, f.stratum_value)
                    ),
                    **_said(f, measure),
                }
                for f in of_it
            ],
        }
        for stratum, of_it in groupby(sorted(figures, key=lambda f: f.key), key=lambda f: f.stratum)
    ]


def _concept(system: str, code: str, display: str = "") -> Node:
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}


def _absent(reason: str) -> Node:
    return {"extension": [{"url": _ABSENT, "valueCode": reason}]}
