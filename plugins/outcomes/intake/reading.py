"""Reading a file exactly as sent, into a table of raw records.

Owns containers, encoding, lines, quotes and the header. Promises that nothing is trimmed, folded, padded or repaired, and
that a file it cannot read completely is refused with a sentence. Never looks at what a value means.
"""

import csv
import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from outcomes.intake.names import Container

MAX_LINE = 1 << 20
MAX_UNPACKED = 1 << 30
MAX_RATIO, RATIO_FROM = 200, 10 << 20
MAX_VALUE = 4000

# What a file's first bytes say it is, when it is not the CSV its name promises.
_MAGIC = {
    b"\x1f\x8b": "a gzip archive",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old or password-protected Excel workbook",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"%PDF": "a PDF",
}
# Control characters other than line breaks; \r counts when no \n follows.
_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")
_LONE_CR = re.compile(r"\r(?!\n)")

csv.field_size_limit(MAX_UNPACKED)


class Unreadable(Exception):
    """The file cannot be read; `str(error)` is the sentence for the supplier."""


@dataclass(frozen=True)
class RawFile:
    """The header and the records: `records` has `row` (1 is the header's), and either `line` or `fields`.

    `line` holds whole lines of a file without any quote, to be split at commas; `fields` the parsed values otherwise.
    `odd` says whether a control character or a very long value is anywhere in the file.
    """

    header: tuple[str, ...]
    records: pa.Table
    count: int
    odd: bool


def unpack(data: bytes, container: Container) -> bytes:
    """The CSV inside a delivered file; raises Unreadable."""
    if container == "csv":
        return data
    if container == "csv.gz":
        try:
            return _inflate(gzip.GzipFile(fileobj=io.BytesIO(data)), len(data))
        except (OSError, EOFError, zlib.error):
            raise Unreadable("The file is not a whole gzip archive: compress and send it again.") from None
    if container == "zip":
        return _unzip(data)
    raise Unreadable("Excel workbooks cannot be read by this version: save the sheet as CSV (UTF-8) and send that.")


def _inflate(stream: IO[bytes] | gzip.GzipFile, packed: int) -> bytes:
    out, size = [], 0
    while block := stream.read(1 << 20):
        size += len(block)
        if size > MAX_UNPACKED or (size > RATIO_FROM and size > MAX_RATIO * packed):
            raise Unreadable("The file unpacks to far more than an extract holds: send it as plain CSV.")
        out.append(block)
    return b"".join(out)


def _unzip(data: bytes) -> bytes:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
        if len(members) != 1:
            raise Unreadable(f"The zip has {len(members)} entries: put exactly one CSV file into it.")
        member = members[0]
        if not re.fullmatch(r"[^/\\:\x00-\x1f]{1,200}\.csv", member.filename) or member.is_dir():
            raise Unreadable("The entry of the zip is not a CSV file under a plain name: no folders, ending in .csv.")
        if member.flag_bits & 1:
            raise Unreadable("The zip is encrypted and no password is agreed: send it without one.")
        with archive.open(member) as stream:
            return _inflate(stream, max(1, member.compress_size))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise Unreadable("The file is not a whole zip archive: make and send it again.") from None


def read_csv(data: bytes) -> RawFile:
    """Read a CSV file; raises Unreadable with a sentence that says what is wrong and what to do."""
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise Unreadable(f"The file is {kind}, not the CSV its name says: export it as CSV in UTF-8.")
    if not data.removeprefix(b"\xef\xbb\xbf").strip(b"\r\n"):
        raise Unreadable("The file is empty: send at least the header row.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"Row {row} has a byte that is not UTF-8: export the file as UTF-8.") from None
    if "\x00" in text[:200]:
        raise Unreadable("The file holds NUL bytes like UTF-16 text: export it as UTF-8.")
    longest = max(map(len, data.split(b"\n")))
    if longest > MAX_LINE:
        raise Unreadable("A line is longer than 1 MiB: check for a missing line break or quote.")
    odd = longest > MAX_VALUE or _CONTROL.search(text) is not None
    return _parse_quoted(text) if '"' in text else _split_lines(text, odd)


def _split_lines(text: str, odd: bool) -> RawFile:
    # Without a quote anywhere a line is a record; the engine splits them at commas, much faster than Python.
    if odd and (lone := _LONE_CR.search(text)):
        raise Unreadable(_lone_cr(text.count("\n", 0, lone.start()) + 1))
    lines = text.replace("\r\n", "\n").split("\n")
    kept = [(row, line) for row, line in enumerate(lines, start=1) if line and row > 1]
    records = pa.table(
        {
            "row": pa.array([row for row, _ in kept], pa.int32()),
            "line": pa.array([line for _, line in kept], pa.string()),
        }
    )
    return RawFile(tuple(lines[0].split(",")), records, len(kept), odd)


def _parse_quoted(text: str) -> RawFile:
    if text.endswith("\r"):
        raise Unreadable(_lone_cr(text.count("\n") + 1))
    # newline="\n": lines end at \n only, so that a lone \r reaches the parser and is refused there.
    reader = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    rows, fields, started = [], [], 1
    try:
        header = tuple(next(reader))
        for row, record in enumerate(reader, start=2):
            started = reader.line_num + 1
            if record:
                rows.append(row)
                fields.append(record)
    except csv.Error as error:
        line = reader.line_num
        if "new-line" in str(error):
            raise Unreadable(_lone_cr(line)) from None
        if "unexpected end" in str(error):
            raise Unreadable(
                f"A quote opened in or after line {started} is never closed: close or double it."
            ) from None
        raise Unreadable(f"Line {line} has text after a closing quote: double the quotes inside a value.") from None
    records = pa.table({"row": pa.array(rows, pa.int32()), "fields": pa.array(fields, pa.list_(pa.string()))})
    # A quoted value may run over several lines, so its length and its characters are always looked at.
    return RawFile(header, records, len(rows), odd=True)


def _lone_cr(row: int) -> str:
    return f"Row {row} ends in CR alone: write lines that end in LF or CRLF."
