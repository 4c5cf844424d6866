"""The cells of a sheet, row by row, as they stand in the file.

Owns strings, styles, references and what is wrong with a cell. Promises that an error, a formula without a stored result
and a cell of unknown sense are told from an empty one, and that the used range is held to its limits at the first cell
beyond. Never computes a formula. Needs only the standard library: it runs in the program of `workbook_program`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite

from outcomes.intake.limits import MAX_COLUMNS, MAX_LINE, MAX_ROWS, Unreadable
from outcomes.intake.workbook_formats import BUILT_IN, Shows, decimal, moment, shows, written
from outcomes.intake.workbook_package import BLOCK, DAMAGED, Attributes, Package, parse, parser_for, reading

ERROR, UNCALCULATED = "error_value", "uncalculated"
BEYOND = (
    f"The sheet's used range goes beyond {MAX_ROWS:,} rows or {MAX_COLUMNS} columns: delete the rows and columns outside "
    "the table, or send it as CSV."
)
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\s*", re.ASCII)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass
class Row:
    """A row that holds something: the places (0 is column A) of its values.

    `midnights` are the places of dates at midnight whose format shows a time; `flaws` of cells that have no value.
    """

    number: int
    values: dict[int, str] = field(default_factory=dict)
    midnights: list[int] = field(default_factory=list)
    flaws: dict[int, str] = field(default_factory=dict)


def strings(package: Package) -> list[str]:
    """The strings that cells refer to by number."""
    found: list[str] = []
    if package.strings is None:
        return found
    parts: list[str] = []
    phonetic = kept = False

    def start(name: str, _: Attributes) -> None:
        nonlocal phonetic, kept
        if name == "si":
            parts.clear()
        elif name == "rPh":
            phonetic = True
        kept = name == "t" and not phonetic

    def end(name: str) -> None:
        nonlocal phonetic, kept
        kept = False
        name = name.rpartition(":")[2]
        if name == "si":
            found.append(_plain("".join(parts)))
        elif name == "rPh":
            phonetic = False

    def text(data: str) -> None:
        if kept:
            parts.append(data)

    parser = parser_for(start)
    parser.EndElementHandler, parser.CharacterDataHandler = end, text
    parse(package.archive, package.strings, parser)
    return found


def styles(package: Package) -> list[Shows]:
    """What each cell style shows of a number."""
    own: dict[int, Shows] = {}
    found: list[Shows] = []
    if package.styles is None:
        return found
    within = False

    def start(name: str, attributes: Attributes) -> None:
        nonlocal within
        if name == "numFmt" and not found:
            own[int(attributes["numFmtId"])] = shows(attributes.get("formatCode", ""))
        elif name == "xf" and within:
            id = int(attributes.get("numFmtId", "0"))
            found.append(own.get(id) or BUILT_IN.get(id, "number"))
        elif name in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            within = name == "cellXfs"

    parse(package.archive, package.styles, parser_for(start))
    return found


class Cells:
    """The parser of a sheet. `take` gets each row that holds something; `merged` says whether cells are merged."""

    def __init__(self, package: Package, take: Callable[[Row], None], *, only_references: bool = False) -> None:
        self.merged = False
        self._package, self._take = package, take
        self._strings = [] if only_references else strings(package)
        self._styles = [] if only_references else styles(package)
        self._skip_values = only_references
        self._places: dict[str, int] = {}
        self._row, self._place, self._size = Row(0), -1, 0
        self._cell: Attributes = {}
        self._text: list[str] = []
        self._keep = self._formula = self._within = self._phonetic = False
        self._parser = parser_for(self._start)
        # Called a million times: without the name's prefix taken off first.
        self._parser.StartElementHandler = self._start
        if not only_references:
            self._parser.EndElementHandler, self._parser.CharacterDataHandler = self._end, self._characters

    def read(self) -> None:
        """Read the visible sheet to its end; raises Unreadable."""
        parse(self._package.archive, self._package.sheet, self._parser)

    def look_at_start(self) -> None:
        """Hold the references in the first part of the sheet to the limits; raises Unreadable."""
        with reading(), self._package.archive.open(self._package.sheet) as stream:
            self._parser.Parse(stream.read(BLOCK))

    def _start(self, name: str, attributes: Attributes) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c" and self._within:
            self._start_cell(attributes)
        elif name in ("v", "t") and self._within:
            self._keep = not self._phonetic
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._phonetic = True
        elif name == "row" and self._within:
            number = attributes.get("r", str(self._row.number + 1))
            if not number.isascii() or not number.isdigit() or len(number) > 7 or int(number) <= self._row.number:
                raise Unreadable(DAMAGED)
            self._row, self._place, self._size = Row(int(number)), -1, 0
        elif name == "sheetData":
            self._within = True
        elif name == "mergeCell":
            self.merged = True

    def _start_cell(self, attributes: Attributes) -> None:
        place = self._place + 1
        if reference := attributes.get("r"):
            match = _REFERENCE.fullmatch(reference)
            if match is None or int(match[2]) != self._row.number:
                raise Unreadable(DAMAGED)
            letters = match[1]
            if letters not in self._places:
                self._places[letters] = _place(letters)
            place = self._places[letters]
        if place >= MAX_COLUMNS or self._row.number > MAX_ROWS:
            raise Unreadable(BEYOND)
        if place <= self._place:
            raise Unreadable(DAMAGED)
        self._place, self._cell, self._formula = place, attributes, False
        self._text.clear()

    def _characters(self, data: str) -> None:
        if self._keep:
            self._text.append(data)
            self._size += len(data)
            if self._size > MAX_LINE:
                raise Unreadable("A row is longer than 1 MiB: look for a text that fell into a cell.")

    def _end(self, name: str) -> None:
        self._keep = False
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c" and self._within:
            self._end_cell()
        elif name == "row" and self._within:
            if self._row.values or self._row.flaws:
                self._take(self._row)
        elif name == "rPh":
            self._phonetic = False
        elif name == "sheetData":
            self._within = False

    def _end_cell(self) -> None:
        kind, text = self._cell.get("t", "n"), "".join(self._text)
        if kind == "s" and text:
            number = int(text)
            if not 0 <= number < len(self._strings):
                raise Unreadable(DAMAGED)
            value = self._strings[number]
            self._size += len(value)
            if self._size > MAX_LINE:
                raise Unreadable("A row is longer than 1 MiB: look for a text that fell into a cell.")
        elif kind in ("str", "inlineStr", "s"):
            value = _plain(text)
        elif self._formula and not text:
            self._row.flaws[self._place] = UNCALCULATED
            return
        elif kind == "b":
            value = {"1": "TRUE", "0": "FALSE", "": ""}.get(text, "")
        elif kind == "e" or (text and kind not in ("n", "d")):
            self._row.flaws[self._place] = ERROR
            return
        else:
            value = self._number(kind, text) if text else ""
        if value:
            self._row.values[self._place] = value

    def _number(self, kind: str, text: str) -> str:
        style = int(self._cell.get("s", "0"))
        format = self._styles[style] if 0 <= style < len(self._styles) else "number"
        midnight = False
        if kind == "d":
            value, midnight = written(datetime.fromisoformat(text), format)
        else:
            number = float(text) if _NUMBER.fullmatch(text) else float("nan")
            if not isfinite(number):
                self._row.flaws[self._place] = ERROR
                return ""
            if format == "number":
                return decimal(number)
            value, midnight = moment(number, format, from_1904=self._package.from_1904)
        if midnight:
            self._row.midnights.append(self._place)
        return value


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _plain(text: str) -> str:
    """A text with Excel's own escapes undone: `_x000D_` is a carriage return, `_x005F_` a low line."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda m: m[0] if 0xD800 <= int(m[1], 16) < 0xE000 else chr(int(m[1], 16)), text)
