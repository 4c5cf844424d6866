"""The second way to send: what each answer of GOV.UK Notify does to a delivery, against a stand-in that answers like it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcomes.delivery import LettersWait, deliver
from outcomes.delivery.transports import transport
from outcomes.errors import SetupError
from outcomes.ledger import Ledger
from outcomes.settings import Settings
from services.delivery_examples import a_letter, an_edition, rows, states, three_letters
from services.notify_server import DROP_AFTER, DROP_BEFORE, KEY, NotifyServer


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def notify() -> Iterator[NotifyServer]:
    with NotifyServer() as server:
        yield server


def test_each_recipient_gets_one_message_with_the_scorecard_behind_a_link(ledger: Ledger, notify: NotifyServer) -> None:
    edition, settings = an_edition(ledger), Settings.load(**notify.settings())

    lines = deliver(ledger, settings, edition, three_letters())

    assert states(lines) == {"05W": "sent", "05V": "sent", "QNC": "sent"}
    assert [taken["email_address"] for taken in notify.got] == [letter.recipient for letter in three_letters()]
    assert notify.pdfs() == [letter.pdf for letter in three_letters()]
    for row, taken in zip(rows(ledger), notify.got, strict=True):
        assert f"<{taken['reference']}>" == row.message_id
        assert row.detail == f"Notify took it as {taken['id']}"
    words = notify.got[0]["personalisation"]
    assert words["subject"] == "End-of-life care scorecard: Stoke-on-Trent, April 2018"
    assert "can be opened with the link below (PDF)." in words["text"]
    assert "attached" not in words["text"]
    assert words["link_to_file"]["filename"] == "scorecard-05W.pdf"
    assert deliver(ledger, settings, edition, three_letters()) == lines
    assert len(notify.got) == 3


def test_a_correction_says_what_it_replaces(ledger: Ledger, notify: NotifyServer) -> None:
    edition = an_edition(ledger, number=2)
    deliver(ledger, Settings.load(**notify.settings()), edition, [a_letter(edition=2, replaces=1)])
    words = notify.got[0]["personalisation"]
    assert words["subject"].endswith("(edition 2, replaces edition 1)")
    assert "It replaces edition 1: please use this one" in words["text"]


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (400, "refused", "400 email_address is not a valid email address"),
        (429, "queued", "429 Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds"),
        (500, "queued", "500 Internal server error"),
        (502, "unknown", "The answer was lost while Notify had the letter (502 Bad gateway)"),
        (DROP_BEFORE, "unknown", "The answer was lost while Notify had the letter (ConnectionError)"),
    ],
)
def test_what_an_answer_means(ledger: Ledger, notify: NotifyServer, answer: int | str, state: str, said: str) -> None:
    edition, settings = an_edition(ledger), Settings.load(**notify.settings())
    notify.answers = [answer]

    lines = deliver(ledger, settings, edition, three_letters())

    assert states(lines) == {"05W": state, "05V": "sent", "QNC": "sent"}
    assert lines[0].detail.startswith(said)
    assert [taken["email_address"] for taken in notify.got] == [line.recipient for line in lines[1:]]


def test_where_the_answer_was_lost_notify_is_asked_whether_it_has_the_letter(
    ledger: Ledger, notify: NotifyServer
) -> None:
    edition, settings = an_edition(ledger), Settings.load(**notify.settings())
    notify.answers = [DROP_AFTER]
    lines = deliver(ledger, settings, edition, three_letters())
    assert states(lines) == {"05W": "sent", "05V": "sent", "QNC": "sent"}
    assert lines[0].detail == f"The answer was lost, but Notify has it as {notify.got[0]['id']}"
    assert len(notify.got) == 3


def test_that_notify_does_not_know_it_yet_proves_nothing(ledger: Ledger, notify: NotifyServer) -> None:
    edition, settings = an_edition(ledger), Settings.load(**notify.settings())
    notify.answers, notify.slow = [DROP_AFTER], True
    assert states(deliver(ledger, settings, edition, [a_letter()])) == {"05W": "unknown"}
    assert states(deliver(ledger, settings, edition, [a_letter()], at_once=True)) == {"05W": "unknown"}
    assert len(notify.got) == 1


def test_a_scorecard_of_more_than_two_mebibytes_is_refused_with_the_reason(
    ledger: Ledger, notify: NotifyServer
) -> None:
    edition, settings = an_edition(ledger), Settings.load(**notify.settings())
    largest, larger = bytes(2 << 20), bytes((2 << 20) + 1)
    letters = [a_letter("05W", pdf=largest), a_letter("05V", "lead@stafford.example", pdf=larger)]

    lines = deliver(ledger, settings, edition, letters)

    assert states(lines) == {"05W": "sent", "05V": "refused"}
    assert lines[1].detail == (
        "The scorecard has 2.0 MiB, and GOV.UK Notify takes files of 2 MiB at most: send it through a mail relay."
    )
    assert len(notify.got) == 1


def fails(ledger: Ledger, **settings: object) -> str:
    """The sentence with which a run ends that leaves all three letters waiting; it never shows the key."""
    edition = an_edition(ledger)
    with pytest.raises(LettersWait) as error:
        deliver(ledger, Settings.load(**settings), edition, three_letters())
    assert [row.state for row in rows(ledger)] == ["queued"] * 3
    assert all(row.next_try_at is not None for row in rows(ledger))
    assert KEY not in str(error.value)
    return str(error.value)


def test_a_key_that_notify_does_not_know(ledger: Ledger, notify: NotifyServer) -> None:
    other = KEY.replace("b2", "b3")
    sentence = fails(ledger, **(notify.settings() | {"notify_api_key": other}))
    assert "it refused (403 Invalid token: API key not found); check OUTCOMES_NOTIFY_API_KEY" in sentence
    assert notify.got == []


def test_nobody_listens(ledger: Ledger, notify: NotifyServer) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{one.getsockname()[1]}"
    sentence = fails(ledger, **(notify.settings() | {"notify_url": url}))
    assert f"GOV.UK Notify at {url}: it cannot be reached" in sentence
    assert "check OUTCOMES_NOTIFY_URL" in sentence


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("notify_api_key", ""),
        ("notify_api_key", "outcomes-not-a-key"),
        ("notify_template_id", ""),
        ("notify_template_id", "scorecard"),
        ("notify_url", "http://notify.example"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(ledger: Ledger, notify: NotifyServer, setting: str, value: str) -> None:
    assert f"OUTCOMES_{setting.upper()}" in fails(ledger, **(notify.settings() | {setting: value}))


def test_the_doctor_asks_notify_for_the_template(notify: NotifyServer) -> None:
    way = transport(Settings.load(**notify.settings()))
    assert way.greet() == "GOV.UK Notify answers, template Scorecard"
    notify.body = "((text))"
    with pytest.raises(SetupError, match=r"The template in Notify lacks \(\(link_to_file\)\)"):
        way.greet()
