"""Editions as they lie in the publications folder, made by the real renderer, for an audit to read.

The figures are those of the fictional editions of the scorecards' tests; a rate has the interval that follows from it.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from outcomes.auditing import Leak, leaks
from outcomes.disclosure.released import ReleasedFigure
from outcomes.scorecards.contents import ActionWords, CommentaryWords, Compared, Contents, MeasureWords, NewExtract
from outcomes.scorecards.files import figures_csv, figures_json
from outcomes.scorecards.measure_reports import measure_reports
from outcomes.scorecards.rendering import render_html
from outcomes.statistics import rate_interval
from unit.scorecards.fictional_editions import (
    LAST,
    STEADY,
    Cell,
    edition,
    extracts,
    fifths,
    figure,
    linked,
    measure,
    trusted,
)

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


# The measures of the page of the CCGs, the first of which has funnels, and, with two more, tiles.
TOGETHER = (
    measure(0, id="preferred_place_achieved", target=55.0),
    measure(4, id="deaths_in_hospital"),
    measure(5, id="deaths_in_usual_residence"),
    measure(6, id="on_palliative_register"),
    measure(2, id="three_admissions"),
)
ACHIEVED, HOSPITAL, HOME, REGISTER, _ = TOGETHER
YEAR_END = "2018-03"
HEADLINE = {
    (ACHIEVED.id, "A1"): STANDING_OUT,
    (ACHIEVED.id, "B2"): (*STEADY[:5], "missing", *STEADY[6:]),
    (ACHIEVED.id, "F6"): ["c"] * 24,
}
COMMENT = CommentaryWords(
    measure=HOSPITAL.id,
    area="A1",
    period="2018-03",
    words="12 clinics now ask about wishes, 4 more will.",
    person="A. Jones",
    day=date(2018, 5, 9),
)
ACTIONS = (
    ActionWords(
        number=1,
        area="A1",
        period="2018-02",
        words="Ask 15 practices to look at their registers",
        owner="C. Brown",
        due=date(2018, 5, 31),
        state="overdue",
        note="11 have done so",
    ),
    ActionWords(
        number=2,
        area="S1",
        period="2018-03",
        words="Share plans with the ambulance service",
        owner="D. Green",
        due=date(2018, 9, 30),
        state="open",
        note="",
    ),
)


def year(words: MeasureWords, **cells: tuple[Cell, int]) -> list[ReleasedFigure]:
    """The rolling year of some areas: a numerator (or why there is none) and its people, by area."""
    return [figure(words, area, "rolling-12", YEAR_END, cell, people=people) for area, (cell, people) in cells.items()]


def together(**changes: object) -> Contents:
    """An edition with the page of the CCGs: bars, funnels and small charts, some of it withheld, missing or provisional."""
    given: dict[str, object] = {
        "series": HEADLINE,
        "measures": TOGETHER,
        "more": [
            *year(ACHIEVED, A1=(310, 450), B2=(500, 900), C3=(210, 600), D4=("c", 200), E5=(("p", 950), 1450)),
            *year(HOSPITAL, A1=(420, 1000), B2=(150, 300), C3=(10, 1000), D4=("c", 0), E5=(200, 395), F6=("few", 0)),
            *year(HOME, A1=(530, 980), B2=(150, 295), C3=(960, 970), E5=(("p", 195), 390), F6=("few", 0)),
            *year(REGISTER, A1=(310, 1450), B2=("missing", 0), C3=("none", 0), D4=("c", 0), E5=("c", 0)),
        ],
        **changes,
    }
    made = edition(**given)  # type: ignore[arg-type]
    return replace(made, figures=tuple(map(_sound, made.figures)))


def written(made: Contents) -> Contents:
    """With what people wrote."""
    return replace(made, context=made.context.model_copy(update={"commentaries": (COMMENT,), "actions": ACTIONS}))


def month_before() -> Contents:
    """The edition of the month before: since then settled figures moved, and a provisional one was brought up to date."""
    now = together()
    then = [
        figure(ACHIEVED, "A1", "month", "2017-05", 85),
        figure(ACHIEVED, "A1", "month", "2017-08", "c"),
        figure(ACHIEVED, "A1", "month", "2018-01", "missing"),
        figure(REGISTER, "A1", "month", "2018-02", ("p", 90)),
        figure(REGISTER, "A1", "month", "2018-03", ("p", 90)),
        *year(HOSPITAL, A1=(400, 980)),
    ]
    before = {f.key: f for f in now.figures if f.period != now.period}
    return replace(now, period=str(LAST - 1), figures=tuple({**before, **{f.key: f for f in then}}.values()))


def after_month_before(**changes: object) -> Contents:
    """An edition compared with that of the month before, with reasons for what moved."""
    made = written(together(**changes))
    again = NewExtract(
        feed="admissions",
        feed_title="Hospital episodes",
        supplier="H9",
        supplier_name="Westshire Hospitals",
        period="2017-05",
        sequence=2,
    )
    new = tuple(again.model_copy(update={"period": f"2017-{month:02}", "sequence": 1}) for month in (6, 7))
    compared = Compared(period=str(LAST - 1), number=1, new_extracts=(again, *new))
    measures = tuple(m.model_copy(update={"feeds": ("admissions",)}) for m in made.context.measures)
    context = made.context.model_copy(update={"compared": compared, "measures": measures})
    return replace(made, context=context, earlier=month_before().figures)


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


def keep_others(edition: Path, folder: Path) -> None:
    """The editions beside one, as it may be compared with them."""
    for other in edition.parent.parent.glob("*/edition-*"):
        if other != edition:
            shutil.copytree(other, folder / other.parent.name / other.name)


def damaged(honest: Path, folder: Path, name: str, change: Callable[[str], str]) -> Path:
    """A copy of an edition in which one text file (and no other scorecard) is as a faulty program would have written it."""
    copy = folder / honest.parent.name / honest.name
    copy.mkdir(parents=True)
    keep_others(honest, folder)
    for file in {"figures.csv", "figures.json", name}:
        shutil.copy(honest / file, copy / file)
    before = (copy / name).read_text(encoding="utf-8")
    after = change(before)
    assert after != before, "the change changes nothing"
    (copy / name).write_text(after, encoding="utf-8")
    return copy
