"""Once a month: compute the figures, release what is safe, make the scorecards, attack them, ask a person, send them.

The run's partition key is the reporting month, `2018-04`. A run triggered by hand needs it too. Where nothing that a reader
sees has changed since an edition that was already sent, the run ends early and says so. Nothing is sent unless a person
answers *Approve*: a refusal is recorded, and no answer within fourteen days counts as one.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import DAG, Param, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from outcomes.airflow_plugin import airflow_settings, one_sentence, reporting_month
from outcomes.periods import DAYS_TO_ANSWER
from outcomes.web.timetable import ReportingMonthTimetable

with DAG(
    dag_id="outcomes_edition",
    description="The scorecards of a reporting month: compute, release, approve, send",
    schedule=ReportingMonthTimetable(),
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
    def month(**context: Any) -> str:
        """The reporting month of this run; without one the run ends here."""
        return reporting_month(context)

    @task
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

    @task
    def render(period: str, edition: int) -> int:
        """Seven scorecards as PDF and HTML, and the released figures; returns how many files there are."""
        from outcomes import workflow

        with one_sentence():
            return len(workflow.render(airflow_settings(), period, edition).files)

    @task
    def audit(period: str, edition: int) -> int:
        """The files attacked as a reader would; returns how many counts of 1 to 7 were tried, and fails when one shows."""
        from outcomes import workflow

        with one_sentence():
            proof = workflow.audit(airflow_settings(), period, edition)
            for finding in proof.findings:
                print(finding)
            proof.hold()
        return int(proof.tried or 0)

    # ApprovalOperator would skip every task behind a refusal, and the refusal would be recorded nowhere.
    approval = HITLOperator(
        task_id="approval",
        subject="Send edition {{ ti.xcom_pull(task_ids='release') }} of {{ ti.xcom_pull(task_ids='month') }}?",
        body=(
            "The seven scorecards of edition {{ ti.xcom_pull(task_ids='release') }} of the reporting month "
            "{{ ti.xcom_pull(task_ids='month') }} are ready. Read them under *Browse, Outcome measures, Scorecards*. "
            "*Approve* sends each to its recipients in your name; *Reject* sends nothing. "
            f"Without an answer within {DAYS_TO_ANSWER} days nothing is sent."
        ),
        options=[ApprovalOperator.APPROVE, ApprovalOperator.REJECT],
        defaults=ApprovalOperator.REJECT,
        response_timeout=timedelta(days=DAYS_TO_ANSWER),
        params={
            "reason": Param("", type="string", title="Reason", description="Why it should not go, if it should not")
        },
    )

    @task.short_circuit
    def record_approval(period: str, edition: int, answer: dict[str, Any]) -> bool:
        """Who decided what, in the ledger; nothing is sent unless it was *Approve*."""
        from outcomes import workflow
        from outcomes.workflow.telling import NOBODY

        approved = answer["chosen_options"] == [ApprovalOperator.APPROVE]
        user = answer["responded_by_user"]
        person = user["name"] or user["id"] if user else NOBODY
        reason = (answer["params_input"] or {}).get("reason") or ""
        if not user:
            reason = f"no answer within {DAYS_TO_ANSWER} days"
        with one_sentence():
            workflow.approve(
                airflow_settings(),
                period,
                edition=edition,
                person=person,
                decision="approved" if approved else "refused",
                reason=reason,
            )
        return approved

    @task
    def deliver(period: str, edition: int) -> dict[str, int]:
        """Each scorecard to its recipients, once; returns how many deliveries are in which state.

        Letters that have to wait are sent by outcomes_delivery.
        """
        from outcomes import workflow

        with one_sentence():
            settings = airflow_settings()
            try:
                states = [line.state for line in workflow.deliver(settings, period, edition)]
            except workflow.LettersWait as wait:
                print(wait)
                states = [line.state for line in workflow.deliveries(settings, period, edition)]
        counts = {state: states.count(state) for state in sorted(set(states))}
        if counts.get("queued"):
            print(
                f"{counts['queued']} of {len(states)} letters wait in the queue: outcomes_delivery sends them when due."
            )
        if set(counts) & {"refused", "unknown"}:
            raise AirflowFailException(
                f"Not everything was sent ({counts}): `outcomes deliveries --period {period}` says what and why, and a "
                "person decides with `outcomes resend` or `outcomes arrived`."
            )
        return counts

    the_month = month()
    computed = compute(the_month)
    number = release(the_month)
    rendered = render(the_month, number)
    proven = audit(the_month, number)
    recorded = record_approval(the_month, number, approval.output)
    computed >> number >> rendered >> proven >> approval >> recorded >> deliver(the_month, number)
