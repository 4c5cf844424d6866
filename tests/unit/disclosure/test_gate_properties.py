"""What holds for every figure that passes the gate, whatever its counts."""

from dataclasses import replace

from gate_examples import candidate
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.disclosure.gate import Candidate, let_out, sensitive
from outcomes.disclosure.released import ReleasedFigure

thorough = settings(deadline=None, derandomize=True, max_examples=200)

# Most counts lie where a rule turns: 1 to 7, just above, around 20, and around 4,000.
counts = st.one_of(st.integers(0, 30), st.integers(0, 300), st.integers(3980, 4020))


@st.composite
def candidates(draw: st.DrawFn, scoring: str | None = None) -> Candidate:
    scoring = scoring or draw(st.sampled_from(["proportion", "rate", "mean"]))
    denominator = draw(counts)
    if denominator == 0:
        return candidate(0, 0, scoring=scoring, state="no_cases")
    highest = {"proportion": denominator, "rate": 3 * denominator, "mean": 90 * denominator}[scoring]
    numerator = draw(st.one_of(st.integers(0, highest), st.integers(max(0, denominator - 9), denominator)))
    spread = draw(st.none() | st.floats(0, 40)) if scoring == "mean" else None
    state = draw(st.sampled_from(["counted", "provisional"]))
    return candidate(denominator, numerator, scoring=scoring, spread=spread, state=state)


def alone(one: Candidate) -> ReleasedFigure:
    (figure,) = let_out([one], {})
    return figure


@thorough
@given(candidates())
def test_no_printed_count_is_one_to_seven_nor_anything_but_a_multiple_of_five(one: Candidate) -> None:
    figure = alone(one)
    for count in (figure.denominator, figure.numerator):
        assert count is None or (not sensitive(count) and count % 5 == 0)


@thorough
@given(candidates())
def test_a_printed_count_is_within_two_of_the_true_one_and_zero_only_where_it_is_zero(one: Candidate) -> None:
    figure = alone(one)
    for printed, true in ((figure.denominator, one.denominator), (figure.numerator, one.numerator)):
        if printed is not None:
            assert true is not None
            assert abs(printed - true) <= 2
            assert (printed == 0) is (true == 0)


@thorough
@given(candidates(), st.integers(-4, 4), st.integers(-4, 4))
def test_everything_printed_follows_from_the_printed_counts(one: Candidate, more: int, more_of_it: int) -> None:
    assert one.denominator is not None
    assert one.numerator is not None
    other = replace(one, denominator=one.denominator + more, numerator=one.numerator + more_of_it)
    if other.denominator < 1 or other.numerator < 0 or one.denominator < 1:
        return
    if one.scoring == "proportion" and other.numerator > other.denominator:
        return
    here, there = alone(one), alone(other)
    if (here.state, here.denominator, here.numerator) == (there.state, there.denominator, there.numerator):
        assert here == there


@thorough
@given(candidates("proportion"))
def test_a_reader_who_knows_the_rules_can_rule_out_no_difference_of_one_to_seven(one: Candidate) -> None:
    figure = alone(one)
    if figure.numerator is None or figure.denominator is None or one.denominator is None or one.numerator is None:
        return
    if not sensitive(one.denominator - one.numerator):
        return
    # Everything that would be printed just so.
    alike = {
        denominator - numerator
        for denominator in range(max(0, figure.denominator - 2), figure.denominator + 3)
        for numerator in range(max(0, figure.numerator - 2), figure.numerator + 3)
        if denominator > 0 and numerator <= denominator
        if alone(replace(one, denominator=denominator, numerator=numerator)) == figure
    }
    assert set(range(1, 8)) <= alike


@thorough
@given(candidates(), st.integers(1, 7))
def test_a_smaller_count_is_never_shown_where_a_larger_sensitive_one_is_withheld(one: Candidate, few: int) -> None:
    assert one.numerator is not None
    if one.state == "no_cases" or (one.denominator or 0) < few:
        return
    figure = alone(replace(one, numerator=few))
    assert figure.numerator is None
    if sensitive(one.denominator or 0):
        assert figure.denominator is None


@thorough
@given(candidates(), candidates())
def test_once_withheld_stays_withheld_whatever_comes_next(first: Candidate, second: Candidate) -> None:
    before = alone(first)
    if before.state != "suppressed":
        return
    (after,) = let_out([replace(second, scoring=first.scoring, numerator=0)], {before.key: before.denominator is None})
    assert (after.state, after.numerator, after.value, after.lower, after.upper) == ("suppressed", *[None] * 4)
    if before.denominator is None:
        assert after.denominator is None


@thorough
@given(st.lists(candidates(), min_size=2, max_size=6), st.randoms())
def test_the_order_of_the_candidates_makes_no_difference(several: list[Candidate], chance: object) -> None:
    told_apart = [replace(one, period=f"2018-{n:02d}") for n, one in enumerate(several, start=1)]
    shuffled = list(told_apart)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert let_out(shuffled, {}) == let_out(told_apart, {})


@thorough
@given(candidates(), candidates())
def test_one_figure_does_not_depend_on_another(one: Candidate, other: Candidate) -> None:
    other = replace(other, period="2018-05")
    assert let_out([one, other], {}) == [alone(one), alone(other)]
