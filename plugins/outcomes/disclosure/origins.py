"""Where a figure comes from: from what was printed back to the release, the computation, the measure and the submissions.

Owns the question `explain`. Promises to print what was let out and never the exact figure behind it, so that whoever may
read the scorecard may read the answer. Never computes and never changes anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.definitions.measures import Measure
from outcomes.definitions.measures import measures as all_measures
from outcomes.disclosure import releases
from outcomes.disclosure.released import ReleasedFigure
from outcomes.errors import InputError
from outcomes.ledger import Computation, Edition, Ledger, SelectionItem, Submission
from outcomes.organisations import partnership
from outcomes.periods import Month, quarter_months
from outcomes.settings import Settings


@dataclass(frozen=True, slots=True)
class Origin:
    """A printed figure's story.

    `figures` are those of the measure, area and period in the edition; `elsewhere` what other editions printed under the
    same keys, in the order made, with the edition's month and number; `submissions` all of the measure's feeds that the
    computation used.
    """

    measure: Measure
    edition: int
    reporting_month: str
    release: str
    released_at: datetime
    computation: int
    computed_at: datetime
    code_version: str
    selection: str
    measure_version: int
    figures: tuple[ReleasedFigure, ...]
    elsewhere: tuple[tuple[str, int, ReleasedFigure], ...]
    submissions: tuple[Submission, ...]


def explain(
    settings: Settings,
    measure: str,
    area: str,
    period: str,
    edition: int | None = None,
    reporting_month: str | None = None,
) -> Origin:
    """Where the figures of a measure for an area and a month (`2018-04`) or quarter (`2018/19-Q1`) come from.

    They are taken from the edition of that month or of the quarter's last, and where there is none from the newest of a
    later month; or from one of another reporting month, where that is given. Raises InputError when there is no such
    measure, area or edition, or nothing of the kind is released.
    """
    known, areas = all_measures(settings.measures), partnership(settings.organisations).areas
    if measure not in known:
        raise InputError(f"There is no measure {measure}: `outcomes measures` lists them.")
    if area not in {a.code for a in areas}:
        raise InputError(f"There is no area {area}: choose one of {', '.join(a.code for a in areas)}.")
    month = quarter_months(period)[-1] if "Q" in period else Month.parse(period)
    with Ledger(settings.database_url).session(reading=True) as session:
        if reporting_month is None:
            made = _edition(session, str(month), edition)
        else:
            made = releases.edition_of(session, reporting_month, edition)
        figures = releases.released(session, made.release_id, measure=measure, area=area)
        asked = tuple(f for f in figures if f.period == period)
        if not asked:
            raise InputError(
                f"{measure} of {area} is not released for {period}: edition {made.number} of {made.period} has it for "
                f"{_listed(figures)}."
            )
        computation = session.get_one(Computation, made.release.computation_id)
        return Origin(
            measure=known[measure],
            edition=made.number,
            reporting_month=made.period,
            release=made.release.content_sha256,
            released_at=made.release.released_at,
            computation=computation.id,
            computed_at=computation.computed_at,
            code_version=computation.code_version,
            selection=computation.selection_id,
            measure_version=asked[0].measure_version,
            figures=asked,
            elsewhere=tuple(_elsewhere(session, made, {"measure": measure, "area": area, "period": period})),
            submissions=tuple(_submissions(session, computation, known[measure])),
        )


def _edition(session: Session, month: str, number: int | None) -> Edition:
    if number is None and releases.latest_edition(session, month) is None:
        newest = select(Edition).where(Edition.period >= month).order_by(Edition.id.desc()).limit(1)
        if (later := session.scalars(newest).first()) is not None:
            return later
    return releases.edition_of(session, month, number)


def _elsewhere(session: Session, made: Edition, asked: Mapping[str, str]) -> Iterator[tuple[str, int, ReleasedFigure]]:
    """The same figures in the other editions, where they were printed otherwise than in the edition before."""
    latest: dict[tuple[str, ...], ReleasedFigure] = {}
    for other in session.scalars(select(Edition).where(Edition.id != made.id).order_by(Edition.id)):
        for figure in releases.released(session, other.release_id, **asked):
            if figure != latest.get(figure.key):
                latest[figure.key] = figure
                yield other.period, other.number, figure


def _submissions(session: Session, computation: Computation, measure: Measure) -> list[Submission]:
    chosen = (
        select(Submission)
        .join(SelectionItem, SelectionItem.submission_id == Submission.id)
        .where(SelectionItem.selection_id == computation.selection_id)
    )
    used = [s for s in session.scalars(chosen) if s.feed in {"deaths", *measure.feeds}]
    return sorted(used, key=lambda s: (s.feed, s.supplier, s.period))


def _listed(figures: Sequence[ReleasedFigure]) -> str:
    periods = sorted({f.period for f in figures})
    return f"{periods[0]} to {periods[-1]}" if periods else "no period"
