"""The feedback report as a supplier's analyst reads it: where, what, what to do; every fault at once and no value sent."""

import duckdb
import pandas as pd
import pytest

from outcomes.definitions.feeds import feeds
from outcomes.intake.faults import faults
from unit.intake.suppliers import Desk, as_csv, check_records
from unit.intake.valid_records import VALID, many, nhs_number, valid

# A file as a hospice might send it: dates from a spreadsheet, a code in words, a comma without quotes, a record twice.
BROKEN = [
    valid("hospice_care", 1),
    valid("hospice_care", 2, start_date="28/03/2018"),
    valid("hospice_care", 3, setting="Inpatient unit"),
    valid("hospice_care", 4, cost_gbp="4000.123"),
    valid("hospice_care", 5, provider_code="Douglas Macmillan"),
    valid("hospice_care", 6, end_date="2018-05-02"),
    valid("hospice_care", 7, end_reason=""),
    valid("hospice_care", 8, nhs_number="12345"),
    valid("hospice_care", 1),
]


def test_every_fault_is_told_with_row_column_letter_code_what_and_what_to_do(bench: duckdb.DuckDBPyConnection) -> None:
    report = check_records("hospice_care", BROKEN, bench=bench).feedback
    assert list(report.findings.columns) == ["severity", "row", "column", "letter", "code", "what", "do"]
    places = report.findings[["severity", "row", "column", "letter", "code"]].itertuples(index=False, name=None)
    assert list(places) == [
        ("file", "", "", "", "too_many_rejected"),
        ("record", 3, "start_date", "E", "type"),
        ("record", 4, "setting", "D", "code"),
        ("record", 5, "cost_gbp", "H", "type"),
        ("record", 6, "provider_code", "A", "provider"),
        ("record", 7, "end_date", "F", "period"),
        ("record", 8, "end_reason", "G", "required"),
        ("warning", 9, "nhs_number", "C", "nhs_number_invalid"),
        ("record", 10, "care_id", "B", "repeated_key"),
    ]
    of_records = report.findings[report.findings["row"] != ""]
    assert of_records["what"].str.endswith(".").all()
    assert of_records["do"].str.len().gt(10).all()


def test_it_says_what_to_type_instead(bench: duckdb.DuckDBPyConnection) -> None:
    text = " ".join(check_records("hospice_care", BROKEN, bench=bench).feedback.text().split())
    for instead in (
        "for example 2018-04-30",
        "one of inpatient, at_home, day, outpatient",
        "for example 1250.50",
        "Write your own code, as in the file's name",
        "Give one of died, discharged, transferred, contact",
        "ten digits without spaces",
        "the first one was kept",
        "7 of 9 records (77.8 %) are rejected, and at most 5 % may be",
    ):
        assert instead in text


def test_the_letter_is_that_of_the_file_also_beyond_z(bench: duckdb.DuckDBPyConnection) -> None:
    """Thirty columns of their own before the last: its letter is AX, the fiftieth."""
    extra = {f"own_{n}": "x" for n in range(42)}
    record = {**extra, **valid("hospice_care", cost_gbp="lots")}
    report = check_records("hospice_care", [record, {**record, **valid("hospice_care", 2)}], bench=bench)
    (found,) = report.feedback.findings[report.feedback.findings["code"] == "type"].to_dict("records")
    assert (found["column"], found["letter"]) == ("cost_gbp", "AX")


def test_the_text_fits_110_columns_and_keeps_words_whole(bench: duckdb.DuckDBPyConnection) -> None:
    for feed in feeds():
        wrong = [valid(feed, n, **{column: "?"}) for n, column in enumerate(VALID[feed])]
        text = check_records(feed, wrong, bench=bench).feedback.text()
        assert max(map(len, text.splitlines())) <= 110
        assert "?" not in text


def test_many_rows_of_one_fault_are_one_entry_in_the_text_and_all_in_the_csv(bench: duckdb.DuckDBPyConnection) -> None:
    report = check_records("hospice_care", many("hospice_care", 300, nhs_number=""), bench=bench).feedback
    assert "rows 2, 3, 4, 5, 6, 7, 8, 9 and 292 more" in report.text()
    assert report.text().count("nhs_number_missing") == 1
    assert report.findings["row"].tolist() == list(range(2, 302))


@pytest.mark.parametrize("feed", VALID)
def test_a_value_that_was_sent_is_never_shown(bench: duckdb.DuckDBPyConnection, feed: str) -> None:
    """Each column in turn holds somebody's number; none of it comes back."""
    number = nhs_number(4242)
    wrong = [valid(feed, n, **{column: f"{number}x"}) for n, column in enumerate(VALID[feed])]
    report = check_records(feed, wrong, bench=bench)
    assert number not in report.feedback.text() + report.feedback.findings.to_csv() + report.set_aside.to_csv()


@pytest.mark.parametrize("feed", VALID)
def test_every_fault_that_a_check_can_give_has_words_and_an_instruction(feed: str) -> None:
    for fault in faults(feeds()[feed]).values():
        assert fault.what.endswith(".")
        assert fault.do.endswith(".")
        assert fault.column in {"", *VALID[feed]}


class TestReceived:
    def test_a_report_is_written_for_every_submission_good_or_not(self, desk: Desk) -> None:
        desk.put("hospice_care_HDM_2018-04_1.csv", as_csv(many("hospice_care", 2)))
        desk.put("hospice_care_HKH_2018-04_1.csv", as_csv(BROKEN))
        desk.receive()
        written = sorted(p.name for p in (desk.home / "feedback" / "2018-04").iterdir())
        assert [name.rsplit("-", 1)[0] for name in written] == 4 * ["hospice_care_HDM_2018-04_1"] + 4 * [
            "hospice_care_HKH_2018-04_1"
        ]
        assert {name.rsplit(".", 1)[1] for name in written} == {"csv", "txt", "html", "xlsx"}

    def test_the_csv_opens_in_a_spreadsheet_with_all_findings(self, desk: Desk) -> None:
        desk.put("hospice_care_HDM_2018-04_1.csv", as_csv(BROKEN))
        (report,) = desk.receive().refused
        (file,) = (desk.home / "feedback").rglob("*.csv")
        assert b"\r\n" in file.read_bytes()
        assert len(pd.read_csv(file)) == len(report.findings)

    def test_a_rejection_says_under_which_name_to_send_the_mended_file(self, desk: Desk) -> None:
        desk.put("hospice_care_HDM_2018-04_3.csv", as_csv(BROKEN))
        (report,) = desk.receive().refused
        assert (
            "Sequence 3 is used up: send the mended file with sequence 4, as hospice_care_HDM_2018-04_4.csv."
            in report.verdict
        )

    def test_the_next_sequence_is_one_that_nobody_used(self, desk: Desk) -> None:
        desk.put("hospice_care_HDM_2018-04_7.csv", as_csv(many("hospice_care", 2)))
        desk.put("hospice_care_HDM_2018-04_3.csv", as_csv(BROKEN))
        (report,) = desk.receive().refused
        assert "send the mended file with sequence 8, as hospice_care_HDM_2018-04_8.csv." in report.verdict

    def test_after_a_wrong_checksum_the_same_name_serves(self, desk: Desk) -> None:
        desk.put("hospice_care_HDM_2018-04_3.csv", as_csv(many("hospice_care", 2)), sha256="0" * 64)
        (report,) = desk.receive().refused
        assert "make the manifest anew from the very file that is sent" in report.verdict
        assert "used up" not in report.verdict
