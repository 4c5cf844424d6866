"""How fair care is, as a scorecard tells it: from released figures alone, and never more than they tell."""

from collections.abc import Sequence

import pytest
from fictional_editions import CCGS, MEASURES, Cell, edition, fifths, figure, measure

from outcomes.disclosure.released import ReleasedFigure
from outcomes.periods import Month
from outcomes.scorecards import render_html
from outcomes.scorecards.contents import Contents, MeasureWords
from outcomes.scorecards.equity import Equity, Gap
from outcomes.scorecards.fifths import draw_fifths
from outcomes.scorecards.layout import arrangements, lay_out
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.rendering import paper

# Of 500 in each fifth: 46, 48, 50, 52 and 54 of 100. With equal groups the line through their midpoints 0.1, 0.3, 0.5, 0.7
# and 0.9 rises 10 from end to end. A fifth's standard error is 100·√(0.25/500) = 2.2, the slope's 2.2·√(1/0.4) = 3.5, and
# the interval 10 ± 6.9.
RISING = (230, 240, 250, 260, 270)
LEVEL = (250, 255, 250, 245, 250)


def equity_of(contents: Contents, area: str = "S1") -> Equity:
    found = scorecard(contents, area).equity
    assert found is not None
    return found


def gap_of(cells: Sequence[Cell], words: MeasureWords | None = None, area: str = "S1", **more: object) -> Gap:
    words = words or measure(0)
    year = [*fifths(words, cells), *(more.get("year", ()) or ())]  # type: ignore[misc]
    (gap,) = equity_of(edition(measures=[words], payment=[words.id], more=year), area).gaps
    return gap


def ccgs(words: MeasureWords, cells: Sequence[Cell]) -> list[ReleasedFigure]:
    return [
        figure(words, code, "rolling-12", "2018-03", cell, people=400) for code, cell in zip(CCGS, cells, strict=True)
    ]


def test_a_gap_by_hand() -> None:
    gap = gap_of(RISING)
    assert (gap.most, gap.least) == ("46%", "54%")
    assert (gap.gap, gap.likely) == ("10 points lower", "(3 to 17)")
    assert (gap.finding, gap.word, gap.tone) == ("worse", "Worse", "concern")


@pytest.mark.parametrize(
    ("direction", "cells", "finding"),
    [
        ("higher_is_better", RISING, "worse"),
        ("higher_is_better", RISING[::-1], "better"),
        ("lower_is_better", RISING, "better"),
        ("lower_is_better", RISING[::-1], "worse"),
        ("neither", RISING, "lower"),
        ("neither", RISING[::-1], "higher"),
        ("higher_is_better", LEVEL, "similar"),
    ],
)
def test_what_a_gap_means_for_the_most_deprived(direction: str, cells: Sequence[Cell], finding: str) -> None:
    assert gap_of(cells, measure(0, direction=direction)).finding == finding


def test_a_gap_is_named_only_where_its_printed_interval_clears_zero() -> None:
    findings = set()
    for step in range(16):
        gap = gap_of([250 - 2 * step, 250 - step, 250, 250 + step, 250 + 2 * step])
        lower = gap.likely.strip("()").split(" to ")[0]
        # Where zero lies between them, each end says its side; and no sign has to be read.
        assert (gap.finding == "worse") == (lower.isdigit() and int(lower) > 0), gap.likely
        assert "-" not in gap.gap + gap.likely
        findings.add(gap.finding)
    assert findings == {"similar", "worse"}


def test_the_words_say_which_side_the_most_deprived_are_on() -> None:
    # 54 % of the most deprived against 46 %: a slope of minus ten, which nobody has to read as such.
    assert (gap_of(RISING[::-1]).gap, gap_of(RISING[::-1]).likely) == ("10 points higher", "(3 to 17)")
    level = gap_of([250] * 5)
    assert (level.gap, level.likely) == ("0 points", "(7 higher to 7 lower)")


def test_rates_and_means_are_told_in_their_unit() -> None:
    rate = gap_of(RISING, measure(1))
    # A fifth's standard error is √250/500 = 0.032, the slope's 0.05: 0.10 ± 0.098 prints as "0.00 to 0.20".
    assert (rate.gap, rate.likely, rate.finding) == (
        "0.10 admissions per death lower",
        "(0.00 to 0.20)",
        "similar",
    )
    # The fifths' printed intervals are 0.1 either way: over Student's t(499) = 1.965 that is 0.051, and the slope's 0.08.
    mean = gap_of(RISING, measure(3))
    assert (mean.gap, mean.likely, mean.finding) == ("0.1 days lower", "(0.1 higher to 0.3 lower)", "similar")
    cost = gap_of(RISING, measure(3, unit="pounds"))
    assert cost.gap == "£0"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("c", "third withheld [c]"),
        ("missing", "third not sent"),
        ("none", "no one in third"),
        ("few", "too few people in third"),
    ],
)
def test_a_fifth_without_a_figure_is_named_with_the_reason(cell: Cell, reason: str) -> None:
    gap = gap_of([*RISING[:2], cell, *RISING[3:]])
    assert (gap.gap, gap.likely, gap.finding) == ("", "", "untold")
    assert gap.word == f"Cannot be told: {reason}"
    drawn = draw_fifths(gap)
    assert drawn is not None
    assert len(drawn.dots) == 4
    assert "0%" not in gap.alt.replace("50%", "")


def test_no_fifth_released_at_all() -> None:
    gap = gap_of(["c"] * 5)
    assert gap.word == "Cannot be told: all five groups withheld [c]"
    assert (gap.most, gap.least) == ("Withheld", "Withheld")
    assert draw_fifths(gap) is None
    (absent,) = equity_of(edition(measures=[measure(0)], payment=["place_achieved"])).gaps
    assert absent.word.startswith("Cannot be told: no figure of most deprived")


def test_reasons_are_not_mixed_up() -> None:
    assert gap_of(["c", 240, "none", 260, "c"]).word == (
        "Cannot be told: most deprived and least deprived withheld [c]; no one in third"
    )


def test_a_provisional_year_has_a_gap_but_no_verdict() -> None:
    gap = gap_of([("p", cell) for cell in RISING])
    assert (gap.gap, gap.word, gap.tone) == ("10 points lower", "Provisional", "provisional")
    drawn = draw_fifths(gap)
    assert drawn is not None
    assert all(d.hollow and d.kind == "common_cause" for d in drawn.dots)


def test_the_range_across_ccgs_and_where_a_ccg_lies() -> None:
    words = measure(0)
    year = ccgs(words, (180, 200, 220, "c", 200, "few"))
    stp = gap_of(RISING, year=year)
    assert (stp.across, stp.apart, stp.left) == ("45% to 55%", "10 points apart", "1 withheld; 1 with too few")
    own = {area: gap_of(RISING, area=area, year=year).own for area in CCGS}
    assert own == {
        "A1": "45%, lowest",
        "B2": "50%, between",
        "C3": "55%, highest",
        "D4": "Withheld",
        "E5": "50%, between",
        "F6": "Too few",
    }
    assert gap_of(RISING, year=year).own == ""


def test_a_provisional_ccg_makes_the_range_provisional_and_not_the_gap() -> None:
    gap = gap_of(RISING, year=ccgs(measure(0), (180, 200, 220, 200, 200, ("p", 200))))
    assert (gap.left, gap.finding) == ("provisional", "worse")


def test_a_range_of_one_or_of_none() -> None:
    words = measure(0)
    alone = gap_of(RISING, area="A1", year=ccgs(words, (180, *["missing"] * 5)))
    assert (alone.across, alone.apart, alone.left, alone.own) == ("45%", "", "5 not sent", "45%")
    none = gap_of(RISING, area="A1", year=ccgs(words, ["c"] * 6))
    assert (none.across, none.apart, none.left, none.own) == ("", "", "6 withheld", "Withheld")
    alike = gap_of(RISING, area="A1", year=ccgs(words, [200] * 6))
    assert (alike.across, alike.apart, alike.own) == ("50% to 50%", "0 points apart", "50%")


def test_the_sentence_names_what_is_clear_and_counts_the_rest() -> None:
    words = [measure(n) for n in (0, 5, 6, 7, 8)]
    cells: list[Sequence[Cell]] = [RISING, RISING[::-1], LEVEL, [("p", 200)] * 5, ["c", 240, 250, 260, 270]]
    year = [f for one, of_one in zip(words, cells, strict=True) for f in fifths(one, of_one)]
    found = equity_of(edition(measures=words, payment=[w.id for w in words], more=year))
    assert found.sentence == (
        "12 months to March 2018. Worse for people in the most deprived areas: Place achieved. Better for people in the "
        "most deprived areas: At home. No clear difference in 1 of 5. Provisional, so not judged yet: Wish recorded. "
        "Cannot be told: Shared record."
    )
    many = [measure(0, id=f"m{n}", short_title=f"Outcome {n}") for n in range(6)]
    late = [f for one in many for f in fifths(one, [("p", 250)] * 5)]
    assert equity_of(edition(measures=many, payment=[m.id for m in many], more=late)).sentence == (
        "12 months to March 2018. All of it is provisional, so nothing is judged yet."
    )
    level_too = [*late[:-5], *fifths(many[-1], LEVEL)]
    assert (
        "not judged yet: Outcome 0, Outcome 1, Outcome 2 and 2 more."
        in equity_of(edition(measures=many, payment=[m.id for m in many], more=level_too)).sentence
    )
    level = edition(measures=words[:1], payment=["place_achieved"], more=fifths(words[0], LEVEL))
    assert equity_of(level).sentence == (
        "12 months to March 2018. No clear difference between the most and the least deprived areas in 1 of 1 outcomes."
    )


def test_only_the_payment_set_is_told_in_the_order_and_with_the_numbers_of_the_charts() -> None:
    found = equity_of(edition(payment=["shared", "not_published", "crisis"]))
    assert [(g.number, g.measure.id) for g in found.gaps] == [(2, "crisis"), (9, "shared")]


def test_before_the_first_whole_year_a_sentence_stands_in_its_place() -> None:
    first_month = edition(payment=["place_achieved"], first=Month(2018, 4), last=Month(2018, 4))
    found = equity_of(first_month)
    assert found.gaps == ()
    assert "once there are twelve months" in found.sentence
    assert "once there are twelve months" in render_html(first_month, "A1")


def test_an_edition_made_before_it_was_told_shows_nothing() -> None:
    contents = edition()
    assert scorecard(contents, "S1").equity is None
    for area in ("S1", "A1"):
        card = scorecard(contents, area)
        for html in (render_html(contents, area), paper(card, lay_out(card)).html):
            assert "How fair is care?" not in html


@pytest.mark.parametrize(("measures", "pages"), [(9, (5, 5, 6, 6)), (12, (5, 5, 7, 7))])
def test_it_follows_the_comparison_or_has_a_page_of_its_own(measures: int, pages: tuple[int, ...]) -> None:
    words = [measure(n % 9).model_copy(update={"id": f"m{n}"}) for n in range(measures)]
    card = scorecard(edition(measures=words, payment=["m0"]), "S1")
    tried = list(arrangements(card))
    assert tuple(layout.pages for layout in tried) == pages
    assert all(layout.equity_follows != layout.equity_apart for layout in tried)


def test_every_fifth_is_in_the_text_of_its_drawing() -> None:
    assert gap_of(["c", *RISING[1:]]).alt == (
        "Died where they wanted to, by deprivation: most deprived Withheld; second 48%; third 50%; fourth 52%; "
        "least deprived 54%. The STP: 50%."
    )


def test_all_that_is_drawn_lies_within_its_box() -> None:
    drawn = draw_fifths(gap_of(RISING))
    assert drawn is not None
    assert drawn.reference is not None
    box = drawn.box
    xs, ys = [d.x for d in drawn.dots], [d.y for d in drawn.dots]
    assert xs == sorted(xs)
    assert xs[0] == box.left
    assert xs[-1] == box.right
    # Higher in value is higher on the page.
    assert ys == sorted(ys, reverse=True)
    for whisker in drawn.whiskers:
        assert box.top <= whisker.top < whisker.bottom <= box.bottom


def test_paper_and_screen_say_the_same() -> None:
    words = [measure(n) for n in range(len(MEASURES))]
    year = [f for one in words for f in fifths(one, RISING)]
    contents = edition(measures=words, payment=[w.id for w in words], more=year)
    card = scorecard(contents, "A1")
    assert card.equity is not None
    for html in (render_html(contents, "A1"), paper(card, lay_out(card)).html):
        assert card.equity.sentence in html
        for gap in card.equity.gaps:
            for part in (gap.gap, gap.likely, gap.word, gap.across, gap.apart, gap.left, gap.own, gap.alt):
                assert part in html
