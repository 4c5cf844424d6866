"""Fingertips' columns of figures.csv: the same figures under other names.

Owns what each of these cells may say. Promises to work it out again from the house's own columns and figures.json, and to
find a cell that should be empty, so that nothing is told here that is not told there. Never judges the figure: `counts`
does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from outcomes.auditing.edition import Edition
from outcomes.auditing.leak import Leak
from outcomes.auditing.tables import FILE, FINGERTIPS, Figure
from outcomes.periods import period_months

# What the files for other systems may call a stratum; measure reports have the same names.
STRATA = {
    "sex": {"1": "Male", "2": "Female", "9": "Not specified"},
    "age_band": {band: f"{band} yrs" for band in ("18-64", "65-74", "75-84", "85+")},
    "deprivation_quintile": {
        "1": "Most deprived quintile",
        "2": "Second most deprived quintile",
        "3": "Middle quintile",
        "4": "Second least deprived quintile",
        "5": "Least deprived quintile",
        "unknown": "Not known",
    },
    "cause_group": {
        "cancer": "Cancer",
        "dementia": "Dementia",
        "circulatory": "Circulatory diseases",
        "respiratory": "Respiratory diseases",
        "other": "Other causes",
    },
}
TITLES = {
    "age_band": "Age",
    "sex": "Sex",
    "deprivation_quintile": "Deprivation quintiles in England",
    "cause_group": "Underlying cause of death",
}
_NOTES = {
    "suppressed": "Value suppressed for disclosure control",
    "not_submitted": "Value not available: data not submitted",
    "no_cases": "No value: no cases",
}


def fingertips_leaks(edition: Edition) -> Iterator[Leak]:
    """Every cell that says something else than the figure beside it."""
    areas = {str(entry["code"]): entry for entry in edition.document["areas"]}
    stp = areas[edition.stp]
    for figure in edition.figures.values():
        area = areas.get(figure.area)
        measure = edition.by_id.get(figure.measure)
        if not figure.fingertips or measure is None:
            continue
        if area is None:
            yield Leak(FILE, figure.name, "is of an area that figures.json does not name")
            continue
        allowed = {**_names(area, stp), "Indicator Name": measure.title, **_people(figure), **_numbers(figure)}
        for column, cell in zip(FINGERTIPS, figure.fingertips, strict=True):
            told = allowed.get(column, "")
            # Text that a spreadsheet would run has an apostrophe before it.
            if cell not in {told, f"'{told}"}:
                yield Leak(FILE, f"{figure.name}, {column}", "is not what the house's own columns say")


def _names(area: Mapping[str, Any], stp: Mapping[str, Any]) -> dict[str, str]:
    told = {
        "Area Code": str(area["gss"]),
        "Area Name": str(area["full_name"]),
        "Area Type": "STPs" if area is stp else "CCGs",
    }
    if area is not stp:
        told |= {"Parent Code": str(stp["gss"]), "Parent Name": str(stp["full_name"])}
    return told


def _people(figure: Figure) -> dict[str, str]:
    told = {"Sex": "Persons", "Age": "18+ yrs"}
    name = STRATA.get(figure.stratum, {}).get(figure.stratum_value, "")
    match figure.stratum:
        case "all":
            pass
        case "sex":
            told["Sex"] = name
        case "age_band":
            told["Age"] = name
        case _:
            told |= {"Category Type": TITLES.get(figure.stratum, ""), "Category": name}
    return told


def _numbers(figure: Figure) -> dict[str, str]:
    months = period_months(figure.grain, figure.period)
    first, last = months[0], months[-1]
    name, sortable, length = {
        "month": (first.short_name, f"{first.year}{first.month:02}00", "1m"),
        "quarter": (figure.period.replace("-", " "), f"{figure.period[:4]}0{figure.period[-1]}00", "1q"),
        "rolling-12": (f"{first.short_name} - {last.short_name}", f"{first.year}{first.month:02}00", "1y"),
    }[figure.grain]
    too_few = "No value: too few people" if figure.state == "shown" and not figure.value else ""
    notes = [_NOTES.get(figure.state, too_few), "Provisional" if figure.provisional else ""]
    return {
        "Indicator ID": figure.measure,
        "Time period": name,
        "Time period Sortable": sortable,
        "Time period range": length,
        "Value": figure.value,
        "Lower CI 95.0 limit": figure.lower,
        "Upper CI 95.0 limit": figure.upper,
        "Count": figure.numerator if figure.numerator.isdigit() else "",
        "Denominator": figure.denominator if figure.denominator.isdigit() else "",
        "Value note": "; ".join(filter(None, notes)),
    }
