"""Scorecards: released figures to page model to HTML to PDF, with a text for every chart.

Owns what the board reads. Promises that everything on a page follows from released figures and the edition's own context.
Never reads the lake, a figure before release, or anything from outside its own templates.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outcomes.scorecards.page import Summary, summary
    from outcomes.scorecards.pdf import render_pdf
    from outcomes.scorecards.publish import write_edition, write_large_print
    from outcomes.scorecards.rendering import render_html

__all__ = ["Summary", "render_html", "render_pdf", "summary", "write_edition", "write_large_print"]

_WHERE = {
    "Summary": "page",
    "summary": "page",
    "render_pdf": "pdf",
    "render_html": "rendering",
    "write_edition": "publish",
    "write_large_print": "publish",
}


def __getattr__(name: str) -> object:
    # Imported on first use: a DAG that is only parsed, or a reader of `contents`, has no need of charts and templates.
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
