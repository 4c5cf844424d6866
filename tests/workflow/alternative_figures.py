"""All figures a second time, in boring Python, from suppliers' files as they lie in an inbox.

Written from the definitions of the measures, never from the product's code: areas, windows, strata and states. Which
records count is told in `alternative_submissions`, what became of each death in `alternative_deaths`.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import alternative_intervals
from alternative_deaths import Case, Lives
from alternative_submissions import CCGS, EXPECTED, in_force

Key = tuple[str, str, str, str, str, str]

# What costs and whom it involves.
ACTIVITY = "admissions ed_attendances community_contacts urgent_care_contacts ambulance_incidents hospice_care"
# Scoring of each measure, and the feeds beside the deaths that it is made of, from the catalogue.
MEASURES = {
    "preferred_place_recorded": ("proportion", "epaccs"),
    "preferred_place_achieved": ("proportion", "epaccs"),
    "preferred_place_achieved_either": ("proportion", "epaccs"),
    "deaths_in_usual_residence": ("proportion", ""),
    "deaths_in_hospital": ("proportion", ""),
    "preference_changed": ("proportion", "epaccs"),
    "crisis_admissions": ("rate", "admissions"),
    "crisis_admissions_three_or_more": ("proportion", "admissions"),
    "emergency_department_last_30_days": ("proportion", "ed_attendances"),
    "emergency_department_three_or_more": ("proportion", "ed_attendances"),
    "out_of_hours_crisis": ("proportion", "ed_attendances"),
    "urgent_care_in_time": ("proportion", "urgent_care_contacts epaccs palliative_register"),
    "rapid_response_two_hours": ("proportion", "community_contacts"),
    "hospital_death_after_short_stay": ("proportion", "admissions"),
    "days_at_home_last_90": ("mean", "admissions"),
    "time_at_home_last_six_months": ("mean", "admissions"),
    "emergency_bed_days_last_90": ("mean", "admissions"),
    "on_palliative_register": ("proportion", "palliative_register"),
    "on_register_90_days": ("proportion", "palliative_register"),
    "shared_care_record": ("proportion", "epaccs"),
    "care_plan_current": ("proportion", "epaccs"),
    "anticipatory_medicines": ("proportion", "epaccs"),
    "bereaved_pain_relief": ("proportion", "bereavement_survey"),
    "bereaved_coordination": ("proportion", "bereavement_survey"),
    "bereaved_support": ("proportion", "bereavement_survey"),
    "bereaved_response_rate": ("proportion", "bereavement_survey"),
    "bereaved_overall": ("proportion", "bereavement_survey"),
    "organisations_involved": ("mean", ACTIVITY),
    "pathway_cost_last_90": ("mean", ACTIVITY),
}
STRATA = {
    "all": ["all"],
    "age_band": ["18-64", "65-74", "75-84", "85+"],
    "sex": ["1", "2", "9"],
    "deprivation_quintile": ["1", "2", "3", "4", "5", "unknown"],
    "cause_group": ["cancer", "dementia", "circulatory", "respiratory", "other"],
}


@dataclass(frozen=True)
class Figure:
    """A figure; `left_out` counts the exceptions and the exclusions."""

    denominator: int | None
    numerator: float | None
    value: float
    lower: float
    upper: float
    state: str
    missing: frozenset[str]
    left_out: tuple[int, int]


def months(first: str, last: str) -> list[str]:
    every = [f"{year}-{month:02d}" for year in range(int(first[:4]), int(last[:4]) + 1) for month in range(1, 13)]
    return every[every.index(first) : every.index(last) + 1]


def windows(every: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Each month; quarters of the financial year and runs of twelve months that are there as a whole."""
    for month in every:
        yield "month", month, [month]
    for three in zip(every, every[1:], every[2:], strict=False):
        if three[0][5:] in {"04", "07", "10", "01"}:
            start = int(three[0][:4]) - (three[0][5:] == "01")
            number = {"04": 1, "07": 2, "10": 3, "01": 4}[three[0][5:]]
            yield "quarter", f"{start}/{(start + 1) % 100:02d}-Q{number}", list(three)
    for end in range(11, len(every)):
        yield "rolling-12", every[end], every[end - 11 : end + 1]


def all_figures(folder: Path, to: str | None = None) -> dict[Key, Figure]:
    """Every figure under its key: measure, area, grain, period, stratum, stratum_value."""
    submissions = in_force(folder)
    with_deaths = sorted(period for feed, _, period in submissions if feed == "deaths")
    every = months(with_deaths[0], to or with_deaths[-1])
    is_submitted = {(ccg, m): ("deaths", ccg, m) in submissions for ccg in CCGS for m in every}
    frozen = {
        m: all((f, s, m) in submissions and submissions[f, s, m].status == "freeze" for f, s in EXPECTED) for m in every
    }
    lives = Lives(submissions)
    found: dict[Key, Figure] = {}
    for measure, (scoring, others) in MEASURES.items():
        feeds = {"deaths", *others.split()}
        cases: dict[tuple[str, str], list[Case]] = defaultdict(list)
        for death, outcome in lives.cases(measure):
            if is_submitted.get((death["ccg"], death["month"])):
                cases[death["ccg"], death["month"]].append((death, outcome))
        for area in ["QNC", *CCGS]:
            ccgs = CCGS if area == "QNC" else [area]
            for grain, period, window in windows(every):
                missing = frozenset(
                    f"{feed} {supplier} {m}"
                    for m in window
                    for feed, supplier in EXPECTED
                    if feed in feeds and (supplier not in CCGS or supplier in ccgs)
                    if (feed, supplier, m) not in submissions
                )
                submitted = any(is_submitted[ccg, m] for ccg in ccgs for m in window)
                final = all(frozen[m] for m in window)
                here = [case for ccg in ccgs for m in window for case in cases.get((ccg, m), ())]
                for stratum, values in STRATA.items():
                    outcomes = defaultdict(list)
                    for death, outcome in here:
                        outcomes[death[stratum]].append(outcome)
                    for value in values:
                        key = (measure, area, grain, period, stratum, value)
                        found[key] = figure(scoring, outcomes[value], submitted, final, missing)
    return found


def figure(scoring: str, outcomes: list[float | str], submitted: bool, final: bool, missing: frozenset[str]) -> Figure:
    nothing = (math.nan,) * 3
    if not submitted:
        return Figure(None, None, *nothing, "not_submitted", missing, (0, 0))
    left_out = (outcomes.count("exception"), outcomes.count("excluded"))
    amounts = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    if not amounts:
        return Figure(0, 0, *nothing, "no_cases", missing, left_out)
    limits = alternative_intervals.of(scoring, amounts)
    state = "counted" if final else "provisional"
    return Figure(len(amounts), math.fsum(amounts), *limits, state, missing, left_out)
