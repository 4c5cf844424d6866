"""Every day: take in what the suppliers have sent.

One task for each supplier, so that one whose files or source are at fault does not hold up the others. A rejected
submission is no failure: the supplier gets a feedback report and the page *Status* shows it. Tasks pass counts, never rows.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

from outcomes.airflow_plugin import AirflowConnections, airflow_settings, one_sentence, whole

with DAG(
    dag_id="outcomes_intake",
    description="Take in what the suppliers have sent",
    # A MESH message expires after five days: look every day, before the day on which an edition may be due begins.
    # Switched on for the first time it looks at once; by default that would depend on the time of day.
    schedule=CronTriggerTimetable("0 5 * * *", timezone="Europe/London", run_immediately=True),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["outcomes"],
    default_args={
        "owner": "outcomes",
        "retries": 3,
        "retry_delay": timedelta(minutes=2),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(hours=1),
    },
):

    @task
    def suppliers() -> list[str]:
        """The codes of all who send extracts."""
        from outcomes.organisations import partnership

        with one_sentence():
            return [supplier.code for supplier in partnership(airflow_settings().organisations).suppliers]

    @task(map_index_template="{{ task.op_kwargs['supplier'] }}")
    def receive(supplier: str) -> dict[str, Any]:
        """Everything new of one supplier: checked, pseudonymised, landed."""
        from outcomes import workflow

        with one_sentence():
            receipt = workflow.receive(airflow_settings(), supplier=supplier, connections=AirflowConnections())
            whole(receipt.failed)
        return {"supplier": supplier, "accepted": receipt.accepted, "rejected": receipt.rejected}

    receive.expand(supplier=suppliers())
