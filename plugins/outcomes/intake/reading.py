"""Reading a CSV exactly as sent, into a table of raw records.

Owns encoding, lines, quotes and the header, and what a raw file is. Promises that nothing is trimmed, folded, padded or
repaired, and that a file it cannot read completely is refused with a sentence. Never looks at what a value means.
"""

import csv
import io
import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from outcomes.intake.file_faults import FileFault
from outcomes.intake.limits import MAX_BYTES, MAX_LINE, MAX_VALUE, Unreadable

# What a file's first bytes say it is, when it is not the CSV its name promises.
_MAGIC = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old or password-protected Excel workbook",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"%PDF": "a PDF",
}
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Control characters other than line breaks: C0 and DEL are one byte in UTF-8, C1 are two.
_CONTROL_BYTES = bytes({*range(0x20), 0x7F} - {ord("\r"), ord("\n")})
_C1_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
# A value in quotes, where a value may begin.
_QUOTED = re.compile(r'(?:\A|(?<=[,\n]))"(?:[^"]|"")*"')
_LONE_CR = re.compile(r"\r(?!\n)")

csv.field_size_limit(MAX_BYTES)


@dataclass(frozen=True)
class RawFile:
    """The header and the records: `records` has `row` as the sender sees it, and either `line` or `fields`.

    `line` holds whole lines of a file without any quote, to be split at commas; `fields` the parsed values otherwise.
    Of a workbook there is `flaws` as well: `code|column` of cells without a value, separated by commas.
    `odd` says whether a control character or a very long value is anywhere in the file. `first_column` is the header's
    first place in the sheet; `notes` are warnings about the file.
    """

    header: tuple[str, ...]
    records: pa.Table
    count: int
    odd: bool
    first_column: int = 0
    notes: tuple[FileFault, ...] = ()


def read_csv(data: bytes) -> RawFile:
    """Read a CSV file; raises Unreadable with a sentence that says what is wrong and what to do."""
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise Unreadable(f"The file is {kind}, not the CSV its name says: export it as CSV in UTF-8.")
    data = data.removeprefix(_BYTE_ORDER_MARK)
    if not data.strip(b"\r\n"):
        raise Unreadable("The file is empty: send at least the header row.")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"Line {line} has a byte that is not UTF-8: save the file as UTF-8, in Excel as 'CSV UTF-8', and send that."
        ) from None
    header = text.split("\n", 1)[0]
    if "\x00" in header:
        raise Unreadable("The header holds NUL characters, like UTF-16 text: save the file as UTF-8 and send that.")
    for separator, name in _OTHER_SEPARATORS.items():
        if separator in header and "," not in header:
            raise Unreadable(f"The values are separated by {name}, not by commas: save the file as CSV with commas.")
    longest = max(map(len, data.split(b"\n")))
    if longest > MAX_LINE + 1 or (longest > MAX_LINE and _too_long(data)):
        raise Unreadable("A line is longer than 1 MiB: look for a missing line break or a quote never closed.")
    if '"' in text:
        return _parse_quoted(data, text)
    _refuse_lone_cr(data, text)
    return _split_lines(text, odd=longest > MAX_VALUE or _has_control(data))


def _too_long(data: bytes) -> bool:
    return any(len(line.removesuffix(b"\r")) > MAX_LINE for line in data.split(b"\n"))


def _has_control(data: bytes) -> bool:
    return len(data.translate(None, _CONTROL_BYTES)) < len(data) or _C1_CONTROL.search(data) is not None


def _refuse_lone_cr(data: bytes, text: str) -> None:
    if data.count(b"\r") == data.count(b"\r\n"):
        return
    # Within quotes it is a character of the value, to be judged with its record.
    outside = _QUOTED.sub("", text)
    if lone := _LONE_CR.search(outside):
        row = outside.count("\n", 0, lone.start()) + 1
        raise Unreadable(f"Row {row} ends in CR alone: write lines that end in LF or CRLF.")


def _split_lines(text: str, *, odd: bool) -> RawFile:
    # Without a quote anywhere a line is a record; the engine splits them at commas, much faster than Python.
    lines = text.replace("\r\n", "\n").split("\n")
    rows = pa.array(range(2, len(lines) + 1), pa.int32())
    records = pa.table({"row": rows, "line": pa.array(lines[1:], pa.string())})
    records = records.filter(pc.not_equal(records["line"], ""))
    return RawFile(tuple(lines[0].split(",")), records, records.num_rows, odd)


def _parse_quoted(data: bytes, text: str) -> RawFile:
    # newline="\n": lines end at \n only, so that nothing but the parser decides what a lone \r is.
    reader = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    rows, fields, last = [], [], 0
    try:
        for last, record in enumerate(reader, start=1):
            if record or last == 1:
                rows.append(last)
                fields.append(record)
    except csv.Error as error:
        row = last + 1
        if "unexpected end" in str(error):
            raise Unreadable(f"The quote opened in row {row} is never closed: close it, or double it.") from None
        _refuse_lone_cr(data, text)
        raise Unreadable(
            f'Row {row} has text after a closing quote: double every quote inside a value, as in "size 5"" wide".'
        ) from None
    _refuse_lone_cr(data, text)
    header, fields = tuple(fields[0]), fields[1:]
    records = pa.table({"row": pa.array(rows[1:], pa.int32()), "fields": pa.array(fields, pa.list_(pa.string()))})
    # A quoted value may run over several lines, so its length and its characters are always looked at.
    return RawFile(header, records, len(fields), odd=True)
