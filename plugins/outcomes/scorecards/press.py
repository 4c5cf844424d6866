"""WeasyPrint, driven so that seven scorecards take few seconds.

Owns how it is started, what it may load (the packaged style and fonts, nothing else) and what it need not do: look for
pseudo-elements and read fonts of letters that no page has, fetch each image, turn each part of the file into bytes twice,
and search all that is alive for garbage again and again. Promises the same pages as without. Never words or places anything.

WeasyPrint is imported while rendering only: nobody else needs its system libraries.
"""

import atexit
import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from outcomes.errors import SetupError
from outcomes.scorecards.pictures import picture
from outcomes.scorecards.preflight import letters_beyond
from outcomes.scorecards.rendering import FONT_SUBSETS, Paper, paper_files, paper_fonts

DEBIAN_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig"
# Its own style gives every element of a page five kinds of notes, and every element a list's marker.
_NOTES = re.compile(r"^::(?:footnote|note)-.*$", re.MULTILINE)
_MARKER = re.compile(r"^::marker", re.MULTILINE)


def weasyprint() -> tuple[Any, Any]:
    """WeasyPrint and its `urls`; raises SetupError where its system libraries are missing."""
    try:
        import weasyprint
        from weasyprint import urls
    except (ImportError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise SetupError(
            f"PDFs cannot be made on this machine, as WeasyPrint's system libraries are missing ({reason}): install the "
            f"Debian packages {DEBIAN_PACKAGES} and try again."
        ) from None
    return weasyprint, urls


def laid_out(source: Paper) -> Any:
    """The pages of a paper edition, as WeasyPrint's document; raises its FatalURLFetchingError for any address."""
    beyond = letters_beyond(source.html, paper_fonts(FONT_SUBSETS[:1]))
    styles, fonts = _styles("printed.css", *(["extended.css"] if beyond else []), source.style)
    # What is in WeasyPrint's store of images is not asked for: nothing is left to fetch.
    drawn = {name: picture(body) for name, body in source.drawings.items()}
    page = _page()(string=source.html, base_url="asset:/", url_fetcher=_fetcher({}))
    return page.render(stylesheets=styles, font_config=fonts, cache=drawn)


def write_once(pdf: Any) -> None:
    """Turn what a file is made of into bytes now: it is asked for twice, to be written and for the file's identifier."""
    import pydyf  # type: ignore[import-untyped, unused-ignore]

    class Written(pydyf.Stream):  # type: ignore[misc, unused-ignore]
        data = b""

    for place, item in enumerate(pdf.objects):
        if isinstance(item, pydyf.Stream):
            written = Written()
            written.number, written.data = item.number, item.data
            pdf.objects[place] = written


@contextmanager
def garbage_at_the_end() -> Iterator[None]:
    """Let go of a document when it is done, in place of searching it many times while it grows: a quarter of the time."""
    if not gc.isenabled():
        yield
        return
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        gc.unfreeze()


@cache
def _page() -> Any:
    """A page of HTML on which only a list's item has a marker, and nothing has notes."""
    package, _ = weasyprint()
    from weasyprint.html import UA

    style = package.CSS(string=_MARKER.sub("li::marker", _NOTES.sub("", UA)))

    class Page(package.HTML):  # type: ignore[misc, name-defined, unused-ignore]
        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return [style]

    return Page


@cache
def _styles(*names: str) -> tuple[list[Any], Any]:
    """Styles and their fonts: read once for all scorecards of a process."""
    package, _ = weasyprint()
    from weasyprint.text.fonts import FontConfiguration

    # The fonts are given back while the library that holds them is still there.
    atexit.register(_styles.cache_clear)
    fonts, fetcher = FontConfiguration(), _fetcher(paper_files(*names))
    return [package.CSS(url=f"asset:/{name}", url_fetcher=fetcher, font_config=fonts) for name in names], fonts


def _fetcher(files: Mapping[str, tuple[bytes, str]]) -> Any:
    """Gives out these files, by address; any other address stops the render."""
    _, urls = weasyprint()

    class PackageAssets(urls.URLFetcher):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__(allowed_protocols=("asset",), allow_redirects=False, fail_on_errors=True)

        def fetch(self, url: str, headers: Any = None) -> Any:
            body, kind = files[url.removeprefix("asset:/")]
            return urls.URLFetcherResponse(url, body, {"Content-Type": kind})

    return PackageAssets()
