"""Large print: the scorecard's own words and drawings in one column, no letter small, in a folder of its own."""

import re
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw
import pytest
from fictional_editions import CCGS, edition, measure
from test_scorecards_extremes import EDITIONS, SEEN
from test_scorecards_pdf import busy, text_of

from outcomes.errors import SafetyRefusal
from outcomes.scorecards import publish, render_html, write_edition, write_large_print
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.pdf import render_large_print

SMALLEST = 16
NUMBER = re.compile(r"£?\d[\d,.]*\d%?|\d%?")


@pytest.fixture(scope="module")
def contents() -> Contents:
    return busy()


@pytest.fixture(scope="module")
def made(contents: Contents) -> bytes:
    return render_large_print(contents, "A1")


@pytest.mark.weasyprint
def test_no_letter_is_smaller_than_sixteen_points(made: bytes) -> None:
    """Also in the charts: their letters are drawn at the scale of the page."""
    small, sizes = set(), set()
    for page in pypdfium2.PdfDocument(made):
        text = page.get_textpage()
        for place in range(text.count_chars()):
            scale = raw.FS_MATRIX()
            raw.FPDFText_GetMatrix(text.raw, place, scale)
            size = round(raw.FPDFText_GetFontSize(text.raw, place) * scale.d, 1)
            letter = text.get_text_range(place, 1)
            if not letter.isspace():
                (small if size < SMALLEST else sizes).add((letter, size))
    assert ("E", 34.0) in sizes
    # In an icon a question mark is a drawing; the icon's word stands below the chart.
    assert {letter for letter, _ in small} == {"?"}


@pytest.mark.weasyprint
def test_it_says_what_the_scorecard_says(made: bytes, contents: Contents) -> None:
    text, card = text_of(made), scorecard(contents, "A1")
    assert card.headline in text
    for panel in card.panels:
        judged = panel.judged
        for part in (judged.value, judged.likely, judged.counts, judged.period, panel.target, panel.word, panel.why):
            assert part in text, (panel.measure.id, part)
        # Of the latest period, where more of it is to come in, the value alone.
        assert panel.period in text
        assert panel.value in text
        assert all(note in text for note in panel.notes)
    for group in card.messages:
        assert all(item.lead in text and item.text in text for item in group.items)
        assert group.ask in text
    for line in card.comparison:
        told = [f"{cell.area.label} {cell.value}" for cell in line.ccgs]
        assert all(words in text for words in told), (line.measure.id, told)
    assert card.equity is not None
    for gap in card.equity.gaps:
        assert all(part in text for part in (gap.most, gap.least, gap.gap, gap.likely, gap.word, gap.across, gap.own))
    for extract in card.submitted.extracts:
        assert f"{extract.supplier}. Sent: " in text
        assert all(cell.words in text for cell in (extract.sent, *extract.quality))
    assert all(f"{c.area.label} {c.value} {c.counts}" in text for c in card.submitted.linked)


@pytest.mark.weasyprint
def test_it_has_no_number_that_the_web_edition_does_not_have(made: bytes, contents: Contents) -> None:
    document = pypdfium2.PdfDocument(made)
    text = text_of(made)
    for number in range(1, len(document) + 1):
        text = text.replace(f"Page {number} of {len(document)}", "")
    page = re.sub(r"<style>.*?</style>", "", render_html(contents, "A1"), flags=re.DOTALL)
    printed = set(NUMBER.findall(re.sub(r"<[^>]*>", " ", page)))
    # The scale beside a chart depends on its size.
    beside = {"47.5", "52.5", "57.5", "62.5", "0.45", "0.55"}
    assert set(NUMBER.findall(text)) - printed - beside == set()


@pytest.mark.parametrize("case", EDITIONS)
@pytest.mark.weasyprint
def test_an_extreme_month_keeps_its_place_on_every_page(case: str) -> None:
    """Words that leave their place, and a page that reaches over its edge, are refused while it is made."""
    seen, text = SEEN[case, "A1"], text_of(render_large_print(EDITIONS[case](), "A1"))
    assert seen.headline in text
    # Of the other CCGs: half at home and half in hospital leave none elsewhere.
    text = text.replace(" 0% elsewhere", "")
    assert not [words for words in seen.not_told if words in text]


def plain(contents: Contents, area: str) -> bytes:
    return f"%PDF {area} {contents.number}".encode()


def test_it_lies_beside_the_edition_and_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes have tests of their own; here they only have to follow from the contents."""
    monkeypatch.setattr(publish, "printed", lambda card: plain(card.contents, card.area.code))
    monkeypatch.setattr(publish, "render_large_print", plain)
    contents = edition(measures=[measure(0)])
    write_edition(contents, tmp_path)
    hashes = write_large_print(contents, tmp_path)
    assert set(hashes) == {f"large-print-{code}.pdf" for code in ["S1", *CCGS]}
    month = tmp_path / "2018-04"
    assert sorted(p.name for p in month.iterdir()) == ["edition-1", "edition-1-large-print"]
    assert "large-print-A1.pdf" not in {p.name for p in (month / "edition-1").iterdir()}
    assert write_large_print(contents, tmp_path) == hashes
    (month / "edition-1-large-print" / "large-print-A1.pdf").write_text("somebody was here")
    with pytest.raises(SafetyRefusal, match="another large-print-A1"):
        write_large_print(contents, tmp_path)
