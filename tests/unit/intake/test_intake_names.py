"""What a file is called, what its manifest says, and what in an inbox is no submission."""

import hashlib
import json
import os
from datetime import date

import duckdb
import pytest

from outcomes.intake.file_faults import column_letter
from outcomes.intake.masking import printable
from outcomes.intake.names import Manifest, SubmissionName, read_manifest
from unit.intake.suppliers import Desk, as_csv, check, manifest_of
from unit.intake.valid_records import SUPPLIER, many

GOOD = as_csv(many("deaths", 2))


@pytest.mark.parametrize(
    ("file_name", "parts"),
    [
        ("admissions_RJE_2018-04_2.csv", ("admissions", "RJE", "2018-04", 2, "csv")),
        ("deaths_05W_2018-12_1.csv.gz", ("deaths", "05W", "2018-12", 1, "csv.gz")),
        ("urgent_care_contacts_OOH_2018-01_999999.zip", ("urgent_care_contacts", "OOH", "2018-01", 999_999, "zip")),
        ("community_contacts_RRE_1999-10_10.xlsx", ("community_contacts", "RRE", "1999-10", 10, "xlsx")),
        ("gp_visits_XYZ_2018-04_1.csv", ("gp_visits", "XYZ", "2018-04", 1, "csv")),
    ],
)
def test_a_name_says_feed_supplier_period_and_sequence(file_name: str, parts: tuple[object, ...]) -> None:
    name = SubmissionName.parse(file_name)
    assert name is not None
    assert (name.feed, name.supplier, name.period, name.sequence, name.container) == parts


@pytest.mark.parametrize(
    "file_name",
    [
        "deaths_05W_2018-04_0.csv", "deaths_05W_2018-04_01.csv", "deaths_05W_2018-04_1000000.csv",
        "deaths_05W_2018-04_-1.csv", "deaths_05W_2018-04_.csv", "deaths_05W_2018-04_1.0.csv",
        "deaths_05w_2018-04_1.csv", "deaths_5W_2018-04_1.csv", "deaths_005W_2018-04_1.csv", "deaths_0 W_2018-04_1.csv",
        "deaths_05W_2018-4_1.csv", "deaths_05W_2018-13_1.csv", "deaths_05W_2018-00_1.csv", "deaths_05W_0000-04_1.csv",
        "deaths_05W_201804_1.csv", "Deaths_05W_2018-04_1.csv", "deaths-05W-2018-04-1.csv", "_05W_2018-04_1.csv",
        "deaths_05W_2018-04_1.CSV", "deaths_05W_2018-04_1.txt", "deaths_05W_2018-04_1", "deaths_05W_2018-04_1.csv.part",
        "deaths_05W_2018-04_1.csv.tmp", "deaths_05W_2018-04_1.csv ", " deaths_05W_2018-04_1.csv",
        "deaths_05W_2018-04_1.csv\n", "deaths_05W_2018-04_1.gz", "deaths_05W_2018-04_1.csv.zip",
        "dëaths_05W_2018-04_1.csv", "deaths_05W_２018-04_1.csv", "deaths_05W_2018-04_1 (1).csv", "deaths_05W_2018-04.csv",
        f"{'a' * 41}_05W_2018-04_1.csv", ".deaths_05W_2018-04_1.csv", "x/deaths_05W_2018-04_1.csv", "README.md", "",
    ],
    ids=repr,
)  # fmt: skip
def test_names_match_exactly_in_ascii_and_anything_else_is_no_submission(file_name: str) -> None:
    assert SubmissionName.parse(file_name) is None


@pytest.mark.parametrize(
    ("file_name", "code"),
    [
        ("gp_visits_05W_2018-04_1.csv", "unknown_feed"),
        ("deaths_XYZ_2018-04_1.csv", "unknown_supplier"),
        ("deaths_RJE_2018-04_1.csv", "wrong_supplier"),
        ("admissions_05W_2018-04_1.csv", "wrong_supplier"),
        ("community_contacts_RJE_2018-04_1.csv", "wrong_supplier"),
        ("admissions_RJF_2018-04_1.csv", "unknown_supplier"),  # RJF and R1E never submit: their successors do
        ("community_contacts_R1E_2018-04_1.csv", "unknown_supplier"),
        ("deaths_QNC_2018-04_1.csv", "unknown_supplier"),
    ],
)
def test_a_name_that_fits_but_nobody_sends_is_a_file_rejection(
    bench: duckdb.DuckDBPyConnection, file_name: str, code: str
) -> None:
    feed = file_name.split("_05W")[0] if code == "unknown_feed" else "deaths"
    assert check(feed, GOOD, name=file_name, bench=bench).rejected_for == code


@pytest.mark.parametrize(
    ("as_of", "over"),
    [(date(2018, 4, 1), False), (date(2018, 4, 30), False), (date(2018, 5, 1), True), (date(2019, 1, 1), True)],
)
def test_a_month_that_is_not_over_is_a_file_rejection(
    bench: duckdb.DuckDBPyConnection, as_of: date, over: bool
) -> None:
    assert check("deaths", GOOD, as_of=as_of, bench=bench).rejected_for == (None if over else "month_not_over")


def test_who_sends_what_is_as_the_table_says() -> None:
    from outcomes.organisations import partnership

    ccgs = ("04Y", "05D", "05G", "05Q", "05V", "05W")
    assert {feed: set(partnership().suppliers_of(feed)) for feed in SUPPLIER} == {
        **{feed: set(ccgs) for feed in ("deaths", "epaccs", "palliative_register", "bereavement_survey")},
        "admissions": {"RJE", "RTG", "RL4", "RRE", "RLY"},
        "ed_attendances": {"RJE", "RTG", "RL4", "RRE"},
        "community_contacts": {"RRE", "RLY"},
        "urgent_care_contacts": {"OOH"},
        "ambulance_incidents": {"RYA"},
        "hospice_care": {"HDM", "HKH", "HSG", "HCC"},
    }
    assert len(partnership().expected) == 41


# The manifest --------------------------------------------------------------------------------------------------------

NAME = SubmissionName.parse("deaths_05W_2018-04_1.csv")
assert NAME is not None
RIGHT = manifest_of("deaths_05W_2018-04_1.csv", GOOD)


def manifest(**changes: object) -> Manifest | str:
    assert NAME is not None
    entries = {**RIGHT, **changes}
    return read_manifest(json.dumps({k: v for k, v in entries.items() if v is not None}).encode(), NAME)


def test_a_manifest_says_status_rows_and_sha256() -> None:
    digest = hashlib.sha256(GOOD).hexdigest()
    assert manifest() == Manifest("flex", 2, digest, "2018-05-08T06:00:00+00:00")
    assert manifest(status="freeze", rows=0) == Manifest("freeze", 0, digest, "2018-05-08T06:00:00+00:00")


def test_the_sha256_may_be_in_either_case() -> None:
    assert manifest(sha256=str(RIGHT["sha256"]).upper()) == manifest()


def test_unknown_keys_are_ignored() -> None:
    assert manifest(author="A. Analyst", feeds=["deaths"], note={"deep": [1, 2]}) == manifest()


@pytest.mark.parametrize("key", ["feed", "supplier", "period", "sequence", "status", "rows", "sha256", "extracted_at"])
def test_a_missing_key_makes_it_unusable_and_is_named(key: str) -> None:
    said = manifest(**{key: None})
    assert isinstance(said, str)
    assert key in said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("feed", "epaccs"), ("feed", "Deaths"), ("supplier", "05V"), ("supplier", "05w"), ("period", "2018-05"),
        ("period", "2018-4"), ("sequence", 2), ("sequence", "1"), ("sequence", 1.0), ("sequence", True),
        ("status", "final"), ("status", "Flex"), ("status", ["flex"]),
        ("rows", "2"), ("rows", 2.0), ("rows", True), ("rows", -1), ("rows", [2]), ("rows", 10**30),
        ("sha256", "abc"), ("sha256", "g" * 64), ("sha256", "0" * 65), ("sha256", 1),
        ("extracted_at", ""), ("extracted_at", 1),
    ],
)  # fmt: skip
def test_a_manifest_that_contradicts_the_name_or_is_not_such_json_is_unusable(key: str, value: object) -> None:
    said = manifest(**{key: value})
    assert isinstance(said, str)
    assert f"its {key} " in said


def test_every_fault_of_a_manifest_is_told_at_once() -> None:
    said = manifest(rows="two", status="final", sha256=None)
    assert isinstance(said, str)
    assert all(f"its {key} " in said for key in ("rows", "status", "sha256"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"rows: 2",
        b"[]",
        b"null",
        b'"text"',
        b"1",
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
        b'{"rows": NaN}',
        None,
    ],
    ids=["empty", "cut", "yaml", "list", "null", "text", "number", "UTF-16", "too deep", "NaN", "too large to hold"],
)
def test_anything_else_is_not_a_manifest(body: bytes | None) -> None:
    assert NAME is not None
    assert isinstance(read_manifest(body, NAME), str)


@pytest.mark.parametrize("body", [json.dumps(RIGHT, indent=2).encode(), b"\xef\xbb\xbf" + json.dumps(RIGHT).encode()])
def test_spaces_and_a_byte_order_mark_do_not_matter(body: bytes) -> None:
    assert NAME is not None
    assert read_manifest(body, NAME) == manifest()


@pytest.mark.parametrize("text", ["9990000018", "yesterday", "\ud800", "2018-05-08 6am", "\x00"], ids=ascii)
def test_a_time_of_extraction_that_is_no_time_is_not_kept(text: str) -> None:
    said = manifest(extracted_at=text)
    assert isinstance(said, Manifest)
    assert said.extracted_at is None


def test_a_wrong_manifest_is_a_file_rejection_under_the_name_of_the_file(desk: Desk) -> None:
    desk.put("deaths_05W_2018-04_1.csv", GOOD, supplier="05V", period="2018-05", sequence=7)
    desk.receive()
    (line,) = desk.lines()
    assert (line.feed, line.supplier, line.period, line.sequence) == ("deaths", "05W", "2018-04", 1)
    assert (line.outcome, line.reason) == ("file_rejected", "manifest")


# What else lies in an inbox --------------------------------------------------------------------------------------------


def test_anything_else_is_left_alone_listed_once_and_never_in_status(desk: Desk) -> None:
    unfinished = ["deaths_05W_2018-04_1.csv.part", "deaths_05W_2018-04_1.csv.manifest.json.partial"]
    others = ["notes.txt", "deaths_05W_2018-04_2.csv.tmp", "notes.part", "manifest.json", ".hidden"]
    for other in [*others, *unfinished]:
        (desk.inbox / other).write_bytes(GOOD)
    (desk.inbox / "deaths_05W_2018-03_1.csv").mkdir()
    os.mkfifo(desk.inbox / "deaths_05W_2018-02_1.csv")
    (desk.inbox / "deaths_05W_2018-01_1.csv").symlink_to(desk.inbox / "notes.txt")
    receipt = desk.receive()
    assert sorted(receipt.unfinished) == sorted(unfinished)
    assert sorted(receipt.other) == sorted(
        [*others, "deaths_05W_2018-01_1.csv", "deaths_05W_2018-02_1.csv", "deaths_05W_2018-03_1.csv"]
    )
    assert desk.status() == []
    assert len(list(desk.inbox.iterdir())) == len(others) + len(unfinished) + 3


@pytest.mark.parametrize("half", ["file", "manifest"])
@pytest.mark.parametrize("instead", ["nothing", "link", "pipe", "folder"])
def test_a_file_without_a_manifest_or_the_reverse_is_arriving(desk: Desk, half: str, instead: str) -> None:
    desk.put("deaths_05W_2018-04_1.csv", GOOD)
    missing = desk.inbox / ("deaths_05W_2018-04_1.csv" + (".manifest.json" if half == "manifest" else ""))
    missing.rename(desk.home / "elsewhere")
    if instead == "link":
        missing.symlink_to(desk.home / "elsewhere")
    elif instead == "pipe":
        os.mkfifo(missing)
    elif instead == "folder":
        missing.mkdir()
    receipt = desk.receive()
    assert receipt.arriving == (f"deaths_05W_2018-04_1.csv (its {half} is missing)",)
    assert desk.status() == [("deaths_05W_2018-04_1.csv", "arriving", False)]
    assert desk.lake() == {}


def test_it_no_longer_arrives_once_it_is_complete(desk: Desk) -> None:
    desk.put("deaths_05W_2018-04_1.csv", GOOD, manifest=None)
    desk.receive()
    desk.put("deaths_05W_2018-04_1.csv", GOOD)
    desk.receive()
    assert desk.status() == [("deaths_05W_2018-04_1.csv", "accepted", True)]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("notes.txt", "notes.txt"),
        ("deaths_05W_2018-04_1.csv.part", "deaths_05W_2018-04_1.csv.part"),
        ("patient 9990000018.csv", "patient #.csv"),
        ("999 000 0018.csv", "#.csv"),
        ("999_000_0018.csv", "#.csv"),
        ("a\x1b[31mb\nc", "a\\x1b[31mb\\nc"),
        ("dëaths\udce9.csv", "d\\xebaths\\udce9.csv"),
    ],
)
def test_such_a_name_is_shown_escaped_and_without_any_long_number(name: str, shown: str) -> None:
    assert printable(name) == shown


@pytest.mark.parametrize(
    ("place", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_a_columns_letter_is_that_of_a_spreadsheet(place: int, letter: str) -> None:
    assert column_letter(place) == letter
