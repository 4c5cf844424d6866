"""A finished PDF is opened again and held to what it claims: PDF/A-3a and PDF/UA-1, figures attached, light to mail.

Owns the rules that a program can check, with pikepdf: another program than the one that writes PDFs here. Promises a
refusal in one sentence for the first rule that is broken. Never judges whether an alternative text or an order of reading
is a good one: that takes a person.
"""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf

from outcomes.errors import OutcomesError

# What mail servers take without asking.
LARGEST = 2_000_000
ATTACHED = ("figures.csv", "figures.json")
_ABOUT = {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
_HEADINGS = {f"/H{level}": level for level in range(1, 7)}
_NOTHING = pikepdf.Dictionary()
_FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")


def check_soundness(pdf: bytes, where: str) -> None:
    """Raise OutcomesError, with what is wrong, for a PDF that must not go out."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            wrong = next(_faults(opened, len(pdf)), "")
    except pikepdf.PdfError as error:
        wrong = f"it is no PDF ({error})"
    if wrong:
        raise OutcomesError(
            f"{where} did not pass its own check, so it was not made, as {wrong}: put the templates in "
            "report_templates/scorecard back as they came, or mend them."
        )


def _faults(pdf: pikepdf.Pdf, size: int) -> Iterator[str]:
    if size > LARGEST:
        yield f"it has {size:,} bytes, and mail takes {LARGEST:,}"
    yield from _claims(pdf)
    yield from _tags(pdf)
    yield from _fonts(pdf)
    if "/First" not in pdf.Root.get("/Outlines", _NOTHING):
        yield "it has no bookmarks"
    yield from _attachments(pdf)
    yield from _actions(pdf)


def _claims(pdf: pikepdf.Pdf) -> Iterator[str]:
    """What the file says about itself."""
    root = pdf.Root
    if not str(root.get("/Lang", "")):
        yield "it does not say in which language it is"
    if not bool(root.get("/MarkInfo", _NOTHING).get("/Marked", False)):
        yield "it is not marked as tagged"
    if not bool(root.get("/ViewerPreferences", _NOTHING).get("/DisplayDocTitle", False)):
        yield "it shows its file's name in place of its title"
    about = pdf.open_metadata()
    if not (about.get("dc:title") or "").strip():
        yield "it has no title"
    for name, value in _ABOUT.items():
        if about.get(name) != value:
            yield f"its description does not claim {name} {value}"
    if not any("/DestOutputProfile" in intent for intent in root.get("/OutputIntents", ())):
        yield "it does not say for which colours it was made"


def _tags(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Headings, figures and tables, as a screen reader meets them."""
    tags = list(_elements(pdf.Root.get("/StructTreeRoot", _NOTHING).get("/K")))
    if not tags:
        yield "it has no tags"
    deepest = 0
    for tag in tags:
        if level := _HEADINGS.get(str(tag.S), 0):
            if level > deepest + 1:
                yield (
                    f"a heading of level {level} follows one of level {deepest}"
                    if deepest
                    else (f"its first heading is of level {level}")
                )
            deepest = level
        elif tag.S == "/Figure" and not str(tag.get("/Alt", "")).strip():
            yield "a figure has no alternative text"
        elif tag.S == "/Table":
            yield from _table(list(_elements(tag.get("/K"))))
    if not deepest:
        yield "it has no heading"


def _table(tags: list[Any]) -> Iterator[str]:
    headers = {str(tag.get("/ID", "")) for tag in tags if tag.S == "/TH"}
    if not headers:
        yield "a table has no header cell"
    for tag in tags:
        if tag.S == "/TD":
            attributes = tag.get("/A", _NOTHING)
            known = [str(h) for a in _listed(attributes) for h in a.get("/Headers", ())]
            if not known or not headers.issuperset(known):
                yield "a table cell does not know its headers"


def _elements(node: Any) -> Iterator[Any]:
    """The tags of a tree in the order of reading. It is walked without recursion, as it can be deep."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, pikepdf.Array):
            waiting += reversed(list(here))
        elif isinstance(here, pikepdf.Dictionary) and "/S" in here:
            yield here
            waiting.append(here.get("/K"))


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Dictionary):
            continue
        for font in (item, *item.get("/Resources", _NOTHING).get("/Font", _NOTHING).values()):
            # A composite font stands on another, which has the letters.
            if font.get("/Type") != "/Font" or font.get("/Subtype") in {"/Type0", "/Type3"}:
                continue
            if not any(name in font.get("/FontDescriptor", _NOTHING) for name in _FONT_FILES):
                yield f"the font {str(font.get('/BaseFont', '')).removeprefix('/')} is not embedded"


def _attachments(pdf: pikepdf.Pdf) -> Iterator[str]:
    there = {name: attached.obj for name, attached in pdf.attachments.items()}
    for name in ATTACHED:
        if name not in there:
            yield f"{name} is not attached"
    # The document's own list of what belongs to it.
    own = {item.objgen for item in pdf.Root.get("/AF", ())}
    for name, item in sorted(there.items()):
        if "/AFRelationship" not in item:
            yield f"the attachment {name} does not say what it is to the scorecard"
        if item.objgen not in own:
            yield f"the attachment {name} is not listed as one of the document"


def _actions(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Nothing may run, and nothing may lead out of the file."""
    root = pdf.Root
    if "/JavaScript" in root.get("/Names", _NOTHING):
        yield "it holds a script"
    for holder in (root, *(page.obj for page in pdf.pages)):
        if "/OpenAction" in holder or "/AA" in holder:
            yield "it does something when it is opened"
    if "/AcroForm" in root:
        yield "it holds a form"
    links = [note for page in pdf.pages for note in page.obj.get("/Annots", ())]
    for holder in (*links, *_bookmarks(root.get("/Outlines", _NOTHING))):
        kind = holder.get("/A", _NOTHING).get("/S", "/GoTo")
        if "/AA" in holder or kind != "/GoTo":
            yield f"a link in it leads elsewhere ({str(kind).removeprefix('/')})"


def _bookmarks(outlines: Any) -> Iterator[Any]:
    waiting = [outlines.get("/First")]
    while waiting:
        if (here := waiting.pop()) is not None:
            yield here
            waiting += [here.get("/Next"), here.get("/First")]


def _listed(value: Any) -> list[Any]:
    """One thing, or a list of them: PDF allows either in many places."""
    return list(value) if isinstance(value, pikepdf.Array) else [value]
