"""How the six CCGs compare with the STP.

Owns one line per measure: a dot and an interval for each CCG, in the order of the file. Promises that a difference is
named only where a CCG's whole 95 % interval lies on one side of the STP's printed value, and that nothing is ever ranked.
Never compares figures of different grains or periods.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from outcomes.scorecards.contents import AreaWords, Contents, MeasureWords
from outcomes.scorecards.series import Grain, Reading, State, interval, last_rolling_year, printed, series_of
from outcomes.scorecards.wording import Wording, listed

# On so many measures a CCG is named on the STP's scorecard; by chance alone it would be one of twenty each way.
SEVERAL = 4

Difference = Literal["better", "worse", "higher", "lower", "similar", "too_few"]


@dataclass(frozen=True)
class Cell:
    """A CCG's figure beside the STP's; `difference` is None where there is no settled figure, `alt` tells of the drawing."""

    area: AreaWords
    reading: Reading
    value: str
    difference: Difference | None
    alt: str

    @property
    def tone(self) -> str:
        """The mark and colour."""
        tones = {"better": "improvement", "worse": "concern", "higher": "unusual", "lower": "unusual"}
        return tones.get(self.difference or "", "common_cause")


@dataclass(frozen=True)
class Line:
    """A measure across the STP and its CCGs, all for one period."""

    number: int
    measure: MeasureWords
    period: str
    stp: Cell
    ccgs: tuple[Cell, ...]

    @property
    def empty(self) -> str:
        """Why no CCG has a value: the one state of all, or `mixed`; empty where one has."""
        states: set[State] = {c.reading.state for c in self.ccgs}
        if any(c.reading.value is not None for c in self.ccgs):
            return ""
        return states.pop() if len(states) == 1 else "mixed"

    @property
    def left_out(self) -> bool:
        """Whether there is nothing to set side by side, not even the STP's value."""
        return bool(self.empty) and self.stp.reading.value is None


def compare(contents: Contents, say: Wording) -> tuple[Line, ...]:
    """A line per measure, in the order of the scorecard: the latest rolling year, else the latest period of a CCG."""
    stp = next(a for a in contents.context.areas if a.kind == "stp")
    ccgs = [a for a in contents.context.areas if a.kind == "ccg"]
    lines = []
    for number, measure in enumerate(contents.context.measures, 1):
        grain, period = _comparable(contents, measure, stp, ccgs)

        def read(area: AreaWords, grain: Grain = grain, period: str = period, id: str = measure.id) -> Reading:
            return Reading(grain, period, contents.by_key.get((id, area.code, grain, period, "all", "all")))

        benchmark = read(stp)
        name = benchmark.name if period else ""
        cells = tuple(_cell(measure, area, read(area), benchmark, say) for area in ccgs)
        lines.append(Line(number, measure, name, _cell(measure, stp, benchmark, None, say), cells))
    return tuple(lines)


def _comparable(
    contents: Contents,
    measure: MeasureWords,
    stp: AreaWords,
    ccgs: list[AreaWords],
) -> tuple[Grain, str]:
    year = last_rolling_year(contents)
    if (measure.id, stp.code, "rolling-12", year, "all", "all") in contents.by_key:
        return "rolling-12", year
    series = series_of(contents, measure, ccgs[0])
    return series.grain, series.latest.period if series.latest else ""


def _cell(measure: MeasureWords, area: AreaWords, reading: Reading, stp: Reading | None, say: Wording) -> Cell:
    value = printed(reading, measure, say)
    difference = _difference(measure, reading, stp) if stp and reading.settled is not None else None
    verdict = say(f"compare.{difference}") if difference else ""
    limits = interval(reading, measure, "alt.latest_interval", say)
    alt = ", ".join(filter(None, [f"{area.label} {value}{limits}", verdict]))
    return Cell(area, reading, value, difference, alt + (say("alt.strip_provisional") if reading.provisional else ""))


def _difference(measure: MeasureWords, reading: Reading, stp: Reading) -> Difference:
    figure, benchmark = reading.figure, stp.figure
    if figure is None or figure.lower is None or figure.upper is None or benchmark is None or benchmark.value is None:
        return "too_few"
    if figure.lower > benchmark.value:
        side = 1
    elif figure.upper < benchmark.value:
        side = -1
    else:
        return "similar"
    if measure.direction == "neither":
        return "higher" if side > 0 else "lower"
    return "better" if (side > 0) == (measure.direction == "higher_is_better") else "worse"


def colouring(lines: Sequence[Line], say: Wording) -> str:
    """What colour tells in the table, by what is coloured in it."""
    cells = [
        c for line in lines if line.stp.reading.value is not None for c in line.ccgs if c.reading.value is not None
    ]
    hollow = any(c.reading.provisional for c in cells)
    told = {c.difference for c in cells} & set(get_args(Difference))
    if told - {"similar", "too_few"}:
        said = [say("compare.coloured"), say("compare.hollow") if hollow else ""]
        return " ".join(filter(None, said))
    if told:
        return say("compare.plain")
    return say("compare.all_hollow") if hollow else ""


def left_out(lines: Sequence[Line], say: Wording) -> tuple[str, ...]:
    """Of the measures that the table leaves out as nobody has a figure: a sentence for each reason."""
    gone = [line for line in lines if line.left_out]
    said = []
    for reason in dict.fromkeys(line.empty for line in gone):
        names = [f"{line.number}. {line.measure.short_title}" for line in gone if line.empty == reason]
        all_of_them = len(names) == len(lines) > 1
        told = say("compare.all_measures", count=len(names)) if all_of_them else listed(names)
        said.append(say(f"compare.left_{reason}", names=told))
    return tuple(said)


def own_position(lines: tuple[Line, ...], area: AreaWords, say: Wording) -> tuple[str, ...]:
    """Where a CCG stands against the STP, in sentences; for the STP the CCGs that are worse on several measures."""
    if area.kind == "stp":
        worse = Counter(c.area.label for line in lines for c in line.ccgs if c.difference == "worse")
        # In the order of the table: nothing is ranked.
        names = [c.area.label for c in lines[0].ccgs] if lines else []
        several = [say("compare.stp_count", area=n, count=worse[n]) for n in names if worse[n] >= SEVERAL]
        return (say("compare.stp_worse", names=listed(several)),) if several else ()
    groups: dict[str, list[str]] = {difference: [] for difference in get_args(Difference)}
    own = [(line, next(c for c in line.ccgs if c.area.code == area.code)) for line in lines]
    for line, cell in own:
        if cell.difference:
            groups[cell.difference].append(
                say("compare.name_value", measure=line.measure.short_title, value=cell.value, stp=line.stp.value)
            )
    said = [
        say(f"compare.own_{difference}", names=listed(groups[difference]))
        for difference in ("better", "worse", "higher", "lower")
        if groups[difference]
    ]
    if said:
        return tuple(said)
    if groups["similar"]:
        return (say("compare.own_similar"),)
    if groups["too_few"]:
        return (say("compare.own_too_few", area=area.name),)
    states = {"provisional" if cell.reading.provisional else cell.reading.state for _, cell in own}
    # Whatever may still come in is the reason to wait; otherwise the reason that holds for all.
    alone = "provisional" if "provisional" in states else states.pop() if len(states) == 1 else ""
    known = {"provisional", "suppressed", "not_submitted", "too_few"}
    return (say(f"compare.own_{alone if alone in known else 'none'}", area=area.name),)
