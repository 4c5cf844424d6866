"""Intervals of one figure: published numbers, edges, nonsense, and what must hold for every input."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.statistics import (
    Interval,
    mean_interval,
    mean_interval_from_moments,
    proportion_interval,
    rate_interval,
)
from outcomes.statistics.formulas import byar_limits

confidences = st.sampled_from([0.8, 0.95, 0.99, 0.998])


def close(value, rel=1e-9, **kwargs):
    return pytest.approx(value, rel=rel, abs=1e-15, nan_ok=True, **kwargs)


def scaled(interval, multiplier):
    return tuple(multiplier * v for v in (interval.value, interval.lower, interval.upper))


def test_a_proportion_has_wilsons_limits():
    # 65 of 100: (2·65 + 1.96² ∓ 1.96·√(1.96² + 4·65·0.35)) / (2·(100 + 1.96²))
    found = proportion_interval(65, 100)
    assert found == Interval(0.65, close(0.5525444329688797), close(0.7363575170249047), "wilson")
    z = 1.959963984540054
    assert found.lower == close((130 + z**2 - z * math.sqrt(z**2 + 4 * 65 * 0.35)) / (2 * (100 + z**2)))


@pytest.mark.parametrize(
    ("numerator", "denominator", "lower", "upper"),
    [
        (0, 10, 0.0, 0.277532799862889),
        (10, 10, 0.722467200137111, 1.0),
        (1, 1, 0.206549314377238, 1.0),
        (0, 1, 0.0, 0.793450685622762),
    ],
)
def test_none_and_all_touch_the_ends_exactly(numerator, denominator, lower, upper):
    found = proportion_interval(numerator, denominator)
    assert (found.lower, found.upper) == (close(lower), close(upper))
    assert (found.lower == 0) == (numerator == 0)
    assert (found.upper == 1) == (numerator == denominator)


def test_a_rate_is_exact_below_ten_events_and_byars_from_ten():
    nine, ten = rate_interval(9, 100), rate_interval(10, 1400)
    assert (nine.method, ten.method) == ("exact", "byar")
    assert rate_interval(5, 100) == Interval(0.05, close(0.0162348639011842), close(0.1166833207932267), "exact")
    # Byar: 10·(1 − 1/90 − 1.96/(3·√10))³ / 1400
    assert scaled(ten, 1000) == (close(7.14285714285714), close(3.4196070814054), close(13.1367561469689))


def test_no_events_have_a_rate_of_0_with_an_upper_limit():
    # The rule of three, made exact: −ln(0.025) = 3.69 events could have gone unseen.
    assert rate_interval(0, 1000) == Interval(0.0, 0.0, close(-math.log(0.025) / 1000), "exact")


def test_there_may_be_more_events_than_people():
    assert scaled(rate_interval(11, 10), 1000) == (close(1100), close(548.369019844997), close(1968.32371161464))


def test_a_negative_byar_limit_is_blank():
    lower, upper = byar_limits(np.array([1.0]), 0.998)
    assert math.isnan(lower[0])
    assert upper[0] == close(9.362180217908362)


def test_a_mean_has_students_limits():
    # 2, 4, 9: mean 5, s = √13, t(2) = 4.3027: 5 ∓ 4.3027·√13/√3
    found = mean_interval([2, 4, 9])
    half = 4.302652729911275 * math.sqrt(13) / math.sqrt(3)
    assert found == Interval(5.0, close(5 - half), close(5 + half), "student-t")


def test_one_value_has_a_mean_but_no_limits():
    found = mean_interval([6.27])
    assert (found.value, found.method) == (6.27, "student-t")
    assert math.isnan(found.lower)
    assert math.isnan(found.upper)
    assert math.isnan(mean_interval_from_moments(1, 6.27, math.nan).upper)


def test_values_that_are_all_the_same_have_limits_on_their_mean():
    assert mean_interval([4, 4, 4]) == Interval(4.0, 4.0, 4.0, "student-t")


NONSENSE = {
    "more of them than there are": lambda: proportion_interval(12, 10),
    "fewer than none": lambda: proportion_interval(-1, 10),
    "part of nothing": lambda: proportion_interval(0, 0),
    "part of fewer than nothing": lambda: proportion_interval(0, -5),
    "no number": lambda: proportion_interval(math.nan, 10),
    "endless": lambda: proportion_interval(1, math.inf),
    "a blank": lambda: proportion_interval(None, 10),
    "confidence in percent": lambda: proportion_interval(1, 10, 95),
    "confidence of 0": lambda: proportion_interval(1, 10, 0),
    "confidence of 1": lambda: rate_interval(1, 10, 1),
    "confidence of nan": lambda: mean_interval([1, 2], math.nan),
    "fewer events than none": lambda: rate_interval(-1, 10),
    "endless events": lambda: rate_interval(math.inf, 10),
    "nobody": lambda: rate_interval(1, 0),
    "no values": lambda: mean_interval([]),
    "a value that is no number": lambda: mean_interval([1, math.nan]),
    "an endless value": lambda: mean_interval([1, math.inf]),
    "a mean of none": lambda: mean_interval_from_moments(0, 1, 1),
    "a mean of one and a half": lambda: mean_interval_from_moments(1.5, 1, 1),
    "a negative spread": lambda: mean_interval_from_moments(3, 1, -1),
    "no spread of several": lambda: mean_interval_from_moments(3, 1, math.nan),
}


@pytest.mark.parametrize("attempt", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused(attempt):
    with pytest.raises(ValueError, match=r"^(The|There) .+\.$"):
        attempt()


def test_a_refusal_does_not_tell_the_figures():
    with pytest.raises(ValueError, match="above its denominator") as refused:
        proportion_interval(7654, 4321)
    assert "7654" not in str(refused.value)
    assert "4321" not in str(refused.value)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), confidences)
def test_wilson_is_symmetric_and_contains_the_proportion(case, confidence):
    x, n = case
    some, others = proportion_interval(x, n, confidence), proportion_interval(n - x, n, confidence)
    assert 0 <= some.lower <= some.value <= some.upper <= 1
    assert some.lower == pytest.approx(1 - others.upper, abs=1e-12)
    assert some.upper == pytest.approx(1 - others.lower, abs=1e-12)


@given(st.integers(0, 10**6), st.integers(1, 10**6), confidences)
def test_a_rates_limits_contain_it_and_scale_with_the_population(events, population, confidence):
    found, alone = rate_interval(events, population, confidence), rate_interval(events, 1, confidence)
    assert 0 <= found.lower <= found.value < found.upper
    assert (found.lower * population, found.upper * population) == (close(alone.lower), close(alone.upper))


@given(st.lists(st.integers(-1000, 1000), min_size=2), confidences, st.integers(-1000, 1000))
def test_a_mean_moves_with_its_values(values, confidence, step):
    found, moved = mean_interval(values, confidence), mean_interval([v + step for v in values], confidence)
    assert found.lower <= found.value <= found.upper
    assert moved.lower - step == pytest.approx(found.lower, abs=1e-6)
    assert moved.upper - step == pytest.approx(found.upper, abs=1e-6)


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_more_confidence_is_never_narrower(x, more):
    for interval in (lambda c: proportion_interval(x, x + more, c), lambda c: rate_interval(x, more, c)):
        usual, sure = interval(0.95), interval(0.998)
        assert sure.lower < usual.lower
        assert sure.upper > usual.upper


@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_statsmodels_gives_the_same_limits(confidence):
    from statsmodels.stats.proportion import proportion_confint
    from statsmodels.stats.rates import confint_poisson
    from statsmodels.stats.weightstats import DescrStatsW

    for x, n in [(0, 9), (1, 7), (7, 211), (65, 100), (4999, 5000), (155, 155)]:
        found = proportion_interval(x, n, confidence)
        expected = proportion_confint(x, n, alpha=1 - confidence, method="wilson")
        assert (found.lower, found.upper) == (close(expected[0]), close(expected[1]))
    for x, n in [(0, 1000), (1, 100), (2, 1500), (9, 10)]:
        found = rate_interval(x, n, confidence)
        expected = confint_poisson(x, n, method="exact-c", alpha=1 - confidence)
        assert (found.lower, found.upper) == (close(expected[0]), close(expected[1]))
    values = [33.1, 48.4, 64.8, 12.0]
    found = mean_interval(values, confidence)
    expected = DescrStatsW(values).tconfint_mean(1 - confidence)
    assert (found.lower, found.upper) == (close(expected[0]), close(expected[1]))


def test_importing_the_room_loads_neither_scipy_nor_statsmodels():
    question = "import sys, outcomes.statistics; print({'scipy', 'statsmodels'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


@pytest.mark.parametrize("table", ["proportion", "proportion_edge"])
def test_every_published_proportion(vectors, number, table):
    for row in vectors(table):
        found = proportion_interval(number(row["numerator"]), number(row["denominator"]), number(row["confidence"]))
        expected = tuple(number(row[c]) for c in ("value", "lower", "upper"))
        assert scaled(found, number(row["multiplier"])) == close(expected), row
        assert found.method == row["method"].lower()


@pytest.mark.parametrize("table", ["rate", "rate_edge"])
def test_every_published_rate(vectors, number, table):
    for row in vectors(table):
        found = rate_interval(number(row["numerator"]), number(row["denominator"]), number(row["confidence"]))
        expected = tuple(number(row[c]) for c in ("value", "lower", "upper"))
        assert scaled(found, number(row["multiplier"])) == close(expected), row
        assert found.method == {"Exact": "exact", "Byars": "byar"}[row["method"]]


def test_every_published_byar_and_wilson_limit(vectors, number):
    for row in vectors("byars_wilson"):
        x, confidence = number(row["x"]), float(row["confidence"].rstrip("%")) / 100
        if row["method"] == "Wilson":
            found = proportion_interval(x, number(row["n"]), confidence)
            limits = (found.lower, found.upper)
        else:
            limits = tuple(float(limit[0]) for limit in byar_limits(np.array([x]), confidence))
        assert limits == close((number(row["lowercl"]), number(row["uppercl"]))), row


def test_every_published_mean(vectors, number):
    values = {"Area1": [number(row["values"]) for row in vectors("mean_input")]}
    for row in vectors("mean_synth_input"):
        values.setdefault(row["group"], []).append(number(row["value"]))
    published = vectors("mean_expected")[0]
    expected = [
        ("Area1", 0.95, published["value"], published["lower95_0cl"], published["upper95_0cl"]),
        ("Area1", 0.998, published["value"], published["lower99_8cl"], published["upper99_8cl"]),
    ]
    for row in vectors("mean_synth_expected"):
        expected.append((row["group"], float(row["confidence"]), row["value"], row["lower"], row["upper"]))
    for group, confidence, *figures in expected:
        found = mean_interval(values[group], confidence)
        assert scaled(found, 1) == close(tuple(number(figure) for figure in figures)), group
    assert len(expected) == 14
