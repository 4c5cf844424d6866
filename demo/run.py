"""`make demo`: from two years of synthetic extracts to seven scorecards in a mail catcher, through the real DAGs.

Owns the folder `.demo/` of the checkout: everything lies there, and it is made anew each time. Promises to leave no process
behind, to end with exit code 0 only when the scorecards and the messages are there, and to ask nobody anything. With
`--stay` (`make up`) Airflow stays until Ctrl-C, on the data of an earlier run if there is one.
"""

import json
import secrets
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from mail_catcher import MailCatcher
from real_airflow import USER, AirflowFailed, RealAirflow

from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.synthetic import write_extracts

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".demo"
MONTHS = 24
SCALE = 0.25
SEED = 1
LIMIT = 1800
STARTED = time.monotonic()


def say(words: str) -> None:
    seconds = int(time.monotonic() - STARTED)
    print(f"[{seconds // 60:2d}:{seconds % 60:02d}] {words}", flush=True)


def main(stay: bool) -> int:
    # Also SIGINT, which a shell makes its background jobs ignore.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stopped)
    try:
        _check_pdf_libraries()
        if stay and (FOLDER / "finished").exists():
            return _again()
        return _anew(stay)
    except AirflowFailed as error:
        say(f"The demo failed. {error}")
        return 1
    except KeyboardInterrupt:
        say("Stopped; no process is left.")
        return 130


def _anew(stay: bool) -> int:
    if FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir()
    key = FOLDER / "pseudonym-key"
    key.write_text(secrets.token_hex(32), encoding="utf-8")
    key.chmod(0o600)
    say(f"Everything this makes lies in {FOLDER}")
    with MailCatcher(FOLDER / "mail") as mail, _airflow(mail) as airflow:
        airflow.begin_migration()
        last = Month.of(date.today()) - 1  # noqa: DTZ011 (the machine's own calendar)
        _extracts(last - (MONTHS - 1), last)
        say("Starting Airflow: api-server, scheduler, dag-processor")
        airflow.start()
        airflow.wait_for_dag("outcomes_intake")
        airflow.wait_for_dag("outcomes_edition")
        _intake(airflow)
        period = _edition(airflow)
        if stay:
            _finish(period, mail)
            _stay(airflow)
        say("Stopping Airflow")
    if not stay:
        _finish(period, mail)
    return 0


def _again() -> int:
    say(f"Starting Airflow on the data of {FOLDER}")
    with MailCatcher(FOLDER / "mail") as mail, _airflow(mail) as airflow:
        airflow.begin_migration()
        airflow.start()
        _stay(airflow)
        say("Stopping Airflow")
    return 0


def _stay(airflow: RealAirflow) -> None:
    say(f"Airflow is at {airflow.address} - user {USER}, password {airflow.password}")
    say(f"The plugin's pages: {airflow.address}/outcomes/ (in Airflow: Browse, Outcome measures). Ctrl-C stops it.")
    try:
        airflow.wait(lambda: False, "Ctrl-C", limit=float("inf"))
    except KeyboardInterrupt:
        print()


def _airflow(mail: MailCatcher) -> RealAirflow:
    relay = {"conn_type": "smtp", "host": mail.host, "port": mail.port, "extra": {"security": "none"}}
    key = {"conn_type": "generic", "password": (FOLDER / "pseudonym-key").read_text("utf-8"), "login": "demonstration"}
    environment = {
        "OUTCOMES_HOME": str(FOLDER / "outcomes"),
        "OUTCOMES_INBOX": str(FOLDER / "inbox"),
        "AIRFLOW_CONN_OUTCOMES_SMTP": json.dumps(relay),
        "AIRFLOW_CONN_OUTCOMES_PSEUDONYM_KEY": json.dumps(key),
    }
    return RealAirflow(FOLDER / "airflow", ROOT / "dags", environment)


def _extracts(first: Month, last: Month) -> None:
    say(
        f"Making the extracts of {len(partnership().suppliers)} suppliers, {first.name} to {last.name}, scale {SCALE:g}"
    )
    written = write_extracts(FOLDER / "inbox", first, last, scale=SCALE, seed=SEED)
    say(f"{written.submissions:,} submissions with {written.records:,} records lie in the inbox")


def _intake(airflow: RealAirflow) -> None:
    say("Running outcomes_intake: every supplier's files are checked, pseudonymised and landed")
    run = str(_scheduled(airflow, "outcomes_intake")["dag_run_id"])
    total, told = len(partnership().suppliers), 0

    def finished() -> bool:
        nonlocal told
        done = sum(t["task_id"] == "receive" and t["state"] == "success" for t in airflow.tasks("outcomes_intake", run))
        if done > told:
            told = done
            say(f"  {done} of {total} suppliers are in")
        return _ended(airflow, "outcomes_intake", run)

    airflow.wait(finished, "outcomes_intake", limit=LIMIT)


def _edition(airflow: RealAirflow) -> str:
    say("Running outcomes_edition: the schedule makes the run of the latest month that is due")
    run = _scheduled(airflow, "outcomes_edition")
    period, run_id = str(run["partition_key"]), str(run["dag_run_id"])
    say(f"  The reporting month is {Month.parse(period).name}")
    told: set[str] = set()

    def finished() -> bool:
        for task in airflow.tasks("outcomes_edition", run_id):
            name, state = task["task_id"], task["state"]
            if state == "success" and name not in told:
                told.add(name)
                say(f"  {name.replace('_', ' ')}: done")
        if airflow.answer("outcomes_edition", run_id, "Approve", reason=""):
            say(f"  Approved in Airflow as the user {USER!r}, as a named person would")
        return _ended(airflow, "outcomes_edition", run_id)

    airflow.wait(finished, "outcomes_edition", limit=LIMIT)
    return period


def _scheduled(airflow: RealAirflow, dag: str) -> dict[str, Any]:
    """Let the schedule make its latest run."""
    airflow.unpause(dag)
    run: dict[str, Any] = airflow.wait(lambda: airflow.runs(dag), f"the run of {dag}", limit=180)[0]
    return run


def _ended(airflow: RealAirflow, dag: str, run: str) -> bool:
    airflow.check(dag, run)
    state = airflow.state(dag, run)
    if state == "failed":
        raise AirflowFailed(f"{dag} went wrong.\n{airflow.last_words(dag, run)}")
    return state == "success"


def _finish(period: str, mail: MailCatcher) -> None:
    """Look whether all that was promised is there, and say where it lies; raises AirflowFailed where it is not."""
    areas = partnership().areas
    folders = sorted((FOLDER / "outcomes" / "publications" / period).glob("edition-*[0-9]"))
    pdfs = [folder / f"scorecard-{area.code}.pdf" for folder in folders[-1:] for area in areas]
    lacking = [pdf.name for pdf in pdfs if not pdf.is_file() or not pdf.read_bytes().startswith(b"%PDF-")]
    attached = [part for message in mail.messages() for part in message.iter_attachments()]
    whole = [part for part in attached if part.get_content_type() == "application/pdf"]
    letters = sum(len(area.recipients) for area in areas)
    if not pdfs or lacking or len(mail.files()) != letters or len(whole) != letters:
        raise AirflowFailed(f"Scorecards lacking: {lacking or 'none'}; {len(mail.files())} of {letters} messages came.")
    say(f"Done: the scorecards of {Month.parse(period).name}")
    for pdf in pdfs:
        print(pdf)
    print(f"{len(mail.files())} messages caught in {mail.folder}")
    (FOLDER / "finished").write_text(period, encoding="utf-8")


def _check_pdf_libraries() -> None:
    tried = subprocess.run([sys.executable, "-c", "import weasyprint"], capture_output=True, check=False)
    if tried.returncode:
        raise AirflowFailed(
            "PDFs cannot be made on this machine: install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig."
        )


def _stopped(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(stay="--stay" in sys.argv[1:]))
