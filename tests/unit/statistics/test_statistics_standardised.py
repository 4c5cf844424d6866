"""Directly standardised rates: arithmetic by hand, the published table, too few events, nonsense."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.statistics import Interval, directly_standardised_rate


def test_two_bands_by_hand():
    # Young: 4 of 1,000 die, old: 12 of 400. In a standard population of 3 young for 1 old:
    # (3 · 0.004 + 1 · 0.03) / 4 = 0.0105
    found = directly_standardised_rate([4, 12], [1000, 400], [3, 1])
    assert found.value == pytest.approx(0.0105, rel=1e-12)
    # Dobson: rate + √(variance / 16) · (Byar's limit of 16 − 16),
    # with variance (9 · 4/1000² + 1 · 12/400²) / 4² = 6.9375e-06
    byar = 16 * (1 - 1 / 144 - 1.959963984540054 / 12) ** 3
    assert found.lower == pytest.approx(0.0105 + math.sqrt(6.9375e-06 / 16) * (byar - 16), rel=1e-12)
    assert found.method == "dobson"


def test_below_ten_events_there_is_no_value():
    nine = directly_standardised_rate([4, 5], [1000, 400], [3, 1])
    assert all(math.isnan(figure) for figure in (nine.value, nine.lower, nine.upper))
    assert directly_standardised_rate([5, 5], [1000, 400], [3, 1]).value == pytest.approx((3 * 0.005 + 0.0125) / 4)


def test_a_blank_count_is_no_events():
    counted = directly_standardised_rate([0, 12, 0], [10, 400, 5], [3, 1, 1])
    assert directly_standardised_rate([None, 12, math.nan], [10, 400, 5], [3, 1, 1]) == counted


NONSENSE = {
    "different lengths": ([1, 2], [3], [1, 1]),
    "no bands": ([], [], []),
    "negative events": ([-1, 20], [10, 10], [1, 1]),
    "endless events": ([math.inf, 20], [10, 10], [1, 1]),
    "an empty band": ([1, 20], [0, 10], [1, 1]),
    "negative weight": ([1, 20], [10, 10], [-1, 2]),
    "no standard population": ([1, 20], [10, 10], [0, 0]),
}


@pytest.mark.parametrize("lists", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused(lists):
    with pytest.raises(ValueError, match=r"^(The|Events,|There) .+\.$"):
        directly_standardised_rate(*lists)


def test_a_confidence_in_percent_is_refused_even_below_ten_events():
    with pytest.raises(ValueError, match=r"0\.95 for 95 %"):
        directly_standardised_rate([1], [10], [1], confidence=95)


bands = st.lists(
    st.tuples(st.integers(1, 500), st.integers(1, 10**6), st.integers(1, 10**4)), min_size=1, max_size=19
).filter(lambda bands: sum(events for events, _, _ in bands) >= 10)


@given(bands, st.randoms(use_true_random=False))
def test_the_order_of_bands_and_the_size_of_the_standard_do_not_matter(bands, random):
    found = directly_standardised_rate(*zip(*bands, strict=True))
    crude = [events / population for events, population, _ in bands]
    assert found.lower < found.value < found.upper
    assert min(crude) * (1 - 1e-9) <= found.value <= max(crude) * (1 + 1e-9)
    shuffled = random.sample(bands, len(bands))
    again = directly_standardised_rate(*zip(*[(x, n, 7 * w) for x, n, w in shuffled], strict=True))
    assert again == Interval(*(pytest.approx(f) for f in (found.value, found.lower, found.upper)), "dobson")


def test_every_published_rate(vectors, number):
    areas: dict[str, list[tuple[float, float, float]]] = {}
    for row in vectors("dsr_input"):
        areas.setdefault(row["area"], []).append(tuple(number(row[c]) for c in ("count", "pop", "stdpop")))
    for row in vectors("dsr_expected"):
        for confidence, limits in ((0.95, "95_0cl"), (0.998, "99_8cl")):
            found = directly_standardised_rate(*zip(*areas[row["area"]], strict=True), confidence)
            figures = [float(row["multiplier"]) * f for f in (found.value, found.lower, found.upper)]
            expected = [number(row[c]) for c in ("value", "lower" + limits, "upper" + limits)]
            assert figures == pytest.approx(expected, rel=1e-9, nan_ok=True), row
