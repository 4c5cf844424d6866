"""Rules over whole records: order of times, months, providers, keys, NHS numbers, spells, and how many may be rejected.

Row 2 is the first record of a file. `faults` are those of records set aside, `warned` those of records used.
"""

from datetime import date

import duckdb
import pytest

from unit.intake.suppliers import Record, check_records
from unit.intake.valid_records import valid

Bench = duckdb.DuckDBPyConnection


def alone(bench: Bench, feed: str, record: Record, **more: object) -> tuple[set[str], set[str]]:
    """Faults and warnings of one record among valid ones."""
    report = check_records(feed, [record, *(valid(feed, n) for n in (901, 902))], bench=bench, **more)
    return report.faults.get(2, set()), report.warned.get(2, set())


# Rules between columns of one record ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed", "changes", "fault"),
    [
        ("deaths", {"date_of_death": "2018-04-12"}, None),
        ("deaths", {"date_of_death": "2018-04-13"}, "death_after_registration"),
        ("deaths", {"pod_code": "C", "pod_establishment_type": "03"}, "nhs_establishment_missing"),
        ("deaths", {"pod_code": "C", "pod_nhs_establishment": "1"}, "establishment_type_missing"),
        ("deaths", {"pod_code": "C", "pod_nhs_establishment": "1", "pod_establishment_type": "03"}, None),
        ("deaths", {"pod_nhs_establishment": "1", "pod_establishment_type": "03"}, None),
        ("epaccs", {"created_date": "2018-04-03"}, None),
        ("epaccs", {"created_date": "2018-04-04"}, "amended_before_creation"),
        ("palliative_register", {"entry_date": "2018-04-30"}, None),
        ("palliative_register", {"entry_date": "2018-05-01"}, "entry_after_period"),
        ("palliative_register", {"removal_date": "2018-01-15"}, None),
        ("palliative_register", {"removal_date": "2018-01-14"}, "removal_before_entry"),
        ("palliative_register", {"removal_date": "2018-04-30"}, None),
        ("palliative_register", {"removal_date": "2018-05-01"}, "removal_after_period"),
        ("admissions", {"episode_start_date": "2018-04-01"}, "episode_before_admission"),
        ("admissions", {"episode_end_date": "2018-04-02"}, None),
        ("admissions", {"episode_end_date": "2018-04-01"}, "episode_ends_before_start"),
        ("admissions", {"episode_end_date": "2018-04-10"}, "episode_after_discharge"),
        ("ambulance_incidents", {"destination_code": ""}, "destination_missing"),
        ("ambulance_incidents", {"destination_code": "", "conveyed": "N"}, None),
        ("hospice_care", {"start_date": "2018-04-11"}, None),
        ("hospice_care", {"start_date": "2018-04-12"}, "end_before_start"),
        ("hospice_care", {"setting": "at_home", "start_date": "2018-04-11", "end_reason": "contact"}, None),
        ("hospice_care", {"setting": "day", "end_reason": "contact"}, "contact_longer_than_a_day"),
        ("hospice_care", {"setting": "outpatient", "start_date": "2018-04-11"}, "contact_end_reason"),
    ],
)
def test_a_rule_between_columns_of_one_record(
    bench: Bench, feed: str, changes: dict[str, str], fault: str | None
) -> None:
    assert alone(bench, feed, valid(feed, **changes)) == ({fault} if fault else set(), set())


TIMES = [
    ("ed_attendances", "arrival_at", "departure_at", "departure_before_arrival"),
    ("community_contacts", "referral_received_at", "contact_at", "contact_before_referral"),
    ("urgent_care_contacts", "call_started_at", "first_clinical_response_at", "response_before_call"),
    ("ambulance_incidents", "call_at", "on_scene_at", "on_scene_before_call"),
]


@pytest.mark.parametrize(("feed", "earlier", "later", "code"), TIMES, ids=[t[0] for t in TIMES])
@pytest.mark.parametrize(
    ("minutes", "severity"),
    [(0, None), (1, "warning"), (59, "warning"), (60, "record"), (61, "record")],
    ids=["equal", "1 minute before", "59 minutes before", "60 minutes before", "61 minutes before"],
)
def test_a_time_less_than_60_minutes_before_the_one_it_should_follow_is_a_warning_and_from_60_a_rejection(
    bench: Bench, feed: str, earlier: str, later: str, code: str, minutes: int, severity: str | None
) -> None:
    swapped = {earlier: "2018-04-20T12:00", later: f"2018-04-20T{11 + (minutes == 0):02d}:{-minutes % 60:02d}"}
    if minutes == 61:
        swapped[later] = "2018-04-20T10:59"
    faults, warned = alone(bench, feed, valid(feed, **swapped))
    assert faults == ({code} if severity == "record" else set())
    assert warned == ({f"{code}_slightly"} if severity == "warning" else set())


def test_differences_of_times_are_taken_on_the_local_clock_as_written(bench: Bench) -> None:
    """On 29 October 2017 the clocks went back at 02:00: 01:50 may well have come after 01:55, ten minutes by the sun."""
    report = check_records(
        "ed_attendances",
        [valid("ed_attendances", arrival_at="2017-10-29T01:55", departure_at="2017-10-29T01:50")],
        period="2017-10",
        bench=bench,
    )
    assert report.warned == {2: {"departure_before_arrival_slightly"}}


@pytest.mark.parametrize(
    ("moment", "skipped"),
    [
        ("2018-03-25T00:59", False),
        ("2018-03-25T01:00", True),
        ("2018-03-25T01:59", True),
        ("2018-03-25T02:00", False),
        ("2018-03-18T01:30", False),
        ("2018-03-26T01:30", False),
        ("2018-10-28T01:30", False),
        ("2019-03-31T01:30", True),
        ("2019-03-24T01:30", False),
    ],
)
def test_a_local_time_that_the_clock_skipped_is_a_warning(bench: Bench, moment: str, skipped: bool) -> None:
    called = valid("urgent_care_contacts", call_started_at=moment, first_clinical_response_at="")
    report = check_records("urgent_care_contacts", [called], period=moment[:7], as_of=date(2020, 1, 1), bench=bench)
    assert report.warned == ({2: {"clock_skipped"}} if skipped else {})

    day, clock = moment.split("T")
    dates = dict.fromkeys(("admission_date", "episode_start_date", "episode_end_date", "discharge_date"), day)
    report = check_records(
        "admissions",
        [valid("admissions", admission_time=clock, **dates)],
        period=moment[:7],
        as_of=date(2020, 1, 1),
        bench=bench,
    )
    assert report.warned == ({2: {"admission_clock_skipped"}} if skipped else {})


# The month ----------------------------------------------------------------------------------------------------------

IN_THE_MONTH = [
    ("deaths", "date_of_registration", {"date_of_death": "2018-01-01"}),
    ("epaccs", "amended_at", {"created_date": "2018-01-01"}),
    ("bereavement_survey", "response_date", {}),
    (
        "admissions",
        "discharge_date",
        {"admission_date": "2018-01-01", "episode_start_date": "2018-01-01", "episode_end_date": "2018-01-01"},
    ),
    ("ed_attendances", "arrival_at", {"departure_at": ""}),
    ("community_contacts", "contact_at", {"referral_received_at": "2018-01-01T09:00"}),
    ("urgent_care_contacts", "call_started_at", {"first_clinical_response_at": ""}),
    ("ambulance_incidents", "call_at", {"on_scene_at": ""}),
    ("hospice_care", "end_date", {"start_date": "2018-01-01"}),
]


@pytest.mark.parametrize(("feed", "column", "changes"), IN_THE_MONTH, ids=[f"{f}-{c}" for f, c, _ in IN_THE_MONTH])
def test_a_date_outside_the_submissions_period_sets_the_record_aside(
    bench: Bench, feed: str, column: str, changes: dict[str, str]
) -> None:
    suffix = "T23:59" if column.endswith("_at") else ""
    early = "T00:00" if column.endswith("_at") else ""
    days = {
        f"2018-03-31{suffix}": True,
        f"2018-04-01{early}": False,
        f"2018-04-30{suffix}": False,
        f"2018-05-01{early}": True,
    }
    records = [valid(feed, n, **changes, **{column: day}) for n, day in enumerate(days)]
    report = check_records(feed, records, bench=bench)
    assert report.faults == {2: {"period"}, 5: {"period"}}


def test_the_palliative_register_is_a_snapshot_so_entries_of_any_earlier_day_belong_to_it(bench: Bench) -> None:
    records = [valid("palliative_register", n, entry_date=day) for n, day in enumerate(("1999-01-01", "2018-03-31"))]
    assert check_records("palliative_register", records, bench=bench).feedback.findings.empty


# Providers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supplier", "code", "day", "fault"),
    [
        ("RTG", "RTG", "2018-06-30", None),
        ("RTG", "RTG", "2016-01-10", None),
        ("RTG", "RJF", "2016-01-10", None),
        ("RTG", "RJF", "2018-06-30", None),
        ("RTG", "RJF", "2018-07-01", "provider_closed"),
        ("RTG", "R1E", "2018-05-31", "provider"),
        ("RRE", "R1E", "2018-05-31", None),
        ("RRE", "R1E", "2018-06-01", "provider_closed"),
        ("RJE", "RTG", "2018-06-30", "provider"),
    ],
)
@pytest.mark.parametrize("feed", ["admissions", "ed_attendances"])
def test_provider_code_is_the_supplier_or_one_it_took_over_until_that_ones_last_day(
    bench: Bench, feed: str, supplier: str, code: str, day: str, fault: str | None
) -> None:
    if feed == "admissions":
        dates = dict.fromkeys(("admission_date", "episode_start_date", "episode_end_date", "discharge_date"), day)
    else:
        dates = {"arrival_at": f"{day}T23:59", "departure_at": ""}
    record = valid(feed, provider_code=code, **dates)
    report = check_records(feed, [record], supplier=supplier, period=day[:7], bench=bench)
    assert report.faults == ({2: {fault}} if fault else {})


@pytest.mark.parametrize("code", ["HDM", "HKH"])
def test_a_hospice_sends_under_its_own_code(bench: Bench, code: str) -> None:
    assert alone(bench, "hospice_care", valid("hospice_care", provider_code=code))[0] == (
        set() if code == "HDM" else {"provider"}
    )


# Keys ---------------------------------------------------------------------------------------------------------------

KEYS = {
    "deaths": ("registration_id",),
    "epaccs": ("record_id", "amended_at"),
    "palliative_register": ("practice_code", "entry_id"),
    "bereavement_survey": ("response_id",),
    "admissions": ("provider_code", "spell_id", "episode_number"),
    "ed_attendances": ("provider_code", "attendance_id"),
    "community_contacts": ("provider_code", "contact_id"),
    "urgent_care_contacts": ("contact_id",),
    "ambulance_incidents": ("incident_id",),
    "hospice_care": ("provider_code", "care_id"),
}
OTHER = {
    "amended_at": "2018-04-04T09:30", "practice_code": "M83002", "episode_number": "2", "provider_code": "RJF",
}  # fmt: skip


@pytest.mark.parametrize("feed", KEYS)
def test_the_first_record_of_a_key_stays_and_later_ones_are_set_aside_equal_or_not(bench: Bench, feed: str) -> None:
    cost = {"cost_gbp": "1.00"} if "cost_gbp" in valid(feed) else {}
    report = check_records(feed, [valid(feed, 1), valid(feed, 2), valid(feed, 1), valid(feed, 1, **cost)], bench=bench)
    assert report.faults == {4: {"repeated_key"}, 5: {"repeated_key"}}
    assert list(report.accepted["file_row"]) == [2, 3]


@pytest.mark.parametrize(("feed", "column"), [(f, c) for f, key in KEYS.items() for c in key])
def test_records_that_differ_in_a_part_of_the_key_are_different(bench: Bench, feed: str, column: str) -> None:
    if column == "provider_code" and feed not in ("admissions", "ed_attendances"):
        other = valid(feed, 2)
        supplier = ""
    else:
        other = valid(feed, 1, **{column: OTHER.get(column, "other")})
        supplier = "RTG" if column == "provider_code" else ""
    first = valid(feed, 1, **({"provider_code": "RTG"} if supplier else {}))
    report = check_records(feed, [first, other], supplier=supplier, bench=bench)
    assert report.faults == {}


def test_the_first_record_that_breaks_no_other_rule_stays(bench: Bench) -> None:
    wrong = valid("deaths", 1, sex="X")
    report = check_records("deaths", [wrong, valid("deaths", 1), valid("deaths", 1), wrong], bench=bench)
    assert report.faults == {2: {"code"}, 4: {"repeated_key"}, 5: {"code"}}
    assert list(report.accepted["file_row"]) == [3]


@pytest.mark.parametrize(("one", "two"), [("d1", "D1"), ("D1 ", "D1"), ("D01", "D1"), ("Ä", "A\u0308"), ("ß", "ss")])
def test_identifiers_compare_as_text_by_code_point(bench: Bench, one: str, two: str) -> None:
    records = [{**valid("deaths"), "registration_id": value} for value in (one, two)]
    assert check_records("deaths", records, bench=bench).faults == {}
