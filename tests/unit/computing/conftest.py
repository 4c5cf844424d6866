"""A lake and a ledger to land submissions in."""

from pathlib import Path

import pytest
from landed import Landing


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path, f"sqlite:///{tmp_path / 'ledger.sqlite'}")
