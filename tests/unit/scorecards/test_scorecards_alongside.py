"""The CCGs beside each other: bars of places of death, funnels, and the headline measure on one scale.

In these editions a year's figure of a CCG counts 2,400 people unless a test says otherwise.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from fictional_editions import STEADY, Cell, edition, figure, measure

from outcomes.disclosure.released import ReleasedFigure
from outcomes.scorecards import render_html
from outcomes.scorecards.alongside import Alongside, Bar
from outcomes.scorecards.contents import Contents, MeasureWords
from outcomes.scorecards.funnels import FUNNEL, draw_funnel
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.sides import BAR, draw_bar, draw_small
from outcomes.statistics import funnel_limits

WISHED = measure(0, id="preferred_place_achieved", short_title="Died where they wished")
HOME = measure(5, id="deaths_in_usual_residence")
HOSPITAL = measure(4, id="deaths_in_hospital")
YEAR = ("rolling-12", "2018-03")


def year(words: MeasureWords, cells: Mapping[str, tuple[Cell, int]]) -> list[ReleasedFigure]:
    """The year's figure of some areas: a cell and the people below the line."""
    return [figure(words, area, *YEAR, cell, people=people) for area, (cell, people) in cells.items()]


def of(*more: ReleasedFigure, words: tuple[MeasureWords, ...] = (WISHED, HOME, HOSPITAL)) -> Contents:
    return edition(measures=words, more=more)


def shown(*more: ReleasedFigure) -> Alongside:
    found = scorecard(of(*more), "S1").alongside
    assert found is not None
    return found


def bar(area: str, *more: ReleasedFigure) -> Bar:
    return next(b for b in shown(*more).bars if b.area.code == area)


def test_a_bar_is_of_all_whose_place_is_known_and_adds_up_to_a_hundred() -> None:
    # 900 of 2,000 at home or in a care home, 1,000 of 2,100 in hospital: of 2,100, 43 %, 48 % and what is left, 9 %.
    one = bar("A1", *year(HOME, {"A1": (900, 2000)}), *year(HOSPITAL, {"A1": (1000, 2100)}))
    assert one.parts == (("home", 43), ("hospital", 48), ("other", 9))
    assert one.alt == "Ashdown: 43% at home or in a care home, 48% in hospital, 9% elsewhere"


@pytest.mark.parametrize(
    ("home", "hospital", "said"),
    [("c", 1000, "Withheld"), (900, "missing", "Not sent"), (900, "none", "No one"), ("few", 1000, "Too few")],
)
def test_without_either_figure_there_is_a_word_and_no_bar(home: Cell, hospital: Cell, said: str) -> None:
    one = bar("A1", *year(HOME, {"A1": (home, 2000)}), *year(HOSPITAL, {"A1": (hospital, 2100)}))
    assert (one.parts, one.instead.split(":")[0].split(" ")[0]) == ((), said.split()[0])
    assert draw_bar(one) == ()


def test_a_provisional_bar_says_so() -> None:
    one = bar("A1", *year(HOME, {"A1": (("p", 900), 2000)}))
    assert one.provisional
    assert one.alt.endswith(", provisional")


def test_the_parts_of_a_bar_fill_it_and_a_narrow_one_has_no_number() -> None:
    one = bar("A1", *year(HOME, {"A1": (1000, 2000)}), *year(HOSPITAL, {"A1": (980, 2000)}))
    # 50 %, 49 % and 1 %: three units of three hundred are too narrow for a number.
    parts = draw_bar(one)
    assert [(p.left, p.width, p.label) for p in parts] == [(0, 150, "50%"), (150, 147, "49%"), (297, 3, "")]
    assert parts[-1].left + parts[-1].width == BAR.right


# The STP's 60 % of 2,400. At 1,000 people chance leaves 1.96 times √(0.6·0.4/1000) = 3.04 points each way, 3.09 times 4.79.
@pytest.mark.parametrize(
    ("died", "tone", "said"),
    [
        (630, "common_cause", ""),
        (635, "improvement", "above the inner line"),
        (650, "improvement", "above the outer line"),
        (565, "concern", "below the inner line"),
        (550, "concern", "below the outer line"),
    ],
)
def test_a_ccg_differs_only_beyond_the_lines(died: int, tone: str, said: str) -> None:
    funnel = shown(*year(WISHED, {"S1": (1440, 2400), "A1": (died, 1000)})).funnels[0]
    spot = next(s for s in funnel.spots if s.area.code == "A1")
    assert (spot.tone, spot.said) == (tone, said)
    assert ("Ashdown is" in funnel.sentence) == bool(said)
    assert f"Ashdown {died / 10:.0f}% of 1,000{', ' + said if said else ''}" in funnel.alt


def test_a_provisional_ccg_is_drawn_hollow_and_not_judged() -> None:
    funnel = shown(*year(WISHED, {"S1": (1440, 2400), "A1": (("p", 900), 1000)})).funnels[0]
    spot = next(s for s in draw_funnel(funnel).spots if s.name == "Ashdown")
    assert (spot.dot.hollow, spot.dot.kind) == (True, "common_cause")


def test_a_withheld_ccg_is_in_no_funnel_and_below_three_there_is_none() -> None:
    areas = ("A1", "B2", "C3", "D4")
    funnel = shown(*year(WISHED, dict.fromkeys(areas[:3], ("c", 2400)))).funnels[0]
    assert [s.area.code for s in funnel.spots] == ["D4", "E5", "F6"]
    assert "Ashdown" not in funnel.alt
    assert shown(*year(WISHED, dict.fromkeys(areas, ("c", 2400)))).funnels == ()


def test_rates_and_means_have_no_funnel() -> None:
    words = measure(1, id="preferred_place_achieved")
    found = scorecard(of(words=(words,)), "S1").alongside
    assert found is not None
    assert found.funnels == ()


def test_dots_and_lines_stand_where_people_and_share_say() -> None:
    cells = {"S1": (1440, 2400), "A1": (600, 1000), "B2": (1300, 2000), "C3": (250, 500)}
    funnel = shown(*year(WISHED, cells)).funnels[0]
    drawn = draw_funnel(funnel)
    across = {t.label: t.at for t in drawn.across}
    unit = (across["2000"] - across["1000"]) / 1000
    dots = {s.name: s.dot for s in drawn.spots}
    assert dots["Brindle Vale"].x - dots["Ashdown"].x == pytest.approx(1000 * unit, abs=0.02)
    up = {float(t.label): t.at for t in drawn.up}
    (low, y_low), *_, (high, y_high) = sorted(up.items())
    a_point = (y_low - y_high) / (high - low)
    assert dots["Coldharbour"].y - dots["Brindle Vale"].y == pytest.approx(15 * a_point, abs=0.03)
    # The outer line begins at the left edge, at the limit of half the smallest number of people.
    (limit,) = funnel_limits(0.6, [250])
    starts = [tuple(map(float, part.split()[0].split(","))) for part in drawn.outer]
    height = min(y for x, y in starts if x == FUNNEL.left)
    assert (y_low - height) / a_point + low == pytest.approx(100 * limit.upper_998, abs=0.1)


def test_no_name_covers_another_where_there_is_room() -> None:
    cells = {a: (1440 - 40 * n, 2400) for n, a in enumerate(("A1", "B2", "C3", "D4", "E5", "F6"))}
    spots = draw_funnel(shown(*year(WISHED, cells)).funnels[0]).spots
    places = {(s.x, s.y, s.anchor) for s in spots}
    assert len(places) == len(spots)


def test_no_line_runs_through_a_name() -> None:
    # Six CCGs at one place on the STP's share: some names have to stand where lines are.
    cells = {area: (500 + 6 * n, 1000 + 10 * n) for n, area in enumerate(("A1", "B2", "C3", "D4", "E5", "F6"))}
    drawn = draw_funnel(shown(*year(WISHED, cells)).funnels[0])
    points = [tuple(map(float, p.split(","))) for part in (*drawn.inner, *drawn.outer) for p in part.split()]
    points += [(x, drawn.middle) for ends in drawn.level for x in ends]
    assert len(drawn.level) + len(drawn.inner) + len(drawn.outer) > 5
    for spot in drawn.spots:
        wide = len(spot.name) * FUNNEL.font * 0.5
        left = spot.x - {"start": 0.0, "middle": wide / 2, "end": wide}[spot.anchor]
        inside = [
            (x, y)
            for x, y in points
            if left < x < left + wide and spot.y - 0.8 * FUNNEL.font < y < spot.y + 0.2 * FUNNEL.font
        ]
        assert inside == [], spot.name


def test_the_small_charts_have_one_scale() -> None:
    low = {("preferred_place_achieved", "A1"): [c - 60 for c in STEADY]}
    card = scorecard(edition(low, measures=(WISHED, HOME, HOSPITAL)), "S1")
    assert card.alongside is not None
    drawn = draw_small(card.alongside.charts)
    ticks = {code: [(t.at, t.label) for t in chart.up] for code, chart in drawn.items() if chart}
    assert len(ticks) == 6
    assert len({tuple(each) for each in ticks.values()}) == 1
    # 30 points below the others, so further down.
    assert min(d.y for d in drawn["A1"].dots) > max(d.y for d in drawn["B2"].dots)  # type: ignore[union-attr]


def test_before_the_first_year_and_without_these_measures_nothing_stands_there() -> None:
    assert scorecard(edition(), "S1").alongside is None


@pytest.mark.parametrize("area", ["S1", "A1"])
def test_the_page_prints_what_the_model_says(area: str) -> None:
    contents = of(*year(WISHED, {"S1": (1440, 2400), "A1": (900, 1000)}))
    html = render_html(contents, area)
    card = scorecard(contents, area)
    assert card.alongside is not None
    for text in (*(b.alt for b in card.alongside.bars), *(f.sentence for f in card.alongside.funnels)):
        assert text in html
    assert len(re.findall(r'<svg class="(?:bar|funnel)"', html)) == 7 + 1


def test_a_withheld_year_gives_no_rectangle() -> None:
    contents = of(*(replace(f, area="A1") for f in year(HOME, {"A1": ("c", 2000)})))
    row = re.search(r"<tr[^>]*><th[^>]*>Ashdown</th><td>(.*?)</td>", render_html(contents, "S1"))
    assert row is not None
    assert "<rect" not in row[1]
    assert "Withheld" in row[1]
