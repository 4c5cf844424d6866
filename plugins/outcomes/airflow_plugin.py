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
from typing import TYPE_CHECKING, Any

import structlog
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import Connection, get_current_context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException

from outcomes.acting import on_behalf_of
from outcomes.errors import InputError, OutcomesError, SetupError
from outcomes.organisations import partnership
from outcomes.redaction import Spoken, install, stripped
from outcomes.settings import Settings
from outcomes.web.timetable import OnRequestTimetable, ReportingMonthTimetable, due_month

if TYPE_CHECKING:
    from paramiko import SFTPClient

    from outcomes.intake.sources.connections import Connection as SourceConnection

SMTP = "outcomes_smtp"
NOTIFY = "outcomes_notify"
PSEUDONYM_KEY = "outcomes_pseudonym_key"
PGP = "outcomes_pgp"
ZIP_PASSWORD = "outcomes_zip_password_{}"
PREFIX = "/outcomes"


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The pages, made at the first request: every task loads the plugin and would pay for them otherwise."""
    from outcomes.web.airflow_api import AIRFLOW
    from outcomes.web.app import app

    await app({**scope, AIRFLOW: scope.get("app")}, receive, send)


class OutcomesPlugin(AirflowPlugin):  # type: ignore[misc]  # airflow is not typed
    """The pages, their place in the navigation, and the timetable."""

    name = "outcomes"
    fastapi_apps = [{"app": pages, "url_prefix": PREFIX, "name": "Outcome measures"}]  # noqa: RUF012 (Airflow's own form)
    # Without a route of Airflow's own around them: in its frame a browser shows no PDF and saves no file.
    external_views = [  # noqa: RUF012
        {
            "name": "Outcome measures",
            "href": PREFIX.lstrip("/") + "/",
            "destination": "nav",
            "category": "browse",
        }
    ]
    timetables = [ReportingMonthTimetable, OnRequestTimetable]  # noqa: RUF012


def airflow_settings() -> Settings:
    """The settings inside a task: the environment, and the secrets of connections where these exist.

    `outcomes_smtp` gives host, port, login, password and, as extra, `security`; `outcomes_pseudonym_key` the key as
    password and its id as login; `outcomes_notify` the key of GOV.UK Notify as password and the template's id as login;
    `outcomes_pgp` the passphrase as password and, as extra, the armoured `keys`;
    `outcomes_zip_password_rje` RJE's password, where one is agreed. What a connection leaves empty stays as the environment
    says.
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
    if (notify := _connection(NOTIFY)) is not None:
        given |= {"notify_api_key": notify.password, "notify_template_id": notify.login}
    if (pgp := _connection(PGP)) is not None:
        given |= {"pgp_keys": pgp.extra_dejson.get("keys"), "pgp_passphrase": pgp.password}
    given = {name: value for name, value in given.items() if value not in {None, ""}}
    settings = Settings.load(**given)
    locking = [s.code for s in partnership(settings.organisations).suppliers if s.zip_password]
    passwords = {code: found.password for code in locking if (found := _connection(ZIP_PASSWORD.format(code.lower())))}
    return Settings.load(**given, zip_passwords=passwords) if passwords else settings


class AirflowConnections:
    """The connections of sources, as Airflow keeps them; SFTP goes through its hook."""

    def get(self, name: str) -> "SourceConnection":
        """Raises SourceError when there is none of that name."""
        from outcomes.intake.sources.connections import Connection as SourceConnection
        from outcomes.intake.sources.connections import no_connection

        if (found := _connection(name)) is None:
            raise no_connection(name)
        return SourceConnection(
            name, found.host or "", found.port, found.login or "", found.password or "", found.extra_dejson
        )

    @contextmanager
    def sftp(self, name: str) -> "Iterator[SFTPClient]":
        """A session with the server whose key the connection pins; raises SourceRefused when it pins none."""
        from airflow.providers.sftp.hooks.sftp import SFTPHook
        from paramiko import BadHostKeyException

        from outcomes.intake.sources.connections import pinned_key

        pinned = pinned_key(self.get(name))
        # Tried again by the task, not by the hook.
        hook = SFTPHook(ssh_conn_id=name, conn_retry_attempts=1)
        with hook.get_managed_conn() as session:
            shown = session.get_channel().get_transport().get_remote_server_key()
            # The hook also trusts what the machine's own known_hosts says, even against the pinned key.
            if shown != pinned:
                raise BadHostKeyException(hook.remote_host, shown, pinned)
            yield session


def whole(failed: list[str]) -> None:
    """Raises SetupError where a source could not be used to the end, so that the task is tried again."""
    if failed:
        raise SetupError(" ".join(failed))


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
