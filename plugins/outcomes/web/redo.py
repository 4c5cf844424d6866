"""*Redo months*: a lead asks for past months of the own CCG, sees what would change, confirms, follows it, takes it back.

Owns these pages. Promises that a request is seen only by that CCG's leads and by engineers, that nothing begins before it is
confirmed, and that what is shown of it went through the gate. Never computes: a run of the CCG's DAG does.

Who asks Airflow has to be on the event loop, so what asks the ledger or makes a page goes `aside`, into a thread. No thread
is held while Airflow answers: its own routes need one of the same few.
"""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool as aside

from outcomes.ledger import Backfill, BackfillMonth, backfills
from outcomes.organisations import partnership
from outcomes.settings import Settings
from outcomes.web import airflow_api, readings, records
from outcomes.web.pages import Number, page
from outcomes.web.rights import Asking, Rights
from outcomes.web.roles import backfill_dag

# Seconds until a page that waits for a run is loaded anew.
LOOK_AGAIN = 5

router = APIRouter()


@router.get("/redo")
def redo(request: Request, who: Asking) -> Response:
    """The form for a new request, and the requests there were."""
    settings = Settings.load()
    names = {ccg.code: ccg.name for ccg in partnership(settings.organisations).ccgs}
    months = sorted({e.period for e in records.editions(settings, areas=who.areas)}, reverse=True)
    seen = [code for code in names if who.engineer or code in who.leads]
    with records.ledger(settings.database_url).session(reading=True) as session:
        asked = [(b, backfills.standing(session, b)) for b in backfills.requests(session, seen)]
    return page(
        request,
        "redo.html.j2",
        here="redo",
        ccgs=[(code, name) for code, name in names.items() if code in who.redoes],
        months=months,
        asked=asked,
        names=names,
        longest=backfills.LONGEST_REASON,
    )


@router.post("/redo")
async def ask(
    request: Request,
    who: Asking,
    ccg: Annotated[str, Form()],
    first: Annotated[str, Form()],
    last: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Enter a request, and begin its preview."""
    who.require_redoing(ccg)
    asked = await aside(_ask, who, ccg, first, last, reason)
    await airflow_api.start_run(request, backfill_dag(ccg), asked.first_month, asked.id, preview=True)
    return _to(request, asked.id)


@router.get("/redo/{number}")
async def follow(request: Request, who: Asking, number: Number) -> Response:
    """One request: its preview, or how far its months are."""
    found = await aside(_stands, who, number)
    kind = "preview" if found.asked.confirmed_at is None else "page"
    runs = await airflow_api.runs(request, backfill_dag(found.asked.ccg), number, kind)
    return await aside(_followed, request, who, found, {r["partition_key"]: r["state"] for r in runs})


@router.post("/redo/{number}/confirm")
async def confirm(request: Request, who: Asking, number: Number) -> Response:
    """Let a request go ahead: a run for each of its months."""
    await aside(_confirm, who, number)
    return await start(request, who, number)


@router.post("/redo/{number}/start")
async def start(request: Request, who: Asking, number: Number) -> Response:
    """A run for each month of a confirmed request of which nothing came yet, and for which none is going on."""
    asked, _, done = await aside(_stands, who, number)
    who.require_redoing(asked.ccg)
    dag = backfill_dag(asked.ccg)
    if asked.confirmed_at is None:
        # Its preview failed: once more.
        await airflow_api.start_run(request, dag, asked.first_month, number, preview=True)
        return _to(request, number)
    going = {r["partition_key"] for r in await airflow_api.runs(request, dag, number) if r["state"] != "failed"}
    for month in asked.months:
        if month not in going | set(done):
            await airflow_api.start_run(request, dag, month, number, preview=False)
    return _to(request, number)


@router.post("/redo/{number}/cancel")
def cancel(request: Request, who: Asking, number: Number) -> Response:
    """Take a request back: months that have not been done are not done any more."""
    with records.ledger(Settings.load().database_url).session() as session:
        who.require_redoing(_seen(session, who, number).ccg)
        backfills.cancel(session, number, who.person.written)
    return _to(request, number)


class _Stands(NamedTuple):
    """A request, how it stands, and what came of its months so far."""

    asked: Backfill
    standing: backfills.Standing
    done: Mapping[str, BackfillMonth]


def _ask(who: Rights, ccg: str, first: str, last: str, reason: str) -> Backfill:
    settings = Settings.load()
    with records.ledger(settings.database_url).session() as session:
        return backfills.ask(
            session,
            partnership(settings.organisations),
            ccg,
            first,
            last,
            reason=reason,
            person=who.person.written,
            via="page",
            confirmed=False,
        )


def _stands(who: Rights, number: int) -> _Stands:
    with records.ledger(Settings.load().database_url).session(reading=True) as session:
        asked = _seen(session, who, number)
        done = {month.period: month for month in backfills.outcomes(session, number)}
        return _Stands(asked, backfills.standing(session, asked), done)


def _followed(request: Request, who: Rights, found: _Stands, states: Mapping[str, str]) -> Response:
    settings = Settings.load()
    asked, standing, done = found
    if asked.preview:
        readings.enter(who, f"the preview of {asked.subject}")
    waits = standing == "asked" or (
        standing in {"confirmed", "under way"} and set(states.values()) - {"failed"} != set()
    )
    return page(
        request,
        "request.html.j2",
        here="redo",
        asked=asked,
        standing=standing,
        done=done,
        states=states,
        editions={e.id: e for e in records.editions(settings, areas=who.areas)},
        again=LOOK_AGAIN if waits else None,
        name=next(c.name for c in partnership(settings.organisations).ccgs if c.code == asked.ccg),
        may=asked.ccg in who.redoes,
    )


def _confirm(who: Rights, number: int) -> None:
    with records.ledger(Settings.load().database_url).session() as session:
        who.require_redoing(_seen(session, who, number).ccg)
        backfills.confirm(session, number, who.person.written)


def _seen(session: Session, who: Rights, number: int) -> Backfill:
    """A request, if this person may see it; to others it is as if there were none."""
    asked = session.get(Backfill, number)
    if asked is None or not (who.engineer or asked.ccg in who.leads):
        raise HTTPException(404, f"There is no request {number} of a CCG that is open to you.")
    return asked


def _to(request: Request, number: int) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/redo/{number}", status_code=303)
