"""The feedback report as a workbook, to filter and to tick off: Summary, By rule, By record.

Promises the same bytes for the same report and text in every cell but numbers: nothing is a formula or a link. Names the
first hundred rows of each rule; the CSV beside it names all.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from outcomes.intake.feedback import Feedback
from outcomes.intake.feedback_page import MEANING, SHOWN, outcome, rows_in_words, steps
from outcomes.periods import Month

_WIDTHS = {
    "Row": 8,
    "Column": 8,
    "Header": 26,
    "Rule": 26,
    "Severity": 10,
    "What is wrong": 60,
    "What to do": 70,
    "Records": 9,
    "Rows": 50,
}


def workbook(report: Feedback) -> bytes:
    """The workbook's bytes."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        # Of the report, not of the moment, so that the same report gives the same bytes.
        day = Month.parse(report.period).last_day
        book.set_properties({"title": report.title, "created": datetime(day.year, day.month, day.day)})  # noqa: DTZ001
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        head = book.add_format({"bold": True, "bg_color": "#003087", "font_color": "#FFFFFF", "text_wrap": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})

        sheet = book.add_worksheet("Summary")
        sheet.set_column(0, 0, 22, bold)
        sheet.set_column(1, 1, 110, wrap)
        for row, (name, value) in enumerate(_summary(report)):
            sheet.write_string(row, 0, name)
            if isinstance(value, int):
                sheet.write_number(row, 1, value)
            else:
                sheet.write_string(row, 1, value)

        rules = [
            (kind.letter, kind.column, kind.code, kind.severity, kind.what, kind.do, len(kind.rows), _rows(kind.rows))
            for severity in MEANING
            for kind in report.of(severity)
        ]
        names = ("Column", "Header", "Rule", "Severity", "What is wrong", "What to do", "Records", "Rows")
        _table(book.add_worksheet("By rule"), names, rules, head, wrap)
        records = [
            (row, kind.letter, kind.column, kind.code, kind.severity, kind.what, kind.do, len(kind.rows))
            for row, kind in report.by_row(SHOWN)
        ]
        names = ("Row", "Column", "Header", "Rule", "Severity", "What is wrong", "What to do", "Records")
        _table(book.add_worksheet("By record"), names, records, head, wrap)
    return stream.getvalue()


def _summary(report: Feedback) -> Iterable[tuple[str, str | int]]:
    word, why = outcome(report)
    yield "File", report.file_name
    yield "Outcome", word
    yield "", why
    yield "Records in the file", report.records
    yield "Records set aside", report.set_aside
    yield "Warnings", report.warnings
    for number, step in enumerate(steps(report), start=1):
        yield f"What to do, step {number}", step
    for severity, meaning in MEANING.items():
        yield f"Severity: {severity}", meaning
    yield (
        "The other sheets",
        (
            f"By rule has a line for each kind of fault, By record one for each place (the first {SHOWN} of a rule; the "
            "CSV has all). Row is the line of a spreadsheet in which the file is opened: the header is row 1."
        ),
    )


def _rows(rows: Sequence[int]) -> str:
    return rows_in_words(rows) if rows else "whole file"


def _table(
    sheet: Worksheet,
    names: Sequence[str],
    lines: Sequence[Sequence[str | int]],
    head: xlsxwriter.format.Format,
    wrap: xlsxwriter.format.Format,
) -> None:
    for column, name in enumerate(names):
        sheet.set_column(column, column, _WIDTHS[name], wrap)
        sheet.write_string(0, column, name, head)
    for row, line in enumerate(lines, start=1):
        for column, value in enumerate(line):
            if isinstance(value, int):
                sheet.write_number(row, column, value)
            else:
                sheet.write_string(row, column, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(lines)), len(names) - 1)
