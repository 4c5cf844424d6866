"""The DAG files: they load, cheaply, and say what they promise."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowFailException
from airflow.serialization.serialized_objects import DagSerialization

from outcomes import workflow
from outcomes.ledger import Ledger, backfills
from outcomes.organisations import partnership
from outcomes.settings import Settings
from outcomes.web.timetable import OnRequestTimetable, ReportingMonthTimetable

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("duckdb", "pandas", "pyarrow", "scipy", "statsmodels", "weasyprint")


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(str(ROOT / "dags"))


CCGS = [ccg.code for ccg in partnership().ccgs]
BACKFILLS = {f"outcomes_backfill_{code}" for code in CCGS}


def test_the_dags_load_without_an_error_one_backfill_for_each_ccg(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == {"outcomes_intake", "outcomes_edition", "outcomes_delivery", *BACKFILLS}


def test_every_dag_is_tagged_and_explained(bag):
    for dag in bag.dags.values():
        assert "outcomes" in dag.tags
        assert dag.description
        assert dag.doc_md
        assert not dag.catchup


def test_intake_edition_and_delivery_run_one_at_a_time(bag):
    assert {
        bag.dags[name].max_active_runs for name in ("outcomes_intake", "outcomes_edition", "outcomes_delivery")
    } == {1}


@pytest.mark.parametrize("code", CCGS)
def test_a_backfill_is_the_ccgs_own_and_never_starts_by_itself(bag, code):
    dag = bag.dags[f"outcomes_backfill_{code}"]
    assert set(dag.access_control) == {f"ccg_{code}", "outcomes_engineer"}
    assert isinstance(dag.schedule, OnRequestTimetable)
    assert dag.get_task("asked").op_args == (code,)
    order = [task.task_id for task in dag.topological_sort()]
    assert order == ["asked", "redo", "audit", "approval", "record_approval", "deliver"]


def test_every_task_is_tried_again_with_growing_pauses(bag):
    for dag in bag.dags.values():
        for task in dag.tasks:
            assert task.retries == 3, task.task_id
            assert task.retry_exponential_backoff, task.task_id


def test_intake_is_daily_from_the_moment_it_is_switched_on_and_mapped_over_suppliers(bag):
    dag = bag.dags["outcomes_intake"]
    assert dag.schedule.expression == "0 5 * * *"
    assert dag.schedule.run_immediately is True
    assert dag.get_task("receive").is_mapped
    assert dag.get_task("receive").upstream_task_ids == {"suppliers"}


def test_a_supplier_that_fails_holds_back_no_other_and_is_seen(bag):
    dag = bag.dags["outcomes_intake"]
    # Late suppliers are asked all the same; the run fails all the same, for this task is then not run.
    assert dag.get_task("chase").trigger_rule == "all_done"
    assert dag.get_task("all_received").trigger_rule == "all_success"
    assert {task.task_id for task in dag.leaves} == {"chase", "all_received"}


def test_the_edition_goes_from_the_month_to_the_delivery_in_one_line(bag):
    dag = bag.dags["outcomes_edition"]
    assert isinstance(dag.schedule, ReportingMonthTimetable)
    order = [task.task_id for task in dag.topological_sort()]
    assert order == ["month", "compute", "release", "render", "audit", "approval", "record_approval", "deliver"]


def test_the_queue_is_looked_after_every_quarter_of_an_hour_by_a_task_for_each_edition(bag):
    dag = bag.dags["outcomes_delivery"]
    assert dag.schedule.expression == "*/15 * * * *"
    assert dag.get_task("deliver").is_mapped
    assert dag.get_task("deliver").upstream_task_ids == {"waiting"}
    # A run whose letters could not be sent fails, and what waits for a person is told all the same.
    assert {task.task_id for task in dag.leaves} == {"deliver", "tell"}
    assert dag.get_task("tell").upstream_task_ids == set()


@pytest.mark.parametrize("dag", ["outcomes_edition", "outcomes_backfill_05W"])
def test_no_answer_means_that_nothing_is_sent(bag, dag):
    approval = bag.dags[dag].get_task("approval")
    assert isinstance(approval, HITLOperator)
    assert approval.options == ["Approve", "Reject"]
    assert approval.defaults == ["Reject"]
    assert approval.response_timeout == timedelta(days=14)


def test_a_serialised_dag_holds_no_parameter_object(bag):
    for dag in bag.dags.values():
        text = json.dumps(DagSerialization.to_dict(dag))
        assert "DagParam object at" not in text
        assert dag.dag_id in text


def asked(bag: DagBag, ccg: str, run: str, month: str = "2018-04", **params: object) -> int:
    """What the first task of a CCG's DAG does in a run, as Airflow calls it; the number of the request."""
    context = {
        "params": {"reason": "Sent again.", "request": None, "preview": False} | params,
        "dag_run": SimpleNamespace(
            dag_id=f"outcomes_backfill_{ccg}", run_id=run, partition_key=month, triggering_user_name="lea"
        ),
    }
    return int(bag.dags[f"outcomes_backfill_{ccg}"].get_task("asked").python_callable(ccg, **context)["request"])


@pytest.fixture
def requests(tmp_path, monkeypatch) -> Callable[[], list[str]]:
    """Gives the requests of an empty ledger, in order."""
    monkeypatch.setenv("OUTCOMES_HOME", str(tmp_path))
    return lambda: [f"{b.ccg} by {b.person}" for b in reversed(workflow.backfills(Settings.load()))]


def test_a_task_that_is_tried_again_finds_the_request_it_made(bag, requests):
    first = asked(bag, "05W", "backfill__2018-04__1")
    assert asked(bag, "05W", "backfill__2018-04__1") == first
    assert requests() == ["05W by lea"]
    # A run of its own asks for itself, and so does a run of that name of another CCG.
    assert asked(bag, "05W", "backfill__2018-04__2") != first
    assert asked(bag, "05D", "backfill__2018-04__1") != first
    assert requests() == ["05W by lea", "05W by lea", "05D by lea"]


def test_what_was_taken_back_is_not_asked_for_anew_by_a_task_that_is_tried_again(bag, requests):
    number = asked(bag, "05W", "manual__1")
    with Ledger(Settings.load().database_url).session() as session:
        backfills.cancel(session, number, "lea")
    with pytest.raises(AirflowFailException, match="was taken back, so 2018-04 is not done again"):
        asked(bag, "05W", "manual__1")
    assert requests() == ["05W by lea"]


@pytest.mark.parametrize(
    ("ccg", "month", "sentence"),
    [
        ("05W", "2018-04", "is of another CCG than 05W: a run redoes months of its own CCG only"),
        ("05D", "2018-03", "is about 2018-04 to 2018-04, not about 2018-03"),
    ],
)
def test_a_run_cannot_go_by_the_request_of_another_ccg_or_for_another_month(bag, requests, ccg, month, sentence):
    theirs = asked(bag, "05D", "manual__1")
    with pytest.raises(AirflowFailException, match=sentence):
        asked(bag, ccg, "manual__2", month, request=theirs)
    with pytest.raises(AirflowFailException, match="There is no backfill number"):
        asked(bag, ccg, "manual__3", month, request=theirs + 1)
    assert requests() == ["05D by lea"]


@pytest.mark.parametrize("file", sorted(file.name for file in (ROOT / "dags").glob("*.py")))
def test_parsing_imports_nothing_heavy(file):
    program = f"""
import runpy, sys
runpy.run_path({str(ROOT / "dags" / file)!r})
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_airflow_shows_what_is_made_of_what(bag):
    def assets(dag: str, task: str) -> tuple[set[str], set[str]]:
        found = bag.dags[dag].get_task(task)
        return {a.name for a in found.inlets}, {a.name for a in found.outlets}

    submissions, figures, editions = ({f"outcomes_{name}"} for name in ("submissions", "figures", "editions"))
    assert assets("outcomes_edition", "compute") == (submissions, figures)
    assert assets("outcomes_edition", "render") == (figures, editions)
    assert assets("outcomes_edition", "deliver") == (editions, set())
    assert assets("outcomes_backfill_05W", "redo") == (submissions, submissions | figures | editions)
