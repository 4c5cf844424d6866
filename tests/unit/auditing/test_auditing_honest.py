"""An edition that the renderer made from released figures says nothing beyond them, however odd its month was."""

from dataclasses import replace
from pathlib import Path

import pytest
from published_editions import (
    ACHIEVED,
    HEADLINE,
    HOME,
    HOSPITAL,
    REGISTER,
    TOGETHER,
    after_month_before,
    contents,
    found_in,
    month_before,
    publish,
    together,
    written,
    year,
)

from outcomes.auditing import figures_in
from outcomes.periods import months_between
from outcomes.scorecards.contents import RebasedWords
from unit.scorecards.fictional_editions import CCGS, FALLEN, FIRST, LAST, MEASURES, RISEN, measure

_QUARTERS = sum(month.ends_quarter and month - 2 >= FIRST for month in months_between(FIRST, LAST))


def everywhere(cells: list[object], areas: tuple[str, ...]) -> dict[tuple[str, str], list[object]]:
    """The same cells, over and over, for every measure of some areas."""
    return {
        (id, area): (cells * 24)[: _QUARTERS if grain == "quarter" and area != "S1" else 24]
        for id, _, _, _, _, grain in MEASURES
        for area in areas
    }


MONTHS = {
    "the first month ever": {"first": LAST, "series": {}, "more": (), "payment": (), "linked": ()},
    "before the first whole year": {"first": LAST - 2, "series": {}, "more": (), "linked": ()},
    "everything withheld": {"series": everywhere(["c"], ("S1", *CCGS)), "more": ()},
    "a CCG that sent nothing": {"series": everywhere(["missing"], ("A1",))},
    "too few people, or nobody": {"series": everywhere(["few", "none"], ("A1",))},
    "the same figure every month": {"series": everywhere([100], ("A1",))},
    "a rise and a fall": {"series": {("place_achieved", "A1"): RISEN, ("crisis", "A1"): FALLEN}},
    "limits that start anew": {
        "rebased": [
            RebasedWords(measure="place_achieved", area=None, since="2017-04", reason="New form from 1 April 2017")
        ]
    },
    "an extract missing": {"missing": "deaths A1 2018-04; admissions H9 2018-04"},
    "pounds, and percentages that are means": {
        "measures": [measure(3, unit="pounds", target=6000.0), measure(3, id="share", unit="percent"), measure(1)],
        "payment": ("home_days", "share"),
        "series": {},
        "more": (),
    },
}


@pytest.mark.weasyprint
def test_an_honest_edition_on_paper_and_on_the_screen_says_nothing_more(honest: Path) -> None:
    assert found_in(honest) == []


@pytest.mark.parametrize("month", MONTHS)
def test_an_honest_page_says_nothing_more(month: str, tmp_path: Path) -> None:
    made = contents(**MONTHS[month])

    assert found_in(publish(made, tmp_path, ("S1", "A1", "B2"), on_paper=False)) == []


@pytest.mark.parametrize("kept", [True, False], ids=["the edition before at hand", "without it"])
def test_a_correction_may_print_what_the_edition_before_printed(kept: bool, tmp_path: Path) -> None:
    before = contents()
    if kept:
        publish(before, tmp_path, (), on_paper=False)
    after = contents(series={("place_achieved", "A1"): RISEN}, number=2, replaces=1, earlier=before.figures)

    assert found_in(publish(after, tmp_path, ("S1", "A1"), on_paper=False)) == []


@pytest.mark.weasyprint
def test_an_honest_edition_with_the_page_of_the_ccgs_reasons_and_words_says_nothing_more(compared: Path) -> None:
    assert found_in(compared) == []


BESIDE = {
    "the first month ever": {"first": LAST, "series": {}, "more": ()},
    "nobody died elsewhere": {"more": year(HOSPITAL, A1=(500, 1000)) + year(HOME, A1=(500, 980))},
    "a part as wide as high": {"more": year(HOSPITAL, A1=(50, 1000)) + year(HOME, A1=(930, 980))},
    "one bar, with one number": {
        "more": [
            *year(HOSPITAL, **dict.fromkeys(("S1", *CCGS), ("c", 0)) | {"A1": (20, 1000)}),
            *year(HOME, A1=(970, 980)),
        ]
    },
    "too few for a funnel": {"more": year(REGISTER, A1=("c", 0), B2=("c", 0), C3=("c", 0), D4=("few", 0))},
    "far apart": {"more": year(ACHIEVED, A1=(60, 65), B2=(600, 2400), C3=(2300, 2400), D4=(0, 20), E5=(20, 20))},
    "all in a row": {"more": year(ACHIEVED, **dict.fromkeys(CCGS, (600, 1200)))},
    "small charts of which one is empty": {"series": {**HEADLINE, (ACHIEVED.id, "A1"): ["missing"] * 24}},
    "small charts of the same figure": {"series": {(ACHIEVED.id, code): [100] * 24 for code in CCGS}},
    "small charts by quarter": {"measures": [measure(2, id=ACHIEVED.id), *TOGETHER[1:4]], "series": {}},
    "limits that start anew": {
        "rebased": [RebasedWords(measure=ACHIEVED.id, area="A1", since="2017-04", reason="New form from 1 April 2017")]
    },
}


@pytest.mark.parametrize("month", BESIDE)
def test_an_honest_page_of_the_ccgs_says_nothing_more(month: str, tmp_path: Path) -> None:
    made = written(together(**BESIDE[month]))

    assert found_in(publish(made, tmp_path, ("S1", "A1"), on_paper=False)) == []


@pytest.mark.weasyprint
@pytest.mark.parametrize(
    "month", ["nobody died elsewhere", "a part as wide as high", "one bar, with one number", "far apart"]
)
def test_the_page_of_the_ccgs_is_the_same_on_paper(month: str, tmp_path: Path) -> None:
    made = written(together(**BESIDE[month]))

    assert found_in(publish(made, tmp_path, ("A1",))) == []


@pytest.mark.parametrize("kept", [True, False], ids=["that of the month before at hand", "without it"])
def test_a_new_month_may_print_what_the_month_before_printed(kept: bool, tmp_path: Path) -> None:
    if kept:
        publish(month_before(), tmp_path, (), on_paper=False)

    assert found_in(publish(after_month_before(), tmp_path, ("S1", "A1"), on_paper=False)) == []


def test_a_reason_may_name_an_extract_of_a_later_month_than_the_edition(tmp_path: Path) -> None:
    made = after_month_before()
    assert made.context.compared
    (first, *_) = made.context.compared.new_extracts
    # Made in June; the edition is April's.
    later = made.context.compared.model_copy(update={"new_extracts": (first.model_copy(update={"period": "2018-06"}),)})
    made = replace(made, context=made.context.model_copy(update={"compared": later}))
    folder = publish(made, tmp_path, ("S1", "A1"), on_paper=False)
    assert "Jun 18, sent again" in (folder / "scorecard-A1.html").read_text()
    assert found_in(folder) == []


def test_a_stranger_reads_counts_as_numbers_and_what_is_withheld_as_nothing(tmp_path: Path) -> None:
    table = figures_in(publish(contents(), tmp_path, (), on_paper=False))

    own = table[(table["measure"] == "place_achieved") & (table["area"] == "A1") & (table["grain"] == "month")]
    assert own["numerator"].head(3).tolist()[:2] == [100.0, 110.0]
    assert own["numerator"].isna().sum() == (own["state"] == "suppressed").sum() == 2
    assert own[own["state"] == "suppressed"]["value"].tolist() == ["", ""]
