"""Geometry and the web edition: what is drawn, and what is not."""

import re
import xml.etree.ElementTree as ET
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from fictional_editions import RISEN, STEADY, edition, extracts, figure, measure

from outcomes.scorecards import render_html
from outcomes.scorecards.contents import RebasedWords
from outcomes.scorecards.geometry import PAPER, SCREEN, SPARK, Box, draw, strips
from outcomes.scorecards.layout import lay_out
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.rendering import paper

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
NUMBER = re.compile(r"\d+\.\d{3,}")


@pytest.mark.parametrize("box", [PAPER, SCREEN, SPARK])
def test_all_that_is_drawn_lies_within_the_plot_and_in_order(box: Box) -> None:
    drawing = draw(scorecard(edition({("place_achieved", "S1"): RISEN}), "S1").panels[0], box)
    assert drawing is not None
    assert all(box.left <= d.x <= box.right and box.top <= d.y <= box.bottom for d in drawing.dots)
    assert [d.x for d in drawing.dots] == sorted(d.x for d in drawing.dots)
    (band,) = drawing.bands
    assert (band.left, band.right) == (box.left, box.right)
    # Downwards on the page is lower in value.
    assert band.upper < band.mean < band.lower
    assert 2 <= len(drawing.up) <= 5
    assert [t.label for t in drawing.across] == ["May 16", "May 17", "Apr 18"]


def test_equal_steps_in_value_are_equal_steps_on_paper() -> None:
    drawing = draw(scorecard(edition({("place_achieved", "S1"): list(range(80, 200, 5))}), "S1").panels[0], PAPER)
    assert drawing is not None
    ys = [d.y for d in drawing.dots]
    steps = [a - b for a, b in pairwise(ys)]
    assert max(steps) - min(steps) <= 0.02
    assert min(steps) > 0


def test_a_gap_breaks_the_line_and_has_no_dot() -> None:
    panel = scorecard(edition({("place_achieved", "S1"): [*STEADY[:10], "c", "missing", *STEADY[12:]]}), "S1").panels[0]
    drawing = draw(panel, PAPER)
    assert drawing is not None
    assert len(drawing.dots) == 22
    assert [len(line.split()) for line in drawing.lines] == [10, 12]


def test_signals_have_kinds_and_provisional_dots_are_hollow() -> None:
    drawing = draw(scorecard(edition({("crisis", "S1"): [*RISEN[:-1], ("p", 100)]}), "S1").panels[1], PAPER)
    assert drawing is not None
    assert [d.kind for d in drawing.dots][-3:] == ["concern", "concern", "common_cause"]
    assert [d.hollow for d in drawing.dots][-2:] == [False, True]


def test_limits_that_start_anew_are_drawn_apart_and_the_reason_is_printed() -> None:
    # A steady year at about half, then one at about 80 of 100.
    anew = [RebasedWords(measure="place_achieved", area=None, since="2017-05", reason="A new record went live.")]
    contents = edition({("place_achieved", "S1"): [*STEADY[:12], *(v + 60 for v in STEADY[12:])]}, rebased=anew)
    panel = scorecard(contents, "S1").panels[0]
    drawing = draw(panel, PAPER)
    assert drawing is not None
    before, after = drawing.bands
    assert (before.left, before.right, after.right) == (PAPER.left, after.left, PAPER.right)
    assert drawing.dots[11].x < before.right < drawing.dots[12].x
    # Higher in value is higher on the page, and no point lies outside its own part's limits.
    assert after.lower < before.upper
    assert {d.kind for d in drawing.dots} == {"common_cause"}
    assert "Limits anew from May 2017: A new record went live." in panel.notes


def test_limits_of_another_area_or_measure_do_not_start_anew() -> None:
    elsewhere = [
        RebasedWords(measure="place_achieved", area="A1", since="2017-05", reason="A new record went live."),
        RebasedWords(measure="crisis", area=None, since="2017-05", reason="A new record went live."),
    ]
    drawing = draw(scorecard(edition(rebased=elsewhere), "S1").panels[0], PAPER)
    assert drawing is not None
    assert len(drawing.bands) == 1


def test_below_twelve_points_no_limit_is_drawn() -> None:
    drawing = draw(
        scorecard(edition({("place_achieved", "S1"): ["c"] * 13 + list(STEADY[13:])}), "S1").panels[0], PAPER
    )
    assert drawing is not None
    assert drawing.bands == ()
    assert {d.kind for d in drawing.dots} == {"common_cause"}


def test_without_a_figure_nothing_is_drawn() -> None:
    assert draw(scorecard(edition({("place_achieved", "S1"): ["c"] * 24}), "S1").panels[0], PAPER) is None


def test_limits_do_not_leave_what_a_percentage_can_be() -> None:
    # 0 % and 100 % in turn: the limits by the formula lie far outside.
    card = scorecard(edition({("place_achieved", "S1"): [0, 200] * 12}), "S1")
    assert "Average 50%, expected range 0% to 100%." in card.panels[0].alt


def test_a_strip_is_drawn_for_each_figure_and_for_no_other() -> None:
    withheld = figure(measure(0), "A1", "rolling-12", "2018-03", "c")
    line = scorecard(edition(more=[withheld]), "S1").comparison[0]
    drawn = strips(line)
    assert list(drawn) == ["B2", "C3", "D4", "E5", "F6"]
    assert drawn["B2"].low is not None
    assert drawn["B2"].high is not None
    assert drawn["B2"].low < drawn["B2"].x < drawn["B2"].high


def test_a_withheld_point_has_no_coordinate_anywhere() -> None:
    """The page is the same whatever the withheld count: nothing in it can depend on what the model does not hold."""
    html = render_html(edition({("place_achieved", "A1"): [*STEADY[:10], "c", *STEADY[11:]]}), "A1")
    shown = render_html(edition(), "A1")
    charts = [SVG.findall(page[page.index('id="measure-1"') : page.index('id="measure-2"')]) for page in (html, shown)]
    gap, whole = (next(svg for svg in svgs if 'class="chart"' in svg) for svgs in charts)
    # The twenty-four dots are circles, less one; the line is in two parts.
    assert (gap.count("<circle"), whole.count("<circle")) == (23, 24)
    assert (gap.count("<polyline"), whole.count("<polyline")) == (2, 1)
    xs = re.findall(r'<circle cx="([\d.]+)"', whole)
    assert xs[10] not in re.findall(r'<circle cx="([\d.]+)"', gap)
    assert f"{xs[10]}," not in gap


@pytest.mark.parametrize("area", ["S1", "A1"])
def test_every_drawing_says_first_what_it_shows(area: str) -> None:
    card = scorecard(edition({("place_achieved", "S1"): RISEN}), area)
    printed = paper(card, lay_out(card))
    alternatives = dict(re.findall(r'<img class="[a-z]+" alt="([^"]*)" src="([^"]+)"', printed.html))
    assert set(alternatives.values()) == set(printed.drawings)
    for drawings in (
        SVG.findall(render_html(card.contents, area)),
        [drawn.decode() for drawn in printed.drawings.values()],
    ):
        assert len(drawings) > 25
        for svg in drawings:
            root = ET.fromstring(svg)
            assert root[0].tag.endswith("title")
            assert root[0].text
        assert not NUMBER.search("".join(drawings)), "more than two decimals"
    # On paper a drawing is a picture of its own: what it shows is said where it stands.
    told = {unescape(alternative) for alternative in alternatives}
    assert told == {ET.fromstring(drawn)[0].text for drawn in printed.drawings.values()}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.headings: list[int] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action", "data"}]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))


def test_the_web_edition_loads_nothing_and_its_headings_skip_no_level() -> None:
    html = render_html(edition(submissions=extracts(H9="flex")), "A1")
    page = _Page()
    page.feed(html)
    assert all(address.startswith("#") for address in page.addresses)
    assert not {"script", "img", "iframe", "link", "object"} & set(page.tags)
    assert re.findall(r"url\((?!data:font/woff2;base64,)", html) == []
    assert page.headings[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(page.headings))
    assert html.count("<h1") == 1
    assert "<th>" not in html
    assert '<html lang="en-GB">' in html


def test_the_web_edition_says_all_that_the_paper_says() -> None:
    contents = edition({("place_achieved", "A1"): RISEN, ("shared", "A1"): [*STEADY[:-1], "c"]})
    card = scorecard(contents, "A1")
    for html in (render_html(contents, "A1"), paper(card, lay_out(card)).html):
        for text in (card.headline, *(p.value for p in card.panels), *(p.counts for p in card.panels), *card.position):
            assert text in html
        assert "Counts of people from 1 to 7 are withheld" in html
        assert "up to 1 a month" in html


def test_a_suppliers_text_cannot_become_markup() -> None:
    bad = '<script>alert("x")</script><img src="http://example.invalid/x.png">'
    words = measure(0, title=bad, short_title="<b>bold</b>")
    senders = [s.model_copy(update={"supplier_name": bad, "state": "flex"}) for s in extracts()]
    html = render_html(edition(measures=[words], submissions=senders), "A1")
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "<b>bold" not in html
