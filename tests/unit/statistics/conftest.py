"""Finds the shared test vectors: published numbers and outputs of the reference implementations.

They lie in the folder OUTCOMES_VECTORS, or in `shared/vectors` beside the checkout. Where they are not, the tests of whole
tables are skipped with that reason; the decisive figures stand in the tests themselves and always run.
"""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The first call of a test may import scipy on a busy machine; how long that takes says nothing about the figures.
settings.register_profile("statistics", parent=settings(), deadline=None)
settings.load_profile("statistics")

Rows = list[dict[str, str]]


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Rows]:
    """Reads all rows of one table, by the stem of its name after `shared_`."""
    beside = Path(__file__).resolve().parents[4] / "shared" / "vectors"
    folder = Path(os.environ.get("OUTCOMES_VECTORS") or beside)

    def rows(stem: str) -> Rows:
        table = folder / f"shared_{stem}.csv"
        if not table.is_file():
            pytest.skip(
                f"the shared test vectors are not here (no {table.name}); OUTCOMES_VECTORS can name their folder"
            )
        with table.open(newline="", encoding="utf-8") as lines:
            found = list(csv.DictReader(lines))
        assert found, f"{table.name} is empty"
        return found

    return rows


@pytest.fixture(scope="session")
def number() -> Callable[[str], float]:
    """A cell as a number; a blank cell means that there is no value, which we write as nan."""
    return lambda cell: float(cell) if cell else float("nan")
