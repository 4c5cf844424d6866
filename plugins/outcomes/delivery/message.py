"""A message to one recipient, whichever way it goes, and its form as an e-mail.

Owns the envelope: sender, recipient, identity, MIME. Promises the same bytes for the same message and settings, in ASCII and
CRLF only. Never words anything.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address, AddressHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import cast

from outcomes.errors import SetupError
from outcomes.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`identity` is its Message-ID, the same whenever it is sent again. `html` and `pdf` are empty where there is none."""

    recipient: str
    identity: str
    moment: datetime
    subject: str
    text: str
    html: str = ""
    pdf: bytes = field(default=b"", repr=False)
    pdf_name: str = ""


def sender(settings: Settings) -> Address:
    """Who sends; raises SetupError when OUTCOMES_MAIL_FROM is not one address."""
    return _mailbox(settings.mail_from, "OUTCOMES_MAIL_FROM")


def mailbox_for_answers(settings: Settings) -> Address:
    """Where answers go; raises SetupError when OUTCOMES_MAIL_REPLY_TO is not one address."""
    return _mailbox(settings.mail_reply_to, "OUTCOMES_MAIL_REPLY_TO") if settings.mail_reply_to else sender(settings)


def identity_of(key: str, settings: Settings) -> str:
    """The Message-ID that follows from a key: `<sha256 of it@domain of OUTCOMES_MAIL_FROM>`."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()}@{sender(settings).domain}>"


def as_mail(message: Message, settings: Settings) -> bytes:
    """The message as it goes out by e-mail (RFC 5322)."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender(settings)
    mail["To"] = Address(addr_spec=message.recipient)
    if settings.mail_reply_to:
        mail["Reply-To"] = mailbox_for_answers(settings)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.moment.astimezone(UTC))
    mail["Message-ID"] = message.identity
    mail["Auto-Submitted"] = "auto-generated"
    # Quoted-printable travels through relays that know no 8-bit text, and is then the same on arrival.
    mail.set_content(message.text, cte="quoted-printable")
    if not message.html:
        return mail.as_bytes()
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    mail.add_attachment(message.pdf, maintype="application", subtype="pdf", filename=message.pdf_name)
    mark = hashlib.sha256(message.identity.encode()).hexdigest()[:40]
    mail.set_boundary(f"mixed-{mark}")
    cast(EmailMessage, mail.get_payload(0)).set_boundary(f"texts-{mark}")
    return mail.as_bytes()


def _mailbox(text: str, setting: str) -> Address:
    try:
        header = HeaderRegistry()("To", text)
        addresses = cast(AddressHeader, header).addresses
        if len(addresses) == 1 and not header.defects and addresses[0].username and "." in addresses[0].domain:
            addresses[0].addr_spec.encode("ascii")
            return addresses[0]
    except (ValueError, IndexError):
        pass
    raise SetupError(
        f"{setting} is not one e-mail address: write it like `Outcome measures <outcomes@stp.example>`."
    ) from None
