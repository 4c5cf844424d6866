"""The equity gap: how much a measure differs between the most and the least deprived, and between the CCGs.

Owns the step from the figures of a rolling year to the slope index of inequality. Promises the same interval for the same
figures. Never looks at a record. Sensitive: it works on unreleased figures.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from outcomes.definitions.measures import Measure
from outcomes.statistics import Interval, slope_index_of_inequality

QUINTILES = ("1", "2", "3", "4", "5")


@dataclass(frozen=True, slots=True)
class EquityGap:
    """A measure's gap over the twelve months to `period`, in its printed unit.

    `slope` is the modelled least deprived minus the most deprived person (None where a quintile has no figure); `lowest`
    and `highest` are the CCGs' extreme values (None where no CCG has one).
    """

    measure: str
    period: str
    slope: Interval | None
    lowest: float | None
    highest: float | None

    @property
    def spread(self) -> float | None:
        """The range across the CCGs."""
        return None if self.lowest is None or self.highest is None else self.highest - self.lowest


def equity_gaps(figures: pd.DataFrame, measures: Iterable[Measure], period: str, stp: str) -> list[EquityGap]:
    """The gap of each measure, from the latest figures (see outcomes.ledger.figures.latest).

    Quintile 1 is the most deprived. The standard error of a percentage is 100·√(p(1-p)/n), of a rate √events/deaths, of a
    mean its standard deviation over √n.
    """
    year = figures[(figures["grain"] == "rolling-12") & (figures["period"] == period) & figures["value"].notna()]
    return [_gap(year[year["measure"] == m.id], m, period, stp) for m in measures]


def _gap(year: pd.DataFrame, measure: Measure, period: str, stp: str) -> EquityGap:
    ccgs = year.loc[(year["area"] != stp) & (year["stratum"] == "all"), "value"]
    by_quintile = year[(year["area"] == stp) & (year["stratum"] == "deprivation_quintile")].set_index("stratum_value")
    slope = None
    if set(QUINTILES) <= set(by_quintile.index):
        groups = by_quintile.loc[list(QUINTILES)]
        errors = [
            _standard_error(measure, *row) for row in groups[["numerator", "denominator", "spread"]].to_numpy(float)
        ]
        if not any(math.isnan(error) for error in errors):
            # Seeded by what it is about: the same figures give the same interval.
            slope = slope_index_of_inequality(
                groups["value"].tolist(), errors, groups["denominator"].tolist(), f"{measure.id} {period}"
            ).slope
    return EquityGap(
        measure.id,
        period,
        slope,
        float(ccgs.min()) if len(ccgs) else None,
        float(ccgs.max()) if len(ccgs) else None,
    )


def _standard_error(measure: Measure, numerator: float, denominator: float, spread: float) -> float:
    if measure.scoring == "proportion":
        share = numerator / denominator
        return 100 * math.sqrt(share * (1 - share) / denominator)
    if measure.scoring == "rate":
        return math.sqrt(numerator) / denominator
    return spread / math.sqrt(denominator)
