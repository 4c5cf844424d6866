"""How fair care is: the gap between the least and the most deprived, and between the CCGs, for the outcomes paid on.

Owns the lines of that table and the sentence above it. Promises that each follows from the released figures of one rolling
year, that a difference is named only where the printed interval clears zero, and that a group without a figure is named
with the reason. Never draws on an exact figure, and never ranks.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from outcomes.disclosure.released import Key, ReleasedFigure
from outcomes.scorecards.contents import AreaWords, Contents, MeasureWords
from outcomes.scorecards.series import Reading, has_sign, in_percent, last_rolling_year, period_name, printed, shown
from outcomes.scorecards.slope import released_slope
from outcomes.scorecards.wording import Wording, listed
from outcomes.statistics import QUINTILES

# Of what a clear difference means for people in the most deprived areas.
Difference = Literal["worse", "better", "higher", "lower"]
Finding = Difference | Literal["similar", "provisional", "untold"]


@dataclass(frozen=True)
class Gap:
    """A measure's line, all texts as printed. `own` is about the scorecard's CCG, empty on the STP's."""

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


def equity(contents: Contents, figures: Mapping[Key, ReleasedFigure], area: AreaWords, say: Wording) -> Equity | None:
    """The equity gaps in the order of the scorecard; None for an edition made before they were told."""
    context, year = contents.context, last_rolling_year(contents)
    if not context.payment:
        return None
    stp = next(a for a in context.areas if a.kind == "stp")
    paid = [(n, m) for n, m in enumerate(context.measures, 1) if m.id in context.payment]
    if not any((m.id, stp.code, "rolling-12", year, "all", "all") in figures for _, m in paid):
        return Equity(say("equity.no_year"), ())

    def read(measure: MeasureWords, code: str, stratum: str = "all", value: str = "all") -> Reading:
        return Reading("rolling-12", year, figures.get((measure.id, code, "rolling-12", year, stratum, value)))

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
    lower, upper = (_number(measure, limit, decimals) for limit in limits)
    return Gap(
        number=number,
        measure=measure,
        fifths=fifths,
        stp=stp,
        most=printed(fifths[0], measure, say),
        least=printed(fifths[-1], measure, say),
        gap="" if slope is None else _with_unit(measure, slope.value, decimals, say),
        likely="" if slope is None else say("equity.likely", lower=lower, upper=upper),
        finding=finding,
        word=_untold(fifths, names, say) if slope is None else say(f"equity.{finding}"),
        across=_across(measure, ccgs, finding, say),
        own="" if own is None else _own(measure, own, ccgs, say),
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
    reasons = [
        say(f"equity.untold_{state}", names=listed([n for n in names if states.get(n) == state]))
        for state in dict.fromkeys(states.values())
    ]
    return say("equity.untold", reasons="; ".join(reasons))


def _lacks(reading: Reading) -> bool:
    return reading.value is None or reading.figure is None or reading.figure.lower is None


def _across(measure: MeasureWords, ccgs: list[Reading], finding: Finding, say: Wording) -> str:
    """The lowest and the highest CCG, how far apart they are, and how many have no figure and why."""
    values = [r.figure.value for r in ccgs if r.figure and r.value is not None and r.figure.value is not None]
    states = Counter(r.state for r in ccgs if r.value is None)
    left = [say(f"equity.left_{state}", count=count) for state, count in states.items()]
    if finding != "provisional" and any(r.provisional for r in ccgs):
        left.append(say("panel.value_provisional"))
    if not values:
        return "; ".join(left)
    low, high = min(values), max(values)
    places = max(r.figure.decimals for r in ccgs if r.figure)
    lowest, highest = (shown(measure, f"{value:.{places}f}") for value in (low, high))
    said = say("equity.across", lowest=lowest, highest=highest, apart=_with_unit(measure, high - low, places, say))
    return "; ".join([said if len(values) > 1 else lowest, *left])


def _own(measure: MeasureWords, own: Reading, ccgs: list[Reading], say: Wording) -> str:
    """A CCG's own figure, and where in the range it lies."""
    value = printed(own, measure, say)
    if own.value is None or own.figure is None or own.figure.value is None:
        return value
    values = [r.figure.value for r in ccgs if r.figure and r.value is not None and r.figure.value is not None]
    low, high = min(values), max(values)
    if len(values) == 1 or low == high:
        return value
    where = "low" if own.figure.value == low else "high" if own.figure.value == high else "between"
    return say(f"equity.own_{where}", value=value)


def _number(measure: MeasureWords, number: float, decimals: int) -> str:
    """A difference without its unit, except for pounds; never minus zero."""
    text = f"{round(number, decimals) + 0.0:.{decimals}f}"
    return text if in_percent(measure) else shown(measure, text)


def _with_unit(measure: MeasureWords, number: float, decimals: int, say: Wording) -> str:
    text = _number(measure, number, decimals)
    if in_percent(measure):
        return say("equity.point" if text.lstrip("-") == "1" else "equity.points", number=text)
    return text if has_sign(measure) else say("equity.in_unit", number=text, unit=measure.unit)


def _sentence(gaps: tuple[Gap, ...], year: str, say: Wording) -> str:
    """What the table says, in plain words."""
    by_finding: dict[str, list[str]] = {}
    for gap in gaps:
        by_finding.setdefault(gap.finding, []).append(gap.measure.short_title)
    clear = [
        say(f"equity.all_{finding}", names=listed(by_finding[finding]))
        for finding in get_args(Difference)
        if finding in by_finding
    ]
    said = [say("equity.year", year=year), *clear]
    if similar := len(by_finding.get("similar", [])):
        said.append(say("equity.similar_others" if clear else "equity.similar_all", count=similar, all=len(gaps)))
    for finding in ("provisional", "untold"):
        if finding in by_finding:
            said.append(say(f"equity.all_{finding}", names=listed(by_finding[finding])))
    return " ".join(said)
