"""NHS numbers, spells, and how many records may be rejected.

Row 2 is the first record of a file. `faults` are those of records set aside, `warned` those of records used.
"""

import hashlib
import hmac

import duckdb
import pytest

from outcomes.intake.pseudonyms import Pseudonyms
from unit.intake.suppliers import KEY, check, check_records, header_of
from unit.intake.valid_records import SUPPLIER, many, nhs_number, valid

Bench = duckdb.DuckDBPyConnection

# NHS numbers ---------------------------------------------------------------------------------------------------------

NUMBER = nhs_number(1)
WRONG_CHECK_DIGIT = NUMBER[:9] + str((int(NUMBER[9]) + 1) % 10)
INVALID = [
    WRONG_CHECK_DIGIT, NUMBER[:9], NUMBER + "0", f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}", f" {NUMBER}", f"{NUMBER} ",
    "0000000000", "1111111111", "9999999999", "9.99E+09", "unknown",
    NUMBER.translate({48 + i: 0xFF10 + i for i in range(10)}),  # full-width digits
]  # fmt: skip


@pytest.mark.parametrize("feed", SUPPLIER)
def test_an_invalid_nhs_number_leaves_the_record_unlinked_with_a_warning_in_every_feed(bench: Bench, feed: str) -> None:
    records = [valid(feed, n, nhs_number=value) for n, value in enumerate(INVALID)]
    report = check_records(feed, records, bench=bench)
    assert report.faults == {}
    assert report.warned == {row: {"nhs_number_invalid"} for row in range(2, 2 + len(INVALID))}
    assert report.accepted["person_id"].isna().all()


@pytest.mark.parametrize("feed", SUPPLIER)
def test_a_missing_nhs_number_is_a_rejection_only_where_the_column_is_required(bench: Bench, feed: str) -> None:
    required = feed in ("epaccs", "palliative_register", "bereavement_survey")
    report = check_records(feed, [valid(feed, 1, nhs_number=""), valid(feed, 2)], bench=bench)
    faults, warned = report.faults.get(2, set()), report.warned.get(2, set())
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


@pytest.mark.parametrize("feed", SUPPLIER)
def test_a_file_without_records_is_rejected_unless_the_feed_may_be_empty(bench: Bench, feed: str) -> None:
    assert check(feed, header_of(feed), bench=bench).rejected_for == (None if feed in MAY_BE_EMPTY else "empty")


@pytest.mark.parametrize("feed", SUPPLIER)
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
