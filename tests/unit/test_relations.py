"""The relations that measures share: built in order, refused when they cannot be, and each row what its file says."""

import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from lives import rows as rows_of
from lives import session
from outcomes.computing.relations import REFERENCE, build_relations, relations, run_measure
from outcomes.definitions.feeds import feeds
from outcomes.definitions.measures import measures
from outcomes.definitions.shipped import shipped
from outcomes.errors import SetupError

ADA, BASIL = uuid.UUID(int=1), uuid.UUID(int=2)


def death(registration: str, **given: object) -> dict[str, object]:
    """The registered death of an 80-year-old of Stoke at home, without a link unless the test gives one."""
    return {
        "registration_id": registration,
        "sex": "2",
        "age_at_death": 80,
        "date_of_death": "2018-06-20",
        "date_of_registration": "2018-06-22",
        "pod_code": "H",
        "usual_residence_type": "P",
        "underlying_cause": "C349",
        "ccg_of_registration": "05W",
        "ccg_of_residence": "05W",
        "cancelled_flag": "N",
        **given,
    }


def episode(spell: str, number: int = 1, **given: object) -> dict[str, object]:
    """An episode of Ada's emergency stay at Stoke from 1 to 5 June."""
    return {
        "provider_code": "RJE",
        "spell_id": spell,
        "episode_number": number,
        "person_id": ADA,
        "admission_date": "2018-06-01",
        "discharge_date": "2018-06-05",
        "admission_method": "21",
        "patient_classification": "1",
        **given,
    }


def found(query: str, **rows: list[dict[str, object]]) -> list[dict[str, Any]]:
    with session(rows) as connection:
        build_relations(connection)
        return rows_of(connection, query)


def column(query: str, **rows: list[dict[str, object]]) -> list[Any]:
    return [value for row in found(query, **rows) for value in row.values()]


# Building


@pytest.mark.parametrize("file", sorted(shipped("sql/cohort").glob("*.sql")), ids=lambda file: file.stem)
def test_each_relation_begins_by_saying_what_one_row_is(file: Path) -> None:
    assert file.read_text(encoding="utf-8").startswith("-- One row per ")


def test_every_relation_comes_after_those_it_reads() -> None:
    ready = {*feeds(), *REFERENCE}
    for relation in relations().values():
        assert relation.reads <= ready
        ready.add(relation.name)


def test_building_survives_a_question_that_was_not_read_to_its_end() -> None:
    with session({"deaths": [death("R1")]}) as connection:
        connection.execute("select * from range(100000)").fetchone()
        build_relations(connection)
        assert rows_of(connection, "select count(*) as deaths from cohort") == [{"deaths": 1}]


def test_what_rests_on_a_feed_that_is_not_loaded_is_left_out() -> None:
    with session({"deaths": [death("R1")]}) as connection:
        connection.execute("drop table admissions")
        build_relations(connection)
        built = {row["table_name"] for row in rows_of(connection, "select table_name from duckdb_tables()")}
    assert {"cohort", "preference_in_force", "register_entry"} <= built
    assert not {"spell", "superspell", "hospital_nights"} & built


@pytest.mark.parametrize(
    ("files", "refusal"),
    [
        ({"a": "select * from b", "b": "select * from a"}, "go in a circle"),
        ({"a": "select * from a"}, "go in a circle (a.sql, which reads a.sql)"),
        ({"a": "select * from births"}, "a.sql reads 'births', which is no feed and no relation"),
        ({"a": "select 1 as x; select 2 as y"}, "a.sql has 2 statements: write exactly one SELECT"),
        ({"a": ""}, "a.sql has 0 statements: write exactly one SELECT"),
        ({"a": "create table b as select 1"}, "a.sql is not one plain SELECT"),
        ({"a": "select * from read_parquet('x')"}, "a.sql reads something that is no relation"),
        ({"a": "select uuid() as x from deaths"}, "a.sql uses uuid, which differs from run to run"),
        ({"a": "select x from deaths"}, 'a.sql fails (Binder Error: Referenced column "x" not found'),
        ({"a": "select registration_id::integer as x from deaths"}, "a.sql fails (ConversionException): mend"),
        ({"deaths": "select * from epaccs"}, "deaths.sql has the name of a feed: give the file another name"),
        ({"a": "with b as (select 1) select * from b", "b": "select 1"}, "a.sql gives a WITH part the name of a table"),
    ],
)
def test_a_bad_relation_is_refused_by_its_file(tmp_path: Path, files: dict[str, str], refusal: str) -> None:
    for name, sql in files.items():
        (tmp_path / f"{name}.sql").write_text(sql, encoding="utf-8")
    with session({"deaths": [death("R1")]}) as connection, pytest.raises(SetupError, match=re.escape(refusal)):
        build_relations(connection, tmp_path)


def test_a_relation_too_large_for_the_memory_is_not_called_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("select md5(r::varchar) as x from (select unnest(range(5000000)) as r from deaths)")
    words = r"a\.sql needs more memory than this machine has: give it more"
    with session({"deaths": [death("R1")]}, memory_limit="60MB") as tight, pytest.raises(SetupError, match=words):
        build_relations(tight, tmp_path)


# The cohort


def test_every_registration_is_in_the_cohort_or_says_why_not() -> None:
    deaths = [
        death("R1", person_id=ADA, date_of_registration="2018-06-25"),
        death("R2", person_id=ADA, date_of_registration="2018-06-22"),
        death("R3", person_id=ADA, date_of_registration="2018-06-21", cancelled_flag="Y"),
        death("R4", age_at_death=17, person_id=BASIL),
        death("R5", ccg_of_registration="05C", ccg_of_residence=None),
        death("R6", ccg_of_registration="05C", ccg_of_residence="05D"),
        death("R7"),
        death("R8"),
    ]
    reasons = found("select registration_id, not_counted_because from registration", deaths=deaths)
    assert {row["registration_id"]: row["not_counted_because"] for row in reasons} == {
        "R1": "duplicate",
        "R2": None,
        "R3": "cancelled",
        "R4": "under_18",
        "R5": "outside_stp",
        "R6": None,
        "R7": None,
        "R8": None,
    }
    assert found("select death_id, registration_id, ccg, linked from cohort order by death_id", deaths=deaths) == [
        {"death_id": 1, "registration_id": "R2", "ccg": "05W", "linked": True},
        {"death_id": 2, "registration_id": "R6", "ccg": "05D", "linked": False},
        {"death_id": 3, "registration_id": "R7", "ccg": "05W", "linked": False},
        {"death_id": 4, "registration_id": "R8", "ccg": "05W", "linked": False},
    ]


@pytest.mark.parametrize(
    ("stratum", "given", "expected"),
    [
        ("age_band", {"age_at_death": 18}, "18-64"),
        ("age_band", {"age_at_death": 64}, "18-64"),
        ("age_band", {"age_at_death": 65}, "65-74"),
        ("age_band", {"age_at_death": 74}, "65-74"),
        ("age_band", {"age_at_death": 75}, "75-84"),
        ("age_band", {"age_at_death": 84}, "75-84"),
        ("age_band", {"age_at_death": 85}, "85+"),
        ("sex", {"sex": "9"}, "9"),
        ("deprivation_quintile", {"imd_decile": 1}, "1"),
        ("deprivation_quintile", {"imd_decile": 2}, "1"),
        ("deprivation_quintile", {"imd_decile": 3}, "2"),
        ("deprivation_quintile", {"imd_decile": 9}, "5"),
        ("deprivation_quintile", {"imd_decile": 10}, "5"),
        ("deprivation_quintile", {}, "unknown"),
        ("cause_group", {"underlying_cause": "C00"}, "cancer"),
        ("cause_group", {"underlying_cause": "C979"}, "cancer"),
        ("cause_group", {"underlying_cause": "D000"}, "other"),
        ("cause_group", {"underlying_cause": "F009"}, "dementia"),
        ("cause_group", {"underlying_cause": "F03"}, "dementia"),
        ("cause_group", {"underlying_cause": "F040"}, "other"),
        ("cause_group", {"underlying_cause": "G301"}, "dementia"),
        ("cause_group", {"underlying_cause": "G310"}, "other"),
        ("cause_group", {"underlying_cause": "I000"}, "circulatory"),
        ("cause_group", {"underlying_cause": "I99"}, "circulatory"),
        ("cause_group", {"underlying_cause": "J449"}, "respiratory"),
        ("cause_group", {"underlying_cause": "K000"}, "other"),
        ("month", {"date_of_death": "2018-04-30", "date_of_registration": "2018-07-04"}, "2018-04"),
    ],
)
def test_a_death_belongs_to_its_stratum(stratum: str, given: dict[str, object], expected: str) -> None:
    assert column(f"select {stratum} from cohort", deaths=[death("R1", **given)]) == [expected]


# Hospital


def test_a_spell_is_its_lowest_episodes_persons_even_when_that_is_nobody_known() -> None:
    admissions = [
        episode("A", 1, person_id=None),
        episode("A", 2),
        episode("B", 2, person_id=BASIL, admission_method="11"),
        episode("B", 1),
    ]
    assert found(
        "select spell_id, person_id, admission_method from spell order by spell_id", admissions=admissions
    ) == [
        {"spell_id": "A", "person_id": None, "admission_method": "21"},
        {"spell_id": "B", "person_id": ADA, "admission_method": "21"},
    ]


def test_a_superspell_reaches_to_the_latest_discharge_of_all_its_spells() -> None:
    admissions = [
        episode("A", admission_date="2018-06-01", discharge_date="2018-06-10"),
        episode("B", admission_date="2018-06-02", discharge_date="2018-06-03"),
        episode("C", admission_date="2018-06-11", discharge_date="2018-06-12", admission_method="81"),
        episode("D", admission_date="2018-06-12", discharge_date="2018-06-13", admission_method="21"),
    ]
    periods = found(
        "select admission_date::varchar as came, discharge_date::varchar as left_on from superspell order by came",
        admissions=admissions,
    )
    assert periods == [
        {"came": "2018-06-01", "left_on": "2018-06-12"},  # C comes the day after A's discharge, not after B's
        {"came": "2018-06-12", "left_on": "2018-06-13"},
    ]


def test_nights_are_counted_over_183_days_too() -> None:
    # 20 June - 183 days = 19 December; from there to 24 December are 5 nights, and none of them in the last 90.
    nights = found(
        "select last_90_days, last_183_days from hospital_nights",
        deaths=[death("R1", person_id=ADA)],
        admissions=[episode("A", admission_date="2017-12-01", discharge_date="2017-12-24")],
    )
    assert nights == [{"last_90_days": 0, "last_183_days": 5}]


def test_what_happened_before_follows_a_person_and_not_a_ccg() -> None:
    moved = death("R1", person_id=ADA, ccg_of_registration="05W", ccg_of_residence="05D")
    amendment = {"record_id": "1", "person_id": ADA, "amended_at": "2018-05-01 10:00", "consent": "given"}
    entry = {"practice_code": "M1", "entry_id": "1", "person_id": ADA, "entry_date": "2018-01-01", "supplier": "05D"}
    rows: dict[str, list[dict[str, object]]] = {
        "deaths": [moved],
        "epaccs": [{**amendment, "supplier": "05D", "ppd_first": "21"}],
        "palliative_register": [entry],
        "admissions": [episode("A")],
    }
    for relation in ("shared_record_in_force", "preference_in_force", "register_entry", "hospital_admission"):
        assert column(f"select ccg from {relation} join cohort using (death_id)", **rows) == ["05W"]


# Care outside the wards


def test_a_call_without_an_answer_has_no_minutes_and_one_answered_early_has_none_below_zero() -> None:
    call = {"person_id": ADA, "call_started_at": "2018-06-10 10:00", "outcome": "responded"}
    calls = [
        {**call, "contact_id": "A"},
        {**call, "contact_id": "B", "first_clinical_response_at": "2018-06-10 09:30"},
        {**call, "contact_id": "C", "first_clinical_response_at": "2018-06-10 10:20"},
    ]
    assert column(
        "select minutes_to_response from urgent_call order by contact_id",
        deaths=[death("R1", person_id=ADA)],
        urgent_care_contacts=calls,
    ) == [None, 0, 20]


def test_a_referral_handed_to_a_successor_stays_one() -> None:
    contact = {"person_id": ADA, "referral_id": "7", "referral_priority": "rapid_response", "outcome": "attended"}
    contacts = [
        {**contact, "provider_code": code, "contact_id": code, "referral_received_at": received, "contact_at": seen}
        for code, received, seen in [
            ("R1E", "2018-05-31 22:00", "2018-05-31 23:00"),
            ("RRE", "2018-05-31 21:00", "2018-06-01 09:00"),
            ("RLY", "2018-06-02 10:00", "2018-06-02 11:00"),
        ]
    ]
    referrals = found(
        "select referral, received_at::varchar as received_at from rapid_response_referral order by referral",
        deaths=[death("R1", person_id=ADA)],
        community_contacts=contacts,
    )
    assert referrals == [
        {"referral": "RLY/7", "received_at": "2018-06-02 10:00:00"},
        {"referral": "RRE/7", "received_at": "2018-05-31 21:00:00"},
    ]


def test_of_102_costs_the_highest_is_taken_down_to_the_99th_percentile() -> None:
    # Costs of 0, 100, 200 to 10,000 pounds and one of 90,000. The 99th percentile of 102 lies at 0.99 x 101 = 99.99 from
    # the first: 9,900 + 0.99 x (10,000 - 9,900) = 9,999. So 10,000 and 90,000 both count as 9,999.
    costs = [100 * n for n in range(101)] + [90_000]
    people = [uuid.UUID(int=n + 1) for n in range(102)]
    rows: dict[str, list[dict[str, object]]] = {
        "deaths": [death(f"R{n:03}", person_id=people[n]) for n in range(102)]
        # Neither of these has a say: nobody knows what the one cost, and the other died in another financial year.
        + [death("R200"), death("R201", person_id=uuid.UUID(int=999), date_of_death="2018-03-31")],
        "ed_attendances": [
            {"person_id": people[n], "arrival_at": "2018-06-10 10:00", "cost_gbp": costs[n]} for n in range(1, 102)
        ],
    }
    with session(rows) as connection:
        build_relations(connection)
        run_measure(connection, measures()["pathway_cost_last_90"])
        observed = [
            row["observation"]
            for row in rows_of(
                connection,
                "select observation from cases_pathway_cost_last_90 join cohort using (death_id) "
                "where month = '2018-06' order by registration_id",
            )
        ]
    assert observed == pytest.approx([*range(0, 10_000, 100), 9_999, 9_999])


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        ("2010-01-01", True),  # the first that is known
        ("2018-05-28", True),  # spring
        ("2018-05-29", False),
        ("2016-12-27", True),  # instead of Christmas Day, which was a Sunday
        ("2022-09-19", True),  # the late Queen's funeral
        ("2020-01-02", False),  # in Scotland only
        ("2035-12-26", True),  # the last that is known
    ],
)
def test_the_session_knows_the_bank_holidays_of_england(day: str, holiday: bool) -> None:
    with session({}, loaded=["deaths"]) as connection:
        assert rows_of(connection, f"select '{day}'::date in (select day from bank_holiday) as found") == [
            {"found": holiday}
        ]
