"""An edition's folder, read whole.

Owns which files there are to be. Promises that every file in the folder is read, or named as one that nobody reads. Never
opens anything outside the folder but the data files of the edition it is compared with.
"""

from collections.abc import Iterator
from pathlib import Path

from outcomes.auditing import edition as data
from outcomes.auditing import tables
from outcomes.auditing.counts import figure_leaks
from outcomes.auditing.data_file import data_leaks
from outcomes.auditing.edition import Edition, read_edition
from outcomes.auditing.fingertips import fingertips_leaks
from outcomes.auditing.leak import Leak
from outcomes.auditing.markup import read_page
from outcomes.auditing.measure_reports import report_leaks
from outcomes.auditing.pages import page_leaks, reading_of
from outcomes.auditing.paper import paper_leaks


def leaks(folder: Path) -> list[Leak]:
    """Everything that the files of an edition say beyond the released counts.

    Raises SafetyRefusal when figures.csv or figures.json cannot be understood: then nothing can be compared with them.
    """
    edition = read_edition(folder)
    found = [*figure_leaks(tables.FILE, edition.figures.values(), edition.by_id), *data_leaks(edition)]
    found += fingertips_leaks(edition)
    styles: set[str] = set()
    for area in edition.areas.values():
        found += _scorecard(folder, edition, area, styles)
        found += _reports(folder, edition, area)
    if len(styles) > 1:
        found.append(Leak("scorecard-*.html", "style", "is not the same on all pages, and nobody reads it"))
    known = {
        tables.FILE,
        data.FILE,
        *(_name(area, kind) for area in edition.areas.values() for kind in ("html", "pdf")),
        *map(_reports_name, edition.areas.values()),
    }
    for path in folder.iterdir():
        if path.name not in known:
            found.append(Leak(path.name, "the file", "is no file of an edition, so nobody audits it"))
    return sorted(set(found))


def _scorecard(folder: Path, edition: Edition, area: str, styles: set[str]) -> Iterator[Leak]:
    """The two forms of an area's scorecard; what styles the page is added to `styles`."""
    web, paper = folder / _name(area, "html"), folder / _name(area, "pdf")
    for path in (web, paper):
        if not path.is_file():
            yield Leak(path.name, "the file", "is not there, so it cannot be audited")
    if not web.is_file():
        return
    try:
        page = read_page(web.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        yield Leak(web.name, "the file", "is not in UTF-8, so it cannot be audited")
        return
    styles.update(style.text(frozenset()) for style in page.root.all("style"))
    wrong, shown = page_leaks(page, reading_of(web.name, edition, area))
    yield from wrong
    if paper.is_file():
        yield from paper_leaks(paper, page.root, shown, reading_of(paper.name, edition, area))


def _reports(folder: Path, edition: Edition, area: str) -> Iterator[Leak]:
    """The area's measure reports. An edition whose table has no columns of Fingertips was made before there were any."""
    path = folder / _reports_name(area)
    if path.is_file():
        yield from report_leaks(path, edition, area)
    elif any(figure.fingertips for figure in edition.figures.values()):
        yield Leak(path.name, "the file", "is not there, so it cannot be audited")


def _name(area: str, kind: str) -> str:
    return f"scorecard-{area}.{kind}"


def _reports_name(area: str) -> str:
    return f"measure-reports-{area}.json"
