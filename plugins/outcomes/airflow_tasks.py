"""What DAGs share: the assets they make, and the steps from an edition's files to its letters.

Owns the question to a person and what an answer means. Promises that nothing is sent unless one of those who may decide
answered *Approve*, that a refusal is recorded, and that no answer counts as one. Never does the month's work itself.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import Asset, Param, task
from airflow.sdk.exceptions import AirflowFailException

from outcomes.airflow_plugin import airflow_settings, one_sentence
from outcomes.organisations import Organisation
from outcomes.periods import DAYS_TO_ANSWER

# What the DAGs make of what, for Airflow's lineage; no run waits for one.
SUBMISSIONS = Asset(name="outcomes_submissions", uri="outcomes://submissions")
FIGURES = Asset(name="outcomes_figures", uri="outcomes://figures")
EDITIONS = Asset(name="outcomes_editions", uri="outcomes://editions")

TRIES = {
    "owner": "outcomes",
    "retries": 3,
    "retry_delay": timedelta(minutes=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(hours=1),
}


def let_go(
    period: Any,
    edition: Any,
    deciding: Sequence[Organisation],
    about: str = "",
    areas: Sequence[str] | None = None,
) -> Any:
    """The steps from a rendered edition to its letters, in a DAG; `deciding` are those whose approvers may answer.

    Only the scorecards of the `areas` are sent (codes; all when None): nobody sends what others have to answer for.
    `period` and `edition` are what earlier tasks gave, `about` a template of what else the person should know. Gives the
    first step.
    """
    proven = audit(period, edition)
    # ApprovalOperator would skip every task behind a refusal, and the refusal would be recorded nowhere.
    approval = HITLOperator(
        task_id="approval",
        subject=f"Send edition {_given(edition)} of {_given(period)}?",
        body=(
            f"The scorecards of edition {_given(edition)} of the reporting month {_given(period)} are ready. {about}"
            "Read them under *Browse, Outcome measures, Scorecards*. "
            "*Approve* sends each to its recipients in your name; *Reject* sends nothing. "
            f"Without an answer within {DAYS_TO_ANSWER} days nothing is sent."
        ),
        options=[ApprovalOperator.APPROVE, ApprovalOperator.REJECT],
        defaults=ApprovalOperator.REJECT,
        response_timeout=timedelta(days=DAYS_TO_ANSWER),
        assigned_users=[{"id": a.id, "name": a.name} for o in deciding for a in o.approvers] or None,
        params={
            "reason": Param("", type="string", title="Reason", description="Why it should not go, if it should not")
        },
    )
    recorded = record_approval(period, edition, approval.output)
    proven >> approval >> recorded >> deliver(period, edition, areas)
    return proven


def _given(value: Any) -> str:
    """What a task gave, in a template."""
    key = f"['{value.key}']" if value.key != "return_value" else ""
    return f"{{{{ ti.xcom_pull(task_ids='{value.operator.task_id}'){key} }}}}"


@task
def audit(period: str, edition: int) -> int:
    """The files attacked as a reader would; returns how many counts of 1 to 7 were tried, and fails when one shows."""
    from outcomes import workflow

    with one_sentence():
        proof = workflow.audit(airflow_settings(), period, edition)
        # What was found names cells of every CCG, and leads read this log: `outcomes audit` lists it for engineers.
        proof.hold()
    return int(proof.tried or 0)


@task.short_circuit
def record_approval(period: str, edition: int, answer: dict[str, Any]) -> bool:
    """Who decided what, in the ledger; nothing is sent unless it was *Approve*, and no later edition has come meanwhile."""
    from outcomes import workflow
    from outcomes.web.records import latest_edition
    from outcomes.workflow.telling import NOBODY

    settings = airflow_settings()
    approved = bool(answer["chosen_options"] == [ApprovalOperator.APPROVE])
    user = answer["responded_by_user"]
    person = user["name"] or user["id"] if user else NOBODY
    reason = (answer["params_input"] or {}).get("reason") or ""
    if not user:
        reason = f"no answer within {DAYS_TO_ANSWER} days"
    with one_sentence():
        newest = latest_edition(settings, period)
        if not user and newest is not None and newest.number == edition and newest.person not in {"", NOBODY}:
            print(f"{newest.person} decided in the meantime: {newest.decision}.")
            return bool(newest.decision == "approved")
        if newest is not None and newest.number > edition:
            print(f"Edition {edition} of {period} was replaced by edition {newest.number}: decide on that one.")
            approved, reason = False, f"replaced by edition {newest.number}"
        workflow.approve(
            settings,
            period,
            edition=edition,
            person=person,
            decision="approved" if approved else "refused",
            reason=reason,
        )
    return approved


@task(inlets=[EDITIONS])  # type: ignore[untyped-decorator]  # airflow is not typed
def deliver(period: str, edition: int, areas: list[str] | None) -> dict[str, int]:
    """Each scorecard (of these areas, or all) to its recipients, once; returns how many deliveries are in which state.

    Letters that have to wait are sent by outcomes_delivery.
    """
    from outcomes import workflow

    with one_sentence():
        settings = airflow_settings()
        try:
            states = [line.state for line in workflow.deliver(settings, period, edition, areas=areas)]
        except workflow.LettersWait as wait:
            print(wait)
            states = [line.state for line in workflow.deliveries(settings, period, edition)]
    counts = {state: states.count(state) for state in sorted(set(states))}
    if counts.get("queued"):
        print(f"{counts['queued']} of {len(states)} letters wait in the queue: outcomes_delivery sends them when due.")
    if set(counts) & {"refused", "unknown"}:
        raise AirflowFailException(
            f"Not everything was sent ({counts}): `outcomes deliveries --period {period}` says what and why, and a person "
            "decides with `outcomes resend` or `outcomes arrived`."
        )
    return counts
