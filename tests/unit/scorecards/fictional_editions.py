"""Fictional editions: nine measures, seven areas, 24 months, with the numbers that a test wants.

Every proportion has 200 people below the line and every mean or rate 200 deaths, so that a numerator of 100 reads 50 %,
or 0.5 events, or 0.5 days for each. All areas are alike but for the series a test replaces.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from outcomes.disclosure.released import ReleasedFigure
from outcomes.periods import Month, months_between, quarter_months
from outcomes.scorecards.contents import (
    AreaWords,
    Band,
    Contents,
    Context,
    MeasureWords,
    Quality,
    RebasedWords,
    SubmissionState,
)
from outcomes.statistics import proportion_interval

FIRST, LAST = Month(2016, 5), Month(2018, 4)
PEOPLE = 200

# Up and down around 100 of 200, without any signal.
STEADY = (100, 110, 95, 105, 90, 105, 100, 95, 110, 100, 95, 105) * 2
# Eight months clearly above, or below, what went before, and within the limits.
RISEN = (*STEADY[:16], *[120, 125] * 4)
FALLEN = (*STEADY[:16], *[80, 75] * 4)

# A numerator, "c" (withheld), "missing" (not sent), "none" (no one), "few" (10 of 15), or ("p", any of these): provisional.
Cell = int | str | tuple[str, int | str]

MEASURES = (
    ("place_achieved", "Died where they wanted to", "Place achieved", "proportion", "higher_is_better", "month"),
    ("crisis", "Emergency admissions in the last 90 days", "Emergency admissions", "rate", "lower_is_better", "month"),
    ("crisis_many", "Three or more admissions", "3+ admissions", "proportion", "lower_is_better", "quarter"),
    ("home_days", "Days at home in the last 90", "Days at home", "mean", "higher_is_better", "month"),
    ("in_hospital", "Died in hospital", "Died in hospital", "proportion", "neither", "month"),
    ("usual_place", "Died at home or in a care home", "At home", "proportion", "higher_is_better", "month"),
    ("register", "On the palliative care register", "On register", "proportion", "higher_is_better", "month"),
    ("recorded", "A wish was on record", "Wish recorded", "proportion", "higher_is_better", "month"),
    ("shared", "A shared record was in place", "Shared record", "proportion", "higher_is_better", "month"),
)
UNITS = {"proportion": "percent", "rate": "admissions per death", "mean": "days"}
CCGS = {"A1": "Ashdown", "B2": "Brindle Vale", "C3": "Coldharbour", "D4": "Easton", "E5": "Fenmoor", "F6": "Granby"}


def measure(number: int = 0, **changes: object) -> MeasureWords:
    """The words of a measure, with changes."""
    id, title, short, scoring, direction, grain = MEASURES[number]
    words = MeasureWords.model_validate(
        {
            "id": id,
            "version": 1,
            "title": title,
            "short_title": short,
            "promise": "Choice",
            "statement": "I can die in the place I choose.",
            "why_it_matters": "People told us that it matters most.",
            "denominator": "Everyone who died and had said where.",
            "numerator": "Those who died there.",
            "not_counted": "Those who had not decided.",
            "scoring": scoring,
            "unit": UNITS[scoring],
            "direction": direction,
            "ccg_grain": grain,
            "target": None,
            "owner": "Clinical lead",
            "reviewed": date(2018, 1, 10),
        }
    )
    return words.model_copy(update=changes)


def areas() -> tuple[AreaWords, ...]:
    stp = AreaWords(code="S1", gss="E5", name="Westshire STP", full_name="Westshire STP", label="STP", kind="stp")
    return (
        stp,
        *(
            AreaWords(code=code, gss=f"E38{code}", name=name, full_name=f"NHS {name} CCG", label=name, kind="ccg")
            for code, name in CCGS.items()
        ),
    )


def figure(
    words: MeasureWords, area: str, grain: str, period: str, cell: Cell, people: int = PEOPLE, missing: str = ""
) -> ReleasedFigure:
    """A figure as the gate would let it out."""
    provisional = isinstance(cell, tuple)
    cell = cell[1] if isinstance(cell, tuple) else cell
    states = {"c": "suppressed", "missing": "not_submitted", "none": "no_cases"}
    state = states.get(cell, "shown") if isinstance(cell, str) else "shown"
    denominator: int | None = 15 if cell == "few" else people
    numerator: int | None = 10 if isinstance(cell, str) else cell
    if state != "shown":
        denominator = numerator = 0 if state == "no_cases" else None
    per = 100 if words.scoring == "proportion" else 1
    decimals = {"proportion": 0, "rate": 2, "mean": 1}[words.scoring]
    value = lower = upper = None
    if state == "shown" and numerator is not None and denominator and denominator >= 20:
        value = round(per * numerator / denominator, decimals)
        if words.scoring == "proportion":
            limits = proportion_interval(numerator, denominator)
            lower, upper = round(100 * limits.lower), round(100 * limits.upper)
        else:
            lower, upper = round(value - 0.1, decimals), round(value + 0.1, decimals)
    return ReleasedFigure(
        measure=words.id,
        area=area,
        grain=grain,
        period=period,
        stratum="all",
        stratum_value="all",
        measure_version=1,
        state=state,  # type: ignore[arg-type]
        denominator=denominator,
        numerator=numerator,
        value=value,
        lower=lower,
        upper=upper,
        decimals=decimals,
        per=per,
        provisional=provisional,
        missing=missing,
    )


def edition(
    series: Mapping[tuple[str, str], Sequence[Cell]] | None = None,
    *,
    measures: Sequence[MeasureWords] | None = None,
    submissions: Sequence[SubmissionState] = (),
    rebased: Sequence[RebasedWords] = (),
    first: Month = FIRST,
    last: Month = LAST,
    number: int = 1,
    replaces: int | None = None,
    earlier: Sequence[ReleasedFigure] = (),
    missing: str = "",
    more: Sequence[ReleasedFigure] = (),
    payment: Sequence[str] = (),
    linked: Sequence[ReleasedFigure] = (),
) -> Contents:
    """An edition. `series` gives a measure's cells in an area by month (by quarter where the area's figures are)."""
    words = tuple(measures or (measure(number) for number in range(len(MEASURES))))
    months = list(months_between(first, last))
    quarters = [m.quarter for m in months if m.ends_quarter and m - 2 >= first]
    figures = list(more)
    for one in words:
        for area in areas():
            by_quarter = area.kind == "ccg" and one.ccg_grain == "quarter"
            periods = quarters if by_quarter else [str(m) for m in months]
            cells: Sequence[Cell] = (series or {}).get((one.id, area.code)) or STEADY[len(STEADY) - len(periods) :]
            assert len(cells) == len(periods)
            for period, cell in zip(periods, cells, strict=True):
                grain = "quarter" if by_quarter else "month"
                note = missing if period == periods[-1] else ""
                figures.append(figure(one, area.code, grain, period, cell, missing=note))
            figures += [
                figure(one, area.code, "rolling-12", str(quarter_months(q)[2]), 1200, people=2400) for q in quarters[3:]
            ]
    given = {f.key: f for f in reversed(figures)}
    context = Context(
        stp_name="Westshire STP",
        areas=areas(),
        measures=words,
        submissions=tuple(submissions) or extracts(),
        first_month=str(first),
        months_on_a_chart=24,
        rebased=tuple(rebased),
        payment=tuple(payment),
        linked=tuple(linked),
        made_on=date(2018, 6, 14),
        code_version="0123abc",
        selection="fedc9876",
        release="17",
        replaces=replaces,
    )
    return Contents(str(last), number, context, tuple(given.values()), tuple(earlier))


def fifths(words: MeasureWords, cells: Sequence[Cell], people: int = 500) -> list[ReleasedFigure]:
    """The STP's year to March 2018 by deprivation, the most deprived first."""
    return [
        replace(
            figure(words, "S1", "rolling-12", "2018-03", cell, people=people),
            stratum="deprivation_quintile",
            stratum_value=str(number),
        )
        for number, cell in enumerate(cells, start=1)
    ]


def linked(**cells: Cell) -> tuple[ReleasedFigure, ...]:
    """The share of deaths linked in the year to March 2018: 390 of 400 in each CCG but for the cells given."""
    words = measure(0, id="deaths_linked")
    return tuple(figure(words, c, "rolling-12", "2018-03", cells.get(c, 390), people=400) for c in CCGS)


GOOD = Quality(
    in_time=True,
    volume="usual",
    valid_numbers=Band(over=99, to=None),
    filled=Band(over=95, to=99),
    rejected=Band(over=None, to=1),
)


def trusted(*states: SubmissionState, **quality: object) -> tuple[SubmissionState, ...]:
    """The extracts with their quality: good, but for what is given of those that were sent."""
    of_all = GOOD.model_copy(update=quality)
    return tuple(s.model_copy(update={"quality": None if s.state == "missing" else of_all}) for s in states)


def extracts(**states: str) -> tuple[SubmissionState, ...]:
    """The extracts of the month: each CCG's deaths and a hospital's admissions; `A1="missing"` changes one."""
    senders = [("deaths", "Registered deaths", code, name) for code, name in CCGS.items()]
    senders.append(("admissions", "Hospital episodes", "H9", "Westshire Hospitals"))
    return tuple(
        SubmissionState.model_validate(
            {
                "feed": feed,
                "feed_title": title,
                "supplier": code,
                "supplier_name": name,
                "state": states.get(code, "freeze"),
                "sequence": None if states.get(code) == "missing" else 1,
            }
        )
        for feed, title, code, name in senders
    )
