"""*Approvals*: which editions wait, who asked for them and why, what would change; let one go, or refuse it with a reason.

Owns this page. Promises that an answer goes through Airflow, which knows who may give it, so that here and there it means
the same. Never enters a decision by itself, and never sends.

The ledger is asked `aside`, in a thread: see redo.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool as aside

from outcomes.ledger import Backfill, Edition, Ledger, backfills
from outcomes.ledger.approvals import kept_back
from outcomes.organisations import partnership
from outcomes.redaction import holds_number
from outcomes.settings import Settings
from outcomes.web import airflow_api, records
from outcomes.web.pages import Number, page
from outcomes.web.rights import Asking, Rights
from outcomes.web.roles import EDITION, backfill_dag

LONGEST_REASON = 500
OPTIONS = {"approve": "Approve", "refuse": "Reject"}

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An edition that nobody decided on; `request` is what it was made for, None where the month's own run made it."""

    edition: records.EditionRecord
    request: Backfill | None

    def open_to(self, who: Rights) -> bool:
        """Whether this person may answer, as far as we know: Airflow has the last word."""
        return who.engineer or (self.request is not None and self.request.ccg in who.redoes)


@router.get("/approvals")
def approvals(request: Request, who: Asking) -> Response:
    """What waits for an answer."""
    settings = Settings.load()
    waiting = [w for w in _waiting(settings, who) if w.open_to(who)]
    names = {area.code: area.name for area in partnership(settings.organisations).areas}
    return page(request, "approvals.html.j2", here="approvals", waiting=waiting, names=names, longest=LONGEST_REASON)


@router.post("/approvals/{period}/{number}")
async def decide(
    request: Request,
    who: Asking,
    period: str,
    number: Number,
    decision: Annotated[Literal["approve", "refuse"], Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Answer for an edition; a refusal needs a reason."""
    waiting = await aside(_open, who, period, number)
    why = " ".join(reason.split())
    if holds_number(why):
        raise HTTPException(400, "The reason holds what may be an NHS number: take it out.")
    if len(why) > LONGEST_REASON or (decision == "refuse" and not why):
        raise HTTPException(
            400, f"Say in at most {LONGEST_REASON} letters why it should not go: whoever asked for it reads that."
        )
    dags = [backfill_dag(waiting.request.ccg)] if waiting.request else [EDITION]
    subject = f"Send edition {number} of {waiting.edition.period}?"
    await airflow_api.answer(request, dags, subject, OPTIONS[decision], why)
    root = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/scorecards/{period}/{number}?answered=true", status_code=303)


def _waiting(settings: Settings, who: Rights) -> list[Waiting]:
    """The newest edition of each month, where it is ready to be read and nobody decided on it."""
    newest: dict[str, records.EditionRecord] = {}
    for edition in records.editions(settings, areas=who.areas):
        if edition.period not in newest or edition.number > newest[edition.period].number:
            newest[edition.period] = edition
    open_ones = [e for e in newest.values() if e.decision is None and e.files]
    ledger: Ledger = records.ledger(settings.database_url)
    with ledger.session(reading=True) as session:
        # One that is kept back cannot go: engineers see why with `outcomes alerts`.
        free = [e for e in open_ones if not kept_back(session, session.get_one(Edition, e.id))]
        return [Waiting(e, backfills.behind(session, e.id)) for e in sorted(free, key=lambda e: e.period)]


def _open(who: Rights, period: str, number: int) -> Waiting:
    """The edition, if it waits for an answer of this person."""
    for waiting in _waiting(Settings.load(), who):
        if (waiting.edition.period, waiting.edition.number) == (period, number) and waiting.open_to(who):
            return waiting
    raise HTTPException(404, f"Edition {number} of {period} does not wait for an answer of yours.")
