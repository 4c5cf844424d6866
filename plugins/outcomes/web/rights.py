"""Who is asking, and what they may see and do, by Airflow's own rights on DAGs.

Owns both answers: who may read `outcomes_edition` is an engineer and sees everything; who may read
`outcomes_backfill_<ccg>` leads that CCG and sees it and the STP; who may start its runs may redo its months and decides on
its letters, as an engineer who may start those of `outcomes_delivery` does on all letters. Promises that nobody gets past
`GUARDS` without being signed in, nor changes anything from another site's page, and that who has no rights here is told so.
Never shows, keeps or passes on Airflow's user object: it may hold a password's hash.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from airflow.configuration import conf
from fastapi import Depends, HTTPException, Request

from outcomes.organisations import partnership
from outcomes.settings import Settings
from outcomes.web.roles import DELIVERY, EDITION, backfill_dag

# Requests that change nothing.
_ONLY_LOOKING = {"GET", "HEAD", "OPTIONS"}
# Seconds after which a form's token is another one; the one before is taken too.
_TOKEN_LASTS = 12 * 3600
TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, for the ledger: Airflow's id of them (FAB's number, as text) and the name they sign in with."""

    id: str
    name: str

    @property
    def written(self) -> str:
        """As the ledger's events have it: `jo (7)`."""
        return self.name if self.name == self.id else f"{self.name} ({self.id})"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a signed-in person may see and do; all are codes.

    `ccgs` are all there are, `leads` those led, `redoes` those whose months may be redone, `areas` those whose figures,
    scorecards and deliveries are open; `sends` tells whether they decide on every letter.
    """

    person: Person
    engineer: bool
    ccgs: tuple[str, ...]
    leads: frozenset[str]
    redoes: frozenset[str]
    areas: tuple[str, ...]
    sends: bool

    def require_area(self, area: str) -> None:
        """Raises 403 unless the figures, scorecards and deliveries of an area are open to them."""
        if area not in self.areas:
            raise HTTPException(
                403,
                f"{area} is not open to you: you see {_listed(self.areas)}. Its own lead or an engineer can show it.",
            )

    def require_engineer(self, what: str) -> None:
        """Raises 403 with what it is that only engineers see."""
        if not self.engineer:
            raise HTTPException(403, f"{what}: this is for engineers only.")

    def require_redoing(self, ccg: str) -> None:
        """Raises 403 unless they may redo a CCG's months."""
        if ccg not in self.redoes:
            raise HTTPException(
                403, f"You may not redo months of {ccg}: that takes the right to edit {backfill_dag(ccg)} in Airflow."
            )

    def answers_for(self, area: str) -> bool:
        """Whether they decide on the letters with an area's scorecard."""
        return self.sends or area in self.redoes

    def require_answering(self, area: str) -> None:
        """Raises 403 unless they decide on an area's letters."""
        if not self.answers_for(area):
            raise HTTPException(
                403,
                f"You do not decide on the letters of {area}: that takes the right to edit {DELIVERY} in Airflow or, of a "
                f"CCG's own, its backfill.",
            )

    def sees_inside(self, supplier: str) -> bool:
        """Whether a supplier's extracts may be looked into: their feedback report, how many records they have."""
        return self.engineer or supplier in self.leads

    def sees_rules(self, supplier: str) -> bool:
        """Whether they are told which rules a rejected extract broke: also of a provider's, of which every CCG has some."""
        return self.sees_inside(supplier) or supplier not in self.ccgs

    def require_inside(self, supplier: str) -> None:
        """Raises 403 unless a supplier's extracts may be looked into."""
        if not self.sees_inside(supplier):
            raise HTTPException(
                403, f"What is inside the extracts of {supplier} is for engineers and, of a CCG's own, for its lead."
            )


def same_site(request: Request) -> None:
    """Refuse, with 403, whatever would change something and does not come from a page of this very site.

    The cookie that signs a person in is sent with other sites' forms too where a browser is old or misled.
    """
    if request.method in _ONLY_LOOKING:
        return
    fetch_site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    told = [fetch_site == "same-origin"] if fetch_site is not None else []
    if origin is not None:
        # Airflow need not know under which address people use it; `null` has no place, and is nobody's page.
        own = {request.headers.get("host"), urlsplit(conf.get("api", "base_url", fallback="")).netloc}
        told.append(urlsplit(origin).netloc in own - {None, ""})
    if not told or not all(told):
        raise HTTPException(403, "This request did not come from a page of this site, so nothing was done.")


async def own_form(request: Request, user: Annotated[Any, Depends(get_user)]) -> None:
    """Refuse, with 403, a form that this person did not get from us within the last hours."""
    if request.method in _ONLY_LOOKING:
        return
    given = str((await request.form()).get(TOKEN, ""))
    if not any(hmac.compare_digest(given, _token(user.get_id(), back)) for back in (0, 1)):
        raise HTTPException(403, "This form is too old or not yours, so nothing was done: open its page again.")


async def no_nul(request: Request, user: Annotated[Any, Depends(get_user)]) -> None:
    """Refuse, with 400, the one sign that PostgreSQL keeps in no text: nobody types it."""
    given = [*request.path_params.values(), *request.query_params.values()]
    if request.method not in _ONLY_LOOKING:
        given += (await request.form()).values()
    if any("\0" in str(value) for value in given):
        raise HTTPException(400, "A sign in this address or form is none that can be kept, so nothing was done.")


# Before every route of the pages, whichever it is.
GUARDS = [Depends(get_user), Depends(same_site), Depends(own_form), Depends(no_nul)]


def rights(request: Request, user: Annotated[Any, Depends(get_user)]) -> Rights:
    """The rights of whoever asks; raises 403 for one who may see nothing here. Kept for this request only."""
    person = Person(str(user.get_id()), str(user.get_name()))
    known = partnership(Settings.load().organisations)
    ccgs = tuple(ccg.code for ccg in known.ccgs)
    engineer = _may("GET", EDITION, user)
    leads = frozenset(ccg for ccg in ccgs if _may("GET", backfill_dag(ccg), user))
    redoes = frozenset(ccg for ccg in leads if _may("POST", backfill_dag(ccg), user, DagAccessEntity.RUN))
    if not engineer and not leads:
        raise HTTPException(
            403,
            f"You are signed in as {person.name}, and nothing here is open to you: ask whoever runs Airflow for the role "
            "of your CCG, such as ccg_05W.",
        )
    areas = tuple(a.code for a in known.areas if engineer or a.code in leads or a.code == known.stp.code)
    sends = engineer and _may("POST", DELIVERY, user, DagAccessEntity.RUN)
    found = Rights(person, engineer, ccgs, leads, redoes, areas, sends)
    request.state.rights = found
    return found


Asking = Annotated[Rights, Depends(rights)]


def token(person: Person) -> str:
    """What a form of this person carries, so that no other site can make one."""
    return _token(person.id, 0)


def _token(person_id: str, back: int) -> str:
    part = int(time.time() // _TOKEN_LASTS) - back
    secret = conf.get("api", "secret_key").encode()
    return hmac.new(secret, f"outcomes form {part} {person_id}".encode(), hashlib.sha256).hexdigest()


def _may(method: str, dag: str, user: Any, entity: Any = None) -> bool:
    return bool(
        get_auth_manager().is_authorized_dag(method=method, access_entity=entity, details=DagDetails(id=dag), user=user)
    )


def _listed(codes: tuple[str, ...]) -> str:
    return " and ".join(codes)
