"""Funnels: limits by hand and as published, verdicts that agree with them, nonsense."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.statistics import expected_events_limits, funnel_limits, funnel_verdict, rate_interval

SIDES = (("2s", 0.95, "95"), ("3s", 0.998, "998"))


def test_limits_of_a_proportion_by_hand():
    # 60 % ∓ 1.96 · √(0.6 · 0.4 / 96) = 60 % ∓ 9.8 %
    (found,) = funnel_limits(0.6, [96])
    assert found.denominator == 96
    assert (found.lower_95, found.upper_95) == pytest.approx((0.6 - 1.959964 * 0.05, 0.6 + 1.959964 * 0.05), rel=1e-7)
    assert (found.lower_998, found.upper_998) == pytest.approx((0.6 - 3.090232 * 0.05, 0.6 + 3.090232 * 0.05), rel=1e-7)


def test_limits_do_not_leave_0_to_1():
    (found,) = funnel_limits(0.8, [1])
    assert (found.lower_998, found.upper_95, found.upper_998) == (0.0, 1.0, 1.0)
    assert found.lower_95 == pytest.approx(0.8 - 1.959964 * 0.4, rel=1e-6)


def test_limits_of_a_ratio_are_where_a_count_is_just_significant():
    # Three events are significantly few once 8.767 are expected, significantly many while 0.619 are:
    # χ²(0.975, 8)/2 and χ²(0.025, 6)/2.
    assert expected_events_limits(3) == pytest.approx((0.618671905, 8.767273828), rel=1e-6)
    at_fewest, at_most = funnel_limits(1, [0.6186721, 8.7672731], kind="ratio")
    assert at_fewest.upper_95 * 0.6186721 == pytest.approx(3, rel=1e-6)
    assert at_most.lower_95 * 8.7672731 == pytest.approx(3, rel=1e-6)


def test_a_ratios_benchmark_is_events_per_unit_of_denominator():
    # 200 deaths at 0.5 crisis admissions each are 100 expected events: the same funnel, in other units.
    (found,), (plain,) = funnel_limits(0.5, [200], kind="ratio"), funnel_limits(1, [100], kind="ratio")
    assert (found.lower_95, found.upper_998) == pytest.approx((plain.lower_95 / 2, plain.upper_998 / 2))


def test_where_even_no_event_would_be_no_surprise_there_is_nothing_below():
    # With 3 expected, none happen once in twenty: e⁻³ = 0.0498 > 0.025.
    assert funnel_limits(1, [3], kind="ratio")[0].lower_95 == 0
    assert funnel_limits(1, [4], kind="ratio")[0].lower_95 > 0


def test_where_next_to_nothing_is_expected_one_event_is_many():
    # With 0.005 expected, one event or more happens once in two hundred: beyond 95 %, within 99.8 %.
    (found,) = funnel_limits(1, [0.005], kind="ratio")
    assert found.upper_95 * 0.005 < 1 < found.upper_998 * 0.005
    assert funnel_verdict(1, 0.005, 1, kind="ratio") == "High (0.025)"


def test_verdicts_of_a_proportion():
    # Around 50 % of 100 the limits are 40.2 and 59.8 (95 %), 34.5 and 65.5 (99.8 %).
    verdicts = [funnel_verdict(x, 100, 0.5) for x in (34, 35, 40, 41, 59, 60, 65, 66)]
    assert verdicts == [
        "Low (0.001)", "Low (0.025)", "Low (0.025)", "Not significant",
        "Not significant", "High (0.025)", "High (0.025)", "High (0.001)",
    ]  # fmt: skip


def test_a_point_on_the_limit_is_not_beyond_it():
    # Where everybody is at 0 % or 100 %, the limits lie on the benchmark, and so do the areas.
    assert funnel_verdict(0, 50, 0) == funnel_verdict(50, 50, 1) == "Not significant"


def test_verdicts_of_a_rate_ask_its_own_interval():
    own = rate_interval(20, 100)
    assert funnel_verdict(20, 100, own.upper * 1.001, kind="rate") == "Low (0.025)"
    assert funnel_verdict(20, 100, own.upper, kind="rate") == "Not significant"
    assert funnel_verdict(20, 100, own.lower * 0.999, kind="rate") == "High (0.025)"
    assert funnel_verdict(20, 100, 0.01, kind="rate") == "High (0.001)"
    assert funnel_verdict(9, 100, 0.01, kind="rate") == "Not applicable"


NONSENSE = {
    "no such kind": lambda: funnel_limits(0.5, [10], kind="mean"),
    "benchmark in percent": lambda: funnel_limits(60, [10]),
    "negative benchmark": lambda: funnel_limits(-0.1, [10]),
    "benchmark of nan": lambda: funnel_limits(math.nan, [10]),
    "no expected events": lambda: funnel_limits(0, [10], kind="ratio"),
    "empty denominator": lambda: funnel_limits(0.5, [10, 0]),
    "more of them than there are": lambda: funnel_verdict(11, 10, 0.5),
    "negative count": lambda: funnel_verdict(-1, 10, 0.5, kind="ratio"),
    "negative observed": lambda: expected_events_limits(-1),
    "confidence in percent": lambda: expected_events_limits(1, 95),
}


@pytest.mark.parametrize("attempt", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused(attempt):
    with pytest.raises(ValueError, match=r"^The .+\.$"):
        attempt()


def beyond(value, limits):
    if value < limits.lower_998:
        return "Low (0.001)"
    if value > limits.upper_998:
        return "High (0.001)"
    if value < limits.lower_95:
        return "Low (0.025)"
    return "High (0.025)" if value > limits.upper_95 else "Not significant"


@given(st.integers(1, 3000), st.integers(0, 3000), st.sampled_from([1e-5, 0.002, 0.05, 0.31, 0.5, 0.93]))
def test_the_funnel_drawn_and_the_verdict_written_agree(n, x, benchmark):
    x = min(x, n)
    assert funnel_verdict(x, n, benchmark) == beyond(x / n, funnel_limits(benchmark, [n])[0])
    as_ratio = funnel_limits(benchmark, [n], kind="ratio")[0]
    assert funnel_verdict(x, n, benchmark, kind="ratio") == beyond(x / n, as_ratio)


@given(st.floats(0.01, 0.99), st.lists(st.integers(1, 10**5), min_size=2))
def test_a_funnel_narrows_and_contains_its_benchmark(benchmark, denominators):
    for kind in ("proportion", "ratio"):
        found = funnel_limits(benchmark, sorted(denominators), kind=kind)
        for smaller, larger in pairwise(found):
            assert larger.upper_95 <= smaller.upper_95 + 1e-9
            assert larger.lower_95 >= smaller.lower_95 - 1e-9
        for limits in found:
            assert limits.lower_998 <= limits.lower_95 <= benchmark <= limits.upper_95 <= limits.upper_998


def test_every_published_verdict_on_a_proportion(vectors, number):
    for row in vectors("funnel_prop_significance"):
        x, n, benchmark = (number(row[c]) for c in ("numerator", "denominator", "average_proportion_all_areas"))
        assert funnel_verdict(x, n, benchmark) == row["significance"], row


def test_every_published_limit_of_a_proportion(vectors, number):
    for row in vectors("funnel_prop_limits"):
        (found,) = funnel_limits(number(row["Baseline"]) / 100, [number(row["Population"])])
        for sigma, tail, ours in (("2s", "0025", "95"), ("3s", "0001", "998")):
            for side in ("Lower", "Upper"):
                limit = 100 * getattr(found, f"{side.lower()}_{ours}")
                assert limit == pytest.approx(number(row[f"{side}{sigma}{tail}limit"]), rel=1e-7), row


def test_every_verdict_and_limit_of_the_six_ccgs(vectors, number):
    sets: dict[str, list[dict[str, str]]] = {}
    for row in vectors("funnel_ccg"):
        sets.setdefault(row["set"], []).append(row)
    for rows in sets.values():
        benchmark = sum(number(r["numerator"]) for r in rows) / sum(number(r["denominator"]) for r in rows)
        found = funnel_limits(benchmark, [number(row["denominator"]) for row in rows])
        for row, limits in zip(rows, found, strict=True):
            assert number(row["average"]) == pytest.approx(benchmark, rel=1e-9)
            assert funnel_verdict(number(row["numerator"]), limits.denominator, benchmark) == row["significance"]
            for sigma, _, ours in SIDES:
                for side in ("lower", "upper"):
                    limit = 100 * getattr(limits, f"{side}_{ours}")
                    assert limit == pytest.approx(number(row[f"{side}_{sigma}"]), rel=1e-9), row


def test_every_published_verdict_on_a_ratio(vectors, number):
    for row in vectors("funnel_ratio_significance"):
        assert funnel_verdict(number(row["obs"]), number(row["expected"]), 1, kind="ratio") == row["significance"], row


def test_every_published_limit_of_a_ratio(vectors, number):
    for row in vectors("funnel_ratio_limits"):
        observed = number(row["Observed_events"])
        for sigma, confidence, ours in SIDES:
            fewest, most = expected_events_limits(observed, confidence)
            # The source's own columns are crossed: its lower limit is the curve below which an area lies too low.
            for side, expected in (("lower", most), ("upper", fewest)):
                assert expected == pytest.approx(number(row[f"{side}_{sigma}_exp_events"]), rel=5e-5), row
                limits = funnel_limits(1, [expected], kind="ratio")[0]
                ratio = getattr(limits, f"{side}_{ours}")
                assert 100 * ratio == pytest.approx(number(row[f"{side}_{sigma}_isr"]), rel=5e-5), row
                count = (observed - expected) / expected
                assert count == pytest.approx(number(row[f"{side}_{sigma}_count"]), rel=5e-4), row
