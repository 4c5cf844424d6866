"""The equity gap: how much a measure differs between the most and the least deprived, and between the CCGs.

Owns the step from the figures of a rolling year to the slope index of inequality. Promises the same interval for the same
figures. Never looks at a record. Sensitive: it works on unreleased figures.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from outcomes.definitions.measures import Measure
from outcomes.statistics import Interval, Quintile, deprivation_gap
from outcomes.statistics.deprivation import error_of_mean, error_of_percentage, error_of_rate


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
    """The gap of each measure, from the latest figures (see outcomes.ledger.figures.latest)."""
    year = figures[(figures["grain"] == "rolling-12") & (figures["period"] == period) & figures["value"].notna()]
    return [_gap(year[year["measure"] == m.id], m, period, stp) for m in measures]


def _gap(year: pd.DataFrame, measure: Measure, period: str, stp: str) -> EquityGap:
    ccgs = year.loc[(year["area"] != stp) & (year["stratum"] == "all"), "value"]
    strata = year[(year["area"] == stp) & (year["stratum"] == "deprivation_quintile")].set_index("stratum_value")
    quintiles = {
        str(number): Quintile(value, _standard_error(measure, numerator, denominator, spread), denominator)
        for number, (value, numerator, denominator, spread) in zip(
            strata.index, strata[["value", "numerator", "denominator", "spread"]].to_numpy(float), strict=True
        )
    }
    return EquityGap(
        measure.id,
        period,
        deprivation_gap(quintiles, f"{measure.id} {period}"),
        float(ccgs.min()) if len(ccgs) else None,
        float(ccgs.max()) if len(ccgs) else None,
    )


def _standard_error(measure: Measure, numerator: float, denominator: float, spread: float) -> float:
    if measure.scoring == "proportion":
        return error_of_percentage(numerator, denominator)
    if measure.scoring == "rate":
        return error_of_rate(numerator, denominator)
    return error_of_mean(spread, denominator)
