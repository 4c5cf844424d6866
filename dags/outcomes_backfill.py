"""Past months of a CCG, done again when somebody asks: one DAG for each CCG, so that rights and turns are each CCG's own.

A run does one reporting month, its partition key. The page *Redo months*, Airflow's own backfill, its form and its API lead
here; `outcomes backfill` does the same from a shell. The run takes in what the CCG and the providers sent, computes,
releases, and ends where no reader would see a change. Else it makes a new edition, asks an approver of the CCG or the STP,
and sends what reads otherwise to those who get it. With `preview` it only works out what would change, and keeps that with
the request.
"""

from typing import Any

from airflow.sdk import DAG, Param, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from outcomes.airflow_plugin import AirflowConnections, airflow_settings, one_sentence, reporting_month
from outcomes.airflow_tasks import EDITIONS, FIGURES, SUBMISSIONS, TRIES, let_go
from outcomes.errors import SafetyRefusal
from outcomes.organisations import Organisation, partnership
from outcomes.settings import Settings
from outcomes.web.roles import access_control, backfill_dag
from outcomes.web.timetable import OnRequestTimetable

NO_REASON = "Asked for in Airflow, without a reason."
KNOWN = partnership(Settings.load().organisations)


@task(multiple_outputs=True)
def asked(ccg: str, **context: Any) -> dict[str, Any]:
    """The month of this run, and the number of the request behind it; without a month or with another CCG's it ends here."""
    from outcomes import workflow

    month, settings = reporting_month(context), airflow_settings()
    params, run = context["params"], context["dag_run"]
    with one_sentence():
        number = params["request"] or workflow.ask(
            settings,
            ccg,
            month,
            month,
            reason=params["reason"] or NO_REASON,
            person=run.triggering_user_name or "somebody in Airflow",
            via="airflow",
            confirmed=not params["preview"],
            # Tried again, this task finds the request that it made.
            run=f"{run.dag_id} {run.run_id}",
        )
        workflow.require(settings, number, ccg, month)
    return {"month": month, "request": number}


@task(inlets=[SUBMISSIONS], outlets=[SUBMISSIONS, FIGURES, EDITIONS])
def redo(month: str, request: int, **context: Any) -> int:
    """The month done again; returns the number of the edition to let go, and skips the rest where there is none."""
    from outcomes import workflow

    with one_sentence():
        settings, connections = airflow_settings(), AirflowConnections()
        try:
            if context["params"]["preview"]:
                for foreseen in workflow.preview(settings, request, connections=connections).months:
                    print(foreseen.sentence)
                raise AirflowSkipException("A preview: nothing is released.")
            done = workflow.redo(settings, request, month, connections=connections)
        except SafetyRefusal:
            # What the gate says names cells of every CCG, and leads read this log.
            raise AirflowFailException(
                f"{month} is held: the gate let nothing out. Nothing was changed; engineers see why with `outcomes alerts`."
            ) from None
        print(done.sentence)
    if done.edition is None:
        raise AirflowSkipException(done.sentence)
    return int(done.edition)


def backfill_of(ccg: Organisation) -> DAG:
    """The DAG of a CCG."""
    with DAG(
        dag_id=backfill_dag(ccg.code),
        description=f"Redo past months of {ccg.full_name or ccg.name}",
        schedule=OnRequestTimetable(),
        catchup=False,
        # Each month waits for its own approval, and none should hold up the next; what they do to the ledger takes turns.
        max_active_runs=24,
        is_paused_upon_creation=False,
        doc_md=__doc__,
        tags=["outcomes", "backfill"],
        default_args=TRIES,
        access_control=access_control(ccg.code),
        params={
            "reason": Param("", type="string", title="Reason", description="Who sent what again, and why."),
            "request": Param(None, type=["null", "integer"], title="Request", description="Leave empty."),
            "preview": Param(False, type="boolean", title="Only a preview", description="Release nothing."),
        },
    ) as dag:
        what = asked(ccg.code)
        edition = redo(what["month"], what["request"])
        edition >> let_go(
            what["month"],
            edition,
            deciding=[ccg, KNOWN.stp],
            # Another CCG whose scorecard reads otherwise too is told by an engineer, with `outcomes deliver`.
            areas=[KNOWN.stp.code, ccg.code],
            about=f"It redoes a month of {ccg.name}, and replaces an earlier edition. ",
        )
    return dag


for one in KNOWN.ccgs:
    globals()[backfill_dag(one.code)] = backfill_of(one)
