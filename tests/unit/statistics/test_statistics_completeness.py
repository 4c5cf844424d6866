"""How much of a month is known so far, by hand and as laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.statistics.completeness import MONTHS_TO_LEARN_FROM, known_shares


def test_shares_by_hand() -> None:
    # Of every month 80 are known in the month itself, 15 one month later, 5 two months later.
    triangle = [[80, 15, 5, 0, 0, 0, 0, 0], [80, 15, 5, 0, 0, 0, 0], [80, 15, 5, 0, 0, 0], [80, 15, 5, 0, 0]]
    triangle += [[80, 15, 5, 0], [80, 15, 5], [80, 15], [80]]
    # After two months all: 5 of the 100 known by then came just then, and 15 of the 95 known a month earlier.
    assert known_shares(triangle) == pytest.approx([0.80, 0.95, 1.0])


def test_a_young_month_counts_for_the_steps_that_it_has_made() -> None:
    # The last month brought twice as many deaths: it says nothing about how late they come.
    triangle = [[8, 2, 0, 0, 0, 0, 0, 0]] + [[8, 2, *[0] * n] for n in range(5, -1, -1)] + [[16]]
    assert known_shares(triangle)[:2] == pytest.approx([0.8, 1.0])


def test_what_never_comes_in_the_month_itself_is_known_to_nothing_then() -> None:
    # Families are asked three months after the death.
    triangle = [[0, 0, 0, 10, *[0] * n] for n in range(6, -1, -1)] + [[0, 0, 0], [0, 0], [0]]
    assert known_shares(triangle)[:4] == pytest.approx([0, 0, 0, 1])


@pytest.mark.parametrize("months", range(MONTHS_TO_LEARN_FROM + 1))
def test_too_few_months_teach_nothing(months: int) -> None:
    assert known_shares([[8, *[1] * n] for n in range(months - 1, -1, -1)]) == []


def test_nothing_known_teaches_nothing() -> None:
    assert known_shares([[0] * n for n in range(12, 0, -1)]) == []


@pytest.mark.parametrize("triangle", [[[1, 1]], [[1], [1]], [[1, 1], [1], [1]], [[1, -1], [1]]])
def test_nonsense_is_refused(triangle: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="count"):
        known_shares(triangle)


TRIANGLES = st.integers(7, 20).flatmap(
    lambda months: st.tuples(*(st.lists(st.integers(0, 50), min_size=n, max_size=n) for n in range(months, 0, -1)))
)


@given(TRIANGLES)
def test_a_share_is_one_and_never_falls_as_a_month_grows_older(triangle: tuple[list[int], ...]) -> None:
    shares = known_shares(triangle)
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert shares == [] or shares[-1] == 1
