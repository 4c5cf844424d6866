"""A real Airflow with the FAB auth manager: the roles as the command sets them up, five people, and our DAGs.

Only the api-server runs, unless tasks are to be done: then the scheduler does too.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
from real_airflow import AirflowFailed, RealAirflow

from shell import Shell

ROOT = Path(__file__).resolve().parents[2]
PARTS = Path(__file__).resolve().parent / "fab"
FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


class FabAirflow(RealAirflow):
    """Airflow in a folder, on an installation; `said` is what the command for the roles printed, both times."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        dags = folder / "dags"
        shutil.copytree(ROOT / "dags", dags)
        environment = {
            **settings,
            "AIRFLOW__CORE__AUTH_MANAGER": FAB,
            # The tests of a checkout look at that checkout.
            "PYTHONPATH": str(ROOT / "plugins"),
        }
        super().__init__(folder / "airflow", dags, environment)
        self.said: list[str] = []

    @property
    def installation(self) -> Shell:
        """The one whose home the environment names."""
        return Shell(Path(self.environment["OUTCOMES_HOME"]))

    def start(self, *, working: bool = False) -> None:
        """Make the database, the roles and the people, take the DAGs in, and start the api-server (`working`: tasks too)."""
        self._done("-m", "airflow", "db", "migrate")
        self.said += self._done("-m", "outcomes.web.roles")
        self.said += self._done(str(PARTS / "people.py"), self.password)
        self._done("-m", "airflow", "dags", "reserialize")
        shutil.copy(PARTS / "probe.py", self.folder / "plugins")
        self._spawn("api-server")
        if working:
            self._spawn("scheduler", "--skip-serve-logs")
        self.wait(self._answers, "Airflow's api-server", limit=180)

    def signed_in(self, name: str) -> httpx.Client:
        """Somebody's own access to everything, with the token in the header as a program has it."""
        client = httpx.Client(base_url=self.address, trust_env=False, timeout=60)
        answer = client.post("/auth/token", json={"username": name, "password": self.password})
        answer.raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    def with_cookie(self, name: str) -> httpx.Client:
        """The same with the token in the cookie, as a browser has it."""
        client = self.signed_in(name)
        client.cookies.set("_token", client.headers.pop("Authorization").removeprefix("Bearer "))
        return client

    def _answers(self) -> bool:
        try:
            return self._http.get("/api/v2/monitor/health").status_code == 200
        except httpx.HTTPError:
            return False

    def _done(self, *command: str) -> list[str]:
        ran = subprocess.run(
            [sys.executable, *command],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise AirflowFailed(f"{command} ended with {ran.returncode}:\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}")
        return ran.stdout.splitlines()
