"""Killed in mid-send, and two runs at once: nobody gets the same scorecard twice, on either database."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from outcomes.delivery import deliver, underway
from outcomes.ledger import Ledger
from outcomes.settings import Settings
from services.delivery_examples import (
    BOARD,
    STAFFORD,
    STOKE,
    an_edition,
    events,
    rows,
    run_of_its_own,
    states,
    three_letters,
)
from services.mail_server import HOLD, MailServer

# A child starts afresh, as a worker does: nothing is inherited but what it is given.
PROCESSES = multiprocessing.get_context("spawn")
LONG = 60


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    opened = Ledger(ledger_url)
    yield opened
    opened.close()


def a_run(ledger_url: str, mail_server: MailServer, edition: int) -> Any:
    process = PROCESSES.Process(target=run_of_its_own, args=(ledger_url, mail_server.settings(), edition))
    process.start()
    return process


def test_killed_while_the_server_holds_its_answer_the_letter_is_unknown_and_is_not_sent_again(
    ledger: Ledger, ledger_url: str, mail_server: MailServer
) -> None:
    edition = an_edition(ledger)
    mail_server.faults = [HOLD]
    run = a_run(ledger_url, mail_server, edition)
    assert mail_server.holding.wait(LONG)
    assert [row.state for row in rows(ledger)] == ["sending", "queued", "queued"]

    os.kill(run.pid, signal.SIGKILL)
    run.join(LONG)
    mail_server.release.set()
    settings = Settings.load(**mail_server.settings())
    lines = deliver(ledger, settings, edition, three_letters())

    assert states(lines) == {"05W": "unknown", "05V": "sent", "QNC": "sent"}
    assert "may have arrived" in lines[0].detail
    assert deliver(ledger, settings, edition, three_letters()) == lines
    assert [len(mail_server.to(recipient)) for recipient in (STOKE, STAFFORD, BOARD)] == [1, 1, 1]
    assert events(ledger, "05W") == ["queued", "sending", "unknown"]


def test_a_ledger_in_memory_is_nobody_elses(mail_server: MailServer) -> None:
    ledger = Ledger("sqlite://")
    edition = an_edition(ledger)
    lines = deliver(ledger, Settings.load(**mail_server.settings()), edition, three_letters())
    assert states(lines) == {"05W": "sent", "05V": "sent", "QNC": "sent"}


def test_two_runs_at_once_send_each_letter_once(ledger: Ledger, ledger_url: str, mail_server: MailServer) -> None:
    edition = an_edition(ledger)
    runs = [a_run(ledger_url, mail_server, edition) for _ in range(2)]
    for run in runs:
        run.join(LONG)

    assert [run.exitcode for run in runs] == [0, 0]
    assert [row.state for row in rows(ledger)] == ["sent", "sent", "sent"]
    assert sorted(received.recipients[0] for received in mail_server.got) == sorted([STOKE, STAFFORD, BOARD])


def test_a_letter_that_a_living_run_is_sending_is_left_to_that_run(
    ledger: Ledger, ledger_url: str, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(underway, "PATIENCE_SECONDS", 0.2)
    edition = an_edition(ledger)
    mail_server.faults = [HOLD]
    run = a_run(ledger_url, mail_server, edition)
    assert mail_server.holding.wait(LONG)

    lines = deliver(ledger, Settings.load(**mail_server.settings()), edition, three_letters())
    assert states(lines) == {"05W": "sending", "05V": "sent", "QNC": "sent"}

    mail_server.release.set()
    run.join(LONG)
    assert run.exitcode == 0
    assert [row.state for row in rows(ledger)] == ["sent", "sent", "sent"]
    assert len(mail_server.got) == 3


def test_a_run_whose_lock_was_lost_still_says_what_became_of_its_letter(
    postgres_ledger_url: str, mail_server: MailServer
) -> None:
    """The database server drops the connection that holds the lock, another run takes the first for dead; it was not."""
    ledger = Ledger(postgres_ledger_url)
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    seen: list[str] = []

    def the_database_fails_over() -> None:
        mail_server.on_sender = lambda: None
        with ledger.engine.connect() as connection:
            connection.execute(text("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"))
        seen.extend(states(deliver(ledger, settings, edition, three_letters())).values())

    mail_server.on_sender = the_database_fails_over
    lines = deliver(ledger, settings, edition, three_letters())
    ledger.close()

    assert seen == ["unknown", "sent", "sent"]
    assert states(lines) == {"05W": "sent", "05V": "sent", "QNC": "sent"}
    assert len(mail_server.got) == 3
