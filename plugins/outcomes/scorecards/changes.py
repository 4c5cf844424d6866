"""What changed since the edition it replaces.

Owns the list of an area's figures whose printed form differs between the two editions. Promises old and new exactly as
printed. Never shows a difference that a reader of both editions could not see.
"""

from dataclasses import dataclass

from outcomes.disclosure.released import ReleasedFigure
from outcomes.periods import Month, quarter_months
from outcomes.scorecards.contents import AreaWords, Contents
from outcomes.scorecards.series import Reading, by_key, counts, period_name, printed
from outcomes.scorecards.wording import Wording

IN_SHORT = 3


@dataclass(frozen=True)
class Change:
    """A figure before and now, as printed with its counts."""

    measure: str
    period: str
    old: str
    new: str


@dataclass(frozen=True)
class Changes:
    """What page 1 says, the lines under it, and the full list where it is longer than that."""

    heading: str
    sentence: str
    lines: tuple[str, ...]
    rows: tuple[Change, ...]
    strata: str


def changes_of(contents: Contents, area: AreaWords, say: Wording) -> Changes | None:
    """The changes of an area, newest period first within a measure; None for a first edition."""
    replaces = contents.context.replaces
    if replaces is None:
        return None
    old, new = by_key(contents.earlier), by_key(contents.figures)
    titles = {m.id: m for m in contents.context.measures}
    keys = [k for k in {**old, **new} if k[1] == area.code and k[0] in titles and _differs(old.get(k), new.get(k))]
    order = [m.id for m in contents.context.measures]
    own = sorted((k for k in keys if k[4] == "all"), key=lambda k: (_month(k[2], k[3]), k[2] == "month"), reverse=True)
    own.sort(key=lambda k: order.index(k[0]))

    def words(figure: ReleasedFigure | None) -> str:
        if figure is None:
            return say("changes.not_published")
        reading = Reading(figure.grain, figure.period, figure)  # type: ignore[arg-type]
        people = counts(reading, titles[figure.measure], say)
        value = printed(reading, titles[figure.measure], say)
        if reading.provisional:
            value = f"{value} {say('panel.value_provisional')}"
        return f"{value} ({people})" if people and reading.value is not None else value

    rows = tuple(
        Change(titles[k[0]].short_title, period_name(k[2], k[3]), words(old.get(k)), words(new.get(k))) for k in own
    )
    newest = sorted(range(len(own)), key=lambda i: _month(own[i][2], own[i][3]), reverse=True)
    short = [rows[i] for i in newest[:IN_SHORT]]
    key = {0: "none", 1: "one"}.get(len(rows), "some" if len(rows) <= IN_SHORT else "most")
    strata = len(keys) - len(own)
    return Changes(
        heading=say("changes.heading", replaces=replaces),
        sentence=say(f"changes.{key}", replaces=replaces, count=len(rows), area=area.name),
        lines=tuple(say("changes.line", measure=c.measure, period=c.period, old=c.old, new=c.new) for c in short),
        rows=rows if len(rows) > IN_SHORT else (),
        strata=say("changes.strata_one" if strata == 1 else "changes.strata", count=strata) if strata else "",
    )


def _differs(old: ReleasedFigure | None, new: ReleasedFigure | None) -> bool:
    if old is None or new is None:
        return True
    return (old.columns(), old.provisional) != (new.columns(), new.provisional)


def _month(grain: str, period: str) -> Month:
    return quarter_months(period)[2] if grain == "quarter" else Month.parse(period)
