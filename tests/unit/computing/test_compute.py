"""Computing: the same again adds nothing, what moved is appended, a kill leaves nothing half done."""

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from landed import Landing, episode, person
from sqlalchemy import func, select, update

from outcomes.computing import compute as room
from outcomes.computing.compute import Computed, compute
from outcomes.errors import InputError
from outcomes.ledger import Computation, FigureRow, SelectionItem, Submission
from outcomes.ledger.figures import KEY, latest
from outcomes.organisations import Partnership, partnership

TODAY = date(2026, 11, 20)


def computing(landing: Landing, to: str | None = None, known: Partnership | None = None, code: str = "1") -> Computed:
    known = known or partnership()
    return compute(landing.ledger, landing.lake, known, to=to, today=TODAY, code_version=code)


def newest(landing: Landing) -> pd.DataFrame:
    with landing.ledger.session() as session:
        return latest(session).drop(columns="computation_id")


def appended(landing: Landing, by: Computed) -> pd.DataFrame:
    """The rows that a computation added to the figures."""
    with landing.ledger.session() as session:
        query = select(FigureRow).where(FigureRow.computation_id == by.computation_id)
        return pd.read_sql(query, session.connection())


def rows(landing: Landing, table: type) -> int:
    with landing.ledger.session() as session:
        return int(session.scalar(select(func.count()).select_from(table)) or 0)


def deaths(number: int, month: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"registration_id": f"{month} {n}", "person_id": person(n), **fields} for n in range(number)]


def three_submissions(landing: Landing) -> list[Callable[[], str]]:
    stays = [episode(person(n), f"S{n}", "2018-03-20", "2018-03-25") for n in range(0, 9, 2)]
    return [
        lambda: landing.deaths("05W", "2018-04", *deaths(9, "2018-04")),
        lambda: landing.deaths("05D", "2018-05", *deaths(8, "2018-05", person_id=None)),
        lambda: landing.submit("admissions", "RJE", "2018-03", *stays),
    ]


def test_the_same_again_is_the_same_computation_and_adds_nothing(landing: Landing) -> None:
    for submit in three_submissions(landing):
        submit()
    first = computing(landing)
    again = computing(landing)
    assert (first.repeated, again.repeated) == (False, True)
    assert again == replace(first, figures=0, changed=0, repeated=True)
    # 29 measures, the STP and 6 CCGs, 2 months, 19 strata: nothing more after the second time than after the first.
    assert first.figures == first.changed == rows(landing, FigureRow) == 29 * 7 * 2 * 19
    assert rows(landing, Computation) == 1


def test_other_code_or_organisations_make_a_new_computation_with_nothing_new_in_it(landing: Landing) -> None:
    for submit in three_submissions(landing):
        submit()
    first = computing(landing)
    other_code = computing(landing, code="2")
    assert (other_code.repeated, other_code.changed) == (False, 0)
    without_hospices = partnership()
    without_hospices = replace(
        without_hospices, providers=tuple(p for p in without_hospices.providers if p.kind != "hospice")
    )
    fewer_expected = computing(landing, known=without_hospices, code="2")
    assert (fewer_expected.repeated, fewer_expected.selection) == (False, first.selection)


def test_a_submission_that_comes_later_adds_only_what_moved(landing: Landing) -> None:
    for month in ("2018-04", "2018-05"):
        landing.deaths("05W", month, *deaths(9, month, person_id=None))
        landing.deaths("05D", month, *deaths(8, month, person_id=None, registration_id=f"D {month}"))
    computing(landing)
    # One of Stoke's deaths of May was in hospital after all.
    in_hospital = {"pod_code": "C", "pod_nhs_establishment": "1", "pod_establishment_type": "03"}
    changed = deaths(9, "2018-05", person_id=None)
    landing.deaths("05W", "2018-05", {**changed[0], **in_hospital}, *changed[1:], sequence=2)
    moved = appended(landing, computing(landing))
    assert set(moved["measure"]) == {"deaths_in_hospital", "deaths_in_usual_residence"}
    assert set(moved["area"]) == {"05W", "QNC"}
    assert set(moved["period"]) == {"2018-05"}
    # She was 80, lived in the most deprived fifth and had cancer: one figure for each of these, and for all.
    assert len(moved) == 2 * 2 * 5


def test_a_key_that_is_no_longer_computed_gets_a_row_that_says_so(landing: Landing) -> None:
    landing.deaths("05W", "2018-03", *deaths(9, "2018-03"))
    landing.deaths("05W", "2018-04", *deaths(9, "2018-04"))
    computing(landing)
    with landing.ledger.session() as session:
        # March was withdrawn.
        session.execute(update(Submission).where(Submission.period == "2018-03").values(outcome="withdrawn"))
    after = computing(landing)
    assert set(newest(landing)["period"]) == {"2018-04"}
    gone = appended(landing, after)
    gone = gone[gone["period"] == "2018-03"]
    assert set(gone["state"]) == {"gone"}
    assert gone[["denominator", "numerator", "value", "lower", "upper"]].isna().all(axis=None)
    # Nothing is said twice, and when it comes back it is there again.
    assert computing(landing, code="2").changed == 0


def test_computing_up_to_a_month_leaves_what_comes_later_as_it_was(landing: Landing) -> None:
    for submit in three_submissions(landing):
        submit()
    computing(landing)
    before = newest(landing)
    assert computing(landing, to="2018-04").changed == 0
    pd.testing.assert_frame_equal(newest(landing), before)


def test_without_deaths_there_is_one_clear_sentence_and_no_computation(landing: Landing) -> None:
    with pytest.raises(InputError, match="nothing to compute"):
        computing(landing)
    assert rows(landing, Computation) == 0


def test_figures_do_not_depend_on_the_order_of_arrival(tmp_path: Path) -> None:
    found = []
    for name, order in (("one", [0, 1, 2]), ("other", [2, 1, 0])):
        landing = Landing(tmp_path / name, f"sqlite:///{tmp_path / name}.sqlite")
        submit = three_submissions(landing)
        for n in order:
            submit[n]()
        computed = computing(landing)
        found.append((computed.selection, newest(landing)))
    assert found[0][0] == found[1][0]
    pd.testing.assert_frame_equal(found[0][1], found[1][1])


def test_a_selection_names_the_submissions_it_used_and_is_written_down_once(landing: Landing) -> None:
    for submit in three_submissions(landing):
        submit()
    landing.deaths("05W", "2018-04", *deaths(9, "2018-04"), sequence=2)
    computing(landing)
    computing(landing, to="2018-04")
    with landing.ledger.session() as session:
        query = select(Submission).join(SelectionItem, SelectionItem.submission_id == Submission.id)
        names = sorted(s.name for s in session.scalars(query))
    assert names == ["admissions_RJE_2018-03_1", "deaths_05D_2018-05_1", "deaths_05W_2018-04_2"]


CHILD = """
import os, signal, sys
from datetime import date
from sqlalchemy import event
from sqlalchemy.orm import Session
from outcomes.computing import compute as room
from outcomes.lake import Lake
from outcomes.ledger import Ledger
from outcomes.organisations import partnership

url, lake, moment = sys.argv[1:]
die = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
if moment == "before the figures":
    room.figures = die
elif moment == "after the figures are written":
    append = room.append
    room.append = lambda *args: (append(*args), args[0].flush(), die())
elif moment == "after it is done":
    compute = room.compute
    room.compute = lambda *args, **given: (compute(*args, **given), die())
room.compute(
    Ledger(url), Lake(lake), partnership(), to=None, today=date(2026, 11, 20), code_version="1"
)
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Computed, pd.DataFrame]:
    """The computation of the three submissions, and its figures, when nothing gets in its way."""
    folder = tmp_path_factory.mktemp("undisturbed")
    landing = Landing(folder, f"sqlite:///{folder / 'ledger.sqlite'}")
    for submit in three_submissions(landing):
        submit()
    return computing(landing), newest(landing)


@pytest.mark.parametrize("moment", ["before the figures", "after the figures are written", "after it is done"])
def test_killed_at_any_moment_and_run_again_is_as_if_nothing_had_happened(
    moment: str, landing: Landing, tmp_path: Path, undisturbed: tuple[Computed, pd.DataFrame]
) -> None:
    for submit in three_submissions(landing):
        submit()
    command = [sys.executable, "-c", CHILD, str(landing.ledger.engine.url), str(tmp_path / "lake"), moment]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = moment == "after it is done"
    assert (rows(landing, Computation), rows(landing, FigureRow)) == ((1, undisturbed[0].figures) if done else (0, 0))
    again = computing(landing)
    assert again.repeated is done
    assert (again.computation_id, again.selection) == (undisturbed[0].computation_id, undisturbed[0].selection)
    assert rows(landing, FigureRow) == undisturbed[0].figures
    pd.testing.assert_frame_equal(newest(landing), undisturbed[1])


def test_of_two_computations_at_once_the_later_one_does_not_overlay_a_newer_selection(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.deaths("05W", "2018-04", *deaths(9, "2018-04"))
    counting = room.figures
    meanwhile: list[Computed] = []

    def slow(*args: Any) -> pd.DataFrame:
        """While this one counts, a resubmission lands and another process computes it."""
        if not meanwhile:
            meanwhile.append(computing_elsewhere())
        return counting(*args)

    def computing_elsewhere() -> Computed:
        monkeypatch.setattr(room, "figures", counting)
        landing.deaths("05W", "2018-04", *deaths(20, "2018-04"), sequence=2)
        return computing(landing)

    monkeypatch.setattr(room, "figures", slow)
    ours = computing(landing)
    assert ours.repeated
    assert ours.computation_id == meanwhile[0].computation_id
    stoke = newest(landing).set_index(KEY).loc[("deaths_in_hospital", "05W", "month", "2018-04", "all", "all")]
    assert stoke["denominator"] == 20


def test_the_registrations_that_are_in_no_figure_are_counted_by_reason(landing: Landing) -> None:
    landing.deaths(
        "05W",
        "2018-04",
        *deaths(3, "2018-04"),
        {"registration_id": "twice", "person_id": person(1)},
        {"registration_id": "child", "age_at_death": 17},
        {"registration_id": "elsewhere", "ccg_of_registration": "99X"},
        {"registration_id": "cancelled", "cancelled_flag": "Y"},
    )
    computed = computing(landing)
    with landing.ledger.session() as session:
        report = session.get_one(Computation, computed.computation_id).report
    reasons = {"counted": 3, "duplicate": 1, "under_18": 1, "outside_stp": 1, "cancelled": 1}
    assert report["registrations"] == reasons


def test_figures_come_back_from_either_database_as_they_were_computed(tmp_path: Path, ledger_url: str) -> None:
    landing = Landing(tmp_path, ledger_url)
    for submit in three_submissions(landing):
        submit()
    computing(landing)
    found = newest(landing)
    days = found.set_index(KEY).loc[("days_at_home_last_90", "05W", "month", "2018-04", "all", "all")]
    # 5 of 9 people were 5 nights in hospital: 4 times 90 and 5 times 85 days, 785 in all.
    assert (days["denominator"], days["numerator"], days["state"]) == (9, 785, "provisional")
    assert days["value"] == pytest.approx(785 / 9)
    assert set(found.loc[found["state"] == "no_cases", "value"].isna()) == {True}
    # Computed again by other code, no row moves: what was written is read back to the last digit.
    assert computing(landing, code="2").changed == 0
    # Where there is no number there is nothing, not the number nan, whichever database it is.
    with landing.ledger.session() as session:
        empty = session.scalars(select(FigureRow).where(FigureRow.state == "no_cases")).all()
        assert {(row.value, row.lower, row.upper, row.spread) for row in empty} == {(None,) * 4}
