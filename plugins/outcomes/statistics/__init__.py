"""Intervals, standardised rates, funnels, inequality and control charts: pure functions of the numbers they are given.

Owns the formulas behind every limit, verdict and icon on a scorecard. Promises the published figures of its references
(PHEindicatormethods for intervals, funnels and inequality; NHSRplotthedots for control charts, without the defects that
`control_chart` names), the same answer for the same input, and a ValueError for nonsense. Never reads a file or a
setting, never rounds, never puts a figure into a message: figures are sensitive until the disclosure gate let them out.
"""

from outcomes.statistics.columns import mean_intervals, proportion_intervals, rate_intervals
from outcomes.statistics.control_chart import ControlChart, Point, control_chart
from outcomes.statistics.deprivation import QUINTILES, Quintile, deprivation_gap
from outcomes.statistics.funnel import FunnelLimits, expected_events_limits, funnel_limits, funnel_verdict
from outcomes.statistics.inequality import SlopeIndex, quantile_groups, slope_index_of_inequality
from outcomes.statistics.intervals import (
    Interval,
    mean_interval,
    mean_interval_from_moments,
    proportion_interval,
    rate_interval,
)
from outcomes.statistics.standardised import directly_standardised_rate

__all__ = [
    "QUINTILES",
    "ControlChart",
    "FunnelLimits",
    "Interval",
    "Point",
    "Quintile",
    "SlopeIndex",
    "control_chart",
    "deprivation_gap",
    "directly_standardised_rate",
    "expected_events_limits",
    "funnel_limits",
    "funnel_verdict",
    "mean_interval",
    "mean_interval_from_moments",
    "mean_intervals",
    "proportion_interval",
    "proportion_intervals",
    "quantile_groups",
    "rate_interval",
    "rate_intervals",
    "slope_index_of_inequality",
]
