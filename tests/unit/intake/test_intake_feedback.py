"""The feedback report as a supplier's analyst reads it: where, what, what to do; every fault at once and no value sent."""

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from markupsafe import escape
from python_calamine import CalamineWorkbook

from outcomes.definitions.feeds import feeds
from outcomes.intake.faults import faults
from outcomes.intake.feedback import Feedback, Kind
from outcomes.intake.feedback_files import findings_csv, write_feedback
from outcomes.intake.feedback_page import page, rows_in_words
from outcomes.intake.feedback_workbook import workbook
from unit.intake.suppliers import Desk, as_csv, check_records
from unit.intake.valid_records import VALID, many, nhs_number, valid

NINE = nhs_number(9)[:9]
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


SLIPS = [
    ("deaths", "date_of_death", "12/04/2018", "is not written year, month, day"),
    ("deaths", "date_of_death", "43202", "is a spreadsheet's number for a day"),
    ("deaths", "date_of_death", "2018-02-30", "is a day that is in no calendar"),
    ("deaths", "date_of_death", "2018-04-10T10:00", "has a time, where only a date belongs"),
    ("deaths", "date_of_death", " 2018-04-10", "has a space before or after the date"),
    ("deaths", "age_at_death", "87.0", "has a decimal point"),
    ("deaths", "sex", "02", "zeros too many or too few"),
    ("deaths", "sex", "2 ", "with a space before or after it"),
    ("deaths", "cancelled_flag", "n", "in other letters, small or capital"),
    ("deaths", "underlying_cause", "C34.9", "has a dot"),
    ("deaths", "underlying_cause", "c349", "has small letters"),
    ("deaths", "gp_practice_code", "M83777 ", "has a space in it or around it"),
    ("epaccs", "amended_at", "2018-04-03T09:30:00", "has seconds or an offset"),
    ("epaccs", "amended_at", "2018-04-03 09:30", "has a space between date and time"),
    ("epaccs", "amended_at", "2018-04-03", "has no time of day"),
    ("epaccs", "amended_at", "2018-04-03T24:00", "in no calendar or on no clock"),
    ("hospice_care", "cost_gbp", "£4,000", "has a pound sign or a comma"),
    ("hospice_care", "cost_gbp", "4000.123", "has more than two decimals"),
    ("hospice_care", "cost_gbp", "4E+03", "is in scientific notation"),
    ("hospice_care", "nhs_number", "1.23457E+09", "is in scientific notation (digits, a point and E+09)"),
    ("hospice_care", "nhs_number", NINE, "has nine digits, as a spreadsheet leaves a number that begins with 0"),
    ("hospice_care", "nhs_number", f"{nhs_number(9)}.0", "ends in a point and zeros"),
    ("hospice_care", "nhs_number", f"{NINE[:3]} {NINE[3:6]}-{NINE[6:]}0", "has spaces, hyphens or other signs"),
    ("hospice_care", "nhs_number", "0000000000", "is one digit repeated"),
    ("hospice_care", "nhs_number", f"{NINE}{(int(nhs_number(9)[9]) + 1) % 10}", "not the check digit of the others"),
    ("hospice_care", "nhs_number", "12345", "does not have ten digits"),
    ("hospice_care", "nhs_number", "unknown", "holds no digit"),
]


@pytest.mark.parametrize(("feed", "column", "value", "what"), SLIPS, ids=[f"{s[1]}-{s[3][:24]}" for s in SLIPS])
def test_a_slip_is_told_by_its_name_and_without_the_value(
    bench: duckdb.DuckDBPyConnection, feed: str, column: str, value: str, what: str
) -> None:
    report = check_records(feed, [valid(feed, 1, **{column: value}), *many(feed, 3)[1:]], bench=bench).feedback
    (kind,) = [kind for kind in report.kinds if kind.column == column]
    assert what in kind.what
    assert kind.rows == (2,)
    assert len(value) < 4 or value.strip() not in report.text()


def test_which_of_the_spells_columns_differs_is_told(bench: duckdb.DuckDBPyConnection) -> None:
    spell = [valid("admissions", 1), valid("admissions", 1, episode_number="2", discharge_method="4")]
    report = check_records("admissions", spell, bench=bench).feedback
    (kind,) = report.kinds
    assert (kind.code, kind.column, kind.rows) == ("spell_episodes_disagree", "discharge_method", (2, 3))
    assert "discharge_method is not the same on every episode" in kind.what


class TestFiles:
    @pytest.fixture
    def report(self, bench: duckdb.DuckDBPyConnection) -> Feedback:
        return check_records("hospice_care", [*BROKEN, *(valid("hospice_care", n, nhs_number="") for n in range(9, 309))],
                             bench=bench).feedback  # fmt: skip

    def test_the_same_report_gives_the_same_bytes(self, report: Feedback, tmp_path: Path) -> None:
        one, two = write_feedback(report, tmp_path / "1", "a"), write_feedback(report, tmp_path / "2", "a")
        assert [p.suffix for p in one] == [".html", ".xlsx", ".csv", ".txt"]
        assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]

    def test_the_workbook_has_a_summary_the_rules_and_the_first_hundred_records_of_each(
        self, report: Feedback, tmp_path: Path
    ) -> None:
        path = write_feedback(report, tmp_path, "a")[1]
        book = CalamineWorkbook.from_path(path)
        assert book.sheet_names == ["Summary", "By rule", "By record"]
        rules = book.get_sheet_by_name("By rule").to_python()
        assert rules[0] == ["Column", "Header", "Rule", "Severity", "What is wrong", "What to do", "Records", "Rows"]
        assert len(rules) == 1 + len(report.kinds)
        header, *records = book.get_sheet_by_name("By record").to_python()
        assert header == ["Row", "Column", "Header", "Rule", "Severity", "What is wrong", "What to do", "Records"]
        missing = [line for line in records if line[3] == "nhs_number_missing"]
        assert (len(missing), missing[0][:3], missing[0][7]) == (100, [11, "C", "nhs_number"], 300)
        with zipfile.ZipFile(path) as parts:
            assert not any(b"<f>" in parts.read(name) or b"hyperlink" in parts.read(name) for name in parts.namelist())

    def test_no_cell_is_taken_for_a_formula(self, report: Feedback) -> None:
        evil = Kind("warning", "=cmd|' /C calc'!A0", 0, "@x", "+1", "-2\t<script>alert(1)</script>", (2,))
        wicked = replace(report, kinds=(evil,), file_name="=HYPERLINK(1)")
        (line,) = list(csv.reader(io.StringIO(findings_csv(wicked))))[1:]
        assert [cell[0] for cell in (line[2], line[4], line[5], line[6])] == ["'"] * 4
        assert "<script>" not in page(wicked)
        with zipfile.ZipFile(io.BytesIO(workbook(wicked))) as parts:
            assert not any(b"<f>" in parts.read(name) for name in parts.namelist())

    def test_the_page_needs_nothing_else_and_can_be_read_without_sight(self, report: Feedback) -> None:
        html = page(report)
        assert "http" not in html.replace("http-equiv", "")
        assert "<script" not in html
        for needed in (
            '<html lang="en-GB">',
            "<title>Accepted: Feedback on",
            "<caption>",
            'scope="col"',
            "<main",
            "<h1>",
        ):
            assert needed in html
        for kind in report.kinds:
            assert html.count(str(escape(kind.what))) >= 2
            assert str(escape(kind.do)) in html

    @pytest.mark.parametrize(
        ("rows", "words"),
        [((2,), "2"), ((2, 3), "2, 3"), ((2, 3, 4, 9), "2 to 4, 9"), (tuple(range(2, 203)), "2 to 101 and 101 more")],
    )
    def test_neighbouring_rows_are_drawn_together(self, rows: tuple[int, ...], words: str) -> None:
        assert rows_in_words(rows) == words


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
