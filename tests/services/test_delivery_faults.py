"""What each answer of a real mail server does to a delivery, on both databases."""

from collections.abc import Iterator

import pytest

from outcomes.delivery import deliver, smtp
from outcomes.ledger import Ledger
from outcomes.settings import Settings
from services.delivery_examples import BOARD, STAFFORD, STOKE, a_letter, an_edition, events, rows, states, three_letters
from services.mail_server import DROP_AFTER_ACCEPTANCE, DROP_BEFORE_ACCEPTANCE, HOLD, MailServer


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    opened = Ledger(ledger_url)
    yield opened
    opened.close()


def test_each_recipient_gets_one_message_and_the_ledger_says_so(ledger: Ledger, mail_server: MailServer) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())

    lines = deliver(ledger, settings, edition, three_letters())

    assert states(lines) == {"05W": "sent", "05V": "sent", "QNC": "sent"}
    assert [received.recipients for received in mail_server.got] == [(STOKE,), (STAFFORD,), (BOARD,)]
    assert {received.sender for received in mail_server.got} == {"outcomes@stp.example"}
    for row, received in zip(rows(ledger), mail_server.got, strict=True):
        assert received.message["Message-ID"] == row.message_id
        assert row.sent_at is not None
        assert row.attempts == 1
    assert events(ledger, "05W") == ["queued", "sending", "sent"]


def test_a_second_run_sends_nothing(ledger: Ledger, mail_server: MailServer) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    first = deliver(ledger, settings, edition, three_letters())

    assert deliver(ledger, settings, edition, three_letters()) == first
    assert len(mail_server.got) == 3


def test_a_recipient_who_came_later_gets_the_letter_and_nobody_else_does(
    ledger: Ledger, mail_server: MailServer
) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    deliver(ledger, settings, edition, three_letters())

    deliver(ledger, settings, edition, [*three_letters(), a_letter("05W", "deputy@stoke.example")])

    assert [received.recipients[0] for received in mail_server.got[3:]] == ["deputy@stoke.example"]


def test_an_address_in_other_letters_is_the_same_recipient(ledger: Ledger, mail_server: MailServer) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())

    deliver(ledger, settings, edition, [a_letter(recipient=STOKE), a_letter(recipient="Lead@Stoke.Example")])

    assert [received.recipients for received in mail_server.got] == [(STOKE,)]


def test_later_says_the_server_so_the_letter_stays_queued_and_goes_with_the_next_run(
    ledger: Ledger, mail_server: MailServer
) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    mail_server.faults = ["451 4.3.0 Try later"]

    lines = deliver(ledger, settings, edition, three_letters())
    assert states(lines) == {"05W": "queued", "05V": "sent", "QNC": "sent"}
    assert lines[0].detail == "451 4.3.0 Try later"

    assert states(deliver(ledger, settings, edition, three_letters(), at_once=True))["05W"] == "sent"
    assert len(mail_server.to(STOKE)) == 1
    assert rows(ledger)[0].attempts == 2
    assert events(ledger, "05W") == ["queued", "sending", "queued", "sending", "sent"]


def test_never_says_the_server_so_the_letter_is_refused_and_not_tried_again(
    ledger: Ledger, mail_server: MailServer
) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    mail_server.faults = ["554 5.7.1 Attachment not wanted"]

    lines = deliver(ledger, settings, edition, three_letters())

    assert states(lines) == {"05W": "refused", "05V": "sent", "QNC": "sent"}
    assert lines[0].detail == "554 5.7.1 Attachment not wanted"
    assert deliver(ledger, settings, edition, three_letters()) == lines
    assert mail_server.to(STOKE) == []


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("550 5.1.1 No such mailbox", "refused"),
        ("450 4.2.1 Mailbox busy", "queued"),
        (DROP_BEFORE_ACCEPTANCE, "queued"),
    ],
)
def test_one_bad_recipient_does_not_hold_up_the_others(
    ledger: Ledger, mail_server: MailServer, answer: str, state: str
) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    mail_server.refused = {STOKE: answer}

    lines = deliver(ledger, settings, edition, three_letters())

    assert states(lines) == {"05W": state, "05V": "sent", "QNC": "sent"}
    assert lines[0].detail


@pytest.mark.parametrize(("fault", "arrived"), [(DROP_AFTER_ACCEPTANCE, 1), (DROP_BEFORE_ACCEPTANCE, 0)])
def test_a_connection_lost_after_the_text_is_unknown_and_never_tried_again(
    ledger: Ledger, mail_server: MailServer, fault: str, arrived: int
) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    mail_server.faults = [fault]

    lines = deliver(ledger, settings, edition, three_letters())

    # From outside the two cannot be told apart: that is why a person decides.
    assert states(lines) == {"05W": "unknown", "05V": "sent", "QNC": "sent"}
    assert "may have arrived" in lines[0].detail
    assert deliver(ledger, settings, edition, three_letters()) == lines
    assert len(mail_server.to(STOKE)) == arrived


def test_a_server_that_never_answers_to_the_text_leaves_it_unknown(
    ledger: Ledger, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "ACCEPTANCE_SECONDS", 0.3)
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    mail_server.faults = [HOLD]

    lines = deliver(ledger, settings, edition, three_letters())

    assert states(lines) == {"05W": "unknown", "05V": "sent", "QNC": "sent"}


def test_the_row_says_sending_before_the_server_hears_of_the_letter(ledger: Ledger, mail_server: MailServer) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    seen: list[str] = []
    mail_server.on_sender = lambda: seen.extend(row.state for row in rows(ledger))

    deliver(ledger, settings, edition, [a_letter()])

    assert seen == ["sending"]
