"""Reading: exactly as sent, or refused as unreadable with a sentence; nothing is trimmed, folded, padded or repaired."""

import duckdb
import pytest

from outcomes.intake.limits import Unreadable
from outcomes.intake.reading import read_csv
from unit.intake.suppliers import Report, as_csv, check, header_of, values_of
from unit.intake.valid_records import VALID, many, valid

SURVEY = "bereavement_survey"
HEADER = header_of(SURVEY).decode().strip()
RECORD = "B{},9990000018,2018-04-20,,,,,good"


def survey(*lines: str, header: str = HEADER, end: str = "\n") -> bytes:
    """A survey file of these lines; where a line is a number it is a valid record."""
    return end.join([header, *(RECORD.format(line) if line.isdigit() else line for line in lines), ""]).encode()


def records_of(data: bytes) -> list[list[str]]:
    """The records as read, whichever way the file was read."""
    return values_of(read_csv(data))


class TestLines:
    @pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
    def test_lines_end_in_lf_or_crlf(self, end: str) -> None:
        assert len(records_of(survey("1", "2", end=end))) == 2

    @pytest.mark.parametrize("quote", ["", '"'], ids=["without quotes", "with quotes"])
    def test_lf_and_crlf_may_mix(self, quote: str) -> None:
        assert records_of(f"a,b\r\n1,{quote}2{quote}\n3,4\r\n5,6".encode()) == [["1", "2"], ["3", "4"], ["5", "6"]]

    @pytest.mark.parametrize(
        ("text", "row"),
        [
            ("a,b\r1,2\r3,4\r", 1),
            ("a,b\n1,2\r3,4\n", 2),
            ("a,b\n1,2\n3,4\r", 3),
            ("a,b\r\r\n1,2\r\n", 1),
            ('a,b\r1,"2"\r', 1),
            ('a,b\n1,"2"\r3,4\n', 2),
            ('a,b\n1,"2"\n3,4\r', 3),
            ('a,b\n1,"2"\r\r\n3,4\n', 2),
            ('a,b\n"x\ny",2\n3\r,4\n', 3),
        ],
    )
    def test_cr_alone_as_a_line_ending_makes_the_file_unreadable(self, text: str, row: int) -> None:
        with pytest.raises(Unreadable, match=f"Row {row} ends in CR alone"):
            read_csv(text.encode())

    def test_a_line_without_characters_is_no_record_and_a_line_of_commas_is_one(
        self, bench: duckdb.DuckDBPyConnection
    ) -> None:
        report = check(SURVEY, survey("1", "", ",,,,,,,", "", "2", "", ""), bench=bench)
        assert report.rows == 3
        assert report.faults == {4: {"required"}}
        assert list(report.accepted["file_row"]) == [2, 6]

    @pytest.mark.parametrize("ending", ["", "\n", "\n\n\r\n"])
    def test_the_last_line_may_end_or_not(self, ending: str) -> None:
        assert records_of(f"a,b\n1,2\n3,4{ending}".encode()) == [["1", "2"], ["3", "4"]]

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("Total rows,2", "too few fields"),
            ("B9,9990000018,2018-04-20,,,,,good,", "too many fields"),
            ("B9,9990000018,2018-04-20,,,,a,comma,good", "an unquoted comma"),
            ("\x1a", "the end-of-file mark of old systems"),
            (" ", "a space"),
        ],
    )
    def test_a_line_with_too_few_or_too_many_fields_is_set_aside(
        self, bench: duckdb.DuckDBPyConnection, line: str, why: str
    ) -> None:
        report = check(SURVEY, survey("1", "2", line), bench=bench)
        assert report.faults == {4: {"fields"}}, why
        assert report.feedback.accepted

    @pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
    def test_a_line_of_one_mebibyte_is_read_and_one_byte_more_makes_the_file_unreadable(self, end: str) -> None:
        longest = "x" * (1 << 20)
        assert records_of(f"a{end}{longest}{end}".encode()) == [[longest]]
        with pytest.raises(Unreadable, match="longer than 1 MiB"):
            read_csv(f"a{end}{longest}x{end}".encode())

    @pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
    def test_another_separator_is_called_by_its_name(self, separator: str, name: str) -> None:
        with pytest.raises(Unreadable, match=f"separated by {name}, not by commas"):
            read_csv(f"a{separator}b\n1,50{separator}2\n".encode())


class TestQuotes:
    @pytest.mark.parametrize(
        ("line", "read"),
        [
            ('1,"two"', ["1", "two"]),
            ('1,"a,b"', ["1", "a,b"]),
            ('1,"say ""two"""', ["1", 'say "two"']),
            ('1,""', ["1", ""]),
            ('1,"two\nlines"', ["1", "two\nlines"]),
            ('1,"two\r\nlines"', ["1", "two\r\nlines"]),
            ('1,5" nail', ["1", '5" nail']),
            ('1,a""b', ["1", 'a""b']),
            ('1, "two"', ["1", ' "two"']),
            ("1,'two'", ["1", "'two'"]),
        ],
    )
    def test_a_quoted_value_is_what_stands_between_its_quotes(self, line: str, read: list[str]) -> None:
        assert records_of(f"a,b\n{line}\n".encode()) == [read]

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ('a,b\n1,"two"x\n', "Row 2 has text after a closing quote"),
            ('a,b\n"x\ny",2\n1,"two" \n', "Row 3 has text after a closing quote"),
            ('a,b\n1,2\n3,"four\n5,6\n', "The quote opened in row 3 is never closed"),
            ('"a,b\n1,2\n', "The quote opened in row 1 is never closed"),
            ('a,b\n\n1,"', "The quote opened in row 3 is never closed"),
        ],
    )
    def test_text_after_a_closing_quote_or_a_quote_never_closed_make_the_file_unreadable(
        self, text: str, sentence: str
    ) -> None:
        with pytest.raises(Unreadable, match=sentence):
            read_csv(text.encode())

    def test_a_record_over_several_lines_is_one_row_as_in_a_spreadsheet(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = check(SURVEY, survey('"B1\nand more",9990000018,2018-04-20,,,,,good', "2", "B3,,,,,,,"), bench=bench)
        assert report.faults == {4: {"required"}}
        assert list(report.accepted["response_id"]) == ["B1\nand more", "B2"]


class TestCharacters:
    @pytest.mark.parametrize("quote", ["", '"'], ids=["without quotes", "with quotes"])
    def test_a_byte_order_mark_is_allowed(self, bench: duckdb.DuckDBPyConnection, quote: str) -> None:
        data = "\ufeff".encode() + survey(f"{quote}B1{quote},9990000018,2018-04-20,,,,,good")
        assert check(SURVEY, data, bench=bench).feedback.accepted

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (survey("1").decode().encode("utf-16"), "is UTF-16 text"),
            (survey("1").decode().encode("utf-16-be"), "NUL characters, like UTF-16"),
            (survey("1").decode().encode("utf-16-le"), "NUL characters, like UTF-16"),
            (survey("1", "ä").decode().encode("cp1252"), "Line 3 has a byte that is not UTF-8"),
            (b"\xef\xbb\xbf" + survey("1", "ä").decode().encode("cp1252"), "Line 3 has a byte that is not UTF-8"),
            (survey("1") + b"\xed\xa0\x80\n", "Line 3 has a byte that is not UTF-8"),
            (survey("1") + b"\xc0\xaf\n", "Line 3 has a byte that is not UTF-8"),
        ],
        ids=[
            "UTF-16",
            "UTF-16BE no mark",
            "UTF-16LE no mark",
            "cp1252",
            "cp1252 after a mark",
            "surrogate",
            "overlong",
        ],
    )
    def test_any_byte_that_is_not_utf_8_makes_the_file_unreadable(self, data: bytes, sentence: str) -> None:
        with pytest.raises(Unreadable, match=sentence):
            read_csv(data)

    @pytest.mark.parametrize("quoted", [False, True], ids=["without quotes", "with quotes"])
    @pytest.mark.parametrize("character", ["\x00", "\t", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9f"], ids=ascii)
    def test_a_control_character_other_than_a_line_break_sets_the_record_aside(
        self, bench: duckdb.DuckDBPyConnection, character: str, quoted: bool
    ) -> None:
        value = f'"B{character}9"' if quoted else f"B{character}9"
        report = check(SURVEY, survey(f"{value},9990000018,2018-04-20,,,,,good", "1", "2"), bench=bench)
        assert report.faults == {2: {"control_character"}}
        assert report.feedback.accepted

    def test_a_cr_alone_inside_quotes_is_a_control_character(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = check(SURVEY, survey('"B\r9",9990000018,2018-04-20,,,,,good', "1"), bench=bench)
        assert report.faults == {2: {"control_character"}}

    @pytest.mark.parametrize("character", ["\xa0", "\xad", "\u2028", "é", "😀", "\ufeff"], ids=ascii)
    def test_other_characters_are_kept_as_sent(self, bench: duckdb.DuckDBPyConnection, character: str) -> None:
        report = check(SURVEY, survey(f"{character}B9 ,9990000018,2018-04-20,,,,,good"), bench=bench)
        assert list(report.accepted["response_id"]) == [f"{character}B9 "]

    @pytest.mark.parametrize("quoted", [False, True], ids=["without quotes", "with quotes"])
    @pytest.mark.parametrize("character", ["x", "é"])
    def test_a_value_of_4000_characters_is_kept_and_one_of_4001_sets_the_record_aside(
        self, bench: duckdb.DuckDBPyConnection, character: str, quoted: bool
    ) -> None:
        quote = '"' if quoted else ""
        lines = [f"{quote}{character * n}{quote},9990000018,2018-04-20,,,,,good" for n in (4000, 4001)]
        report = check(SURVEY, survey(*lines), bench=bench)
        assert report.faults == {3: {"too_long"}}
        assert [len(v) for v in report.accepted["response_id"]] == [4000]


class TestHeader:
    def header(self, bench: duckdb.DuckDBPyConnection, *names: str) -> Report:
        """A file with this header; the record has a valid value under each known name, x under others."""
        record = valid(SURVEY)
        values = ",".join(record.get(name, "x") for name in names)
        return check(SURVEY, f"{','.join(names)}\n{values}\n".encode(), bench=bench)

    def test_columns_may_come_in_any_order(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = self.header(bench, *reversed(VALID[SURVEY]))
        assert report.feedback.findings.empty
        assert report.accepted["overall_care"][0] == "good"
        assert report.accepted["response_id"][0] == "B1"

    def test_an_unknown_column_is_a_warning(self, bench: duckdb.DuckDBPyConnection) -> None:
        report = self.header(bench, *VALID[SURVEY], "remarks")
        assert (report.file, report.rejected_for) == (["unknown_column"], None)
        assert "remarks" not in report.accepted

    @pytest.mark.parametrize(
        "spelled",
        [
            "Response_Date",
            "RESPONSE_DATE",
            " response_date",
            "response_date ",
            "response date",
            "response_date\xa0",
            "“response_date”",
            "response\u2013date",
        ],
    )
    def test_header_names_are_compared_exactly_and_the_near_miss_is_named(
        self, bench: duckdb.DuckDBPyConnection, spelled: str
    ) -> None:
        report = self.header(bench, "response_id", "nhs_number", spelled)
        assert report.rejected_for == "header"
        assert "lacks response_date" in report.feedback.verdict
        assert "In column C write response_date, exactly so." in report.feedback.verdict

    @pytest.mark.parametrize(
        ("names", "sentence"),
        [
            (["response_id", "nhs_number"], "lacks response_date"),
            (["response_id", "nhs_number", "response_date", "nhs_number"], "repeats an earlier name in column D"),
            (["response_id", "nhs_number", "response_date", "x", "x"], "repeats an earlier name in column E"),
            (["response_id", "nhs_number", "response_date", ""], "no name in column D"),
            (["response_id", "nhs_number", "response_date", "", ""], "no name in columns D, E"),
        ],
        ids=["missing", "duplicate", "duplicate unknown", "empty", "several empty"],
    )
    def test_a_missing_duplicate_or_empty_name_rejects_the_file(
        self, bench: duckdb.DuckDBPyConnection, names: list[str], sentence: str
    ) -> None:
        report = self.header(bench, *names)
        assert report.rejected_for == "header"
        assert sentence in report.feedback.verdict

    def test_a_file_without_a_header_is_rejected_and_its_first_record_is_not_repeated(
        self, bench: duckdb.DuckDBPyConnection
    ) -> None:
        report = check(SURVEY, survey("2", header=RECORD.format(1)), bench=bench)
        assert report.rejected_for == "header"
        assert "9990000018" not in report.feedback.text() + report.feedback.findings.to_csv()

    @pytest.mark.parametrize("quote", ["", '"'], ids=["without quotes", "with quotes"])
    @pytest.mark.parametrize(
        "above", ["Families' answers, April 2018", "{q}April{q},,,\n,,,"], ids=["a title", "and empty"]
    )
    def test_a_title_above_the_header_is_told_with_the_headers_row(
        self, bench: duckdb.DuckDBPyConnection, above: str, quote: str
    ) -> None:
        data = above.format(q=quote).encode() + b"\n" + survey("1").replace(b"B1", f"{quote}B1{quote}".encode())
        report = check(SURVEY, data, bench=bench)
        assert report.rejected_for == "header"
        row = data.split(b"response_id")[0].count(b"\n") + 1
        told = f"The column names stand in row {row}: delete the rows above it"
        assert told in report.feedback.verdict

    @pytest.mark.parametrize("quote", ["", '"'], ids=["without quotes", "with quotes"])
    def test_the_first_line_is_the_header_even_when_it_is_blank(
        self, bench: duckdb.DuckDBPyConnection, quote: str
    ) -> None:
        data = b"\n" + survey("1").replace(b"B1", f"{quote}B1{quote}".encode())
        assert check(SURVEY, data, bench=bench).rejected_for == "header"

    @pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\n", b"\r\n"])
    def test_an_empty_file_is_unreadable(self, data: bytes) -> None:
        with pytest.raises(Unreadable, match="send at least the header row"):
            read_csv(data)


@pytest.mark.parametrize(
    "number", ["9.99E+09", "9990000018.0", "999000001", "999 000 0018", "'9990000018", "9990000018 "]
)
def test_an_nhs_number_as_spreadsheets_spoil_it_is_reported_and_never_guessed(
    bench: duckdb.DuckDBPyConnection, number: str
) -> None:
    report = check(SURVEY, survey(f"B1,{number},2018-04-20,,,,,good"), bench=bench)
    assert report.warned == {2: {"nhs_number_invalid"}}
    assert report.accepted["person_id"].isna().all()
    assert number not in report.feedback.text() + report.feedback.findings.to_csv()


def test_values_are_kept_exactly_as_sent(bench: duckdb.DuckDBPyConnection) -> None:
    sent = [" B1", "b1", "B1 ", "00B1", "=1+1", "1e3"]
    report = check(
        SURVEY, as_csv([{**r, "response_id": v} for r, v in zip(many(SURVEY, 6), sent, strict=True)]), bench=bench
    )
    assert list(report.accepted["response_id"]) == sent


@pytest.mark.parametrize(
    "values",
    ["B1,#N/A,2018-04-20,,,,,good", "B1,,#REF!,,,,,good", "B1,,2018-04-20,,,,,#VALUE!"],
    ids=["number", "date", "code"],
)
def test_an_error_of_a_spreadsheet_is_told_as_one(bench: duckdb.DuckDBPyConnection, values: str) -> None:
    report = check(SURVEY, survey(values), bench=bench)
    assert "is an error of a spreadsheet, such as #N/A or #REF!" in report.feedback.text(width=1000)
