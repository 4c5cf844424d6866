"""Skips what needs WeasyPrint where its system libraries are missing, and makes the edition that most tests damage."""

from pathlib import Path

import pytest
from published_editions import after_month_before, contents, month_before, publish

from unit.scorecards.conftest import pytest_collection_modifyitems  # noqa: F401


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition as published: the data files, and the STP's and a CCG's pages."""
    return publish(contents(), tmp_path_factory.mktemp("honest"), ("S1", "A1"))


@pytest.fixture(scope="session")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition beside that of the month before, with the page of the CCGs, commentaries and actions."""
    folder = tmp_path_factory.mktemp("compared")
    publish(month_before(), folder, (), on_paper=False)
    return publish(after_month_before(), folder, ("S1", "A1"))
