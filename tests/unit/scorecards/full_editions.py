"""Fictional editions at full size: the published measures with their own words and targets, six CCGs, forty-one extracts.

Each figure lies about its target (or half-way, or at what is usual), up and down without any signal, unless a test says
otherwise. `Value` is in the measure's printed unit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from fictional_editions import (
    CCGS,
    FIRST,
    LAST,
    PEOPLE,
    STEADY,
    Cell,
    areas,
    edition,
    extracts,
    figure,
    linked,
    trusted,
)

from outcomes.definitions.measures import measures
from outcomes.definitions.policy import policy
from outcomes.disclosure.released import ReleasedFigure
from outcomes.periods import Month, months_between, quarter_months
from outcomes.scorecards.contents import Contents, MeasureWords, SubmissionState

AREAS = ("S1", *CCGS)
USUAL = {"percent": 50.0, "pounds": 6000.0}
# What a measure shows in an area, from how many periods there are: None leaves it as it is.
Told = Callable[[MeasureWords, str, int], Sequence[Cell] | None]


def catalogue() -> tuple[MeasureWords, ...]:
    """The published measures in the order of a scorecard, with the partnership's targets."""
    decided, known = policy(), measures()
    published = sorted(
        (m for m in known.values() if m.status == "published"), key=lambda m: decided.reporting.place(m.id)
    )
    own = set(MeasureWords.model_fields) - {"target"}
    return tuple(MeasureWords(**m.model_dump(include=own), target=decided.targets.get(m.id)) for m in published)


def usual(words: MeasureWords) -> float:
    return words.target if words.target is not None else USUAL.get(words.unit, 1.0)


def counted(words: MeasureWords, moved: float, people: int = PEOPLE) -> int:
    """The numerator of what is usual, moved by so many hundredths of it (points, where it is a percentage)."""
    if words.scoring == "proportion":
        return round(people * (usual(words) + moved / 2) / 100)
    return round(people * usual(words) * (1 + moved / 400))


def up_and_down(words: MeasureWords, periods: int, last_eight: float = 0) -> list[Cell]:
    """So many periods without a signal; the last eight moved, as `counted` moves them."""
    steady = (STEADY * 5)[len(STEADY) * 5 - periods :]
    return [
        counted(words, (each - 100) / 5 + (last_eight if place >= periods - 8 else 0))
        for place, each in enumerate(steady)
    ]


def worse(words: MeasureWords) -> float:
    """A move for the worse (up, where neither way is)."""
    return -16.0 if words.direction == "higher_is_better" else 16.0


def senders(**states: str) -> tuple[SubmissionState, ...]:
    """Forty-one extracts: deaths and four more feeds of each CCG, eleven of hospitals."""
    six = [
        s for n in range(5) for s in extracts(**states) if s.supplier in CCGS for s in [_feed(s, f"Extract {n + 1}", n)]
    ]
    hospital = next(s for s in extracts() if s.supplier == "H9")
    return (*six, *(_feed(hospital, f"Hospital extract {n + 1}", n + 5) for n in range(11)))


def _feed(state: SubmissionState, title: str, number: int) -> SubmissionState:
    return state.model_copy(update={"feed": f"feed_{number}", "feed_title": title})


def full_edition(
    told: Told = lambda words, area, periods: None,
    *,
    first: Month = FIRST,
    year: Callable[[MeasureWords, str, int], Cell] | None = None,
    submissions: Sequence[SubmissionState] = (),
    missing: str = "",
    months_on_a_chart: int = 24,
) -> Contents:
    """An edition of April 2018. `year` is what the rolling years and their fifths show: what is usual when left out."""
    words = catalogue()
    months = list(months_between(first, LAST))
    quarters = [m.quarter for m in months if m.ends_quarter and m - 2 >= first]
    series: dict[tuple[str, str], Sequence[Cell]] = {}
    for one in words:
        for area in areas():
            periods = len(quarters if area.kind == "ccg" and one.ccg_grain == "quarter" else months)
            given = told(one, area.code, periods)
            series[one.id, area.code] = up_and_down(one, periods) if given is None else given
    made = edition(
        series,
        measures=words,
        first=first,
        submissions=trusted(*(submissions or senders())),
        missing=missing,
        payment=policy().payment.measures,
        linked=linked() if len(quarters) > 3 else (),
        more=list(_years(words, quarters[3:], year)),
    )
    context = made.context.model_copy(update={"months_on_a_chart": months_on_a_chart})
    return replace(made, context=context)


def _years(
    words: Iterable[MeasureWords], ends: Sequence[str], year: Callable[[MeasureWords, str, int], Cell] | None
) -> Iterable[ReleasedFigure]:
    for one in words:
        for end in ends:
            month = str(quarter_months(end)[2])
            for area in AREAS:
                cell = counted(one, 0, 2400) if year is None else year(one, area, 2400)
                yield figure(one, area, "rolling-12", month, cell, people=2400)
            for number in range(5):
                cell = counted(one, number - 2, 500) if year is None else year(one, "S1", 500)
                fifth = figure(one, "S1", "rolling-12", month, cell, people=500)
                yield replace(fifth, stratum="deprivation_quintile", stratum_value=str(number + 1))
