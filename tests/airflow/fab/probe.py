"""A page that changes something, guarded like the product's: what gets past the guards is what a test can see."""

from airflow.plugins_manager import AirflowPlugin
from fastapi import FastAPI

from outcomes.web.rights import GUARDS, Asking, token

probe = FastAPI(dependencies=GUARDS)


@probe.get("/form")
def form(who: Asking) -> dict[str, str]:
    """What a form of this person would carry."""
    return {"token": token(who.person)}


@probe.post("/act")
def act(who: Asking) -> dict[str, str]:
    """Whom the ledger would name."""
    return {"person": who.person.written}


class Probe(AirflowPlugin):
    """Beside the product's own plugin."""

    name = "probe"
    fastapi_apps = [{"app": probe, "url_prefix": "/probe", "name": "probe"}]  # noqa: RUF012
