"""Workbooks for tests: made by XlsxWriter where it can, from planted XML where no writer would."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

import xlsxwriter

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
Cell = str | float | bool | date | datetime | time | None


def workbook(
    rows: Iterable[Iterable[Cell]],
    *,
    first_row: int = 0,
    first_column: int = 0,
    formats: Mapping[int, str] | None = None,
    hidden: int = 0,
    more: int = 0,
    merged: str = "",
    **options: bool,
) -> bytes:
    """A workbook with one sheet of these rows; `formats` are number formats by column.

    `hidden` and `more` sheets follow it; `merged` is a range such as `A2:A3`.
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, **options}) as book:
        sheet = book.add_worksheet("Extract")
        by_kind = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            time: book.add_format({"num_format": "hh:mm"}),
        }
        own = {place: book.add_format({"num_format": code}) for place, code in (formats or {}).items()}
        for number, row in enumerate(rows, start=first_row):
            for place, value in enumerate(row, start=first_column):
                if value is None:
                    continue
                format = own.get(place) or by_kind.get(type(value))  # type: ignore[call-overload]
                write = sheet.write_string if isinstance(value, str) else sheet.write
                write(number, place, value, format)
        if merged:
            sheet.merge_range(merged, "merged")
        for _ in range(hidden):
            book.add_worksheet().hide()
        for _ in range(more):
            book.add_worksheet()
    return stream.getvalue()


def planted(
    sheet: str | bytes = "",
    *,
    strings: Iterable[str] = (),
    formats: Iterable[str] = (),
    book: str = "",
    sheets: str = '<sheet name="Extract" sheetId="1" r:id="s1"/>',
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A workbook whose sheet data are this XML; `parts` replace or add entries, `formats` are those of styles 0, 1, ..."""
    codes = list(enumerate(formats, start=164))
    entries: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": relationships(("b", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook {NAMESPACE} xmlns:r="{_OFFICE}">{book}<sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relationships(
            ("s1", "worksheet", "worksheets/sheet1.xml"),
            ("s2", "worksheet", "worksheets/sheet2.xml"),
            ("c1", "chartsheet", "chartsheets/sheet1.xml"),
            ("t", "sharedStrings", "sharedStrings.xml"),
            ("y", "styles", "styles.xml"),
        ),
        "xl/worksheets/sheet1.xml": sheet
        if isinstance(sheet, bytes)
        else f"<worksheet {NAMESPACE}><sheetData>{sheet}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {NAMESPACE}>{''.join(f'<si>{s}</si>' for s in strings)}</sst>",
        "xl/styles.xml": f"<styleSheet {NAMESPACE}><numFmts>"
        + "".join(f'<numFmt numFmtId="{id}" formatCode="{code}"/>' for id, code in codes)
        + "</numFmts><cellXfs>"
        + "".join(f'<xf numFmtId="{id}"/>' for id, _ in codes)
        + "</cellXfs></styleSheet>",
        **(parts or {}),
    }
    return archive(entries)


def archive(entries: Mapping[str, str | bytes] | Iterable[tuple[str | zipfile.ZipInfo, str | bytes]]) -> bytes:
    """A zip of these entries, deflated."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items() if isinstance(entries, Mapping) else entries:
            packed.writestr(name, content)
    return stream.getvalue()


def relationships(*targets: tuple[str, str, str]) -> str:
    """The XML that names what a part refers to: id, kind, target."""
    each = "".join(f'<Relationship Id="{id}" Type="{_OFFICE}/{kind}" Target="{to}"/>' for id, kind, to in targets)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def text_row(number: int, values: Iterable[str]) -> str:
    """A row of inline strings, as XML."""
    cells = "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{v}</t></is></c>' for v in values)
    return f'<row r="{number}">{cells}</row>'
