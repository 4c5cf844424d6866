"""The equity gap over a rolling year, and what is told where a quintile has no figure."""

import math

import pandas as pd
import pytest

from outcomes.computing.equity import equity_gaps
from outcomes.definitions.measures import measures
from outcomes.statistics import slope_index_of_inequality

PROPORTION, RATE, MEAN = (measures()[id] for id in ("deaths_in_hospital", "crisis_admissions", "days_at_home_last_90"))
KEY = ["measure", "area", "grain", "period", "stratum", "stratum_value"]
Numbers = tuple[float, float, float, float]


def table(measure: str, quintiles: list[Numbers], ccgs: list[float]) -> pd.DataFrame:
    """Figures of the year to March 2018: denominator, numerator, value and spread by quintile, and a value for each CCG."""
    rows: list[tuple[object, ...]] = [
        (measure, "QNC", "rolling-12", "2018-03", "deprivation_quintile", str(n), *numbers)
        for n, numbers in enumerate(quintiles, start=1)
    ]
    rows += [(measure, f"0{n}X", "rolling-12", "2018-03", "all", "all", 100, 50, v, 1) for n, v in enumerate(ccgs)]
    # None of this is asked for: another year, a shorter time, the whole STP, and people whose quintile is not known.
    rows += [(measure, "QNC", "rolling-12", "2018-02", "deprivation_quintile", "1", 1000, 0, 0, 1)]
    rows += [(measure, "09X", "month", "2018-03", "all", "all", 100, 99, 99.0, 1)]
    rows += [(measure, "QNC", "rolling-12", "2018-03", "all", "all", 100, 1, 1.0, 1)]
    rows += [(measure, "QNC", "rolling-12", "2018-03", "deprivation_quintile", "unknown", 100, 1, 1.0, 1)]
    return pd.DataFrame(rows, columns=[*KEY, "denominator", "numerator", "value", "spread"])


def test_a_gap_by_hand() -> None:
    # Five quintiles of one size, 60 % to 40 % in steps of 5: the line through their midpoints falls 25 from end to end.
    falling = table(PROPORTION.id, [(200, 2 * v, v, math.nan) for v in (60, 55, 50, 45, 40)], [48.0, 52.5, 44.0])
    (gap,) = equity_gaps(falling, [PROPORTION], "2018-03", "QNC")
    assert gap.slope is not None
    assert gap.slope.value == pytest.approx(-25)
    assert gap.slope.lower < -25 < gap.slope.upper < 0
    assert (gap.lowest, gap.highest, gap.spread) == (44.0, 52.5, 8.5)


@pytest.mark.parametrize(
    ("measure", "numbers", "error"),
    [
        # 100·√(0.25·0.75/300); √90/300; 12/√300.
        (PROPORTION, (300, 75, 25.0, math.nan), 2.5),
        (RATE, (300, 90, 0.3, math.nan), math.sqrt(90) / 300),
        (MEAN, (300, 24_000, 80.0, 12.0), 12 / math.sqrt(300)),
    ],
)
def test_the_standard_errors_of_the_three_scorings(measure: object, numbers: Numbers, error: float) -> None:
    (gap,) = equity_gaps(table(measure.id, [numbers] * 5, []), [measure], "2018-03", "QNC")  # type: ignore[attr-defined, list-item]
    expected = slope_index_of_inequality([numbers[2]] * 5, [error] * 5, [300] * 5, f"{measure.id} 2018-03")  # type: ignore[attr-defined]
    assert gap.slope == expected.slope


def test_the_same_figures_give_the_same_interval() -> None:
    figures = table(RATE.id, [(100, n, n / 100, math.nan) for n in (80, 75, 70, 72, 60)], [0.7])
    assert equity_gaps(figures, [RATE], "2018-03", "QNC") == equity_gaps(figures, [RATE], "2018-03", "QNC")


def test_without_a_figure_for_a_quintile_or_a_ccg_there_is_none() -> None:
    four = table(MEAN.id, [(100, 8000, 80.0, 12.0)] * 4, [])
    one_person = table(MEAN.id, [(100, 8000, 80.0, 12.0)] * 4 + [(1, 80, 80.0, math.nan)], [])
    for figures in (four, one_person):
        (gap,) = equity_gaps(figures, [MEAN], "2018-03", "QNC")
        assert (gap.slope, gap.lowest, gap.highest, gap.spread) == (None, None, None, None)
