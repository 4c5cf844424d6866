"""The slope index of inequality and quantile groups: by hand, as published, and the same for the same seed."""

import math
import re
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.statistics import quantile_groups, slope_index_of_inequality

EVEN = [1000] * 5


def test_a_straight_line_by_hand():
    # Fifths with midpoints 0.1, 0.3, 0.5, 0.7, 0.9 on the line 50 + 20·x: from 50 at the most deprived end to 70.
    found = slope_index_of_inequality([52, 56, 60, 64, 68], [1] * 5, EVEN, seed=1)
    assert found.slope.value == pytest.approx(20)
    assert found.relative.value == pytest.approx(70 / 50)
    assert found.slope.method == found.relative.method == "simulated"


def test_the_simulated_interval_is_that_of_least_squares():
    # With equal groups the slope's variance is se² / Σ(x − 0.5)² = 1 / (0.16 + 0.04 + 0 + 0.04 + 0.16) = 2.5.
    found = slope_index_of_inequality([52, 56, 60, 64, 68], [1] * 5, EVEN, seed="release-7")
    half = 1.959964 * math.sqrt(2.5)
    assert (found.slope.lower, found.slope.upper) == pytest.approx((20 - half, 20 + half), rel=0.01)


def test_without_errors_the_interval_is_the_index():
    found = slope_index_of_inequality([52, 56, 61, 64, 67], [0] * 5, EVEN, seed=1, repetitions=10)
    assert (found.slope.lower, found.slope.upper) == pytest.approx((found.slope.value, found.slope.value))


def test_the_same_release_gives_the_same_interval():
    def drawn(seed):
        return slope_index_of_inequality([52, 56, 60, 64, 68], [2] * 5, EVEN, seed=seed, repetitions=1000)

    assert drawn("2018-04 edition 1") == drawn("2018-04 edition 1")
    assert drawn("2018-04 edition 1").slope.lower != drawn("2018-04 edition 2").slope.lower
    assert drawn(5) == drawn(5)


def test_a_line_through_nothing_has_no_relative_index():
    found = slope_index_of_inequality([0] * 5, [0] * 5, EVEN, seed=1, repetitions=10)
    assert found.slope.value == 0
    assert math.isnan(found.relative.value)


NONSENSE = {
    "four groups": lambda: slope_index_of_inequality([1] * 4, [1] * 4, [1] * 4, 1),
    "different lengths": lambda: slope_index_of_inequality([1] * 5, [1] * 4, EVEN, 1),
    "an empty group": lambda: slope_index_of_inequality([1] * 5, [1] * 5, [1, 1, 0, 1, 1], 1),
    "a blank value": lambda: slope_index_of_inequality([1, 1, math.nan, 1, 1], [1] * 5, EVEN, 1),
    "a negative error": lambda: slope_index_of_inequality([1] * 5, [1, 1, -1, 1, 1], EVEN, 1),
    "a negative seed": lambda: slope_index_of_inequality([1] * 5, [1] * 5, EVEN, -1),
    "no repetitions": lambda: slope_index_of_inequality([1] * 5, [1] * 5, EVEN, 1, repetitions=0),
    "confidence in percent": lambda: slope_index_of_inequality([1] * 5, [1] * 5, EVEN, 1, confidence=95),
    "no such scale": lambda: slope_index_of_inequality([1] * 5, [1] * 5, EVEN, 1, scale="cubic"),
    "logarithm of nothing": lambda: slope_index_of_inequality([0] * 5, [1] * 5, EVEN, 1, scale="log"),
    "odds of a certainty": lambda: slope_index_of_inequality([1] * 5, [1] * 5, EVEN, 1, scale="logit"),
    "no quantiles": lambda: quantile_groups([1, 2], 0),
}


@pytest.mark.parametrize("attempt", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused(attempt):
    with pytest.raises(ValueError, match=r"^(A|The|There|On|Values)\b.+\.$"):
        attempt()


figures = st.lists(st.tuples(st.floats(1, 99), st.integers(1, 10**5)), min_size=5, max_size=10)


@settings(max_examples=50)
@given(figures, st.floats(-50, 50))
def test_reversing_the_groups_reverses_the_slope_and_shifting_leaves_it(groups, step):
    def slope(groups):
        values, populations = zip(*groups, strict=True)
        return slope_index_of_inequality(values, [0] * len(groups), populations, 1, repetitions=1).slope.value

    assert slope(groups[::-1]) == pytest.approx(-slope(groups), abs=1e-6)
    assert slope([(v + step, n) for v, n in groups]) == pytest.approx(slope(groups), abs=1e-6)


def test_every_published_index(vectors, number):
    groups: dict[str, list[dict[str, str]]] = {}
    for row in vectors("sii_input"):
        groups.setdefault(row["case"], []).append(row)
    z = NormalDist().inv_cdf(0.975)
    for row in vectors("sii_expected"):
        given_rows = groups[row["case"]]
        # The column of standard errors is on the log or logit scale for rates and proportions: take them from the limits.
        found = slope_index_of_inequality(
            [number(g["Value"]) for g in given_rows],
            [(number(g["UpperCL"]) - number(g["LowerCL"])) / (2 * z) for g in given_rows],
            [number(g["Population"]) for g in given_rows],
            seed="published",
            confidence=float(re.search(r"\d+", row["Confidence"])[0]) / 100,
            scale={("True", "1"): "log", ("True", "2"): "logit"}.get((row["transform"], row["value_type"]), "linear"),
        )
        slope = [found.slope.value, found.slope.lower, found.slope.upper]
        relative = [found.relative.value, found.relative.lower, found.relative.upper]
        times = number(row["multiplier"])
        slope = [times * figure for figure in slope]
        if times < 0:  # A negative multiplier turns the scale round, and with it the limits and the ratio.
            slope = [slope[0], slope[2], slope[1]]
            relative = [1 / relative[0], 1 / relative[2], 1 / relative[1]]
        for found_three, name in ((slope, "sii"), (relative, "rii")):
            for figure, column, rel in zip(
                found_three, (name, f"{name}_lowercl_1", f"{name}_uppercl_1"), (1e-6, 0.05, 0.05), strict=True
            ):
                if row[column]:
                    assert figure == pytest.approx(number(row[column]), rel=rel), (row["case"], column)


def test_ten_values_in_five_groups_by_hand():
    assert quantile_groups([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 5) == (1, 1, 2, 2, 3, 3, 4, 4, 5, 5)
    assert quantile_groups([10, 20, 30, 40, 50, 60], 3, highest_first=True) == (3, 3, 2, 2, 1, 1)


def test_ties_share_the_lowest_rank_and_blanks_have_no_group():
    # Ranks 1, 2, 2, 2 of four values: all three of the same value fall where the second does.
    assert quantile_groups([1, 5, None, 5, 5, math.nan], 4) == (1, 2, None, 2, 2, None)


def test_fewer_values_than_groups_have_no_groups():
    assert quantile_groups([3, 1, None], 3) == (None, None, None)


@given(st.lists(st.floats(-1e9, 1e9), min_size=10, max_size=60))
def test_groups_follow_the_values(values):
    found = quantile_groups(values, 10)
    assert set(found) <= set(range(1, 11))
    ordered = [group for _, group in sorted(zip(values, found, strict=True))]
    assert ordered == sorted(ordered)
    if len(set(values)) == len(values):
        sizes = [found.count(group) for group in range(1, 11)]
        assert max(sizes) - min(sizes) <= 1


def test_every_published_quantile(vectors, number):
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in vectors("quantile"):
        groups.setdefault((row["group_id"], row["invert"]), []).append(row)
    for (group, invert), rows in groups.items():
        found = quantile_groups([number(row["Value"]) for row in rows], 10, highest_first=invert == "True")
        expected = tuple(int(float(row["QuantileInGrp"])) if row["QuantileInGrp"] else None for row in rows)
        assert found == expected, group
