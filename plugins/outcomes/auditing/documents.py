"""A PDF as a reader's program takes it apart: text, alternative texts, drawings, attachments, and what describes it.

Owns the reading, with PDFium: another program than the one that writes PDFs here. Promises the points of what is drawn as
they stand in the file. Never shows a page, and never follows a link.
"""

import ctypes
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from outcomes.auditing.drawings import XY, outline

_DEPTH = 8
_XMP = re.compile(rb"<rdf:RDF.*?</rdf:RDF>", re.DOTALL)

Matrix = tuple[float, ...]


@dataclass
class Document:
    """`drawings` has the outlines of each picture in order; `unread` what is there besides text and lines."""

    pages: list[str] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)
    drawings: list[list[list[XY]]] = field(default_factory=list)
    attachments: dict[str, bytes] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    bookmarks: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


def read_document(path: Path) -> Document:
    """Read a PDF; raises ValueError when it is none."""
    document = Document()
    try:
        opened = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        raise ValueError(f"{path.name} is no PDF.") from None
    with closing(opened) as pdf:
        document.about = dict(pdf.get_metadata_dict())
        document.bookmarks = [mark.get_title() for mark in pdf.get_toc()]
        for number in range(pdf.count_attachments()):
            attachment = pdf.get_attachment(number)
            document.attachments[attachment.get_name()] = bytes(attachment.get_data())
        for number in range(len(pdf)):
            _read_page(pdf[number], document)
    described = _XMP.search(path.read_bytes())
    document.about["XMP"] = re.sub(rb"<[^>]*>", b" ", described[0]).decode("utf-8", "replace") if described else ""
    return document


def _read_page(page: Any, document: Document) -> None:
    document.pages.append(page.get_textpage().get_text_range())
    if raw.FPDFPage_GetAnnotCount(page.raw):
        document.unread.add("notes or links")
    tree = raw.FPDF_StructTree_GetForPage(page.raw)
    for place in range(raw.FPDF_StructTree_CountChildren(tree)):
        document.alternatives += _alternatives(raw.FPDF_StructTree_GetChildAtIndex(tree, place))
    raw.FPDF_StructTree_Close(tree)
    drawn: Matrix = ()
    for item in page.get_objects(max_depth=_DEPTH):
        if item.type in {raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING}:
            document.unread.add("pictures")
        if item.type != raw.FPDF_PAGEOBJ_PATH or not _is_picture(matrix := item.get_matrix().get()):
            continue
        # All that is drawn in one picture is moved and scaled alike, and no two pictures are.
        if matrix != drawn:
            document.drawings.append([])
            drawn = matrix
        document.drawings[-1].append(_outline(item.raw))


def _is_picture(matrix: Matrix) -> bool:
    """A picture has a place of its own on the page; borders and backgrounds are drawn on the page itself."""
    a, b, c, d, left, _ = matrix
    return b == c == 0 and a == -d and left != 0


def _outline(path: Any) -> list[XY]:
    points: list[XY] = []
    curved = closed = False
    for number in range(raw.FPDFPath_CountSegments(path)):
        segment = raw.FPDFPath_GetPathSegment(path, number)
        x, y = ctypes.c_float(), ctypes.c_float()
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        curved |= raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_BEZIERTO
        closed |= bool(raw.FPDFPathSegment_GetClose(segment))
        points.append((round(x.value, 4), round(y.value, 4)))
    return outline(points, closed=curved or closed)


def _alternatives(element: Any) -> Iterator[str]:
    """The alternative texts of an element and all below it, in order."""
    if not element:
        return
    size = raw.FPDF_StructElement_GetAltText(element, None, 0)
    if size > len("\0".encode("utf-16-le")):
        text = ctypes.create_string_buffer(size)
        raw.FPDF_StructElement_GetAltText(element, text, size)
        yield text.raw[:-2].decode("utf-16-le")
    for place in range(raw.FPDF_StructElement_CountChildren(element)):
        yield from _alternatives(raw.FPDF_StructElement_GetChildAtIndex(element, place))
