"""The small print under a chart: first limits, new limits, gaps, provisional and revised figures, missing extracts.

Owns which notes a series has. Promises that each follows from the readings and the judgement alone. Never judges.
"""

from collections.abc import Sequence

from outcomes.scorecards.alternatives import gaps_in
from outcomes.scorecards.contents import Context
from outcomes.scorecards.judgement import Judgement
from outcomes.scorecards.series import Reading, Series, printed
from outcomes.scorecards.wording import Wording, listed

# Page 1 names every extract of the month that is not in.
NAMED_FEEDS = 2
# A chart names so many revised figures.
NAMED_REVISED = 3


def notes_of(
    series: Series, judgement: Judgement, anew: Sequence[Reading], context: Context, say: Wording
) -> tuple[str, ...]:
    """A sentence for each thing to know; `anew` are the readings that were revised."""
    notes = []
    if judgement.chart and judgement.chart.evidence == "trial_limits":
        notes.append(say("why.trial"))
    for position, reason in series.rebased:
        notes.append(say("panel.rebased", period=series.readings[position].name, reason=reason))
    if gaps := gaps_in(series, say):
        notes.append(say("panel.gaps", gaps=gaps))
    if hollow := sum(reading.provisional for reading in series.readings):
        last = series.latest
        if (
            judgement.variation is not None
            and judgement.until < len(series.readings) - 1
            and last
            and last.value is not None
        ):
            so_far = printed(last, series.measure, say)
            notes.append(say("panel.hollow_so_far", period=last.name, value=so_far))
        else:
            notes.append(say("panel.hollow", count=hollow))
    if anew:
        named = [r.short for r in anew[-NAMED_REVISED:]]
        more = len(anew) - len(named)
        notes.append(
            say("panel.revised", periods=listed([*([say("panel.revised_more", count=more)] if more else []), *named]))
        )
    latest = series.latest
    if latest and latest.value is not None and latest.figure and latest.figure.missing.strip():
        notes.append(_without(latest.figure.missing, context, say))
    return tuple(notes)


def _without(missing: str, context: Context, say: Wording) -> str:
    """Which feeds the figure had to do without; `missing` lists extracts between semicolons, the feed's name first."""
    titles = {s.feed: s.feed_title for s in context.submissions}
    extracts = [entry.split()[0] for entry in missing.split(";") if entry.strip()]
    names = list(dict.fromkeys(titles.get(feed, feed) for feed in extracts))
    if len(names) > NAMED_FEEDS:
        names = [*names[:NAMED_FEEDS], say("panel.without_more")]
    key = "panel.without_one" if len(extracts) == 1 else "panel.without"
    return say(key, count=len(extracts), feeds=listed(names))
