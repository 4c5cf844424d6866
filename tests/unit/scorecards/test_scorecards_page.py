"""What stands on an area's scorecard, and where."""

from dataclasses import replace

import pytest
from fictional_editions import CCGS, FALLEN, LAST, MEASURES, RISEN, STEADY, Cell, edition, extracts, figure, measure

from outcomes.disclosure.released import ReleasedFigure
from outcomes.errors import InputError
from outcomes.scorecards import render_html, summary
from outcomes.scorecards.contents import ActionWords
from outcomes.scorecards.layout import arrangements, lay_out
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.rendering import paper


def test_the_headline_names_what_moved() -> None:
    series = {("place_achieved", "S1"): RISEN, ("crisis", "S1"): RISEN, ("in_hospital", "S1"): FALLEN}
    assert scorecard(edition(series), "S1").headline == (
        "Getting better: Place achieved. Getting worse: Emergency admissions. Unusual: Died in hospital. "
        "No significant change in the other 6."
    )


def test_a_calm_month_has_a_calm_headline() -> None:
    card = scorecard(edition(), "S1")
    assert card.headline == "No measure changed beyond its usual ups and downs in April 2018."
    celebrate, act, watch = card.messages
    assert celebrate.items[0].text == "No measure is better than its usual ups and downs this month."
    assert act.ask == ""
    assert watch.items[0].text == "Nothing unusual, and every measure can be judged."


def test_many_that_moved_are_named_in_part_and_counted() -> None:
    moved = {(id, "S1"): RISEN for id, *_, direction, _grain in MEASURES if direction == "higher_is_better"}
    card = scorecard(edition(moved), "S1")
    assert card.headline.startswith("Getting better: Place achieved, Days at home and 4 more.")
    assert [item.text for item in card.messages[0].items][-1] == "4 more are improving: see the table below."


def test_a_ccg_that_sent_no_deaths_is_told_so() -> None:
    missing = {(id, "A1"): [*STEADY[:-1], "missing"] for id, *_, grain in MEASURES if grain == "month"}
    card = scorecard(edition(missing, submissions=extracts(A1="missing")), "A1")
    assert card.headline == (
        "Ashdown has not sent its record of deaths for April 2018, so there are no new figures for that month."
    )
    assert card.submitted.sentence == "1 of 2 data files are in; not sent: 1"
    assert [(e.supplier, e.sent.words, e.sent.weak) for e in card.submitted.extracts if e.standing == "missing"] == [
        ("Ashdown", "Not sent", True)
    ]
    assert card.messages[2].ask == "When will the missing data come, and what stops it?"
    assert card.messages[0].items[0].text == "No measure can be judged this month."


def test_a_provisional_month_is_named_and_the_settled_ones_are_told() -> None:
    series = {(id, "S1"): [*STEADY[:-1], ("p", 100)] for id, *_ in MEASURES}
    series["place_achieved", "S1"] = [*RISEN[:-1], ("p", 30)]
    card = scorecard(edition(series), "S1")
    assert card.headline == (
        "Not all deaths of April 2018 are registered yet, so this is about the time up to March 2018. "
        "Getting better: Place achieved. No significant change in the other 8."
    )
    assert card.messages[0].items[0].lead == "Place achieved, up to March 2018:"
    # Every measure stands in the matrix all the same, by what its settled months show.
    assert len(card.judged) == 9


def test_an_extract_that_is_not_final_is_another_reason_than_deaths_that_are_not_registered() -> None:
    series = {(id, "S1"): [*STEADY[:-1], ("p", 100)] for id, *_ in MEASURES}
    card = scorecard(edition(series, submissions=extracts(H9="flex")), "S1")
    assert card.headline.startswith(
        "The latest figures, to April 2018, are provisional: they may still change. "
        "So this is about the time up to March 2018."
    )


def until(headline: str) -> str:
    return headline.split("this is about the time ")[1].split(". ")[0]


def test_the_time_that_the_headline_names_is_true_of_every_measure_it_counts() -> None:
    """Families answer later than deaths are registered: such a measure reaches less far than the others."""
    month = {(id, "S1"): [*STEADY[:-1], ("p", 100)] for id, *_ in MEASURES}
    later: list[Cell] = [*STEADY[:-4], *[("p", 100)] * 4]
    flex = extracts(H9="flex")
    said = scorecard(edition({**month, ("shared", "S1"): later}, submissions=flex), "S1").headline
    assert until(said) == "up to March 2018 (for one measure up to December 2017)"
    two = {**month, ("shared", "S1"): later, ("recorded", "S1"): later}
    assert until(scorecard(edition(two), "S1").headline) == "up to March 2018 (for 2 measures up to December 2017)"
    # No sentence about all of them names a month that is not that of each.
    assert said.endswith("No measure changed beyond its usual ups and downs, each up to its last final figure.")
    many = {
        (id, "S1"): [*STEADY[: 23 - n], *[("p", 100)] * (1 + n)]
        for n, (id, *_) in enumerate(MEASURES)
        if n in {1, 2, 3}
    }
    assert (
        until(scorecard(edition({**month, **many}), "S1").headline)
        == "up to March 2018 (for 3 measures up to other months)"
    )
    # Where some are final, the sentence speaks of the others alone.
    alone = scorecard(edition({("shared", "S1"): later}), "S1").headline
    assert alone == (
        "One measure is provisional for April 2018: of it this is about the time up to December 2017. "
        "No measure changed beyond its usual ups and downs, each up to its last final figure."
    )


def test_every_measure_stands_in_the_matrix_once_or_among_the_unjudged() -> None:
    card = scorecard(edition({("shared", "S1"): [*STEADY[:-1], "c"]}), "S1")
    placed = [p.number for row in card.matrix for cell in row.cells for p in cell]
    placed += [p.number for _, panels in card.not_judged for p in panels]
    assert sorted(placed) == list(range(1, 10))


def test_later_months_do_not_appear() -> None:
    later = figure(measure(0), "S1", "month", "2018-05", 195)
    card = scorecard(edition(more=[later]), "S1")
    assert card.panels[0].rows[-1].period == "April 2018"
    assert "98%" not in card.panels[0].alt_points


def test_ccgs_are_compared_in_the_order_of_the_file_and_only_by_their_intervals() -> None:
    year = [
        figure(measure(0), "A1", "rolling-12", "2018-03", 1350, people=2400),
        figure(measure(0), "F6", "rolling-12", "2018-03", 1050, people=2400),
        figure(measure(4), "A1", "rolling-12", "2018-03", 1350, people=2400),
    ]
    card = scorecard(edition(more=year), "A1")
    line = card.comparison[0]
    assert line.period == "12 months to March 2018"
    assert [cell.area.code for cell in line.ccgs] == list(CCGS)
    assert [cell.difference for cell in line.ccgs] == ["better", *["similar"] * 4, "worse"]
    assert line.ccgs[0].alt == "Ashdown 56%, 95% interval 54% to 58%, better than the STP"
    assert card.position == (
        "Better than the STP: Place achieved (56% against 50%).",
        "Higher than the STP: Died in hospital (56% against 50%).",
    )


def test_the_stp_is_told_which_ccg_is_worse_on_several_measures() -> None:
    def worse(area: str, *numbers: int) -> list[ReleasedFigure]:
        return [figure(measure(n), area, "rolling-12", "2018-03", 1050, people=2400) for n in numbers]

    # Granby is below the STP's half on four measures where higher is better; Brindle Vale on three, which chance can do.
    card = scorecard(edition(more=[*worse("F6", 0, 5, 6, 7), *worse("B2", 0, 5, 6)]), "S1")
    assert card.position == (
        "Worse than the STP on several measures: Granby (4). Measures hang together, so read them as one question.",
    )
    assert scorecard(edition(more=worse("B2", 0, 5, 6)), "S1").position == ()
    # Granby is met first, on the first measure, and still stands where the table has it.
    card = scorecard(edition(more=[*worse("F6", 0, 5, 6, 7), *worse("B2", 5, 6, 7, 8)]), "S1")
    assert "Brindle Vale (4) and Granby (4)" in card.position[0]


def test_the_stp_is_told_which_ccg_gets_worse_against_its_own_past() -> None:
    # One of six hardly moves the STP, so its own charts are calm: the board would not hear of Granby.
    granby = edition({("place_achieved", "F6"): FALLEN, ("crisis", "F6"): RISEN})
    card = scorecard(granby, "S1")
    assert {p.tone for p in card.panels} == {"common_cause"}
    watch = card.messages[2]
    assert [(item.lead, item.text) for item in watch.items] == [
        ("Getting worse in a CCG, against its own past:", "Place achieved and Emergency admissions in Granby.")
    ]
    assert watch.ask == "What is different there, and who is looking into it?"
    assert any("Emergency admissions in Granby" in point for point in summary(granby, "S1").points)
    # For a better course, and on a CCG's own scorecard, there is nothing to tell here.
    assert "Granby" not in str(scorecard(edition({("place_achieved", "F6"): RISEN}), "S1").messages[2])
    assert "Granby" not in str(scorecard(granby, "A1").messages[2])


def test_many_charts_that_get_worse_are_counted_for_each_ccg() -> None:
    by_month = [id for id, *_, direction, grain in MEASURES if grain == "month" and direction == "higher_is_better"]
    falling = {(id, ccg): FALLEN for id in by_month for ccg in CCGS}
    told = scorecard(edition(falling), "S1").messages[2].items[0].text
    assert told.startswith(f"Ashdown ({len(by_month)}); Brindle Vale ({len(by_month)}); ")


def test_a_provisional_figure_has_no_likely_range_as_what_is_to_come_moves_it_further() -> None:
    panel = scorecard(edition({("place_achieved", "S1"): [("p", 90)]}, first=LAST), "S1").panels[0]
    assert (panel.judged.value, panel.judged.likely) == (panel.value, "so far")
    settled = scorecard(edition({("place_achieved", "S1"): [90]}, first=LAST), "S1").panels[0]
    assert settled.judged.likely.startswith("likely ")


def test_a_provisional_year_is_not_compared() -> None:
    year = replace(figure(measure(0), "F6", "rolling-12", "2018-03", 1050, people=2400), provisional=True)
    cell = scorecard(edition(more=[year]), "S1").comparison[0].ccgs[-1]
    assert (cell.difference, cell.tone) == (None, "common_cause")


def test_without_a_whole_year_the_latest_period_is_compared() -> None:
    contents = edition(first=LAST - 4, last=LAST)
    card = scorecard(contents, "A1")
    assert card.comparison[0].period == "April 2018"
    # The only whole quarter, for a measure that the CCGs have by quarter.
    assert card.comparison[2].period == "January to March 2018"
    # The STP has no figure of that quarter here, so nothing can be said.
    assert {cell.difference for cell in card.comparison[2].ccgs} == {"too_few"}


def test_changes_show_old_and_new_as_printed() -> None:
    before = edition({("place_achieved", "A1"): [*STEADY[:-1], "missing"], ("crisis", "A1"): [*STEADY[:-1], 110]})
    after = replace(edition(number=2, replaces=1), earlier=before.figures)
    changes = scorecard(after, "A1").changes
    assert changes is not None
    assert changes.sentence == "This edition replaces edition 1. 2 figures of Ashdown changed:"
    assert changes.lines == (
        "Place achieved, April 2018: Not sent before, 52% (105 of 200) now",
        "Emergency admissions, April 2018: 0.55 (110 in 200 deaths) before, 0.53 (105 in 200 deaths) now",
    )
    assert scorecard(after, "B2").changes.sentence == (  # type: ignore[union-attr]
        "This edition replaces edition 1. No figure of Brindle Vale changed."
    )
    assert scorecard(edition(), "A1").changes is None


def test_a_figure_that_only_became_final_is_a_change_too() -> None:
    before = edition({("place_achieved", "A1"): [*STEADY[:-1], ("p", 105)]})
    changes = scorecard(replace(edition(number=2, replaces=1), earlier=before.figures), "A1").changes
    assert changes is not None
    assert changes.lines == ("Place achieved, April 2018: 52% provisional (105 of 200) before, 52% (105 of 200) now",)


def test_many_changes_are_listed_at_the_end() -> None:
    before = edition({("place_achieved", "A1"): [c + 5 for c in STEADY]})
    card = scorecard(replace(edition(number=2, replaces=1), earlier=before.figures), "A1")
    assert card.changes is not None
    assert len(card.changes.rows) == 24
    # Twenty to a page, after the four there are without.
    assert [len(page) for page in lay_out(card).changed] == [20, 4]
    assert lay_out(card).pages == 6


def test_on_paper_the_list_of_changes_ends_at_sixty() -> None:
    words = [measure(number % 9).model_copy(update={"id": f"m{number}"}) for number in (0, 4, 6)]
    moved = {(w.id, "A1"): [c + 5 for c in STEADY] for w in words}
    before, after = edition(moved, measures=words), edition(measures=words, number=2, replaces=1)
    contents = replace(after, earlier=before.figures)
    card = scorecard(contents, "A1")
    assert card.changes is not None
    assert len(card.changes.rows) == 72
    layout = lay_out(card)
    assert [len(page) for page in layout.changed] == [20, 20, 20]
    assert "The list on paper ends here: the web edition has all of it." in paper(card, layout).html
    assert render_html(contents, "A1").count('<th scope="row">Place achieved</th>') >= 24


def test_changes_by_age_or_sex_are_counted_only() -> None:
    old = replace(figure(measure(0), "S1", "rolling-12", "2018-03", 120), stratum="sex", stratum_value="1")
    before, after = edition(more=[old]), edition(more=[replace(old, numerator=125)], number=2, replaces=1)
    changes = scorecard(replace(after, earlier=before.figures), "S1").changes
    assert changes is not None
    assert changes.strata.startswith("One figure by age, sex, deprivation or cause changed too")
    assert changes.rows == ()


@pytest.mark.parametrize(("measures", "pages"), [(1, 3), (6, 3), (9, 4), (10, 5), (12, 5), (21, 5), (22, 6), (30, 6)])
def test_more_measures_take_more_pages(measures: int, pages: int) -> None:
    # Twelve panels a page below the key; up to six leave room for what is about the figures. From ten on the comparison has
    # a page of its own. The last page has the extracts.
    words = [measure(number % 9).model_copy(update={"id": f"m{number}"}) for number in range(measures)]
    card = scorecard(edition(measures=words), "S1")
    assert lay_out(card).pages == pages
    rows = [row for page in lay_out(card).charts for row in page]
    assert [p.number for row in rows for p in row.panels] == list(range(1, measures + 1))


def test_a_full_month_is_set_tighter_before_it_takes_more_pages() -> None:
    tried = [(layout.dense, layout.pages) for layout in arrangements(scorecard(edition(), "S1"))]
    # With more pages, the comparison has one of its own.
    assert tried == [(False, 4), (True, 4), (False, 5), (True, 5)]


def test_above_a_full_table_what_the_board_agreed_is_set_tight_at_once() -> None:
    words = [measure(number % 9).model_copy(update={"id": f"m{number}"}) for number in range(20)]
    contents = edition(measures=words)
    action = ActionWords(
        number=1, area="S1", period="2018-03", words="Ask.", owner="Ann", due=LAST.last_day, state="open", note=""
    )
    agreed = replace(contents, context=contents.context.model_copy(update={"actions": (action,)}))
    assert [layout.dense for layout in arrangements(scorecard(agreed, "S1"))] == [True, True]
    assert [layout.dense for layout in arrangements(scorecard(agreed, "A1"))] == [False, True, False, True]


def test_an_area_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="no scorecard of 'Z9': choose one of S1, A1"):
        scorecard(edition(), "Z9")


def test_the_summary_says_what_changed_first() -> None:
    before = edition({("place_achieved", "A1"): [*STEADY[:-1], "missing"]})
    said = summary(replace(edition(number=2, replaces=1), earlier=before.figures), "A1")
    assert said.headline == (
        "None of the 8 measures we can judge changed beyond its usual ups and downs. 1 of 9 cannot be judged this month."
    )
    assert said.points[0] == (
        "This edition replaces edition 1. One figure of Ashdown changed: "
        "Place achieved, April 2018: Not sent before, 52% (105 of 200) now."
    )
    assert "Watch: Too few points yet for a trend: 3+ admissions." in said.points
    assert said.points[-1] == "About the same as the STP on every measure that can be compared."
