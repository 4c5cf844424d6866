"""The check of a finished PDF: a real scorecard passes; one that is damaged in a single way is refused, with that reason."""

import io
import shutil
import subprocess
from collections.abc import Callable
from hashlib import shake_128
from pathlib import Path

import pikepdf
import pytest
from fictional_editions import edition, fifths, linked, measure
from pikepdf import Array, Dictionary, Name, String
from test_scorecards_pdf import structure

from outcomes.errors import OutcomesError
from outcomes.scorecards import render_pdf
from outcomes.scorecards.soundness import LARGEST, check_soundness

pytestmark = pytest.mark.weasyprint


@pytest.fixture(scope="module")
def made() -> bytes:
    words = [measure(n) for n in range(2)]
    paid = fifths(words[0], (230, 240, 250, 260, 270))
    return render_pdf(edition(measures=words, payment=["place_achieved"], more=paid, linked=linked()), "A1")


def damaged(pdf: bytes, damage: Callable[[pikepdf.Pdf], object]) -> bytes:
    body = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        damage(opened)
        opened.save(body)
    return body.getvalue()


def first(pdf: pikepdf.Pdf, kind: str) -> Dictionary:
    """The first tag of a kind."""
    return next(tag for tag in structure(pdf.Root.StructTreeRoot.K) if kind == tag.S)


def tagged(kind: str, damage: Callable[[Dictionary], object]) -> Callable[[pikepdf.Pdf], object]:
    """A damage of the first tag of a kind."""
    return lambda pdf: damage(first(pdf, kind))


def described(before: str, after: str) -> Callable[[pikepdf.Pdf], None]:
    """Other words in the description."""

    def damage(pdf: pikepdf.Pdf) -> None:
        text = pdf.Root.Metadata.read_bytes().decode()
        assert before in text
        pdf.Root.Metadata.write(text.replace(before, after).encode())

    return damage


def removed(name: str, holder: Callable[[pikepdf.Pdf], Dictionary] = lambda pdf: pdf.Root) -> Callable[..., None]:
    def damage(pdf: pikepdf.Pdf) -> None:
        del holder(pdf)[name]

    return damage


def put(name: str, value: pikepdf.Object | bool, holder: Callable[[pikepdf.Pdf], Dictionary]) -> Callable[..., None]:
    def damage(pdf: pikepdf.Pdf) -> None:
        holder(pdf)[name] = value

    return damage


def root(pdf: pikepdf.Pdf) -> Dictionary:
    return pdf.Root


def page(pdf: pikepdf.Pdf) -> Dictionary:
    return pdf.pages[1].obj


def bookmark(pdf: pikepdf.Pdf) -> Dictionary:
    return pdf.Root.Outlines.First.First


def without_font_file(pdf: pikepdf.Pdf) -> None:
    for descriptor in [o for o in pdf.objects if isinstance(o, Dictionary) and "/FontName" in o]:
        for name in ("/FontFile", "/FontFile2", "/FontFile3"):
            if name in descriptor:
                del descriptor[name]


def with_a_font_of_the_reader(pdf: pikepdf.Pdf) -> None:
    page(pdf).Resources = Dictionary(
        Font=Dictionary(F9=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    )


def without_header_cells(pdf: pikepdf.Pdf) -> None:
    for tag in list(structure(first(pdf, "/Table").K)):
        if tag.S == "/TH":
            tag.S = Name.TD


def attached(pdf: pikepdf.Pdf) -> Dictionary:
    return pdf.attachments["figures.csv"].obj


def link(kind: str, **more: object) -> Array:
    """A note on a page that leads somewhere, or does something."""
    action = Dictionary(S=Name(kind), **more)
    return Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)])


URI = String("https://example.invalid/")

DAMAGES: dict[str, tuple[Callable[[pikepdf.Pdf], object], str]] = {
    "no language": (removed("/Lang"), "it does not say in which language it is"),
    "not marked": (put("/Marked", False, lambda pdf: pdf.Root.MarkInfo), "it is not marked as tagged"),
    "nothing marked": (removed("/MarkInfo"), "it is not marked as tagged"),
    "title not displayed": (removed("/ViewerPreferences"), "its file's name in place of its title"),
    "no title": (described("End-of-life care scorecard, Ashdown, April 2018, edition 1", ""), "it has no title"),
    "no PDF/UA": (described("<pdfuaid:part>1<", "<pdfuaid:part>2<"), "does not claim pdfuaid:part 1"),
    "no PDF/A-3": (described('pdfaid:part="3"', 'pdfaid:part="2"'), "does not claim pdfaid:part 3"),
    "PDF/A without tags": (
        described('pdfaid:conformance="A"', 'pdfaid:conformance="B"'),
        "does not claim pdfaid:conformance A",
    ),
    "no description": (removed("/Metadata"), "it has no title"),
    "no tree of tags": (removed("/StructTreeRoot"), "it has no tags"),
    "an empty tree": (put("/K", Array(), lambda pdf: pdf.Root.StructTreeRoot), "it has no tags"),
    "a figure without text": (
        removed("/Alt", lambda pdf: first(pdf, "/Figure")),
        "a figure has no alternative text",
    ),
    "a figure with blank text": (
        tagged("/Figure", lambda tag: tag.__setattr__("Alt", String(" "))),
        "a figure has no alternative text",
    ),
    "a heading skipped": (
        tagged("/H3", lambda tag: tag.__setattr__("S", Name.H4)),
        "a heading of level 4 follows one of level 2",
    ),
    "no first heading": (
        tagged("/H1", lambda tag: tag.__setattr__("S", Name.P)),
        "its first heading is of level 2",
    ),
    "a cell without headers": (
        removed("/Headers", lambda pdf: first(pdf, "/TD").A),
        "a table cell does not know its headers",
    ),
    "a cell whose headers are not there": (
        put("/Headers", Array([String("nobody")]), lambda pdf: first(pdf, "/TD").A),
        "a table cell does not know its headers",
    ),
    "a table without headers": (without_header_cells, "a table has no header cell"),
    "a font not embedded": (without_font_file, "is not embedded"),
    "a font that the reader has to have": (with_a_font_of_the_reader, "the font Helvetica is not embedded"),
    "no bookmarks": (removed("/Outlines"), "it has no bookmarks"),
    "no bookmark in the list": (removed("/First", lambda pdf: pdf.Root.Outlines), "it has no bookmarks"),
    "no CSV": (lambda pdf: pdf.attachments.__delitem__("figures.csv"), "figures.csv is not attached"),
    "no JSON": (lambda pdf: pdf.attachments.__delitem__("figures.json"), "figures.json is not attached"),
    "an attachment without relation": (
        removed("/AFRelationship", attached),
        "the attachment figures.csv does not say what it is to the scorecard",
    ),
    "an attachment not listed": (removed("/AF"), "the attachment figures.csv is not listed as one of the document"),
    "no colours": (removed("/OutputIntents"), "it does not say for which colours it was made"),
    "a script": (
        put("/JavaScript", Dictionary(Names=Array()), lambda pdf: pdf.Root.Names),
        "it holds a script",
    ),
    "a script when opened": (
        put("/OpenAction", Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")), root),
        "it does something when it is opened",
    ),
    "an action on a page": (put("/AA", Dictionary(), page), "it does something when it is opened"),
    "an action at the end": (put("/AA", Dictionary(), root), "it does something when it is opened"),
    "a form": (put("/AcroForm", Dictionary(Fields=Array()), root), "it holds a form"),
    "a link out": (put("/Annots", link("/URI", URI=URI), page), "a link in it leads elsewhere (URI)"),
    "a link to another file": (
        put("/Annots", link("/GoToR", F=String("other.pdf")), page),
        "a link in it leads elsewhere (GoToR)",
    ),
    "a link that starts a program": (
        put("/Annots", link("/Launch", F=String("x")), page),
        "a link in it leads elsewhere (Launch)",
    ),
    "a link that runs a script": (
        put("/Annots", link("/JavaScript", JS=String("x")), page),
        "a link in it leads elsewhere (JavaScript)",
    ),
    "a bookmark out": (
        put("/A", Dictionary(S=Name.URI, URI=URI), bookmark),
        "a link in it leads elsewhere (URI)",
    ),
    "too heavy": (
        lambda pdf: setattr(pdf.Root, "Ballast", pikepdf.Stream(pdf, shake_128(b"").digest(LARGEST))),
        "and mail takes 2,000,000",
    ),
}


def test_a_scorecard_is_sound_also_when_another_program_has_saved_it(made: bytes) -> None:
    check_soundness(made, "It")
    check_soundness(damaged(made, lambda pdf: None), "It")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_refused_with_the_reason(made: bytes, damage: str) -> None:
    change, reason = DAMAGES[damage]
    with pytest.raises(OutcomesError) as refused:
        check_soundness(damaged(made, change), "The scorecard of A1")
    assert reason in str(refused.value)
    assert str(refused.value).startswith("The scorecard of A1 did not pass its own check")


def test_what_is_no_pdf_is_refused() -> None:
    with pytest.raises(OutcomesError, match="as it is no PDF"):
        check_soundness(b"%PDF-1.7 cut short", "It")


def test_verapdf_finds_it_valid_as_both(made: bytes, tmp_path: Path) -> None:
    program = shutil.which("verapdf")
    if program is None:
        pytest.skip("The program verapdf is not on PATH, so PDF/A-3a and PDF/UA-1 are held by our own check alone.")
    scorecard = tmp_path / "scorecard.pdf"
    scorecard.write_bytes(made)
    for flavour in ("3a", "ua1"):
        told = subprocess.run(
            [program, "--flavour", flavour, "--format", "text", str(scorecard)], capture_output=True, text=True
        )
        assert told.stdout.startswith("PASS"), told.stdout + told.stderr
