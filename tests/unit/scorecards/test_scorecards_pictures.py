"""Drawings on paper: the same strokes as WeasyPrint's own SVG, which is the other program here, and nothing left out."""

import gc
import io
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from test_scorecards_pdf import busy

import outcomes
from outcomes.errors import SetupError
from outcomes.scorecards import render_pdf
from outcomes.scorecards.layout import lay_out
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.pictures import picture
from outcomes.scorecards.rendering import Paper, paper

KINDS = ("chart", "spark", "strip", "fifths", "bar", "funnel", "icon")
HEADS = '<svg viewBox="0 0 100 50" xmlns="http://www.w3.org/2000/svg">'


def of_each_kind(source: Paper) -> dict[str, bytes]:
    """The first drawing of each kind, by kind, without its words: letters are set closer by us than by WeasyPrint."""
    names = {kind: re.search(rf'<img class="{kind}"[^>]* src="([^"]+)"', source.html) for kind in KINDS}
    return {kind: re.sub(rb"<text.*?</text>", b"", source.drawings[found[1]]) for kind, found in names.items() if found}


def pages_of(drawings: Mapping[str, bytes], images: dict[str, Any] | None) -> list[Any]:
    """Each drawing on a page of its own, as pixels: drawn by WeasyPrint itself, or by the images given."""
    import weasyprint
    from weasyprint import urls

    class Drawn(urls.URLFetcher):  # type: ignore[misc, name-defined, unused-ignore]
        def fetch(self, url: str, headers: Any = None) -> Any:
            return urls.URLFetcherResponse(url, drawings[url], {"Content-Type": "image/svg+xml"})

    html = (
        "<style>@page { size: 90mm 60mm } img { width: 70mm; height: 40mm; break-after: page; display: block }</style>"
    )
    html += "".join(f'<img src="{kind}">' for kind in drawings)
    made = weasyprint.HTML(string=html, base_url="asset:/", url_fetcher=Drawn()).render(cache=images)
    document = pypdfium2.PdfDocument(io.BytesIO(made.write_pdf()))
    return [document[number].render(scale=3).to_numpy().tobytes() for number in range(len(drawings))]


@pytest.mark.weasyprint
def test_each_kind_of_drawing_looks_as_weasyprint_draws_it() -> None:
    card = scorecard(busy(), "A1")
    drawings = of_each_kind(paper(card, lay_out(card)))
    assert drawings.keys() >= set(KINDS) - {"funnel", "bar"}
    ours = pages_of(drawings, {kind: picture(drawn) for kind, drawn in drawings.items()})
    theirs = pages_of(drawings, None)
    assert [kind for kind, one, other in zip(drawings, ours, theirs, strict=True) if one != other] == []
    assert len(set(ours)) == len(drawings), "two kinds look alike"


@pytest.mark.parametrize(
    "shape",
    [
        '<ellipse cx="5" cy="5" rx="3" ry="2" fill="#000000"/>',
        '<circle cx="5" cy="5" r="3" fill="#000000" opacity="0.5"/>',
        '<g transform="scale(2)"><circle cx="5" cy="5" r="3"/></g>',
        '<text x="5" y="5" font-size="9" fill="#000000">Two<tspan>parts</tspan></text>',
        '<image href="file:///etc/hostname"/>',
    ],
)
def test_what_cannot_be_drawn_is_refused_and_not_left_out(shape: str) -> None:
    with pytest.raises(SetupError, match="with something that is not drawn on paper"):
        picture(f"{HEADS}{shape}</svg>".encode())


def test_a_colour_that_is_no_number_is_refused() -> None:
    with pytest.raises(SetupError, match="has the colour tomato"):
        picture(f'{HEADS}<circle cx="5" cy="5" r="3" fill="tomato"/></svg>'.encode())


@pytest.mark.weasyprint
def test_a_render_leaves_the_search_for_garbage_as_it_was() -> None:
    render_pdf(busy(), "A1")
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_rendering_waits_for_no_table_of_figures() -> None:
    question = "import sys, outcomes.workflow.editions; print({'pandas', 'scipy', 'duckdb'} & set(sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", question],
        env={"PYTHONPATH": str(Path(outcomes.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "set()"
