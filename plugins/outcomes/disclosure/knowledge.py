"""What every reader knows of how the counts hang together, before any of them is printed.

Owns the equations: areas, months and strata that add up, and counts of one measure that are, hold or bound counts of
another. Promises that a relation is written once, in words of the catalogue, and that whoever edits a measure cannot take
one away. Never looks at a figure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from outcomes.periods import Month, quarter_months

# A count behind a figure: those who are in the numerator, those of the denominator who are not, and the denominator.
Part = Literal["numerator", "rest", "denominator"]
PARTS: tuple[Part, ...] = ("numerator", "rest", "denominator")

# Where a figure belongs within its measure: area, grain, period, stratum, stratum_value.
Place = tuple[str, str, str, str, str]

# (time unit at which it is written, total, parts): the parts add up to the total. A measure whose CCGs are published by
# the month is written by the month, one published by the quarter by the quarter.
Sum = tuple[Literal["month", "quarter", "both"], Place, tuple[Place, ...]]

_LINKED = "crisis_admissions denominator"

# One line each; `n x` is n times the count. The measures are those of the catalogue (measures.md, section 4); a line that
# names one that is not released holds nothing.
_RELATIONS = f"""
crisis_admissions_three_or_more denominator = {_LINKED}
emergency_department_last_30_days denominator = {_LINKED}
emergency_department_three_or_more denominator = {_LINKED}
hospital_death_after_short_stay denominator = {_LINKED}
days_at_home_last_90 denominator = {_LINKED}
time_at_home_last_six_months denominator = {_LINKED}
emergency_bed_days_last_90 denominator = {_LINKED}
bereaved_response_rate denominator = {_LINKED}
pathway_cost_last_90 denominator = {_LINKED}
organisations_involved denominator <= {_LINKED}
preference_changed denominator <= {_LINKED}
shared_care_record denominator <= {_LINKED}
deaths_linked numerator = {_LINKED}
deaths_in_hospital denominator <= deaths_linked denominator

preferred_place_achieved denominator = preferred_place_achieved_either denominator
preferred_place_achieved numerator <= preferred_place_achieved_either numerator
preferred_place_achieved denominator <= preference_changed denominator
preferred_place_recorded numerator <= preference_changed denominator
preferred_place_recorded denominator <= shared_care_record denominator
deaths_in_usual_residence denominator <= deaths_in_hospital denominator
deaths_in_usual_residence numerator + deaths_in_hospital numerator <= deaths_in_hospital denominator
anticipatory_medicines denominator <= deaths_in_usual_residence numerator
anticipatory_medicines denominator <= shared_care_record denominator

3 x crisis_admissions_three_or_more numerator <= crisis_admissions numerator
3 x emergency_department_three_or_more numerator <= out_of_hours_crisis denominator
emergency_department_last_30_days numerator <= out_of_hours_crisis denominator
hospital_death_after_short_stay numerator <= deaths_in_hospital numerator
hospital_death_after_short_stay numerator <= crisis_admissions numerator

on_palliative_register denominator = shared_care_record denominator
on_register_90_days denominator = on_palliative_register numerator
care_plan_current denominator = shared_care_record numerator

bereaved_pain_relief denominator <= bereaved_response_rate numerator
bereaved_coordination denominator <= bereaved_response_rate numerator
bereaved_support denominator <= bereaved_response_rate numerator
bereaved_overall denominator <= bereaved_response_rate numerator

days_at_home_last_90 numerator <= 90 x days_at_home_last_90 denominator
time_at_home_last_six_months numerator <= 100 x time_at_home_last_six_months denominator
emergency_bed_days_last_90 numerator <= 90 x emergency_bed_days_last_90 denominator
organisations_involved denominator <= organisations_involved numerator
"""

_TERM = re.compile(r"(?:(\d+) x )?(\w+) (numerator|denominator)")


@dataclass(frozen=True, slots=True)
class Term:
    """So many times a count of a measure."""

    times: int
    measure: str
    part: Part


@dataclass(frozen=True, slots=True)
class Relation:
    """The terms, each with its sign, add up to nought (`equal`) or to nought at most, wherever all of them are counted."""

    terms: tuple[Term, ...]
    equal: bool


@cache
def relations() -> tuple[Relation, ...]:
    """What is known between measures: by definition, not by looking at figures."""
    return tuple(_parsed(line) for line in _RELATIONS.strip().splitlines() if line)


def _parsed(line: str) -> Relation:
    left, sign, right = re.split(r" (<=|=) ", line)
    terms = [_term(text, 1) for text in left.split(" + ")] + [_term(right, -1)]
    return Relation(tuple(terms), equal=sign == "=")


def _term(text: str, sign: int) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        raise AssertionError(f"not a count of a measure: {text}")
    return Term(sign * int(match[1] or 1), match[2], "numerator" if match[3] == "numerator" else "denominator")


def sums(places: Mapping[Place, int], stp: str) -> Iterator[Sum]:
    """Every sum all of whose members are among the places; quarters at the edge of the data have none.

    The STP is the sum of its CCGs, a quarter of its months, a rolling year of its quarters, and each kind of stratum adds
    up to all.
    """
    ccgs = sorted({area for area, *_ in places} - {stp})
    periods = {grain: sorted({p for _, g, p, _, _ in places if g == grain}) for grain in _GRAINS}
    strata: dict[str, set[str]] = {}
    for *_, stratum, value in places:
        if stratum != "all":
            strata.setdefault(stratum, set()).add(value)
    for unit, total, parts in _every_sum(stp, ccgs, periods, strata):
        if total in places and parts and all(part in places for part in parts):
            yield unit, total, parts


_GRAINS = ("month", "quarter", "rolling-12")
_ALL = ("all", "all")


def _every_sum(
    stp: str, ccgs: Sequence[str], periods: Mapping[str, Sequence[str]], strata: Mapping[str, set[str]]
) -> Iterator[Sum]:
    for month in periods["month"]:
        yield "month", (stp, "month", month, *_ALL), tuple((ccg, "month", month, *_ALL) for ccg in ccgs)
    for quarter in periods["quarter"]:
        whole = (stp, "quarter", quarter, *_ALL)
        months = [str(m) for m in quarter_months(quarter)]
        yield "both", whole, tuple((stp, "month", m, *_ALL) for m in months)
        yield "quarter", whole, tuple((ccg, "quarter", quarter, *_ALL) for ccg in ccgs)
        for ccg in ccgs:
            yield "month", (ccg, "quarter", quarter, *_ALL), tuple((ccg, "month", m, *_ALL) for m in months)
        for stratum, values in strata.items():
            yield "both", whole, tuple((stp, "quarter", quarter, stratum, value) for value in sorted(values))
    for end in periods["rolling-12"]:
        quarters = [(Month.parse(end) - back).quarter for back in (9, 6, 3, 0)]
        for area in (stp, *ccgs):
            yield "both", (area, "rolling-12", end, *_ALL), tuple((area, "quarter", q, *_ALL) for q in quarters)
        for stratum, values in strata.items():
            for value in values:
                parts = tuple((stp, "quarter", q, stratum, value) for q in quarters)
                yield "both", (stp, "rolling-12", end, stratum, value), parts
