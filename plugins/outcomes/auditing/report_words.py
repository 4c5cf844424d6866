"""What a bundle of measure reports may say besides counts and scores.

Owns every entry's place and the texts it may hold, all of them from figures.json or from the standard. Promises that an
identifier is the one that follows from what it is about, so that it hides nothing. Never looks at a figure.
"""

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from outcomes.auditing.edition import Edition, Measure
from outcomes.auditing.fingertips import STRATA, TITLES
from outcomes.auditing.names import Period

HOUSE = "https://outcomes.stp.example/fhir"
_HL7 = "http://terminology.hl7.org/CodeSystem"
_ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_REASONS = {"masked", "unknown", "not-applicable", "temp-unknown", "not-performed"}
_PLACES = ("group", "group.stratifier.stratum")
# Held to the figure of their place, not to words.
COUNTED = {f"{place}.{what}" for place in _PLACES for what in ("population.count", "measureScore.value")}

Words = dict[str, set[str]]


def of_bundle(edition: Edition, area: str, reports: set[str]) -> Words:
    """All texts of a bundle around its reports; `reports` are their identifiers."""
    about = edition.document["edition"]
    return {
        "resourceType": {"Bundle"},
        "id": {_identity(edition, area)},
        "type": {"collection"},
        "identifier.system": {f"{HOUSE}/edition"},
        "identifier.value": {f"{about['period']}/edition-{about['number']}/{area}"},
        "meta.security.system": {f"{_HL7}/v3-Confidentiality"},
        "meta.security.code": {"R"},
        "meta.security.display": {"restricted"},
        "entry.fullUrl": {f"urn:uuid:{report}" for report in reports},
    }


def of_report(edition: Edition, area: str, measure: Measure, period: Period, days: tuple[str, str]) -> Words:
    """All texts of a report, by where they stand."""
    names = {str(a["code"]): str(a["full_name"]) for a in edition.document["areas"]}
    notation = {"higher_is_better": {"increase"}, "lower_is_better": {"decrease"}}
    words = {
        "resourceType": {"MeasureReport"},
        "id": {_identity(edition, measure.id, area, *period)},
        "status": {"complete"},
        "type": {"summary"},
        "measure": {f"{HOUSE}/Measure/{measure.id}|{version}" for version in _versions(edition, measure)},
        "date": {str(edition.document["edition"]["made_on"])},
        "period.start": {days[0]},
        "period.end": {days[1]},
        "subject.identifier.system": {_ODS},
        "subject.identifier.value": {area},
        "subject.display": {names[area]},
        "reporter.type": {"Organization"},
        "reporter.identifier.system": {_ODS},
        "reporter.identifier.value": {edition.stp},
        "reporter.display": {names[edition.stp]},
        "meta.tag.system": {f"{HOUSE}/CodeSystem/state"},
        "meta.tag.code": {"provisional"},
        "improvementNotation.coding.system": {f"{_HL7}/measure-improvement-notation"},
        "improvementNotation.coding.code": notation.get(measure.direction, set()),
        "group.code.text": {measure.title},
        "group.stratifier.code.coding.system": {f"{HOUSE}/CodeSystem/stratum"},
        "group.stratifier.code.coding.code": set(TITLES),
        "group.stratifier.code.coding.display": set(TITLES.values()),
        "group.stratifier.stratum.value.coding.system": {f"{HOUSE}/CodeSystem/{stratum}" for stratum in STRATA},
        "group.stratifier.stratum.value.coding.code": {v for values in STRATA.values() for v in values},
        "group.stratifier.stratum.value.coding.display": {v for values in STRATA.values() for v in values.values()},
    }
    for place in _PLACES:
        words |= {
            f"{place}.population.code.coding.system": {f"{_HL7}/measure-population"},
            f"{place}.population.code.coding.code": {"denominator", "numerator"},
            f"{place}.population._count.extension.url": {_ABSENT},
            f"{place}.population._count.extension.valueCode": _REASONS,
            f"{place}.measureScore._value.extension.url": {_ABSENT},
            f"{place}.measureScore._value.extension.valueCode": _REASONS,
            f"{place}.measureScore.unit": {measure.unit},
            f"{place}.measureScore.system": {"http://unitsofmeasure.org"},
            f"{place}.measureScore.code": {"%", "d", "{GBP}", f"{{{_unit(measure.unit)}}}"},
        }
    return words


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Everything that is written, with the names that lead there; an empty object or list too, for its name may tell."""
    inside = (
        node.items() if isinstance(node, Mapping) else [("", each) for each in node] if isinstance(node, list) else ()
    )
    if not inside:
        yield path, node
    for name, inner in inside:
        yield from leaves(inner, ".".join(filter(None, (path, name))))


def _identity(edition: Edition, *parts: str) -> str:
    about = edition.document["edition"]
    name = "|".join((edition.stp, str(about["period"]), str(about["number"]), *parts))
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{HOUSE}/MeasureReport/{name}"))


def _versions(edition: Edition, measure: Measure) -> set[int]:
    given = (entry["version"] for entry in edition.document["measures"] if entry["id"] == measure.id)
    return {*given, *(f["measure_version"] for f in edition.document["figures"] if f["measure"] == measure.id)}


def _unit(text: str) -> str:
    """A unit of one's own as UCUM allows it: no space, no brace, nothing but ASCII."""
    return re.sub(r"[^!-~]+|[{}]+", "_", text)
