"""The fingerprint of a month: another one as soon as any of its figures can be another, and not before."""

from typing import Any

import pytest
from test_figures import MEAN, PROPORTION, RATE, Case, counted, everything

from outcomes.computing.monthly import fingerprints, not_as_before
from outcomes.definitions.measures import Measure

AWAY, UNKNOWN = "exception: did not want it", "excluded: place unknown"
USUAL: list[Case] = [("05W", "2018-04", 1), ("05W", "2018-04", 0), ("05D", "2018-04", AWAY), ("05W", "2018-05", 1)]


def months(*cases: Case, measure: Measure = PROPORTION, **given: Any) -> dict[str, str]:
    with counted(measure, *cases, **{"last": "2018-06", **given}) as (connection, calendar):
        return fingerprints(connection, [measure], calendar)


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
    assert changed(usual, other, "2018-04")
    assert not changed(usual, other, "2018-06")
    assert "sex" in given or not changed(usual, other, "2018-05")


def changed(before: dict[str, str], now: dict[str, str], month: str) -> set[str]:
    """The CCGs of which a month says something else."""
    return {place.split()[1] for place in now if place.startswith(month) and before[place] != now[place]}


@pytest.mark.parametrize("ccg", ["05W", "05D"])
def test_what_is_counted_of_a_ccg_is_in_its_own_fingerprint_alone(ccg: str) -> None:
    assert changed(months(*USUAL), months(*USUAL, (ccg, "2018-04", 1)), "2018-04") == {ccg}


def test_what_is_in_or_final_is_in_that_of_every_ccg() -> None:
    everyone = {"05W", "05D", "05V", "05G", "05Q", "04Y"}
    assert changed(months(*USUAL), months(*USUAL, flex=("hospice_care HCC 2018-04",)), "2018-04") == everyone


def test_observations_with_the_same_sum_and_another_spread_are_not_the_same() -> None:
    near, far = ([("05W", "2018-04", 50.0 - by), ("05W", "2018-04", 50.0 + by)] for by in (1, 2))
    assert changed(months(*near, measure=MEAN), months(*far, measure=MEAN), "2018-04") == {"05W"}


def test_the_order_of_the_records_is_not_in_it() -> None:
    days: list[Case] = [("05W", "2018-04", 0.1), ("05W", "2018-04", 70.7), ("05W", "2018-04", 1 / 3)]
    assert months(*USUAL) == months(*reversed(USUAL))
    assert months(*days, measure=MEAN) == months(*reversed(days), measure=MEAN)


def test_a_window_is_as_before_when_each_of_its_months_is() -> None:
    with counted(PROPORTION, *USUAL, last="2019-06") as (connection, calendar):
        now = fingerprints(connection, [PROPORTION], calendar)
    assert not_as_before(calendar, [PROPORTION], now, now) == []
    assert not_as_before(calendar, [PROPORTION], now, {}) == [everything([PROPORTION], calendar)]
    before = {place: digest for place, digest in now.items() if place != "2019-06 05D"} | {"2018-05 05W": "other"}
    (part,) = not_as_before(calendar, [PROPORTION], now, before)
    assert {area.code for area in part.areas} == {calendar.partnership.stp.code, "05W", "05D"}
    assert {(grain, period) for grain, period, _ in part.windows} == {
        ("month", "2018-05"),
        ("month", "2019-06"),
        ("quarter", "2018/19-Q1"),
        ("quarter", "2019/20-Q1"),
        ("rolling-12", "2019-03"),
        ("rolling-12", "2019-04"),
        ("rolling-12", "2019-06"),
    }


def test_measures_that_moved_alike_are_one_part_and_those_that_did_not_are_in_none() -> None:
    three = [PROPORTION, MEAN, RATE]
    with counted(PROPORTION, *USUAL, last="2018-06") as (connection, calendar):
        now = fingerprints(connection, three, calendar)
    before, each = dict(now), {m.id: 16 * n for n, m in enumerate(sorted(three, key=lambda m: m.id))}
    for measure in (PROPORTION, RATE):
        digits, at = before["2018-05 05W"], each[measure.id]
        before["2018-05 05W"] = digits[:at] + "0" * 16 + digits[at + 16 :]
    (part,) = not_as_before(calendar, three, now, before)
    assert {m.id for m in part.measures} == {PROPORTION.id, RATE.id}
    assert {(grain, period) for grain, period, _ in part.windows} == {("month", "2018-05"), ("quarter", "2018/19-Q1")}
