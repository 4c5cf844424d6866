"""The SQL and the second implementation agree on random lives, whatever happened in them."""

from datetime import date
from math import isclose
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import alternative_relations as alternative
from alternative_measures import cases
from lives import rows as rows_of
from lives import session
from outcomes.computing.relations import build_relations, run_measure
from outcomes.definitions.measures import measures
from random_lives import lives

thorough = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@thorough
@given(lives(most=8))
def test_every_measure_agrees_with_the_second_implementation(rows: dict[str, list[dict[str, Any]]]) -> None:
    with session(rows) as connection:
        build_relations(connection)
        for measure in measures().values():
            run_measure(connection, measure)
            found = {
                (case["registration_id"], case["event_id"]): case["outcome"]
                for case in rows_of(
                    connection,
                    "select registration_id, event_id, case when denominator then coalesce(numerator, observation)::varchar "
                    f"else split_part(left_out, ':', 1) end as outcome from cases_{measure.id} join cohort using (death_id)",
                )
            }
            expected = cases(measure.id, rows)
            assert set(found) == set(expected), measure.id
            assert all(is_the_same(found[case], expected[case]) for case in expected), measure.id


def is_the_same(found: str, expected: float | str) -> bool:
    """The same reason for leaving out, or the same number but for the last digits of its sums."""
    return found == expected if isinstance(expected, str) else isclose(float(found), expected, rel_tol=1e-12)


@settings(thorough, max_examples=60)
@given(lives(most=3))
def test_superspells_and_nights_agree_with_the_second_implementation(rows: dict[str, list[dict[str, Any]]]) -> None:
    with session(rows, ["deaths", "admissions"]) as connection:
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
