"""Every rule of the gate by example: what is withheld, how the rest is rounded, what follows from the rounded counts."""

import math

import pytest
from gate_examples import candidate, judged

from outcomes.disclosure.gate import let_out, rounded, sensitive
from outcomes.disclosure.released import ReleasedFigure
from outcomes.errors import SafetyRefusal


@pytest.mark.parametrize(
    ("count", "printed"),
    [(0, 0), (8, 10), (9, 10), (12, 10), (13, 15), (17, 15), (18, 20), (97, 95), (98, 100), (6479.5, 6480)],
)
def test_a_count_is_rounded_to_the_nearest_five(count: float, printed: int) -> None:
    assert rounded(count) == printed


@pytest.mark.parametrize(
    ("count", "is_sensitive"), [(0, False), (1, True), (7, True), (7.5, True), (8, False), (12, False), (13, False)]
)
def test_counts_of_one_to_seven_are_sensitive(count: float, is_sensitive: bool) -> None:
    assert sensitive(count) is is_sensitive


@pytest.mark.parametrize(
    ("denominator", "numerator", "printed"),
    [
        # A denominator of 1 to 7 takes its numerator with it, whatever that is.
        (1, 0, "[c] [c]"),
        (7, 0, "[c] [c]"),
        (7, 7, "[c] [c]"),
        # From 8 on the denominator is shown; a numerator of 0 is shown, of 1 to 7 withheld.
        (8, 0, "10 0"),
        (60, 0, "60 0"),
        (60, 1, "60 [c]"),
        (60, 7, "60 [c]"),
        (60, 8, "60 10"),
        (62, 12, "60 10"),
        (63, 13, "65 15"),
    ],
)
def test_which_counts_of_a_proportion_are_shown(denominator: int, numerator: int, printed: str) -> None:
    figure = judged(denominator, numerator)
    assert f"{figure.columns()['denominator']} {figure.columns()['numerator']}" == printed
    assert figure.state == ("suppressed" if "[c]" in printed else "shown")


@pytest.mark.parametrize(
    ("denominator", "numerator", "shown", "why"),
    [
        (100, 100, True, "the difference is 0, which is no person"),
        (100, 99, False, "100 and 100: 98..102 less 98..102 is at most 4, so 5, 6 and 7 could not be"),
        (100, 98, False, "100 and 100, as above"),
        (100, 97, True, "100 and 95: 98..102 less 93..97 is 1..9, so each of 1 to 7 could be"),
        (103, 97, False, "105 and 95: 103..107 less 93..97 is 6..14, so 1 to 5 could not be"),
        (104, 97, False, "105 and 95, as above: the difference is 7"),
        (105, 97, True, "the difference is 8"),
        (10, 8, False, "10 and 10: 8..12 less 8..12 is at most 4"),
        (15, 8, True, "15 and 10: 13..17 less 8..12 is 1..9, so each of 1 to 7 could be"),
    ],
)
def test_a_difference_of_one_to_seven_is_never_narrowed(
    denominator: int, numerator: int, shown: bool, why: str
) -> None:
    figure = judged(denominator, numerator)
    assert (figure.state == "shown") is shown, why
    assert figure.columns()["numerator"] == (str(rounded(numerator)) if shown else "[c]"), why


def test_the_difference_of_deaths_and_events_means_nothing_so_a_rate_may_come_close() -> None:
    assert judged(100, 99, scoring="rate").state == "shown"


@pytest.mark.parametrize(
    ("denominator", "numerator", "value", "lower", "upper"),
    [
        # 17 is printed as 15 and 18 as 20: from a printed 20 on there is a value.
        (17, 9, "", "", ""),
        (18, 9, "50", "30", "70"),
        # 60 of 240 is 25 %; Wilson: (2·60 + 1.96² ± 1.96·√(1.96² + 4·60·0.75)) / (2·(240 + 1.96²)) = 20 % and 31 %.
        (238, 61, "25", "20", "31"),
        # 3997 is printed as 3995, 3998 as 4000: from a printed 4000 on percentages have a decimal.
        (3997, 1000, "25", "24", "26"),
        (3998, 1000, "25.0", "23.7", "26.4"),
        (60, 0, "0", "0", "6"),
    ],
)
def test_a_percentage_follows_from_the_printed_counts(
    denominator: int, numerator: int, value: str, lower: str, upper: str
) -> None:
    columns = judged(denominator, numerator).columns()
    assert (columns["value"], columns["lower"], columns["upper"]) == (value, lower, upper)


def test_a_rate_follows_from_the_printed_counts() -> None:
    # 72 deaths and 48 admissions are printed 70 and 50: 50/70 = 0.71. Byar of 50: 50·(1 − 1/450 − 1.96/(3√50))³ = 37.11
    # and 51·(1 − 1/459 + 1.96/(3√51))³ = 65.92; over 70 deaths 0.53 and 0.94.
    columns = judged(72, 48, scoring="rate").columns()
    assert (columns["denominator"], columns["numerator"]) == ("70", "50")
    assert (columns["value"], columns["lower"], columns["upper"]) == ("0.71", "0.53", "0.94")


def test_a_mean_follows_from_the_printed_counts_and_its_spread_to_two_digits() -> None:
    # 102 deaths with 7,803 days are printed 100 and 7,805: 78.05, printed 78.0 or 78.1 as the machine holds it.
    # The spread 14.26 goes out as 14: 1.984 (Student's t with 99) times 14/√100 is 2.78.
    figure = judged(102, 7803, scoring="mean", spread=14.26)
    assert (figure.denominator, figure.numerator) == (100, 7805)
    assert figure.plotted == pytest.approx(78.05)
    assert (figure.lower, figure.upper) == (75.3, 80.8)
    assert figure == judged(98, 7807, scoring="mean", spread=13.6)


def test_a_mean_without_spread_has_a_value_and_no_limits() -> None:
    figure = judged(100, 7800, scoring="mean", spread=None)
    assert (figure.columns()["value"], figure.columns()["lower"], figure.columns()["upper"]) == ("78.0", "", "")


@pytest.mark.parametrize("spread", [None, math.nan, 3.0])
def test_a_mean_over_few_people_is_withheld_whatever_its_sum(spread: float | None) -> None:
    figure = judged(7, 630, scoring="mean", spread=spread)
    assert (figure.denominator, figure.numerator, figure.value) == (None, None, None)


def test_no_cases_and_not_submitted_are_told_apart_from_each_other_and_from_withheld() -> None:
    no_cases = judged(0, 0, state="no_cases").columns()
    not_in = judged(None, None, state="not_submitted").columns()
    assert (no_cases["state"], no_cases["denominator"], no_cases["numerator"]) == ("no_cases", "0", "0")
    assert (not_in["state"], not_in["denominator"], not_in["numerator"]) == ("not_submitted", "", "")
    assert no_cases["value"] == not_in["value"] == ""


def test_a_provisional_figure_is_shown_and_says_so_and_names_what_is_missing() -> None:
    figure = judged(100, 50, state="provisional", missing="admissions RJE 2018-04")
    assert (figure.state, figure.provisional, figure.missing) == ("shown", True, "admissions RJE 2018-04")
    assert judged(100, 50).provisional is False


@pytest.mark.parametrize(
    ("denominator", "numerator", "state"),
    [
        (None, 5, "counted"),
        (10, None, "counted"),
        (-1, 0, "counted"),
        (0, 0, "counted"),
        (10, -1, "counted"),
        (10, math.nan, "counted"),
        (10, 11, "counted"),
        (5, 0, "no_cases"),
        (0, 3, "no_cases"),
        (100, 50, "gone"),
        (100, 50, "final"),
    ],
)
def test_what_makes_no_sense_stops_the_whole_release(
    denominator: int | None, numerator: float | None, state: str
) -> None:
    sound = candidate(100, 50, area="05D")
    with pytest.raises(SafetyRefusal, match="nothing was released"):
        let_out([sound, candidate(denominator, numerator, state=state)], {})


def test_a_figure_that_comes_twice_stops_the_whole_release() -> None:
    with pytest.raises(SafetyRefusal, match="came to the gate twice"):
        let_out([candidate(100, 50), candidate(100, 51)], {})


def sticky(denominator: int | None, numerator: float | None, denominator_too: bool, **fields: str) -> ReleasedFigure:
    """The candidate judged when its numerator, and perhaps its denominator too, was withheld in an earlier edition."""
    one = candidate(denominator, numerator, **fields)
    (before,) = let_out([one], {})
    (figure,) = let_out([one], {before.key: denominator_too})
    return figure


@pytest.mark.parametrize(
    ("denominator", "numerator", "denominator_too", "printed"),
    [
        (60, 12, False, "60 [c]"),
        (60, 0, False, "60 [c]"),
        (60, 12, True, "[c] [c]"),
        # Withheld today for its numerator alone: the denominator stays withheld all the same.
        (12, 3, True, "[c] [c]"),
        (5, 3, False, "[c] [c]"),
    ],
)
def test_once_withheld_stays_withheld(denominator: int, numerator: int, denominator_too: bool, printed: str) -> None:
    figure = sticky(denominator, numerator, denominator_too)
    assert f"{figure.columns()['denominator']} {figure.columns()['numerator']}" == printed
    assert (figure.state, figure.value, figure.lower, figure.upper) == ("suppressed", None, None, None)


@pytest.mark.parametrize("denominator_too", [True, False])
def test_a_withheld_count_that_falls_to_no_cases_stays_withheld(denominator_too: bool) -> None:
    columns = sticky(0, 0, denominator_too, state="no_cases").columns()
    assert (columns["state"], columns["denominator"], columns["numerator"]) == ("suppressed", "[c]", "[c]")


def test_a_submission_that_was_taken_back_is_not_submitted_even_where_it_was_withheld() -> None:
    assert sticky(None, None, True, state="not_submitted").state == "not_submitted"


def test_the_columns_are_those_of_the_interface() -> None:
    assert list(judged(100, 50).columns()) == [
        *("measure", "area", "grain", "period", "stratum", "stratum_value"),
        *("denominator", "numerator", "value", "lower", "upper", "state"),
    ]
