"""Plain words: what a scorecard says is for a lay reader, and for one of twelve.

The grade is Flesch and Kincaid's: 0.39 times the words of a sentence, plus 11.8 times the syllables of a word, less 15.59;
seven school years are an age of twelve. Syllables are counted by groups of vowels, without a silent e.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence

import pytest
from fictional_editions import LAST, STEADY, edition, figure, measure
from full_editions import full_edition, senders, up_and_down, worse

from outcomes.definitions.shipped import shipped
from outcomes.scorecards import summary
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.page import scorecard

GRADE_OF_TWELVE = 7.0
LONGEST = 25
# What lay readers stumbled on, or would.
JARGON = (
    r"extract|contract|feed|selection|stratum|strata|quintile|slope|cohort|numerator|denominator|percentile|outlier|xmr|"
    r"rolling|settled|freeze|flex|superspell|pseudonym|common cause|assurance|variance|deviation|confidence"
)
# For analysts, under a heading that says so; and in exact words, beside plain ones.
FOR_ANALYSTS = "method"

WORDING = tomllib.loads(shipped("report_templates/wording.toml").read_text(encoding="utf-8"))
SECTIONS = {
    name: [text for text in entries.values() if isinstance(text, str)]
    for name, entries in WORDING.items()
    if name != FOR_ANALYSTS and any(isinstance(text, str) for text in entries.values())
}


def sentences(text: str) -> Iterator[list[str]]:
    """The words of each sentence; what is filled in counts as one short word."""
    for each in re.split(r"[.;:?!](?:\s|$)", re.sub(r"\{\w+\}", "this", text)):
        if words := re.findall(r"[A-Za-z0-9’'&%£-]+", each):
            yield words


def syllables(word: str) -> int:
    letters = re.sub(r"[^a-z]", "", word.lower())
    if len(letters) > 3:
        letters = re.sub(r"(?<![l])e$|(?<![td])ed$|(?<![scxz])es$", "", letters)
    return max(1, len(re.findall(r"[aeiouy]+", letters)))


def grade(texts: Sequence[str]) -> float:
    said = [words for text in texts for words in sentences(text)]
    words = [word for each in said for word in each]
    return 0.39 * len(words) / len(said) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def test_the_grade_knows_plain_words_from_others() -> None:
    assert [syllables(word) for word in ("the", "care", "people", "provisional", "changed", "ended")] == [
        1,
        1,
        2,
        4,
        1,
        2,
    ]
    assert grade(["The cat sat on the mat."]) < 1
    analysts = [text for text in WORDING[FOR_ANALYSTS].values() if isinstance(text, str)]
    assert grade([WORDING[FOR_ANALYSTS]["guarantee"]]) > 12
    assert grade(analysts) > max(grade(texts) for texts in SECTIONS.values() if longer(texts))


def longer(texts: Sequence[str]) -> list[str]:
    """What is a sentence and no label."""
    return [text for text in texts if len(text.split()) > 4]


@pytest.mark.parametrize("section", [name for name, texts in SECTIONS.items() if longer(texts)])
def test_the_words_are_for_a_reader_of_twelve(section: str) -> None:
    assert grade(longer(SECTIONS[section])) <= GRADE_OF_TWELVE
    for text in SECTIONS[section]:
        for words in sentences(text):
            assert len(words) <= LONGEST, " ".join(words)


@pytest.mark.parametrize("section", SECTIONS)
def test_no_word_of_the_trade_stands_in_a_boards_report(section: str) -> None:
    for text in SECTIONS[section]:
        said = re.sub(r"\{\w+\}|figures\.json", "", text)
        assert not (found := re.search(rf"\b(?:{JARGON})", said, re.IGNORECASE)), (found, text)


MONTHS: dict[str, Callable[[], Contents]] = {
    "nothing to say": full_edition,
    "every measure worse": lambda: full_edition(lambda words, area, periods: up_and_down(words, periods, worse(words))),
    "all withheld": lambda: full_edition(lambda words, area, periods: ["c"] * periods),
    "provisional": lambda: full_edition(
        lambda words, area, periods: [*up_and_down(words, periods)[:-1], ("p", 50)], submissions=senders(A1="missing")
    ),
    "the first month": lambda: full_edition(first=LAST),
}


@pytest.mark.parametrize("month", MONTHS)
@pytest.mark.parametrize("area", ["S1", "A1"])
def test_page_1_as_it_is_printed_is_for_a_reader_of_twelve(month: str, area: str) -> None:
    made = MONTHS[month]()
    said = summary(made, area)
    panels = [panel.sentence for panel in scorecard(made, area).panels]
    assert grade([said.headline, *said.points]) <= GRADE_OF_TWELVE
    assert grade(panels) <= GRADE_OF_TWELVE


YEAR = ("rolling-12", "2018-03")


def test_measures_that_nobody_has_a_figure_of_are_named_once_with_the_reason() -> None:
    words = [measure(n) for n in range(4)]
    nobody = [figure(words[0], a, *YEAR, "c") for a in ("S1", "A1", "B2", "C3", "D4", "E5", "F6")]
    mixed = [
        figure(words[1], a, *YEAR, cell)
        for a, cell in zip(("S1", "A1", "B2", "C3", "D4", "E5", "F6"), ("c", "missing", *["few"] * 5), strict=True)
    ]
    # Of the third the STP has a figure: its row stays, and says once why the others are not there.
    stp_alone = [figure(words[2], a, *YEAR, "c") for a in ("A1", "B2", "C3", "D4", "E5", "F6")]
    card = scorecard(edition(measures=words, more=[*nobody, *mixed, *stp_alone]), "S1")
    assert [line.number for line in card.comparison] == [3, 4]
    assert [line.empty for line in card.comparison] == ["suppressed", ""]
    assert card.left_out == (
        "Not compared, as withheld to protect people everywhere: 1. Place achieved.",
        "Not compared, as no CCG has a figure (withheld, not sent or too few): 2. Emergency admissions.",
    )
    everywhere = edition(
        measures=words,
        more=[figure(w, a, *YEAR, "c") for w in words for a in ("S1", *["A1", "B2", "C3", "D4", "E5", "F6"])],
    )
    assert scorecard(everywhere, "S1").left_out == (
        "Not compared, as withheld to protect people everywhere: all 4 measures.",
    )


def test_colour_is_explained_only_where_something_is_coloured() -> None:
    def told(*cells: object) -> str:
        year = [
            figure(measure(0), a, *YEAR, cell, people=2400)  # type: ignore[arg-type]
            for a, cell in zip(("A1", "B2", "C3", "D4", "E5", "F6"), cells, strict=True)
        ]
        return scorecard(edition(measures=[measure(0)], more=year), "S1").colouring

    hollow = ("p", 1200)
    assert told(*[1200] * 6) == "No line clears the STP, so none is coloured."
    assert told(*[hollow] * 6) == "Hollow: provisional, so not compared yet."
    assert told(1500, *[1200] * 5).startswith("Blue circle: better than the STP.")
    assert told(1500, *[1200] * 4, hollow).endswith("Hollow: provisional, not compared yet.")
    assert told(*["c"] * 6) == ""


def test_the_bars_name_the_measure_that_they_must_not_be_taken_for() -> None:
    words = (measure(5, id="deaths_in_usual_residence"), measure(4, id="deaths_in_hospital"))
    beside = scorecard(edition({(words[0].id, "S1"): STEADY}, measures=words), "S1").alongside
    assert beside is not None
    assert beside.home == "1. At home"
