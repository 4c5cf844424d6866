"""A relay that cannot be used: the letters stay queued, and one sentence says which relay and what to do."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outcomes.delivery import deliver, smtp
from outcomes.errors import SetupError
from outcomes.ledger import Ledger
from outcomes.settings import Settings
from services.delivery_examples import an_edition, events, rows, states, three_letters
from services.mail_server import MailServer, certificate


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def fails(ledger: Ledger, edition: int, **settings: Any) -> str:
    """The sentence with which a run ends that leaves all three letters queued."""
    with pytest.raises(SetupError) as error:
        deliver(ledger, Settings.load(**settings), edition, three_letters(), at_once=True)
    assert [row.state for row in rows(ledger)] == ["queued", "queued", "queued"]
    return str(error.value)


def test_without_a_relay_the_sentence_names_the_settings(ledger: Ledger) -> None:
    sentence = fails(ledger, an_edition(ledger))
    for name in ("HOST", "PORT", "SECURITY", "USER", "PASSWORD"):
        assert f"OUTCOMES_SMTP_{name}" in sentence


def test_without_a_relay_an_edition_that_was_sent_can_be_looked_at(ledger: Ledger, mail_server: MailServer) -> None:
    edition = an_edition(ledger)
    deliver(ledger, Settings.load(**mail_server.settings()), edition, three_letters())
    assert set(states(deliver(ledger, Settings.load(), edition, three_letters())).values()) == {"sent"}


def test_nobody_listens(ledger: Ledger, closed_port: int) -> None:
    sentence = fails(ledger, an_edition(ledger), smtp_host="127.0.0.1", smtp_port=closed_port)
    assert f"through 127.0.0.1 port {closed_port}: it cannot be reached" in sentence
    assert "check OUTCOMES_SMTP_HOST, OUTCOMES_SMTP_PORT and the firewall" in sentence
    assert rows(ledger)[0].detail == sentence
    assert events(ledger, "05W") == ["queued", "sending", "queued"]
    assert events(ledger, "05V") == ["queued"]


@pytest.mark.parametrize("host", ["relay.invalid", "relay..example"])
def test_no_such_name(ledger: Ledger, host: str) -> None:
    sentence = fails(ledger, an_edition(ledger), smtp_host=host, smtp_port=25)
    assert f"{host} port 25" in sentence
    assert "check OUTCOMES_SMTP_HOST" in sentence


def test_no_such_port(ledger: Ledger) -> None:
    assert "OUTCOMES_SMTP_PORT" in fails(ledger, an_edition(ledger), smtp_host="127.0.0.1", smtp_port=99_999)


def test_after_the_relay_was_mended_the_letters_go(ledger: Ledger, closed_port: int, mail_server: MailServer) -> None:
    edition = an_edition(ledger)
    fails(ledger, edition, smtp_host="127.0.0.1", smtp_port=closed_port)
    lines = deliver(ledger, Settings.load(**mail_server.settings()), edition, three_letters(), at_once=True)
    assert states(lines) == {"05W": "sent", "05V": "sent", "QNC": "sent"}


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_nobody_vouches_for_is_refused(ledger: Ledger, tmp_path: Path, security: str) -> None:
    shown, _authority = certificate(tmp_path)
    with MailServer(security=security, certificate=shown) as server:
        sentence = fails(ledger, an_edition(ledger), **server.settings())
        assert f"localhost port {server.port}: its certificate is not trusted" in sentence
        assert "SSL_CERT_FILE" in sentence
        assert server.got == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_for_another_name_is_refused(
    ledger: Ledger, tmp_path: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, authority = certificate(tmp_path, valid_for="relay.stp.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with MailServer(security=security, certificate=shown) as server:
        sentence = fails(ledger, an_edition(ledger), **server.settings())
        assert "its certificate is not trusted (Hostname mismatch" in sentence
        assert server.got == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd counts only its own STARTTLS as protection
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_trusted_certificate_and_a_login(
    ledger: Ledger, tmp_path: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    edition = an_edition(ledger)
    with MailServer(security=security, certificate=shown, login=("outcomes", "right")) as server:
        sentence = fails(ledger, edition, **server.settings(), smtp_user="outcomes", smtp_password="wrong-secret")
        assert "it refused the login (535" in sentence
        assert "wrong-secret" not in sentence

        sentence = fails(ledger, edition, **server.settings())
        assert "it refused the sender (530" in sentence

        settings = Settings.load(**server.settings(), smtp_user="outcomes", smtp_password="right")
        lines = deliver(ledger, settings, edition, three_letters(), at_once=True)
        assert set(states(lines).values()) == {"sent"}


def test_without_a_user_there_is_no_login(ledger: Ledger, mail_server: MailServer) -> None:
    settings = Settings.load(**mail_server.settings(), smtp_password="unused")
    deliver(ledger, settings, an_edition(ledger), three_letters())
    assert mail_server.logins == []
    assert len(mail_server.got) == 3


def test_a_password_does_not_travel_unprotected(ledger: Ledger, mail_server: MailServer) -> None:
    sentence = fails(ledger, an_edition(ledger), **mail_server.settings(), smtp_user="outcomes", smtp_password="right")
    assert "OUTCOMES_SMTP_SECURITY" in sentence
    assert mail_server.logins == []


def test_a_password_that_smtp_cannot_carry(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, authority = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with MailServer(security="starttls", certificate=shown, login=("outcomes", "right")) as server:
        sentence = fails(ledger, an_edition(ledger), **server.settings(), smtp_user="outcomes", smtp_password="Zoë")
    assert "cannot be written in ASCII" in sentence
    assert "Zoë" not in sentence


def test_a_relay_without_starttls(ledger: Ledger, mail_server: MailServer) -> None:
    sentence = fails(ledger, an_edition(ledger), **(mail_server.settings() | {"smtp_security": "starttls"}))
    assert "it does not offer what was asked for (STARTTLS" in sentence
    assert "OUTCOMES_SMTP_SECURITY" in sentence


def test_tls_spoken_to_a_relay_that_speaks_plainly(ledger: Ledger, mail_server: MailServer) -> None:
    sentence = fails(ledger, an_edition(ledger), **(mail_server.settings() | {"smtp_security": "tls"}))
    assert "OUTCOMES_SMTP_SECURITY (starttls is usual on port 587, tls on port 465)" in sentence


def test_a_relay_that_refuses_the_sender_refuses_nobody(ledger: Ledger, mail_server: MailServer) -> None:
    mail_server.sender_answer = "553 5.7.1 Not your address"
    sentence = fails(ledger, an_edition(ledger), **mail_server.settings())
    assert "it refused the sender (553 5.7.1 Not your address); check OUTCOMES_MAIL_FROM" in sentence


def test_a_letter_too_large_for_the_relay_is_refused_and_not_the_sender(
    ledger: Ledger, mail_server: MailServer
) -> None:
    mail_server.sender_answer = "552 5.3.4 Message too big"
    lines = deliver(ledger, Settings.load(**mail_server.settings()), an_edition(ledger), three_letters())
    assert states(lines) == {"05W": "refused", "05V": "refused", "QNC": "refused"}


class Greeter:
    """Says one thing to whoever calls, and hangs up, or says nothing at all."""

    def __init__(self, greeting: bytes) -> None:
        self.greeting, self.listener = greeting, socket.create_server(("127.0.0.1", 0))
        self.calls: list[socket.socket] = []
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        while True:
            try:
                call, _ = self.listener.accept()
            except OSError:
                return
            self.calls.append(call)
            if self.greeting:
                call.sendall(self.greeting)
                call.close()

    def __enter__(self) -> dict[str, Any]:
        return {"smtp_host": "127.0.0.1", "smtp_port": self.listener.getsockname()[1], "smtp_security": "none"}

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        for call in self.calls:
            call.close()


def test_a_relay_that_is_too_busy_to_talk_leaves_the_letters_queued(ledger: Ledger) -> None:
    with Greeter(b"421 4.3.2 Too busy\r\n") as relay:
        lines = deliver(ledger, Settings.load(**relay), an_edition(ledger), three_letters())
    assert states(lines) == {"05W": "queued", "05V": "queued", "QNC": "queued"}
    assert lines[0].detail == "The relay is not ready: 421 4.3.2 Too busy"


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (b"554 5.7.1 No service for you\r\n", "it does not take mail from here (554 5.7.1 No service for you)"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "it does not take mail from here"),
        (b"220 hello\r\n", "it does not answer as a mail relay should"),
        (b"554 \x1b[2J\x00\r\n", "(554 [2J)"),
    ],
)
def test_something_else_answers(ledger: Ledger, greeting: bytes, said: str) -> None:
    with Greeter(greeting) as relay:
        sentence = fails(ledger, an_edition(ledger), **relay)
    assert said in sentence
    assert sentence.isprintable()


def test_a_relay_that_says_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "COMMAND_SECONDS", 0.3)
    with Greeter(b"") as relay:
        sentence = fails(ledger, an_edition(ledger), **relay)
    assert f"127.0.0.1 port {relay['smtp_port']}" in sentence
