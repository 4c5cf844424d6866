"""What a scorecard tells beside its figures: why settled ones moved, what owners say, and what the board agreed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from fictional_editions import STEADY, Cell, edition, measure

from outcomes.scorecards import render_html
from outcomes.scorecards.changes import Changes
from outcomes.scorecards.contents import ActionWords, CommentaryWords, Compared, Contents, NewExtract
from outcomes.scorecards.layout import lay_out
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.rendering import paper


def since(*new: NewExtract, **cells: Sequence[Cell]) -> Contents:
    """April's first edition beside March's; `A1` has Ashdown's months of the first measure as March's printed them."""
    feeds = ("deaths", "epaccs")
    words = [measure(n, feeds=feeds if n == 0 else ("admissions",)) for n in range(9)]
    march = edition({("place_achieved", a): [*c, 0] for a, c in cells.items()}, measures=words)
    earlier = [f for f in march.figures if f.period != "2018-04"]
    after = edition(measures=words)
    compared = Compared(period="2018-03", number=2, new_extracts=new)
    return replace(after, context=after.context.model_copy(update={"compared": compared}), earlier=tuple(earlier))


def extract(feed: str, supplier: str, period: str, sequence: int = 1) -> NewExtract:
    return NewExtract(
        feed=feed,
        feed_title={"deaths": "Deaths", "epaccs": "Care plans", "admissions": "Admissions"}[feed],
        supplier=supplier,
        supplier_name=f"Supplier {supplier}",
        period=period,
        sequence=sequence,
    )


def changes_since(*new: NewExtract, **cells: Sequence[Cell]) -> Changes:
    found = scorecard(since(*new, **cells), "A1").changes
    assert found is not None
    return found


def test_a_settled_figure_that_moved_since_last_month_is_told_and_a_provisional_one_counted() -> None:
    # January had 95 and has 100 now; March was provisional with 90.
    found = changes_since(A1=[*STEADY[:20], 95, *STEADY[21:22], ("p", 90)])
    assert found.heading == "What changed since the scorecard of March 2018"
    assert found.sentence == "One final figure of Ashdown changed:"
    assert found.lines == ("Place achieved, January 2018: 48% (95 of 200) before, 55% (110 of 200) now",)
    assert found.expected == "One provisional figure was brought up to date."


def test_nothing_new_is_said_of_the_month_that_is_new() -> None:
    found = changes_since(A1=STEADY[:-1])
    assert (found.sentence, found.lines, found.expected) == ("No final figure of Ashdown changed.", (), "")


def test_what_changed_is_told_against_the_edition_that_an_areas_readers_were_last_sent() -> None:
    now = edition(number=3, replaces=2)
    first = edition({("place_achieved", "A1"): [*STEADY[:20], 95, *STEADY[21:]]}).figures
    second = edition({("place_achieved", "A1"): [*STEADY[:21], 90, *STEADY[22:]]}, number=2).figures
    given = {"compared": Compared(period="2018-04", number=2, new_extracts=())}
    given |= {"compared_by_area": {"A1": Compared(period="2018-04", number=1, new_extracts=())}}
    now = replace(now, context=now.context.model_copy(update=given), earlier=second, earlier_by_area={"A1": first})
    own, others = (scorecard(now, area).changes for area in ("A1", "B2"))
    assert own is not None
    assert others is not None
    assert own.heading == "What changed since edition 1"
    assert own.sentence.startswith(
        "Since edition 1 none was sent to the readers of this scorecard. This edition replaces"
    )
    assert own.lines == ("Place achieved, January 2018: 48% (95 of 200) before, 55% (110 of 200) now",)
    assert others.heading == "What changed since edition 2"
    assert others.sentence == "This edition replaces edition 2. No figure of Brindle Vale changed."


def test_a_first_scorecard_of_a_month_is_told_against_the_last_that_was_sent_though_there_was_an_edition() -> None:
    made = since(A1=[*STEADY[:20], 95, *STEADY[21:23]])
    made = replace(made, number=2, context=made.context.model_copy(update={"replaces": 1}))
    found = scorecard(made, "A1").changes
    assert found is not None
    assert found.heading == "What changed since the scorecard of March 2018"
    said = "No earlier edition of this month was sent to the readers of this scorecard. "
    assert found.sentence == f"{said}One final figure of Ashdown changed:"


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ([extract("deaths", "A1", "2018-01", 3)], "Deaths, Supplier A1, Jan 18, sent again"),
        # What was sent again is named first, and what the measure is not made from not at all.
        (
            [
                extract("deaths", "A1", "2018-04"),
                extract("epaccs", "A1", "2018-01", 2),
                extract("admissions", "H9", "2018-01", 2),
            ],
            "Care plans, Supplier A1, Jan 18, sent again and 1 more",
        ),
        # Of what was sent again, that of the figure's own month comes first, and a month after the edition's last.
        (
            [
                extract("deaths", "A1", "2018-05", 2),
                extract("deaths", "A1", "2017-12", 2),
                extract("epaccs", "A1", "2018-01", 2),
            ],
            "Care plans, Supplier A1, Jan 18, sent again and 2 more",
        ),
        (
            [extract("deaths", "A1", "2018-05", 2), extract("deaths", "A1", "2017-12", 2)],
            "Deaths, Supplier A1, Dec 17, sent again and 1 more",
        ),
        # Deaths are registered late, so that of a later month can be the only reason.
        ([extract("deaths", "A1", "2018-05", 2)], "Deaths, Supplier A1, May 18, sent again"),
        ([extract("deaths", "A1", "2018-04"), extract("epaccs", "A1", "2018-04")], "the data files of April 2018"),
        # Another CCG's extract does not move Ashdown's figures as a rule; a provider's does.
        ([extract("deaths", "B2", "2018-01", 2)], ""),
        ([extract("epaccs", "H9", "2018-01", 2)], "Care plans, Supplier H9, Jan 18, sent again"),
    ],
)
def test_a_change_names_the_extracts_that_came_since(new: list[NewExtract], why: str) -> None:
    found = changes_since(*new, A1=[*STEADY[:20], 95, *STEADY[21:23]])
    assert found.lines[0].endswith(f"now, because of {why}" if why else "now")


def test_a_revised_month_is_marked_in_its_panel_and_its_table() -> None:
    panel = scorecard(since(A1=[*STEADY[:20], 95, *STEADY[21:23]]), "A1").panels[0]
    assert "Revised since the last scorecard: Jan 18." in panel.notes
    assert [row.value for row in panel.rows if "revised" in row.value] == ["55% (revised)"]
    many = scorecard(since(A1=[c + 5 for c in STEADY[:23]]), "A1").panels[0]
    assert "Revised since the last scorecard: 20 more, Jan 18, Feb 18 and Mar 18." in many.notes


# What people add


def test_an_owners_words_stand_in_the_panel_of_their_area_alone() -> None:
    words = CommentaryWords(
        measure="place_achieved",
        area="A1",
        period="2018-04",
        words="Two hospices were full over Easter.",
        person="Dr Ann Example",
        day=date(2018, 6, 1),
    )
    contents = edition()
    contents = replace(contents, context=contents.context.model_copy(update={"commentaries": (words,)}))
    for area, there in (("A1", True), ("S1", False)):
        card = scorecard(contents, area)
        assert [p.comment is not None for p in card.panels] == [there, *[False] * 8]
        for html in (render_html(contents, area), paper(card, lay_out(card)).html):
            assert ("Dr Ann Example, 1 June 2018, on April 2018:" in html) == there
            assert ("“Two hospices were full over Easter.”" in html) == there


def test_the_boards_actions_stand_on_page_1_with_their_state() -> None:
    def action(number: int, area: str, state: str, note: str = "") -> ActionWords:
        return ActionWords(
            number=number,
            area=area,
            period="2018-03",
            words=f"Action {number} of the board",
            owner="Ben Example",
            due=date(2018, 5, 31),
            state=state,  # type: ignore[arg-type]
            note=note,
        )

    agreed = (action(1, "S1", "overdue"), action(2, "S1", "done", "New rota since May"), action(3, "A1", "open"))
    contents = edition()
    contents = replace(contents, context=contents.context.model_copy(update={"actions": agreed}))
    card = scorecard(contents, "S1")
    assert [(a.words, a.owner, a.due, a.state, a.late) for a in card.actions] == [
        ("Action 1 of the board", "Ben Example", "31 May 2018", "Overdue", True),
        ("Action 2 of the board", "Ben Example", "31 May 2018", "Done: New rota since May", False),
    ]
    for html in (render_html(contents, "S1"), paper(card, lay_out(card)).html):
        assert "Action 1 of the board" in html
        assert "agreed on the scorecard of March 2018" in html
        assert "Action 3" not in html


def test_the_charts_are_grouped_under_the_patients_statements() -> None:
    crisis = {"promise": "Crisis", "statement": "I am not sent back and forth."}
    words = [measure(n, **(crisis if n in (3, 4, 5, 6) else {})) for n in range(9)]
    card = scorecard(edition(measures=words), "S1")
    assert [(g.promise, [p.number for p in g.panels]) for g in card.groups] == [
        ("Choice", [1, 2, 3]),
        ("Crisis", [4, 5, 6, 7]),
        ("Choice", [8, 9]),
    ]
    rows = [row for page in lay_out(card).charts for row in page]
    assert [(row.first, [p.number for p in row.panels]) for row in rows] == [
        (True, [1, 2, 3]),
        (True, [4, 5, 6]),
        (False, [7]),
        (True, [8, 9]),
    ]
