"""The SQL and the second implementation agree on random lives, whatever happened in them."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alternative_measures as alternative
from lives import rows as rows_of
from lives import session
from outcomes.computing.relations import build_relations, run_measure
from outcomes.definitions.measures import measures

METHODS = ["11", "21", "21", "21", "22", "2A", "2B", "2B", "2D", "28", "81", "81", "82", "31"]
FIRST_PREFERENCES = [None, "10", "20", "21", "22", "30", "40", "41", "42", "50", "undecided", "declined", "unable"]
CARE_HOMES = [None, None, "VN1", "VN2"]
PLACES = [("H", None, None), ("E", None, None), ("C", "1", "03"), ("C", "2", "4"), ("C", "1", "83"), ("C", "2", "06")]
YES_OR_NO = [None, "Y", "N"]

# Most days fall around what a rule turns on: the day of death, the edges of the 90 and 183 days, and each other.
days_before = st.one_of(st.integers(-2, 12), st.integers(-2, 12), st.integers(86, 94), st.integers(179, 187))


def person(number: int) -> uuid.UUID:
    return uuid.UUID(int=number + 1)


@st.composite
def lives(draw: Callable[..., Any], most: int = 5) -> dict[str, list[dict[str, Any]]]:
    """The records of a few people, some registered twice, some not linked, some with records that disagree."""
    pick = lambda values: draw(st.sampled_from(values))  # noqa: E731
    rows: dict[str, list[dict[str, Any]]] = {"deaths": [], "admissions": [], "epaccs": [], "palliative_register": []}
    number_of_people = draw(st.integers(1, most))
    anybody = [person(n) for n in range(number_of_people)]
    for n in range(number_of_people):
        died = date(2018, 6, 30) + timedelta(draw(st.integers(0, 3)))
        for registration in range(pick([1, 1, 1, 2])):
            pod_code, nhs, establishment = pick(PLACES)
            rows["deaths"].append(
                {
                    "registration_id": f"{pick('ABC')}{n}{registration}",
                    "person_id": pick([person(n)] * 6 + [None]),
                    "sex": "2",
                    "age_at_death": pick([17, 18, 80, 80, 80]),
                    "date_of_death": died,
                    "date_of_registration": died + timedelta(draw(st.integers(0, 1))),
                    "pod_code": pod_code,
                    "pod_nhs_establishment": nhs,
                    "pod_establishment_type": establishment,
                    "pod_organisation_code": pick(CARE_HOMES),
                    "usual_residence_type": pick("PCO"),
                    "underlying_cause": pick(["C349", "F03", "V010", "V00", "Y98", "Y990", "U509", "U508", "J449"]),
                    "ccg_of_registration": pick(["05W", "05W", "05D", "99X", None]),
                    "ccg_of_residence": pick(["05W", "05G", "99X", None]),
                    "cancelled_flag": pick("NNNNY"),
                }
            )
        discharged = died
        for stay in range(draw(st.integers(0, 5))):
            # Half the stays begin around the end of the one before, where moves and returns are told apart.
            soon = discharged + timedelta(pick([-1, 0, 0, 1, 1, 2]))
            admitted = pick([soon, died - timedelta(draw(days_before))])
            discharged = admitted + timedelta(draw(st.integers(0, 5)))
            spell = {"provider_code": pick(["RJE", "RRE", "RL4"]), "spell_id": f"{pick('ABC')}{n}{stay}"}
            for episode in range(1, 1 + pick([1, 1, 2])):
                rows["admissions"].append(
                    {
                        **spell,
                        "episode_number": episode,
                        "person_id": pick([person(n)] * 8 + [None, None, *anybody]),
                        "admission_date": admitted
                        + timedelta(pick([0, 0, 0, 0, min(1, (discharged - admitted).days)])),
                        "discharge_date": discharged + timedelta(pick([0, 0, 0, 0, 1])),
                        "admission_method": pick(METHODS),
                        "patient_classification": pick("1111112"),
                    }
                )
        for amendment in range(draw(st.integers(0, 3))):
            day = died - timedelta(draw(st.integers(-1, 3)))
            first = pick(FIRST_PREFERENCES)
            rows["epaccs"].append(
                {
                    "record_id": f"{pick('ABC')}{n}{amendment}",
                    "person_id": person(n),
                    "amended_at": datetime.combine(day, time(pick([0, 12, 23]), pick([0, 59]))),
                    "consent": pick(["given", "given", "best_interests", "withdrawn"]),
                    "ppd_first": first,
                    "ppd_first_is_usual_residence": pick(YES_OR_NO),
                    "ppd_first_organisation_code": pick(CARE_HOMES),
                }
            )
        for entry in range(draw(st.integers(0, 2))):
            entered = died - timedelta(draw(st.integers(-1, 3)))
            removed = pick([None, None, entered, died - timedelta(1), died, died + timedelta(1)])
            rows["palliative_register"].append(
                {
                    "practice_code": "M83001",
                    "entry_id": f"{n}{entry}",
                    "person_id": person(n),
                    "entry_date": entered,
                    "removal_date": removed,
                }
            )
    return rows


thorough = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@thorough
@given(lives())
def test_every_measure_agrees_with_the_second_implementation(rows: dict[str, list[dict[str, Any]]]) -> None:
    with session(rows) as connection:
        build_relations(connection)
        for measure in measures().values():
            run_measure(connection, measure)
            found = rows_of(
                connection,
                f"select registration_id, coalesce(numerator, observation)::double as value "
                f"from cases_{measure.id} join cohort using (death_id) where denominator",
            )
            assert {f["registration_id"]: f["value"] for f in found} == alternative.cases(measure.id, rows), measure.id


@thorough
@given(lives(most=3))
def test_superspells_and_nights_agree_with_the_second_implementation(rows: dict[str, list[dict[str, Any]]]) -> None:
    with session(rows) as connection:
        build_relations(connection)
        for who in {episode["person_id"] for episode in rows["admissions"]} - {None}:
            found = rows_of(
                connection,
                "select admission_date as admission, discharge_date as discharge, admission_method as method "
                f"from superspell where person_id = '{who}' order by superspell",
            )
            assert found == alternative.superspells_of(rows, who)
        nights = {
            night["registration_id"]: (night["last_90_days"], night["last_183_days"])
            for night in rows_of(connection, "select * from hospital_nights join cohort using (death_id)")
        }
        assert nights == {
            death["registration_id"]: tuple(alternative.hospital_nights_of(rows, death, days) for days in (90, 183))
            for death in alternative.cohort_of(rows)
            if death["person_id"] is not None
        }


@pytest.mark.parametrize("pod_code", ["H", "E", "C"])
def test_every_kind_of_establishment_is_classified_as_in_the_second_implementation(pod_code: str) -> None:
    deaths = [
        {
            "registration_id": f"{pod_code}{nhs}{establishment}",
            "age_at_death": 80,
            "date_of_death": date(2018, 6, 30),
            "date_of_registration": date(2018, 7, 2),
            "underlying_cause": "C349",
            "ccg_of_registration": "05W",
            "cancelled_flag": "N",
            "pod_code": pod_code,
            "pod_nhs_establishment": nhs,
            "pod_establishment_type": establishment,
        }
        for nhs in "12"
        for establishment in [*(f"{n:02}" for n in range(1, 100)), *"123456789"]
    ]
    with session({"deaths": deaths}) as connection:
        build_relations(connection)
        found = rows_of(connection, "select registration_id, place from cohort")
    assert {f["registration_id"]: f["place"] for f in found} == {
        death["registration_id"]: alternative.place_of(death) for death in deaths
    }
