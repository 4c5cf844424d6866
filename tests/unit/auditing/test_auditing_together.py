"""What a faulty template would give away on the page of the CCGs, in what changed, or in place of people's words."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from published_editions import after_month_before, damaged, found_in, publish
from test_auditing_leaks import changed, moved, pattern, within
from test_auditing_paper import after, printed_with

from outcomes.auditing import Leak
from outcomes.scorecards.funnels import FUNNEL, draw_funnel
from outcomes.scorecards.rendering import Paper, templates
from outcomes.scorecards.sides import SMALL, draw_small

A1 = "scorecard-A1.html"
PAPER = "scorecard-A1.pdf"
PLACES, FUNNELS, SMALLS = 'class="places"', 'class="funnels"', 'class="smalls"'
CHANGES, LIST, COMMENT, ACTIONS = 'class="changes"', 'class="changed"', 'class="comment"', 'class="actions"'
ASHDOWN = '<th scope="row">Ashdown</th>'


def a_bar_more(text: str) -> str:
    """The bar of one CCG in the place of another's that is withheld."""
    start = text.index(PLACES)
    svg = re.search(r'<svg class="bar".*?</svg>', text[start:], re.DOTALL)
    assert svg
    return text[:start] + text[start:].replace("<td>Withheld", f"<td>{svg[0]}", 1)


def a_spot_more(match: re.Match[str]) -> str:
    """A dot for a CCG whose figure is withheld."""
    return f'{match[0]}<circle cx="150.0" cy="60.0" r="2.72"/><text x="156.0" y="63.0" font-size="9">Easton</text>'


def a_point_more(match: re.Match[str]) -> str:
    """A dot for the withheld third month."""
    return f'{match[0]}<circle cx="36.1" cy="30.0" r="1.73" fill="#768692"/>'


def further(match: re.Match[str]) -> str:
    return f"{match[1]}{float(match[2]) + 7}"


ON_THE_PAGE = {
    "a true percent in a bar's label": within(PLACES, ">42%</text>", ">43%</text>"),
    "a true percent in a bar's alternative text": within(PLACES, "42% in hospital", "43% in hospital"),
    "a true count in a bar's alternative text": within(PLACES, "42% in hospital", "42% (419) in hospital"),
    "a bar's edge at the true share": pattern(ASHDOWN, r'(<rect x="0.0" y="0.5" width=")([\d.]+)', moved),
    "a bar's part higher than the others": pattern(ASHDOWN, r'height="15"', 'height="15.4"'),
    "a bar's label at another place": pattern(ASHDOWN, r'(<text x=")([\d.]+)', moved),
    "a bar for figures that are withheld": a_bar_more,
    "a count beside a bar": within(PLACES, "Withheld</td>", "Withheld (4)</td>"),
    "a funnel's dot at the true ratio": pattern(FUNNELS, r'(<circle cx="[\d.]+" cy=")([\d.]+)', moved),
    "a funnel's dot at the true number of people": pattern(FUNNELS, r'(<circle cx=")([\d.]+)', moved),
    "a dot for a CCG that is withheld": pattern(FUNNELS, r'<path d="M[^>]*Z"[^>]*/><text [^>]*>\w+</text>', a_spot_more),
    "a true count in a funnel's alternative text": within(FUNNELS, "of 450", "of 448"),
    "a true share in a funnel's alternative text": within(FUNNELS, "the STP&#39;s 50", "the STP&#39;s 51"),
    "a funnel's line at the STP's true share": pattern(FUNNELS, r'(<path d="M30.0 )([\d.]+)(?=H[\d.]+" stroke="#4C)', moved),
    "a funnel's limit around the true share": pattern(FUNNELS, r"(<polyline points=\"30.0,)([\d.]+)", moved),
    "a true share on a funnel's axis": pattern(FUNNELS, r'(text-anchor="end" [^>]*fill="#4C6272">)\d+', r"\g<1>53"),
    "a true count on a funnel's axis": within(FUNNELS, ">1000</text>", ">998</text>"),
    "a count in a funnel's words": within(FUNNELS, ">people counted<", ">people counted: 4473<"),
    "a name away from its dot": pattern(FUNNELS, r'(<text x=")([\d.]+)(?="[^>]*>Ashdown)', further),
    "a small chart's withheld point": pattern(SMALLS, r'<circle cx="29.54"[^>]*/>', a_point_more),
    "a small chart's withheld figure in words": pattern(SMALLS, r"(Apr 18|April 2018): \d+%", r"\1: 47%"),
    "a small chart's point at the true ratio": pattern(SMALLS, r'(<circle cx="29.54" cy=")([\d.]+)', moved),
    "a count below a small chart": within(SMALLS, '<p class="say">', '<p class="say">4 people. '),
    "an old figure that was never printed": within(CHANGES, "41% (400 of 980) before", "41% (398 of 977) before"),
    "an old figure that was withheld": within(CHANGES, "Withheld before", "2% (4 of 200) before"),
    "a new figure that is not printed": within(CHANGES, "42% (420 of 1,000) now", "42% (421 of 1,000) now"),
    "an old figure in the list": within(LIST, "42% (85 of 200)", "42% (84 of 199)"),
    "an old figure that was withheld, in the list": within(LIST, "<td>Withheld</td>", "<td>4 of 200</td>"),
    "a count among the reasons": within(LIST, "sent again and 2 more", "sent again with 4 deaths"),
    "a figure that reads as before": within(
        LIST, "</tbody>", '<tr><th scope="row">At home</th><td>May 2017</td>'
        "<td>50% (100 of 200)</td><td>50% (100 of 200)</td><td></td></tr></tbody>"
    ),
    "how many settled figures moved": within(CHANGES, "4 final figures", "5 final figures"),
    "how many provisional figures moved": within(CHANGES, "2 provisional figures", "3 provisional figures"),
    "figures of groups that did not move": within(
        CHANGES, "brought up to date.", "brought up to date. 3 figures by age, sex, deprivation or cause changed too:"
    ),
    "a revised mark on a figure that reads as before": within(
        'id="measure-2"', '<td>50%</td>', "<td>50% (revised)</td>"
    ),
    "a revised period that reads as before": pattern("Revised since", "May 17", "Jun 17"),
    "another number of revised periods": pattern("Revised since", "May 17", "2 more, May 17"),
    "a comment altered after release": within(COMMENT, "12 clinics", "13 clinics"),
    "a comment by another": within(COMMENT, "A. Jones", "B. Jones"),
    "a comment that nobody entered": within('id="measure-3"', "<details>", '<p class="comment">All is well.</p><details>'),
    "an action altered after release": within(ACTIONS, "15 practices", "16 practices"),
    "an action that nobody agreed": within(ACTIONS, "</tbody>", "<tr><th>Close</th><td>X</td></tr></tbody>"),
    "a note altered after release": within(ACTIONS, "11 have done so", "4 have done so"),
    "a drawing where none belongs": within("<main", "<p", '<svg class="bar" viewBox="0 0 9 9"><title>4</title></svg><p'),
}  # fmt: skip


@pytest.mark.parametrize("leak", ON_THE_PAGE)
@pytest.mark.weasyprint
def test_a_leak_beside_the_panels_is_found(leak: str, compared: Path, tmp_path: Path) -> None:
    found = found_in(damaged(compared, tmp_path, A1, ON_THE_PAGE[leak]))

    assert found
    assert {each.file for each in found} == {A1}


def in_drawing(
    kind: str, number: int, before: str, replacement: str | Callable[[re.Match[str]], str]
) -> Callable[[Paper], Paper]:
    """Change the drawing of that number of its kind on the page of the CCGs."""

    def change(source: Paper) -> Paper:
        page = source.html[source.html.index(PLACES) :]
        name = re.findall(rf'<img class="{kind}"[^>]* src="([^"]+)"', page)[number]
        drawn = re.sub(before, replacement, source.drawings[name].decode(), count=1)
        return replace(source, drawings={**source.drawings, name: drawn.encode()})

    return change


ON_PAPER = {
    "a true percent in a bar's label": in_drawing("bar", 1, ">42%</text>", ">43%</text>"),
    "a bar's edge at the true share": in_drawing("bar", 1, r'(<rect x="0.0" y="0.5" width=")([\d.]+)', moved),
    "a true percent in a bar's alternative text": after(PLACES, "42% in hospital", "43% in hospital"),
    "a funnel's dot at the true ratio": in_drawing("funnel", 0, r'(<circle cx="[\d.]+" cy=")([\d.]+)', moved),
    "a funnel's limit around the true share": in_drawing("funnel", 0, r'(<polyline points="30.0,)([\d.]+)', moved),
    "a true count on a funnel's axis": in_drawing("funnel", 0, ">1000</text>", ">998</text>"),
    "a true count in a funnel's alternative text": after(FUNNELS, "of 450", "of 448"),
    "a small chart's withheld point": in_drawing("chart", 0, r'<circle cx="29.54"[^>]*/>', a_point_more),
    "a small chart's withheld figure in words": after(SMALLS, r"April 2018: \d+%", "April 2018: 47%"),
    "an old figure that was never printed": after(CHANGES, r"400 of 980", "398 of 977"),
    "an old figure in the list": after(LIST, r"85 of 200", "84 of 199"),
    "how many provisional figures moved": after(CHANGES, "2 provisional figures", "3 people in 2 provisional figures"),
    "a comment altered after release": after(COMMENT, "clinics now ask", "wards now ask"),
    "an action altered after release": after(ACTIONS, "look at their", "mend their"),
}


@pytest.mark.parametrize("leak", ON_PAPER)
@pytest.mark.weasyprint
def test_a_leak_beside_the_panels_is_found_on_paper(leak: str, compared: Path, tmp_path: Path) -> None:
    folder = printed_with(ON_PAPER[leak], compared, tmp_path, of=after_month_before)

    assert {each.file for each in found_in(folder)} == {PAPER}


REACHING = {
    "small": lambda panels: draw_small(panels, replace(SMALL, top=12)),
    "funnel_of": lambda funnel: draw_funnel(funnel, replace(FUNNEL, top=20)),
}


@pytest.mark.parametrize("drawing", REACHING)
def test_a_scale_with_room_for_what_is_not_drawn_is_found(
    drawing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(templates().globals, drawing, REACHING[drawing])

    found = found_in(publish(after_month_before(), tmp_path, ("A1",), on_paper=False))

    assert {each.sentence.partition(" scale ")[2] for each in found} == {"reaches further than what is drawn on it"}


IN_THE_DATA = {
    "an entry beside a commentary": changed(lambda d: d["commentaries"][0].update(exact=104)),
    "an entry beside an action": changed(lambda d: d["actions"][0].update(exact=104)),
    "an entry beside the edition compared with": changed(lambda d: d["edition"]["compared"].update(exact=104)),
}


@pytest.mark.parametrize("leak", IN_THE_DATA)
@pytest.mark.weasyprint
def test_what_the_json_says_beside_peoples_words_is_found(leak: str, compared: Path, tmp_path: Path) -> None:
    found: list[Leak] = found_in(damaged(compared, tmp_path, "figures.json", IN_THE_DATA[leak]))

    assert {each.file for each in found} == {"figures.json"}


@pytest.mark.weasyprint
def test_the_attachment_has_the_words_of_its_area_alone(compared: Path, tmp_path: Path) -> None:
    def with_all(data: bytes) -> bytes:
        own = json.loads(data)
        whole = json.loads((compared / "figures.json").read_bytes())
        assert [len(each["actions"]) for each in (own, whole)] == [1, 2]
        return json.dumps({**own, "actions": whole["actions"]}).encode()

    folder = printed_with(lambda source: source, compared, tmp_path, as_attached=with_all, of=after_month_before)

    assert [(each.file, each.where) for each in found_in(folder)] == [(PAPER, "attachment figures.json")]
