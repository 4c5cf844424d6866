"""Once a month: compute the figures, release what is safe, make the scorecards, attack them, ask a person, send them.

The run's partition key is the reporting month, `2018-04`. A run triggered by hand needs it too. Where nothing that a reader
sees has changed since an edition that was already sent, the run ends early and says so. Nothing is sent unless a person
answers *Approve*: a refusal is recorded, and no answer within fourteen days counts as one.
"""

from typing import Any

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

from outcomes.airflow_plugin import airflow_settings, one_sentence, reporting_month
from outcomes.airflow_tasks import EDITIONS, FIGURES, SUBMISSIONS, TRIES, let_go
from outcomes.organisations import partnership
from outcomes.settings import Settings
from outcomes.web.timetable import ReportingMonthTimetable

with DAG(
    dag_id="outcomes_edition",
    description="The scorecards of a reporting month: compute, release, approve, send",
    schedule=ReportingMonthTimetable(),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["outcomes"],
    default_args=TRIES,
):

    @task
    def month(**context: Any) -> str:
        """The reporting month of this run; without one the run ends here."""
        return reporting_month(context)

    @task(inlets=[SUBMISSIONS], outlets=[FIGURES])
    def compute(period: str) -> int:
        """Every figure from the submissions in force; returns the computation's number."""
        from outcomes import workflow

        with one_sentence():
            return int(workflow.compute(airflow_settings(), to=period).computation_id)

    @task
    def release(period: str) -> int:
        """What is safe to publish; returns the number of the edition to send, and skips the rest where it was sent."""
        from outcomes import workflow
        from outcomes.web.records import latest_edition

        with one_sentence():
            settings = airflow_settings()
            released = workflow.release(settings, period)
            print(released.sentence)
            if released.edition is not None:
                return int(released.edition)
            edition = latest_edition(settings, period)
            if edition is None or edition.delivered:
                raise AirflowSkipException(f"{released.sentence} There is nothing to send.")
            print(f"Edition {edition.number} of {period} has not been sent yet: it goes on from here.")
            return edition.number

    @task(inlets=[FIGURES], outlets=[EDITIONS])
    def render(period: str, edition: int) -> int:
        """Seven scorecards as PDF and HTML, and the released figures; returns how many files there are."""
        from outcomes import workflow

        with one_sentence():
            return len(workflow.render(airflow_settings(), period, edition).files)

    the_month = month()
    computed = compute(the_month)
    number = release(the_month)
    rendered = render(the_month, number)
    (
        computed
        >> number
        >> rendered
        >> let_go(the_month, number, deciding=[partnership(Settings.load().organisations).stp])
    )
