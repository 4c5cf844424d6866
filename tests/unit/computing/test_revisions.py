"""Revisions: what moved since the computation before, and which submissions brought it."""

from datetime import date
from typing import Any

from landed import Landing, episode, person
from sqlalchemy import select

from outcomes.computing.compute import compute
from outcomes.definitions.measures import measures
from outcomes.ledger import Submission
from outcomes.organisations import partnership
from outcomes.revisions import Revision, revision

HOSPITAL = {"pod_code": "C", "pod_nhs_establishment": "1", "pod_establishment_type": "03"}


def deaths(number: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"registration_id": f"A{n}", **fields} for n in range(number)]


def computed(landing: Landing, code: str = "1", to: str | None = None) -> Revision:
    done = compute(landing.ledger, landing.lake, partnership(), to=to, today=date(2026, 11, 20), code_version=code)
    with landing.ledger.session() as session:
        return revision(session, done.computation_id, measures(), partnership())


def moved(found: Revision, stratum: str = "all") -> set[tuple[Any, ...]]:
    table = found.moved[found.moved["stratum"] == stratum]
    numbers = ["denominator_before", "denominator_after", "numerator_before", "numerator_after"]
    rows = table[["measure", "area", *numbers]].astype(object)
    return {tuple(row) for row in rows.where(table[["measure", "area", *numbers]].notna(), None).to_numpy()}


def test_the_first_computation_moves_nothing_and_names_all_it_used(landing: Landing) -> None:
    landing.deaths("05W", "2018-04", *deaths(9))
    first = computed(landing)
    assert len(first.moved) == 0
    assert (first.because, first.without) == (("deaths_05W_2018-04_1",), ())


def test_a_resubmission_moves_the_figures_it_changes_and_is_named(landing: Landing) -> None:
    landing.deaths("05W", "2018-04", *deaths(9))
    landing.deaths("05D", "2018-04", *deaths(4, registration_id="D"))
    computed(landing)
    # One of the nine is taken back; two of the eight left died in hospital.
    landing.deaths("05W", "2018-04", *deaths(8)[:6], *({**d, **HOSPITAL} for d in deaths(8)[6:]), sequence=2)
    second = computed(landing)
    assert second.because == ("deaths_05W_2018-04_2",)
    assert second.without == ("deaths_05W_2018-04_1",)
    # East Staffordshire sent four records of one key: one death.
    assert moved(second) == {
        ("deaths_in_hospital", "05W", 9, 8, 0, 2),
        ("deaths_in_hospital", "QNC", 10, 9, 0, 2),
        ("deaths_in_usual_residence", "05W", 9, 8, 9, 6),
        ("deaths_in_usual_residence", "QNC", 10, 9, 10, 7),
    }
    assert set(second.moved["because"]) == {"deaths_05W_2018-04_1; deaths_05W_2018-04_2"}


def test_each_figure_names_the_submissions_of_its_own_feeds_and_area(landing: Landing) -> None:
    ada = person(1)
    landing.deaths("05W", "2018-04", {"registration_id": "A", "person_id": ada}, {"registration_id": "B"})
    landing.deaths("05D", "2018-04", {"registration_id": "C", "ccg_of_registration": "05D"})
    computed(landing)
    # Stoke takes a death back, and East Staffordshire registers another; a trust sends a stay of Ada's at last.
    landing.deaths("05W", "2018-04", {"registration_id": "A", "person_id": ada}, sequence=2)
    more = [{"registration_id": n, "ccg_of_registration": "05D"} for n in "CD"]
    landing.deaths("05D", "2018-04", *more, sequence=2)
    landing.submit("admissions", "RJE", "2018-04", episode(ada, "S1", "2018-03-01", "2018-04-01"))
    table = computed(landing).moved
    because = {(r.measure, r.area): r.because for r in table[table["stratum"] == "all"].itertuples()}
    stoke, east, trust = ("deaths_05W_2018-04", "deaths_05D_2018-04", "admissions_RJE_2018-04_1")
    assert because["deaths_in_hospital", "05W"] == f"{stoke}_1; {stoke}_2"
    assert because["deaths_in_hospital", "05D"] == f"{east}_1; {east}_2"
    # Three deaths before, three now: the STP's has not moved, but for the days at home.
    assert ("deaths_in_hospital", "QNC") not in because
    assert because["days_at_home_last_90", "QNC"] == f"{trust}; {east}_1; {east}_2; {stoke}_1; {stoke}_2"
    assert because["days_at_home_last_90", "05W"] == f"{trust}; {stoke}_1; {stoke}_2"


def test_new_code_that_gives_the_same_figures_moves_nothing(landing: Landing) -> None:
    landing.deaths("05W", "2018-04", *deaths(9))
    computed(landing)
    second = computed(landing, code="2")
    assert (len(second.moved), second.because, second.without) == (0, (), ())


def test_a_figure_that_was_not_there_before_has_not_moved(landing: Landing) -> None:
    landing.deaths("05W", "2018-04", *deaths(9))
    computed(landing)
    landing.deaths("05W", "2018-05", {"registration_id": "B"})
    second = computed(landing)
    assert second.because == ("deaths_05W_2018-05_1",)
    assert "2018-05" not in set(second.moved["period"])


def test_a_figure_that_went_and_came_back_was_not_there_before(landing: Landing) -> None:
    landing.deaths("05W", "2018-03", {"registration_id": "B"})
    landing.deaths("05W", "2018-04", *deaths(9))
    computed(landing)
    for outcome in ("withdrawn", "accepted"):
        with landing.ledger.session() as session:
            march = session.scalars(select(Submission).where(Submission.period == "2018-03")).one()
            march.outcome = outcome
        last = computed(landing)
        # When it goes there is a figure before and none after; when it comes back there was none.
        gone = {("deaths_in_hospital", "05W", 1, None, 0, None)}
        assert (gone <= moved(last)) is (outcome == "withdrawn")
    assert "2018-03" not in set(last.moved["period"])


def test_it_can_be_asked_again_after_later_computations(landing: Landing) -> None:
    landing.deaths("05W", "2018-04", *deaths(9))
    computed(landing)
    landing.deaths("05W", "2018-04", *deaths(8), sequence=2)
    second = compute(landing.ledger, landing.lake, partnership(), to=None, today=date(2026, 11, 20), code_version="1")
    with landing.ledger.session() as session:
        then = revision(session, second.computation_id, measures(), partnership())
    landing.deaths("05W", "2018-04", *deaths(7), sequence=3)
    computed(landing)
    with landing.ledger.session() as session:
        now = revision(session, second.computation_id, measures(), partnership())
    assert (
        moved(now)
        == moved(then)
        == {
            (measure, area, 9, 8, counted * 9, counted * 8)
            for measure, counted in (("deaths_in_hospital", 0), ("deaths_in_usual_residence", 1))
            for area in ("05W", "QNC")
        }
    )
    assert (now.because, now.without) == (then.because, then.without)
