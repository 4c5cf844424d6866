"""The CCGs beside each other: where people died, whether they differ by more than chance, and how each has gone.

Owns the words of the places-of-death bars, of the funnels and of the small charts of the headline measure. Promises that a
CCG is called different only beyond a funnel's limits and only where its figures are settled, and that nothing is ranked.
Never draws, and never looks at a count that was not let out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from outcomes.scorecards.contents import AreaWords, Contents, MeasureWords
from outcomes.scorecards.panel import Panel, panel_of
from outcomes.scorecards.series import Reading, last_rolling_year, period_name, printed, series_of
from outcomes.scorecards.wording import Wording, listed
from outcomes.statistics import funnel_verdict

# Those who died at home or in a care home, and those who died in hospital; the rest died elsewhere.
HOME, HOSPITAL = "deaths_in_usual_residence", "deaths_in_hospital"
# With fewer areas there is no funnel to see.
FEWEST_IN_A_FUNNEL = 3

Place = Literal["home", "hospital", "other"]


@dataclass(frozen=True)
class Bar:
    """Where the people of an area died, in whole percent that add up to 100; no parts where a figure is missing."""

    area: AreaWords
    name: str
    parts: tuple[tuple[Place, int], ...]
    provisional: bool
    instead: str
    alt: str


@dataclass(frozen=True)
class Spot:
    """An area in a funnel: its people, its figure as a share, and how it differs (empty: by no more than chance)."""

    area: AreaWords
    size: int
    share: float
    tone: str
    provisional: bool
    said: str


@dataclass(frozen=True)
class Funnel:
    """A measure of every CCG against its number of people; `benchmark` is the STP's share."""

    number: int
    measure: MeasureWords
    benchmark: float
    stp: str
    spots: tuple[Spot, ...]
    sentence: str
    alt: str


@dataclass(frozen=True)
class Alongside:
    """What stands on the page of the CCGs; `period` is that of the bars and funnels, `charts` those of the headline.

    `home` is the name of the measure whose share at home is of other people than the bars'.
    """

    period: str
    home: str
    bars: tuple[Bar, ...]
    funnels: tuple[Funnel, ...]
    charts: tuple[Panel, ...]


def alongside(contents: Contents, say: Wording) -> Alongside | None:
    """The page of the CCGs; None before there is a bar, a funnel or a chart to show."""
    year = last_rolling_year(contents)
    numbered = {m.id: (n, m) for n, m in enumerate(contents.context.measures, 1)}

    def read(measure: str, area: AreaWords) -> Reading:
        return Reading("rolling-12", year, contents.by_key.get((measure, area.code, "rolling-12", year, "all", "all")))

    bars: tuple[Bar, ...] = ()
    if {HOME, HOSPITAL} <= numbered.keys():
        bars = tuple(
            _bar(area, read(HOME, area), read(HOSPITAL, area), numbered[HOSPITAL][1], say)
            for area in contents.context.areas
        )
    chosen = [numbered[id] for id in say.names("choice.funnels") if id in numbered]
    funnels = [_funnel(n, measure, contents, partial(read, measure.id), say) for n, measure in chosen]
    headline = next((numbered[id] for id in say.names("choice.tiles") if id in numbered), None)
    charts = _charts(*headline, contents, say) if headline else ()
    shown = Alongside(
        period_name("rolling-12", year),
        _named(*numbered[HOME]) if bars else "",
        bars if any(bar.parts for bar in bars) else (),
        tuple(f for f in funnels if f is not None),
        charts if any(r.value is not None for panel in charts for r in panel.series.readings) else (),
    )
    return shown if shown.bars or shown.funnels or shown.charts else None


def _named(number: int, measure: MeasureWords) -> str:
    return f"{number}. {measure.short_title}"


def _bar(area: AreaWords, home: Reading, hospital: Reading, measure: MeasureWords, say: Wording) -> Bar:
    """Of all whose place is known: the share at home is worked out anew, as its own measure leaves some out."""
    name = say("page.stp") if area.kind == "stp" else area.label
    missing = next((r for r in (hospital, home) if r.value is None), None)
    if missing is not None or not hospital.figure or not home.figure or not hospital.figure.denominator:
        instead = printed(missing or hospital, measure, say)
        return Bar(area, name, (), False, instead, say("alongside.bar_none", area=name, instead=instead))
    everyone = hospital.figure.denominator
    at_home = round(100 * (home.figure.numerator or 0) / everyone)
    in_hospital = min(round(100 * (hospital.figure.numerator or 0) / everyone), 100 - at_home)
    other = 100 - at_home - in_hospital
    alt = say("alongside.bar", area=name, home=at_home, hospital=in_hospital, other=other)
    provisional = home.provisional or hospital.provisional
    return Bar(
        area,
        name,
        (("home", at_home), ("hospital", in_hospital), ("other", other)),
        provisional,
        "",
        alt + (say("alt.strip_provisional") if provisional else ""),
    )


def _funnel(
    number: int,
    measure: MeasureWords,
    contents: Contents,
    read: Callable[[AreaWords], Reading],
    say: Wording,
) -> Funnel | None:
    """None where the measure is no share, or there are too few figures."""
    stp, *ccgs = contents.context.areas
    benchmark = _share(read(stp))
    if measure.scoring != "proportion" or benchmark is None or not 0 < benchmark < 1:
        return None
    spots = [spot for area in ccgs if (spot := _spot(area, read(area), measure, benchmark, say))]
    if len(spots) < FEWEST_IN_A_FUNNEL:
        return None
    different = [say("alongside.different", area=s.area.label, said=s.said) for s in spots if s.said]
    settled = not any(s.provisional for s in spots)
    said = "none" if settled else "provisional"
    sentence = f"{listed(different)}." if different else say(f"alongside.{said}")
    value = printed(read(stp), measure, say)
    told = [
        say("alongside.spot", area=s.area.label, value=printed(read(s.area), measure, say), size=f"{s.size:,}")
        + (f", {s.said}" if s.said else "")
        for s in spots
    ]
    alt = say("alongside.funnel", measure=measure.short_title, stp=value, spots="; ".join(told))
    return Funnel(number, measure, benchmark, value, tuple(spots), sentence, alt)


def _spot(area: AreaWords, reading: Reading, measure: MeasureWords, benchmark: float, say: Wording) -> Spot | None:
    share = _share(reading)
    if share is None or reading.figure is None or not reading.figure.denominator:
        return None
    size = reading.figure.denominator
    if reading.provisional:
        return Spot(area, size, share, "common_cause", True, "")
    verdict = funnel_verdict(reading.figure.numerator or 0, size, benchmark)
    if verdict == "Not significant":
        return Spot(area, size, share, "common_cause", False, "")
    side, far = ("high" if verdict.startswith("High") else "low"), ("far" if "0.001" in verdict else "near")
    better = (side == "high") == (measure.direction == "higher_is_better")
    tone = "unusual" if measure.direction == "neither" else "improvement" if better else "concern"
    return Spot(area, size, share, tone, False, say(f"alongside.{side}_{far}"))


def _share(reading: Reading) -> float | None:
    figure = reading.figure
    if reading.value is None or figure is None or not figure.denominator or figure.numerator is None:
        return None
    return figure.numerator / figure.denominator


def _charts(number: int, measure: MeasureWords, contents: Contents, say: Wording) -> tuple[Panel, ...]:
    ccgs: Sequence[AreaWords] = [a for a in contents.context.areas if a.kind == "ccg"]
    return tuple(panel_of(number, series_of(contents, measure, a), contents.context, say) for a in ccgs)
