"""The whole month on a real Airflow: extracts in the inbox, scorecards in the mail, and no NHS number on the way.

A real api-server, scheduler and dag-processor on SQLite, the real DAGs and workflow, a real mail relay; a small partnership
(about fifty deaths a month). Each test looks at another side of the same runs.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mail_catcher import MailCatcher
from real_airflow import USER, AirflowFailed, RealAirflow

from outcomes import workflow
from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.settings import Settings
from outcomes.synthetic import write_extracts
from outcomes.web.records import editions
from outcomes.web.timetable import latest_due_month

pytestmark = [pytest.mark.airflow, pytest.mark.weasyprint]

ROOT = Path(__file__).resolve().parents[2]
SUPPLIERS = len(partnership().suppliers)
EDITION, INTAKE, DELIVERY = "outcomes_edition", "outcomes_intake", "outcomes_delivery"


@dataclass(frozen=True)
class Place:
    """Where all of it happens."""

    folder: Path
    airflow: RealAirflow
    mail: MailCatcher
    month: str

    @property
    def settings(self) -> Settings:
        return Settings.load(home=self.folder / "outcomes")

    def run(self, dag: str, run: str, answer: str | None = None, **words: str) -> dict[str, str]:
        """Wait for a run to end, answering its question; returns how each task ended."""

        def ended() -> bool:
            if self.airflow.state(dag, run) in {"success", "failed"}:
                return True
            if answer:
                self.airflow.answer(dag, run, answer, **words)
            self.airflow.check(dag, run)
            return False

        self.airflow.wait(ended, f"{dag} {run}", limit=1200)
        return {t["task_id"]: t["state"] for t in self.airflow.tasks(dag, run)}

    def scheduled(self, dag: str) -> dict[str, str]:
        """Unpause a DAG and wait for the run that its schedule makes."""
        self.airflow.unpause(dag)
        found = self.airflow.wait(lambda: self.airflow.runs(dag), f"the run of {dag}", limit=120)
        return dict(found[0])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Five months of extracts taken in, and the edition of the latest due month made, approved and sent."""
    folder = tmp_path_factory.mktemp("end-to-end")
    due = latest_due_month()
    with MailCatcher(folder / "mail") as mail:
        environment = {
            "OUTCOMES_HOME": str(folder / "outcomes"),
            "AIRFLOW_CONN_OUTCOMES_SMTP": json.dumps(
                {"conn_type": "smtp", "host": mail.host, "port": mail.port, "extra": {"security": "none"}}
            ),
            "AIRFLOW_CONN_OUTCOMES_PSEUDONYM_KEY": json.dumps({"conn_type": "generic", "password": "5a" * 32}),
        }
        with RealAirflow(folder / "airflow", ROOT / "dags", environment) as airflow:
            airflow.begin_migration()
            write_extracts(folder / "outcomes" / "inbox", due - 3, due + 1, scale=0.05, seed=1)
            airflow.start()
            airflow.wait_for_dag(INTAKE)
            airflow.wait_for_dag(EDITION)
            place = Place(folder, airflow, mail, str(due))
            place.run(INTAKE, place.scheduled(INTAKE)["dag_run_id"])
            place.run(EDITION, place.scheduled(EDITION)["dag_run_id"], "Approve", reason="")
            yield place


def test_every_supplier_is_taken_in_by_a_task_of_its_own(place):
    run = place.airflow.runs(INTAKE)[0]["dag_run_id"]
    received = [t for t in place.airflow.tasks(INTAKE, run) if t["task_id"] == "receive"]
    assert [t["state"] for t in received] == ["success"] * SUPPLIERS
    assert {t["rendered_map_index"] for t in received} == {s.code for s in partnership().suppliers}


def test_the_schedule_makes_the_run_of_the_latest_due_month(place):
    (run,) = [run for run in place.airflow.runs(EDITION) if run["run_type"] == "scheduled"]
    assert run["dag_run_id"] == f"scheduled__{place.month}"
    assert run["partition_key"] == place.month
    assert run["logical_date"] is None
    assert datetime.fromisoformat(run["run_after"]) < datetime.now(UTC)
    assert run["state"] == "success"


def test_each_recipient_gets_one_scorecard(place):
    messages = place.mail.messages()
    expected = {address for area in partnership().areas for address in area.recipients}
    assert {str(m["To"]) for m in messages if place.month in m.as_string()} == expected
    folder = place.folder / "outcomes" / "publications" / place.month / "edition-1"
    made = {file.read_bytes() for file in folder.glob("scorecard-*.pdf")}
    sent = [
        part.get_content()
        for m in messages
        for part in m.iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]
    assert len(sent) == len(expected)
    assert set(sent) == made
    assert all(pdf.startswith(b"%PDF-") for pdf in sent)


def test_the_ledger_knows_who_let_the_edition_go(place):
    (edition,) = editions(place.settings, place.month)
    assert (edition.number, edition.decision, edition.person) == (1, "approved", USER)
    assert edition.delivered
    assert edition.deliveries == {"sent": len(place.mail.files())}


def test_a_second_run_of_the_month_changes_and_sends_nothing(place):
    before = len(place.mail.files())
    states = place.run(EDITION, place.airflow.trigger(EDITION, place.month))
    assert states == {
        "month": "success",
        "compute": "success",
        "release": "skipped",
        "render": "skipped",
        "audit": "skipped",
        "approval": "skipped",
        "record_approval": "skipped",
        "deliver": "skipped",
    }
    assert len(place.mail.files()) == before


def test_a_refusal_is_recorded_and_nothing_is_sent(place):
    before = len(place.mail.files())
    month = str(Month.parse(place.month) - 1)
    states = place.run(EDITION, place.airflow.trigger(EDITION, month), "Reject", reason="One supplier is missing.")
    assert states["record_approval"] == "success"
    assert states["deliver"] == "skipped"
    assert len(place.mail.files()) == before
    (edition,) = editions(place.settings, month)
    assert (edition.decision, edition.person, edition.reason) == ("refused", USER, "One supplier is missing.")
    assert edition.deliveries == {}


def test_a_run_without_a_month_fails_in_its_first_task(place):
    run = place.airflow.trigger(EDITION)
    states = place.run(EDITION, run)
    assert states["month"] == "failed"
    assert set(states.values()) == {"failed", "upstream_failed"}
    assert "This run has no reporting month: trigger it again" in place.airflow.last_words(EDITION, run)


@pytest.mark.parametrize("key", ["April", "2018-13", "2999-01"])
def test_airflow_refuses_a_run_of_no_month_or_of_one_not_due(place, key):
    with pytest.raises(AirflowFailed, match=r"400 .*(is not a month|is not due before)"):
        place.airflow.trigger(EDITION, key)


def test_airflow_refuses_a_backfill_into_months_that_are_not_due(place):
    due = Month.parse(place.month)
    body = {"dag_id": EDITION, "from_date": f"{due - 1}-01T00:00:00Z", "to_date": f"{due + 1}-01T00:00:00Z"}
    with pytest.raises(AirflowFailed, match=f"422 .*The edition of {due + 1} is not due yet"):
        place.airflow.call("POST", "backfills/dry_run", body)
    body["to_date"] = f"{due}-01T00:00:00Z"
    preview = place.airflow.call("POST", "backfills/dry_run", body | {"reprocess_behavior": "completed"})
    assert [run["partition_key"] for run in preview["backfills"]] == [str(due - 1), str(due)]


def test_the_pages_are_closed_to_strangers_and_open_to_users(place):
    pdf = f"scorecards/{place.month}/1/scorecard-QNC.pdf"
    for page in ("", "scorecards", pdf, "style.css"):
        assert place.airflow.page(page, signed_in=False).status_code == 401
        assert place.airflow.page(page).status_code == 200
    assert "Approved by demo" in place.airflow.page("scorecards").text
    assert ">Final</span>" in place.airflow.page(f"status/{place.month}").text
    assert place.airflow.page(pdf).content.startswith(b"%PDF-")


def test_airflow_shows_the_pages_in_its_navigation(place):
    plugins = {plugin["name"]: plugin for plugin in place.airflow.call("GET", "plugins")["plugins"]}
    (view,) = plugins["outcomes"]["external_views"]
    assert (view["name"], view["href"]) == ("Outcome measures", "outcomes/")
    assert place.airflow.call("GET", "plugins/importErrors")["import_errors"] == []


def test_the_queue_is_looked_after_and_a_letter_goes_again_where_a_person_said_so(place):
    before = len(place.mail.files())
    workflow.resend(place.settings, 1, person="Jo Example", reason="It was lost on the way.", although_sent=True)
    states = place.run(DELIVERY, place.scheduled(DELIVERY)["dag_run_id"])
    assert states == {"waiting": "success", "deliver": "success", "tell": "success"}
    assert len(place.mail.files()) == before + 1
    (delivery,) = [d for d in workflow.deliveries(place.settings, place.month) if d.number == 1]
    assert (delivery.state, delivery.attempts) == ("sent", 2)


def test_no_nhs_number_is_anywhere_but_in_the_inbox(place):
    sent = set(numbers_sent(place.folder / "outcomes" / "inbox"))
    assert len(sent) > 1000
    looked_at = 0
    for path in place.folder.rglob("*"):
        if path.is_file() and (place.folder / "outcomes" / "inbox") not in path.parents:
            looked_at += 1
            found = {m.decode() for m in re.findall(rb"999[0-9]{7}", path.read_bytes())}
            assert not found & sent, f"an NHS number in {path.relative_to(place.folder)}"
    names = {path.name for path in place.folder.rglob("*")}
    assert {"airflow.db", "ledger.sqlite", "scheduler.log"} <= names
    assert looked_at > 100


def numbers_sent(inbox: Path) -> Iterator[str]:
    """Every NHS number in the extracts."""
    for file in inbox.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            yield from (
                row["nhs_number"]
                for row in csv.DictReader(stream)
                if re.fullmatch("[0-9]{10}", row["nhs_number"] or "")
            )
