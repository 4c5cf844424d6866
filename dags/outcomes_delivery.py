"""Every quarter of an hour: send the letters that wait in the queue, and tell the operators what waits for a person.

A letter that the mail relay did not take waits, longer each time, and is sent by the run that finds it due; the edition's
own run has ended by then. One task for each edition with letters that are due. While no relay can be used it fails with
the sentence that says why. What waits for a person is told once, whatever led to it.
"""

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowFailException

from outcomes.airflow_plugin import airflow_settings, one_sentence
from outcomes.airflow_tasks import TRIES

with DAG(
    dag_id="outcomes_delivery",
    description="Send the letters that wait, and tell what waits for a person",
    schedule=CronTriggerTimetable("*/15 * * * *", timezone="Europe/London", run_immediately=True),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["outcomes"],
    default_args=TRIES,
):

    @task
    def waiting() -> list[list[str]]:
        """The month and number of each edition that has letters to send."""
        from outcomes import workflow

        with one_sentence():
            return [[period, str(number)] for period, number in workflow.waiting(airflow_settings())]

    @task(map_index_template="{{ task.op_kwargs['edition'] | join(', edition ') }}")
    def deliver(edition: list[str]) -> dict[str, int]:
        """What is due of one edition; returns how many of its deliveries are in which state."""
        from outcomes import workflow

        period, number = edition
        with one_sentence():
            try:
                lines = workflow.deliver_waiting(airflow_settings(), period, int(number))
            except workflow.LettersWait as wait:
                # Not tried again here: a later run does so when they are due.
                raise AirflowFailException(str(wait)) from None
            states = [line.state for line in lines]
        return {state: states.count(state) for state in sorted(set(states))}

    @task
    def tell() -> list[str]:
        """What waits for a person, to the operators; returns what was told just now."""
        from outcomes import workflow

        with one_sentence():
            return [alert.about for alert in workflow.tell(airflow_settings())]

    deliver.expand(edition=waiting())
    # Behind nothing, so that a run in which letters could not be sent is seen to have failed.
    tell()
