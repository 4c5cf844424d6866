"""Every example patient gets the answer that a clinician wrote down, alone and among all the others of the measure."""

from pathlib import Path
from typing import Any

import pytest
from patients import HERE, Patient, patients

from lives import rows as rows_of
from lives import session
from outcomes.computing.relations import build_relations, run_measure
from outcomes.definitions.feeds import feeds
from outcomes.definitions.measures import Measure, measures

EVERYBODY = [
    pytest.param(measure, patient, id=f"{measure.id}-{Path(patient.file).stem}-{patient.name}")
    for measure in measures().values()
    for patient in patients(measure.id)
]


def cases(measure: Measure, people: list[Patient]) -> list[dict[str, Any]]:
    """The cases of the measure in a world of these people only."""
    together = {feed: [row for person in people for row in person.rows.get(feed, [])] for feed in feeds()}
    with session(together, measure.feeds) as connection:
        build_relations(connection)
        run_measure(connection, measure)
        return rows_of(connection, f"select * from cases_{measure.id} join cohort using (death_id)")


def answer(patient: Patient, found: list[dict[str, Any]]) -> dict[str, Any]:
    """What was found for a patient, in the words of `expected`."""
    own = [case for case in found if case["registration_id"] in patient.registrations]
    why = [case["left_out"].split(":")[0] for case in own if case["left_out"]]
    counted = [case for case in own if case["denominator"]]
    if patient.counts_events:
        assert all(case["event_id"] for case in own), "this measure counts people: write true or false"
        numerator = {"numerator": sum(case["numerator"] for case in counted)} if counted else {}
        left_out = {"exceptions": why.count("exception"), "excluded": why.count("excluded")}
        told = {word: own[0][word] for word in ("ccg", "month") if word in patient.expected}
        return {"denominator": len(counted), **numerator, **{word: n for word, n in left_out.items() if n}, **told}
    assert len(own) <= 1, f"{patient.name} counts {len(own)} times"
    if not counted:
        return {"denominator": False, **({"left_out": why[0]} if why else {})}
    return {word: counted[0][word] for word in patient.expected}


@pytest.mark.parametrize(("measure", "patient"), EVERYBODY)
def test_a_patient_alone_gets_the_expected_answer(measure: Measure, patient: Patient) -> None:
    assert answer(patient, cases(measure, [patient])) == patient.expected, patient.because


@pytest.mark.parametrize("measure", measures().values(), ids=measures())
def test_all_patients_of_a_measure_together_get_the_same_answers(measure: Measure) -> None:
    people = patients(measure.id)
    found = cases(measure, people)
    assert {p.name: answer(p, found) for p in people} == {p.name: p.expected for p in people}


@pytest.mark.parametrize("measure", [m for m in measures().values() if m.status == "published"], ids=lambda m: m.id)
def test_a_published_measure_has_examples_on_both_sides(measure: Measure) -> None:
    expected = [patient.expected for patient in patients(measure.id)]
    values = {e.get("numerator", e.get("observation")) for e in expected if e["denominator"]}
    assert len(values) > 1, "write one patient who counts and one who does not"
    assert any(not e["denominator"] for e in expected), "write one patient who is not in the denominator"


def test_every_folder_belongs_to_a_measure() -> None:
    assert {folder.name for folder in HERE.iterdir() if any(folder.glob("*.toml"))} <= set(measures())


GOOD = """
title = "A title"
why = "A reason"
[[patient]]
name = "Ada"
story = "Ada died."
deaths = [{ date_of_death = 2018-06-20, place = "home" }]
expected = { denominator = true, numerator = true }
because = "It is so."
"""


@pytest.mark.parametrize(
    ("instead", "of", "refusal"),
    [
        ('titel = "A title"', 'title = "A title"', "has to consist of title, why"),
        ("[[patient]]\ncolour = 1", "[[patient]]", "has colour, which is neither a feed"),
        ("", 'because = "It is so."', "has no because"),
        ("place = 'home', ward = '3'", 'place = "home"', "has no column ward"),
        ("place = 'home', sex = 'F'", 'place = "home"', "'F' for sex, which no supplier may send"),
        ("place = 'home', age_at_death = 121", 'place = "home"', "121 for age_at_death"),
        ("place = 'at sea'", 'place = "home"', "lacks pod_code"),
        ("denominator = true, numertor = true", "denominator = true, numerator = true", "expected needs denominator"),
        ("denominator = false, numerator = true", "denominator = true, numerator = true", "expected needs denominator"),
        ("denominator = true }", "denominator = true, numerator = true }", "expected needs denominator"),
        ("denominator = 2 }", "denominator = true, numerator = true }", "expected needs denominator"),
    ],
)
def test_an_example_that_is_not_understood_is_refused(tmp_path: Path, instead: str, of: str, refusal: str) -> None:
    (tmp_path / "a_measure").mkdir()
    file = tmp_path / "a_measure" / "ada.toml"
    file.write_text(GOOD, encoding="utf-8")
    assert [p.name for p in patients("a_measure", tmp_path)] == ["Ada"]
    file.write_text(GOOD.replace(of, instead), encoding="utf-8")
    with pytest.raises(ValueError, match=refusal):
        patients("a_measure", tmp_path)


def test_two_patients_of_one_measure_may_not_share_a_name(tmp_path: Path) -> None:
    (tmp_path / "a_measure").mkdir()
    for file in ("one.toml", "two.toml"):
        (tmp_path / "a_measure" / file).write_text(GOOD, encoding="utf-8")
    with pytest.raises(ValueError, match="two patients called Ada"):
        patients("a_measure", tmp_path)
