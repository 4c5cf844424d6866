"""Protection: whatever the table, an attacker who tries out every number finds each count of 1 to 7 still open."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.disclosure.small_tables import (
    CCGS,
    MONTHLY,
    MOST,
    QUARTERLY,
    RATE,
    STP,
    Pair,
    Place,
    Series,
    bounds,
    of_a_month,
    possible,
)

from outcomes.errors import SafetyRefusal

ONE_TO_SEVEN = set(range(1, 8))
MONTH = "2018-04"
PLACES: list[Place] = [*((ccg, "month", MONTH) for ccg in CCGS), (STP, "month", MONTH)]


@st.composite
def pairs(draw: st.DrawFn, most: int = 11) -> Pair:
    """A denominator and a numerator, small ones more often."""
    denominator = draw(st.integers(0, most) | st.integers(0, min(most, 8)))
    return denominator, draw(st.integers(0, denominator))


def proportion_of_a_month(series: Series) -> dict[tuple[Place, str], set[int]]:
    """What the attacker finds possible for each count of the latest release of a monthly proportion.

    Unknowns 0..2: numerators of the CCGs and the STP; 3..5: the rest; 6..8: denominators. What was printed of a count that
    is the same now as then holds; of one that has grown, only from below.
    """
    low, high = [0] * 9, [MOST] * 9
    for then, printed in zip(series.computed, series.printed, strict=True):
        for i, place in enumerate(PLACES):
            for offset, part in ((0, 1), (6, 0)):
                before, now = then[place][part], series.computed[-1][place][part]
                count = printed[place].numerator if part == 1 else printed[place].denominator
                least, most = bounds(count)
                unchanged = then[place] == series.computed[-1][place] or before == now
                if unchanged or before <= now:
                    low[i + offset] = max(low[i + offset], least)
                if unchanged:
                    high[i + offset] = min(high[i + offset], most)
    sums = {2: (0, 1), 5: (3, 4), 6: (0, 3), 7: (1, 4), 8: (0, 1, 3, 4)}
    found = possible(low, high, {total: [(1, part) for part in parts] for total, parts in sums.items()})
    names = [(place, part) for part in ("numerator", "rest", "denominator") for place in PLACES]
    return dict(zip(names, found, strict=True))


def truth(series: Series, place: Place, part: str) -> int:
    denominator, numerator = series.computed[-1][place]
    return {"numerator": numerator, "rest": denominator - numerator, "denominator": denominator}[part]


def nothing_is_narrowed(series: Series) -> None:
    for (place, part), values in proportion_of_a_month(series).items():
        if truth(series, place, part) in ONE_TO_SEVEN:
            assert values >= ONE_TO_SEVEN, (place, part, series.printed)
        # And the truth itself is always among what is possible: the attacker's sums and bounds are right.
        assert truth(series, place, part) in values


@given(one=pairs(), other=pairs())
@settings(max_examples=40, deadline=None)
def test_no_table_of_two_ccgs_and_their_sum_narrows_a_count_of_one_to_seven(one: Pair, other: Pair) -> None:
    series = Series.of(MONTHLY)
    series.release(of_a_month(one, other))
    nothing_is_narrowed(series)


@given(one=pairs(), other=pairs(), more=st.tuples(pairs(2), pairs(2)))
@settings(max_examples=25, deadline=None)
def test_nor_do_two_releases_between_which_some_were_registered_late(
    one: Pair, other: Pair, more: tuple[Pair, Pair]
) -> None:
    series = Series.of(MONTHLY)
    series.release(of_a_month(one, other))
    later = [(d + late[0], n + late[1]) for (d, n), late in zip((one, other), more, strict=True)]
    try:
        series.release(of_a_month(*later))
    except SafetyRefusal:
        # What went out before can not be taken back; then nothing more goes out.
        return
    nothing_is_narrowed(series)


@given(
    one=st.integers(0, 14),
    other=st.integers(0, 14),
    more=st.tuples(st.integers(0, 6), st.integers(0, 2)),
    between=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_nor_does_how_a_sum_moved_from_release_to_release(one: int, other: int, more: Pair, between: bool) -> None:
    """Events per many people, of which some are reported late: the STP's sum may tell by how much a CCG's count grew."""
    grown = (one + more[0], other + more[1])
    series = Series.of(RATE)
    told = [(one, other), *([(grown[0], other)] if between else []), grown]
    try:
        for first, second in told:
            series.release(of_a_month((900, first), (900, second)))
    except SafetyRefusal:
        told = told[: len(series.printed)]
    # For each release the counts of the CCGs and of the STP. What did not change stays one unknown.
    truth = [count for first, second in told for count in (first, second, first + second)]
    printed = [release[place].numerator for release in series.printed for place in PLACES]
    low, high = (list(side) for side in zip(*map(bounds, printed), strict=True))
    sums = {3 * i + 2: [(1, 3 * i), (1, 3 * i + 1)] for i in range(len(told))}
    for i in range(3, len(truth)):
        if i not in sums and truth[i] == truth[i - 3]:
            sums[i] = [(1, i - 3)]
    for values, count in zip(possible(low, high, dict(sorted(sums.items()))), truth, strict=True):
        assert count in values
        assert count not in ONE_TO_SEVEN or values >= ONE_TO_SEVEN, (told, printed)


@given(
    quarters=st.tuples(st.integers(0, 12), st.integers(0, 12)), cuts=st.tuples(st.integers(0, 24), st.integers(0, 24))
)
@settings(max_examples=40, deadline=None)
def test_nor_do_the_stps_months_beside_the_ccgs_quarters(quarters: Pair, cuts: Pair) -> None:
    """A few of very many: what is not in the numerator tells nothing of it."""
    total = sum(quarters)
    first, second = sorted(min(cut, total) for cut in cuts)
    months = (first, second - first, total - second)
    quarter = "2018/19-Q1"
    exact: dict[Place, Pair] = {(ccg, "quarter", quarter): (900, n) for ccg, n in zip(CCGS, quarters, strict=True)}
    exact[STP, "quarter", quarter] = (1800, total)
    exact |= {(STP, "month", f"2018-0{4 + i}"): (600, n) for i, n in enumerate(months)}
    printed = Series.of(QUARTERLY).release(exact)
    low, high = zip(*(bounds(printed[place].numerator) for place in exact), strict=True)
    # The quarter is the CCGs' and the months' sum: the last month is what the others leave of it.
    found = possible(low, high, {2: [(1, 0), (1, 1)], 5: [(1, 0), (1, 1), (-1, 3), (-1, 4)]})
    for values, (_, numerator) in zip(found, exact.values(), strict=True):
        assert numerator in values
        assert numerator not in ONE_TO_SEVEN or values >= ONE_TO_SEVEN


def test_a_lone_withheld_cell_beside_exact_company_is_hidden_by_a_second() -> None:
    # 20 and 3 of 40 and 40 would print as 20 and [c] of 40 and 40, and the STP's 23 as 25: 23..27 less 18..22 is 1..9.
    series = Series.of(MONTHLY)
    printed = series.release(of_a_month((40, 20), (40, 3)))
    assert [printed[p].numerator for p in PLACES] == [20, None, 25]
    nothing_is_narrowed_by_sums(series, "05W", 20, 25)
    # 22 and 1: printed 20, [c] and 25 as well. 24 and 1: 25, [c] and 25 leave 0 to 4, so another cell goes.
    series = Series.of(MONTHLY)
    printed = series.release(of_a_month((40, 24), (40, 1)))
    assert [printed[p].numerator for p in PLACES].count(None) == 2


def test_what_was_withheld_is_set_free_only_where_that_gives_nothing_away() -> None:
    series = Series.of(MONTHLY)
    first = series.release(of_a_month((40, 24), (40, 1)))
    assert [first[p].numerator for p in PLACES] == [None, None, 25]
    # B has 13 now, and may be shown. A still has 24, and 25 for it would tell of B's 1: 27 less 23 is 4 at most.
    second = series.release(of_a_month((40, 24), (40, 13)))
    assert [second[p].numerator for p in PLACES] == [None, 15, 35]
    # A has 30 by now: that tells nothing of what it was when B had 1.
    third = series.release(of_a_month((40, 30), (40, 13)))
    assert [third[p].numerator for p in PLACES] == [30, 15, 45]


def nothing_is_narrowed_by_sums(series: Series, ccg: str, other: int, total: int) -> None:
    (least_other, most_other), (least, most) = bounds(other), bounds(total)
    assert set(range(least - most_other, most - least_other + 1)) >= ONE_TO_SEVEN


def test_the_stp_is_spared_where_a_ccg_will_do() -> None:
    printed = Series.of(MONTHLY).release(of_a_month((40, 24), (40, 1)))
    assert printed[STP, "month", MONTH].numerator == 25
    assert [printed[ccg, "month", MONTH].numerator for ccg in CCGS] == [None, None]


def test_events_are_protected_like_people() -> None:
    printed = Series.of(RATE).release(of_a_month((40, 24), (40, 1)))
    assert [printed[p].numerator for p in PLACES] == [None, None, 25]


def test_figures_that_do_not_add_up_are_not_released() -> None:
    wrong = of_a_month((40, 20), (40, 20)) | {(STP, "month", MONTH): (90, 40)}
    with pytest.raises(SafetyRefusal, match=r"Nothing was released: the \w+ of deaths_in_hospital .* do not add up"):
        Series.of(MONTHLY).release(wrong)
