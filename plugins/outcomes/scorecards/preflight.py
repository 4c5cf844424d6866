"""What is checked before a PDF leaves the press.

Owns the rules of a sound layout: the right number of pages, every word inside its place, nothing over anything else and
every letter in a packaged font. Promises a refusal that says what overflows and where. Never mends a layout.
"""

import io
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from outcomes.errors import OutcomesError


class Overflow(OutcomesError):
    """The words do not fit into the layout."""


# In CSS pixels; rounding in the layout stays well below.
TOLERANCE = 0.75
# How far capitals and most small letters reach above the line that they stand on, as a share of the size of the font.
INK = 0.66


def check_letters(html: str, fonts: Iterable[bytes], where: str) -> None:
    """Raise OutcomesError for a letter that no packaged font has: it would print as an empty box."""
    if strange := letters_beyond(html, fonts):
        names = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in strange[:5])
        raise OutcomesError(f"{where} has letters that no packaged font can print: write {names} another way.")


def letters_beyond(html: str, fonts: Iterable[bytes]) -> list[str]:
    """The letters of a text that none of the fonts has, sorted."""
    covered = frozenset[int]().union(*(_letters(font) for font in fonts))
    return sorted(letter for letter in set(html) if ord(letter) not in covered and not letter.isspace())


@cache
def _letters(font: bytes) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped, unused-ignore]

    with TTFont(io.BytesIO(font), lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def check_layout(document: Any, pages: int | None, where: str) -> None:
    """Raise Overflow when the document has another number of pages (None: any will do), words that leave their place, or
    words or pictures that lie over others."""
    if pages is not None and len(document.pages) != pages:
        raise Overflow(
            f"{where} takes {len(document.pages)} pages where {pages} were planned, so its layout overflows: shorten the "
            "words in wording.toml or of a measure."
        )
    for number, page in enumerate(document.pages, 1):
        printed: list[Printed] = []
        for text in _strayed(page._page_box, printed):
            raise Overflow(
                f"{where} has words that leave their place on page {number} (“{text[:60]}”): shorten the words in "
                "wording.toml or of a measure."
            )
        for over, under in _overlapping(printed):
            raise Overflow(
                f"{where} has things that lie over each other on page {number} ({over} and {under}): shorten the words in "
                "wording.toml or of a measure, or put the style of the scorecard back as it came."
            )


class Printed(NamedTuple):
    """Words or a picture, and the part of the page that a reader sees them on."""

    top: float
    left: float
    bottom: float
    right: float
    what: str


def _strayed(page: Any, printed: list[Printed]) -> Iterator[str]:
    """The words that leave their place; all words and pictures are noted on the way."""
    from weasyprint.formatting_structure import boxes

    def walk(box: Any, left: float, right: float, bottom: float) -> Iterator[str]:
        if isinstance(box, boxes.TextBox):
            across = box.position_x >= left - TOLERANCE and box.position_x + box.width <= right + TOLERANCE
            if not across or box.position_y + box.height > bottom + TOLERANCE:
                yield box.text
            if box.text.strip():
                line = box.position_y + box.baseline
                top, end = line - INK * box.style["font_size"], box.position_x + box.width
                printed.append(Printed(top, box.position_x, line, end, f"“{box.text[:40].strip()}”"))
            return
        if isinstance(box, boxes.ReplacedBox):
            x, y = box.content_box_x(), box.content_box_y()
            printed.append(Printed(y, x, y + box.height, x + box.width, "a picture"))
        if isinstance(box, boxes.BlockContainerBox):
            # A box that is wider than what it stands in (as a table can be) gives its words no more room.
            left, right = max(left, box.content_box_x()), min(right, box.content_box_x() + box.width)
        if isinstance(box, boxes.BlockLevelBox) and box.style["height"] != "auto":
            bottom = min(bottom, box.border_box_y() + box.border_height())
        for child in getattr(box, "children", ()):
            yield from walk(child, left, right, bottom)

    edge = page.position_x + page.margin_width()
    return walk(page, page.position_x, edge, page.position_y + page.margin_height())


def _overlapping(printed: list[Printed]) -> Iterator[tuple[str, str]]:
    """What shares more of the page than rounding explains, in pairs; things are met from the top of the page down."""
    above: list[Printed] = []
    for here in sorted(printed):
        above = [other for other in above if other.bottom > here.top + TOLERANCE]
        for other in above:
            if min(here.right, other.right) - max(here.left, other.left) > TOLERANCE:
                yield other.what, here.what
        above.append(here)
