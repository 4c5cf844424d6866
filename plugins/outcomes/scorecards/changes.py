"""What changed since the edition that an area's readers were last sent of the month, or since an earlier month's, and why.

Owns the list of an area's figures whose printed form differs between the two editions. Promises old and new exactly as
printed, and of an ordinary month only figures that had been settled: provisional ones are announced to move. Never shows a
difference that a reader of both editions could not see.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from outcomes.disclosure.released import Key, ReleasedFigure, reads_otherwise
from outcomes.periods import Month, period_months, quarter_months
from outcomes.scorecards.contents import AreaWords, Contents, MeasureWords, NewExtract, against_of
from outcomes.scorecards.series import Reading, counts, period_name, period_short, printed
from outcomes.scorecards.wording import Wording

IN_SHORT = 3


@dataclass(frozen=True)
class Change:
    """A figure before and now, as printed with its counts, and what it is that came in; `key` tells which it is."""

    key: Key
    measure: str
    period: str
    old: str
    new: str
    why: str


@dataclass(frozen=True)
class Changes:
    """What page 1 says, the lines under it, and the full list where it is longer than that.

    `expected` counts provisional figures that were brought up to date, in words; `revised` are the keys of the settled
    ones that moved.
    """

    heading: str
    sentence: str
    lines: tuple[str, ...]
    rows: tuple[Change, ...]
    expected: str
    strata: str
    revised: frozenset[Key]


def changes_of(contents: Contents, area: AreaWords, say: Wording) -> Changes | None:
    """The changes of an area, newest period first within a measure; None for the first edition of all."""
    against = against_of(contents.period, contents.context, area.code)
    if against is None:
        return None
    replaced = against.period == contents.period
    old, new = contents.before(area.code), contents.by_key
    keys = _changed(contents, area, replaced)
    expected = [] if replaced else [k for k in keys if old[k].provisional]
    keys = [k for k in keys if k not in set(expected)]
    rows = _rows(contents, area, say, [k for k in keys if k[4] == "all"])
    own = [row.key for row in rows]
    newest = sorted(range(len(own)), key=lambda i: _month(own[i][2], own[i][3]), reverse=True)
    short = [rows[i] for i in newest[:IN_SHORT]]
    number = {0: "none", 1: "one"}.get(len(rows), "some" if len(rows) <= IN_SHORT else "most")
    month = Month.parse(against.period).name
    kind = "" if replaced else "since_"
    replaces = contents.context.replaces
    unseen = replaces is not None and (not replaced or against.number < replaces)
    between = ""
    if unseen:
        between = f"{say('changes.unseen', replaces=against.number) if replaced else say('changes.unseen_month')} "
    return Changes(
        heading=say(f"changes.{kind}heading", replaces=against.number, month=month),
        sentence=between
        + say(f"changes.{kind}{number}", replaces=against.number, count=len(rows), area=area.name, month=month),
        lines=tuple(
            say("changes.line", measure=c.measure, period=c.period, old=c.old, new=c.new)
            + (say("changes.line_why", why=c.why) if c.why else "")
            for c in short
        ),
        rows=rows if len(rows) > IN_SHORT else (),
        expected=_counted("changes.expected", [k for k in expected if k[4] == "all"], say),
        strata=_counted("changes.strata", [k for k in keys if k[4] != "all"], say),
        revised=frozenset(k for k in own if k in old and k in new and not old[k].provisional),
    )


def moved(contents: Contents, area: AreaWords, say: Wording) -> tuple[Change, ...]:
    """Every figure of an area that differs from the edition this one replaces, strata last; as printed in both."""
    keys = _changed(contents, area, replaced=True)
    return (
        *_rows(contents, area, say, [k for k in keys if k[4] == "all"]),
        *_rows(contents, area, say, [k for k in keys if k[4] != "all"]),
    )


def _changed(contents: Contents, area: AreaWords, replaced: bool) -> list[Key]:
    """The keys that differ; against another month's edition only those that are in both."""
    old, new = contents.before(area.code), contents.by_key
    known = {m.id for m in contents.context.measures}
    there = {**old, **new} if replaced else [k for k in old if k in new]
    return [k for k in there if k[1] == area.code and k[0] in known and reads_otherwise(old.get(k), new.get(k))]


def _rows(contents: Contents, area: AreaWords, say: Wording, keys: Iterable[Key]) -> tuple[Change, ...]:
    """The changes, in the order of the measures, newest period first."""
    against = against_of(contents.period, contents.context, area.code)
    came = against.new_extracts if against else ()
    old, new = contents.before(area.code), contents.by_key
    titles = {m.id: m for m in contents.context.measures}
    order = [m.id for m in contents.context.measures]
    own = sorted(keys, key=lambda k: (_month(k[2], k[3]), k[2] == "month"), reverse=True)
    own.sort(key=lambda k: order.index(k[0]))

    # The strata of a figure have the same reason.
    @cache
    def why(measure: str, grain: str, period: str) -> str:
        return _why((grain, period), titles[measure], area, contents, came, say)

    return tuple(
        Change(
            k,
            titles[k[0]].short_title,
            period_name(k[2], k[3]),
            _words(old.get(k), titles, say),
            _words(new.get(k), titles, say),
            why(k[0], k[2], k[3]),
        )
        for k in own
    )


def _counted(key: str, keys: Sequence[Key], say: Wording) -> str:
    if not keys:
        return ""
    return say(f"{key}_one" if len(keys) == 1 else key, count=len(keys))


def _words(figure: ReleasedFigure | None, titles: Mapping[str, MeasureWords], say: Wording) -> str:
    if figure is None:
        return say("changes.not_published")
    reading = Reading(figure.grain, figure.period, figure)  # type: ignore[arg-type]
    people = counts(reading, titles[figure.measure], say)
    value = printed(reading, titles[figure.measure], say)
    if reading.provisional:
        value = f"{value} {say('panel.value_provisional')}"
    return f"{value} ({people})" if people and reading.value is not None else value


def _why(
    period: tuple[str, str],
    measure: MeasureWords,
    area: AreaWords,
    contents: Contents,
    came: Iterable[NewExtract],
    say: Wording,
) -> str:
    """The extracts that came in since and that the measure is made from; empty where none did.

    Those sent again are named first, and of them those of the figure's own months: what came for a later month may tell of
    an earlier one, as deaths are registered late, but seldom is the reason.
    """
    ccgs = {a.code for a in contents.context.areas if a.kind == "ccg"}
    near = [
        e
        for e in came
        if e.feed in measure.feeds and (area.kind == "stp" or e.supplier == area.code or e.supplier not in ccgs)
    ]
    if not near:
        return ""
    against = against_of(contents.period, contents.context, area.code)
    if against and against.period != contents.period and all(e.period == contents.period for e in near):
        return say("changes.why_month", month=Month.parse(contents.period).name)
    months = {str(month) for month in period_months(*period)}
    first, *more = sorted(
        near,
        key=lambda e: (
            e.sequence == 1,
            e.period not in months,
            e.period > contents.period,
            e.period == contents.period,
        ),
    )
    named = say(
        "changes.why_again" if first.sequence > 1 else "changes.why_new",
        feed=first.feed_title,
        supplier=first.supplier_name,
        month=period_short("month", first.period),
    )
    return named + (say("changes.why_more", count=len(more)) if more else "")


def _month(grain: str, period: str) -> Month:
    return quarter_months(period)[2] if grain == "quarter" else Month.parse(period)
