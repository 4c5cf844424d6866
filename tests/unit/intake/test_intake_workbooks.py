"""Workbooks: each cell reads as the sheet means it or is reported, and each hostile or odd file has a decided outcome."""

import io
import stat
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time

import duckdb
import pytest

from outcomes.definitions.feeds import feeds
from outcomes.intake.limits import Unreadable
from outcomes.intake.workbook import read_workbook
from outcomes.intake.workbook_formats import decimal, shows
from unit.intake.suppliers import Desk, Report, check, values_of
from unit.intake.valid_records import VALID, many, valid
from unit.intake.workbooks import Cell, archive, planted, relationships, text_row, workbook

SURVEY = "bereavement_survey"
HEADER = list(VALID[SURVEY])
FILE = f"{SURVEY}_05W_2018-04_1.xlsx"


def table(*records: dict[str, str]) -> list[list[Cell]]:
    """The header and these records, all as text."""
    return [list(records[0]), *(list(r.values()) for r in records)]


def survey(bench: duckdb.DuckDBPyConnection, rows: Iterable[Iterable[Cell]], **options: object) -> Report:
    """The verdict on a workbook of these rows as a survey file."""
    return check(SURVEY, workbook(rows, **options), name=FILE, bench=bench)  # type: ignore[arg-type]


def read_cell(
    cell: str, *, formats: Iterable[str] = (), strings: Iterable[str] = (), book: str = ""
) -> tuple[str, str]:
    """What a cell, planted as XML beside a text cell, reads as, and its flaw."""
    data = planted(
        f'{text_row(1, ["a", "b"])}<row r="2"><c t="inlineStr"><is><t>x</t></is></c>{cell}</row>',
        formats=formats,
        strings=strings,
        book=book,
    )
    raw = read_workbook(data, None)
    ((_, value),) = values_of(raw)
    return value, raw.records["flaws"][0].as_py()


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "reads"),
        [
            ("<c><v>84</v></c>", "84"),
            ("<c><v>9990000018</v></c>", "9990000018"),
            ("<c><v>9.990000018E9</v></c>", "9990000018"),
            ("<c><v>1250.0999999999999</v></c>", "1250.1"),
            ("<c><v>0.30000000000000004</v></c>", "0.30000000000000004"),
            ("<c><v>1E+22</v></c>", "10000000000000000000000"),
            ("<c><v>12345678901234567890</v></c>", "12345678901234567000"),
            ("<c><v>1E-7</v></c>", "0.0000001"),
            ("<c><v>-0</v></c>", "0"),
            ("<c><v>-12.50</v></c>", "-12.5"),
            ('<c t="n"><v>007</v></c>', "7"),
            ('<c t="b"><v>1</v></c>', "TRUE"),
            ('<c t="b"><v>0</v></c>', "FALSE"),
            ('<c t="str"><f>A1</f><v>007</v></c>', "007"),
            ('<c t="str"><f>""</f><v></v></c>', ""),
            ("<c><f>1+1</f><v>2</v></c>", "2"),
            ('<c t="inlineStr"><is><t> two  spaces </t></is></c>', " two  spaces "),
            ('<c t="inlineStr"><is><r><t>ri</t></r><r><t>ch</t></r><rPh><t>no</t></rPh></is></c>', "rich"),
            ('<c t="inlineStr"><is><t>&lt;&amp;&#233;</t></is></c>', "<&é"),
            ('<c t="inlineStr"><is><t>a_x0041_b_x005F_x0041_</t></is></c>', "aAb_x0041_"),
            ('<c t="inlineStr"><is><t>_xD83D_</t></is></c>', "_xD83D_"),
            ('<c t="d"><v>2018-04-03</v></c>', "2018-04-03"),
            ('<c t="d"><v>2018-04-03T09:30:00</v></c>', "2018-04-03T09:30"),
            ('<c s="9"/>', ""),
            ("<c/>", ""),
        ],
    )  # fmt: skip
    def test_a_cell_reads_as_what_it_is(self, cell: str, reads: str) -> None:
        assert read_cell(cell) == (reads, "")

    @pytest.mark.parametrize(
        "text", ["<t>plain</t>", "<r><t>pl</t></r><r><rPr><b/></rPr><t>ain</t></r><rPh><t>x</t></rPh>"]
    )
    def test_a_shared_string_is_its_runs_without_their_phonetic_guide(self, text: str) -> None:
        assert read_cell('<c t="s"><v>1</v></c>', strings=["<t>no</t>", text]) == ("plain", "")

    @pytest.mark.parametrize(
        ("cell", "flaw"),
        [
            ('<c t="e"><v>#N/A</v></c>', "error_value"),
            ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', "error_value"),
            ("<c><v>1E999</v></c>", "error_value"),
            ("<c><v>nan</v></c>", "error_value"),
            ("<c><v>seven</v></c>", "error_value"),
            ("<c><v>١٢</v></c>", "error_value"),
            ('<c t="odd"><v>1</v></c>', "error_value"),
            ("<c><f>A1+1</f></c>", "uncalculated"),
            ("<c><f>A1+1</f><v></v></c>", "uncalculated"),
            ("<c><f>A1+1</f><v/></c>", "uncalculated"),
        ],
    )
    def test_an_error_or_a_formula_without_a_result_has_no_value(self, cell: str, flaw: str) -> None:
        assert read_cell(cell) == ("", f"{flaw}|")

    @pytest.mark.parametrize(
        ("code", "number", "reads"),
        [
            ("yyyy-mm-dd", "43193", "2018-04-03"),
            ("dd/mm/yyyy", "43193", "2018-04-03"),
            ("mmm-yy", "43193", "2018-04-03"),
            ("yyyy-mm-dd", "43193.395833333336", "2018-04-03T09:30"),
            ("yyyy-mm-dd", "43193.39583333", "2018-04-03T09:30"),
            ("dd/mm/yyyy hh:mm", "43193.999305555553", "2018-04-03T23:59"),
            ("dd/mm/yyyy hh:mm:ss", "43193.396006944444", "2018-04-03T09:30:15"),
            ("[$-809]dddd, d mmmm yyyy;@", "43193", "2018-04-03"),
            ("hh:mm", "0.5868055555555556", "14:05"),
            ("h:mm AM/PM", "0.5868055555555556", "14:05"),
            ("hh:mm", "43193.5868055555555556", "2018-04-03T14:05"),
            ("[h]:mm", "1.5", "1.5"),
            ("0%", "0.5", "0.5"),
            ("&quot;£&quot;#,##0.00", "1250.5", "1250.5"),
            ("[Red]0.00;[Blue]-0.00", "12.5", "12.5"),
            ("0.00E+00", "9990000018", "9990000018"),
            ("&quot;day&quot; 0", "3", "3"),
            ("General", "43193", "43193"),
            ("yyyy-mm-dd", "1", "1900-01-01"),
            ("yyyy-mm-dd", "59", "1900-02-28"),
            ("yyyy-mm-dd", "60", "60"),
            ("yyyy-mm-dd", "61", "1900-03-01"),
            ("yyyy-mm-dd", "0", "0"),
            ("yyyy-mm-dd", "-1", "-1"),
            ("yyyy-mm-dd", "2958465", "9999-12-31"),
            ("yyyy-mm-dd", "2958466", "2958466"),
            ("yyyy-mm-dd", "1E300", "1" + "0" * 300),
        ],
    )  # fmt: skip
    def test_a_number_is_a_date_only_where_the_sheet_shows_one(self, code: str, number: str, reads: str) -> None:
        assert read_cell(f'<c s="0"><v>{number}</v></c>', formats=[code]) == (reads, "")

    def test_days_are_counted_from_1904_where_the_workbook_says_so(self) -> None:
        book = '<workbookPr date1904="1"/>'
        assert read_cell('<c s="0"><v>41731</v></c>', formats=["yyyy-mm-dd"], book=book)[0] == "2018-04-03"

    def test_built_in_formats_show_days_and_times(self) -> None:
        moment = datetime(2018, 4, 3, 9, 30)  # noqa: DTZ001
        rows: list[list[Cell]] = [["a", "b"], [moment.date(), moment]]
        assert values_of(read_workbook(workbook(rows, formats={0: "m/d/yy", 1: "m/d/yy h:mm"}), None)) == [
            ["2018-04-03", "2018-04-03T09:30"]
        ]

    @pytest.mark.parametrize(("column", "reads"), [("arrival_at", "2018-04-03T00:00"), ("attendance_id", "2018-04-03")])
    def test_midnight_is_a_time_only_in_a_column_of_times(self, column: str, reads: str) -> None:
        record: dict[str, Cell] = {**VALID["ed_attendances"], column: datetime(2018, 4, 3)}  # noqa: DTZ001
        (fields,) = values_of(read_workbook(workbook([list(record), list(record.values())]), feeds()["ed_attendances"]))
        assert fields[list(record).index(column)] == reads

    def test_a_date_without_a_time_is_no_time(self, bench: duckdb.DuckDBPyConnection) -> None:
        record: dict[str, Cell] = {**VALID["ed_attendances"], "arrival_at": date(2018, 4, 3)}
        data = workbook([list(record), list(record.values())])
        report = check("ed_attendances", data, name="ed_attendances_RJE_2018-04_1.xlsx", bench=bench)
        assert report.faults == {2: {"type"}}

    @pytest.mark.parametrize(
        ("code", "what"),
        [("", "number"), ("GENERAL", "number"), ("@", "number"), ("mm:ss", "time"), ("m", "day"), (r"0\d", "number")],
    )
    def test_what_a_format_shows(self, code: str, what: str) -> None:
        assert shows(code) == what

    @pytest.mark.parametrize(
        ("number", "text"), [(1e15, "1000000000000000"), (0.1, "0.1"), (-5e-324, "-0." + "0" * 323 + "5")]
    )
    def test_the_shortest_decimal_form_has_no_exponent(self, number: float, text: str) -> None:
        assert decimal(number) == text


class TestRecords:
    def test_types_as_a_hospice_keeps_them(self, bench: duckdb.DuckDBPyConnection) -> None:
        """Dates as dates, money as money, NHS numbers as numbers: what the sheet shows is what was meant."""
        rows: list[list[Cell]] = [list(VALID["hospice_care"])]
        rows += [
            ["HDM", "H1", 9990000018, "inpatient", date(2018, 3, 28), date(2018, 4, 11), "died", 4000.5],
            ["HDM", "H2", "9990000018", "at_home", date(2018, 4, 11), date(2018, 4, 11), "contact", None],
        ]
        report = check(
            "hospice_care",
            workbook(rows, formats={7: "£#,##0.00"}),
            name="hospice_care_HDM_2018-04_1.xlsx",
            bench=bench,
        )
        assert report.feedback.findings.empty
        assert float(report.accepted["cost_gbp"][0]) == 4000.5
        assert report.accepted["end_date"].astype(str).tolist() == ["2018-04-11"] * 2
        assert report.accepted["person_id"].nunique() == 1

    @pytest.mark.parametrize("number", [999000001, 999000001.0, "9.99E+09", "999000001", True])
    def test_an_nhs_number_that_lost_a_digit_is_reported_and_never_guessed(
        self, bench: duckdb.DuckDBPyConnection, number: Cell
    ) -> None:
        report = survey(bench, [HEADER, ["B1", number, date(2018, 4, 20), None, None, None, None, "good"]])
        assert report.feedback.accepted
        assert report.warned == {2: {"nhs_number_invalid"}}
        assert report.accepted["person_id"].isna().all()
        advice = " ".join(report.feedback.text().split())
        assert ("holds no digit" if number is True else "the column's format to Text") in advice

    def test_errors_and_uncalculated_formulas_reject_their_record_and_name_the_column(
        self, bench: duckdb.DuckDBPyConnection
    ) -> None:
        good = list(valid(SURVEY).values())
        data = planted(
            text_row(3, HEADER)
            + text_row(4, good)
            + '<row r="6"><c t="e"><v>#REF!</v></c>'
            + text_row(6, good[1:]).removeprefix('<row r="6">')
            + f'<row r="7">{text_row(7, ["B7", *good[1:7]])[11:-6]}<c><f>A1</f></c></row>'
        )
        report = check(SURVEY, data, name=FILE, bench=bench)
        assert report.faults == {6: {"error_value"}, 7: {"uncalculated"}}
        assert report.rows == 3
        found = report.feedback.findings
        assert found[found["code"] == "error_value"][["column", "letter"]].to_numpy().tolist() == [["response_id", "A"]]
        assert found[found["code"] == "uncalculated"][["column", "letter"]].to_numpy().tolist() == [
            ["overall_care", "H"]
        ]

    def test_a_flaw_in_a_column_that_no_contract_knows_rejects_the_record_too(
        self, bench: duckdb.DuckDBPyConnection
    ) -> None:
        rows = [*HEADER, "ours"], valid(SURVEY).values()
        flawed = '<c t="e"><v>#N/A</v></c>'
        data = planted(text_row(1, rows[0]) + text_row(2, rows[1]).replace("</row>", f"{flawed}</row>"))
        assert check(SURVEY, data, name=FILE, bench=bench).faults == {2: {"error_value"}}

    def test_rows_and_letters_are_those_of_the_sheet(self, bench: duckdb.DuckDBPyConnection) -> None:
        rows = [*table(valid(SURVEY, 1)), [], list(valid(SURVEY, 2, overall_care="fine").values())]
        report = survey(bench, rows, first_row=3, first_column=2)
        assert report.faults == {7: {"code"}}
        assert report.feedback.findings[lambda f: f["code"] == "code"][["column", "letter"]].to_numpy().tolist() == [
            ["overall_care", "J"]
        ]
        assert list(report.accepted["file_row"]) == [5]

    def test_a_blank_row_is_no_record(self, bench: duckdb.DuckDBPyConnection) -> None:
        rows = [*table(valid(SURVEY, 1)), [], ["", "", None], list(valid(SURVEY, 2).values()), []]
        report = survey(bench, rows)
        assert (report.rows, report.rejected) == (2, 0)

    def test_a_value_beside_the_named_columns_is_one_too_many(self, bench: duckdb.DuckDBPyConnection) -> None:
        rows = [[None, *HEADER], [None, *valid(SURVEY, 1).values()], [None, *valid(SURVEY, 2).values(), "x"]]
        assert survey(bench, [*rows, ["x", *valid(SURVEY, 3).values()]]).faults == {3: {"fields"}, 4: {"fields"}}

    def test_control_characters_and_long_values_are_judged_as_in_a_csv(self, bench: duckdb.DuckDBPyConnection) -> None:
        rows = table(*(valid(SURVEY, n) for n in range(1, 5)))
        rows[2][0], rows[3][0], rows[4][0] = "B\x0b2", "B" * 4001, "B\n4"
        assert survey(bench, rows).faults == {3: {"control_character"}, 4: {"too_long"}}

    def test_numbers_in_columns_of_codes_are_not_padded(self, bench: duckdb.DuckDBPyConnection) -> None:
        record: dict[str, Cell] = {**VALID["ed_attendances"], "department_type": 1}
        data = workbook([list(record), list(record.values())])
        report = check("ed_attendances", data, name="ed_attendances_RJE_2018-04_1.xlsx", bench=bench)
        assert report.faults == {2: {"code"}}

    def test_a_time_of_day_reads_as_hours_and_minutes(self, bench: duckdb.DuckDBPyConnection) -> None:
        record: dict[str, Cell] = {**VALID["admissions"], "admission_time": time(14, 5), "cost_gbp": 1250.1}
        data = workbook([list(record), list(record.values())])
        report = check("admissions", data, name="admissions_RJE_2018-04_1.xlsx", bench=bench)
        assert report.feedback.findings.empty
        assert list(report.accepted["admission_time"]) == ["14:05"]


class TestHeader:
    def test_title_rows_are_ignored_with_a_warning(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = survey(bench, [["Survey of bereaved people"], [], ["April 2018", 2018], *table(valid(SURVEY))])
        assert (report.file, report.rows, report.rejected_for) == (["rows_above_header"], 1, None)
        assert "Rows 1 to 3 above the header in row 4" in report.feedback.text()

    def test_the_header_is_the_first_row_that_holds_every_required_name(self, bench: duckdb.DuckDBPyConnection) -> None:
        rows = [["nhs_number", "response_date"], HEADER, HEADER, list(valid(SURVEY).values())]
        report = survey(bench, rows)
        assert report.rows == 2
        assert set(report.faults) == {3}

    @pytest.mark.parametrize(("row", "found"), [(19, True), (20, False)])
    def test_it_is_looked_for_in_the_first_twenty_rows(
        self, bench: duckdb.DuckDBPyConnection, row: int, *, found: bool
    ) -> None:
        report = survey(bench, [["Title"], *[[]] * (row - 1), *table(valid(SURVEY))])
        assert report.feedback.accepted == found

    def test_where_there_is_none_the_row_most_like_it_is_told(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = survey(bench, [["Title"], [*HEADER[:2], "Response Date"], ["B1", "9990000018", date(2018, 4, 20)]])
        assert report.rejected_for == "header"
        assert "In column C write response_date, exactly so." in report.feedback.verdict
        assert "9990000018" not in report.feedback.text()

    @pytest.mark.parametrize(
        ("header", "sentence"),
        [
            ([*HEADER, HEADER[0]], "repeats an earlier name in column I"),
            ([*HEADER[:4], None, *HEADER[4:]], "no name in column E"),
        ],
    )
    def test_a_name_repeated_or_missing_between_others_rejects_the_file(
        self, bench: duckdb.DuckDBPyConnection, header: list[Cell], sentence: str
    ) -> None:
        report = survey(bench, [header, list(valid(SURVEY).values())])
        assert report.rejected_for == "header"
        assert sentence in report.feedback.text()

    def test_columns_may_come_in_any_order_with_blank_ones_behind(self, bench: duckdb.DuckDBPyConnection) -> None:
        record = valid(SURVEY)
        rows: list[list[Cell]] = [[*reversed(HEADER), "", ""], [*reversed(record.values()), "", None]]
        assert survey(bench, rows).feedback.findings.empty


class TestSheets:
    @pytest.mark.parametrize(
        ("hidden", "words"), [(1, "A hidden sheet was not read"), (3, "3 hidden sheets were not read")]
    )
    def test_hidden_sheets_are_ignored_with_a_warning(
        self, bench: duckdb.DuckDBPyConnection, hidden: int, words: str
    ) -> None:
        report = survey(bench, table(valid(SURVEY)), hidden=hidden)
        assert (report.file, report.rejected_for) == (["hidden_sheets"], None)
        assert words in report.feedback.text()

    def test_the_visible_sheet_need_not_be_the_first(self) -> None:
        sheets = '<sheet name="A" sheetId="1" r:id="s2" state="veryHidden"/><sheet name="B" sheetId="2" r:id="s1"/>'
        data = planted(
            text_row(1, ["a"]) + text_row(2, ["1"]), sheets=sheets, parts={"xl/worksheets/sheet2.xml": "<x/>"}
        )
        assert values_of(read_workbook(data, None)) == [["1"]]

    def test_more_than_one_visible_sheet_is_a_file_rejection(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = survey(bench, table(valid(SURVEY)), more=1)
        assert report.rejected_for == "unreadable"
        assert "2 visible sheets: keep the records on one sheet" in report.feedback.verdict

    def test_merged_cells_are_a_warning(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = survey(bench, [*table(valid(SURVEY)), list(valid(SURVEY, 2).values())], merged="J2:J3")
        assert report.file == ["merged_cells"]

    @pytest.mark.parametrize("rows", [[], [[], [], [""]], [[]] * 25 + [["a"]]])
    def test_an_empty_sheet_is_unreadable(self, rows: list[list[Cell]]) -> None:
        with pytest.raises(Unreadable, match="send at least the header row"):
            read_workbook(workbook(rows), feeds()[SURVEY])

    def test_a_header_alone_is_an_empty_file(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = survey(bench, [HEADER])
        assert (report.rows, report.rejected_for) == (0, None)


GOOD = text_row(1, ["a", "b"]) + text_row(2, ["1", "2"])
ROW = "<row r='1'>{}</row>".format
BILLION = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'


class TestHostile:
    """What no Excel writes, and what some program does: one sentence each, and the worker goes on."""

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .xls or a password-protected"),
            (b"a,b\n1,2\n", "no Excel workbook"),
            (b"", "no Excel workbook"),
            (b"<html>", "no Excel workbook"),
            (archive({"a.csv": "a,b\n"}), "no Excel workbook"),
            (archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}), "no Excel"),
            (planted(GOOD)[:-40], "is damaged"),
            (planted(GOOD)[:400], "is damaged"),
            (planted(ROW('<c r="A1"><v>1</v></c>') + "<row r='1048576'><c r='XFD1048576'/></row>"), "beyond 200,000"),
            (planted("<row r='200001'><c r='A200001'><v>1</v></c></row>"), "beyond 200,000"),
            (planted(ROW('<c r="SG1"><v>1</v></c>')), "500 columns"),
            (planted(ROW("<c/>" * 501)), "500 columns"),
            (planted(ROW('<c r="AAAAAAAA1"><v>1</v></c>')), "is damaged"),
            (planted(ROW('<c r="A99999999999999"><v>1</v></c>')), "is damaged"),
            (planted(ROW('<c r="B1"/><c r="A1"/>')), "is damaged"),
            (planted(ROW('<c r="A2"><v>1</v></c>')), "is damaged"),
            (planted("<row r='2'/><row r='1'/>"), "is damaged"),
            (planted("<row r='x'/>"), "is damaged"),
            (planted(ROW('<c t="s"><v>7</v></c>')), "is damaged"),
            (planted(ROW('<c t="s"><v>-1</v></c>')), "is damaged"),
            (planted(ROW('<c t="s"><v>x</v></c>')), "is damaged"),
            (planted(ROW('<c t="d"><v>April</v></c>')), "is damaged"),
            (planted(b"<worksheet><sheetData><row>"), "is damaged"),
            (planted(b"<worksheet>&a;</worksheet>"), "is damaged"),
            (planted(b"\xff\xfe\x00"), "is damaged"),
            (planted(b"<?xml version='1.0' encoding='utf-7'?><worksheet/>"), "is damaged"),
            (planted(b"<!--" + b" " * 5000 + b"--><worksheet/>"), "is damaged"),
            (planted((BILLION + "<worksheet/>").encode()), "document type definition"),
            (planted((BILLION + "<worksheet/>").encode("utf-16")), "document type definition"),
            (planted(GOOD, parts={"xl/sharedStrings.xml": BILLION + "<sst><si><t>&b;</t></si></sst>"}), "document type"),
            (planted(GOOD, parts={"xl/theme/theme1.xml": BILLION + "<x/>"}), "document type definition"),
            (planted(GOOD, parts={"xl/workbook.xml": "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>"}), "document type"),
            (planted(GOOD, parts={"../../evil.xml": "<x/>"}), "is damaged"),
            (planted(GOOD, parts={"/evil.xml": "<x/>"}), "is damaged"),
            (planted(GOOD, parts={"xl\\evil.xml": "<x/>"}), "is damaged"),
            (planted(GOOD, parts={"xl/../../evil.xml": "<x/>"}), "is damaged"),
            (planted(GOOD, parts={"xl/vbaProject.bin": b"x"}), "macros"),
            (planted(GOOD, parts={"xl/workbook.bin": b"x"}), "binary"),
            (planted(GOOD, parts={"xl/media/a.bin": bytes(11 << 20)}), "more than 200 times"),
            (planted(GOOD, parts={f"xl/{n}.bin": b"" for n in range(1001)}), "is damaged"),
            (planted(GOOD, sheets=""), "no visible sheet"),
            (planted(GOOD, sheets='<sheet name="A" r:id="s1" state="hidden"/>'), "no visible sheet"),
            (planted(GOOD, sheets='<sheet name="A" r:id="none"/>'), "is damaged"),
            (planted(GOOD, sheets='<sheet name="A" r:id="s2"/>'), "is damaged"),
            (planted(GOOD, sheets='<sheet name="A" r:id="c1"/>', parts={"xl/chartsheets/sheet1.xml": "<x/>"}), "a chart"),
            (planted(GOOD, parts={"_rels/.rels": relationships()}), "no Excel workbook"),
            (planted(GOOD, parts={"_rels/.rels": relationships(("b", "officeDocument", "../../../etc/passwd"))}), "damaged"),
            (planted(ROW(f'<c t="inlineStr"><is><t>{"x" * ((1 << 20) + 1)}</t></is></c>')), "longer than 1 MiB"),
            (
                planted(ROW('<c t="s"><v>0</v></c>' * 300), strings=[f"<t>{'x' * 4000}</t>"]),
                "longer than 1 MiB",
            ),
        ],
    )  # fmt: skip
    def test_a_workbook_that_no_excel_writes_is_refused_with_a_sentence(self, data: bytes, sentence: str) -> None:
        with pytest.raises(Unreadable, match=sentence):
            read_workbook(data, None)

    def test_an_encrypted_member_a_link_and_a_name_twice_are_refused(self) -> None:
        locked = bytearray(planted(GOOD))
        central = locked.index(b"PK\x01\x02")
        locked[6] |= 1
        locked[central + 8] |= 1
        link = zipfile.ZipInfo("xl/link.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(io.BytesIO(planted(GOOD))) as whole:
            entries = [(name, whole.read(name)) for name in whole.namelist()]
        with pytest.warns(UserWarning, match="Duplicate name"):
            twice = archive([*entries, ("xl/workbook.xml", "<x/>")])
        for data, sentence in (
            (bytes(locked), "encrypted"),
            (archive([*entries, (link, "/etc/passwd")]), "is damaged"),
            (twice, "is damaged"),
        ):
            with pytest.raises(Unreadable, match=sentence):
                read_workbook(data, None)

    @pytest.mark.parametrize(
        "data",
        [
            planted(GOOD.replace("<row", "<x:row").replace("</row", "</x:row").encode()),
            planted(b"<worksheet/>"),
        ],
    )
    def test_a_sheet_without_rows_is_empty(self, data: bytes) -> None:
        with pytest.raises(Unreadable):
            read_workbook(data, None)

    @pytest.mark.parametrize(
        "data",
        [
            planted(GOOD.replace(' r="1"', "").replace(' r="2"', "")),
            planted(f"<x:worksheet xmlns:x='u'><x:sheetData>{GOOD}</x:sheetData></x:worksheet>".encode()),
            planted(
                b"<x:worksheet xmlns:x='u'><x:sheetData><x:row r='1'><x:c t='inlineStr'><x:is><x:t>a</x:t></x:is></x:c>"
                b"<x:c t='inlineStr'><x:is><x:t>b</x:t></x:is></x:c></x:row><x:row r='2'><x:c><x:v>1</x:v></x:c>"
                b"<x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>"
            ),
            planted(f"<worksheet><sheetData>{GOOD}</sheetData></worksheet>".encode("utf-16")),
            planted(f"<worksheet><dimension ref='A1:XFD1048576'/><sheetData>{GOOD}</sheetData></worksheet>".encode()),
            planted(GOOD + '<row r="1048576" ht="12.8"/>'),
            planted(GOOD, parts={"_rels/.rels": relationships(("b", "officeDocument", "/xl/workbook.xml"))}),
            planted(GOOD, parts={"xl/styles.xml": "<styleSheet/>"}),
        ],
        ids=[
            "no references",
            "a prefix",
            "prefixes",
            "UTF-16",
            "a false dimension",
            "a high row",
            "absolute",
            "no styles",
        ],
    )
    def test_what_programs_other_than_excel_write_is_read(self, data: bytes) -> None:
        assert values_of(read_workbook(data, None)) == [["1", "2"]]


def test_check_and_receive_judge_a_workbook_alike(desk: Desk, bench: duckdb.DuckDBPyConnection) -> None:
    rows = [["Title"], *table(*many(SURVEY, 3), valid(SURVEY, 4, overall_care="fine"))]
    data = workbook(rows, hidden=1)
    desk.put(FILE, data, rows=4)
    receipt = desk.receive()
    assert (receipt.accepted, receipt.records) == (1, 4)
    (report,) = (desk.home / "feedback" / "2018-04").glob("*.csv")
    assert report.read_text().replace("\r\n", "\n") == check(
        SURVEY, data, name=FILE, bench=bench
    ).feedback.findings.to_csv(index=False)
