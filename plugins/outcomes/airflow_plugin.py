"""What Airflow sees: the plugin, and what its tasks need to call the workflow.

Owns the plugin's registration, the settings inside a task, the run's reporting month, and how an error ends a task.
Promises that a task fails with one sentence, that no log line holds what an unexpected error said about data, and that
nothing heavy is imported while a DAG is parsed. Never does the month's work itself.

Airflow finds the plugin by the entry point of the installed package. Who cannot install a package points Airflow's
plugins folder at `plugins/` instead; never both.
"""

import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import structlog
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import Connection, get_current_context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException

from outcomes.acting import on_behalf_of
from outcomes.errors import InputError, OutcomesError, SetupError
from outcomes.redaction import Spoken, install, stripped
from outcomes.settings import Settings
from outcomes.web.timetable import ReportingMonthTimetable, due_month

SMTP = "outcomes_smtp"
PSEUDONYM_KEY = "outcomes_pseudonym_key"
PREFIX = "/outcomes"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The pages, made at the first request: every task loads the plugin and would pay for them otherwise."""
    from outcomes.web.app import app

    await app(scope, receive, send)


class OutcomesPlugin(AirflowPlugin):  # type: ignore[misc]  # airflow is not typed
    """The pages, their place in the navigation, and the timetable."""

    name = "outcomes"
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "Outcome measures"}]  # noqa: RUF012 (Airflow's own form)
    external_views = [  # noqa: RUF012
        {
            "name": "Outcome measures",
            "href": PREFIX.lstrip("/") + "/",
            "destination": "nav",
            "category": "browse",
            "url_route": "outcomes",
        }
    ]
    timetables = [ReportingMonthTimetable]  # noqa: RUF012


def airflow_settings() -> Settings:
    """The settings inside a task: the environment, and the secrets of two connections where these exist.

    `outcomes_smtp` gives host, port, login, password and, as extra, `security`; `outcomes_pseudonym_key` the key as
    password and its id as login. What a connection leaves empty stays as the environment says.
    """
    given: dict[str, Any] = {}
    if (smtp := _connection(SMTP)) is not None:
        given |= {
            "smtp_host": smtp.host,
            "smtp_port": smtp.port,
            "smtp_user": smtp.login,
            "smtp_password": smtp.password,
            "smtp_security": smtp.extra_dejson.get("security"),
        }
    if (key := _connection(PSEUDONYM_KEY)) is not None:
        given |= {"pseudonym_key": key.password, "pseudonym_key_id": key.login}
    return Settings.load(**{name: value for name, value in given.items() if value not in {None, ""}})


def reporting_month(context: Mapping[str, Any]) -> str:
    """The reporting month of a run, `YYYY-MM`; fails the task when there is none, it is no month, or it is not due."""
    run = context.get("dag_run")
    key = getattr(run, "partition_key", None)
    if not key:
        raise AirflowFailException(
            "This run has no reporting month: trigger it again with the month as partition key, for example 2018-04."
        )
    try:
        return str(due_month(key))
    except InputError as error:
        raise AirflowFailException(str(error)) from None


@contextmanager
def one_sentence() -> Iterator[None]:
    """Ends a task that goes wrong with one sentence; only a set-up at fault, which may heal, is tried again.

    What an unexpected error says could quote a record, so only its kind and the place in the code are told.
    """
    try:
        with _redacted(), on_behalf_of(_started_by()):
            yield
    except AirflowException:
        raise
    except SetupError as error:
        raise AirflowException(str(error)) from None
    except OutcomesError as error:
        raise AirflowFailException(str(error)) from None
    except Exception as error:  # noqa: BLE001 (it ends the task all the same)
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise AirflowException(
            f"Unexpected {type(error).__name__} in {place.name}, line {place.lineno} of {place.filename}: "
            "a defect of outcomes or of this machine; report it with this line."
        ) from None


@contextmanager
def _redacted() -> Iterator[None]:
    """Mask NHS numbers in all that this task logs or prints: both become Airflow's log."""
    install()
    # In place: loggers that are there already hold this very list. Its last entry writes, ours comes just before.
    processors = structlog.get_config()["processors"]
    if _strip_entry not in processors:
        processors.insert(len(processors) - 1, _strip_entry)
    out, err = Spoken(sys.stdout), Spoken(sys.stderr)
    with closing(out), closing(err), redirect_stdout(out), redirect_stderr(err):
        yield


def _strip_entry(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in entry.items():
        entry[name] = stripped(value)
    return entry


def _started_by() -> str:
    """Who started this run by hand, else that Airflow did."""
    try:
        run = get_current_context().get("dag_run")
    except RuntimeError:
        run = None
    person = getattr(run, "triggering_user_name", None)
    return f"{person} (Airflow)" if person else "Airflow"


def _connection(name: str) -> Any:
    try:
        return Connection.get(name)
    except AirflowNotFoundException:
        return None
