"""What a chart shows, in words, for a reader who does not see it.

Owns the alternative texts. Promises the numbers that the drawing holds, as printed, and every gap with its reason. Never
says more than a sighted reader sees.
"""

from collections import Counter

from outcomes.scorecards.contents import MeasureWords
from outcomes.scorecards.judgement import Judgement
from outcomes.scorecards.series import Series, State, counts, in_percent, interval, printed, shown
from outcomes.scorecards.wording import Wording
from outcomes.statistics.control_chart import ControlChart, Point


def chart_alt(
    series: Series,
    judgement: Judgement,
    period: str,
    value: str,
    verdict: tuple[str, str, str],
    say: Wording,
) -> str:
    """What a sighted reader sees in the chart; `verdict` are its sentences: the word, the reason and the target."""
    measure, latest = series.measure, series.latest
    names = {"measure": measure.title, "area": series.area.name}
    if latest is None or all(reading.value is None for reading in series.readings):
        return f"{say('alt.no_points', **names)} {verdict[0]}"
    said = [say("alt.chart", **names, grain=series.grain, first=series.readings[0].name, last=period)]
    now = say("alt.latest", period=period, value=value) + interval(latest, measure, "alt.latest_interval", say)
    if latest.value is not None:
        now += say("alt.latest_counts", counts=counts(latest, measure, say))
    said.append(now + (say("alt.latest_provisional") if latest.provisional else "") + ".")
    if judgement.chart:
        mean, lower, upper = (limit_words(series, limit) for limit in drawn_limits(judgement.chart, measure))
        said.append(say("alt.limits", mean=mean, lower=lower, upper=upper))
    else:
        said.append(say("alt.no_limits"))
    said += verdict
    if gaps := gaps_in(series, say):
        said.append(say("panel.gaps", gaps=gaps))
    return " ".join(filter(None, said))


def drawn_limits(judged: ControlChart | Point, measure: MeasureWords) -> tuple[float, float, float]:
    """Mean, lower and upper limit as drawn: limits do not leave what the measure can be (0 to 100 %, not below 0)."""
    ceiling = 100.0 if in_percent(measure) else judged.upper
    return judged.mean, max(0.0, judged.lower), min(ceiling, judged.upper)


def limit_words(series: Series, limit: float) -> str:
    """A mean or limit printed with as many decimals as the series' figures."""
    decimals = max(r.figure.decimals for r in series.readings if r.figure is not None)
    return shown(series.measure, f"{limit:.{decimals}f}")


def points_alt(series: Series, say: Wording) -> str:
    if not series.readings:
        return ""
    points = "; ".join(f"{r.short} {printed(r, series.measure, say).lower()}" for r in series.readings)
    return say("alt.points", points=points)


def spark_alt(series: Series, value: str, has_value: bool, say: Wording) -> str:
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


def gaps_in(series: Series, say: Wording) -> str:
    states = Counter(reading.state for reading in series.readings)
    order: tuple[State, ...] = ("suppressed", "not_submitted", "no_cases", "too_few", "absent")
    return ", ".join(say(f"panel.gap_{state}", count=states[state]) for state in order if states[state])
