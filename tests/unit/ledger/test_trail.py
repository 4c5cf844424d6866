"""The trail: one chain however many write at once, and nothing in it can be changed unnoticed."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import DBAPIError

import outcomes.ledger
from outcomes.ledger import Event, Ledger
from outcomes.ledger.trail import BEGINNING, digest, verify
from outcomes.redaction import MASK

WRITERS, EACH = 30, 4


def event(subject: str, **fields: str) -> Event:
    return Event(**{"kind": "test", "subject": subject, "person": "Jo Example", "detail": "", **fields})


def add(ledger: Ledger, *subjects: str) -> None:
    with ledger.session() as session:
        session.add_all(event(subject) for subject in subjects)


def test_each_event_has_the_hash_of_its_fields_and_of_the_event_before(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    add(ledger, "one", "two")
    add(ledger, "three")
    with ledger.session() as session:
        latest = BEGINNING
        for number, found in enumerate(session.scalars(select(Event).order_by(Event.id)), start=1):
            latest = digest(latest, found.at, "test", ("", "one", "two", "three")[number], "Jo Example", "")
            assert found.hash == latest
        checked = verify(session, latest[:12])
        assert (checked.events, checked.latest, checked.broken, checked.holds) == (3, latest, None, True)
        assert not verify(session, "abcdefabcdef").holds


def test_thirty_processes_that_write_at_once_make_one_chain(ledger_url: str) -> None:
    Ledger(ledger_url).close()
    code = (
        "import os, sys; from outcomes.ledger import Event, Ledger\n"
        f"children = []\nwhile len(children) < {WRITERS - 1} and 0 not in children: children.append(os.fork())\n"
        "ledger = Ledger(sys.argv[1])\n"
        f"for n in range({EACH}):\n"
        "    with ledger.session() as s:\n"
        "        s.add(Event(kind='wrote', subject=str(os.getpid()), person='', detail=str(n)))\n"
        "ledger.close()\n"
        "if 0 in children: os._exit(0)\n"
        "sys.exit(max(os.waitpid(child, 0)[1] for child in children))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, ledger_url], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    with Ledger(ledger_url).session() as session:
        checked = verify(session)
        assert (checked.events, checked.broken) == (WRITERS * EACH, None)
        written = session.execute(select(Event.subject, Event.detail).order_by(Event.id)).all()
        # Of each writer everything, in its own order.
        for writer in {subject for subject, _ in written}:
            assert [detail for subject, detail in written if subject == writer] == [str(n) for n in range(EACH)]


@pytest.mark.parametrize(
    "change", ["update events set person = 'nobody' where id = 2", "delete from events where id = 2"]
)
def test_the_database_refuses_and_where_somebody_gets_round_that_the_first_broken_link_is_named(
    ledger_url: str, change: str
) -> None:
    ledger = Ledger(ledger_url)
    add(ledger, "one", "two", "three", "four")
    with pytest.raises(DBAPIError, match="only ever added"), ledger.session() as session:
        session.execute(text(change))
    with ledger.session() as session:
        _take_the_guard_away(session.connection())
        session.execute(text(change))
    with ledger.session() as session:
        broken = verify(session).broken
    assert broken is not None
    assert broken.startswith("Event 2 (test: two" if "update" in change else "Event 3 (test: three")


def test_an_end_that_was_cut_off_is_missed_by_whoever_noted_its_hash(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    add(ledger, "one", "two", "three")
    with ledger.session() as session:
        noted = verify(session).latest
        _take_the_guard_away(session.connection())
        session.execute(text("delete from events where id = 3"))
    with ledger.session() as session:
        assert verify(session).broken is None
        assert not verify(session, noted).holds


def test_what_is_rolled_back_is_not_in_it(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)

    def half() -> None:
        with ledger.session() as session:
            session.add(event("half"))
            session.flush()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    add(ledger, "whole")
    with ledger.session() as session:
        assert session.scalars(select(Event.subject)).all() == ["whole"]
        assert verify(session).broken is None


def test_no_number_and_no_address_stands_in_it(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with ledger.session() as session:
        session.add(event("9990000018", detail="ask jo@stp.example about 999 000 0018"))
    with ledger.session() as session:
        (found,) = session.scalars(select(Event)).all()
        assert (found.subject, found.detail) == (MASK, f"ask [address] about {MASK}")
        assert verify(session).broken is None


def test_events_from_before_there_was_a_chain_are_chained(ledger_url: str) -> None:
    _migrated_to(ledger_url, "0006_board", _with_two_old_events)
    ledger = Ledger(ledger_url)
    add(ledger, "new")
    with ledger.session() as session:
        checked = verify(session)
        assert (checked.events, checked.broken) == (3, None)


def _with_two_old_events(connection: Connection) -> None:
    for subject in ("one", "two"):
        connection.execute(
            text("insert into events (at, kind, subject, person, detail) values (:at, 'old', :subject, '', '')"),
            {"at": "2018-05-01 10:00:00.000000", "subject": subject},
        )


def _migrated_to(url: str, revision: str, then: Callable[[Connection], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(outcomes.ledger.__file__).parent / "migrations"))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        then(connection)
    engine.dispose()


def _take_the_guard_away(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for change in ("update", "delete"):
            connection.execute(text(f"drop trigger events_refuse_{change}"))
    else:
        connection.execute(text("drop trigger events_refuse_change on events"))
