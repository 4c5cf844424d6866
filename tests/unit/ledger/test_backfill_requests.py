"""Requests for past months: one for each run of Airflow that asks, however often and however many at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from outcomes import workflow
from outcomes.errors import InputError
from outcomes.ledger import Event, Ledger, backfills
from outcomes.settings import Settings


def test_tries_of_one_run_that_ask_at_once_are_given_one_request(ledger_url: str) -> None:
    settings = Settings.load(database_url=ledger_url)

    def ask(run: str | None) -> int:
        return workflow.ask(
            settings, "05W", "2018-04", "2018-04", reason="Sent again.", person="lea", via="airflow", run=run
        )

    first = ask("one")
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, ["two"] * 4)) == {first + 1}
        assert set(pool.map(ask, ["one"] * 4)) == {first}
    # Who asks by the page or the shell asks anew each time.
    assert len({ask(None), ask(None)}) == 2
    assert len(workflow.backfills(settings)) == 4


def test_confirming_twice_goes_on_and_what_was_taken_back_stays_so(ledger_url: str) -> None:
    settings, ledger = Settings.load(database_url=ledger_url), Ledger(ledger_url)

    def ask() -> int:
        return workflow.ask(
            settings, "05W", "2018-04", "2018-04", reason="Sent again.", person="lea", via="page", confirmed=False
        )

    number = ask()
    with ledger.session() as session:
        with pytest.raises(InputError, match="no preview yet"):
            backfills.confirm(session, number, "lea")
        backfills.show(session, number, {})
    # A hasty person presses twice: the second is told nothing else, and it is one decision.
    for _ in range(2):
        with ledger.session() as session:
            assert backfills.confirm(session, number, "lea").confirmed_at is not None
    with ledger.session() as session:
        assert [e.person for e in session.scalars(select(Event).where(Event.kind == "backfill_confirmed"))] == ["lea"]

    number = ask()
    with ledger.session() as session:
        backfills.show(session, number, {})
        backfills.cancel(session, number, "lea")
        with pytest.raises(InputError, match=f"Backfill {number} was taken back: ask for a new one"):
            backfills.confirm(session, number, "lea")
