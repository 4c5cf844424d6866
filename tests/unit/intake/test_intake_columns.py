"""Every column of every feed, as the tables of the specification have it: required or not, its type, codes and range.

The tables below are written from the specification, not from the contracts, so that the two are held against each other.
A value of each column is tried in an otherwise valid record; the fault found is named by its rule code.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pytest

from outcomes.definitions.feeds import feeds
from unit.intake.suppliers import check_records
from unit.intake.valid_records import KEY_COLUMN, VALID, many, valid

INTEGERS_NOT = ("1.6", "1e3", "0x10", "1_000", " 1", "1 ", "+1", "infinity", "nan", "one", "１", "1,000", "--1", "-")
DATES_NOT = (
    "infinity", "epoch", "2018-4-1", "2018/04/01", "01/04/2018", "20180401", "2018-02-30", "2018-13-01", "2018-04-31",
    "2018-04-01T00:00", "2018-04-01 10:00", " 2018-04-01", "2018-04-01 ", "0000-01-01", "43191", "today",
)  # fmt: skip
TIMES_NOT = (
    "2018-04-05", "2018-04-05 10:00", "2018-04-05T10:00:00", "2018-04-05T10:00Z", "2018-04-05T10:00+01:00",
    "2018-04-05T24:00", "2018-04-05T10:60", "2018-04-05T9:00", "2018-04-31T10:00", "2018-04-05t10:00", "infinity",
)  # fmt: skip
AMOUNTS_NOT = ("£10", "1,250.50", "10.", ".5", "1e3", "10.005", "infinity", "NaN", " 10", "10 ", "10.5.1", "ten")


@dataclass(frozen=True)
class Is:
    """What the specification says of a column: values it takes, and values it does not take with the fault's code."""

    takes: tuple[str, ...]
    faults: dict[str, tuple[str, ...]]
    required: bool = True

    @property
    def optional(self) -> "Is":
        return Is(self.takes, self.faults, required=False)


def text() -> Is:
    """Any characters; nothing is trimmed or folded."""
    return Is(("x", "ä-1", "  spaced  ", "-", "NULL", "0"), {})


def codes(listed: str) -> Is:
    """One of the listed codes, exactly: no other case, no space, no other number of digits."""
    known = tuple(listed.split())
    near = {c.upper() for c in known} | {c.lower() for c in known} | {f" {c}" for c in known} | {f"{c} " for c in known}
    near |= {f"0{c}" for c in known} | {c.lstrip("0") for c in known} | {"unknown", "-1", "NULL"}
    return Is(known, {"code": tuple(sorted(near - set(known) - {""}))})


def integer(lowest: int, highest: int) -> Is:
    takes = (str(lowest), str(highest), f"00{highest}")
    return Is(takes, {"type": INTEGERS_NOT, "range": (str(lowest - 1), str(highest + 1), "-5", "99999999999")})


def day(*good: str) -> Is:
    return Is(good, {"type": DATES_NOT})


def time(*good: str) -> Is:
    return Is(good, {"type": TIMES_NOT})


def pattern(*good: str, bad: str) -> Is:
    return Is(good, {"pattern": tuple(bad.split(";"))})


ICD10 = pattern("C349", "F03", "U071", "C34X", bad="c349;C34.9;C3;349;C3499;C34 ; C34;CC34;C34-")
OPCS4 = pattern("X998", "X99", bad="x998;X99.8;X9")
PRACTICE = pattern("M83001", "Y00001", bad="m83001;M8300;M830011;83001;M83001 ;MM3001")
POUNDS = Is(
    ("0", "0.5", "1250.50", "9999999.99", "007", "-0"),
    {"type": AMOUNTS_NOT, "range": ("-1", "-0.01", "10000000", "9999999999")},
).optional
PROVIDER = Is((), {"provider": ("rje", "RJE ", "RJF", "XXX", "RL4")})
ESTABLISHMENT = pattern("01", "09", "10", "83", "99", bad="00;84;98;100;1a;001")
LOCATIONS = "10 20 21 22 30 40 41 42 50"
YES_NO = codes("Y N")

TABLES: dict[str, dict[str, Is]] = {
    "deaths": {
        "registration_id": text(),
        "nhs_number": text().optional,
        "sex": codes("1 2 9"),
        "age_at_death": integer(0, 120),
        "date_of_death": day("2018-04-12", "1999-12-31"),
        "date_of_registration": day("2018-04-30"),
        "pod_code": Is(("H", "E"), {"code": ("h", "X", "HOME", "H ")}),
        "pod_nhs_establishment": codes("1 2").optional,
        "pod_establishment_type": ESTABLISHMENT.optional,
        "pod_organisation_code": text().optional,
        "usual_residence_type": codes("P C O"),
        "usual_residence_organisation_code": text().optional,
        "underlying_cause": ICD10,
        "gp_practice_code": PRACTICE.optional,
        "ccg_of_registration": text().optional,
        "ccg_of_residence": text().optional,
        "imd_decile": integer(1, 10).optional,
        "ethnic_category": codes("A B C D E F G H J K L M N P R S Z").optional,
        "cancelled_flag": YES_NO,
    },
    "epaccs": {
        "record_id": text(),
        "nhs_number": text(),
        "created_date": day("2018-04-03", "2010-01-01"),
        "amended_at": time("2018-04-01T00:00", "2018-04-30T23:59"),
        "consent": codes("given best_interests attorney withdrawn"),
        "ppd_first": codes(f"{LOCATIONS} undecided declined unable not_appropriate").optional,
        "ppd_first_is_usual_residence": YES_NO.optional,
        "ppd_first_organisation_code": text().optional,
        "ppd_second": codes(LOCATIONS).optional,
        "care_plan_date": day("2017-01-01").optional,
        "review_date": day("2020-01-01").optional,
        "anticipatory_medicines_date": day("2018-04-01").optional,
        "cpr_decision": codes("attempt do_not_attempt").optional,
    },
    "palliative_register": {
        "practice_code": PRACTICE,
        "entry_id": text(),
        "nhs_number": text(),
        "entry_date": day("2018-04-30", "2001-01-01"),
        "removal_date": day("2018-04-30").optional,
    },
    "bereavement_survey": {
        "response_id": text(),
        "nhs_number": text(),
        "response_date": day("2018-04-01", "2018-04-30"),
        "pain_relief": codes("completely_all completely_some partially not_at_all no_pain dont_know").optional,
        "services_worked_together": codes("definitely to_some_extent no dont_know").optional,
        "repeated_story": codes("never sometimes often dont_know").optional,
        "support_for_carer": codes("as_much_as_wanted some not_enough not_wanted dont_know").optional,
        "overall_care": codes("outstanding excellent good fair poor dont_know").optional,
    },
    "admissions": {
        "provider_code": PROVIDER,
        "site_code": text().optional,
        "spell_id": text(),
        "episode_number": integer(1, 99),
        "nhs_number": text().optional,
        "admission_date": day("2018-04-02", "2016-04-02"),
        "admission_time": pattern("00:00", "23:59", bad="24:00;9:05;09:60;09:05:00;0905;09:05 ").optional,
        "admission_method": codes("11 12 13 21 22 23 24 25 28 2A 2B 2C 2D 31 32 81 82 83"),
        "patient_classification": codes("1 2 3 4 5"),
        "episode_start_date": day("2018-04-02", "2018-04-09"),
        "episode_end_date": day("2018-04-02", "2018-04-09"),
        "discharge_date": day("2018-04-09", "2018-04-30"),
        "discharge_method": codes("1 2 3 4 5 8 9"),
        "discharge_destination": codes("19 29 30 37 38 48 49 50 51 52 53 54 65 66 79 84 85 87 88 98 99").optional,
        "treatment_function_code": pattern("315", "100", bad="31;3150;31A; 315"),
        "primary_diagnosis": ICD10.optional,
        "primary_procedure": OPCS4.optional,
        "cost_gbp": POUNDS,
    },
    "ed_attendances": {
        "provider_code": PROVIDER,
        "attendance_id": text(),
        "nhs_number": text().optional,
        "arrival_at": time("2018-04-01T00:00", "2018-04-05T13:59"),
        "departure_at": time("2018-04-05T10:00", "2018-05-01T02:00").optional,
        "department_type": codes("01 02 03 04 05"),
        "attendance_category": codes("1 2 3 4"),
        "arrived_by_ambulance": YES_NO,
        "disposal": codes("admitted discharged transferred died left"),
        "cost_gbp": POUNDS,
    },
    "community_contacts": {
        "provider_code": PROVIDER,
        "contact_id": text(),
        "referral_id": text(),
        "nhs_number": text().optional,
        "referral_received_at": time("2018-04-02T10:30", "2017-01-01T00:00"),
        "referral_priority": codes("routine urgent rapid_response"),
        "team_type": codes("district_nursing specialist_palliative rapid_response hospice_at_home therapy other"),
        "contact_at": time("2018-04-01T09:00", "2018-04-30T23:59"),
        "contact_mode": codes("face_to_face telephone video"),
        "outcome": codes("attended declined died_before_contact admitted_before_contact cancelled no_access"),
        "cost_gbp": POUNDS,
    },
    "urgent_care_contacts": {
        "contact_id": text(),
        "nhs_number": text().optional,
        "call_started_at": time("2018-04-01T00:00", "2018-04-07T23:00"),
        "response_due_minutes": Is(
            ("20", "60", "120", "360", "1440", "0020"), {"code": (*INTEGERS_NOT, "30", "0", "-20", "20.0")}
        ).optional,
        "first_clinical_response_at": time("2018-04-07T22:15", "2018-05-01T00:10").optional,
        "outcome": codes("responded abandoned declined no_response_needed"),
        "care_plan_viewed": YES_NO,
        "cost_gbp": POUNDS,
    },
    "ambulance_incidents": {
        "incident_id": text(),
        "nhs_number": text().optional,
        "call_at": time("2018-04-01T00:00", "2018-04-08T01:18"),
        "category": codes("C1 C2 C3 C4 C5"),
        "on_scene_at": time("2018-04-08T01:00", "2018-05-01T00:10").optional,
        "conveyed": YES_NO,
        "destination_code": Is(("RJE01", "x"), {}),  # required in this record, which says that the person was conveyed
        "cost_gbp": POUNDS,
    },
    "hospice_care": {
        "provider_code": PROVIDER,
        "care_id": text(),
        "nhs_number": text().optional,
        "setting": Is(("inpatient",), {"code": ("Inpatient", "home", "at home", "inpatient ")}),
        "start_date": day("2018-04-11", "2017-12-01"),
        "end_date": day("2018-04-01", "2018-04-30"),
        "end_reason": codes("died discharged transferred contact"),
        "cost_gbp": POUNDS,
    },
}
EVERY_COLUMN = [
    pytest.param(feed, column, id=f"{feed}-{column}") for feed, columns in TABLES.items() for column in columns
]


def values(said: Is) -> Iterator[tuple[str, str]]:
    """Each value to try, with the code of the fault expected; empty where it is taken."""
    yield from ((value, "") for value in said.takes)
    for code, refused in said.faults.items():
        yield from ((value, code) for value in refused)


def test_the_contracts_have_the_columns_of_the_specification_and_no_others() -> None:
    assert {name: [c.name for c in feed.columns] for name, feed in feeds().items()} == {
        feed: list(columns) for feed, columns in sorted(TABLES.items())
    }


@pytest.mark.parametrize("feed", TABLES)
def test_a_valid_record_is_accepted_without_a_word(bench: duckdb.DuckDBPyConnection, feed: str) -> None:
    report = check_records(feed, many(feed, 3), bench=bench)
    assert report.feedback.accepted
    assert report.feedback.findings.empty


@pytest.mark.parametrize(("feed", "column"), EVERY_COLUMN)
def test_a_column_takes_its_values_and_no_others(bench: duckdb.DuckDBPyConnection, feed: str, column: str) -> None:
    tried = list(values(TABLES[feed][column]))
    if column == KEY_COLUMN[feed]:
        records = [{**VALID[feed], column: value} for value, _ in tried]
    else:
        records = [{**record, column: value} for record, (value, _) in zip(many(feed, len(tried)), tried, strict=True)]
    report = check_records(feed, records or many(feed, 1), bench=bench)
    found = {value: code in report.faults.get(row, ()) for row, (value, code) in enumerate(tried, 2) if code}
    assert [value for value, as_expected in found.items() if not as_expected] == []
    wrongly = {
        value: report.faults[row] for row, (value, code) in enumerate(tried, 2) if not code and row in report.faults
    }
    assert wrongly == {}


@pytest.mark.parametrize(("feed", "column"), EVERY_COLUMN)
def test_an_empty_value_is_missing_and_a_fault_only_where_required(
    bench: duckdb.DuckDBPyConnection, feed: str, column: str
) -> None:
    report = check_records(feed, [*many(feed, 2), {**valid(feed, 3), column: ""}], bench=bench)
    conditional = (feed, column) == ("ambulance_incidents", "destination_code")
    code = "destination_missing" if conditional else "required"
    assert (code in report.faults.get(4, ())) is TABLES[feed][column].required
    assert len(report.accepted) == (2 if TABLES[feed][column].required else 3)


@pytest.mark.parametrize(("feed", "column"), EVERY_COLUMN)
def test_a_column_may_be_left_out_only_where_it_is_not_required(
    bench: duckdb.DuckDBPyConnection, feed: str, column: str
) -> None:
    header = [c for c in VALID[feed] if c != column]
    report = check_records(feed, many(feed, 2, conveyed="N", pod_code="H"), columns=header, bench=bench)
    needed = TABLES[feed][column].required and column != "destination_code"
    assert report.rejected_for == ("header" if needed else None)
    assert ("column_absent" in report.file) is not needed
