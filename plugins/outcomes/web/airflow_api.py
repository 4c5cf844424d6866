"""Airflow's own public API, asked by our pages on behalf of whoever is signed in.

Owns starting runs, finding them, and answering what they ask. Promises that each is asked with the person's own token, so
that Airflow itself judges whether they may, and that a refusal becomes a sentence. Never acts with rights of its own.
"""

from typing import Any
from urllib.parse import quote

import httpx
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from fastapi import HTTPException, Request

# Under this name the plugin leaves the application of Airflow that ours is mounted in.
AIRFLOW = "outcomes.airflow"
_TASK = "approval"
# Runs that the pages start: `page__12__2018-04__1`.
_PREFIX = "page"


async def start_run(request: Request, dag: str, month: str, request_number: int, *, preview: bool) -> str:
    """Start a run of a backfill DAG for a month; gives its id."""
    kind = "preview" if preview else _PREFIX
    earlier = await runs(request, dag, request_number, kind)
    run = f"{kind}__{request_number}__{month}__{len(earlier) + 1}"
    body = {
        "dag_run_id": run,
        "logical_date": None,
        "partition_key": month,
        "conf": {"request": request_number, "preview": preview},
    }
    await _ask(request, "POST", f"dags/{dag}/dagRuns", body)
    return run


async def runs(request: Request, dag: str, request_number: int, kind: str = _PREFIX) -> list[dict[str, Any]]:
    """The runs that the pages started for a request, the oldest first: `dag_run_id`, `partition_key`, `state`."""
    pattern = quote(f"{kind}__{request_number}__")
    found = await _ask(request, "GET", f"dags/{dag}/dagRuns?run_id_prefix_pattern={pattern}&limit=100")
    # Airflow's pattern forgets the signs at its end: 1 would find 12 as well.
    ours = [r for r in found["dag_runs"] if r["dag_run_id"].startswith(f"{kind}__{request_number}__")]
    return sorted(ours, key=lambda r: (r["queued_at"] or "", r["dag_run_id"]))


async def answer(request: Request, dags: list[str], subject: str, option: str, reason: str) -> None:
    """Answer the question with that subject which a run of one of the DAGs asks; raises 404 where none does."""
    for dag in dags:
        path = f"dags/{dag}/dagRuns/~/hitlDetails?response_received=false&limit=100&order_by=-created_at"
        for asked in (await _ask(request, "GET", path))["hitl_details"]:
            task = asked["task_instance"]
            if asked["subject"] == subject and task["state"] == "awaiting_input":
                run = quote(task["dag_run_id"], safe="")
                path = f"dags/{dag}/dagRuns/{run}/taskInstances/{_TASK}/-1/hitlDetails"
                body = {"chosen_options": [option], "params_input": {"reason": reason}}
                await _ask(request, "PATCH", path, body)
                return
    raise HTTPException(
        404,
        "No run in Airflow asks about this edition: it was made from a shell, where `outcomes approve` lets it go, or it "
        "was answered in the meantime.",
    )


async def _ask(request: Request, method: str, path: str, body: Any = None) -> Any:
    transport = httpx.ASGITransport(app=request.scope[AIRFLOW])
    headers = {"Authorization": f"Bearer {_token(request)}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow", headers=headers) as client:
        answered = await client.request(method, f"/api/v2/{path}", json=body)
    if answered.status_code == 403:
        raise HTTPException(403, "Airflow does not let you do this: ask whoever runs it for the role of your CCG.")
    if answered.status_code == 409:
        raise HTTPException(409, "Somebody else was faster: open the page again to see how it stands.")
    if answered.is_error:
        raise HTTPException(
            502, f"Airflow did not do this (it answered {answered.status_code}): try again, or tell whoever runs it."
        )
    return answered.json() if answered.content else None


def _token(request: Request) -> str:
    """The token that the person is signed in with: of the header where there is one, else of the cookie."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given if scheme.lower() == "bearer" else request.cookies.get(COOKIE_NAME_JWT_TOKEN, "")
