"""The gap between the least and the most deprived: by hand, and what it takes for there to be one."""

import math

import pytest

from outcomes.statistics import Quintile, deprivation_gap, mean_interval_from_moments
from outcomes.statistics.deprivation import (
    error_of_mean,
    error_of_percentage,
    error_of_printed_mean,
    error_of_rate,
)

FIVE = {str(n): Quintile(value, 1, 200) for n, value in enumerate((52, 56, 60, 64, 68), start=1)}


def test_a_gap_by_hand():
    # Fifths of one size have their midpoints at 0.1, 0.3, 0.5, 0.7, 0.9: the line 50 + 20·x goes through all of them.
    gap = deprivation_gap(FIVE, "a measure 2018-03")
    assert gap.value == pytest.approx(20)
    # The slope's variance is 1 / Σ(x − 0.5)² = 1 / 0.4 = 2.5.
    assert (gap.lower, gap.upper) == pytest.approx((20 - 1.96 * math.sqrt(2.5), 20 + 1.96 * math.sqrt(2.5)), rel=0.01)


def test_the_order_is_that_of_deprivation_and_not_that_given():
    assert deprivation_gap(dict(reversed(FIVE.items())), "a") == deprivation_gap(FIVE, "a")


def test_people_whose_deprivation_is_not_known_are_in_no_group():
    assert deprivation_gap(FIVE | {"unknown": Quintile(0, 1, 900)}, "a") == deprivation_gap(FIVE, "a")


@pytest.mark.parametrize("number", list(FIVE))
def test_four_groups_have_no_gap(number):
    assert deprivation_gap({n: q for n, q in FIVE.items() if n != number}, "a") is None
    assert deprivation_gap(FIVE | {number: Quintile(60, math.nan, 200)}, "a") is None


def test_nothing_has_no_gap():
    assert deprivation_gap({}, "a") is None


def test_standard_errors_by_hand():
    # 100·√(0.25·0.75/300); √90/300; 12/√300.
    assert error_of_percentage(75, 300) == pytest.approx(2.5)
    assert error_of_rate(90, 300) == pytest.approx(math.sqrt(90) / 300)
    assert error_of_mean(12, 300) == pytest.approx(12 / math.sqrt(300))


@pytest.mark.parametrize(("count", "deviation"), [(20, 3.1), (300, 12.0), (11_500, 0.4)])
def test_a_means_error_is_found_again_in_its_interval(count, deviation):
    interval = mean_interval_from_moments(count, 80.0, deviation)
    assert error_of_printed_mean(interval.lower, interval.upper, count) == pytest.approx(
        error_of_mean(deviation, count)
    )
    # Printed with one decimal each limit is at most 0.05 off, so half the width is too: 0.05 over Student's t.
    printed = error_of_printed_mean(round(interval.lower, 1), round(interval.upper, 1), count)
    assert printed == pytest.approx(error_of_mean(deviation, count), abs=0.05 / 1.96)
