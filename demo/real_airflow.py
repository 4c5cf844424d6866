"""A real Airflow on this machine, for the demonstration and for tests: started, asked, and stopped without a trace.

Owns the processes it starts: api-server, scheduler and dag-processor, on SQLite, with one user. Promises that none of them,
and none of theirs, is left when it stops, whatever happened, and that all their files lie in one folder.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import httpx
import psutil
from mail_catcher import free_port

# Tasks' logs are read from the folder: no need to serve them on a port that another Airflow may use.
SERVICES = {"api-server": (), "scheduler": ("--skip-serve-logs",), "dag-processor": ()}
USER = "demo"
# Seconds before a question is answered. An answer that overtakes the executor's word that the asking task has paused makes
# Airflow take that task for lost; no person is that quick.
HESITATION = 15
# Where this program is killed itself, the system tells the services to end (util-linux, part of every Debian and Ubuntu).
_NOT_WITHOUT_US = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()


class AirflowFailed(Exception):
    """Airflow did not do what was asked; the message says what, with the last lines of the log."""


class RealAirflow:
    """Airflow in a folder, with the DAGs of another; entered as a context it runs, left it is gone."""

    def __init__(self, folder: Path, dags: Path, environment: dict[str, str]) -> None:
        self.folder, self.port, self.password = folder, free_port(), secrets.token_urlsafe(9)
        self.address = f"http://127.0.0.1:{self.port}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []
        # The questions seen (run, task, try), since when, and those answered.
        self._asked: dict[tuple[str, str, int], float] = {}
        self._answered: set[tuple[str, str, int]] = set()
        # Only for this machine: never through a proxy.
        self._http = httpx.Client(base_url=self.address, trust_env=False, timeout=60)
        (folder / "plugins").mkdir(parents=True, exist_ok=True)
        passwords = folder / "passwords.json"
        passwords.write_text(json.dumps({USER: self.password}), encoding="utf-8")
        passwords.chmod(0o600)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "OUTCOMES_", "PYTHONPATH"))}
        self.environment = inherited | self._settings(dags, passwords) | environment

    def _settings(self, dags: Path, passwords: Path) -> dict[str, str]:
        settings = {
            "CORE__DAGS_FOLDER": dags,
            "CORE__PLUGINS_FOLDER": self.folder / "plugins",
            "CORE__LOAD_EXAMPLES": False,
            "CORE__EXECUTOR": "LocalExecutor",
            # SQLite locks up with more.
            "CORE__PARALLELISM": 2,
            "CORE__EXECUTION_API_SERVER_URL": f"{self.address}/execution/",
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": passwords,
            "API__HOST": "127.0.0.1",
            "API__PORT": self.port,
            "API__BASE_URL": self.address,
            "API__WORKERS": 1,
            "API__SECRET_KEY": secrets.token_hex(32),
            "API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "DAG_PROCESSOR__REFRESH_INTERVAL": 10,
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.2,
            "USAGE_DATA_COLLECTION__ENABLED": False,
        }
        return {
            "AIRFLOW_HOME": str(self.folder),
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "PYTHONUNBUFFERED": "1",
            **{f"AIRFLOW__{name}": str(value) for name, value in settings.items()},
        }

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{command[0]}.log").open("ab")
        self._logs.append(log)
        # A session of its own: all that it starts can be found by it, and Ctrl-C reaches this program alone.
        process = subprocess.Popen(
            [*_NOT_WITHOUT_US, sys.executable, "-m", "airflow", *command],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._processes[command[0]] = process
        return process

    def begin_migration(self) -> None:
        """Make Airflow's own database, beside whatever else is going on."""
        self._spawn("db", "migrate")

    def start(self) -> None:
        """Wait for the database, start the services, and wait until each says that it is healthy."""
        if self._processes["db"].wait():
            raise AirflowFailed(f"Airflow's database could not be made:\n{self.tail('db')}")
        for service, options in SERVICES.items():
            self._spawn(service, *options)
        self.wait(self._healthy, "Airflow to be healthy", limit=300)
        answer = self._http.post("/auth/token", json={"username": USER, "password": self.password})
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def _healthy(self) -> bool:
        try:
            health = self._http.get("/api/v2/monitor/health").json()
        except (httpx.HTTPError, ValueError):
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))

    def wait(self, done: Callable[[], Any], what: str, limit: float) -> Any:
        """What `done` gives as soon as it gives something, while the services live; at most `limit` seconds."""
        until = time.monotonic() + limit
        while not (result := done()):
            for name in SERVICES:
                process = self._processes.get(name)
                if process is not None and process.poll() is not None:
                    raise AirflowFailed(f"Airflow's {name} ended by itself:\n{self.tail(name)}")
            if time.monotonic() > until:
                raise AirflowFailed(f"Waited {limit:.0f} seconds for {what}, in vain.")
            time.sleep(0.5)
        return result

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask Airflow's API as the user; raises AirflowFailed when it refuses."""
        answer = self._http.request(method, f"/api/v2/{path}", json=body)
        if answer.is_error:
            raise AirflowFailed(f"Airflow refused {method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def page(self, path: str, *, signed_in: bool = True) -> httpx.Response:
        """A page of the plugin."""
        headers = {} if signed_in else {"Authorization": ""}
        return self._http.get(f"/outcomes/{path}", headers=headers)

    def wait_for_dag(self, dag: str) -> None:
        """Wait until Airflow has read a DAG; raises AirflowFailed when it cannot."""

        def known() -> bool:
            for error in self.call("GET", "importErrors")["import_errors"]:
                raise AirflowFailed(f"{error['filename']} cannot be imported:\n{error['stack_trace']}")
            return any(d["dag_id"] == dag for d in self.call("GET", "dags")["dags"])

        self.wait(known, f"the DAG {dag}", limit=180)

    def unpause(self, dag: str) -> None:
        self.call("PATCH", f"dags/{dag}", {"is_paused": False})

    def trigger(self, dag: str, month: str | None = None) -> str:
        """Start a run by hand; returns its id."""
        body = {"logical_date": None, "partition_key": month}
        return str(self.call("POST", f"dags/{dag}/dagRuns", body)["dag_run_id"])

    def runs(self, dag: str) -> list[dict[str, Any]]:
        return list(self.call("GET", f"dags/{dag}/dagRuns")["dag_runs"])

    def state(self, dag: str, run: str) -> str:
        return str(self.call("GET", f"dags/{dag}/dagRuns/{quote(run)}")["state"])

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        return list(self.call("GET", f"dags/{dag}/dagRuns/{quote(run)}/taskInstances?limit=200")["task_instances"])

    def answer(self, dag: str, run: str, option: str, **words: str) -> bool:
        """Answer what a run asks a person, as slowly as one would; gives whether an answer was given just now."""
        for task in self.tasks(dag, run):
            asked = (run, task["task_id"], task["try_number"])
            if task["state"] == "awaiting_input" and asked not in self._answered:
                if time.monotonic() - self._asked.setdefault(asked, time.monotonic()) < HESITATION:
                    continue
                path = f"dags/{dag}/dagRuns/{quote(run)}/taskInstances/{task['task_id']}/-1/hitlDetails"
                self.call("PATCH", path, {"chosen_options": [option], "params_input": words})
                self._answered.add(asked)
                return True
        return False

    def check(self, dag: str, run: str) -> None:
        """Raise AirflowFailed, with what it logged, where a task of a run went wrong and is about to be tried again.

        A question that was answered may be asked again: answered at the wrong moment, Airflow takes its task for lost.
        """
        answered = {(where, task) for where, task, _ in self._answered}
        again = [
            t for t in self.tasks(dag, run) if t["state"] == "up_for_retry" and (run, t["task_id"]) not in answered
        ]
        if again:
            raise AirflowFailed(f"{dag} went wrong.\n{self.last_words(dag, run)}")

    def last_words(self, dag: str, run: str) -> str:
        """The last lines that the failed tasks of a run logged."""
        found = []
        for task in self.tasks(dag, run):
            if task["state"] in {"failed", "up_for_retry"}:
                place = self.folder / "logs" / f"dag_id={dag}" / f"run_id={run}" / f"task_id={task['task_id']}"
                place = place if task["map_index"] < 0 else place / f"map_index={task['map_index']}"
                lines = [line for log in sorted(place.glob("*.log"))[-1:] for line in _lines(log)[-15:]]
                found.append("\n".join([f"Task {task['task_id']} ({task['state']}):", *map(_readable, lines)]))
        return "\n".join(found)

    def tail(self, service: str, lines: int = 25) -> str:
        log = self.folder / f"{service}.log"
        return "\n".join(_lines(log)[-lines:]) if log.exists() else ""

    def stop(self, patience: float = 15) -> None:
        """End every process of every service, kindly at first; a second Ctrl-C does not hurry it."""
        before = {
            number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            self._end_all(patience)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end_all(self, patience: float) -> None:
        sessions = {process.pid for process in self._processes.values()}
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        until = time.monotonic() + patience
        while time.monotonic() < until and _of(sessions):
            for process in self._processes.values():
                process.poll()
            time.sleep(0.2)
        for left in _of(sessions):
            with contextlib.suppress(psutil.Error):
                left.kill()
        for process in self._processes.values():
            process.wait()
        for log in self._logs:
            log.close()
        self._http.close()

    def __enter__(self) -> "RealAirflow":
        return self

    def __exit__(self, *exc: Any) -> None:
        self.stop()


def _of(sessions: set[int]) -> list[psutil.Process]:
    """The living processes of these sessions."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) in sessions and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _lines(log: Path) -> list[str]:
    return log.read_text("utf-8", "replace").splitlines()


def _readable(line: str) -> str:
    """A line of a task's log without its JSON."""
    try:
        entry = json.loads(line)
    except ValueError:
        return f"  {line}"
    faults = [f"{fault['exc_type']}: {fault['exc_value']}" for fault in entry.get("error_detail") or []]
    return "  " + " ".join([str(entry.get("event", line)), *faults])
