"""As reported and as now known: the figures of a scorecard beside what the newest edition prints of the same.

Owns which figures stand side by side: of each measure the latest month or quarter of the scorecard, and its latest rolling
year. Promises released figures only, each as it was printed. Never computes, and never says more than both editions do.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.definitions.measures import Measure
from outcomes.disclosure import releases
from outcomes.disclosure.released import Key, ReleasedFigure, by_key
from outcomes.errors import InputError
from outcomes.ledger import Computation, Edition, Submission
from outcomes.ledger.approvals import decision_on, held_because
from outcomes.periods import Month, latest_quarters_end
from outcomes.revisions import new_submissions
from outcomes.scorecards.contents import AreaWords, Context, MeasureWords
from outcomes.scorecards.series import Grain, Reading, counts, printed
from outcomes.scorecards.wording import Wording, wording
from outcomes.settings import Settings
from outcomes.web.records import ledger

_SETTLED = "now settled"


@dataclass(frozen=True, slots=True)
class Told:
    """A figure as an edition prints it: its value or the word in its place, the counts in words; empty where it has none."""

    value: str
    counts: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One period of a measure, as reported and as now known; None where an edition does not have it."""

    measure: MeasureWords
    grain: str
    period: str
    period_name: str
    then: Told | None
    now: Told | None

    @property
    def moved(self) -> bool:
        """Whether a reader sees another number, or one more or less."""
        if self.then is None or self.now is None:
            return self.then is not self.now
        return (self.then.value, self.then.counts) != (self.now.value, self.now.counts)

    @property
    def change(self) -> str:
        """In a word or two what became of it; empty where a reader sees the same."""
        if self.then == self.now:
            return ""
        if self.then is None or self.now is None:
            return "not published then" if self.then is None else "not published now"
        if not self.moved:
            return _SETTLED if self.then.provisional else "now provisional"
        return "changed, and settled" if self.then.provisional and not self.now.provisional else "changed"


@dataclass(frozen=True)
class Compared:
    """Two editions side by side for an area; the same one twice where there is none newer.

    `came` are the extracts that the later one used and the earlier one did not.
    """

    area: AreaWords
    then: Edition
    now: Edition
    rows: tuple[Row, ...]
    came: tuple[Submission, ...]

    @property
    def same(self) -> bool:
        return self.then.id == self.now.id

    @property
    def moved(self) -> int:
        return sum(row.moved for row in self.rows)

    @property
    def settled(self) -> int:
        return sum(row.change == _SETTLED for row in self.rows)


def compared(settings: Settings, period: str, number: int, area: str) -> Compared:
    """The scorecard of an area in an edition, and what is now known of it.

    What is now known stands in the newest edition of that or a later month that nobody refused and nothing holds. Raises
    InputError where there is no such edition or area.
    """
    say = wording()
    with ledger(settings.database_url).session(reading=True) as session:
        then = releases.edition_of(session, period, number)
        now = _newest(session, then)
        context = Context.model_validate(then.context)
        words = next((a for a in context.areas if a.code == area), None)
        if words is None:
            raise InputError(f"Edition {number} of {period} has no scorecard of {area}.")
        old = by_key(releases.released(session, then.release_id, area=area))
        new = by_key(releases.released(session, now.release_id, area=area))
        came = new_submissions(session, _computation(session, then), _computation(session, now))
    rows = tuple(
        Row(
            measure,
            grain,
            span,
            Reading(grain, span, None).name,
            told(old.get(key), measure, say),
            told(new.get(key), measure, say),
        )
        for measure in context.measures
        for grain, span, key in _keys(measure, words, Month.parse(period))
        if key in old or key in new
    )
    return Compared(words, then, now, rows, tuple(came))


def _newest(session: Session, then: Edition) -> Edition:
    later = select(Edition).where(Edition.period >= then.period, Edition.id > then.id).order_by(Edition.id.desc())
    for edition in session.scalars(later):
        decided = decision_on(session, edition.id)
        refused = decided is not None and decided.decision == "refused"
        # The files of one that is held say more than they may: it is not known to anybody yet.
        if not refused and not held_because(session, edition):
            return edition
    return then


def _computation(session: Session, edition: Edition) -> Computation:
    return session.get_one(Computation, edition.release.computation_id)


def _keys(measure: MeasureWords, area: AreaWords, month: Month) -> Iterator[tuple[Grain, str, Key]]:
    ends = latest_quarters_end(month)
    quarterly = area.kind == "ccg" and measure.ccg_grain == "quarter"
    spans: list[tuple[Grain, str]] = [("quarter", ends.quarter) if quarterly else ("month", str(month))]
    spans.append(("rolling-12", str(ends)))
    for grain, span in spans:
        yield grain, span, (measure.id, area.code, grain, span, "all", "all")


def told(figure: ReleasedFigure | None, measure: MeasureWords, say: Wording) -> Told | None:
    """A figure as printed on a scorecard; None for none."""
    if figure is None:
        return None
    reading = Reading(figure.grain, figure.period, figure)  # type: ignore[arg-type]
    return Told(printed(reading, measure, say), counts(reading, measure, say), figure.provisional)


def as_printed(figure: ReleasedFigure, measure: Measure) -> Told:
    """A figure in the words of its measure's definition as it is now."""
    words = measure.model_dump(include=set(MeasureWords.model_fields) - {"target"})
    found = told(figure, MeasureWords(**words, target=None), wording())
    assert found is not None
    return found
