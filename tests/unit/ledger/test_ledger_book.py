"""Opening the ledger: the newest schema on either database, once, and no password in any sentence."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

import outcomes.ledger
from outcomes.errors import SetupError
from outcomes.ledger import Event, Ledger, Selection
from outcomes.ledger.tables import Table


def test_an_empty_database_gets_every_table_and_they_are_those_of_the_models(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    assert set(inspect(ledger.engine).get_table_names()) == {*Table.metadata.tables, "alembic_version"}
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Table.metadata) == []


def test_every_migration_file_bears_the_name_of_its_revision_and_the_last_is_the_newest() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(outcomes.ledger.__file__).parent / "migrations"))
    revisions = list(ScriptDirectory.from_config(config).walk_revisions())
    assert all(Path(revision.path or "").stem == revision.revision for revision in revisions)
    assert [revision.revision for revision in revisions] == sorted((r.revision for r in revisions), reverse=True)


def test_opening_again_changes_nothing_and_loses_nothing(ledger_url: str) -> None:
    with Ledger(ledger_url).session() as session:
        session.add(Selection(id="kept"))
    with Ledger(ledger_url).session() as session:
        assert session.get(Selection, "kept") is not None


def test_one_who_only_reads_does_not_wait_for_one_who_writes(ledger_url: str) -> None:
    reader = Ledger(ledger_url)
    with reader.session() as session:
        session.add(Selection(id="before"))
    with Ledger(ledger_url).session(alone=True) as writing:
        writing.add(Selection(id="later"))
        writing.flush()
        # Otherwise SQLite would give up after two minutes.
        with reader.session(reading=True) as session:
            assert session.scalars(select(Selection.id)).all() == ["before"]


def test_as_many_processes_as_there_are_suppliers_open_an_empty_ledger_at_once_and_all_write(ledger_url: str) -> None:
    # Airflow runs one task per supplier; on the first day all of them find no ledger.
    code = (
        "import os, sys; from outcomes.ledger import Event, Ledger\n"
        "import alembic.command, sqlalchemy.dialects.sqlite, psycopg; print('ready', flush=True); sys.stdin.readline()\n"
        "children = []\n"
        "while len(children) < 5 and 0 not in children: children.append(os.fork())\n"
        "for _ in range(5):\n"
        "    ledger = Ledger(sys.argv[1])\n"
        "    with ledger.session() as s: s.add(Event(kind='opened', subject='', person='', detail=''))\n"
        "    ledger.close()\n"
        "if 0 in children: os._exit(0)\n"
        "sys.exit(max(os.waitpid(child, 0)[1] for child in children))"
    )
    command = [sys.executable, "-c", code, ledger_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    together = [subprocess.Popen(command, text=True, **pipes) for _ in range(3)]  # type: ignore[call-overload]
    for process in together:
        assert process.stdout.readline() == "ready\n"
    for process in together:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=300)[1] for process in together]
    assert [process.returncode for process in together] == [0, 0, 0], said
    with Ledger(ledger_url).session() as session:
        # Three processes with five children each, and each of the eighteen writes five times.
        assert len(session.scalars(select(Event)).all()) == 3 * 6 * 5


def test_a_session_is_whole_or_nothing(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)

    def break_off_half_way() -> None:
        with ledger.session() as session:
            session.add(Selection(id="half"))
            session.flush()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        break_off_half_way()
    with ledger.session() as session:
        assert session.get(Selection, "half") is None


def test_foreign_keys_hold(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    insert = "insert into selection_items (selection_id, submission_id) values ('nobody', 99)"
    with pytest.raises(Exception, match=r"(?i)foreign key"), ledger.session() as session:
        session.execute(text(insert))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:s3cret@127.0.0.1:1/ledger",
        "postgresql+psycopg://127.0.0.1:1/ledger?user=me&password=s3cret",
        # An @ that should have been written %40 would make half of the password the name of a host.
        "postgresql+psycopg://me:half@s3cret@127.0.0.1:1/ledger",
        # And with a slash, of a host and a database.
        "postgresql+psycopg://me:half@so/s3cret@127.0.0.1:1/ledger",
        "postgresql+asyncpg://me:s3cret@127.0.0.1:1/ledger",
        "postgresql+psycopg://me:s3cret@127.0.0.1:port/ledger",
        "oracle+nothing://me:s3cret@127.0.0.1/ledger",
        "me:s3cret",
    ],
)
def test_an_address_that_does_not_work_is_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(SetupError) as error:
        Ledger(url)
    assert "s3cret" not in str(error.value)
    assert "OUTCOMES_DATABASE_URL" in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    # Airflow keeps its schema's revision in a table of the same name.
    place = tmp_path / "airflow.sqlite"
    with closing(sqlite3.connect(place)) as connection:
        connection.executescript(
            "create table alembic_version (version_num); insert into alembic_version values ('3a1')"
        )
    with pytest.raises(SetupError, match=r"not this program's.*its schema is '3a1'.*a database of its own"):
        Ledger(f"sqlite:///{place}")
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("select name from sqlite_master").fetchall() == [("alembic_version",)]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot be opened"):
        Ledger(f"sqlite:///{tmp_path}/file/ledger.sqlite")


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("this is no database, but a text that is long enough to be looked at" * 9)
    with pytest.raises(SetupError, match="cannot be opened"):
        Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
