"""What is in a letter: the same bytes twice, plain text and HTML that say the same, the PDF as it is, nothing added."""

import hashlib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.delivery.letters import Letter, Link, compose, message_id
from outcomes.delivery.message import as_mail
from outcomes.errors import SetupError
from outcomes.settings import Settings
from services.delivery_examples import a_letter

SETTINGS = Settings.load(
    mail_from="Outcome measures <outcomes@stp.example>",
    mail_reply_to="measures-team@stp.example",
    publications_url="https://intranet.stp.example/outcomes/",
)
PAGE = "https://intranet.stp.example/outcomes/2018-04/edition-1/scorecard-05W.html"


def mail(letter: Letter, settings: Settings = SETTINGS) -> bytes:
    return as_mail(compose(letter, settings, message_id(letter, settings)), settings)


def read(letter: Letter, settings: Settings = SETTINGS) -> EmailMessage:
    return message_from_bytes(mail(letter, settings), policy=SMTP)


def texts(letter: Letter, settings: Settings = SETTINGS) -> tuple[str, str]:
    """The plain text and the HTML."""
    message = read(letter, settings)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert mail(a_letter()) == mail(a_letter())
    assert mail(a_letter(edition=3, replaces=2)) == mail(a_letter(edition=3, replaces=2))


def test_the_bytes_are_those_every_relay_takes() -> None:
    """ASCII, CRLF, and no line longer than the 998 characters of RFC 5322, whatever the words."""
    letter = a_letter(headline="Más — “gut” " * 300)
    sent = mail(letter)
    sent.decode("ascii")
    assert sent.count(b"\n") == sent.count(b"\r\n") == sent.count(b"\r")
    assert max(len(line) for line in sent.split(b"\r\n")) <= 998


def test_what_the_headers_say() -> None:
    headers = dict(read(a_letter()).items())
    assert headers.pop("Message-ID").endswith("@stp.example>")
    assert headers.pop("Content-Type").startswith("multipart/mixed")
    assert headers == {
        "From": "Outcome measures <outcomes@stp.example>",
        "To": "lead@stoke.example",
        "Reply-To": "measures-team@stp.example",
        "Subject": "End-of-life care scorecard: Stoke-on-Trent, April 2018",
        "Date": "Thu, 14 Jun 2018 09:30:00 +0000",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }


def test_how_the_parts_are_nested() -> None:
    message = read(a_letter())
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]


def test_the_pdf_arrives_as_it_is() -> None:
    letter = a_letter(pdf=bytes(range(256)) * 40)
    (attached,) = read(letter).iter_attachments()
    assert attached.get_content() == letter.pdf
    assert hashlib.sha256(attached.get_content()).hexdigest() == letter.sha256
    assert attached.get_filename() == "scorecard-05W.pdf"


def test_the_message_id_follows_from_what_goes_to_whom() -> None:
    letter = a_letter()
    key = "|".join(("QNC", "2018-04", "1", "05W", "lead@stoke.example", hashlib.sha256(letter.pdf).hexdigest()))
    assert message_id(letter, SETTINGS) == f"<{hashlib.sha256(key.encode()).hexdigest()}@stp.example>"


@pytest.mark.parametrize(
    "other",
    [
        {"stp": "QXX"},
        {"period": "2018-05"},
        {"edition": 2},
        {"area": "05V"},
        {"recipient": "deputy@stoke.example"},
        {"pdf": b"%PDF-1.7 another"},
    ],
)
def test_another_letter_has_another_message_id(other: dict[str, Any]) -> None:
    # The words around the scorecard are no part of it: the same scorecard to the same person is the same delivery.
    assert message_id(a_letter(pdf_name="x.pdf", headline="y"), SETTINGS) != message_id(a_letter(**other), SETTINGS)
    assert message_id(a_letter(headline="y"), SETTINGS) == message_id(a_letter(), SETTINGS)


@pytest.mark.parametrize("text", [0, 1], ids=["plain", "html"])
def test_both_texts_say_what_matters(text: int) -> None:
    said = texts(a_letter())[text]
    for words in (
        "Stoke-on-Trent",
        "April 2018",
        "Two of eight measures are getting better; none is getting worse.",
        "Better: died where they wanted to, 64%.",
        "Watch: days at home in the last 90 days, 77.1.",
        PAGE,
        "measures-team@stp.example",
        "[c]",
    ):
        assert words in said
    assert "correction" not in said.lower()


@pytest.mark.parametrize("text", [0, 1], ids=["plain", "html"])
def test_a_correction_says_what_it_replaces(text: int) -> None:
    letter = a_letter(edition=3, replaces=2)
    said = " ".join(texts(letter)[text].split())
    assert "correction" in said.lower()
    assert "This is edition 3 of the scorecard for April 2018. It replaces edition 2: please use this one" in said
    assert read(letter)["Subject"] == (
        "Correction: end-of-life care scorecard: Stoke-on-Trent, April 2018 (edition 3, replaces edition 2)"
    )


def test_without_an_address_for_the_publications_there_is_no_link() -> None:
    plain, html = texts(a_letter(), Settings.load(mail_reply_to="measures-team@stp.example"))
    assert "://" not in plain
    assert "web page" not in plain
    assert "://" not in html
    assert "web page" not in html


def test_a_letter_without_points_or_links_is_whole() -> None:
    plain, html = texts(a_letter(points=(), links=()))
    assert "*" not in plain
    assert "\n\n\n" not in plain
    assert "<ul" not in html


def test_without_a_reply_to_the_sender_is_the_mailbox_to_answer_to() -> None:
    settings = Settings.load()
    assert read(a_letter(), settings)["Reply-To"] is None
    assert "or write to outcomes@stp.example" in texts(a_letter(), settings)[0]


def test_a_path_with_a_space_is_still_one_link() -> None:
    plain, _ = texts(a_letter(links=(Link("it", "2018-04/a b.html"),)))
    assert "https://intranet.stp.example/outcomes/2018-04/a%20b.html" in plain


def test_html_in_the_words_is_shown_and_does_nothing() -> None:
    plain, html = texts(a_letter(headline="<script>alert(1)</script> & more", area_name="<b>Stoke</b>"))
    assert "<script" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html
    assert "<script>alert(1)</script> & more" in plain


@given(words=st.text(max_size=60), breaks=st.sampled_from(["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"]))
def test_no_words_can_add_a_header_or_a_line(words: str, breaks: str) -> None:
    """Whatever an area is called and whatever a sentence holds, the headers and the lines of the text stay the same."""
    evil = f"Stoke{breaks}Bcc: everyone@elsewhere.example{breaks}{breaks}{words}"
    letter = a_letter(area_name=evil, headline=evil, points=(evil,))
    usual, message = read(a_letter(points=("x",))), read(letter)
    assert message.keys() == usual.keys()
    assert message["To"] == "lead@stoke.example"
    assert message["Subject"].isprintable()
    assert len(texts(letter)[0].splitlines()) == len(texts(a_letter(points=("x",)))[0].splitlines())


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("mail_from", ""),
        ("mail_from", "Outcome measures"),
        ("mail_from", "outcomes@localhost"),
        ("mail_from", "a@stp.example, b@stp.example"),
        ("mail_from", "outcomes@stp.example\r\nBcc: x@elsewhere.example"),
        ("mail_from", "outcömes@stp.example"),
        ("mail_reply_to", "the team"),
        ("mail_reply_to", "@stp.example"),
        ("publications_url", "intranet.stp.example"),
        ("publications_url", "javascript:alert(1)"),
        ("publications_url", "file:///srv/outcomes"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(setting: str, value: str) -> None:
    settings = Settings.load(**{setting: value})
    with pytest.raises(SetupError, match=f"OUTCOMES_{setting.upper()}"):
        read(a_letter(), settings)
