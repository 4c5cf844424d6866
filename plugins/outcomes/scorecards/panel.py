"""One measure of one area, in words: everything a panel, a tile and a chart's text print.

Owns the sentences about a measure. Promises that they follow from the judgement and the printed figures alone, so that no
sentence contradicts its chart. Never shows a number that the gate did not let out.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from outcomes.disclosure.released import Key
from outcomes.scorecards.alternatives import chart_alt, points_alt, spark_alt
from outcomes.scorecards.contents import AreaWords, Context, MeasureWords
from outcomes.scorecards.judgement import Judgement, judge
from outcomes.scorecards.notes import notes_of
from outcomes.scorecards.said import Comment, comment_of
from outcomes.scorecards.series import Reading, Series, counts, has_sign, interval, printed, shown
from outcomes.scorecards.wording import Wording

Tone = Literal["improvement", "concern", "unusual", "common_cause", "unjudged"]


@dataclass(frozen=True)
class Row:
    """A reading as a table prints it."""

    period: str
    value: str
    interval: str
    counts: str


@dataclass(frozen=True)
class Standing:
    """The reading that a verdict is on, as page 1 prints it; `likely` is its interval, or that it is a figure so far."""

    period: str
    value: str
    has_value: bool
    likely: str
    counts: str


@dataclass(frozen=True)
class Panel:
    """A measure for an area; all texts as printed, empty where there is nothing to say.

    The verdict (`tone`, `word`, `why`) is on the latest reading, or, where more of that is to come in, on the one before:
    then `until` names it. `judged` is that reading. `goal` is the target's number, `target` its words, and `aim` says
    whether it can be expected to be met, and how often it was.
    """

    number: int
    measure: MeasureWords
    area: AreaWords
    series: Series
    judgement: Judgement
    tone: Tone
    word: str
    assurance_word: str
    goal: str
    target: str
    aim: str
    period: str
    value: str
    has_value: bool
    counts: str
    provisional: str
    why: str
    until: str
    judged: "Standing"
    notes: tuple[str, ...]
    alt: str
    alt_points: str
    spark_alt: str
    rows: tuple[Row, ...]
    comment: Comment | None

    @property
    def column(self) -> str:
        """Where the measure stands in the matrix: by the chance of meeting its target."""
        return self.judgement.assurance or "none"

    @property
    def unit(self) -> str:
        """The unit, where the value does not carry it as a sign."""
        return "" if has_sign(self.measure) else self.measure.unit

    @property
    def sentence(self) -> str:
        """What the panel says, in one line."""
        return " ".join(part for part in (self.until, f"{self.word}.", self.why, self.aim, *self.notes) if part)


def panel_of(
    number: int, series: Series, context: Context, say: Wording, revised: Collection[Key] = frozenset()
) -> Panel:
    """The panel of a series; `number` is its number on the scorecard, from 1; `revised` figures are marked as such."""
    measure, latest = series.measure, series.latest
    judgement = judge(series)
    goal = "" if measure.target is None else shown(measure, f"{measure.target:g}")
    target = say(f"target.{measure.direction}", target=goal) if goal else ""
    value = printed(latest, measure, say) if latest else say("state.absent")
    has_value = latest is not None and latest.value is not None
    word, why = _verdict(judgement, series, say)
    assurance = say(f"assurance.{judgement.assurance or 'none'}")
    period = latest.name if latest else ""
    until = _until(series, judgement, say)
    anew = [r for r in series.readings if r.figure and r.figure.key in revised]
    aim = _aim(series, judgement, target, say)
    alt = chart_alt(series, judgement, period, value, (f"{until} {word}.".strip(), why, aim), say)
    return Panel(
        number=number,
        measure=measure,
        area=series.area,
        series=series,
        judgement=judgement,
        tone=_tone(judgement),
        word=word,
        assurance_word=assurance,
        goal=goal,
        target=target,
        aim=aim,
        period=period,
        value=value,
        has_value=has_value,
        counts=counts(latest, measure, say) if latest else "",
        provisional=say("panel.value_provisional") if latest and latest.provisional else "",
        why=why,
        until=until,
        judged=_standing(series.readings[judgement.until] if until else latest, measure, say),
        notes=notes_of(series, judgement, anew, context, say),
        alt=alt,
        alt_points=points_alt(series, say),
        spark_alt=spark_alt(series, value, has_value, say),
        rows=tuple(_row(reading, measure, reading in anew, say) for reading in series.readings),
        comment=comment_of(series, context, say),
    )


def _standing(reading: Reading | None, measure: MeasureWords, say: Wording) -> Standing:
    if reading is None:
        return Standing("", say("state.absent"), has_value=False, likely="", counts="")
    return Standing(
        reading.name,
        printed(reading, measure, say),
        reading.value is not None,
        _likely(reading, measure, say),
        counts(reading, measure, say),
    )


def _likely(reading: Reading, measure: MeasureWords, say: Wording) -> str:
    """How far chance may have moved a figure; of a provisional one it is not told, as what is to come moves it further."""
    if reading.provisional:
        return say("page.unfinished") if reading.value is not None else ""
    told = interval(reading, measure, "panel.interval", say)
    return say("page.likely", interval=told) if told else ""


def _tone(judgement: Judgement) -> Tone:
    if judgement.variation is None:
        return "unjudged"
    return "unusual" if judgement.variation in {"high", "low"} else judgement.variation  # type: ignore[return-value]


def _verdict(judgement: Judgement, series: Series, say: Wording) -> tuple[str, str]:
    """The word for the verdict, and the reason for it."""
    if judgement.unjudged:
        if judgement.unjudged == "not_enough":
            return say(f"unjudged.not_enough_{series.grain}"), ""
        return say(f"unjudged.{judgement.unjudged}"), ""
    word = say(f"variation.{judgement.variation}")
    if judgement.rule is None:
        return word, ""
    periods = say(f"unit_of_time.{series.grain}")
    repeated = "_run" if judgement.rule == "outside_limits" and judgement.run > 1 else ""
    why = [say(f"why.{judgement.rule}{repeated}_{judgement.side}", run=judgement.run, periods=periods)]
    if judgement.rule != "shift" and judgement.shift > judgement.run:
        why.append(say(f"why.shift_{judgement.side}", run=judgement.shift, periods=periods))
    return word, " ".join(why)


def _aim(series: Series, judgement: Judgement, target: str, say: Wording) -> str:
    """The target, whether it can be expected to be met, and how often the points of the chart met it."""
    if judgement.assurance is None:
        return f"{target}." if target else ""
    often = {0: "_never", judgement.counted: "_always"}.get(judgement.met, "")
    # By its limits, what will be met was met before, and what will be missed was missed.
    known = often if (judgement.assurance, often) not in {("pass", "_never"), ("fail", "_always")} else ""
    return say(
        f"aim.{judgement.assurance}{known}",
        target=target,
        met=judgement.met,
        count=judgement.counted,
        periods=say(f"unit_of_time.{series.grain}"),
    )


def _until(series: Series, judgement: Judgement, say: Wording) -> str:
    """Up to when a verdict reaches, where that is not the latest reading."""
    if judgement.variation is None or judgement.until == len(series.readings) - 1:
        return ""
    return say("panel.until", period=series.readings[judgement.until].name)


def _row(reading: Reading, measure: MeasureWords, anew: bool, say: Wording) -> Row:
    value = printed(reading, measure, say)
    marks = {"panel.value_provisional": reading.provisional, "panel.value_revised": anew}
    if said := [say(mark) for mark, there in marks.items() if there]:
        value = f"{value} ({', '.join(said)})"
    return Row(reading.name, value, interval(reading, measure, "panel.interval", say), counts(reading, measure, say))
