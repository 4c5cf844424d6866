"""From page model to HTML: the source of the paper edition and of large print, and the web edition.

Owns the templates and the files that they may use. Promises escaped text, an error for a name that is not there, and a web
edition in one file that loads nothing. Never computes a figure or words a sentence.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from outcomes.definitions.shipped import shipped
from outcomes.errors import SetupError
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.fifths import draw_fifths
from outcomes.scorecards.funnels import draw_funnel
from outcomes.scorecards.geometry import DENSE, LARGE, PAPER, SCREEN, SPARK, draw, strips
from outcomes.scorecards.layout import Layout, lay_out
from outcomes.scorecards.page import COLUMNS, Scorecard, scorecard
from outcomes.scorecards.said import in_words
from outcomes.scorecards.sides import BAR, draw_bar, draw_small
from outcomes.scorecards.wording import wording

FONT_WEIGHTS = (400, 600, 700)
# Letters of Western Europe, then those of the rest of Latin.
FONT_SUBSETS = ("latin", "latin-ext")


def render_html(contents: Contents, area_code: str) -> str:
    """The web edition of an area's scorecard: one file with its style, fonts and charts inside."""
    return web_page(scorecard(contents, area_code))


def web_page(card: Scorecard) -> str:
    """The web edition of a scorecard."""
    return _fill(
        "web.html.j2",
        card,
        lay_out(card),
        style=Markup(read_text("scorecard/web.css")),
        fonts=_inline_fonts(),
        picture=lambda kind, alternative, drawing: drawing,
    )


@dataclass(frozen=True)
class Paper:
    """The source of a PDF, and the drawings that it asks for, by their addresses. Style and fonts are `paper_files`."""

    html: str
    drawings: Mapping[str, bytes]
    style: str = "paper.css"


def paper(card: Scorecard, layout: Layout) -> Paper:
    """The paper edition."""
    return _with_drawings_apart("paper.html.j2", "paper.css", card, layout)


def large_print(card: Scorecard) -> Paper:
    """The paper edition's content in one column of large print."""
    return _with_drawings_apart("large.html.j2", "large.css", card, lay_out(card))


def _with_drawings_apart(template: str, style: str, card: Scorecard, layout: Layout) -> Paper:
    """Drawings stand apart: a style is not matched with every dot of them, and an icon is read once."""
    drawings: dict[str, bytes] = {}

    def picture(kind: str, alternative: str, drawing: Markup) -> Markup:
        body = drawing.encode()
        address = f"{hashlib.sha256(body).hexdigest()[:16]}.svg"
        drawings[address] = body
        return Markup('<img class="{}" alt="{}" src="{}">').format(kind, alternative, address)

    return Paper(_fill(template, card, layout, picture=picture), drawings, style)


@cache
def templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(shipped("report_templates/scorecard")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["in_words"] = in_words
    environment.globals.update(
        say=wording(),
        columns=COLUMNS,
        drawing=draw,
        strips=strips,
        fifths=draw_fifths,
        place_bar=draw_bar,
        funnel_of=draw_funnel,
        small=draw_small,
        boxes={"paper": PAPER, "dense": DENSE, "large": LARGE, "screen": SCREEN, "spark": SPARK, "bar": BAR},
    )
    return environment


def _fill(name: str, card: Scorecard, layout: Layout, **more: object) -> str:
    try:
        return templates().get_template(name).render(card=card, layout=layout, **more)
    except TemplateError as error:
        raise SetupError(
            f"The template report_templates/scorecard/{name} cannot be filled in ({error}): put it back as it came."
        ) from None


def read_text(name: str) -> str:
    """A file of report_templates."""
    return read_bytes(name).decode()


def read_bytes(name: str) -> bytes:
    try:
        return (shipped("report_templates") / name).read_bytes()
    except OSError as error:
        raise SetupError(
            f"The file report_templates/{name} cannot be read ({error}): install outcomes again."
        ) from None


def _inline_fonts() -> dict[int, str]:
    """The Latin fonts by weight, as the text of a data address."""
    return {w: base64.b64encode(read_bytes(f"fonts/{font_name('latin', w)}")).decode() for w in FONT_WEIGHTS}


def font_name(subset: str, weight: int) -> str:
    return f"source-sans-3-{subset}-{weight}-normal.woff2"


def paper_fonts(subsets: Sequence[str] = FONT_SUBSETS) -> list[bytes]:
    """The fonts that the paper editions print with."""
    return [read_bytes(f"fonts/{font_name(subset, weight)}") for subset in subsets for weight in FONT_WEIGHTS]


def paper_files(*styles: str) -> dict[str, tuple[bytes, str]]:
    """All that a paper edition in these styles may fetch, by the address it uses: bytes and kind."""
    files = {style: (read_bytes(f"scorecard/{style}"), "text/css") for style in styles}
    for subset in FONT_SUBSETS:
        for weight in FONT_WEIGHTS:
            name = font_name(subset, weight)
            files[name] = (read_bytes(f"fonts/{name}"), "font/woff2")
    return files
