"""Who has sent data, and how far it can be trusted, as a scorecard tells it."""

import json
import re

import pytest
from fictional_editions import CCGS, GOOD, edition, extracts, linked, trusted
from pydantic import ValidationError

from outcomes.periods import Month
from outcomes.scorecards import render_html
from outcomes.scorecards.contents import Band, Context, Quality
from outcomes.scorecards.files import figures_json
from outcomes.scorecards.layout import lay_out
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.rendering import paper
from outcomes.scorecards.submitted import Submitted

WITHIN = Band(over=95, to=99)
HIGH, LOW = Band(over=99, to=None), Band(over=None, to=95)


def told(area: str = "S1", states: dict[str, str] | None = None, **quality: object) -> Submitted:
    return scorecard(edition(submissions=trusted(*extracts(**states or {}), **quality)), area).submitted


def words(of: Submitted, supplier: str = "Westshire Hospitals") -> list[str]:
    (extract,) = [e for e in of.extracts if e.supplier == supplier]
    return [extract.sent.words, *(cell.words for cell in extract.quality)]


def weak(of: Submitted, supplier: str = "Westshire Hospitals") -> list[bool]:
    (extract,) = [e for e in of.extracts if e.supplier == supplier]
    return [extract.sent.weak, *(cell.weak for cell in extract.quality)]


def test_a_good_month() -> None:
    found = told()
    assert found.summary == "Data files expected: 7. Final and in time: 7. Nothing to look into in any of them."
    assert words(found) == ["Final, in time", "About as usual", "Over 99%", "95 to 99%", "Under 1%"]
    assert not any(weak(found))
    assert found.sentence == "All 7 data files are in"
    assert [e.title for e in found.extracts] == ["Hospital episodes", *["Registered deaths"] * 6]


def test_a_ccg_sees_its_own_extracts_and_those_of_every_provider() -> None:
    assert [e.supplier for e in told("B2").extracts] == ["Westshire Hospitals", "Brindle Vale"]


@pytest.mark.parametrize(
    ("states", "quality", "sent"),
    [
        ({}, {"in_time": False}, ("Final, late", "concern")),
        ({"H9": "flex"}, {"in_time": False}, ("First version only", "provisional")),
        # A first version after a final one: what is in force is not final.
        ({"H9": "flex"}, {"in_time": True}, ("First version only", "provisional")),
    ],
)
def test_what_is_not_final_or_not_in_time_is_marked(
    states: dict[str, str], quality: dict[str, object], sent: tuple[str, str]
) -> None:
    (hospital,) = [e for e in told(states=states, **quality).extracts if e.supplier == "Westshire Hospitals"]
    assert (hospital.sent.words, hospital.sent.tone) == sent


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ({}, "All 7 data files are in"),
        ({"A1": "flex"}, "All 7 data files are in; not final yet: 1"),
        ({"A1": "flex", "B2": "missing"}, "6 of 7 data files are in; not sent: 1; not final yet: 1"),
        (dict.fromkeys([*CCGS, "H9"], "flex"), "All 7 data files are in; none is final yet"),
        (dict.fromkeys([*CCGS, "H9"], "missing"), "0 of 7 data files are in; not sent: 7"),
    ],
)
def test_page_1_and_the_table_count_the_same(states: dict[str, str], said: str) -> None:
    found = told(states=states)
    assert found.sentence == said
    for standing, words_before in (("first", "so figures may still change: "), ("missing", "Not sent: ")):
        count = sum(e.standing == standing for e in found.extracts)
        assert (f"{words_before}{count}." in found.summary) == (count > 0)


def test_what_is_merely_not_final_yet_is_no_fault_to_look_into() -> None:
    found = told(states=dict.fromkeys([*CCGS, "H9"], "flex"))
    assert found.summary.endswith("so figures may still change: 7. Nothing to look into in any of them.")


def test_what_was_not_sent_has_no_quality_and_is_never_good() -> None:
    found = told(states={"H9": "missing", "A1": "missing"})
    assert words(found) == ["Not sent"]
    assert weak(found) == [True]
    assert found.summary == (
        "Data files expected: 7. Final and in time: 5. Not sent: 2. "
        "Something to look into in 2 of them: in orange with a diamond."
    )
    assert found.sentence == "5 of 7 data files are in; not sent: 2"


def test_nothing_sent_at_all() -> None:
    contents = edition(
        submissions=trusted(*extracts(H9="missing", **dict.fromkeys(CCGS, "missing"))), payment=["place_achieved"]
    )
    found = scorecard(contents, "S1").submitted
    assert found.summary.startswith("Data files expected: 7. Not sent: 7.")
    assert found.told
    assert all(words(found, e.supplier) == ["Not sent"] for e in found.extracts)
    # The columns stand there all the same, empty.
    assert "Valid NHS numbers" in render_html(contents, "S1")


@pytest.mark.parametrize(
    ("quality", "said", "marked"),
    [
        ({"valid_numbers": HIGH}, "Over 99%", False),
        ({"valid_numbers": WITHIN}, "95 to 99%", False),
        ({"valid_numbers": LOW}, "Under 95%", True),
        ({"valid_numbers": "too_few"}, "Too few to say", False),
        ({"valid_numbers": None}, "No records", False),
        ({"filled": LOW}, "Under 95%", True),
        ({"filled": "no_key"}, "None to check", False),
        # Of what is rejected, much is bad.
        ({"rejected": Band(over=5, to=None)}, "Over 5%", True),
        ({"rejected": Band(over=1, to=5)}, "1 to 5%", False),
        ({"volume": "fewer"}, "Fewer than usual", True),
        ({"volume": "more"}, "More than usual", True),
        ({"volume": None}, "No month before", False),
    ],
)
def test_every_band_has_its_words_and_the_worst_is_marked(quality: dict[str, object], said: str, marked: bool) -> None:
    found = told(**quality)
    column = 1 + ["volume", "valid_numbers", "filled", "rejected"].index(*quality)
    assert (words(found)[column], weak(found)[column]) == (said, marked)
    assert sum(weak(found)) == marked


def test_the_share_of_deaths_linked_is_as_the_gate_let_it_out() -> None:
    shares = linked(A1=400, B2="c", C3="missing", D4="none", E5="few", F6=("p", 380))
    found = scorecard(edition(linked=shares), "A1").submitted
    assert found.linked_year == "12 months to March 2018"
    assert [(line.area.name, line.value, line.counts) for line in found.linked] == [
        ("Ashdown", "100%", "400 of 400"),
        ("Brindle Vale", "Withheld", "[c] of [c]"),
        ("Coldharbour", "Not sent", ""),
        ("Easton", "No one", ""),
        ("Fenmoor", "Too few", "10 of 15"),
        ("Granby", "95%", "380 of 400, provisional"),
    ]


def test_the_first_month_ever_has_no_share_yet_and_says_so() -> None:
    first = Month(2018, 4)
    submissions = trusted(*extracts(), volume=None)
    contents = edition(first=first, last=first, submissions=submissions, payment=["place_achieved"])
    html = render_html(contents, "A1")
    assert "The share of deaths linked can be told once there are twelve months" in html
    assert words(scorecard(contents, "A1").submitted)[1] == "No month before"


def test_an_edition_made_before_quality_was_told_shows_who_has_sent_and_nothing_else() -> None:
    kept = edition(submissions=extracts(A1="missing", B2="flex")).context.model_dump(mode="json")
    # As such an edition lies in a ledger.
    for name in ("payment", "linked"):
        del kept[name]
    for state in kept["submissions"]:
        del state["quality"]
    context = Context.model_validate(kept)
    assert not context.tells_trust
    contents = edition(submissions=context.submissions)
    found = scorecard(contents, "S1").submitted
    assert (
        found.summary
        == "Data files expected: 7. Final: 5. First version only, so figures may still change: 1. Not sent: 1."
    )
    card = scorecard(contents, "S1")
    for html in (render_html(contents, "S1"), paper(card, lay_out(card)).html):
        assert "Not sent" in html
        for later in ("Valid NHS numbers:", "Deaths that we can link to care", "No records", "Left out"):
            assert later not in html


def test_what_is_kept_with_an_edition_is_read_back_alike() -> None:
    context = edition(submissions=trusted(*extracts(A1="missing")), linked=linked(B2="c"), payment=["crisis"]).context
    assert Context.model_validate(json.loads(context.model_dump_json())) == context


def test_a_quality_holds_words_and_whole_percents_only() -> None:
    with pytest.raises(ValidationError, match="valid integer"):
        Band(over=95.5, to=None)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="records"):
        Quality(**GOOD.model_dump(), records=1234)


def test_no_count_of_records_is_on_the_page() -> None:
    contents = edition(submissions=trusted(*extracts()), linked=linked())
    html = render_html(contents, "S1")
    table = html[html.index('<table class="extracts">') :]
    cells = re.findall(r"<td[^>]*>(?:<span[^>]*></span>)?([^<]*)</td>", table[: table.index("</table>")])
    assert set(cells) == {"Final, in time", "About as usual", "Over 99%", "95 to 99%", "Under 1%"}


def test_the_attached_figures_say_the_same() -> None:
    document = json.loads(figures_json(edition(submissions=trusted(*extracts()), linked=linked(B2="c")), "A1"))
    assert {s["supplier"]: s["quality"]["volume"] for s in document["submissions"]} == dict.fromkeys(
        [*CCGS, "H9"], "usual"
    )
    assert [(f["area"], f["numerator"], f["value"]) for f in document["linked"]][:2] == [
        ("A1", "390", "98"),
        ("B2", "[c]", ""),
    ]
