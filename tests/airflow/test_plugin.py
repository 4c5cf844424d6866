"""The plugin: Airflow finds it, and its tasks fail with one sentence that tells nothing about people."""

import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
from airflow._shared.module_loading import find_path_from_directory
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from airflow import plugins_manager
from outcomes.acting import acting
from outcomes.airflow_plugin import airflow_settings, one_sentence, reporting_month
from outcomes.errors import InputError, SafetyRefusal, SetupError
from outcomes.intake.agreements import agreement_with
from outcomes.organisations import partnership

ROOT = Path(__file__).resolve().parents[2]
KEY = "ab" * 32


def run_of(key: str | None) -> dict[str, SimpleNamespace]:
    return {"dag_run": SimpleNamespace(partition_key=key)}


def test_airflow_finds_the_plugin_once_by_its_entry_point():
    plugins_manager.ensure_plugins_loaded()
    assert plugins_manager.get_import_errors() == {}
    ours = [plugin for plugin in plugins_manager.get_plugin_info() if plugin["name"] == "outcomes"]
    assert len(ours) == 1
    assert "EntryPoint" in str(ours[0]["source"]) or "outcomes==" in str(ours[0]["source"])
    assert ours[0]["timetables"] == [
        "outcomes.web.timetable.ReportingMonthTimetable",
        "outcomes.web.timetable.OnRequestTimetable",
    ]
    (view,) = ours[0]["external_views"]
    assert (view["name"], view["href"], view["destination"]) == ("Outcome measures", "outcomes/", "nav")


@pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")
def test_the_plugins_folder_shows_airflow_only_the_file_that_defines_the_plugin():
    found = find_path_from_directory(str(ROOT / "plugins"), ".airflowignore", "glob")
    assert [path for path in found if path.endswith(".py")] == [str(ROOT / "plugins/outcomes/airflow_plugin.py")]


def test_the_plugins_folder_alone_is_enough_where_nothing_is_installed():
    # The installed package is hidden: its entry point and its place on the path; Airflow adds its plugins folder itself.
    program = f"""
import sys
sys.path = [place for place in sys.path if not place.endswith("plugins")]
from airflow import plugins_manager
plugins_manager._load_entrypoint_plugins = lambda: ([], {{}})
plugins_manager.ensure_plugins_loaded()
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
dag = DagBag({str(ROOT / "dags")!r}).dags["outcomes_edition"]
again = DagSerialization.from_dict(DagSerialization.to_dict(dag))
print([plugins_manager.get_import_errors(), [p["name"] for p in plugins_manager.get_plugin_info()], again.timetable.summary])
"""
    environment = {**os.environ, "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[{}, ['outcomes'], 'Reporting month, tenth working day']"


def test_settings_take_secrets_from_connections(monkeypatch):
    relay = {"conn_type": "smtp", "host": "relay.example", "port": 2525, "login": "us", "password": "a long secret"}
    monkeypatch.setenv("OUTCOMES_SMTP_HOST", "other.example")
    monkeypatch.setenv("AIRFLOW_CONN_OUTCOMES_SMTP", json.dumps(relay | {"extra": {"security": "tls"}}))
    monkeypatch.setenv("AIRFLOW_CONN_OUTCOMES_PSEUDONYM_KEY", json.dumps({"conn_type": "generic", "password": KEY}))
    settings = airflow_settings()
    assert (settings.smtp_host, settings.smtp_port, settings.smtp_user) == ("relay.example", 2525, "us")
    assert settings.smtp_security == "tls"
    assert settings.smtp_password.get_secret_value() == "a long secret"
    assert settings.key()[0] == bytes.fromhex(KEY)
    assert "a long secret" not in repr(settings)


def test_what_opens_locked_files_comes_from_connections_too(monkeypatch, tmp_path):
    organisations = (
        (ROOT / "config" / "organisations.toml")
        .read_text()
        .replace('code = "RJE"', f'code = "RJE"\nzip_password = true\npgp_signer = "{"A1" * 20}"')
    )
    (tmp_path / "organisations.toml").write_text(organisations)
    monkeypatch.setenv("OUTCOMES_ORGANISATIONS", str(tmp_path / "organisations.toml"))
    password = {"conn_type": "generic", "password": "a long password"}
    keys = {"conn_type": "generic", "password": "a passphrase", "extra": {"keys": "armoured"}}
    monkeypatch.setenv("AIRFLOW_CONN_OUTCOMES_ZIP_PASSWORD_RJE", json.dumps(password))
    monkeypatch.setenv("AIRFLOW_CONN_OUTCOMES_PGP", json.dumps(keys))
    settings = airflow_settings()
    agreement = agreement_with("RJE", partnership(settings.organisations), settings)
    assert (agreement.password(), agreement.keys(), agreement.pgp_passphrase) == (
        b"a long password",
        "armoured",
        "a passphrase",
    )
    assert agreement_with("RTG", partnership(settings.organisations), settings).password() is None
    assert "a long password" not in repr(settings) + repr(agreement)


def test_what_a_connection_leaves_empty_stays_as_the_environment_says(monkeypatch):
    monkeypatch.setenv("OUTCOMES_SMTP_PORT", "2526")
    monkeypatch.setenv("OUTCOMES_SMTP_SECURITY", "none")
    monkeypatch.setenv("AIRFLOW_CONN_OUTCOMES_SMTP", json.dumps({"conn_type": "smtp", "host": "relay.example"}))
    settings = airflow_settings()
    assert (settings.smtp_host, settings.smtp_port, settings.smtp_security) == ("relay.example", 2526, "none")


def test_a_run_knows_its_reporting_month():
    assert reporting_month(run_of("2018-04")) == "2018-04"


@pytest.mark.parametrize("key", [None, ""])
def test_a_run_without_a_key_fails_at_once_and_says_how_to_start_it(key):
    with pytest.raises(AirflowFailException, match="has no reporting month: trigger it again with the month"):
        reporting_month(run_of(key))


def test_a_run_with_a_bad_key_or_a_month_not_due_fails_at_once():
    with pytest.raises(AirflowFailException, match="'April' is not a month"):
        reporting_month(run_of("April"))
    this_month = f"{datetime.now(UTC):%Y-%m}"
    with pytest.raises(AirflowFailException, match=f"The edition of {this_month} is not due before"):
        reporting_month(run_of(this_month))


@pytest.mark.parametrize("kind", [InputError, SafetyRefusal])
def test_an_input_at_fault_ends_the_task_for_good(kind):
    with pytest.raises(AirflowFailException, match=r"^The month is not there\.$"), one_sentence():
        raise kind("The month is not there.")


def test_a_set_up_at_fault_may_heal_and_is_tried_again():
    with pytest.raises(AirflowException, match=r"^The ledger is out of reach\.$") as caught, one_sentence():
        raise SetupError("The ledger is out of reach.")
    assert not isinstance(caught.value, AirflowFailException)


def test_what_a_task_prints_or_logs_is_masked(capsys):
    with structlog.testing.capture_logs() as logged, one_sentence():
        print("could not read 999 000 0018")
        structlog.get_logger("task").warning("could not read 9990000018")
        logging.getLogger("task").warning("could not read %s", "9990000018")
    said = capsys.readouterr().out
    assert "could not read ##########" in said
    assert "0018" not in said + str(logged)


def test_what_is_done_is_entered_under_airflow():
    with one_sentence():
        assert acting() == "Airflow"


def test_a_skip_stays_a_skip():
    with pytest.raises(AirflowSkipException), one_sentence():
        raise AirflowSkipException("Nothing to send.")


def test_an_unexpected_error_tells_its_place_and_never_its_words():
    with pytest.raises(AirflowException) as caught, one_sentence():
        raise ValueError("could not read record 17: 999 000 0018")
    assert "Unexpected ValueError in test_an_unexpected_error" in str(caught.value)
    assert "999" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
