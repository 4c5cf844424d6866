"""The letter that carries a scorecard: plain text and HTML, the PDF attached, to one recipient.

Owns what the recipient reads before opening the PDF. Promises the same words for the same letter, a Message-ID that follows
from what is sent to whom, and a correction that says what it replaces. Never holds anything but released figures' words.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from outcomes.definitions.shipped import shipped
from outcomes.delivery.message import Message, identity_of, mailbox_for_answers
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
    return identity_of(key, settings)


def compose(letter: Letter, settings: Settings, identity: str, *, attached: bool = True) -> Message:
    """The message; `identity` is the Message-ID the ledger holds for it, `attached` false where the PDF comes as a link.

    Raises SetupError when a mail setting or the address for links cannot be used.
    """
    words = {
        "letter": letter,
        "attached": attached,
        "month": Month.parse(letter.period).name,
        "area_name": _line(letter.area_name),
        "headline": _line(letter.headline),
        "points": [_line(point) for point in letter.points],
        "links": [(_line(link.words), _address(settings.publications_url, link)) for link in letter.links]
        if settings.publications_url
        else [],
        "answers": mailbox_for_answers(settings).addr_spec,
    }
    return Message(
        recipient=letter.recipient,
        identity=identity,
        moment=letter.made_at,
        subject=_subject(letter),
        text=template("letter.txt.j2", words),
        html=template("letter.html.j2", words),
        pdf=letter.pdf,
        pdf_name=letter.pdf_name,
    )


def _subject(letter: Letter) -> str:
    what = f"nd-of-life care scorecard: {_line(letter.area_name)}, {Month.parse(letter.period).name}"
    if letter.replaces is None:
        return f"E{what}"
    return f"Correction: e{what} (edition {letter.edition}, replaces edition {letter.replaces})"


def _line(text: str) -> str:
    """The text on one line: nothing in it can begin a header, a paragraph or a terminal command."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


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
