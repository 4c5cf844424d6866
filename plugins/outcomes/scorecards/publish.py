"""Puts an edition into the publications folder.

Owns `YYYY-MM/edition-N/`, `YYYY-MM/edition-N-large-print/` and the files in them. Promises a whole folder or none, however
the process ends: it is written beside its place, flushed to the disk and renamed; written again with the same content it is
left alone, and one that is there with other content is never touched. Never decides whether an edition should go out.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from outcomes.errors import SafetyRefusal, SetupError
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.files import figures_csv, figures_json
from outcomes.scorecards.measure_reports import measure_reports
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.pdf import printed, render_large_print
from outcomes.scorecards.rendering import web_page


def write_edition(contents: Contents, publications: Path) -> dict[str, str]:
    """Write the edition's files; returns the SHA-256 of each by its name.

    Raises SafetyRefusal when the edition is there with other content, SetupError when the folder cannot be written.
    """
    return _put(contents, publications, f"edition-{contents.number}", edition_files)


def write_large_print(contents: Contents, publications: Path) -> dict[str, str]:
    """Write the edition's scorecards in large print into a folder of their own; returns and raises as `write_edition`."""
    return _put(contents, publications, f"edition-{contents.number}-large-print", large_print_files)


def _put(
    contents: Contents, publications: Path, name: str, made_of: Callable[[Contents], dict[str, bytes]]
) -> dict[str, str]:
    month = publications / contents.period
    edition = month / name
    try:
        # First, for rendering takes a while.
        month.mkdir(parents=True, exist_ok=True)
        files = made_of(contents)
        with _alone_in(month):
            _remove_left_over(month, edition.name)
            if edition.exists():
                _compare(edition, files)
            else:
                _write(edition, files)
    except OSError as error:
        raise SetupError(
            f"The edition cannot be written to {edition} ({error.strerror or error}): make the publications folder "
            "writable, with room for it, and run again."
        ) from None
    return {name: hashlib.sha256(body).hexdigest() for name, body in sorted(files.items())}


def edition_files(contents: Contents) -> dict[str, bytes]:
    """Every file of an edition by its name: a PDF, a web page and measure reports per area, and the figures of all."""
    files = {"figures.csv": figures_csv(contents), "figures.json": figures_json(contents)}
    for area in contents.context.areas:
        files[f"measure-reports-{area.code}.json"] = measure_reports(contents, area.code)
        card = scorecard(contents, area.code)
        files[f"scorecard-{area.code}.html"] = web_page(card).encode()
        files[f"scorecard-{area.code}.pdf"] = printed(card)
    return files


def large_print_files(contents: Contents) -> dict[str, bytes]:
    """Every file of the large print by its name: a PDF per area."""
    return {f"large-print-{a.code}.pdf": render_large_print(contents, a.code) for a in contents.context.areas}


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One writer at a time; the lock goes with the process, so that a kill leaves none behind."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_left_over(month: Path, name: str) -> None:
    for left_over in month.glob(f".{name}.*"):
        shutil.rmtree(left_over)


def _compare(edition: Path, files: Mapping[str, bytes]) -> None:
    there = {path.name: path for path in edition.iterdir()}
    differing = sorted(there.keys() ^ files.keys()) + [
        name for name in sorted(there.keys() & files.keys()) if there[name].read_bytes() != files[name]
    ]
    if differing:
        raise SafetyRefusal(
            f"{edition} is there already with another {differing[0]}, and what was published is never overwritten: make a "
            "new edition, or find out who changed the file."
        )


def _write(edition: Path, files: Mapping[str, bytes]) -> None:
    unfinished = edition.with_name(f".{edition.name}.unfinished")
    unfinished.mkdir()
    for name, body in files.items():
        with (unfinished / name).open("xb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
    _flush(unfinished)
    unfinished.rename(edition)
    _flush(edition.parent)
    _flush(edition.parent.parent)


def _flush(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
