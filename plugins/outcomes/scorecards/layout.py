"""How the parts of a scorecard are dealt out over A4 pages.

Owns the number of pages, so that a layout that overflows can be told from one that grew. Promises two pages for up to nine
measures where nothing, or little, changed; with more, the comparison has pages of its own. Never measures text: the render
does, and is held against `pages`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from outcomes.scorecards.changes import Change
from outcomes.scorecards.comparison import Line
from outcomes.scorecards.page import Scorecard
from outcomes.scorecards.panel import Panel

PANELS_ACROSS = 3
ROWS_ON_A_PAGE = 4
# Key, method and protection fit below so many rows of panels.
ROWS_ABOVE_ABOUT = 3
LINES_ON_PAGE_1 = 9
LINES_ON_A_PAGE = 30
CHANGES_ON_A_PAGE = 44

Part = TypeVar("Part")


@dataclass(frozen=True)
class Layout:
    """Page 1, the comparison where it has pages of its own, the charts with what is about them, then the changes.

    `compared` and the extracts stand on page 1, or else at the end of `compared_apart`. `dense` is set tighter.
    """

    compared: tuple[Line, ...]
    compared_apart: tuple[tuple[Line, ...], ...]
    charts: tuple[tuple[Panel, ...], ...]
    about_follows: bool
    changed: tuple[tuple[Change, ...], ...]
    dense: bool

    @property
    def pages(self) -> int:
        """How many pages there have to be."""
        own = 0 if self.about_follows else 1
        return 1 + len(self.charts) + own + len(self.compared_apart) + len(self.changed)


def arrangements(card: Scorecard) -> Iterator[Layout]:
    """The layouts to try in turn, for a month of which there is much to say: as designed, tighter, on more pages."""
    for roomy in (False, True):
        for dense in (False, True):
            yield lay_out(card, roomy=roomy, dense=dense)


def lay_out(card: Scorecard, *, roomy: bool = False, dense: bool = False) -> Layout:
    """Deal a scorecard out over its pages; `roomy` gives the comparison and what is about the figures pages of their own."""
    charts = _dealt(card.panels, PANELS_ACROSS * ROWS_ON_A_PAGE)
    apart = roomy or len(card.comparison) > LINES_ON_PAGE_1
    rows = -(-len(charts[-1]) // PANELS_ACROSS) if charts else 0
    return Layout(
        compared=() if apart else card.comparison,
        compared_apart=_dealt(card.comparison, LINES_ON_A_PAGE) if apart else (),
        charts=charts,
        about_follows=not roomy and 0 < rows <= ROWS_ABOVE_ABOUT,
        changed=_dealt(card.changes.rows if card.changes else (), CHANGES_ON_A_PAGE),
        dense=dense,
    )


def _dealt(parts: Sequence[Part], size: int) -> tuple[tuple[Part, ...], ...]:
    return tuple(tuple(parts[start : start + size]) for start in range(0, len(parts), size))
