"""Control charts against the reference implementation and real attendances, and what must hold for every series."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.statistics import control_chart


def signals(chart):
    return [point.signal for point in chart.points]


def flagged(chart):
    return [position for position, point in enumerate(chart.points) if point.rule]


observations = st.integers(-1000, 1000) | st.floats(-1000, 1000).map(lambda v: round(v, 1))
series = st.lists(observations | st.none(), min_size=1, max_size=50)
directions = st.sampled_from(["increase", "decrease", None])


@given(series, directions, st.none() | observations, st.booleans())
def test_every_chart_is_whole(values, improvement, target, screen):
    chart = control_chart(values, improvement, target, screen=screen)
    assert [point.value for point in chart.points] == values
    words = {"common_cause", *(("high", "low") if improvement is None else ("improvement", "concern"))}
    for point in chart.points:
        assert (point.signal is None) == (point.value is None)
        assert point.signal is None or point.signal in words
        assert (point.signal == "common_cause") == (point.rule is None and point.value is not None)
        if point.value is not None:
            assert chart.lower <= chart.mean <= chart.upper
    enough = sum(value is not None for value in values) >= 12 and values[-1] is not None
    assert chart.variation == (chart.points[-1].signal if enough else None)
    assert (chart.assurance is not None) == (enough and improvement is not None and target is not None)


@given(st.lists(observations, min_size=12, max_size=30), st.lists(observations, min_size=12, max_size=30), directions)
def test_segments_are_charts_of_their_own(before, after, improvement):
    chart = control_chart([*before, *after], improvement, rebase_at=[len(before)])
    first, second = control_chart(before, improvement), control_chart(after, improvement)
    assert signals(chart) == signals(first) + signals(second)
    assert (chart.mean, chart.lower, chart.upper) == (second.mean, second.lower, second.upper)
    assert (chart.points[0].lower, chart.points[0].upper) == (first.lower, first.upper)


@given(st.lists(observations, min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_only_moving_ranges_know_the_order(values, random):
    chart, shuffled = control_chart(values), control_chart(random.sample(values, len(values)))
    assert chart.mean == shuffled.mean
    backwards = control_chart(values[::-1])
    assert (chart.lower, chart.upper) == (backwards.lower, backwards.upper)


@given(st.lists(st.integers(-1000, 1000), min_size=12, max_size=40))
def test_upside_down_is_the_other_direction(values):
    upright, mirrored = control_chart(values, "increase"), control_chart([-value for value in values], "decrease")
    assert signals(upright) == signals(mirrored)
    assert (upright.lower, upright.upper) == pytest.approx((-mirrored.upper, -mirrored.lower))


@given(st.lists(st.integers(-1000, 1000), min_size=12, max_size=40))
def test_screening_never_widens_limits(values):
    screened, plain = control_chart(values), control_chart(values, screen=False)
    assert screened.upper - screened.lower <= (plain.upper - plain.lower) * (1 + 1e-12)
    if any(a != b for a, b in pairwise(values)):
        assert screened.lower < screened.upper


POINT_TYPES = {
    "common_cause": "common_cause",
    "special_cause_improvement": "improvement",
    "special_cause_concern": "concern",
    "special_cause_neutral_high": "high",
    "special_cause_neutral_low": "low",
}
RULES = {"Common Cause": None, "Above UCL": "outside_limits", "Below LCL": "outside_limits"}
RULES |= {f"7 Point Trend ({way})": "trend" for way in ("Increasing", "Decreasing")}
RULES |= {f"2 in 3 {way} CL": "two_of_three" for way in ("Above", "Below")}
RULES |= {f"7 Points {way} CL": "shift" for way in ("Above", "Below")}
ASSURANCE = {"": None, "consistent_pass": "pass", "consistent_fail": "fail", "inconsistent": "hit_or_miss"}
# The README of the vectors says of these that the reference is not to be copied; each has a test of its own above.
NOT_COPIED = {"all_zero", "len1", "constant_one_change"}


def chart_of(case, rows, number):
    dates = [row["date"] for row in rows]
    return control_chart(
        [number(row["value"]) for row in rows],
        None if case["improvement_direction"] == "neutral" else case["improvement_direction"],
        number(case["target"]) if case["target"] else None,
        int(case["fix_after_n"]) if case["fix_after_n"] else None,
        rebase_at=[dates.index(date) for date in case["rebase_dates"].split(";") if date],
        screen=case["screen_outliers"] == "TRUE",
    )


def points_of(vectors):
    points: dict[str, list[dict[str, str]]] = {}
    for row in vectors("spc_points"):
        points.setdefault(row["series_id"], []).append(row)
    return points


def test_every_series_of_the_reference(vectors, number):
    points = points_of(vectors)
    compared = 0
    for case in vectors("spc_cases"):
        if case["error"] or case["series_id"] in NOT_COPIED:
            continue
        rows = points[case["series_id"]]
        chart = chart_of(case, rows, number)
        for row, point in zip(rows, chart.points, strict=True):
            expected = [number(row[column]) for column in ("mean", "lpl", "upl")]
            where = (row["series_id"], row["seq"])
            assert [point.mean, point.lower, point.upper] == pytest.approx(expected, rel=1e-9, abs=1e-12), where
            assert point.signal == POINT_TYPES[row["point_type"]], where
            assert point.rule == RULES[row["special_cause_type"]], where
            assert point.segment == int(row["rebase_group"]), where
            compared += 1
        assert chart.variation == POINT_TYPES[case["variation_icon"]], case
        assert chart.assurance == ASSURANCE[case["assurance_icon"]], case
    assert compared == len(vectors("spc_points")) - 13 - 1 - 15


def test_the_references_defects_are_not_copied(vectors, number):
    points = points_of(vectors)
    cases = {case["series_id"]: case for case in vectors("spc_cases")}
    for name in sorted(NOT_COPIED - {"constant_one_change"}):
        assert not any(row["upl"] for row in points[name]), "the reference has no limits here"
        chart = chart_of(cases[name], points[name], number)
        assert chart.lower == chart.mean == chart.upper == number(points[name][0]["mean"])
        assert flagged(chart) == []
    collapsed = points["constant_one_change"]
    assert all(row["lpl"] == row["upl"] and row["outside_limits"] == "TRUE" for row in collapsed)
    chart = chart_of(cases["constant_one_change"], collapsed, number)
    assert chart.lower < chart.mean < chart.upper
    assert flagged(chart) == [14]
    assert cases["fix_11_error"]["error"]
    with pytest.raises(ValueError, match="fewer than 12 points"):
        control_chart([10, 11, 9] * 5, baseline_points=int(cases["fix_11_error"]["fix_after_n"]))


def test_real_attendances_chart_as_the_reference_charts_them(vectors, number):
    real: dict[str, dict[str, dict[str, str]]] = {}
    for row in vectors("ae_attendances_nhsrdatasets"):
        if row["type"] == "1":
            real.setdefault(row["org_code"], {})[row["period"]] = row
    months = sorted({period for rows in real.values() for period in rows})
    for rows in real.values():
        attendances = [number(rows[month]["attendances"]) if month in rows else None for month in months]
        chart = control_chart(attendances)
        assert chart.gaps == len(months) - len(rows)
        assert (chart.variation is None) == (len(rows) < 12 or months[-1] not in rows)
    points = points_of(vectors)
    of_the_reference = {name: name.split("_")[1] for name in points if name.startswith("ae_") and name.endswith("_att")}
    for name, organisation in of_the_reference.items():
        chart = control_chart([number(real[organisation][month]["attendances"]) for month in months])
        assert [point.value for point in chart.points] == [number(row["value"]) for row in points[name]]
        assert [point.upper for point in chart.points] == pytest.approx([number(row["upl"]) for row in points[name]])
    assert of_the_reference
