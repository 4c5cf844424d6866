"""Editions as they lie in the publications folder, made by the real renderer, for an audit to read.

The figures are those of the fictional editions of the scorecards' tests; a rate has the interval that follows from it.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from outcomes.auditing import Leak, leaks
from outcomes.disclosure.released import ReleasedFigure
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.files import figures_csv, figures_json
from outcomes.scorecards.measure_reports import measure_reports
from outcomes.scorecards.rendering import render_html
from outcomes.statistics import rate_interval
from unit.scorecards.fictional_editions import edition, extracts, fifths, linked, measure, trusted

RATE = "crisis"
# One withheld a year, and a provisional one at the end. In every other month 100 or so of 200 people.
YEAR = (100, 110, "c", 105, 90, 105, 100, 95, 110, 100, 95, 105)
STANDING_OUT = (*YEAR, *YEAR[:11], ("p", 105))


def contents(**changes: object) -> Contents:
    """An edition with all that a scorecard can hold: withheld and provisional figures, targets, gaps, deaths linked."""
    words = (measure(0, target=55.0), measure(1, target=0.7), *(measure(n) for n in range(2, 6)))
    given: dict[str, object] = {
        "series": {("place_achieved", "A1"): STANDING_OUT, ("home_days", "A1"): STANDING_OUT},
        "measures": words,
        "submissions": trusted(*extracts(B2="flex", C3="missing")),
        "payment": ("place_achieved", "home_days", "in_hospital"),
        "linked": linked(D4="c"),
        "more": [
            *fifths(words[0], (200, 240, 250, 260, 300)),
            *fifths(words[3], (40000, 41000, 41500, 42000, 43000)),
            *fifths(words[4], (200, "c", 250, 260, 300)),
        ],
        **changes,
    }
    made = edition(**given)  # type: ignore[arg-type]
    return replace(made, figures=tuple(map(_sound, made.figures)))


def _sound(one: ReleasedFigure) -> ReleasedFigure:
    if one.measure != RATE or one.numerator is None or one.value is None or not one.denominator:
        return one
    interval = rate_interval(one.numerator, one.denominator)
    lower, upper = (round(limit, one.decimals) for limit in (interval.lower, interval.upper))
    return replace(one, value=round(interval.value, one.decimals), lower=lower, upper=upper)


def publish(made: Contents, folder: Path, areas: Sequence[str], *, on_paper: bool = True) -> Path:
    """Write the data files and some areas' reports and scorecards, as `outcomes render` does; returns the folder."""
    place = folder / made.period / f"edition-{made.number}"
    place.mkdir(parents=True)
    files = {"figures.csv": figures_csv(made), "figures.json": figures_json(made)}
    for area in areas:
        files[f"measure-reports-{area}.json"] = measure_reports(made, area)
        files[f"scorecard-{area}.html"] = render_html(made, area).encode()
        if on_paper:
            from outcomes.scorecards.pdf import render_pdf

            files[f"scorecard-{area}.pdf"] = render_pdf(made, area)
    for name, body in files.items():
        (place / name).write_bytes(body)
    return place


def found_in(folder: Path) -> list[Leak]:
    """What the audit finds in the files that are there; a scorecard that was not made for the test is none of it."""
    return [leak for leak in leaks(folder) if (folder / leak.file).exists() or "*" in leak.file]


def damaged(honest: Path, folder: Path, name: str, change: Callable[[str], str]) -> Path:
    """A copy of an edition in which one text file (and no other scorecard) is as a faulty program would have written it."""
    copy = folder / honest.parent.name / honest.name
    copy.mkdir(parents=True)
    for file in {"figures.csv", "figures.json", name}:
        shutil.copy(honest / file, copy / file)
    before = (copy / name).read_text(encoding="utf-8")
    after = change(before)
    assert after != before, "the change changes nothing"
    (copy / name).write_text(after, encoding="utf-8")
    return copy
