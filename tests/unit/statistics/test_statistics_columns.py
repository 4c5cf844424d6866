"""Intervals of whole columns: the numbers of the single ones, nan where there is none, and one bad row is found."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.statistics import (
    mean_interval_from_moments,
    mean_intervals,
    proportion_interval,
    proportion_intervals,
    rate_interval,
    rate_intervals,
)

confidences = st.sampled_from([0.8, 0.95, 0.998])
counts = st.integers(0, 10**6)


def same(columns, intervals):
    """Not merely close: a figure is the same whether it was computed alone or with others."""
    expected = np.array([(i.value, i.lower, i.upper) for i in intervals]).T
    np.testing.assert_array_equal(np.array(columns), expected.reshape(3, -1))


@given(st.lists(st.tuples(counts, st.integers(1, 10**6)), min_size=1), confidences)
def test_proportions_are_those_of_the_single_interval(cases, confidence):
    cases = [(min(x, n), n) for x, n in cases]
    x, n = zip(*cases, strict=True)
    same(proportion_intervals(x, n, confidence), [proportion_interval(*case, confidence) for case in cases])


@given(st.lists(st.tuples(st.integers(0, 30) | counts, st.integers(1, 10**6)), min_size=1), confidences)
def test_rates_are_those_of_the_single_interval(cases, confidence):
    x, n = zip(*cases, strict=True)
    same(rate_intervals(x, n, confidence), [rate_interval(*case, confidence) for case in cases])


spread = st.floats(0, 1e6)


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(-1e6, 1e6), spread), min_size=1), confidences)
def test_means_are_those_of_the_single_interval(cases, confidence):
    n, mean, deviation = zip(*cases, strict=True)
    same(mean_intervals(n, mean, deviation, confidence), [mean_interval_from_moments(*c, confidence) for c in cases])


def test_no_cases_and_blanks_have_no_figure():
    # Counted, no cases, not submitted: only the first is a proportion.
    values, lowers, uppers = proportion_intervals([3, 0, math.nan], [4, 0, 8])
    assert values[0] == 0.75
    for column in (values, lowers, uppers):
        assert column.dtype == np.float64
        assert np.isnan(column).tolist() == [False, True, True]
    assert np.isnan(rate_intervals([2, 0, 2], [4, 0, math.nan])[2]).tolist() == [False, True, True]


def test_means_of_none_and_of_one():
    values, lowers, uppers = mean_intervals([0, 1, 2], [math.nan, 5, 5], [math.nan, math.nan, 1])
    assert np.isnan(values).tolist() == [True, False, False]
    assert np.isnan(lowers).tolist() == np.isnan(uppers).tolist() == [True, True, False]


def test_empty_columns_have_empty_answers():
    assert [column.size for column in proportion_intervals([], [])] == [0, 0, 0]
    assert [column.size for column in rate_intervals([], [])] == [0, 0, 0]
    assert [column.size for column in mean_intervals([], [], [])] == [0, 0, 0]


NONSENSE = {
    "above its denominator in row 1": lambda: proportion_intervals([1, 12], [2, 10]),
    "numerator is negative in row 0": lambda: proportion_intervals([-1], [2]),
    "denominator is negative in row 0": lambda: proportion_intervals([math.nan], [-2]),
    "infinite in row 2": lambda: proportion_intervals([1, 1, 1], [1, 1, math.inf]),
    "events is negative in row 0": lambda: rate_intervals([-1], [2]),
    "population is negative in row 0": lambda: rate_intervals([0], [-2]),
    "events but no population in row 1": lambda: rate_intervals([0, 1], [0, 0]),
    "values is negative in row 0": lambda: mean_intervals([-1], [0], [0]),
    "not whole in row 0": lambda: mean_intervals([1.5], [0], [0]),
    "deviation is negative in row 0": lambda: mean_intervals([2], [0], [-1]),
    "same length": lambda: rate_intervals([1, 2], [3]),
    "one column": lambda: rate_intervals(1, 2),
    "not a column of numbers": lambda: rate_intervals(["many"], [2]),
    "0.95 for 95 %": lambda: mean_intervals([], [], [], confidence=95),
}


@pytest.mark.parametrize(("sentence", "attempt"), NONSENSE.items(), ids=NONSENSE.keys())
def test_one_bad_row_is_refused_and_named(sentence, attempt):
    with pytest.raises(ValueError, match=sentence):
        attempt()


def test_every_published_figure_in_one_column(vectors, number):
    for table, function in (("proportion_edge", proportion_intervals), ("rate_edge", rate_intervals)):
        for confidence in ("0.95", "0.998"):
            rows = [row for row in vectors(table) if row["confidence"] == confidence]
            x, n, times = (np.array([number(r[c]) for r in rows]) for c in ("numerator", "denominator", "multiplier"))
            found = np.array(function(x, n, float(confidence))) * times
            expected = np.array([[number(row[c]) for row in rows] for c in ("value", "lower", "upper")])
            np.testing.assert_allclose(found, expected, rtol=1e-9)
