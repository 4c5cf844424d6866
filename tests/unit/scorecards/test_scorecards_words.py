"""What a scorecard says about a measure follows from its chart."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from fictional_editions import FALLEN, RISEN, STEADY, Cell, edition, measure
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.errors import SetupError
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.panel import Panel
from outcomes.scorecards.wording import Wording, listed, wording


def panel_of(cells: Sequence[Cell], area: str = "S1", missing: str = "", **changes: object) -> Panel:
    words = measure(0, **changes)
    return scorecard(edition({(words.id, area): cells}, measures=[words], missing=missing), area).panels[0]


def test_a_steady_series_shows_no_significant_change() -> None:
    panel = panel_of(STEADY)
    assert (panel.word, panel.why, panel.tone) == ("No significant change", "", "common_cause")
    assert (panel.value, panel.judged.likely, panel.counts) == ("52%", "likely 46% to 59%", "105 of 200")
    assert panel.period == "April 2018"


@pytest.mark.parametrize(
    ("cells", "direction", "word"),
    [
        (RISEN, "higher_is_better", "Improving"),
        (RISEN, "lower_is_better", "Getting worse"),
        (RISEN, "neither", "Unusually high"),
        (FALLEN, "higher_is_better", "Getting worse"),
        (FALLEN, "lower_is_better", "Improving"),
        (FALLEN, "neither", "Unusually low"),
        (STEADY, "neither", "No significant change"),
    ],
)
def test_the_word_follows_the_direction_that_is_better(cells: Sequence[Cell], direction: str, word: str) -> None:
    panel = panel_of(cells, direction=direction)
    assert panel.word == word
    assert panel.sentence.startswith(f"{word}.")


@pytest.mark.parametrize(
    ("target", "direction", "word"),
    [
        (20, "higher_is_better", "Will meet the target"),
        (50, "higher_is_better", "May or may not meet the target"),
        (90, "higher_is_better", "Will miss the target"),
        (20, "lower_is_better", "Will miss the target"),
        (90, "lower_is_better", "Will meet the target"),
        (90, "neither", "No target"),
        (None, "higher_is_better", "No target"),
    ],
)
def test_the_chance_of_meeting_the_target(target: float | None, direction: str, word: str) -> None:
    assert panel_of(STEADY, target=target, direction=direction).assurance_word == word


@pytest.mark.parametrize(
    ("target", "direction", "said"),
    [
        (20, "higher_is_better", "Target 20% or more: will meet it, as in all 24 months."),
        (50, "higher_is_better", "Target 50% or more: may or may not meet it, met in 16 of 24 months."),
        # Within the limits, and above every dot of the chart; or below.
        (57, "higher_is_better", "Target 57% or more: may meet it, but never did in 24 months."),
        (44, "higher_is_better", "Target 44% or more: may miss it, but met it in all 24 months."),
        (90, "higher_is_better", "Target 90% or more: will miss it, as in all 24 months."),
        (44, "lower_is_better", "Target 44% or less: may meet it, but never did in 24 months."),
        (90, "neither", "Target 90%."),
        (None, "higher_is_better", ""),
    ],
)
def test_the_target_is_told_with_how_often_the_chart_met_it(target: float | None, direction: str, said: str) -> None:
    panel = panel_of(STEADY, target=target, direction=direction)
    assert panel.aim == said
    assert panel.aim in panel.alt


def test_only_the_dots_that_are_judged_count_towards_a_target() -> None:
    # The withheld month is no dot, and the provisional one, which met it, is hollow.
    panel = panel_of(["c", *STEADY[1:-1], ("p", 140)], target=57)
    assert panel.aim == "Target 57% or more: may meet it, but never did in 22 months."
    assert panel_of(["c"] * 13 + list(STEADY[13:]), target=50).aim == "Target 50% or more."


@pytest.mark.parametrize(
    ("last", "value", "word", "counts"),
    [
        ("c", "Withheld", "Withheld to protect people", "[c] of [c]"),
        ("missing", "Not sent", "Not sent", ""),
        ("none", "No one", "No one in this group", ""),
        ("few", "Too few", "Too few people for a figure", "10 of 15"),
    ],
)
def test_the_states_are_never_confused_and_never_zero(last: Cell, value: str, word: str, counts: str) -> None:
    panel = panel_of([*STEADY[:-1], last])
    assert (panel.value, panel.word, panel.counts) == (value, word, counts)
    assert panel.tone == "unjudged"
    assert panel.judgement.variation is None
    assert panel.judgement.assurance is None
    assert "0%" not in panel.sentence.split()


def test_gaps_are_counted_by_their_reason() -> None:
    panel = panel_of(["c", "c", "missing", "none", "few", *STEADY[5:]])
    assert (
        "Gaps: 2 withheld to protect people, 1 not sent, 1 with no one in the group, 1 with too few" in panel.sentence
    )


def test_what_the_settled_months_show_is_said_before_a_provisional_one() -> None:
    panel = panel_of([*RISEN[:-1], ("p", 60)])
    assert panel.sentence.startswith("Up to March 2018: Improving. ")
    assert panel.tone == "improvement"
    assert panel.sentence.endswith("April 2018 provisional: 30%.")


def test_where_everything_is_provisional_nothing_is_judged() -> None:
    panel = panel_of([("p", 100)] * 24)
    assert (panel.value, panel.word, panel.until) == ("50%", "Provisional, not judged yet", "")
    assert panel.tone == "unjudged"


def test_nobody_yet_is_not_nobody() -> None:
    # No family has answered yet: more answers are to come in.
    panel = panel_of([*RISEN[:-2], ("p", 20), ("p", "none")])
    assert panel.value == "No figure"
    assert panel.sentence.startswith("Up to February 2018: Improving. ")
    assert "1 without a figure yet" in panel.sentence
    assert "no one" not in panel.sentence


def test_a_provisional_month_moves_no_limit() -> None:
    with_it = panel_of([*STEADY[:-1], ("p", 190)]).judgement.chart
    without = panel_of([*STEADY[:-1], "c"]).judgement.chart
    assert with_it is not None
    assert without is not None
    assert (with_it.mean, with_it.lower, with_it.upper) == (without.mean, without.lower, without.upper)


def test_eleven_points_are_too_few_and_twelve_are_a_first_estimate() -> None:
    eleven, twelve = ["c"] * 13 + list(STEADY[13:]), ["c"] * 12 + list(STEADY[12:])
    assert panel_of(eleven).word == "Not enough months yet for a trend"
    assert panel_of(eleven).judgement.chart is None
    assert "Limits are a first estimate." in panel_of(twelve).sentence


def test_a_quarterly_measure_shows_quarters_for_a_ccg_and_months_for_the_stp() -> None:
    contents = edition()
    ccg, stp = (scorecard(contents, area).panels[2] for area in ("A1", "S1"))
    # May 2016 to April 2018 holds seven whole quarters, the last of them January to March 2018.
    assert (len(ccg.series.readings), ccg.period) == (7, "January to March 2018")
    assert ccg.word == "Not enough quarters yet for a trend"
    assert (len(stp.series.readings), stp.period) == (24, "April 2018")


def test_an_extract_that_was_not_in_is_named() -> None:
    panel = panel_of(STEADY, missing="deaths A1 2018-04; deaths B2 2018-04; admissions H9 2018-04")
    assert "Made without 3 data files (Registered deaths and Hospital episodes)." in panel.sentence
    one = panel_of(STEADY, missing="deaths A1 2018-04")
    assert "Made without one data file (Registered deaths)." in one.sentence
    many = panel_of(STEADY, missing="deaths A1 2018-04; admissions H9 2018-04; epaccs A1 2018-04")
    assert "Made without 3 data files (Registered deaths, Hospital episodes and others)." in many.sentence


def test_the_alternative_text_holds_the_numbers() -> None:
    panel = panel_of(RISEN, target=70)
    chart = panel.judgement.chart
    assert chart is not None
    for number in ("62%", "56% to 69%", "125 of 200", f"{chart.mean:.0f}%", f"{chart.lower:.0f}%", "Target 70%"):
        assert number in panel.alt.replace("95% interval ", ""), number
    assert "May 2016 to April 2018" in panel.alt
    assert panel.alt_points.startswith("Figures in order: May 16 50%; Jun 16 55%;")


def test_the_alternative_text_of_a_gap_says_why() -> None:
    panel = panel_of([*STEADY[:-1], "c"])
    assert "April 2018: Withheld." in panel.alt
    assert panel.alt_points.endswith("Apr 18 withheld.")


MET = re.compile(r"met in (\d+) of (\d+) months|(?:met it|as) in all (\d+) months|never did in (\d+) months")
RUN = re.compile(r"(\d+) months in a row (above|below) average")
MOVE = re.compile(r"(Rising|Falling) (\d+) months in a row")


def agree(panel: Panel) -> None:
    """Read the panel's sentence back and hold each claim against the points that are drawn."""
    chart, values = panel.judgement.chart, [r.settled for r in panel.series.readings]
    assert chart is not None
    last = values[-1]
    assert last is not None
    if run := RUN.search(panel.sentence):
        count, sign = int(run[1]), 1 if run[2] == "above" else -1
        beyond = [v is not None and sign * (v - chart.mean) > 0 for v in values]
        assert all(beyond[-count:])
        assert count == len(values) or not beyond[-count - 1]
    if move := MOVE.search(panel.sentence):
        count, sign = int(move[2]), 1 if move[1] == "Rising" else -1
        moves = [a is not None and b is not None and sign * (b - a) > 0 for a, b in pairwise(values)]
        assert all(moves[len(moves) - count + 1 :])
    assert ("Above the expected range" in panel.sentence) <= (last > chart.upper)
    assert ("Below the expected range" in panel.sentence) <= (last < chart.lower)
    outside = last > chart.upper + 1e-9 or last < chart.lower - 1e-9
    assert not (outside and panel.tone == "common_cause")
    if panel.tone in {"improvement", "concern"}:
        better_up = panel.measure.direction == "higher_is_better"
        up = any(word in panel.why for word in ("Above", "Rising", "upper", "above"))
        assert (panel.tone == "improvement") == (up == better_up)
    target = panel.measure.target
    assert target is not None
    met = [
        v >= target if panel.measure.direction == "higher_is_better" else v <= target for v in values if v is not None
    ]
    if panel.judgement.assurance:
        told = MET.search(panel.aim)
        assert told is not None, panel.aim
        some, of_some, every, none = (None if group is None else int(group) for group in told.groups())
        missed = every if "miss it, as in all" in panel.aim else none
        if missed is not None:
            assert (sum(met), len(met)) == (0, missed)
        else:
            assert (sum(met), len(met)) == ((every, every) if some is None else (some, of_some))
    assert ("Will m" in panel.assurance_word) == (not chart.lower - 1e-9 <= target <= chart.upper + 1e-9)


numerators = st.integers(0, 40).map(lambda five: 5 * five)
cells_of_24 = st.lists(st.one_of(numerators, numerators, numerators, st.just("c")), min_size=23, max_size=23)


@settings(max_examples=150, deadline=None)
@given(
    cells=cells_of_24,
    last=numerators,
    push=st.sampled_from([0, 60, -60]),
    direction=st.sampled_from(["higher_is_better", "lower_is_better"]),
    target=st.sampled_from([5, 50, 95]),
)
def test_no_sentence_contradicts_its_chart(
    cells: list[Cell], last: int, push: int, direction: str, target: float
) -> None:
    pushed = [min(200, max(0, c + push)) if isinstance(c, int) and i > 14 else c for i, c in enumerate(cells)]
    panel = panel_of([*pushed, min(200, max(0, last + push))], direction=direction, target=target)
    if panel.tone != "unjudged":
        agree(panel)


def test_a_rise_is_told_by_its_length() -> None:
    panel = panel_of([*STEADY[:17], 80, 85, 90, 95, 100, 105, 110], target=50)
    agree(panel)
    assert "Rising 7 months in a row" in panel.why


def test_every_sentence_is_short() -> None:
    contents = edition(
        {("place_achieved", "S1"): RISEN, ("crisis", "S1"): FALLEN, ("shared", "S1"): [*STEADY[:-1], "c"]}
    )
    card = scorecard(contents, "S1")
    said = [card.headline, *(p.sentence for p in card.panels)]
    for sentence in re.split(r"[.;] ", " ".join(said)):
        assert len(sentence.split()) <= 25, sentence


def test_a_sentence_that_is_missing_or_asks_for_too_much_is_named() -> None:
    say = Wording({"page": {"title": "{nobody} knows", "empty": 3}})
    with pytest.raises(SetupError, match=r"lacks the entry none in \[page\]"):
        say("page.none")
    with pytest.raises(SetupError, match=r"page\.title cannot be filled in"):
        say("page.title", area="A1")
    with pytest.raises(SetupError, match=r"page\.empty is not a sentence"):
        say("page.empty")
    with pytest.raises(SetupError, match=r"page\.title is not a list"):
        say.names("page.title")


def test_lists_are_read_aloud_easily() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["Days at home, last 90", "b"]) == "Days at home, last 90; and b"
    assert wording()("page.title") == "End-of-life care scorecard"


def test_page_1_prints_the_settled_figure_and_the_chart_the_latest() -> None:
    panel = panel_of([*STEADY[:-2], 90, ("p", 60)])
    assert (panel.judged.period, panel.judged.value, panel.judged.counts) == ("March 2018", "45%", "90 of 200")
    assert (panel.period, panel.value, panel.provisional) == ("April 2018", "30%", "provisional")
    settled = panel_of(STEADY)
    assert (settled.judged.period, settled.judged.value) == (settled.period, settled.value)


@pytest.mark.parametrize(
    ("direction", "words"),
    [("higher_is_better", "Target 60% or more"), ("lower_is_better", "Target 60% or less"), ("neither", "Target 60%")],
)
def test_a_target_says_which_side_of_it_is_good(direction: str, words: str) -> None:
    assert panel_of(STEADY, target=60, direction=direction).target == words
