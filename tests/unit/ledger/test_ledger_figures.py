"""Figures in the ledger: the newest row of a key counts, and only what differs is added."""

import math

import pandas as pd
import pytest

from outcomes.ledger import Computation, FigureRow, Ledger, Selection
from outcomes.ledger.figures import KEY, append, latest

NOTHING = math.nan


@pytest.fixture
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    opened = Ledger(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.sqlite'}")
    months = {"first_month": "2018-01", "last_month": "2018-06"}
    with opened.session() as session:
        session.add(Selection(id="s"))
        session.flush()
        for _ in range(3):
            session.add(
                Computation(selection_id="s", code_version="", definitions="", measures={}, report={}, **months)
            )
    return opened


def figure(period: str = "2018-04", grain: str = "month", **fields: object) -> dict[str, object]:
    usual = {"denominator": 10.0, "numerator": 5.0, "value": 50.0, "lower": 23.7, "upper": 76.3, "spread": NOTHING}
    key = dict(zip(KEY, ["m", "05W", grain, period, "all", "all"], strict=True))
    return {**key, **usual, "measure_version": 1, "state": "counted", "missing": "", "left_out": "", **fields}


def add(ledger: Ledger, computation: int, *figures: dict[str, object], last_month: str = "2018-06") -> int:
    with ledger.session() as session:
        return append(session, computation, last_month, pd.DataFrame(figures))


def read(ledger: Ledger) -> pd.DataFrame:
    with ledger.session() as session:
        return latest(session)


def test_what_is_the_same_is_not_added_again(ledger: Ledger) -> None:
    assert add(ledger, 1, figure()) == 1
    assert add(ledger, 2, figure()) == 0
    # A difference in the tenth digit is one of arithmetic, in the eighth one of the figure.
    assert add(ledger, 2, figure(value=50.0 * (1 + 1e-11))) == 0
    assert add(ledger, 2, figure(value=50.0 * (1 + 1e-7))) == 1
    assert read(ledger)["computation_id"].tolist() == [2]


@pytest.mark.parametrize(
    "change",
    [
        {"denominator": 11.0},
        {"numerator": 6.0},
        {"lower": 23.8},
        {"upper": NOTHING},
        {"spread": 3.0},
        {"state": "provisional"},
        {"missing": "admissions RJE 2018-04"},
        {"measure_version": 2},
    ],
)
def test_any_difference_is_added_and_counts(ledger: Ledger, change: dict[str, object]) -> None:
    add(ledger, 1, figure())
    assert add(ledger, 2, figure(**change)) == 1
    (row,) = read(ledger).to_dict("records")
    (name, value), *_ = change.items()
    assert row[name] == value or (math.isnan(row[name]) and math.isnan(float(str(value))))


def test_the_newest_row_counts_even_where_it_is_what_it_was_before(ledger: Ledger) -> None:
    for computation, denominator in enumerate((10.0, 11.0, 10.0), start=1):
        assert add(ledger, computation, figure(denominator=denominator)) == 1
    assert read(ledger)[["denominator", "computation_id"]].to_numpy().tolist() == [[10, 3]]


def test_a_key_that_is_gone_is_no_figure_any_more_until_it_comes_back(ledger: Ledger) -> None:
    add(ledger, 1, figure("2018-04"), figure("2018-05"))
    assert add(ledger, 2, figure("2018-05")) == 1
    assert read(ledger)["period"].tolist() == ["2018-05"]
    assert add(ledger, 2, figure("2018-05")) == 0
    assert add(ledger, 3, figure("2018-04"), figure("2018-05")) == 1
    assert read(ledger)["period"].tolist() == ["2018-04", "2018-05"]


def test_what_ends_after_the_last_month_computed_was_not_looked_at_and_stays(ledger: Ledger) -> None:
    quarter, year = figure("2018/19-Q1", "quarter"), figure("2018-05", "rolling-12")
    add(ledger, 1, figure("2018-04"), figure("2018-05"), quarter, year)
    # Computed up to April: May, the quarter that ends in June and the year that ends in May are left alone.
    assert add(ledger, 2, figure("2018-04"), last_month="2018-04") == 0
    assert len(read(ledger)) == 4
    # Computed up to June without them: they are gone.
    assert add(ledger, 3, figure("2018-04"), last_month="2018-06") == 3
    assert read(ledger)["period"].tolist() == ["2018-04"]


def test_one_measure_can_be_asked_for(ledger: Ledger) -> None:
    add(ledger, 1, figure(), figure(measure="other"))
    with ledger.session() as session:
        assert latest(session, FigureRow.measure == "other")["measure"].tolist() == ["other"]
        assert latest(session, FigureRow.measure == "unknown").empty
