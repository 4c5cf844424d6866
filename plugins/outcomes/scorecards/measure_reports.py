"""The measure reports of an area, as other systems take them in: FHIR R4, one Bundle for each area.

Owns `measure-reports-<area>.json`: for each measure the latest period of its scorecard and the latest rolling year that is
released (the STP's with its strata). Promises a file that the R4B models of fhir.resources accept (R4B's Bundle and
MeasureReport are R4's, unchanged) or none, and the same bytes for the same contents. Never rounds or hides: the gate did.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from outcomes.disclosure.released import ReleasedFigure
from outcomes.errors import SafetyRefusal
from outcomes.scorecards.contents import AreaWords, Contents
from outcomes.scorecards.fhir import HOUSE, TERMINOLOGY, Told, identity, report
from outcomes.scorecards.files import json_lines
from outcomes.scorecards.series import series_of

if TYPE_CHECKING:
    from pydantic import ValidationError


def measure_reports(contents: Contents, area_code: str) -> bytes:
    """The bundle of an area.

    Raises InputError for an area that the edition does not have, SafetyRefusal when it would be no valid FHIR.
    """
    area = contents.area(area_code)
    reports = [report(told, contents) for told in _told(contents, area)]
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "id": identity(contents, area.code),
        "identifier": {
            "system": f"{HOUSE}/edition",
            "value": f"{contents.period}/edition-{contents.number}/{area.code}",
        },
        "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{made['id']}", "resource": made} for made in reports],
    }
    if not contents.context.attacked:
        # As the scorecards say: for the partnership only.
        restricted = {"system": f"{TERMINOLOGY}/v3-Confidentiality", "code": "R", "display": "restricted"}
        bundle["meta"] = {"security": [restricted]}
    _check(bundle, area)
    return json_lines(bundle)


def _told(contents: Contents, area: AreaWords) -> Iterator[Told]:
    years: dict[str, dict[str, list[ReleasedFigure]]] = defaultdict(lambda: defaultdict(list))
    for figure in contents.figures:
        if (figure.area, figure.grain) == (area.code, "rolling-12") and figure.period <= contents.period:
            years[figure.measure][figure.period].append(figure)
    for measure in contents.context.measures:
        latest = series_of(contents, measure, area).latest
        if latest is not None:
            yield Told(measure, area, latest.grain, latest.period, latest.figure)
        if of_measure := years.get(measure.id):
            year = max(of_measure)
            whole = contents.by_key.get((measure.id, area.code, "rolling-12", year, "all", "all"))
            yield Told(measure, area, "rolling-12", year, whole, [f for f in of_measure[year] if f.stratum != "all"])


def _check(bundle: dict[str, Any], area: AreaWords) -> None:
    # Imported here: it takes a quarter of a second, and only an edition that is rendered needs it.
    from fhir.resources.R4B.bundle import Bundle
    from pydantic import ValidationError

    try:
        Bundle.model_validate(bundle)
    except ValidationError as error:
        raise SafetyRefusal(
            f"The measure reports of {area.name} would be no valid FHIR ({_first(error)}), so nothing was written: correct "
            "the organisations or the measure named, and release again."
        ) from None


def _first(error: "ValidationError") -> str:
    found = error.errors()[0]
    return f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
