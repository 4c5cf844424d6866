"""Rules over whole records: order of times, months, providers, keys, NHS numbers, spells, and how many may be rejected.

Row 2 is the first record of a file. `faults` are those of records set aside, `warned` those of records used.
"""

import hashlib
import hmac
from datetime import date

import duckdb
import pytest

from outcomes.intake.pseudonyms import Pseudonyms
from unit.intake.suppliers import KEY, Record, check, check_records, header_of, many, nhs_number, valid

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


# NHS numbers ---------------------------------------------------------------------------------------------------------

NUMBER = nhs_number(1)
WRONG_CHECK_DIGIT = NUMBER[:9] + str((int(NUMBER[9]) + 1) % 10)
INVALID = [
    WRONG_CHECK_DIGIT, NUMBER[:9], NUMBER + "0", f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}", f" {NUMBER}", f"{NUMBER} ",
    "0000000000", "1111111111", "9999999999", "9.99E+09", "unknown",
    NUMBER.translate({48 + i: 0xFF10 + i for i in range(10)}),  # full-width digits
]  # fmt: skip


@pytest.mark.parametrize("feed", KEYS)
def test_an_invalid_nhs_number_leaves_the_record_unlinked_with_a_warning_in_every_feed(bench: Bench, feed: str) -> None:
    records = [valid(feed, n, nhs_number=value) for n, value in enumerate(INVALID)]
    report = check_records(feed, records, bench=bench)
    assert report.faults == {}
    assert report.warned == {row: {"nhs_number_invalid"} for row in range(2, 2 + len(INVALID))}
    assert report.accepted["person_id"].isna().all()


@pytest.mark.parametrize("feed", KEYS)
def test_a_missing_nhs_number_is_a_rejection_only_where_the_column_is_required(bench: Bench, feed: str) -> None:
    required = feed in ("epaccs", "palliative_register", "bereavement_survey")
    faults, warned = alone(bench, feed, valid(feed, nhs_number=""))
    assert (faults, warned) == (({"required"}, set()) if required else (set(), {"nhs_number_missing"}))


def test_a_valid_nhs_number_becomes_the_first_128_bits_of_its_hmac_and_goes_no_further(bench: Bench) -> None:
    report = check_records("deaths", [valid("deaths", nhs_number=NUMBER)], bench=bench)
    expected = hmac.new(bytes(range(32)), NUMBER.encode(), hashlib.sha256).hexdigest()[:32]
    assert str(report.accepted["person_id"][0]).replace("-", "") == expected
    assert "nhs_number" not in report.accepted
    assert NUMBER not in report.accepted.to_csv()
    assert KEY.key_id == "test-key"


@pytest.mark.parametrize("key", [b"k" * 32, b"k" * 64, b"k" * 100], ids=["32 bytes", "64 bytes", "100 bytes"])
def test_the_pseudonym_is_hmac_sha256_for_keys_of_any_length(bench: Bench, key: bytes) -> None:
    pseudonyms = Pseudonyms.under(key, "k")
    literal = f"'{NUMBER}'"
    sql = f"select {pseudonyms.person_id('true', literal)}"
    ((person_id,),) = bench.execute(sql, pseudonyms.parameters).fetchall()
    assert person_id.hex == hmac.new(key, NUMBER.encode(), hashlib.sha256).hexdigest()[:32]


@pytest.mark.parametrize(
    "written", [NUMBER, f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}", f"PAT-{NUMBER}-1", f"x{NUMBER}"]
)
def test_an_identifier_that_holds_the_records_own_number_is_kept_as_a_pseudonym_that_still_joins(
    bench: Bench, written: str
) -> None:
    contacts = [valid("community_contacts", n, referral_id=written, nhs_number=NUMBER) for n in (1, 2)]
    report = check_records("community_contacts", [*contacts, valid("community_contacts", 3)], bench=bench)
    kept = list(report.accepted["referral_id"])
    assert kept[0] == kept[1] != kept[2] == "R1"
    assert kept[0].startswith("p-")
    assert kept[0].removeprefix("p-") != str(report.accepted["person_id"][0]).replace("-", "")


@pytest.mark.parametrize("written", ["1234567890", "20180412000001", "R-0001", WRONG_CHECK_DIGIT])
def test_other_identifiers_are_kept_as_sent(bench: Bench, written: str) -> None:
    report = check_records("community_contacts", [valid("community_contacts", referral_id=written)], bench=bench)
    assert report.accepted["referral_id"][0] == written


def test_a_missing_leading_zero_of_the_establishment_type_is_accepted_with_a_warning(bench: Bench) -> None:
    died = {"pod_code": "C", "pod_nhs_establishment": "1"}
    records = [valid("deaths", n, **died, pod_establishment_type=t) for n, t in enumerate(("4", "04", "0", "9"))]
    report = check_records("deaths", records, bench=bench)
    assert report.warned == {2: {"leading_zero"}, 5: {"leading_zero"}}
    assert report.faults == {4: {"pattern"}}
    assert list(report.accepted["pod_establishment_type"]) == ["04", "04", "09"]


# Spells --------------------------------------------------------------------------------------------------------------


def spell(*changes: dict[str, str]) -> list[dict[str, str]]:
    """The episodes of one spell, numbered from 1, each with its changes."""
    return [valid("admissions", 1, **{"episode_number": str(n), **change}) for n, change in enumerate(changes, 1)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("admission_date", "2018-04-01"),
        ("admission_time", "14:06"),
        ("admission_time", ""),
        ("admission_method", "11"),
        ("patient_classification", "2"),
        ("discharge_date", "2018-04-10"),
        ("discharge_method", "4"),
        ("discharge_destination", "79"),
        ("nhs_number", nhs_number(77)),
    ],
)
def test_episodes_of_a_spell_that_disagree_are_a_warning_on_each(bench: Bench, column: str, value: str) -> None:
    other = valid("admissions", 2)
    report = check_records("admissions", [*spell({}, {column: value}), other], bench=bench)
    assert report.warned == {2: {"spell_episodes_disagree"}, 3: {"spell_episodes_disagree"}}
    assert report.faults == {}


@pytest.mark.parametrize(
    ("numbers", "consecutive"),
    [(["1"], True), (["2", "1", "3"], True), (["2"], False), (["1", "3"], False), (["2", "3"], False)],
)
def test_episodes_of_a_spell_that_are_not_consecutive_are_a_warning(
    bench: Bench, numbers: list[str], consecutive: bool
) -> None:
    report = check_records("admissions", spell(*({"episode_number": n} for n in numbers)), bench=bench)
    rows = range(2, 2 + len(numbers))
    assert report.warned == ({} if consecutive else {row: {"episodes_not_consecutive"} for row in rows})


def test_spells_of_two_providers_with_the_same_number_are_two_spells(bench: Bench) -> None:
    both = [
        valid("admissions", 1, provider_code="RTG"),
        valid("admissions", 1, provider_code="RJF", admission_method="11"),
    ]
    assert check_records("admissions", both, supplier="RTG", bench=bench).feedback.findings.empty


# How many may be rejected --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "of", "accepted"),
    [(5, 6, True), (5, 10, True), (6, 120, True), (6, 119, False), (6, 10, False), (50, 1000, True), (51, 1000, False)],
    ids=lambda v: str(v),
)
def test_a_file_is_rejected_when_more_than_5_percent_and_more_than_5_of_its_records_are(
    bench: Bench, wrong: int, of: int, accepted: bool
) -> None:
    records = [valid("deaths", n, **({"sex": "X"} if n < wrong else {})) for n in range(of)]
    report = check_records("deaths", records, bench=bench)
    assert report.rejected_for == (None if accepted else "too_many_rejected")
    assert (report.rows, report.rejected) == (of, wrong)


MAY_BE_EMPTY = {"epaccs", "bereavement_survey", "hospice_care"}


@pytest.mark.parametrize("feed", KEYS)
def test_a_file_without_records_is_rejected_unless_the_feed_may_be_empty(bench: Bench, feed: str) -> None:
    assert check(feed, header_of(feed), bench=bench).rejected_for == (None if feed in MAY_BE_EMPTY else "empty")


@pytest.mark.parametrize("feed", KEYS)
def test_a_file_with_none_left_is_rejected_unless_the_feed_may_be_empty(bench: Bench, feed: str) -> None:
    column = next(iter(valid(feed)))
    report = check_records(feed, many(feed, 5, **{column: ""}), bench=bench)
    assert report.rejected_for == (None if feed in MAY_BE_EMPTY else "empty")
    assert report.rejected == 5


def test_a_record_with_several_faults_counts_once_and_each_fault_is_told(bench: Bench) -> None:
    wrong = valid("deaths", 9, sex="X", age_at_death="old", cancelled_flag="")
    report = check_records("deaths", [wrong, *many("deaths", 2)], bench=bench)
    assert report.faults == {2: {"code", "type", "required"}}
    assert report.rejected == 1
