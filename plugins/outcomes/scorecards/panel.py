"""One measure of one area, in words: everything a panel, a tile and a chart's text print.

Owns the sentences about a measure. Promises that they follow from the judgement and the printed figures alone, so that no
sentence contradicts its chart. Never shows a number that the gate did not let out.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from outcomes.scorecards.contents import AreaWords, Context, MeasureWords
from outcomes.scorecards.judgement import Judgement, judge
from outcomes.scorecards.series import Reading, Series, counts, in_percent, printed, shown
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
class Panel:
    """A measure for an area; all texts as printed, empty where there is nothing to say."""

    number: int
    measure: MeasureWords
    area: AreaWords
    series: Series
    judgement: Judgement
    tone: Tone
    word: str
    assurance_word: str
    target: str
    period: str
    value: str
    has_value: bool
    interval: str
    counts: str
    provisional: str
    why: str
    notes: tuple[str, ...]
    alt: str
    alt_points: str
    spark_alt: str
    rows: tuple[Row, ...]

    @property
    def column(self) -> str:
        """Where the measure stands in the matrix: by the chance of meeting its target."""
        return self.judgement.assurance or "none"

    @property
    def unit(self) -> str:
        """The unit, where the value does not carry it as a sign."""
        return "" if in_percent(self.measure) else self.measure.unit

    @property
    def sentence(self) -> str:
        """What the panel says, in one line."""
        return " ".join(part for part in (f"{self.word}.", self.why, *self.notes) if part)


def panel_of(number: int, series: Series, context: Context, say: Wording) -> Panel:
    """The panel of a series; `number` is its number on the scorecard, from 1."""
    measure, latest = series.measure, series.latest
    judgement = judge(series)
    target = "" if measure.target is None else shown(measure, f"{measure.target:g}")
    value = printed(latest, measure, say) if latest else say("state.absent")
    has_value = latest is not None and latest.value is not None
    word, why = _verdict(judgement, series, say)
    assurance = say(f"assurance.{judgement.assurance or 'none'}")
    period = latest.name if latest else ""
    alt = _alt(series, judgement, target, period, value, (word, why, assurance), say)
    return Panel(
        number=number,
        measure=measure,
        area=series.area,
        series=series,
        judgement=judgement,
        tone=_tone(judgement),
        word=word,
        assurance_word=assurance,
        target=target,
        period=period,
        value=value,
        has_value=has_value,
        interval=interval(latest, measure, "panel.interval", say) if latest else "",
        counts=counts(latest, measure, say) if latest else "",
        provisional=say("panel.value_provisional") if latest and latest.provisional else "",
        why=why,
        notes=_notes(series, judgement, context, say),
        alt=alt,
        alt_points=_alt_points(series, say),
        spark_alt=_spark_alt(series, value, has_value, say),
        rows=tuple(_row(reading, measure, say) for reading in series.readings),
    )


def interval(reading: Reading, measure: MeasureWords, key: str, say: Wording) -> str:
    """The 95 % interval as printed, filled into the sentence `key`; empty where there is none."""
    figure = reading.figure
    if reading.value is None or figure is None or figure.lower is None or figure.upper is None:
        return ""
    lower, upper = (shown(measure, figure.printed(limit)) for limit in (figure.lower, figure.upper))
    return say(key, lower=lower, upper=upper)


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


def _notes(series: Series, judgement: Judgement, context: Context, say: Wording) -> tuple[str, ...]:
    notes = []
    if judgement.chart and judgement.chart.evidence == "trial_limits":
        notes.append(say("why.trial"))
    if gaps := _gaps(series, say):
        notes.append(say("panel.gaps", gaps=gaps))
    if hollow := sum(reading.provisional for reading in series.readings):
        notes.append(say("panel.hollow", count=hollow))
    if series.latest and series.latest.figure and series.latest.figure.missing:
        notes.append(say("panel.without", missing=missing_words(series.latest.figure.missing, context)))
    return tuple(notes)


def _gaps(series: Series, say: Wording) -> str:
    states: Counter[str] = Counter(
        "absent" if reading.state == "shown" else reading.state for reading in series.readings if reading.value is None
    )
    order = ("suppressed", "not_submitted", "no_cases", "absent")
    return ", ".join(say(f"panel.gap_{state}", count=states[state]) for state in order if states[state])


def missing_words(missing: str, context: Context) -> str:
    """The feeds that are not in, by their titles; a supplier's code beside a feed becomes its name."""
    titles = {s.feed: s.feed_title for s in context.submissions}
    names = {s.supplier: s.supplier_name for s in context.submissions}
    said = []
    for entry in missing.replace(";", ",").split(","):
        words = entry.replace(":", " ").split()
        said.append(" ".join(titles.get(word) or names.get(word) or word for word in words))
    return ", ".join(dict.fromkeys(filter(None, said)))


def _row(reading: Reading, measure: MeasureWords, say: Wording) -> Row:
    value = printed(reading, measure, say)
    if reading.provisional:
        value = f"{value} ({say('panel.value_provisional')})"
    return Row(reading.name, value, interval(reading, measure, "panel.interval", say), counts(reading, measure, say))


def _alt(
    series: Series,
    judgement: Judgement,
    target: str,
    period: str,
    value: str,
    verdict: tuple[str, str, str],
    say: Wording,
) -> str:
    """What a sighted reader sees in the chart."""
    measure, latest = series.measure, series.latest
    names = {"measure": measure.title, "area": series.area.name}
    if latest is None or all(reading.value is None for reading in series.readings):
        return f"{say('alt.no_points', **names)} {verdict[0]}."
    said = [say("alt.chart", **names, grain=series.grain, first=series.readings[0].name, last=period)]
    now = say("alt.latest", period=period, value=value) + interval(latest, measure, "alt.latest_interval", say)
    if latest.value is not None:
        now += say("alt.latest_counts", counts=counts(latest, measure, say))
    said.append(now + (say("alt.latest_provisional") if latest.provisional else "") + ".")
    if judgement.chart:
        mean, lower, upper = (limit_words(series, limit) for limit in drawn_limits(judgement, measure))
        said.append(say("alt.limits", mean=mean, lower=lower, upper=upper))
    else:
        said.append(say("alt.no_limits"))
    if target:
        said.append(say("alt.target", target=target))
    said += [f"{verdict[0]}.", verdict[1]]
    if judgement.assurance:
        said.append(f"{verdict[2]}.")
    if gaps := _gaps(series, say):
        said.append(say("panel.gaps", gaps=gaps))
    return " ".join(filter(None, said))


def drawn_limits(judgement: Judgement, measure: MeasureWords) -> tuple[float, float, float]:
    """Mean, lower and upper limit as drawn: limits do not leave what the measure can be (0 to 100 %, not below 0)."""
    assert judgement.chart is not None
    chart = judgement.chart
    ceiling = 100.0 if in_percent(measure) else chart.upper
    return chart.mean, max(0.0, chart.lower), min(ceiling, chart.upper)


def limit_words(series: Series, limit: float) -> str:
    """A mean or limit printed with as many decimals as the series' figures."""
    decimals = max(r.figure.decimals for r in series.readings if r.figure is not None)
    return shown(series.measure, f"{limit:.{decimals}f}")


def _alt_points(series: Series, say: Wording) -> str:
    if not series.readings:
        return ""
    points = "; ".join(f"{r.short} {printed(r, series.measure, say).lower()}" for r in series.readings)
    return say("alt.points", points=points)


def _spark_alt(series: Series, value: str, has_value: bool, say: Wording) -> str:
    drawn = [r for r in series.readings if r.value is not None]
    names = {"measure": series.measure.short_title}
    if not drawn:
        return say("alt.spark_none", **names)
    lowest, highest = (
        printed(choose(drawn, key=lambda r: r.value or 0.0), series.measure, say) for choose in (min, max)
    )
    return say(
        "alt.spark" if has_value else "alt.spark_gap",
        **names,
        count=len(series.readings),
        periods=say(f"unit_of_time.{series.grain}"),
        lowest=lowest,
        highest=highest,
        value=value,
    )
