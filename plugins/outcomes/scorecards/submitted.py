"""Who has sent data for the reporting month, and how far they can be trusted, as far as it concerns an area.

Owns the table of extracts and the share of deaths linked. Promises that an extract that was not sent is named, and is never
counted as empty, that what it takes a closer look at is marked, and that page 1 and the table say one thing. Never says how
many records an extract held.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from outcomes.disclosure.released import ReleasedFigure
from outcomes.periods import Month
from outcomes.scorecards.contents import AreaWords, Band, Contents, SubmissionState
from outcomes.scorecards.series import Reading, count_words
from outcomes.scorecards.wording import Wording

Standing = Literal["in_time", "late", "final", "first", "missing"]
_STANDINGS: tuple[Standing, ...] = ("in_time", "late", "final", "first", "missing")


@dataclass(frozen=True)
class Told:
    """A cell of the table; `weak` where somebody should look into it, `open` where more is to come."""

    words: str
    weak: bool = False
    open: bool = False

    @property
    def tone(self) -> str:
        """The mark beside it; empty for none."""
        return "concern" if self.weak else "provisional" if self.open else ""


@dataclass(frozen=True)
class Extract:
    """A supplier's extract of a feed; `quality` is empty where it was not sent, or is not told."""

    title: str
    supplier: str
    standing: Standing
    sent: Told
    quality: tuple[Told, ...]

    @property
    def weak(self) -> bool:
        return self.sent.weak or any(cell.weak for cell in self.quality)


@dataclass(frozen=True)
class Linked:
    """A CCG's share of deaths linked, with its counts as printed."""

    area: AreaWords
    value: str
    counts: str


@dataclass(frozen=True)
class Submitted:
    """`sentence` sums up page 1, `summary` the table; `silent` names who has sent none of what was expected.

    `told` is false in editions made before quality was told.
    """

    heading: str
    sentence: str
    summary: str
    told: bool
    silent: tuple[str, ...]
    extracts: tuple[Extract, ...]
    linked: tuple[Linked, ...]
    linked_year: str


def submitted(contents: Contents, area: AreaWords, say: Wording) -> Submitted:
    """The extracts behind an area's figures: all for the STP; a CCG's own and those of every provider."""
    context = contents.context
    others = {a.code for a in context.areas if a.kind == "ccg" and a.code != area.code}
    states = [s for s in context.submissions if area.kind == "stp" or s.supplier not in others]
    extracts = tuple(_extract(s, say) for s in sorted(states, key=lambda s: s.feed_title))
    standings = Counter(e.standing for e in extracts)
    weak = sum(e.weak for e in extracts)
    told = context.tells_trust
    said = [say("data.expected", count=len(extracts))]
    said += [say(f"data.all_{s}", count=standings[s]) for s in _STANDINGS if standings[s]]
    if told:
        said.append(say("data.weak_one" if weak == 1 else "data.weak" if weak else "data.weak_none", count=weak))
    missing = standings["missing"]
    linked = {f.area: f for f in context.linked}
    return Submitted(
        heading=say("data.heading", month=Month.parse(contents.period).name),
        sentence=_sentence(len(extracts), missing, standings["first"], say),
        summary=" ".join(said),
        told=told,
        silent=_silent(extracts),
        extracts=extracts,
        linked=tuple(_linked(a, linked[a.code], say) for a in context.areas if a.code in linked),
        linked_year=Reading("rolling-12", context.linked[0].period, None).name if context.linked else "",
    )


def _sentence(expected: int, missing: int, first: int, say: Wording) -> str:
    """How many are in, and how many of those may still change: the same counts as above the table."""
    received = expected - missing
    key = "some" if missing else "all"
    said = say(f"page.sent_{key}", expected=expected, received=received, missing=missing)
    if not first:
        return said
    return f"{said}; {say('page.sent_none_final') if first == received else say('page.sent_first', count=first)}"


def _silent(extracts: tuple[Extract, ...]) -> tuple[str, ...]:
    suppliers = dict.fromkeys(e.supplier for e in extracts)
    return tuple(s for s in suppliers if all(e.standing == "missing" for e in extracts if e.supplier == s))


def _extract(state: SubmissionState, say: Wording) -> Extract:
    quality = state.quality
    standing: Standing = "missing" if state.state == "missing" else "first"
    if state.state == "freeze":
        standing = "final" if quality is None else "in_time" if quality.in_time else "late"
    cells: tuple[Told, ...] = ()
    if quality:
        volume = quality.volume or "unknown"
        cells = (
            Told(say(f"data.volume_{volume}"), weak=volume in {"fewer", "more"}),
            _share(quality.valid_numbers, say, good_is_high=True),
            _share(quality.filled, say, good_is_high=True),
            _share(quality.rejected, say, good_is_high=False),
        )
    sent = Told(say(f"data.{standing}"), weak=standing in {"late", "missing"}, open=standing == "first")
    return Extract(state.feed_title, state.supplier_name, standing, sent, cells)


def _share(share: Band | str | None, say: Wording, *, good_is_high: bool) -> Told:
    if not isinstance(share, Band):
        return Told(say(f"data.share_{share or 'none'}"))
    if share.to is None:
        return Told(say("data.over", over=share.over), weak=not good_is_high)
    if share.over is None:
        return Told(say("data.under", to=share.to), weak=good_is_high)
    return Told(say("data.between", over=share.over, to=share.to))


def _linked(area: AreaWords, figure: ReleasedFigure, say: Wording) -> Linked:
    reading = Reading("rolling-12", figure.period, figure)
    value = say(f"state.{reading.state}") if reading.value is None else f"{figure.printed(figure.value)}%"
    if figure.state in {"not_submitted", "no_cases"}:
        return Linked(area, value, "")
    numerator, denominator = count_words(figure.numerator), count_words(figure.denominator)
    said = say("counts.proportion", numerator=numerator, denominator=denominator)
    return Linked(area, value, f"{said}, {say('panel.value_provisional')}" if figure.provisional else said)
