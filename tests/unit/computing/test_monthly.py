"""The fingerprint of a month: another one as soon as any of its figures can be another, and not before."""

from typing import Any

import pytest
from test_figures import MEAN, PROPORTION, Case, counted

from outcomes.computing.monthly import fingerprints, not_as_before
from outcomes.definitions.measures import Measure

AWAY, UNKNOWN = "exception: did not want it", "excluded: place unknown"
USUAL: list[Case] = [("05W", "2018-04", 1), ("05W", "2018-04", 0), ("05D", "2018-04", AWAY), ("05W", "2018-05", 1)]


def months(*cases: Case, measure: Measure = PROPORTION, **given: Any) -> dict[str, str]:
    with counted(measure, *cases, **{"last": "2018-06", **given}) as (connection, calendar):
        return fingerprints(connection, calendar)


@pytest.mark.parametrize(
    ("cases", "given"),
    [
        ([("05W", "2018-04", 1)], {}),
        ([("05W", "2018-04", None)], {"without": ("admissions RJE 2018-04",)}),
        ([], {"without": ("deaths 05G 2018-04",)}),
        ([], {"flex": ("hospice_care HCC 2018-04",)}),
        ([("05W", "2018-04", AWAY)], {}),
        ([("05D", "2018-04", AWAY)], {}),
        ([("05D", "2018-04", UNKNOWN)], {}),
        ([], {"sex": "1"}),
    ],
)
def test_whatever_a_figure_follows_from_is_in_the_fingerprint_of_its_month(
    cases: list[Case], given: dict[str, Any]
) -> None:
    usual, other = months(*USUAL), months(*USUAL, *cases, **given)
    assert usual["2018-04"] != other["2018-04"]
    assert usual["2018-06"] == other["2018-06"]
    assert "sex" in given or usual["2018-05"] == other["2018-05"]


def test_observations_with_the_same_sum_and_another_spread_are_not_the_same() -> None:
    near, far = ([("05W", "2018-04", 50.0 - by), ("05W", "2018-04", 50.0 + by)] for by in (1, 2))
    assert months(*near, measure=MEAN)["2018-04"] != months(*far, measure=MEAN)["2018-04"]


def test_the_order_of_the_records_is_not_in_it() -> None:
    days: list[Case] = [("05W", "2018-04", 0.1), ("05W", "2018-04", 70.7), ("05W", "2018-04", 1 / 3)]
    assert months(*USUAL) == months(*reversed(USUAL))
    assert months(*days, measure=MEAN) == months(*reversed(days), measure=MEAN)


def test_a_window_is_as_before_when_each_of_its_months_is() -> None:
    with counted(PROPORTION, *USUAL, last="2019-06") as (connection, calendar):
        now = fingerprints(connection, calendar)
    assert not_as_before(calendar, now, now) == ()
    assert not_as_before(calendar, now, {}) == tuple(calendar.windows())
    before = {month: fingerprint for month, fingerprint in now.items() if month != "2019-06"} | {"2018-05": "other"}
    assert {(grain, period) for grain, period, _ in not_as_before(calendar, now, before)} == {
        ("month", "2018-05"),
        ("month", "2019-06"),
        ("quarter", "2018/19-Q1"),
        ("quarter", "2019/20-Q1"),
        ("rolling-12", "2019-03"),
        ("rolling-12", "2019-04"),
        ("rolling-12", "2019-06"),
    }
