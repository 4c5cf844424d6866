"""Extreme months read well. Each was printed and looked at, page by page; what was seen is held here.

Every case is a whole edition: all published measures, six CCGs and forty-one data files. Its PDF and its web page have the
words that such a month has to have, none that it must not have, and no empty box.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import pypdfium2
import pytest
from fictional_editions import LAST, Cell
from full_editions import catalogue, counted, full_edition, senders, up_and_down, worse
from test_scorecards_pdf import text_of

from outcomes.periods import Month
from outcomes.scorecards import render_html, render_pdf
from outcomes.scorecards.contents import Contents, MeasureWords
from outcomes.scorecards.page import scorecard

pytestmark = pytest.mark.weasyprint

EVERY = len(catalogue())
# By quarter, a CCG has eight points in two years: too few to judge.
BY_MONTH = sum(words.ccg_grain == "month" for words in catalogue())
# Every scorecard has a small chart of the headline measure for each CCG.
SMALL = 6
WITHOUT_DIRECTION = sum(words.direction == "neither" for words in catalogue())

# What no page may ever say, and what only a template that is not filled in leaves behind.
NEVER = (r"\bnan\b", r"\bNaN\b", r"\bNone%", r"\bundefined\b", r"[{}]", r"\(\)", r" ,", r" ;", r"\s:\s")
EMPTY = re.compile(r"<(p|li|b|h\d|th|caption|section|article|text|title)(\s[^>]*)?>[\s.;:,]*</\1>")
# The only places for the word: an empty cell of the matrix, and two sentences.
NONE = re.compile(r'<span class="none">None</span>|None (of the|to check)')

LONG = "Greater Ashdown, Brindle Vale, the Upper Coldharbour Valleys and the Peninsula Integrated Commissioning Partnership"
WIDE = "WWWW Ashdown & Peninsula"


def nothing_this_month(words: MeasureWords, area: str, periods: int) -> Sequence[Cell] | None:
    """Ashdown sent nothing, so that the STP's figures are provisional."""
    *before, last = up_and_down(words, periods)
    return {"A1": [*before, "missing"], "S1": [*before, ("p", last)]}.get(area)


def never_anything(words: MeasureWords, area: str, periods: int) -> Sequence[Cell] | None:
    return ["missing"] * periods if area == "A1" else None


def no_year_of_ashdown(words: MeasureWords, area: str, people: int) -> Cell:
    return "missing" if area == "A1" else counted(words, 0, people)


def long_names() -> Contents:
    made = full_edition()
    areas = tuple(
        a.model_copy(
            update={
                "name": LONG,
                "full_name": f"NHS {LONG} Clinical Commissioning Group",
                "label": a.label if a.kind == "stp" else WIDE,
            }
        )
        for a in made.context.areas
    )
    senders_named = tuple(s.model_copy(update={"supplier_name": LONG}) for s in made.context.submissions)
    update = {"areas": areas, "submissions": senders_named, "stp_name": LONG}
    return replace(made, context=made.context.model_copy(update=update))


EDITIONS: dict[str, Callable[[], Contents]] = {
    "nothing sent this month": lambda: full_edition(
        nothing_this_month, submissions=senders(A1="missing"), missing="feed_0 A1 2018-04;feed_1 A1 2018-04"
    ),
    "nothing ever sent": lambda: full_edition(
        never_anything, submissions=senders(A1="missing"), year=no_year_of_ashdown
    ),
    "all withheld": lambda: full_edition(
        lambda words, area, periods: ["c"] * periods, year=lambda words, area, people: "c"
    ),
    "the first month": lambda: full_edition(first=LAST),
    "sixty months": lambda: full_edition(first=Month(2013, 5), months_on_a_chart=60),
    "long names": long_names,
    "nothing to say": full_edition,
    "every measure worse": lambda: full_edition(lambda words, area, periods: up_and_down(words, periods, worse(words))),
}


@dataclass(frozen=True)
class Seen:
    """`told` stands in the PDF and on the web page; `times` how often words stand in the PDF; `not_told` in neither."""

    pages: int
    headline: str
    told: tuple[str, ...] = ()
    not_told: tuple[str, ...] = ()
    times: dict[str, int] = field(default_factory=dict)


STEADY = "No significant change."
ALL_UNJUDGED = (
    "Improving.",
    "Getting worse.",
    STEADY,
    "better than its usual",
    "worse than its usual",
)
NOTHING_SENT = "Ashdown has not sent its record of deaths for April 2018, so there are no new figures for that month."
WITHHELD = "No measure can be judged: the figures for April 2018 are withheld to protect people."
TOO_EARLY = "It is too early to see a trend: no measure has twelve figures yet."
STEADY_HERE = f"None of the {BY_MONTH} measures we can judge changed beyond its usual ups and downs."
STEADY_THERE = "No measure changed beyond its usual ups and downs in April 2018."
NOT_DRAWN = "There is no figure to draw."
FIRST = "This is the first figure: a chart follows when there are more."

SEEN: dict[tuple[str, str], Seen] = {
    ("nothing sent this month", "A1"): Seen(
        pages=8,
        headline=NOTHING_SENT,
        told=(
            "Nothing sent for April 2018 by: Ashdown.",
            "When will the missing data come, and what stops it?",
            "No measure can be judged this month.",
            "11 of 16 data files are in; not sent: 5",
        ),
        not_told=(*(words for words in ALL_UNJUDGED if words != STEADY), NOT_DRAWN),
        # Of the five other CCGs alone.
        times={"Gaps: 1 not sent.": EVERY, STEADY: SMALL - 1},
    ),
    ("nothing sent this month", "S1"): Seen(
        pages=8,
        headline="The latest figures, to April 2018, are provisional: they may still change. "
        "So this is about the time up to March 2018.",
        told=("Nothing sent for April 2018 by: Ashdown.", "36 of 41 data files are in; not sent: 5"),
        not_told=("every measure can be judged", "in April 2018."),
        times={"Up to March 2018: No significant change.": EVERY, "April 2018 provisional: ": EVERY},
    ),
    ("nothing ever sent", "A1"): Seen(
        pages=8,
        headline=NOTHING_SENT,
        told=("Ashdown cannot be compared with the STP: its data were not sent.", "1 not sent"),
        not_told=(*(words for words in ALL_UNJUDGED if words != STEADY), " 0%", "About the same"),
        times={NOT_DRAWN: EVERY + 1, "Gaps: 24 not sent.": BY_MONTH, STEADY: SMALL - 1},
    ),
    ("nothing ever sent", "S1"): Seen(
        pages=8, headline=STEADY_THERE, told=("Nothing sent for April 2018 by: Ashdown.",), times={NOT_DRAWN: 1}
    ),
    ("all withheld", "A1"): Seen(
        pages=7,
        headline=WITHHELD,
        told=(
            "Ashdown cannot be compared with the STP: its figures are withheld to protect people.",
            "Cannot be told: all five groups withheld [c]",
        ),
        not_told=(*ALL_UNJUDGED, "there are no figures for it", "data were not sent"),
        times={NOT_DRAWN: EVERY},
    ),
    ("all withheld", "S1"): Seen(
        pages=7, headline=WITHHELD, not_told=ALL_UNJUDGED, times={NOT_DRAWN: EVERY, "6 withheld": 9}
    ),
    ("the first month", "A1"): Seen(
        pages=8,
        headline=TOO_EARLY,
        told=(
            "How fair care is can be told once there are twelve months of figures up to a quarter's end.",
            "The share of deaths linked can be told once there are twelve months of deaths up to a quarter's end.",
        ),
        not_told=(*ALL_UNJUDGED, "missing, provisional, withheld"),
        times={FIRST: BY_MONTH + SMALL, NOT_DRAWN: EVERY - BY_MONTH, "April 2018. Dot:": 1},
    ),
    ("the first month", "S1"): Seen(
        pages=8, headline=TOO_EARLY, not_told=ALL_UNJUDGED, times={FIRST: EVERY + SMALL, NOT_DRAWN: 0}
    ),
    ("sixty months", "A1"): Seen(
        pages=8,
        # By quarter it has figures up to March, by month up to April.
        headline="No measure changed beyond its usual ups and downs, each up to its last final figure.",
        told=("About the same as the STP on every measure that can be compared.", "May 13", "Sep 13"),
        times={STEADY: EVERY + SMALL, "Not enough": 0},
    ),
    ("sixty months", "S1"): Seen(
        pages=8, headline=STEADY_THERE, told=("May 13",), times={STEADY: EVERY + SMALL, "Not enough": 0}
    ),
    ("long names", "A1"): Seen(pages=8, headline=STEADY_HERE, told=(f"NHS {LONG} Clinical Commissioning Group", WIDE)),
    # The extracts take two pages, so that each part has pages of its own.
    ("long names", "S1"): Seen(pages=11, headline=STEADY_THERE, told=(LONG, WIDE), times={"Final, in time": 41}),
    ("nothing to say", "A1"): Seen(
        pages=8,
        headline=f"{STEADY_HERE} {EVERY - BY_MONTH} of {EVERY} cannot be judged this month.",
        told=("No measure that we can judge is worse than its usual ups and downs",),
        not_told=("Improving.", "Getting worse.", "every measure can be judged", "Ask:"),
    ),
    ("nothing to say", "S1"): Seen(
        pages=8,
        headline=STEADY_THERE,
        told=("Nothing unusual, and every measure can be judged.",),
        not_told=("Improving.", "Getting worse.", "Ask:"),
        times={STEADY: EVERY + SMALL},
    ),
    ("every measure worse", "A1"): Seen(
        pages=8,
        headline="Getting worse: Died where they wished, Preference recorded and 11 more.",
        told=("What changed around September 2017, and who is looking into it?",),
        not_told=("Improving.", "No significant change."),
        times={"8 months in a row": BY_MONTH + 3 + SMALL},
    ),
    ("every measure worse", "S1"): Seen(
        pages=8,
        headline="Getting worse: Died where they wished, Preference recorded and 23 more. Unusual: ",
        told=("No measure is better than its usual ups and downs this month.", "23 more are getting worse"),
        not_told=("Improving.", "No significant change.", "No measure is worse"),
        times={"Getting worse.": EVERY - WITHOUT_DIRECTION + SMALL, "Unusually high.": WITHOUT_DIRECTION},
    ),
}


@cache
def made(case: str) -> Contents:
    return EDITIONS[case]()


@cache
def printed(case: str, area: str) -> bytes:
    return render_pdf(made(case), area)


def words_of(html: str) -> str:
    """The words of a page as a reader meets them."""
    body = re.sub(r"<(style|title)>.*?</\1>", "", html, flags=re.DOTALL)
    # A block ends a word; a span or bold letters do not.
    spaced = re.sub(r"</?(span|b|a)\b[^>]*>", "", body)
    return " ".join(re.sub(r"<[^>]*>", " ", spaced).split())


@pytest.mark.parametrize(("case", "area"), SEEN)
def test_an_extreme_month_on_paper(case: str, area: str) -> None:
    seen, pdf = SEEN[case, area], printed(case, area)
    text = text_of(pdf)
    assert len(pypdfium2.PdfDocument(pdf)) == seen.pages
    for words in (seen.headline, *seen.told):
        assert words in text, words
    for words in seen.not_told:
        assert words not in text, words
    assert {words: text.count(words) for words in seen.times} == seen.times
    for pattern in NEVER:
        assert not re.search(pattern, text), pattern


@pytest.mark.parametrize(("case", "area"), SEEN)
def test_an_extreme_month_on_the_web(case: str, area: str) -> None:
    seen, html = SEEN[case, area], render_html(made(case), area)
    text = words_of(html).replace("&amp;", "&").replace("&#39;", "'")
    for words in (seen.headline, *seen.told):
        assert words in text, words
    for words in seen.not_told:
        assert words not in text, words
    for pattern in NEVER:
        assert not re.search(pattern, text), pattern
    assert not (empty := EMPTY.search(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))), empty
    assert "None" not in NONE.sub("", html)


@pytest.mark.parametrize(("case", "area"), SEEN)
def test_no_sentence_contradicts_its_chart(case: str, area: str) -> None:
    """What a panel, the headline's counts and the matrix say of a measure is one verdict, and a gap is never judged."""
    card = scorecard(made(case), area)
    in_matrix = [panel for row in card.matrix for cell in row.cells for panel in cell]
    not_judged = [panel for _, panels in card.not_judged for panel in panels]
    assert sorted(p.number for p in (*in_matrix, *not_judged)) == list(range(1, EVERY + 1))
    for row in card.matrix:
        assert {p.tone for cell in row.cells for p in cell} <= {row.tone}
    for panel in card.panels:
        if panel.judgement.chart is None:
            assert panel.tone == "unjudged"
        if not panel.has_value:
            assert not panel.judged.likely
            assert panel.tone == "unjudged"
        if panel.tone != "unjudged":
            assert panel.word in panel.alt
