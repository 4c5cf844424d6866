"""How fair care is: the gap between the least and the most deprived, and between the CCGs, for the outcomes paid on.

Owns the lines of that table and the sentence above it. Promises that each follows from the released figures of one rolling
year, that a difference is named only where the printed interval clears zero, and that a group without a figure is named
with the reason. Never draws on an exact figure, and never ranks.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from outcomes.scorecards.apart import beside, between, place_in_range, range_across
from outcomes.scorecards.contents import AreaWords, Contents, MeasureWords
from outcomes.scorecards.series import Reading, last_rolling_year, period_name, printed
from outcomes.scorecards.slope import released_slope
from outcomes.scorecards.wording import Wording, listed
from outcomes.statistics import QUINTILES

# So many names stand in the sentence before "and more".
NAMED = 4
# Where all groups lack a figure for one of these reasons, they need no names.
ALIKE = {"suppressed", "not_submitted", "too_few"}

# Of what a clear difference means for people in the most deprived areas.
Difference = Literal["worse", "better", "higher", "lower"]
Finding = Difference | Literal["similar", "provisional", "untold"]


@dataclass(frozen=True)
class Gap:
    """A measure's line, all texts as printed.

    `gap` is where the most deprived stand beside the least, `likely` its interval; `across` are the lowest and the highest
    CCG, `apart` how far they are from each other, `left` how many have no figure and why; `own` is
    about the scorecard's CCG, empty on the STP's.
    """

    number: int
    measure: MeasureWords
    fifths: tuple[Reading, ...]
    stp: Reading
    most: str
    least: str
    gap: str
    likely: str
    finding: Finding
    word: str
    across: str
    apart: str
    left: str
    own: str
    alt: str

    @property
    def tone(self) -> str:
        """The mark and colour."""
        return {"worse": "concern", "better": "unusual", "higher": "unusual", "lower": "unusual"}.get(
            self.finding, "provisional" if self.finding == "provisional" else "common_cause"
        )


@dataclass(frozen=True)
class Equity:
    """The table; `gaps` is empty before the first whole year."""

    sentence: str
    gaps: tuple[Gap, ...]


def equity(contents: Contents, area: AreaWords, say: Wording) -> Equity | None:
    """The equity gaps in the order of the scorecard; None for an edition made before they were told."""
    context, year = contents.context, last_rolling_year(contents)
    if not context.payment:
        return None
    stp = next(a for a in context.areas if a.kind == "stp")
    paid = [(n, m) for n, m in enumerate(context.measures, 1) if m.id in context.payment]
    if not any((m.id, stp.code, "rolling-12", year, "all", "all") in contents.by_key for _, m in paid):
        return Equity(say("equity.no_year"), ())

    def read(measure: MeasureWords, code: str, stratum: str = "all", value: str = "all") -> Reading:
        return Reading("rolling-12", year, contents.by_key.get((measure.id, code, "rolling-12", year, stratum, value)))

    ccgs = [a for a in context.areas if a.kind == "ccg"]
    gaps = tuple(
        _gap(
            (number, measure),
            tuple(read(measure, stp.code, "deprivation_quintile", q) for q in QUINTILES),
            read(measure, stp.code),
            [read(measure, a.code) for a in ccgs],
            None if area.kind == "stp" else read(measure, area.code),
            say,
        )
        for number, measure in paid
    )
    return Equity(_sentence(gaps, period_name("rolling-12", year), say), gaps)


def _gap(
    numbered: tuple[int, MeasureWords],
    fifths: tuple[Reading, ...],
    stp: Reading,
    ccgs: list[Reading],
    own: Reading | None,
    say: Wording,
) -> Gap:
    number, measure = numbered
    slope = released_slope(measure.scoring, tuple(r.figure for r in fifths))
    decimals = stp.figure.decimals if stp.figure else 0
    finding: Finding = "untold"
    limits = (0.0, 0.0)
    if slope is not None:
        limits = round(slope.lower, decimals), round(slope.upper, decimals)
        finding = "provisional" if any(r.provisional for r in fifths) else _finding(measure, *limits)
    names = [say(f"equity.fifth_{q}") for q in QUINTILES]
    told = "; ".join(f"{name} {printed(r, measure, say)}" for name, r in zip(names, fifths, strict=True))
    across, apart, left = range_across(measure, ccgs, say)
    if finding != "provisional" and any(r.provisional for r in ccgs):
        left = "; ".join(filter(None, (left, say("panel.value_provisional"))))
    return Gap(
        number=number,
        measure=measure,
        fifths=fifths,
        stp=stp,
        most=printed(fifths[0], measure, say),
        least=printed(fifths[-1], measure, say),
        gap="" if slope is None else beside(measure, slope.value, decimals, say),
        likely="" if slope is None else between(measure, limits, decimals, say),
        finding=finding,
        word=_untold(fifths, names, say) if slope is None else say(f"equity.{finding}"),
        across=across,
        apart=apart,
        left=left,
        own="" if own is None else place_in_range(measure, own, ccgs, say),
        alt=say("equity.alt", measure=measure.title, fifths=told, stp=printed(stp, measure, say)),
    )


def _finding(measure: MeasureWords, lower: float, upper: float) -> Finding:
    """By the limits of the least minus the most deprived, as printed."""
    if lower <= 0 <= upper:
        return "similar"
    if measure.direction == "neither":
        return "lower" if lower > 0 else "higher"
    return "worse" if (lower > 0) == (measure.direction == "higher_is_better") else "better"


def _untold(fifths: tuple[Reading, ...], names: list[str], say: Wording) -> str:
    """Which groups have no figure, by the reason."""
    # A value without an interval has no standard error either.
    states = {n: "too_few" if r.value is not None else r.state for n, r in zip(names, fifths, strict=True) if _lacks(r)}
    every = len(states) == len(names) and len({*states.values()}) == 1 and states[names[0]] in ALIKE
    reasons = [
        say(
            f"equity.untold_{state}",
            names=say("equity.fifth_all") if every else listed([n for n in names if states.get(n) == state]),
        )
        for state in dict.fromkeys(states.values())
    ]
    return say("equity.untold", reasons="; ".join(reasons))


def _lacks(reading: Reading) -> bool:
    return reading.value is None or reading.figure is None or reading.figure.lower is None


def _sentence(gaps: tuple[Gap, ...], year: str, say: Wording) -> str:
    """What the table says, in plain words."""
    by_finding: dict[str, list[str]] = {}
    for gap in gaps:
        by_finding.setdefault(gap.finding, []).append(gap.measure.short_title)
    clear = [
        say(f"equity.all_{finding}", names=_some(by_finding[finding], say))
        for finding in get_args(Difference)
        if finding in by_finding
    ]
    said = [say("equity.year", year=year), *clear]
    if similar := len(by_finding.get("similar", [])):
        said.append(say("equity.similar_others" if clear else "equity.similar_all", count=similar, all=len(gaps)))
    if len(by_finding.get("provisional", [])) == len(gaps):
        return " ".join([*said, say("equity.whole_provisional")])
    for finding in ("provisional", "untold"):
        if finding in by_finding:
            said.append(say(f"equity.all_{finding}", names=_some(by_finding[finding], say)))
    return " ".join(said)


def _some(names: list[str], say: Wording) -> str:
    if len(names) <= NAMED:
        return listed(names)
    return listed([*names[: NAMED - 1], say("headline.and_more", count=len(names) - NAMED + 1)])
