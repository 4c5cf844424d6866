"""Every day: take in what the suppliers have sent.

One task for each supplier, so that one whose files or source are at fault does not hold up the others. A rejected
submission is no failure: the supplier gets a feedback report and the page *Status* shows it. At last the suppliers' contacts
are asked for what became late. Tasks pass counts, never rows.
"""

from collections import Counter
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

from outcomes.airflow_plugin import AirflowConnections, airflow_settings, one_sentence, whole
from outcomes.airflow_tasks import SUBMISSIONS, TRIES

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
    default_args=TRIES,
):

    @task
    def suppliers() -> list[str]:
        """The codes of all who send extracts."""
        from outcomes.organisations import partnership

        with one_sentence():
            return [supplier.code for supplier in partnership(airflow_settings().organisations).suppliers]

    @task(map_index_template="{{ task.op_kwargs['supplier'] }}", outlets=[SUBMISSIONS])
    def receive(supplier: str) -> dict[str, Any]:
        """Everything new of one supplier: checked, pseudonymised, landed."""
        from outcomes import workflow

        with one_sentence():
            receipt = workflow.receive(airflow_settings(), suppliers=[supplier], connections=AirflowConnections())
            for sentence in (*receipt.waiting, *receipt.notices):
                print(sentence)
            whole(receipt.failed)
        return {"supplier": supplier, "accepted": receipt.accepted, "rejected": receipt.rejected}

    @task
    def all_received(receipts: list[dict[str, Any]]) -> dict[str, int]:
        """How many came in all; not run where a supplier's task failed, so that the run is seen to have failed."""
        return {count: sum(receipt[count] for receipt in receipts) for count in ("accepted", "rejected")}

    @task(trigger_rule="all_done")
    def chase() -> dict[str, int]:
        """Ask the contacts of suppliers for extracts that became late, once for each, whatever became of other suppliers."""
        from outcomes import workflow

        with one_sentence():
            lines = workflow.chase(airflow_settings())
        return dict(Counter(line.state for line in lines))

    receipts = receive.expand(supplier=suppliers())
    all_received(receipts)
    receipts >> chase()
