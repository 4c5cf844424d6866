"""How the parts of a scorecard are dealt out over A4 pages.

Owns the number of pages, so that a layout that overflows can be told from one that grew. With up to nine
measures page 1 holds their comparison; with more, it has pages of its own. Never measures text: the render
does, and is held against `pages`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from outcomes.scorecards.changes import Change
from outcomes.scorecards.comparison import Line
from outcomes.scorecards.page import Group, Scorecard
from outcomes.scorecards.panel import Panel
from outcomes.scorecards.submitted import Extract

PANELS_ACROSS = 3
ROWS_ON_A_PAGE = 4
ROWS_IF_ROOMY = 3
# What is about the figures fits below so many rows of panels and promises above them; the key takes the place of one.
ABOVE_ABOUT = 4
LINES_ON_PAGE_1 = 9
LINES_ON_A_PAGE = 30
# With their notes above and the deaths that are linked below; fewer where that did not fit.
EXTRACTS_ON_A_PAGE = 44
FEWER_EXTRACTS = 28
# Each with its reason, in two lines or three.
CHANGES_ON_A_PAGE = 20
FEWER_CHANGES = 14
# More than this nobody reads on paper; the web edition has all.
MOST_CHANGES = 60

Part = TypeVar("Part")


@dataclass(frozen=True)
class ChartRow:
    """Charts side by side, all of one promise; `first` where the promise begins."""

    group: Group
    first: bool
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Layout:
    """Page 1, the comparison where it has pages of its own, the equity gaps, the CCGs beside each other, the charts with
    what is about them, the extracts, then the changes. The key stands before the first chart.

    `compared` stands on page 1, or else in `compared_apart`, and then the equity gaps may follow on its last page. `dense`
    is set tighter.
    """

    compared: tuple[Line, ...]
    compared_apart: tuple[tuple[Line, ...], ...]
    equity_follows: bool
    equity_apart: bool
    alongside: bool
    charts: tuple[tuple[ChartRow, ...], ...]
    about_follows: bool
    extracts: tuple[tuple[Extract, ...], ...]
    changed: tuple[tuple[Change, ...], ...]
    more_changed: bool
    dense: bool

    @property
    def pages(self) -> int:
        """How many pages there have to be."""
        own = 0 if self.about_follows else 1
        parts = (self.compared_apart, self.charts, self.extracts, self.changed)
        return 1 + self.equity_apart + self.alongside + own + sum(len(part) for part in parts)


def arrangements(card: Scorecard) -> Iterator[Layout]:
    """The layouts to try in turn, for a month of which there is much to say: as designed, tighter, on more pages.

    What a board agreed, above a full table of measures, never fits as designed: then it is not tried, as a try takes long.
    """
    crowded = bool(card.actions) and len(card.judged) > PANELS_ACROSS * ROWS_ON_A_PAGE
    for roomy in (False, True):
        for dense in (True,) if crowded else (False, True):
            yield lay_out(card, roomy=roomy, dense=dense)


def lay_out(card: Scorecard, *, roomy: bool = False, dense: bool = False) -> Layout:
    """Deal a scorecard out over its pages; `roomy` gives each part a page of its own."""
    charts = _dealt(_chart_rows(card), ROWS_IF_ROOMY if roomy else ROWS_ON_A_PAGE)
    apart = roomy or len(card.comparison) > LINES_ON_PAGE_1
    changed = card.changes.rows if card.changes else ()
    last = charts[-1] if charts else ()
    key_above = card.alongside is None and len(charts) == 1
    above = len(last) + len({row.group.promise for row in last}) + key_above
    return Layout(
        compared=() if apart else card.comparison,
        compared_apart=_dealt(card.comparison, LINES_ON_A_PAGE) if apart else (),
        equity_follows=card.equity is not None and apart and not roomy,
        equity_apart=card.equity is not None and (roomy or not apart),
        alongside=card.alongside is not None,
        charts=charts,
        about_follows=not roomy and 0 < above <= ABOVE_ABOUT,
        extracts=_dealt(card.submitted.extracts, FEWER_EXTRACTS if roomy else EXTRACTS_ON_A_PAGE),
        changed=_dealt(changed[:MOST_CHANGES], FEWER_CHANGES if roomy else CHANGES_ON_A_PAGE),
        more_changed=len(changed) > MOST_CHANGES,
        dense=dense,
    )


def _chart_rows(card: Scorecard) -> list[ChartRow]:
    return [
        ChartRow(group, number == 0, panels)
        for group in card.groups
        for number, panels in enumerate(_dealt(group.panels, PANELS_ACROSS))
    ]


def _dealt(parts: Sequence[Part], size: int) -> tuple[tuple[Part, ...], ...]:
    return tuple(tuple(parts[start : start + size]) for start in range(0, len(parts), size))
