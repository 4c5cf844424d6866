"""All that an edition may print.

Owns the shape of what a scorecard is made from: released figures and the words, targets and submissions as they stood when
the edition was made. Promises that an edition rendered again prints the same. Never looks anything up elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from outcomes.disclosure.released import Key, ReleasedFigure, by_key
from outcomes.errors import InputError


class _Snapshot(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AreaWords(_Snapshot):
    """The STP or a CCG. `label` has at most 24 characters."""

    code: str
    gss: str
    name: str
    full_name: str
    label: str
    kind: Literal["stp", "ccg"]


class MeasureWords(_Snapshot):
    """A measure's words, and its target in its own unit, as they stood."""

    id: str
    version: int
    title: str
    short_title: str
    promise: str
    statement: str
    why_it_matters: str
    denominator: str
    numerator: str
    not_counted: str
    scoring: Literal["proportion", "rate", "mean"]
    unit: str
    direction: Literal["higher_is_better", "lower_is_better", "neither"]
    ccg_grain: Literal["month", "quarter"]
    feeds: tuple[str, ...] = ()
    target: float | None
    owner: str
    reviewed: date


Volume = Literal["fewer", "usual", "more"]


class Band(_Snapshot):
    """A share in whole percent: above `over` (none: from 0), up to `to` (none: to 100)."""

    over: int | None
    to: int | None


class Quality(_Snapshot):
    """How far an extract can be trusted, never as a count.

    `in_time`: its final version came before the day of the edition. `volume`: its records against the twelve months
    before, None where there is nothing before. Shares are None where nothing is known of them or there are no records.
    """

    in_time: bool
    volume: Volume | None
    valid_numbers: Band | Literal["too_few"] | None
    filled: Band | Literal["too_few", "no_key"] | None
    rejected: Band | Literal["too_few"] | None


class SubmissionState(_Snapshot):
    """Whether a supplier's extract of the reporting month was in: final (freeze), first (flex) or missing.

    `quality` is None where it is missing, and in editions made before it was told.
    """

    feed: str
    feed_title: str
    supplier: str
    supplier_name: str
    state: Literal["freeze", "flex", "missing"]
    sequence: int | None
    quality: Quality | None = None


class NewExtract(_Snapshot):
    """An extract that the edition compared with did not have; `sequence` above 1 was sent again."""

    feed: str
    feed_title: str
    supplier: str
    supplier_name: str
    period: str
    sequence: int


class Compared(_Snapshot):
    """The edition that changes are told against: the one that the readers were last sent; where they were sent none, the one
    before of the same month, or else the latest of the month before.

    `new_extracts` are those that it did not have.
    """

    period: str
    number: int
    new_extracts: tuple[NewExtract, ...]


class RebasedWords(_Snapshot):
    """From which month on a measure's limits start anew (for one area, or for all), and why."""

    measure: str
    area: str | None
    since: str
    reason: str


class CommentaryWords(_Snapshot):
    """What the owner of a measure says of its figures up to a month, for the scorecard of an area."""

    measure: str
    area: str
    period: str
    words: str
    person: str
    day: date


class ActionWords(_Snapshot):
    """What the board of an area agreed on reading the scorecard of `period`, and how it stands."""

    number: int
    area: str
    period: str
    words: str
    owner: str
    due: date
    state: Literal["open", "overdue", "done", "dropped"]
    note: str


class Context(_Snapshot):
    """What an edition prints besides its figures; kept with the edition in the ledger.

    `payment` names the measures that the equity gap is told for; `linked` has each CCG's share of deaths linked, as the
    gate let it out; `compared` is None in the first edition of all, and `compared_by_area` has the areas whose readers were
    last sent another one. Editions made before these were told have none of them.
    """

    stp_name: str
    areas: tuple[AreaWords, ...]
    measures: tuple[MeasureWords, ...]
    submissions: tuple[SubmissionState, ...]
    rebased: tuple[RebasedWords, ...] = ()
    payment: tuple[str, ...] = ()
    linked: tuple[ReleasedFigure, ...] = ()
    commentaries: tuple[CommentaryWords, ...] = ()
    actions: tuple[ActionWords, ...] = ()
    attacked: bool = False
    first_month: str
    months_on_a_chart: int
    made_on: date
    code_version: str
    selection: str
    release: str
    replaces: int | None
    compared: Compared | None = None
    compared_by_area: dict[str, Compared] = Field(default_factory=dict)

    @property
    def tells_trust(self) -> bool:
        """Whether it was made with what tells how far the data can be trusted."""
        return bool(self.payment or self.linked) or any(s.quality for s in self.submissions)


def against_of(period: str, context: Context, area: str | None = None) -> Compared | None:
    """What changes are told against (to the readers of an area); editions made before reasons were told know only the number
    that they replace."""
    if area in context.compared_by_area:
        return context.compared_by_area[area]
    if context.compared is None and context.replaces is not None:
        return Compared(period=period, number=context.replaces, new_extracts=())
    return context.compared


@dataclass(frozen=True)
class Contents:
    """An edition: reporting month (`YYYY-MM`), number from 1, its released figures and those of the edition it is compared
    with; `earlier_by_area` where that is another for the readers of an area."""

    period: str
    number: int
    context: Context
    figures: tuple[ReleasedFigure, ...]
    earlier: tuple[ReleasedFigure, ...] = ()
    earlier_by_area: Mapping[str, tuple[ReleasedFigure, ...]] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> Mapping[Key, ReleasedFigure]:
        """Its figures by what each is of, in that order."""
        return by_key(self.figures)

    @cached_property
    def _earlier_by_key(self) -> Mapping[Key, ReleasedFigure]:
        return by_key(self.earlier)

    def before(self, area: str) -> Mapping[Key, ReleasedFigure]:
        """The figures, by key, that changes are told against to the readers of an area."""
        if area in self.earlier_by_area:
            return by_key(self.earlier_by_area[area])
        return self._earlier_by_key

    def area(self, code: str) -> AreaWords:
        """The words of an area; raises InputError for one that the edition does not have."""
        for area in self.context.areas:
            if area.code == code:
                return area
        codes = ", ".join(a.code for a in self.context.areas)
        raise InputError(f"The edition has no scorecard of {code!r}: choose one of {codes}.")
