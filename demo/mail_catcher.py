"""A mail relay that keeps what it gets: every message becomes a file, nothing goes further.

Owns the folder of caught messages, one `.eml` each, in the order of arrival. For the demonstration and for tests.
"""

import re
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class MailCatcher:
    """Catches mail on a free port of this machine while it is entered as a context."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.host, self.port = "127.0.0.1", free_port()
        self._controller = Controller(self, hostname=self.host, port=self.port, ready_timeout=30)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd calls this with each message; the answer is what the sender hears."""
        recipient = re.sub(r"[^A-Za-z0-9.@-]", "_", envelope.rcpt_tos[0])
        name = f"{len(self.files()) + 1:03d}-{recipient}.eml"
        content = envelope.original_content or b""
        part = self.folder / f"{name}.part"
        part.write_bytes(content)
        part.rename(self.folder / name)
        return "250 2.0.0 caught"

    def files(self) -> list[Path]:
        """The caught messages, in the order of arrival."""
        return sorted(self.folder.glob("*.eml"))

    def messages(self) -> list[EmailMessage]:
        """The caught messages, read."""
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in self.files()]

    def __enter__(self) -> "MailCatcher":
        self._controller.start()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._controller.stop()
