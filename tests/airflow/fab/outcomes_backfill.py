"""Six DAGs with the names and rights of those that redo a CCG's months; what they do does not matter here."""

from airflow.sdk import DAG, task

from outcomes.organisations import partnership
from outcomes.web.roles import access_control, backfill_dag
from outcomes.web.timetable import ReportingMonthTimetable

for ccg in partnership().ccgs:
    with DAG(
        dag_id=backfill_dag(ccg.code),
        schedule=ReportingMonthTimetable(),
        catchup=False,
        access_control=access_control(ccg.code),
    ) as dag:

        @task
        def nothing() -> None:
            """Nothing."""

        nothing()
    globals()[dag.dag_id] = dag
