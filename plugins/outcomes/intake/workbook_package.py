"""An Excel workbook as the archive it is: its entries looked through, its sheets, strings and formats found.

Owns what is refused before a cell is read: unsafe names, links, encryption, bombs, document types, macros, other formats.
Promises to read nothing but entries of the archive, by name, and nothing beyond what these say they hold. Never follows a
reference out of the file. Needs only the standard library: it runs in the small program of `workbook_program`, too.
"""

import io
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from xml.parsers import expat

from outcomes.intake.limits import MAX_BYTES, MAX_ENTRIES, MAX_RATIO, RATIO_FROM, TOO_DENSE, TOO_LARGE, Unreadable

BLOCK = 1 << 18
# A document type stands before a part's first element; so much of each part is looked through for one.
PROLOG = 1 << 12

DAMAGED = "The workbook is damaged: open it in Excel, save it anew as .xlsx and send that."
OLD = "The file is an old .xls or a password-protected workbook: save it as .xlsx without a password and send that."
_NO_WORKBOOK = "The file is no Excel workbook (.xlsx): save the sheet as .xlsx, or as CSV in UTF-8, and send that."
_SAFE_NAME = re.compile(r"(?!/)(?!.*(?:^|/)\.\.(?:/|$))[^\\:\x00-\x1f\x7f]{1,260}")
_XML = (".xml", ".rels", ".vml")

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the workbook: the entry that holds it, None for a chart or a dialog."""

    part: str | None
    visible: bool


@dataclass(frozen=True)
class Package:
    """An archive that was looked through. `strings` and `styles` are entries, None where there are none."""

    archive: zipfile.ZipFile
    sheets: tuple[Sheet, ...]
    strings: str | None
    styles: str | None
    from_1904: bool

    @property
    def sheet(self) -> str:
        """The entry of the one visible sheet; raises Unreadable where there is not exactly one."""
        visible = [s for s in self.sheets if s.visible]
        if len(visible) != 1 or visible[0].part is None:
            found = "no visible sheet" if not visible else f"{len(visible)} visible sheets"
            if len(visible) == 1:
                found = "a chart and no sheet"
            raise Unreadable(f"The workbook has {found}: keep the records on one sheet, and delete or hide the others.")
        return visible[0].part


@contextmanager
def reading() -> Iterator[None]:
    """Whatever is wrong with an archive or with XML, in the one sentence for it."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, struct.error, expat.ExpatError, EOFError, OSError, ValueError, KeyError):
        raise Unreadable(DAMAGED) from None
    except (RuntimeError, NotImplementedError, LookupError, OverflowError, AssertionError):
        raise Unreadable(DAMAGED) from None


def parser_for(start: Callable[[str, Attributes], None]) -> expat.XMLParserType:
    """An XML parser that refuses document types, and with them every entity of the sender's own.

    `start` gets each element's name without its prefix, and its attributes.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    return parser


def parse(archive: zipfile.ZipFile, part: str, parser: expat.XMLParserType) -> None:
    """Send an entry through a parser; raises Unreadable where either is damaged."""
    with reading(), archive.open(part) as stream:
        while block := stream.read(BLOCK):
            parser.Parse(block)
        parser.Parse(b"", True)


def open_package(data: bytes) -> Package:
    """Look a workbook through; raises Unreadable with a sentence for the supplier."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(OLD)
    if not data.startswith(b"PK\x03\x04"):
        raise Unreadable(_NO_WORKBOOK)
    if data.count(b"PK\x01\x02") > MAX_ENTRIES:
        raise Unreadable(DAMAGED)
    with reading():
        archive = zipfile.ZipFile(io.BytesIO(data))
        _look_through(archive, len(data))
        return _package(archive)


def _look_through(archive: zipfile.ZipFile, packed: int) -> None:
    entries = archive.infolist()
    names = {e.filename for e in entries}
    size = sum(e.file_size for e in entries)
    if size > MAX_BYTES:
        raise Unreadable(TOO_LARGE)
    if size > RATIO_FROM and size > MAX_RATIO * packed:
        raise Unreadable(TOO_DENSE)
    if any(e.flag_bits & 1 for e in entries):
        raise Unreadable("The workbook is encrypted: save it without a password and send that.")
    if "[Content_Types].xml" not in names:
        raise Unreadable(_NO_WORKBOOK)
    if any(name.endswith(("vbaProject.bin", "workbook.bin")) for name in names):
        raise Unreadable("The workbook holds macros or is binary: save it as an ordinary .xlsx and send that.")
    ordinary = all(
        _SAFE_NAME.fullmatch(e.filename)
        and e.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        and not stat.S_ISLNK(e.external_attr >> 16)
        for e in entries
    )
    if len(names) < len(entries) or not ordinary:
        raise Unreadable(DAMAGED)
    for entry in entries:
        if entry.filename.endswith(_XML):
            _refuse_document_type_in(archive, entry)


def _refuse_document_type_in(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    seen: list[str] = []
    parser = parser_for(lambda name, _: seen.append(name))
    with archive.open(entry) as stream:
        start = stream.read(PROLOG)
    parser.Parse(start, len(start) < PROLOG)
    if not seen:
        raise Unreadable(DAMAGED)


def _refuse_document_type(*_: object) -> None:
    raise Unreadable("The workbook holds a document type definition, which no Excel writes: save it anew in Excel.")


def _package(archive: zipfile.ZipFile) -> Package:
    top = _related(archive, "")
    book = next((part for kind, part in top.values() if kind == "officeDocument"), None)
    if book is None:
        raise Unreadable(_NO_WORKBOOK)
    related = _related(archive, book)
    sheets: list[Sheet] = []
    from_1904 = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal from_1904
        if name == "sheet":
            id = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id" and ":" in k), "")
            kind, part = related.get(id, ("", ""))
            if part not in archive.NameToInfo:
                raise Unreadable(DAMAGED)
            state = attributes.get("state", "visible")
            sheets.append(Sheet(part if kind == "worksheet" else None, visible=state == "visible"))
        elif name == "workbookPr":
            from_1904 = attributes.get("date1904", "0") in ("1", "true")

    beside = {kind: part for kind, part in related.values() if part in archive.NameToInfo}
    parse(archive, book, parser_for(start))
    return Package(archive, tuple(sheets), beside.get("sharedStrings"), beside.get("styles"), from_1904)


def _related(archive: zipfile.ZipFile, part: str) -> Mapping[str, tuple[str, str]]:
    """What an entry refers to, by id: the kind and the entry."""
    folder, name = posixpath.split(part)
    found: dict[str, tuple[str, str]] = {}

    def start(element: str, attributes: Attributes) -> None:
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/" + folder, attributes.get("Target", ""))).lstrip("/")
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], target)

    parse(archive, posixpath.join(folder, "_rels", f"{name}.rels"), parser_for(start))
    return found
