"""Control charts by hand: limits, each rule, icons, gaps, segments, and where we differ from the reference on purpose."""

import math

import pytest

from outcomes.statistics import control_chart

# Thirteen points around 10 that move by 1 or 2: nothing special in them.
QUIET = [10, 11, 9, 10, 11, 9, 10, 11, 9, 10, 11, 9, 10]


def signals(chart):
    return [point.signal for point in chart.points]


def rules(chart):
    return [point.rule for point in chart.points]


def flagged(chart):
    return [position for position, point in enumerate(chart.points) if point.rule]


def test_limits_by_hand():
    # Mean 130/13 = 10; moves 1 2 1 1 2 1 1 2 1 1 2 1 add to 16, 16/12 each; 2.66 · 4/3 = 3.5467.
    chart = control_chart(QUIET, "increase")
    assert chart.mean == 10
    assert (chart.lower, chart.upper) == pytest.approx((10 - 2.66 * 4 / 3, 10 + 2.66 * 4 / 3))
    assert signals(chart) == ["common_cause"] * 13
    assert (chart.variation, chart.assurance, chart.evidence, chart.gaps) == ("common_cause", None, "settled", 0)


def test_one_exceptional_move_is_screened_out_of_the_limits_once():
    # Eleven moves of 1, and to 20 and back two of 19. Their mean is (11 + 38)/13 = 3.77, and 3.267 times that 12.3:
    # both jumps go, and the limits are 2.66 · 1 from the mean.
    values = [0, 1, 0, 1, 0, 1, 20, 1, 0, 1, 0, 1, 0, 1]
    mean = sum(values) / 14
    chart = control_chart(values)
    assert (chart.lower, chart.upper) == pytest.approx((mean - 2.66, mean + 2.66))
    unscreened = control_chart(values, screen=False)
    assert unscreened.upper == pytest.approx(mean + 2.66 * (11 * 1 + 2 * 19) / 13)
    assert rules(chart)[6] == rules(unscreened)[6] == "outside_limits"


def test_a_move_of_exactly_3267_thousandths_of_the_mean_move_is_exceptional():
    # Thirteen moves that add to 13,000, so 1,000 each: one of 3,267, eleven of 811, one of 812.
    moves = [811] * 6 + [3267] + [812] + [811] * 5
    values = [0]
    for number, move in enumerate(moves):
        values.append(values[-1] + (move if number % 2 else -move))
    chart = control_chart(values)
    assert chart.upper - chart.mean == pytest.approx(2.66 * (13_000 - 3267) / 12)


@pytest.mark.parametrize(
    ("improvement", "up", "down"),
    [("increase", "improvement", "concern"), ("decrease", "concern", "improvement"), (None, "high", "low")],
)
def test_the_direction_says_what_a_signal_means(improvement, up, down):
    high, low = control_chart([*QUIET, 20], improvement), control_chart([*QUIET, 0], improvement)
    assert (high.points[-1].rule, high.variation) == ("outside_limits", up)
    assert (low.points[-1].rule, low.variation) == ("outside_limits", down)


def test_a_point_on_the_limit_is_not_outside():
    # Fixed on QUIET's first twelve points the limits are mean ∓ 2.66 · 15/11; the next point lies exactly there.
    base = control_chart(QUIET[:12])
    on_it, beyond = [*QUIET[:12], base.upper], [*QUIET[:12], base.upper + 1e-6]
    assert rules(control_chart(on_it, baseline_points=12))[-1] is None
    assert rules(control_chart(beyond, baseline_points=12))[-1] == "outside_limits"


def test_six_moves_up_are_a_trend_and_a_tie_breaks_it():
    rising = [10, 8, 9, 10, 11, 12, 13, 14, 10, 9, 13, 8, 12]
    assert [p for p, rule in enumerate(rules(control_chart(rising))) if rule == "trend"] == [1, 2, 3, 4, 5, 6, 7]
    tied = [10, 8, 9, 10, 10, 11, 12, 13, 10, 9, 13, 8, 12]
    assert "trend" not in rules(control_chart(tied))


def test_a_turning_point_belongs_to_the_later_trend():
    chart = control_chart([10, 4, 5, 6, 7, 8, 9, 10, 9, 8, 7, 6, 5, 4, 10, 7, 6], "increase")
    # The ends (4) lie outside the limits, which comes first; the peak in the middle starts the falling trend.
    assert rules(chart)[1] == rules(chart)[13] == "outside_limits"
    assert set(rules(chart)[2:13]) == {"trend"}
    assert signals(chart)[2:7] == ["improvement"] * 5
    assert signals(chart)[7:13] == ["concern"] * 6


def test_two_of_three_flags_only_the_close_points():
    # Limits fixed at 10 ∓ 3.63 (twelve points, moves 15/11): close is beyond 10 + 2.42.
    chart = control_chart([*QUIET[:12], 13, 11, 13, 9], baseline_points=12)
    assert rules(chart)[12:] == ["two_of_three", None, "two_of_three", None]
    not_close_enough = control_chart([*QUIET[:12], 12.4, 11, 12.4, 9], baseline_points=12)
    assert rules(not_close_enough)[12:] == [None] * 4
    across_the_mean = control_chart([*QUIET[:12], 13, 9, 13, 9], baseline_points=12)
    assert rules(across_the_mean)[12:] == [None] * 4


def test_a_point_beyond_the_limit_is_not_close_to_it():
    chart = control_chart([*QUIET[:12], 11, 20, 13, 9], baseline_points=12)
    assert rules(chart)[12:] == [None, "outside_limits", None, None]


def test_seven_on_one_side_are_a_shift_and_a_point_on_the_mean_breaks_it():
    base = [9, 11] * 6
    shifted = control_chart([*base, 10.5, 11, 10.5, 11, 10.5, 11, 10.5], "increase", baseline_points=12)
    # The last 11 of the base lies above the mean too, so eight are in a row.
    assert flagged(shifted) == list(range(11, 19))
    assert set(rules(shifted)[11:]) == {"shift"}
    assert shifted.variation == "improvement"
    broken = control_chart([*base, 10.5, 11, 10.5, 10, 10.5, 11, 10.5], baseline_points=12)
    assert flagged(broken) == []


def test_a_mean_that_is_a_rounded_sum_still_counts_as_on_it():
    # 0.1 + 0.2 + … summed by a computer is a hair off 0.2, and no hair makes seven points a shift.
    base = [0.1, 0.3] * 6
    assert flagged(control_chart([*base, *[0.2] * 9], baseline_points=12)) == []


def test_older_guides_count_eight_and_six():
    base = [9, 11] * 6
    seven_above = [*base[:-1], 9, 10.5, 11, 10.5, 11, 10.5, 11, 10.5]
    assert set(rules(control_chart(seven_above, baseline_points=12))[12:]) == {"shift"}
    assert flagged(control_chart(seven_above, baseline_points=12, shift_points=8)) == []
    five_moves = [10, 8, 9, 10, 11, 12, 13, 9, 10, 9, 13, 8, 12]
    assert "trend" not in rules(control_chart(five_moves))
    assert rules(control_chart(five_moves, trend_points=6))[1:7] == ["trend"] * 6


@pytest.mark.parametrize(
    ("target", "increase", "decrease"),
    [(14, "fail", "pass"), (13, "hit_or_miss", "hit_or_miss"), (10, "hit_or_miss", "hit_or_miss"), (6, "pass", "fail")],
)
def test_assurance_compares_the_target_with_the_limits(target, increase, decrease):
    assert control_chart(QUIET, "increase", target).assurance == increase
    assert control_chart(QUIET, "decrease", target).assurance == decrease
    assert control_chart(QUIET, None, target).assurance is None


def test_a_target_on_a_limit_may_or_may_not_be_met():
    limits = control_chart(QUIET)
    assert control_chart(QUIET, "increase", limits.upper).assurance == "hit_or_miss"
    assert control_chart(QUIET, "increase", limits.lower).assurance == "hit_or_miss"


def test_below_twelve_points_there_are_no_icons():
    short = control_chart(QUIET[:11], "increase", 20)
    assert (short.variation, short.assurance, short.evidence) == (None, None, "not_enough_data")
    assert short.mean == pytest.approx(sum(QUIET[:11]) / 11)
    twelve = control_chart(QUIET[:12], "increase", 20)
    assert (twelve.variation, twelve.assurance, twelve.evidence) == ("common_cause", "fail", "trial_limits")
    assert control_chart(QUIET, "increase", 20).evidence == "settled"


def test_gaps_are_not_points():
    eleven_and_gaps = [None, *QUIET[:5], None, None, *QUIET[5:11]]
    chart = control_chart(eleven_and_gaps)
    assert (chart.variation, chart.gaps, len(chart.points)) == (None, 3, 14)
    assert (chart.points[0].value, chart.points[0].signal, chart.points[0].rule) == (None, None, None)
    assert chart.points[0].mean == chart.mean


def test_no_moving_range_is_taken_across_a_gap():
    # 1 2 1 2 1 2, a gap, 5 6 5 6 5 6: every move is 1; the jump of 3 across the gap is not one.
    chart = control_chart([1, 2, 1, 2, 1, 2, None, 5, 6, 5, 6, 5, 6], screen=False)
    assert (chart.lower, chart.upper) == pytest.approx((3.5 - 2.66, 3.5 + 2.66))


def test_a_gap_ends_a_run():
    base = [9, 11] * 6
    run = [9, 10.5, 11, 10.5, 11, 10.5, 11, 10.5]
    with_gap = [*base[:-1], *run[:4], None, *run[4:]]
    assert flagged(control_chart([*base[:-1], *run, 11], baseline_points=12)) != []
    assert flagged(control_chart(with_gap, baseline_points=12)) == []


def test_a_gap_at_the_end_has_no_icons():
    chart = control_chart([*QUIET, None], "increase", 20)
    assert (chart.variation, chart.assurance, chart.gaps) == (None, None, 1)
    assert control_chart([None, *QUIET], "increase", 20).assurance == "fail"


def test_nan_is_a_gap_as_none_is():
    assert control_chart([*QUIET, math.nan, 10]).points == control_chart([*QUIET, None, 10]).points


@pytest.mark.parametrize("values", [[], [None], [None] * 20])
def test_nothing_but_gaps_is_a_chart_without_limits(values):
    chart = control_chart(values, "increase", 5)
    assert len(chart.points) == chart.gaps == len(values)
    assert all(math.isnan(limit) for limit in (chart.mean, chart.lower, chart.upper))
    assert (chart.variation, chart.assurance, chart.evidence) == (None, None, "not_enough_data")


def test_points_that_have_no_neighbours_have_no_limits_to_be_outside_of():
    chart = control_chart([1, None, 9] + [None, 5] * 12)
    assert (chart.lower, chart.upper) == (chart.mean, chart.mean)
    assert flagged(chart) == []


def test_where_nothing_moves_limits_equal_the_mean_and_nothing_is_flagged():
    for value in (0, 5, 0.1, 33.333333333333336, -2):
        chart = control_chart([value] * 13, "increase", target=50)
        assert chart.lower == chart.mean == chart.upper == pytest.approx(value)
        assert signals(chart) == ["common_cause"] * 13
        assert (chart.variation, chart.assurance) == ("common_cause", "fail")


def test_one_point_has_its_own_value_as_limits():
    chart = control_chart([5])
    assert (chart.mean, chart.lower, chart.upper, chart.variation) == (5, 5, 5, None)
    assert signals(chart) == ["common_cause"]


def test_screening_does_not_remove_the_only_move_there_is():
    # Fourteen fives and a six. The reference screens the one move of 1 away, and flags all fifteen points.
    # Ours keeps it: mean 76/15 = 5.0667, limits ∓ 2.66 · 1/14 = 0.19; the six is news, the fives are not.
    chart = control_chart([5] * 14 + [6], "increase")
    assert (chart.lower, chart.upper) == pytest.approx((76 / 15 - 0.19, 76 / 15 + 0.19))
    assert signals(chart) == ["common_cause"] * 14 + ["improvement"]


def test_limits_fixed_on_a_baseline_judge_what_follows():
    chart = control_chart([*QUIET[:12], 13, 14, 20], "increase", baseline_points=12)
    # Mean of the first twelve 120/12; their eleven moves add to 15.
    assert chart.mean == 10
    assert chart.upper == pytest.approx(10 + 2.66 * 15 / 11)
    assert chart.variation == "improvement"
    assert chart.evidence == "trial_limits"


def test_a_baseline_counts_points_not_gaps():
    with_gap = control_chart([*QUIET[:6], None, *QUIET[6:12], 30, 30], baseline_points=12)
    assert with_gap.mean == 10


def test_a_rebase_starts_again_and_no_rule_crosses_it():
    before, after = QUIET, [value + 20 for value in QUIET]
    chart = control_chart([*before, *after], "increase", target=22, rebase_at=[13])
    assert [chart.points[0].mean, chart.points[12].mean, chart.points[13].mean] == [10, 10, 30]
    assert chart.mean == 30
    assert flagged(chart) == []
    assert chart.assurance == "pass"
    assert [point.segment for point in chart.points] == [0] * 13 + [1] * 13
    assert flagged(control_chart([*before, *after])) != []


def test_a_rebase_too_recent_gives_no_assurance():
    # One good month after a rebase would else "pass consistently": its limits are its own value.
    chart = control_chart([*QUIET, 30], "increase", target=20, rebase_at=[13])
    assert (chart.lower, chart.upper) == (30, 30)
    assert (chart.variation, chart.assurance, chart.evidence) == ("common_cause", None, "trial_limits")


NONSENSE = {
    "an endless value": lambda: control_chart([1, math.inf]),
    "a value beyond all charts": lambda: control_chart([1e308, 1e308]),
    "a text": lambda: control_chart([1, "many"]),
    "no such direction": lambda: control_chart(QUIET, "up"),
    "an empty direction": lambda: control_chart(QUIET, ""),
    "fixing after eleven": lambda: control_chart(QUIET, baseline_points=11),
    "fixing after none": lambda: control_chart(QUIET, baseline_points=0),
    "a target of nan": lambda: control_chart(QUIET, "increase", math.nan),
    "an endless target": lambda: control_chart(QUIET, "increase", math.inf),
    "rebasing after the end": lambda: control_chart(QUIET, rebase_at=[13]),
    "rebasing before the start": lambda: control_chart(QUIET, rebase_at=[-1]),
    "a shift of one": lambda: control_chart(QUIET, shift_points=1),
    "a trend of one": lambda: control_chart(QUIET, trend_points=1),
}


@pytest.mark.parametrize("attempt", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused(attempt):
    with pytest.raises(ValueError, match=r"^(A|The|Limits)\b.+\.$"):
        attempt()


def test_a_rolling_series_is_refused() -> None:
    with pytest.raises(ValueError, match="rolling series"):
        control_chart([50.0] * 24, rolling=True)
