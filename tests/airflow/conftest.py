"""Airflow's tests keep to a home of their own: it must be set before anything imports airflow."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOME = tempfile.TemporaryDirectory(prefix="outcomes-airflow-", ignore_cleanup_errors=True)

for name in [name for name in os.environ if name.startswith(("AIRFLOW_", "OUTCOMES_"))]:
    del os.environ[name]
os.environ |= {
    "AIRFLOW_HOME": HOME.name,
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}
# The end-to-end test runs Airflow as the demonstration does.
sys.path.insert(0, str(ROOT / "demo"))


@pytest.fixture(scope="session")
def fab(published: Any, inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One Airflow with FAB for the whole run, on an installation with two editions, letters and rejected files."""
    from installation import with_a_history
    from real_fab import FabAirflow

    folder = tmp_path_factory.mktemp("fab")
    home = with_a_history(published, inbox, folder / "installation").home
    with FabAirflow(folder, {"OUTCOMES_HOME": str(home)}) as airflow:
        airflow.start()
        yield airflow
