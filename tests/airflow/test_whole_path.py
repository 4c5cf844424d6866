"""A lead's whole path on a working Airflow with FAB: the same correction through three doors, and a walk in a browser.

The page, Airflow's own backfill and the shell each redo the same month of a copy of one installation. Then a lead signs in,
asks, confirms, and finds the reissued scorecard once somebody else approved it. The walk makes the pictures of
docs/ccg-leads.md too: `SCREENSHOTS=docs/pictures python -m pytest tests/airflow/test_whole_path.py`.
"""

import json
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser import CHROMIUM, DRIVER, MISSING, chromium, click, picture, sign_in, without_scripts
from real_airflow import HESITATION
from real_fab import FabAirflow
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from outcomes import workflow
from outcomes.web.roles import backfill_dag
from resubmissions import homecomings
from services.mail_server import MailServer
from shell import KEY, MONTH, Shell, copy_of, hashes, smaller_partnership

pytestmark = [pytest.mark.airflow, pytest.mark.weasyprint]

# Whose correction goes through three doors, and whose lead walks: each has a DAG of its own in the one Airflow.
THREE, WALKED = "05D", "05W"
CCGS = (THREE, WALKED)
FEEDS = ("deaths", "epaccs", "admissions")
# FAB's number of `approver`: the fifth who was made.
APPROVER = '{ id = "5", name = "Approver" }'
REASON = "The deaths of April came again: many who died at home had been entered as in hospital."
# Seconds that a run may take on a machine that has other things to do; nothing is measured.
PATIENCE = 300


@dataclass(frozen=True)
class Place:
    """An Airflow, and the installation that copies are made of."""

    folder: Path
    airflow: FabAirflow
    installation: Shell
    mail: MailServer

    @property
    def settings(self) -> Path:
        return self.folder / "outcomes.toml"

    def corrected(self, name: str, ccg: str) -> Shell:
        """A copy to which a CCG has sent its deaths of MONTH again."""
        shell = copy_of(self.installation, self.folder / "copies" / name)
        homecomings(self.folder / "inbox", shell.home / "inbox", ccg)
        return shell

    def opens(self, shell: Shell) -> Shell:
        """From now on Airflow's pages and tasks are of this installation."""
        entries = {"OUTCOMES_HOME": str(shell.home), **shell.settings}
        text = "".join(f"{name.lower()} = {json.dumps(value)}\n" for name, value in entries.items())
        self.settings.write_text(text, encoding="utf-8")
        return shell

    def asks_for_approval(self, ccg: str, run_type: str) -> str:
        """Wait until a run of a CCG asks whether its edition may go; the run's id."""

        def asking() -> Any:
            path = f"/api/v2/dags/{backfill_dag(ccg)}/dagRuns"
            for run in engineer.get(path, params={"run_type": run_type}).json()["dag_runs"]:
                tasks = engineer.get(f"{path}/{run['dag_run_id']}/taskInstances").json()["task_instances"]
                states = {task["task_id"]: task["state"] for task in tasks}
                assert not set(states.values()) & {"failed", "up_for_retry"}, (run["dag_run_id"], states)
                if states.get("approval") == "awaiting_input":
                    return run["dag_run_id"]
            return None

        with closing(self.airflow.signed_in("engineer")) as engineer:
            return str(self.airflow.wait(asking, "the question whether an edition may go", limit=PATIENCE))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Two CCGs, five months of extracts, and edition 1 of MONTH with its readers."""
    folder = tmp_path_factory.mktemp("whole-path")
    workflow.synth(folder / "all", "2018-01", "2018-05", scale=0.4)
    inbox = folder / "inbox"
    inbox.mkdir()
    for file in (folder / "all").glob("*_2018-0[1-5]_*"):
        feed, supplier = file.name.split("_")[:2]
        if feed in FEEDS and (supplier in CCGS or feed == "admissions"):
            shutil.copy(file, inbox)
    organisations = smaller_partnership(folder / "organisations.toml", *CCGS)
    known = organisations.read_text("utf-8")
    organisations.write_text(known.replace(f'code = "{WALKED}"\n', f'code = "{WALKED}"\napprovers = [{APPROVER}]\n'))
    with MailServer() as mail:
        settings = {"OUTCOMES_PSEUDONYM_KEY": KEY, "OUTCOMES_ORGANISATIONS": str(organisations)}
        shell = Shell(folder / "home", settings).set(**{n: str(v) for n, v in mail.settings().items()})
        shell.do("receive", "--inbox", inbox)
        shell.do("compute")
        shell.do("release", "--period", MONTH)
        shell.do("render", "--period", MONTH)
        shell.do("approve", "--period", MONTH, "--by", "Jo Example")
        shell.do("deliver", "--period", MONTH)
        environment = {"OUTCOMES_CONFIG": str(folder / "outcomes.toml")}
        with FabAirflow(folder / "airflow", environment) as airflow:
            place = Place(folder, airflow, shell, mail)
            place.opens(shell)
            airflow.start(working=True)
            yield place


# The same correction through three doors


def by_the_page(place: Place, shell: Shell) -> None:
    """As a lead's browser does it: the form, the preview, the confirmation."""
    place.opens(shell)
    with closing(place.airflow.with_cookie("burton")) as lead:
        lead.headers["Origin"] = place.airflow.address

        def press(address: str, **fields: str) -> httpx.Response:
            token = re.search(r'name="token" value="(\w+)"', lead.get("/outcomes/redo").text)
            assert token
            answer = lead.post(address, data={"token": token[1], **fields})
            assert answer.status_code == 303, answer.text
            return answer

        asked = press("/outcomes/redo", ccg=THREE, first=MONTH, last=MONTH, reason=REASON).headers["location"]
        shown = place.airflow.wait(lambda: "To be confirmed" in lead.get(asked).text, "the preview", limit=PATIENCE)
        assert shown
        press(f"{asked}/confirm")
    assert place.asks_for_approval(THREE, "manual").startswith("page__1__")


def by_airflows_backfill(place: Place, shell: Shell) -> None:
    """As Airflow's own form and `airflow backfill create` do it."""
    place.opens(shell)
    months = {"from_date": f"{MONTH}-01T00:00:00Z", "to_date": f"{MONTH}-01T00:00:00Z"}
    words = {"dag_id": backfill_dag(THREE), "reprocess_behavior": "completed", "dag_run_conf": {"reason": REASON}}
    with closing(place.airflow.signed_in("burton")) as lead:
        answer = lead.post("/api/v2/backfills", json=words | months)
    assert answer.status_code == 200, answer.text
    assert place.asks_for_approval(THREE, "backfill").startswith("backfill__")


def by_the_shell(place: Place, shell: Shell) -> None:
    """As a data engineer does it."""
    shell.do("backfill", "--ccg", THREE, "--from", MONTH, "--to", MONTH, "--reason", REASON, "--by", "Lea Example")


# Airflow's backfill comes first: it passes over a month of which a run is still waiting, as the page's will be.
DOORS: dict[str, Callable[[Place, Shell], None]] = {
    "airflow": by_airflows_backfill,
    "page": by_the_page,
    "shell": by_the_shell,
}


def test_the_same_correction_through_three_doors_gives_the_same_figures_releases_and_files(place: Place) -> None:
    came = {}
    for name, through in DOORS.items():
        shell = place.corrected(name, THREE)
        through(place, shell)
        if name == "page":
            nobody_elses_lead_may_let_it_go(place)
        assert asked_for(shell) == [(name, THREE, MONTH, REASON, "edition")]
        came[name] = (shell.figures(), shell.released(MONTH, 2), releases(shell), hashes(shell.home / "publications"))
    assert came["page"] == came["airflow"] == came["shell"]
    figures, released, _, files = came["shell"]
    assert figures != place.installation.figures()
    assert released != place.installation.released(MONTH, 1)
    edition = f"{MONTH}/edition-2"
    assert {f"{edition}/scorecard-{area}.pdf" for area in ("QNC", *CCGS)} <= files.keys()
    assert files[f"{edition}/scorecard-{THREE}.pdf"] != files[f"{MONTH}/edition-1/scorecard-{THREE}.pdf"]


def nobody_elses_lead_may_let_it_go(place: Place) -> None:
    """What waits for the one CCG's approver is not even shown to the other's lead, here or in Airflow."""
    with closing(place.airflow.with_cookie("burton")) as own, closing(place.airflow.with_cookie("stoke")) as other:
        assert "edition 2" in own.get("/outcomes/approvals").text
        assert "Nothing waits for an answer of yours" in other.get("/outcomes/approvals").text
        other.headers["Origin"] = place.airflow.address
        token = re.search(r'name="token" value="(\w+)"', other.get("/outcomes/redo").text)
        assert token
        words = {"token": token[1], "decision": "approve"}
        assert other.post(f"/outcomes/approvals/{MONTH}/2", data=words).status_code == 404
    with closing(place.airflow.signed_in("stoke")) as other:
        run = f"/api/v2/dags/{backfill_dag(THREE)}/dagRuns/page__1__{MONTH}__1"
        answer = {"chosen_options": ["Approve"], "params_input": {}}
        path = f"{run}/taskInstances/approval/-1/hitlDetails"
        assert other.patch(path, json=answer).status_code == 403
        assert "awaiting_input" not in other.get("/api/v2/dags/~/dagRuns/~/taskInstances").text


def asked_for(shell: Shell) -> list[tuple[str, ...]]:
    """Every request by the door through which it came, with what came of its months."""
    query = (
        "select via, ccg, period, reason, outcome from backfills b join backfill_months m on m.backfill_id = b.id "
        "order by b.id"
    )
    with closing(sqlite3.connect(shell.home / "ledger.sqlite")) as ledger:
        return ledger.execute(query).fetchall()


def releases(shell: Shell) -> list[tuple[str, ...]]:
    """Every release by its content."""
    with closing(sqlite3.connect(shell.home / "ledger.sqlite")) as ledger:
        return ledger.execute("select period, content_sha256 from releases order by id").fetchall()


# The whole path, in a browser


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason=MISSING)
def test_a_lead_walks_from_signing_in_to_the_reissued_scorecard(place: Place, pictures: Path, tmp_path: Path) -> None:
    """Nothing of it needs a script; what is sent is what the approver let go, to those for whom it reads otherwise."""

    def shown(driver: webdriver.Chrome, name: str) -> None:
        # As wide as the guide has them, and no more of a long list than tells what it is.
        picture(driver, pictures / f"{name}.png", 1120, 1000)

    shell = place.opens(place.corrected("walked", WALKED))
    sent_before = len(place.mail.got)
    with chromium(tmp_path / "lead") as lead, chromium(tmp_path / "approver") as approver:
        for driver, name in ((lead, "stoke"), (approver, "approver")):
            without_scripts(driver)
            driver.get(f"{place.airflow.address}/outcomes/")
            sign_in(driver, name, place.airflow.password)

        click(lead, "Redo months")
        Select(lead.find_element(By.ID, "first")).select_by_value(MONTH)
        lead.find_element(By.ID, "reason").send_keys(REASON)
        shown(lead, "redo-ask")
        press(lead, "Show me what would change")
        sees(lead, "Confirm: redo these months")
        assert "deaths_05W_2018-04" in text(lead)
        assert f"Edition 2 of {MONTH} would replace edition 1" in text(lead)
        shown(lead, "redo-preview")
        assert not (shell.home / "publications" / MONTH / "edition-2").exists()
        press(lead, "Confirm: redo these months")
        sees(lead, f"Edition 2 of {MONTH} was made, and goes out once it is approved")
        place.asks_for_approval(WALKED, "manual")
        since = time.monotonic()
        shown(lead, "redo-follow")

        # The lead is not the one who may let it go.
        click(lead, "Approvals")
        press(lead, "Approve and send")
        sees(lead, "Airflow does not let you do this")

        click(approver, "Approvals")
        sees(approver, REASON)
        shown(approver, "redo-approve")
        time.sleep(max(0.0, HESITATION - (time.monotonic() - since)))
        press(approver, "Approve and send")
        sees(approver, "Approved by ", again=True)

        lead.get(f"{place.airflow.address}/outcomes/scorecards")
        click(lead, "Edition 2")
        sees(lead, "2 sent", again=True)
        shown(lead, "redo-sent")
        lead.find_element(By.CSS_SELECTOR, f"a[href$='/2/scorecard-{WALKED}.html']").click()
        sees(lead, "This edition replaces edition 1.")

    letters = place.mail.got[sent_before:]
    edition = shell.home / "publications" / MONTH / "edition-2"
    assert {letter.recipients[0]: attached(letter.message) for letter in letters} == {
        "partnership-board@stp.example": (edition / "scorecard-QNC.pdf").read_bytes(),
        "lead@stoke.example": (edition / f"scorecard-{WALKED}.pdf").read_bytes(),
    }
    assert len(letters) == 2


def press(driver: webdriver.Chrome, words: str) -> None:
    """Press the first button that has these words, and wait for the page that comes of it."""
    page = driver.find_element(By.TAG_NAME, "html")
    driver.find_element(By.XPATH, f"//button[contains(., '{words}')]").click()
    WebDriverWait(driver, PATIENCE).until(lambda d: d.find_element(By.TAG_NAME, "html") != page)


def sees(driver: webdriver.Chrome, words: str, *, again: bool = False) -> None:
    """Wait until the page says so: one that waits for a run loads itself anew, others are loaded `again`."""

    def there(_: object) -> bool:
        if words in driver.find_element(By.TAG_NAME, "body").text:
            return True
        if again:
            driver.refresh()
        return False

    passing = (NoSuchElementException, StaleElementReferenceException)
    WebDriverWait(driver, PATIENCE, 1, ignored_exceptions=passing).until(there)


def text(driver: webdriver.Chrome) -> str:
    return str(driver.find_element(By.TAG_NAME, "main").text)


def attached(message: Any) -> bytes:
    (pdf,) = [p for p in message.iter_attachments() if p.get_content_type() == "application/pdf"]
    return bytes(pdf.get_content())
