"""A real mail server on this machine, whose faults are written down beforehand.

    with MailServer(faults=["451 4.3.0 Try later", "ok", DROP_AFTER_ACCEPTANCE]) as server:
        settings = Settings.load(**server.settings())

Each message uses up one fault; after the last all goes well. `got` is what the server took charge of. Started by the
`mail_server` fixture where no faults of the beginning are needed; `faults`, `refused` and `sender_answer` may be changed
at any time.
"""

import asyncio
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DROP_BEFORE_ACCEPTANCE = "the text is read, then the connection is cut; the server has nothing"
DROP_AFTER_ACCEPTANCE = "the message is kept, then the connection is cut before the answer"
HOLD = "the message is kept, and the answer waits until `release` is set"


@dataclass(frozen=True)
class Received:
    """A message the server took charge of."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.content, policy=SMTP_POLICY)
        assert isinstance(message, EmailMessage)
        return message


class MailServer:
    """Listens on a free port of 127.0.0.1 (and answers to the name localhost) while the `with` block lasts.

    `refused` maps a recipient to the answer it gets; `sender_answer` is given to every sender, and `on_sender` is called
    whenever one is named. `certificate` with `security` "tls" or "starttls" protects the connection. With `login`,
    nobody else may send.
    """

    def __init__(
        self,
        faults: Iterable[str] = (),
        *,
        refused: dict[str, str] | None = None,
        security: str = "none",
        certificate: ssl.SSLContext | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.faults = list(faults)
        self.refused = refused or {}
        self.sender_answer = ""
        self.on_sender: Callable[[], None] = lambda: None
        self.security = security
        self.got: list[Received] = []
        self.logins: list[str] = []
        self.holding, self.release = threading.Event(), threading.Event()
        self._login = login
        protection: dict[str, Any] = {}
        if security == "tls":
            protection = {"ssl_context": certificate, "auth_require_tls": False}
        elif security == "starttls":
            protection = {"tls_context": certificate, "require_starttls": True}
        self._controller = _Controller(
            self,
            hostname="127.0.0.1",
            port=0,
            authenticator=self._authenticate,
            auth_required=login is not None,
            **protection,
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self._controller.stop()

    @property
    def port(self) -> int:
        return self._controller.port

    def settings(self) -> dict[str, Any]:
        """What `Settings.load` needs to send through this server."""
        return {"smtp_host": "localhost", "smtp_port": self.port, "smtp_security": self.security}

    def to(self, recipient: str) -> list[Received]:
        """What came for one recipient."""
        return [received for received in self.got if recipient in received.recipients]

    # Below is what aiosmtpd calls.

    async def handle_MAIL(
        self, _s: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        # In a thread of its own, so that the server goes on serving meanwhile.
        await asyncio.get_running_loop().run_in_executor(None, self.on_sender)
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        answer = self.refused.get(address, "250 OK")
        if answer == DROP_BEFORE_ACCEPTANCE:
            _cut(server)
        elif answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        fault = self.faults.pop(0) if self.faults else "ok"
        if fault[:1].isdigit():
            return fault
        if fault == DROP_BEFORE_ACCEPTANCE:
            _cut(server)
            return "451 never heard"
        content = envelope.original_content
        assert content is not None
        self.got.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        if fault == DROP_AFTER_ACCEPTANCE:
            _cut(server)
        if fault == HOLD:
            self.holding.set()
            while not self.release.is_set():
                await asyncio.sleep(0.02)
        return "250 2.0.0 queued"

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        self.logins.append(given[0])
        return AuthResult(success=given == self._login, handled=False)


class _Controller(Controller):
    """aiosmtpd's own, on whichever port the system gives."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _cut(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


def certificate(folder: Path, *, valid_for: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """What a server shows, and the file of the authority behind it, which nobody trusts until told to."""
    start = datetime.now(UTC) - timedelta(days=1)
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of these tests")])

    def certify(name: x509.Name, public: ec.EllipticCurvePublicKey, *, authority: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(authority_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )

    root = certify(authority_name, authority_key.public_key(), authority=True).sign(authority_key, hashes.SHA256())
    names: list[x509.GeneralName] = [x509.DNSName(valid_for)]
    if valid_for == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    leaf = (
        certify(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, valid_for)]), key.public_key(), authority=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    (folder / "authority.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    return context, folder / "authority.pem"
