"""A released figure: what a reader may see, and how it is printed.

Owns the shape and the printing of what the gate lets out. Promises that value, interval and plotted point follow from the
printed counts alone. Only the gate and the reading of the ledger make one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

ReleasedState = Literal["shown", "suppressed", "not_submitted", "no_cases"]

# One symbol whatever the reason: a count of 1 to 7, or one that protects another.
WITHHELD = "[c]"

Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class ReleasedFigure:
    """One figure as let out.

    `numerator` and `denominator` are rounded counts, or None: withheld where the state is `suppressed`, absent where
    it is `not_submitted`; both are 0 where it is `no_cases`. `value`, `lower` and `upper` (95 %) are in the measure's
    unit (percent, events per death, days), rounded to `decimals`; None where there is none. `per` is the factor from
    the counts' ratio to that unit. `provisional` figures may still change; `missing` names the submissions that are
    not in.
    """

    measure: str
    area: str
    grain: str
    period: str
    stratum: str
    stratum_value: str
    measure_version: int
    state: ReleasedState
    denominator: int | None
    numerator: int | None
    value: float | None
    lower: float | None
    upper: float | None
    decimals: int
    per: int
    provisional: bool
    missing: str

    @property
    def key(self) -> Key:
        return (self.measure, self.area, self.grain, self.period, self.stratum, self.stratum_value)

    @property
    def plotted(self) -> float | None:
        """The point on a chart: the released counts' own ratio in the measure's unit, not rounded; None for a gap."""
        if self.value is None or self.numerator is None or not self.denominator:
            return None
        return self.per * self.numerator / self.denominator

    def printed(self, number: float | None) -> str:
        """A value or a limit of this figure as printed; empty where there is none."""
        return "" if number is None else f"{number:.{self.decimals}f}"

    def printed_count(self, count: int | None) -> str:
        """A count of this figure as printed: the number, `[c]`, or empty where there is none."""
        if count is not None:
            return str(count)
        return WITHHELD if self.state == "suppressed" else ""

    def columns(self) -> dict[str, str]:
        """The figure as printed, under the column names of `outcomes released`."""
        return {
            "measure": self.measure,
            "area": self.area,
            "grain": self.grain,
            "period": self.period,
            "stratum": self.stratum,
            "stratum_value": self.stratum_value,
            "denominator": self.printed_count(self.denominator),
            "numerator": self.printed_count(self.numerator),
            "value": self.printed(self.value),
            "lower": self.printed(self.lower),
            "upper": self.printed(self.upper),
            "state": self.state,
        }


def reads_otherwise(old: ReleasedFigure | None, new: ReleasedFigure | None) -> bool:
    """Whether a reader of both would see a difference."""
    if old is None or new is None:
        return old is not new
    return old != new and (old.columns(), old.provisional) != (new.columns(), new.provisional)


def by_key(figures: Iterable[ReleasedFigure]) -> dict[Key, ReleasedFigure]:
    """The figures by what each is of, in that order."""
    return dict(sorted((figure.key, figure) for figure in figures))
