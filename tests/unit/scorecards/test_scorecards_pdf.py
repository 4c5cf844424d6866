"""The PDF: complete, locked, the same bytes twice, and refused where its layout does not hold.

What every finished PDF is held to (tags, headings, headers, fonts, claims) has its tests in test_scorecards_soundness.py.
"""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fictional_editions import (
    CCGS,
    MEASURES,
    RISEN,
    STEADY,
    edition,
    extracts,
    fifths,
    figure,
    linked,
    measure,
    trusted,
)

from outcomes.errors import OutcomesError, SetupError
from outcomes.scorecards import pdf as pdf_module
from outcomes.scorecards import render_pdf
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.layout import lay_out
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.pdf import pdf_of
from outcomes.scorecards.rendering import Paper

pytestmark = pytest.mark.weasyprint


def busy() -> Contents:
    """Every kind of verdict and every state on one scorecard."""
    series = {
        ("place_achieved", "A1"): RISEN,
        ("crisis", "A1"): RISEN,
        ("in_hospital", "A1"): [*STEADY[:-1], 150],
        ("home_days", "A1"): [*STEADY[:5], "c", *STEADY[6:]],
        ("usual_place", "A1"): [*STEADY[:-1], "c"],
        ("register", "A1"): [*STEADY[:-1], "missing"],
        ("recorded", "A1"): [*STEADY[:-1], "none"],
        ("shared", "A1"): [*STEADY[:-1], ("p", 90)],
    }
    words = [measure(number, target=0.2 if number == 1 else 55) for number in range(9)]
    by_deprivation = [(230, 240, 250, 260, 270), ("c", 240, "none", 260, "missing"), (("p", 250),) * 5, ("c",) * 5]
    return edition(
        series,
        measures=words,
        submissions=trusted(*extracts(H9="flex", B2="missing"), in_time=False, volume="fewer", filled="too_few"),
        payment=[words[n].id for n in range(len(by_deprivation))],
        linked=linked(A1="c", B2="missing"),
        more=[f for n, cells in enumerate(by_deprivation) for f in fifths(words[n], cells)],
    )


@pytest.fixture(scope="module")
def contents() -> Contents:
    return busy()


@pytest.fixture(scope="module")
def made(contents: Contents) -> bytes:
    return render_pdf(contents, "A1")


@pytest.fixture(scope="module")
def opened(made: bytes) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(made)) as pdf:
        yield pdf


def text_of(pdf: bytes) -> str:
    """The words of every page, one space between them."""
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


def page(body: str) -> Paper:
    """A page in the scorecard's style."""
    head = '<meta charset="utf-8"><title>A page</title>'
    html = f'<!doctype html><html lang="en-GB"><head>{head}</head><body><h1>A page</h1>{body}</body></html>'
    return Paper(html, {})


FILES = {"figures.csv": b"measure\n", "figures.json": b"{}"}


def structure(node: Any) -> Iterator[pikepdf.Dictionary]:
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from structure(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from structure(node["/K"])


def test_there_are_five_pages_of_a4(opened: pikepdf.Pdf) -> None:
    assert len(opened.pages) == 5
    for page in opened.pages:
        assert [round(float(n)) for n in page.mediabox] == [0, 0, 595, 842]


def test_every_printed_number_and_word_is_in_the_text(made: bytes, contents: Contents) -> None:
    text, card = text_of(made), scorecard(contents, "A1")
    for panel in card.panels:
        judged = panel.judged
        for part in (judged.value, judged.likely, judged.counts, judged.period, panel.target, panel.word, panel.why):
            assert part in text, (panel.measure.id, part)
        # Of the latest period, where more of it is to come in, the value alone.
        assert panel.period in text
        assert panel.value in text
        for note in panel.notes:
            assert note in text
    for line in card.comparison:
        assert line.stp.value in text
        assert all(cell.value in text for cell in line.ccgs)
    for group in card.messages:
        assert all(item.lead in text and item.text in text for item in group.items)
        assert group.ask in text
    assert card.headline in text
    assert card.equity is not None
    assert card.equity.sentence in text
    for gap in card.equity.gaps:
        assert all(part in text for part in (gap.most, gap.least, gap.gap, gap.likely, gap.word, gap.across, gap.own))
    assert card.submitted.summary in text
    for extract in card.submitted.extracts:
        assert all(part in text for part in (extract.title, extract.supplier, extract.sent.words))
        assert all(cell.words in text for cell in extract.quality)
    assert all(line.value in text and line.counts in text for line in card.submitted.linked)
    for words in ("Withheld", "Not sent", "No one in this group", "Provisional", "[c] of [c]", "nearest 5"):
        assert words in text


def test_it_names_itself_and_the_day_it_was_made(opened: pikepdf.Pdf) -> None:
    assert str(opened.Root.Lang) == "en-GB"
    with opened.open_metadata() as about:
        assert about["dc:title"] == "End-of-life care scorecard, Ashdown, April 2018, edition 1"
        assert about["xmp:CreateDate"].startswith("2018-06-14")


def test_every_drawing_and_every_cell_is_tagged(opened: pikepdf.Pdf) -> None:
    nodes = list(structure(opened.Root.StructTreeRoot.K))
    figures = [node for node in nodes if node.S == "/Figure"]
    # A chart for each of nine measures, four sparklines, and a strip for at least five CCGs in each comparison.
    assert len(figures) > 9 + 4 + 9 * 5 + 3
    # Three of the four outcomes have a fifth with a figure.
    assert sum(", by deprivation: " in str(node.Alt) for node in figures) == 3
    assert sum(node.S == "/H1" for node in nodes) == 1
    assert sum(node.S == "/TD" for node in nodes) > 60


def test_every_font_is_ours(opened: pikepdf.Pdf) -> None:
    descriptors = [o for o in opened.objects if isinstance(o, pikepdf.Dictionary) and "/FontName" in o]
    names = {str(one.FontName) for one in descriptors}
    assert names
    assert all("Source-Sans" in name or "SourceSans" in name or "Scorecard" in name for name in names), names


def test_there_are_bookmarks_to_every_measure(opened: pikepdf.Pdf) -> None:
    with opened.open_outline() as outline:
        titles: list[str] = []

        def collect(items: Any) -> None:
            for item in items:
                titles.append(item.title)
                collect(item.children)

        collect(outline.root)
    assert "Where every measure stands" in titles
    assert [t for t in titles if t[0].isdigit()] == [f"{n}. {m[2]}" for n, m in enumerate(MEASURES, 1)]


def test_the_figures_of_the_area_are_attached_and_of_no_other(opened: pikepdf.Pdf, contents: Contents) -> None:
    assert list(opened.attachments) == ["figures.csv", "figures.json"]
    attached = json.loads(opened.attachments["figures.json"].get_file().read_bytes())
    assert {f["area"] for f in attached["figures"]} == {"A1"}
    assert attached["edition"]["period"] == "2018-04"
    withheld = [f for f in attached["figures"] if f["state"] == "suppressed"]
    assert withheld
    assert all((f["value"], f["denominator"], f["numerator"]) == ("", "[c]", "[c]") for f in withheld)
    table = list(csv.DictReader(io.StringIO(opened.attachments["figures.csv"].get_file().read_bytes().decode())))
    assert {row["area"] for row in table} == {"A1"}
    assert len(table) == len(attached["figures"]) == sum(f.area == "A1" for f in contents.figures)


def test_two_processes_make_the_same_bytes(made: bytes) -> None:
    here = Path(__file__).parent
    code = (
        "import hashlib, test_scorecards_pdf as t; from outcomes.scorecards import render_pdf; "
        "print(hashlib.sha256(render_pdf(t.busy(), 'A1')).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{here}:{Path(pdf_module.__file__).parents[2]}", "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == hashlib.sha256(made).hexdigest()


@pytest.mark.parametrize(
    "planted",
    [
        '<img src="http://example.invalid/x.png">',
        '<img src="file:///etc/hostname">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><image href="http://example.invalid/x.png"/></svg>',
        '<link rel="stylesheet" href="other.css">',
        '<object data="https://example.invalid/x.svg"></object>',
    ],
)
def test_nothing_is_fetched(contents: Contents, planted: str) -> None:
    with pytest.raises(OutcomesError, match=r"asks for something that is not packaged|WeasyPrint complained"):
        pdf_of(page(planted), 1, FILES, contents, "A1")


def test_what_is_packaged_is_found(contents: Contents) -> None:
    assert text_of(pdf_of(page("<p>Well.</p>"), 1, FILES, contents, "A1")) == "A page Well. Page 1 of 1"


def test_a_layout_that_overflows_is_refused(contents: Contents) -> None:
    with pytest.raises(OutcomesError, match="takes 2 pages where 1 were planned, so its layout overflows"):
        pdf_of(page("<p>One line more.</p>" * 80), 1, FILES, contents, "A1")


@pytest.mark.parametrize(
    "strayed",
    [
        '<p style="width: 20mm; white-space: nowrap">A sentence that is much too long for its place</p>',
        '<div style="width: 20mm"><table><tr><td style="white-space: nowrap">A table wider than that</td></table></div>',
        '<div style="height: 4mm"><p>One line.</p><p>Another, over what follows.</p></div><p>It follows.</p>',
    ],
)
def test_words_that_leave_their_place_are_refused(contents: Contents, strayed: str) -> None:
    with pytest.raises(OutcomesError, match="words that leave their place on page 1"):
        pdf_of(page(strayed), 1, FILES, contents, "A1")


LINE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><title>A line</title><path d="M0 10H40"/></svg>'


@pytest.mark.parametrize(
    ("planted", "over", "under"),
    [
        (
            '<p style="margin-bottom: -3mm">A sentence.</p><p>Another over it.</p>',
            "“A sentence.”",
            "“Another over it.”",
        ),
        (
            '<p>A sentence.</p><img alt="A line" src="line.svg" style="position: relative; top: -4mm; width: 20mm">',
            "“A sentence.”",
            "a picture",
        ),
    ],
)
def test_things_that_lie_over_each_other_are_refused(contents: Contents, planted: str, over: str, under: str) -> None:
    laid = Paper(page(planted).html, {"line.svg": LINE.encode()})
    with pytest.raises(OutcomesError, match="lie over each other on page 1") as refused:
        pdf_of(laid, 1, FILES, contents, "A1")
    assert {over, under} <= set(re.findall(r"“[^”]*”|a picture", str(refused.value)))


def test_lines_set_close_and_a_picture_beside_words_are_no_overlap(contents: Contents) -> None:
    close = '<p style="line-height: 1">Two lines that stand<br>as close as they do here.</p>'
    beside = '<p><img alt="A line" src="line.svg" style="width: 20mm; vertical-align: middle"> Its words.</p>'
    laid = Paper(page(close + beside).html, {"line.svg": LINE.encode()})
    assert "as close as they do here. Its words." in text_of(pdf_of(laid, 1, FILES, contents, "A1"))


def test_a_letter_that_no_font_has_is_refused_by_name() -> None:
    words = measure(0, title="Score ≥ 3")
    with pytest.raises(OutcomesError, match=r"no packaged font can print: write ≥ \(U\+2265\) another way"):
        render_pdf(edition(measures=[words]), "A1")


def test_a_letter_of_the_rest_of_latin_is_printed_in_the_packaged_fonts() -> None:
    words = measure(0, title="Cared for in Tŷ Gŵyl")
    made = render_pdf(edition(measures=[words]), "A1")
    assert "Cared for in Tŷ Gŵyl" in text_of(made)
    with pikepdf.open(io.BytesIO(made)) as opened:
        fonts = {str(f.BaseFont) for f in opened.objects if isinstance(f, pikepdf.Dictionary) and "/BaseFont" in f}
    assert all("Scorecard-Sans" in name for name in fonts)
    assert any("Extended" in name for name in fonts)


def test_a_complaint_of_weasyprint_fails_the_build(contents: Contents) -> None:
    with pytest.raises(OutcomesError, match="as WeasyPrint complained"):
        pdf_of(page('<p style="colour: red">Red</p>'), 1, FILES, contents, "A1")


def test_a_month_in_which_everything_got_worse_still_goes_out() -> None:
    worse = {
        (id, "S1"): RISEN if d != "higher_is_better" else tuple(200 - c for c in RISEN) for id, *_, d, _g in MEASURES
    }
    words = [measure(number, target=1 if number in {1, 2} else 99) for number in range(9)]
    before = edition({}, measures=words)
    late = edition(worse, measures=words, number=2, replaces=1, earlier=before.figures)
    text = text_of(render_pdf(late, "S1"))
    assert "What changed since edition 1" in text
    # Once in its tile or the matrix's row, and once in each of the eight panels.
    assert text.count("Getting worse.") == 8
    assert text.count("8 months in a row") >= 8


def test_more_measures_flow_to_further_pages() -> None:
    count = 30
    words = [measure(number % 9, target=60).model_copy(update={"id": f"m{number}"}) for number in range(count)]
    contents = edition(measures=words)
    made = render_pdf(contents, "A1")
    assert len(pypdfium2.PdfDocument(made)) == lay_out(scorecard(contents, "A1")).pages
    assert f"{count}. " in text_of(made)


@pytest.mark.parametrize("area", ["S1", "A1"])
def test_a_full_scorecard_with_all_there_is_to_say_has_room(area: str) -> None:
    """Twenty-nine measures, nine of them paid on, each with something missing; forty-one extracts, all with a weak point."""
    words = [measure(n % 9, target=60).model_copy(update={"id": f"m{n}"}) for n in range(29)]
    paid = words[:9]
    year = [f for one in paid for f in fifths(one, ("c", 240, "none", 260, "missing"))]
    year += [
        figure(one, code, "rolling-12", "2018-03", cell)
        for one in paid
        for code, cell in zip(CCGS, ("c", "few", 90, 100, "none", "missing"), strict=True)
    ]
    senders = [
        s.model_copy(update={"feed": f"f{n}", "feed_title": f"A feed with a long name, number {n}"})
        for n in range(5)
        for s in extracts(H9="flex")
    ]
    senders += [
        senders[6].model_copy(update={"feed": f"g{n}", "feed_title": f"Another feed, number {n}"}) for n in range(6)
    ]
    contents = edition(
        measures=words,
        submissions=trusted(*senders, in_time=False, volume="fewer"),
        payment=[m.id for m in paid],
        linked=linked(A1="c", B2=("p", 390), C3=("p", 390)),
        more=year,
    )
    assert len(senders) == 41
    text = text_of(render_pdf(contents, area))
    assert "Cannot be told: most deprived withheld [c]; no one in third; least deprived not sent" in text
    assert text.count("First version only") == 1 + 11


@pytest.mark.parametrize("state", ["c", "missing", "none", "few"])
def test_a_ccg_without_any_figure_has_a_scorecard(state: str) -> None:
    empty = {(id, "A1"): [state] * (7 if grain == "quarter" else 24) for id, *_, grain in MEASURES}
    text = text_of(render_pdf(edition(empty), "A1"))
    assert text.count("There is no figure to draw.") == 9
    assert "0%" not in text.replace("100%", "").replace("50%", "")


def test_missing_system_libraries_are_named(contents: Contents, monkeypatch: pytest.MonkeyPatch) -> None:
    # None in sys.modules makes the import fail, as it does where pango is not installed.
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(SetupError, match=re.escape("libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig")):
        render_pdf(contents, "A1")
