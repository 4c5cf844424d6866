"""The page model: everything a scorecard prints for one area, before anything is laid out.

Owns what stands where. Promises that the same contents give the same model, and that the PDF and the web edition print
the same one. Never formats markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from outcomes.periods import Month
from outcomes.scorecards.alongside import Alongside, alongside
from outcomes.scorecards.changes import Changes, changes_of
from outcomes.scorecards.comparison import Line, colouring, compare, left_out, own_position
from outcomes.scorecards.contents import AreaWords, Contents
from outcomes.scorecards.equity import Equity, equity
from outcomes.scorecards.messages import Messages, act, celebrate, getting_worse, headline, watch
from outcomes.scorecards.panel import Panel, panel_of
from outcomes.scorecards.said import Agreed, agreed, in_words
from outcomes.scorecards.series import series_of
from outcomes.scorecards.submitted import Submitted, submitted
from outcomes.scorecards.wording import Wording, wording

TILES = 4
ROWS = ("improvement", "common_cause", "concern", "unusual")
COLUMNS = ("pass", "hit_or_miss", "fail", "none")

# A false signal on the last point of a chart: 1.3 to 1.5 % a month in series where nothing changes.
FALSE_ALARM = 0.014
SHORT = 16


@dataclass(frozen=True)
class MatrixRow:
    """Measures that go the same way; `cells` are those of each column."""

    tone: str
    word: str
    cells: tuple[tuple[Panel, ...], ...]


@dataclass(frozen=True)
class Group:
    """The measures that answer one promise to patients, in their words."""

    promise: str
    statement: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Summary:
    """What the e-mail says: the headline, and the main points in plain text."""

    headline: str
    points: tuple[str, ...]


@dataclass(frozen=True)
class Scorecard:
    """An edition's scorecard of one area."""

    area: AreaWords
    contents: Contents
    month: str
    made_on: str
    origin: str
    title: str
    subtitle: str
    headline: str
    tiles: tuple[Panel, ...]
    messages: tuple[Messages, ...]
    matrix: tuple[MatrixRow, ...]
    not_judged: tuple[tuple[str, tuple[Panel, ...]], ...]
    panels: tuple[Panel, ...]
    groups: tuple[Group, ...]
    actions: tuple[Agreed, ...]
    comparison: tuple[Line, ...]
    colouring: str
    left_out: tuple[str, ...]
    alongside: Alongside | None
    position: tuple[str, ...]
    changes: Changes | None
    equity: Equity | None
    submitted: Submitted
    charts: int
    alarms: int

    @property
    def judged(self) -> tuple[Panel, ...]:
        return tuple(p for p in self.panels if p.tone != "unjudged")


def scorecard(contents: Contents, area_code: str, say: Wording | None = None) -> Scorecard:
    """The page model of an area; raises InputError for an area that the edition does not have."""
    say = say or wording()
    area, context = contents.area(area_code), contents.context
    changes = changes_of(contents, area, say)
    revised = changes.revised if changes else frozenset()
    panels = tuple(
        panel_of(number, series_of(contents, measure, area), context, say, revised)
        for number, measure in enumerate(context.measures, 1)
    )
    judged = [p for p in panels if p.tone != "unjudged"]
    comparison = compare(contents, say)
    charts = len(panels) * len(context.areas)
    month = Month.parse(contents.period).name
    sent = submitted(contents, area, say)
    courses = getting_worse(contents, say) if area.kind == "stp" else ""
    return Scorecard(
        area=area,
        contents=contents,
        month=month,
        made_on=in_words(context.made_on),
        origin=_origin(contents, say),
        title=say("page.title"),
        subtitle=say(f"page.of_{area.kind}", name=area.full_name or area.name),
        headline=headline(contents, area, panels, say),
        tiles=_tiles(panels, say),
        messages=(celebrate(panels, say), act(panels, say), watch(panels, sent.silent, courses, month, say)),
        matrix=tuple(
            MatrixRow(
                tone,
                say(f"variation.{tone}"),
                tuple(tuple(p for p in judged if p.tone == tone and p.column == column) for column in COLUMNS),
            )
            for tone in ROWS
        ),
        not_judged=_not_judged(panels),
        panels=panels,
        groups=_groups(panels),
        actions=tuple(agreed(a, say) for a in context.actions if a.area == area.code),
        comparison=tuple(line for line in comparison if not line.left_out),
        colouring=colouring(comparison, say),
        left_out=left_out(comparison, say),
        alongside=alongside(contents, say),
        position=own_position(comparison, area, say),
        changes=changes,
        equity=equity(contents, area, say),
        submitted=sent,
        charts=charts,
        alarms=max(1, round(charts * FALSE_ALARM)),
    )


def summary(contents: Contents, area_code: str) -> Summary:
    """The headline and main points of an area's scorecard, for the e-mail: what changed first, then what matters."""
    card = scorecard(contents, area_code)
    points = []
    if card.changes:
        lines = (f"{line}." for line in card.changes.lines)
        points.append(" ".join(filter(None, [card.changes.sentence, *lines, card.changes.expected])))
    for group in card.messages:
        said = [" ".join(filter(None, (item.lead, item.text))) for item in group.items]
        points.append(" ".join([f"{group.heading}:", *said]))
    points += card.position
    return Summary(card.headline, tuple(points))


def _tiles(panels: Sequence[Panel], say: Wording) -> tuple[Panel, ...]:
    chosen = say.names("choice.tiles")
    first = sorted((p for p in panels if p.measure.id in chosen), key=lambda p: chosen.index(p.measure.id))
    return tuple([*first, *(p for p in panels if p not in first)][:TILES])


def _groups(panels: Sequence[Panel]) -> tuple[Group, ...]:
    """In the order of the panels; what stands between others of its promise begins a group of its own."""
    asked = groupby(panels, key=lambda p: (p.measure.promise, p.measure.statement))
    return tuple(Group(*promise, tuple(members)) for promise, members in asked)


def _not_judged(panels: Sequence[Panel]) -> tuple[tuple[str, tuple[Panel, ...]], ...]:
    """The measures without a verdict, by the word for why."""
    words = dict.fromkeys(p.word for p in panels if p.tone == "unjudged")
    return tuple((word, tuple(p for p in panels if p.word == word)) for word in words)


def _origin(contents: Contents, say: Wording) -> str:
    """Where the figures come from; identifiers are cut to what a person can compare."""
    context = contents.context
    return say(
        "method.source",
        number=contents.number,
        month=Month.parse(contents.period).name,
        release=context.release[:SHORT],
        day=in_words(context.made_on),
        code=context.code_version[:SHORT],
        selection=context.selection[:SHORT],
    )
