"""Reading a CSV exactly as sent, into a table of raw records.

Owns encoding, lines, quotes and the header. Promises that nothing is trimmed, folded, padded or
repaired, and that a file it cannot read completely is refused with a sentence. Never looks at what a value means.
"""

import csv
import io
import re
from contextlib import suppress
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.csv

from outcomes.intake.limits import MAX_BYTES, MAX_LINE, MAX_VALUE, Unreadable
from outcomes.intake.records import RawFile, names_of, tabled, with_values

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
_C1_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
# Bytes that are looked at together; far more than a line may have.
_BLOCK = 16 << 20
# A value in quotes, where a value may begin.
_QUOTED = re.compile(r'(?:\A|(?<=[,\n]))"(?:[^"]|"")*"')
# Among so many rows, in so many bytes, a header is looked for, where the first is none.
_FIRST_ROWS, _FIRST_BYTES = 20, 64 << 10
_LONE_CR = re.compile(r"\r(?!\n)")

csv.field_size_limit(MAX_BYTES)


def read_csv(data: bytes) -> RawFile:
    """Read a CSV file; raises Unreadable with a sentence that says what is wrong and what to do."""
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise Unreadable(f"The file is {kind}, not the CSV its name says: export it as CSV in UTF-8.")
    data = data.removeprefix(_BYTE_ORDER_MARK)
    if not data.strip(b"\r\n"):
        raise Unreadable("The file is empty: send at least the header row.")
    _refuse_other_encodings(data)
    end = data.find(b"\n")
    header = data[: end if end >= 0 else None].removesuffix(b"\r").decode()
    if "\x00" in header:
        raise Unreadable("The header holds NUL characters, like UTF-16 text: save the file as UTF-8 and send that.")
    for separator, name in _OTHER_SEPARATORS.items():
        if separator in header and "," not in header:
            raise Unreadable(f"The values are separated by {name}, not by commas: save the file as CSV with commas.")
    if _has_line_over(data, MAX_LINE):
        raise Unreadable("A line is longer than 1 MiB: look for a missing line break or a quote never closed.")
    if b'"' in data:
        (_, names), *records = _parsed(data)
        return RawFile(tuple(names), tabled(len(names), records), below=_below(data))
    _refuse_lone_cr(data)
    names = header.split(",")
    return RawFile(tuple(names), _split(data, len(names)), below=_below(data))


def _below(data: bytes) -> list[tuple[int, list[str]]]:
    """The first rows below the first."""
    text = data[:_FIRST_BYTES].decode(errors="replace")
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline="\n")), _FIRST_ROWS + 1))
    except csv.Error:
        return []
    return [(number, row) for number, row in enumerate(rows, start=1) if number > 1]


def _refuse_other_encodings(data: bytes) -> None:
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"Line {line} has a byte that is not UTF-8: save the file as UTF-8, in Excel as 'CSV UTF-8', and send that."
        ) from None


def _has_line_over(data: bytes, limit: int) -> bool:
    """Whether a line has more bytes than that, its line break left aside."""
    start = 0
    while len(data) - start > limit:
        # Hop over as many lines as fit into what one line may have with its line break.
        after = data.rfind(b"\n", start, start + limit + 2) + 1
        if not after or after - start == limit + 2:
            end = data.find(b"\n", start)
            end = end if end >= 0 else len(data)
            if end - start - data.endswith(b"\r", start, end) > limit:
                return True
        start = after or end + 1
    return False


def _has_control(data: bytes) -> bool:
    """Whether there is a control character other than a line break; C0 and DEL are one byte in UTF-8, C1 are two."""
    whole = np.frombuffer(data, np.uint8)
    low = sum(np.count_nonzero(whole[at : at + _BLOCK] < 0x20) for at in range(0, len(whole), _BLOCK))
    if low > data.count(b"\n") + data.count(b"\r") or b"\x7f" in data:
        return True
    return not data.isascii() and _C1_CONTROL.search(data) is not None


def _refuse_lone_cr(data: bytes) -> None:
    if b"\r" not in data or data.count(b"\r") == data.count(b"\r\n"):
        return
    # Within quotes it is a character of the value, to be judged with its record.
    outside = _QUOTED.sub("", data.decode())
    if lone := _LONE_CR.search(outside):
        row = outside.count("\n", 0, lone.start()) + 1
        raise Unreadable(f"Row {row} ends in CR alone: write lines that end in LF or CRLF.")


def _split(data: bytes, places: int) -> pa.Table:
    # Without a quote anywhere a line is a record, and what stands between its commas are its values.
    start, end = data.find(b"\n") + 1 or len(data), len(data) - data.endswith(b"\n")
    odd = _has_control(data) or _has_line_over(data, MAX_VALUE)
    # At the start of what it is given Arrow leaves a mark out that is a value's here.
    if start < end and not odd and not data.startswith(_BYTE_ORDER_MARK, start):
        with suppress(pa.ArrowInvalid):
            values = _columns(pa.py_buffer(data).slice(start, end - start), places)
            # An empty line is no record, but it counts where the sender looks for a row.
            if values.num_rows == data.count(b"\n", start, end) + 1:
                return with_values(values)
    lines = data[start:].rstrip(b"\r\n").decode().replace("\r\n", "\n").split("\n")
    return tabled(places, ((n, line.split(",")) for n, line in enumerate(lines, start=2) if line))


def _columns(lines: pa.Buffer, places: int) -> pa.Table:
    """The columns of lines that all have so many values; raises ArrowInvalid where one has not."""
    names = names_of(places)
    return pa.csv.read_csv(
        pa.BufferReader(lines),
        pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=names),
        pa.csv.ParseOptions(quote_char=False),
        pa.csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )


def _parsed(data: bytes) -> list[tuple[int, list[str]]]:
    # newline="\n": lines end at \n only, so that nothing but the parser decides what a lone \r is.
    reader = csv.reader(io.StringIO(data.decode(), newline="\n"), strict=True)
    records, last = [], 0
    try:
        for last, record in enumerate(reader, start=1):
            if record or last == 1:
                records.append((last, record))
    except csv.Error as error:
        row = last + 1
        if "unexpected end" in str(error):
            raise Unreadable(f"The quote opened in row {row} is never closed: close it, or double it.") from None
        _refuse_lone_cr(data)
        raise Unreadable(
            f'Row {row} has text after a closing quote: double every quote inside a value, as in "size 5"" wide".'
        ) from None
    _refuse_lone_cr(data)
    return records
