"""The letter that carries a scorecard: plain text and HTML, the PDF attached, to one recipient.

Owns what the recipient reads before opening the PDF. Promises the same bytes for the same letter, a Message-ID that follows
from what is sent to whom, and a correction that says what it replaces. Never holds anything but released figures' words.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address, AddressHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import cast
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from outcomes.definitions.shipped import shipped
from outcomes.errors import SafetyRefusal, SetupError
from outcomes.periods import Month
from outcomes.settings import Settings


@dataclass(frozen=True, slots=True)
class Link:
    """A page among the publications: what it is called, and its path beneath OUTCOMES_PUBLICATIONS_URL."""

    words: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A scorecard of edition `edition` of `period` (`YYYY-MM`) for one area, to one recipient.

    `stp` and `area` are codes. `replaces` is the number of the edition it corrects. `made_at` is when the edition was made.
    `headline` is one sentence, `points` a few. `links` are offered as "Read <words>". `sha256` is what the
    edition recorded of the PDF: other bytes raise SafetyRefusal.
    """

    stp: str
    area: str
    area_name: str
    period: str
    edition: int
    replaces: int | None
    made_at: datetime
    recipient: str
    headline: str
    points: tuple[str, ...]
    pdf: bytes = field(repr=False)
    pdf_name: str
    sha256: str
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        if hashlib.sha256(self.pdf).hexdigest() != self.sha256:
            raise SafetyRefusal(
                f"The scorecard {self.pdf_name} of edition {self.edition} of {self.period} is not the file that the edition "
                "recorded, so it is not sent: render the edition again with `outcomes render`."
            )


def message_id(letter: Letter, settings: Settings) -> str:
    """`<sha256 of stp|period|edition|area|recipient|sha256(pdf)@domain of OUTCOMES_MAIL_FROM>`."""
    key = "|".join((letter.stp, letter.period, str(letter.edition), letter.area, letter.recipient, letter.sha256))
    return f"<{hashlib.sha256(key.encode()).hexdigest()}@{sender(settings).domain}>"


def sender(settings: Settings) -> Address:
    """Who sends; raises SetupError when OUTCOMES_MAIL_FROM is not one address."""
    return mailbox(settings.mail_from, "OUTCOMES_MAIL_FROM")


def compose(letter: Letter, settings: Settings, identity: str) -> bytes:
    """The message as it goes out (RFC 5322, CRLF, ASCII only); `identity` is the Message-ID the ledger holds for it.

    Raises SetupError when a mail setting or the address for links cannot be used.
    """
    from_ = sender(settings)
    answers = mailbox(settings.mail_reply_to, "OUTCOMES_MAIL_REPLY_TO") if settings.mail_reply_to else from_
    words = {
        "letter": letter,
        "month": Month.parse(letter.period).name,
        "area_name": _line(letter.area_name),
        "headline": _line(letter.headline),
        "points": [_line(point) for point in letter.points],
        "links": [(_line(link.words), _address(settings.publications_url, link)) for link in letter.links]
        if settings.publications_url
        else [],
        "answers": answers.addr_spec,
    }
    message = EmailMessage(policy=SMTP)
    message["From"] = from_
    message["To"] = Address(addr_spec=letter.recipient)
    if settings.mail_reply_to:
        message["Reply-To"] = answers
    message["Subject"] = _subject(letter)
    message["Date"] = format_datetime(letter.made_at.astimezone(UTC))
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"
    # Quoted-printable travels through relays that know no 8-bit text, and is then the same on arrival.
    message.set_content(template("letter.txt.j2", words), cte="quoted-printable")
    message.add_alternative(template("letter.html.j2", words), subtype="html", cte="quoted-printable")
    message.add_attachment(letter.pdf, maintype="application", subtype="pdf", filename=letter.pdf_name)
    mark = hashlib.sha256(identity.encode()).hexdigest()[:40]
    message.set_boundary(f"mixed-{mark}")
    cast(EmailMessage, message.get_payload(0)).set_boundary(f"texts-{mark}")
    return message.as_bytes()


def _subject(letter: Letter) -> str:
    what = f"nd-of-life care scorecard: {_line(letter.area_name)}, {Month.parse(letter.period).name}"
    if letter.replaces is None:
        return f"E{what}"
    return f"Correction: e{what} (edition {letter.edition}, replaces edition {letter.replaces})"


def _line(text: str) -> str:
    """The text on one line: nothing in it can begin a header, a paragraph or a terminal command."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def mailbox(text: str, setting: str) -> Address:
    """The one address in a setting; raises SetupError that names the setting when it is not one."""
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


def _address(publications_url: str, link: Link) -> str:
    parts = urlsplit(publications_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise SetupError(
            "OUTCOMES_PUBLICATIONS_URL is not a web address, so letters cannot link to it: "
            "write it like https://intranet.stp.example/outcomes, or leave it empty."
        )
    return f"{publications_url.rstrip('/')}/{quote(link.path)}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(shipped("report_templates/email")),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def template(name: str, words: Mapping[str, object]) -> str:
    """A template of report_templates/email with its words; HTML templates escape them."""
    return _environment().get_template(name).render(words)
