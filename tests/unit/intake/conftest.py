"""What the tests of the intake share: a workbench, and a drop folder with the intake behind it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from outcomes.intake.workbench import workbench
from unit.intake.suppliers import Desk


@pytest.fixture(scope="session")
def bench() -> Iterator[duckdb.DuckDBPyConnection]:
    """One workbench for all checks, as the intake itself uses one for all files."""
    with workbench() as connection:
        yield connection


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty drop folder, ledger and lake."""
    desk = Desk(tmp_path)
    yield desk
    desk.ledger.close()
