"""Figures, releases, released figures and events are only ever added: the database itself refuses anything else here."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outcomes import workflow
from outcomes.ledger import Ledger
from outcomes.periods import Month
from outcomes.settings import Settings
from outcomes.synthetic import write_extracts

GUARDED = ("figures", "releases", "released_figures", "events", "computations", "selections", "selection_items")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation whose ledger has triggers that refuse to change or delete what may only be added."""
    settings = Settings.load(home=tmp_path, pseudonym_key="5a" * 32)
    with Ledger(settings.database_url).session() as session:
        for table in GUARDED:
            for change in ("update", "delete"):
                session.execute(
                    text(
                        f"create trigger no_{change}_of_{table} before {change} on {table} "
                        f"begin select raise(abort, 'only ever added'); end"
                    )
                )
    return settings


def a_month(settings: Settings, last: str) -> None:
    for feed in ("deaths", "admissions"):
        for path in sorted((settings.home / "all").glob(f"{feed}_*_{last}_*")):
            path.rename(settings.inbox / path.name)
    workflow.receive(settings, as_of=date(2018, 9, 1))
    workflow.compute(settings)
    workflow.release(settings, "2018-04")
    workflow.release(settings, last)


def test_two_months_with_a_revision_change_and_delete_nothing(settings: Settings) -> None:
    write_extracts(settings.home / "all", Month(2018, 4), Month(2018, 5), scale=0.05)
    settings.inbox.mkdir()
    a_month(settings, "2018-04")
    a_month(settings, "2018-05")
    # May brought late registrations for April, so April was released twice; a third time there is nothing new.
    assert workflow.release(settings, "2018-04").edition is None
    with Ledger(settings.database_url).session() as session:
        editions = session.execute(text("select period, number from editions order by 1, 2")).all()
        assert [tuple(row) for row in editions] == [("2018-04", 1), ("2018-04", 2), ("2018-05", 1)]


@pytest.mark.parametrize("table", ["events", "selections"])
def test_the_guard_bites(settings: Settings, table: str) -> None:
    with Ledger(settings.database_url).session() as session:
        session.execute(text("insert into selections (id, created_at) values ('s', '2018-01-01')"))
        session.execute(
            text("insert into events (at, kind, subject, person, detail) values ('2018-01-01', '', '', '', '')")
        )
    with pytest.raises(DBAPIError, match="only ever added"), Ledger(settings.database_url).session() as session:
        session.execute(text(f"delete from {table}"))
