"""Releases: what is released at all, when there is a new one, and that the old ones stay as they were."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from outcomes.definitions.measures import Measure, measures
from outcomes.disclosure import releases
from outcomes.disclosure.memory import Memory, table
from outcomes.disclosure.releasable import Completeness, Releasable
from outcomes.disclosure.released import ReleasedFigure
from outcomes.ledger import Computation, Edition, FigureRow, Ledger, ReleasedRow, Selection
from outcomes.ledger.book import insert_rows

MONTHLY, QUARTERLY = "deaths_in_hospital", "crisis_admissions_three_or_more"
ALL_IN = Completeness({}, 0.98)
KEY = ["measure", "area", "grain", "period", "stratum", "stratum_value"]


NOTHING_ELSE = releases.Also((), {}, Memory.from_history(table([]), table([]), []))


@pytest.fixture
def ledger(ledger_url: str) -> Ledger:
    """A ledger in which nothing was computed yet."""
    opened = Ledger(ledger_url)
    with opened.session() as session:
        session.add(Selection(id="s"))
    return opened


def computed(session: Session, found: pd.DataFrame) -> Computation:
    """Enter the figures as those of a new computation."""
    months = {"first_month": "2017-04", "last_month": "2018-06"}
    entered = Computation(selection_id="s", code_version="1", definitions="d", measures={}, report={}, **months)
    session.add(entered)
    session.flush()
    rows = found.astype(object).where(found.notna(), None).to_dict("records")
    insert_rows(session, FigureRow, [{"left_out": "", **row, "computation_id": entered.id} for row in rows])
    return entered


def judged(
    session: Session,
    month: str,
    found: pd.DataFrame,
    known: Mapping[str, Measure] | None = None,
    complete: Completeness = ALL_IN,
) -> releases.Judged:
    """What is let out of figures just computed."""
    known = measures() if known is None else known
    releasable = Releasable(found, known, "QNC", complete)
    return releases.judge(session, month, computed(session, found), releasable, NOTHING_ELSE)


def figures(*rows: tuple[str, str, str, str, str, str, int, int], state: str = "counted") -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=[*KEY, "denominator", "numerator"])
    return table.assign(measure_version=1, spread=None, state=state, missing="")


def one_figure(denominator: int, numerator: int, state: str = "counted") -> pd.DataFrame:
    return figures((MONTHLY, "05W", "month", "2018-04", "all", "all", denominator, numerator), state=state)


@pytest.fixture
def release(ledger: Ledger) -> Callable[..., tuple[int | None, list[ReleasedFigure]]]:
    """Judge the figures and make an edition of April 2018 when something changed: its number, and what was let out."""

    def make(found: pd.DataFrame, seen: str = "", month: str = "2018-04") -> tuple[int | None, list[ReleasedFigure]]:
        with ledger.session() as session:
            out = judged(session, month, found)
            newest = releases.latest_edition(session, month)
            computation = session.scalar(select(func.max(Computation.id)))
            assert computation is not None
            made = releases.add(session, month, computation, out, {"targets": seen})
            if made is None:
                return None, out.figures
            number = newest.number + 1 if newest else 1
            session.add(Edition(period=month, number=number, release_id=made.id, context={"attacked": True}))
            return number, out.figures

    return make


def test_exactly_what_the_definitions_name_is_released(ledger: Ledger) -> None:
    strata = [
        *(("all", "all"), ("age_band", "85+"), ("deprivation_quintile", "unknown"), ("cause_group", "other")),
        *(("sex", "1"), ("sex", "2"), ("sex", "9")),
    ]
    periods = [
        *(("month", "2018-04"), ("month", "2018-06"), ("month", "2018-07")),
        *(("quarter", "2018/19-Q1"), ("quarter", "2018/19-Q2")),
        *(("rolling-12", "2018-05"), ("rolling-12", "2018-06"), ("rolling-12", "2018-09")),
    ]
    everything = figures(
        *(
            # Nobody: of figures that do not add up nothing would be released.
            (measure, area, grain, period, *stratum, 0, 0)
            for measure in (MONTHLY, QUARTERLY)
            for area in ("QNC", "05W")
            for grain, period in periods
            for stratum in strata
        ),
        state="no_cases",
    )
    with ledger.session() as session:
        out = judged(session, "2018-06", everything).figures
    # Nothing after June 2018; strata for the STP alone, at a quarter's end, and of sex only 1 and 2.
    months, the_quarter = [("month", "2018-04"), ("month", "2018-06")], [("quarter", "2018/19-Q1")]
    year = [("rolling-12", "2018-06")]
    expected = {
        *((MONTHLY, "QNC", *p, "all", "all") for p in months + year),
        *((MONTHLY, "05W", *p, "all", "all") for p in months + year),
        *((QUARTERLY, "QNC", *p, "all", "all") for p in months + the_quarter + year),
        *((QUARTERLY, "05W", *p, "all", "all") for p in the_quarter + year),
        *(
            (measure, "QNC", *year[0], *stratum)
            for measure in (MONTHLY, QUARTERLY)
            for stratum in strata
            if stratum not in (("all", "all"), ("sex", "9"))
        ),
    }
    assert {f.key for f in out} == expected
    assert [f.key for f in out] == sorted(f.key for f in out)


def test_a_measure_that_is_not_published_is_not_released(ledger: Ledger) -> None:
    known: dict[str, Measure] = {QUARTERLY: measures()[QUARTERLY]}
    with ledger.session() as session:
        assert judged(session, "2018-06", one_figure(100, 50), known).figures == []


def test_a_release_that_changes_nothing_a_reader_sees_is_not_made(
    release: Callable[..., tuple[int | None, object]],
) -> None:
    assert release(one_figure(100, 50))[0] == 1
    # 101 of 100 rounds like 100, and 52 like 50.
    assert release(one_figure(101, 52))[0] is None
    assert release(one_figure(101, 53))[0] == 2
    # What is not a figure counts as well: a new target is something a reader sees.
    assert release(one_figure(101, 53), seen="70")[0] == 3
    # Back to the figures of the first edition: not those of the latest, so this is news.
    assert release(one_figure(100, 50), seen="70")[0] == 4


def test_a_figure_that_becomes_final_is_news(release: Callable[..., tuple[int | None, object]]) -> None:
    assert release(one_figure(100, 50, state="provisional"))[0] == 1
    assert release(one_figure(100, 50))[0] == 2


def test_a_second_edition_leaves_the_first_as_it_was(
    ledger: Ledger, release: Callable[..., tuple[int | None, list[ReleasedFigure]]]
) -> None:
    written: list[str] = []
    event.listen(ledger.engine, "before_cursor_execute", lambda *args: written.append(args[2]))
    _, first = release(one_figure(100, 50))
    _, second = release(one_figure(200, 50))
    assert (first[0].denominator, second[0].denominator) == (100, 200)
    with ledger.session() as session:
        editions = [releases.latest_edition(session, "2018-04", n) for n in (1, 2)]
        kept = [list(releases.released(session, e.release_id)) for e in editions if e]
    assert kept == [first, second]
    assert not [sql for sql in written if sql.lower().startswith(("update", "delete"))]


def test_withheld_in_the_edition_of_one_month_is_free_in_that_of_another_where_it_tells_of_nobody(
    release: Callable[..., tuple[int | None, list[ReleasedFigure]]],
) -> None:
    assert release(one_figure(60, 3), month="2018-04")[1][0].columns()["numerator"] == "[c]"
    # Three became thirty: by how many it grew tells nothing of the three.
    figure = release(one_figure(60, 30), month="2018-05")[1][0]
    assert (figure.columns()["denominator"], figure.columns()["numerator"]) == ("60", "30")


def test_in_a_series_with_an_edition_that_was_not_tried_all_that_was_withheld_stays_withheld(
    ledger: Ledger, release: Callable[..., tuple[int | None, list[ReleasedFigure]]]
) -> None:
    release(one_figure(60, 3), month="2018-04")
    with ledger.session() as session:
        session.scalars(select(Edition)).one().context = {"attacked": False}
        session.commit()
    figure = release(one_figure(60, 30), month="2018-05")[1][0]
    assert (figure.columns()["denominator"], figure.columns()["numerator"]) == ("60", "[c]")


def test_what_is_expected_to_grow_is_provisional_and_of_a_longer_period_the_mean_counts(ledger: Ledger) -> None:
    rows = [
        (MONTHLY, "QNC", grain, period, "all", "all", 100, 50)
        for grain, period in [
            ("month", "2018-04"),
            ("month", "2018-05"),
            ("month", "2018-06"),
            ("rolling-12", "2018-06"),
        ]
    ]
    quarter = (QUARTERLY, "QNC", "quarter", "2018/19-Q1", "all", "all", 100, 50)
    survey = ("bereaved_overall", "QNC", "month", "2018-04", "all", "all", 0, 0)
    # Two more deaths of every 100 in May are expected, six of 100 in June: of the quarter, 8 of 300. Of the families'
    # answers about April a half.
    shares = {
        "deaths": {"2018-05": 0.98, "2018-06": 0.94},
        "bereavement_survey": {"2018-04": 0.5},
    }
    found = pd.concat([figures(*rows, quarter), figures(survey, state="no_cases")])
    with ledger.session() as session:
        out = judged(session, "2018-06", found, complete=Completeness(shares, 0.98)).figures
    assert {(f.measure, f.grain, f.period): f.provisional for f in out} == {
        (MONTHLY, "month", "2018-04"): False,
        (MONTHLY, "month", "2018-05"): False,
        (MONTHLY, "month", "2018-06"): True,
        (MONTHLY, "rolling-12", "2018-06"): False,
        (QUARTERLY, "quarter", "2018/19-Q1"): True,
        ("bereaved_overall", "month", "2018-04"): True,
    }


def test_a_release_is_added_whole_or_not_at_all(ledger: Ledger) -> None:
    def break_off(session: Session) -> None:
        out = judged(session, "2018-04", one_figure(100, 50))
        releases.add(session, "2018-04", 1, out, {})
        raise InterruptedError

    with pytest.raises(InterruptedError), ledger.session() as session:
        break_off(session)
    with ledger.session() as session:
        assert session.scalars(select(ReleasedRow)).all() == []


def test_what_is_read_back_is_what_was_let_out(
    ledger: Ledger, release: Callable[..., tuple[int | None, list[ReleasedFigure]]]
) -> None:
    several = figures(
        (MONTHLY, "05W", "month", "2018-04", "all", "all", 100, 50),
        (MONTHLY, "05D", "month", "2018-04", "all", "all", 5, 2),
        (MONTHLY, "QNC", "month", "2018-04", "all", "all", 105, 52),
    )
    _, out = release(several)
    with ledger.session() as session:
        edition = releases.latest_edition(session, "2018-04")
        assert edition is not None
        assert list(releases.released(session, edition.release_id)) == out
        assert edition.made_at.date() in (date.today(), datetime.now(UTC).date())  # noqa: DTZ011
