"""What other systems load: Fingertips' columns in figures.csv, and FHIR measure reports."""

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fictional_editions import CCGS, LAST, STEADY, edition, fifths, figure, measure

from outcomes.errors import SafetyRefusal
from outcomes.scorecards import publish
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.files import figures_csv
from outcomes.scorecards.measure_reports import measure_reports

# As a real download heads them; the last comparison is named after the kind of areas chosen.
HEADER = (
    "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,Category Type,Category,"
    "Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,Lower CI 99.8 limit,Upper CI 99.8 limit,Count,Denominator,"
    "Value note,Recent Trend,Compared to England value or percentiles,Compared to percentiles,Time period Sortable,"
    "New data,Compared to goal,Time period range"
)
HOUSE = "measure,area,grain,period,stratum,stratum_value,denominator,numerator,value,lower,upper,state"
PLACE, CRISIS, QUARTERLY, DAYS, HOSPITAL = (measure(number) for number in range(5))
STRATA = {
    ("sex", "1"): ("Male", "18+ yrs", "", ""),
    ("sex", "9"): ("Not specified", "18+ yrs", "", ""),
    ("age_band", "85+"): ("Persons", "85+ yrs", "", ""),
    ("deprivation_quintile", "1"): ("Persons", "18+ yrs", "Deprivation quintiles in England", "Most deprived quintile"),
    ("deprivation_quintile", "unknown"): ("Persons", "18+ yrs", "Deprivation quintiles in England", "Not known"),
    ("cause_group", "cancer"): ("Persons", "18+ yrs", "Underlying cause of death", "Cancer"),
}


def contents(*latest: Any, **changes: Any) -> Contents:
    """Five measures; A1's first ends with the cells given."""
    series = {("place_achieved", "A1"): [*STEADY[: 24 - len(latest)], *latest]}
    given: dict[str, Any] = {"series": series, "measures": [PLACE, CRISIS, QUARTERLY, DAYS, HOSPITAL], **changes}
    return edition(**given)


def stratified(people: int = 500) -> Contents:
    one = figure(PLACE, "S1", "rolling-12", "2018-03", 250, people=people)
    return contents(more=[replace(one, stratum=stratum, stratum_value=value) for stratum, value in STRATA])


def rows(made: Contents, **cells: str) -> list[dict[str, str]]:
    """The lines of figures.csv that have these cells."""
    found = csv.DictReader(io.StringIO(figures_csv(made).decode(), newline=""))
    return [row for row in found if all(row[name] == cell for name, cell in cells.items())]


def april(made: Contents, measure: str = "place_achieved") -> dict[str, str]:
    (row,) = rows(made, measure=measure, area="A1", period="2018-04")
    return row


def reports(made: Contents, area: str = "A1") -> list[dict[str, Any]]:
    return [entry["resource"] for entry in json.loads(measure_reports(made, area))["entry"]]


def report(made: Contents, id: str, area: str = "A1", year: bool = False) -> dict[str, Any]:
    (one,) = [
        r
        for r in reports(made, area)
        if r["measure"].split("/")[-1].split("|")[0] == id and (r["period"]["start"] == "2017-04-01") == year
    ]
    return one


def counts(said: dict[str, Any]) -> dict[str, Any]:
    """Each count, or the reason why there is none."""
    return {p["code"]["coding"][0]["code"]: p.get("count", absent(p.get("_count"))) for p in said["population"]}


def absent(element: dict[str, Any] | None) -> str | None:
    return element["extension"][0]["valueCode"] if element else None


# Beside Fingertips' downloads


def test_the_table_has_the_columns_of_a_download_and_then_those_of_the_house() -> None:
    assert figures_csv(contents()).decode().splitlines()[0] == f"{HEADER},{HOUSE}"


def test_a_figure_reads_as_a_download_has_it() -> None:
    row = april(contents(105))

    assert [row[name] for name in HEADER.split(",")] == [
        *("place_achieved", "Died where they wanted to", "E5", "Westshire STP", "E38A1", "NHS Ashdown CCG", "CCGs"),
        *("Persons", "18+ yrs", "", "", "Apr 2018", "52", "46", "59", "", "", "105", "200", "", "", "", ""),
        *("20180400", "", "", "1m"),
    ]
    assert [row[name] for name in HOUSE.split(",")[6:]] == ["200", "105", "52", "46", "59", "shown"]


@pytest.mark.parametrize(
    ("cell", "note", "told"),
    [
        (105, "", ("105", "200", "52")),
        (("p", 105), "Provisional", ("105", "200", "52")),
        ("c", "Value suppressed for disclosure control", ("", "", "")),
        ("missing", "Value not available: data not submitted", ("", "", "")),
        ("none", "No value: no cases", ("0", "0", "")),
        ("few", "No value: too few people", ("10", "15", "")),
        (("p", "c"), "Value suppressed for disclosure control; Provisional", ("", "", "")),
    ],
)
def test_a_note_says_why_there_is_no_value_or_that_it_may_change(
    cell: Any, note: str, told: tuple[str, str, str]
) -> None:
    row = april(contents(cell))

    assert row["Value note"] == note
    assert (row["Count"], row["Denominator"], row["Value"]) == told


def test_a_denominator_that_is_told_stands_beside_a_count_that_is_not() -> None:
    half = replace(figure(PLACE, "A1", "month", "2018-04", "c"), denominator=200)

    row = april(contents(more=[half]))

    assert (row["Count"], row["Denominator"], row["numerator"]) == ("", "200", "[c]")


def test_periods_have_the_names_of_downloads_and_sort_as_they_follow() -> None:
    made = contents()
    names = {row["period"]: row["Time period"] for row in rows(made, area="A1", measure="crisis_many")}
    assert (names["2017/18-Q4"], names["2018-03"]) == ("2017/18 Q4", "Apr 2017 - Mar 2018")
    for grain, length in (("month", "1m"), ("quarter", "1q"), ("rolling-12", "1y")):
        of_grain = {row["period"]: row for row in rows(made, grain=grain)}
        in_order = [of_grain[period]["Time period Sortable"] for period in sorted(of_grain)]
        assert len(set(in_order)) == len(of_grain)
        assert in_order == sorted(in_order)
        assert {row["Time period range"] for row in of_grain.values()} == {length}


@pytest.mark.parametrize(("stratum", "value"), STRATA)
def test_a_stratum_is_a_sex_an_age_or_a_category(stratum: str, value: str) -> None:
    (row,) = rows(stratified(), stratum=stratum, stratum_value=value)

    assert (row["Sex"], row["Age"], row["Category Type"], row["Category"]) == STRATA[stratum, value]
    # The STP has no parent that figures are released of.
    assert (row["Parent Code"], row["Area Code"], row["Area Type"]) == ("", "E5", "STPs")


def test_a_title_that_a_spreadsheet_would_run_is_text() -> None:
    made = contents(105, measures=[measure(0, title='=HYPERLINK("x")')])

    assert april(made)["Indicator Name"] == '\'=HYPERLINK("x")'


# As FHIR


def test_the_models_accept_every_bundle_and_read_the_same_back() -> None:
    made = contents("c", more=fifths(PLACE, (200, "c", "few", "none", "missing")))
    for area in ("S1", *CCGS):
        written = json.loads(measure_reports(made, area))
        bundle = Bundle.model_validate(written)
        assert json.loads(bundle.model_dump_json()) == written
        ids = Counter(entry.resource.id for entry in bundle.entry)
        assert set(ids.values()) == {1}


def test_each_measure_has_its_latest_period_and_its_latest_rolling_year() -> None:
    periods = {
        (r["measure"].split("/")[-1], r["period"]["start"], r["period"]["end"]) for r in reports(contents(), "A1")
    }
    months = {
        (f"{id}|1", "2018-04-01", "2018-04-30") for id in ("place_achieved", "crisis", "home_days", "in_hospital")
    }
    years = {(f"{m.id}|1", "2017-04-01", "2018-03-31") for m in (PLACE, CRISIS, QUARTERLY, DAYS, HOSPITAL)}
    assert periods == months | years | {("crisis_many|1", "2018-01-01", "2018-03-31")}


def test_a_report_says_whose_of_when_made_by_whom_and_what_is_better() -> None:
    one = report(contents(("p", 105)), "place_achieved")

    system = "https://fhir.nhs.uk/Id/ods-organization-code"
    assert (one["status"], one["type"], one["date"]) == ("complete", "summary", "2018-06-14")
    assert one["measure"] == "https://outcomes.stp.example/fhir/Measure/place_achieved|1"
    assert one["subject"] == {"identifier": {"system": system, "value": "A1"}, "display": "NHS Ashdown CCG"}
    assert one["reporter"]["identifier"] == {"system": system, "value": "S1"}
    assert one["improvementNotation"]["coding"][0]["code"] == "increase"
    assert one["meta"]["tag"][0]["code"] == "provisional"
    assert one["group"][0]["code"]["text"] == "Died where they wanted to"
    assert "improvementNotation" not in report(contents(), "in_hospital")
    assert report(contents(), "crisis")["improvementNotation"]["coding"][0]["code"] == "decrease"
    assert "meta" not in report(contents(), "crisis")


@pytest.mark.parametrize(
    ("id", "score", "told"),
    [
        ("place_achieved", {"value": 52, "unit": "percent", "code": "%"}, {"denominator": 200, "numerator": 105}),
        (
            "crisis",
            {"value": 0.53, "unit": "admissions per death", "code": "{admissions_per_death}"},
            {"denominator": 200, "numerator": 105},
        ),
        ("home_days", {"value": 0.5, "unit": "days", "code": "d"}, {"denominator": 200}),
    ],
)
def test_counts_and_score_are_those_released_and_of_a_mean_no_sum_is_told(
    id: str, score: dict[str, Any], told: dict[str, int]
) -> None:
    cells = [*STEADY[:-1], 105]
    (group,) = report(contents(series={(id, "A1"): cells}), id)["group"]

    assert group["measureScore"] == {**score, "system": "http://unitsofmeasure.org"}
    assert counts(group) == told


@pytest.mark.parametrize(
    ("unit", "code"), [("pounds", "{GBP}"), ("percent of the time", "%"), ("nights {away} £", "{nights_away_}")]
)
def test_a_unit_is_one_that_ucum_allows(unit: str, code: str) -> None:
    (group,) = report(contents(measures=[measure(3, unit=unit)]), "home_days")["group"]

    assert (group["measureScore"]["unit"], group["measureScore"]["code"]) == (unit, code)


@pytest.mark.parametrize(
    ("cell", "told", "reason"),
    [
        ("c", ("masked", "masked"), "masked"),
        ("missing", ("unknown", "unknown"), "unknown"),
        ("none", (0, 0), "not-applicable"),
        (("p", "none"), (0, 0), "temp-unknown"),
        ("few", (15, 10), "not-performed"),
    ],
)
def test_where_there_is_no_score_the_reason_is_said(cell: Any, told: tuple[Any, Any], reason: str) -> None:
    (group,) = report(contents(cell), "place_achieved")["group"]

    assert counts(group) == dict(zip(("denominator", "numerator"), told, strict=True))
    assert (absent(group["measureScore"]["_value"]), "value" in group["measureScore"]) == (reason, False)


def test_a_figure_that_was_not_released_is_unknown() -> None:
    made = contents()
    without = replace(
        made, figures=tuple(f for f in made.figures if (f.measure, f.period) != ("place_achieved", "2018-04"))
    )

    (group,) = report(without, "place_achieved")["group"]

    assert counts(group) == {"denominator": "unknown", "numerator": "unknown"}


def test_the_stps_year_has_its_strata_and_a_ccgs_has_none() -> None:
    made = contents(more=fifths(PLACE, (200, "c", 250, 260, 300)))

    (group,) = report(made, "place_achieved", "S1", year=True)["group"]
    (stratifier,) = group["stratifier"]
    assert stratifier["code"][0]["coding"][0]["code"] == "deprivation_quintile"
    strata = {s["value"]["coding"][0]["code"]: s for s in stratifier["stratum"]}
    assert list(strata) == ["1", "2", "3", "4", "5"]
    assert counts(strata["1"]) == {"denominator": 500, "numerator": 200}
    assert strata["1"]["measureScore"]["value"] == 40
    assert strata["1"]["value"]["coding"][0]["display"] == "Most deprived quintile"
    assert counts(strata["2"]) == {"denominator": "masked", "numerator": "masked"}
    assert not any("stratifier" in group for r in reports(made, "A1") for group in r["group"])


def test_every_stratum_has_a_name() -> None:
    (group,) = report(stratified(), "place_achieved", "S1", year=True)["group"]

    named = {
        (of["code"][0]["coding"][0]["code"], s["value"]["coding"][0]["code"]): s["value"]["coding"][0]["display"]
        for of in group["stratifier"]
        for s in of["stratum"]
    }
    assert named.keys() == STRATA.keys()
    assert {named["sex", "1"], named["age_band", "85+"], named["cause_group", "cancer"]} == {
        "Male",
        "85+ yrs",
        "Cancer",
    }


def test_an_edition_that_was_not_attacked_is_restricted_as_its_scorecards_say() -> None:
    made = contents()
    attacked = replace(made, context=made.context.model_copy(update={"attacked": True}))

    assert json.loads(measure_reports(made, "A1"))["meta"]["security"][0]["code"] == "R"
    assert "meta" not in json.loads(measure_reports(attacked, "A1"))


def test_a_report_is_the_same_one_in_the_same_edition_and_another_in_the_next() -> None:
    made = contents()
    first, again, corrected = reports(made), reports(contents()), reports(replace(made, number=2))

    assert first == again
    assert {r["id"] for r in first}.isdisjoint(r["id"] for r in corrected)


def test_before_the_first_quarter_there_is_nothing_of_a_quarterly_measure() -> None:
    first_month = contents(series={}, first=LAST)

    assert not [r for r in reports(first_month, "A1") if "crisis_many" in r["measure"]]
    assert [r for r in reports(first_month, "S1") if "crisis_many" in r["measure"]]


def test_what_would_be_no_valid_fhir_is_refused_with_a_sentence() -> None:
    with pytest.raises(SafetyRefusal, match=r"measure reports of Ashdown would be no valid FHIR \(.*unit: "):
        measure_reports(contents(measures=[measure(1, unit="")]), "A1")


TWICE = """
import hashlib, sys
import test_scorecards_other_systems as t
made = t.stratified()
print(hashlib.sha256(b"".join([t.figures_csv(made), *(t.measure_reports(made, a) for a in ("S1", "A1"))])).hexdigest())
"""


def test_two_processes_write_the_same_bytes() -> None:
    path = f"{Path(__file__).parent}:{Path(publish.__file__).parents[2]}"
    said = [
        subprocess.run(
            [sys.executable, "-c", TWICE],
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert said[0] == said[1] != ""
