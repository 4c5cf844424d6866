"""What may not be sent is not even queued: without approval, outside the allowed domains, or another file than recorded."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from outcomes.delivery import deliver
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Ledger
from outcomes.organisations import partnership
from outcomes.settings import Settings
from services.delivery_examples import STOKE, a_letter, an_edition, decide, rows, states, three_letters
from services.mail_server import MailServer


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def settings(mail_server: MailServer) -> Settings:
    return Settings.load(**mail_server.settings())


@pytest.mark.parametrize("decision", [None, "refused"])
def test_an_edition_nobody_approved_is_not_sent(
    ledger: Ledger, mail_server: MailServer, settings: Settings, decision: str | None
) -> None:
    edition = an_edition(ledger, decision=decision)

    with pytest.raises(SafetyRefusal, match=r"^Edition 1 of 2018-04 waits for approval.*`outcomes approve"):
        deliver(ledger, settings, edition, three_letters())

    assert rows(ledger) == []
    assert mail_server.got == []


def test_the_latest_decision_counts(ledger: Ledger, mail_server: MailServer, settings: Settings) -> None:
    edition = an_edition(ledger, decision="approved")
    decide(ledger, edition, "refused")
    with pytest.raises(SafetyRefusal, match="latest decision is 'refused'"):
        deliver(ledger, settings, edition, three_letters())

    decide(ledger, edition, "approved")
    assert set(states(deliver(ledger, settings, edition, three_letters())).values()) == {"sent"}


def test_the_approval_of_one_edition_is_not_that_of_another(ledger: Ledger, settings: Settings) -> None:
    an_edition(ledger, number=1)
    second = an_edition(ledger, number=2, decision=None)
    with pytest.raises(SafetyRefusal, match="Edition 2 of 2018-04 waits for approval"):
        deliver(ledger, settings, second, [a_letter(edition=2, replaces=1)])


def test_a_letter_about_another_edition_is_not_sent(
    ledger: Ledger, mail_server: MailServer, settings: Settings
) -> None:
    edition = an_edition(ledger)
    with pytest.raises(SafetyRefusal, match="deliver each edition by itself"):
        deliver(ledger, settings, edition, [*three_letters(), a_letter(edition=2)])
    assert mail_server.got == []


def test_an_edition_that_is_not_there_is_named(ledger: Ledger, settings: Settings) -> None:
    with pytest.raises(InputError, match="no edition with the id 7"):
        deliver(ledger, settings, 7, three_letters())


@pytest.mark.parametrize(
    "recipient",
    [
        "lead@elsewhere.example",
        "lead@sub.stoke.example",
        "lead@stoke.example.elsewhere.example",
        "lead@xstoke.example",
        "lead@ѕtoke.example",  # the first letter of the domain is Cyrillic
        "lead@stoke.example\r\nBcc: everyone@elsewhere.example",
        "lead@stoke.example\n",
        "lead\x00@stoke.example",
        "lead@elsewhere.example@stoke.example",
        "lead@elsewhere.example,lead@stoke.example",
        "Lead <lead@stoke.example>",
        '"lead@elsewhere.example"@stoke.example',
        "lead smith@stoke.example",
        ".lead@stoke.example",
        "@stoke.example",
        "lead",
        "",
        f"{'l' * 65}@stoke.example",
    ],
)
def test_one_recipient_who_may_not_be_written_to_stops_the_run_for_all(
    ledger: Ledger, mail_server: MailServer, settings: Settings, recipient: str
) -> None:
    edition = an_edition(ledger)

    with pytest.raises(SafetyRefusal) as refusal:
        deliver(ledger, settings, edition, [*three_letters(), a_letter("05V", recipient)])

    assert "05V" in str(refusal.value)
    assert "lead" not in str(refusal.value)
    assert str(refusal.value).isprintable()
    assert rows(ledger) == []
    assert mail_server.got == []


def test_a_domain_outside_the_list_is_named(ledger: Ledger, settings: Settings) -> None:
    edition = an_edition(ledger)
    with pytest.raises(
        SafetyRefusal, match=r"A recipient of 05W is in elsewhere\.example, a domain that is not allowed"
    ):
        deliver(ledger, settings, edition, [a_letter(recipient="lead@elsewhere.example")])


def test_the_policy_in_force_says_who_is_allowed(ledger: Ledger, mail_server: MailServer, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        "[reporting]\nmonths_on_a_chart = 24\ncomplete_from = 98\n[payment]\nmeasures = []\n"
        "[maturity]\nusual_volume = [75, 133]\nvalid_nhs_numbers = [95, 99]\nkey_columns_filled = [95, 99]\n"
        "rejected = [1, 5]\nkey_columns = {}\n"
        '[delivery]\nallowed_domains = ["elsewhere.example"]\n[targets]\n'
    )
    settings = Settings.load(**mail_server.settings(), policy=policy)
    edition = an_edition(ledger)

    with pytest.raises(SafetyRefusal, match=r"stoke\.example"):
        deliver(ledger, settings, edition, [a_letter(recipient=STOKE)])
    assert states(deliver(ledger, settings, edition, [a_letter(recipient="lead@elsewhere.example")])) == {"05W": "sent"}


def test_every_recipient_of_the_shipped_list_may_be_written_to(
    ledger: Ledger, mail_server: MailServer, settings: Settings
) -> None:
    edition = an_edition(ledger)
    letters = [
        a_letter(area.code, recipient, area_name=area.name)
        for area in partnership().areas
        for recipient in area.recipients
    ]
    assert len(letters) == 7
    deliver(ledger, settings, edition, letters)
    assert len(mail_server.got) == 7


def test_a_file_that_the_edition_did_not_record_is_not_put_in_a_letter() -> None:
    with pytest.raises(SafetyRefusal, match=r"scorecard-05W\.pdf of edition 1 of 2018-04 is not the file"):
        replace(a_letter(), pdf=b"%PDF-1.7 something else")


def test_a_scorecard_that_changed_after_it_was_queued_is_not_sent(
    ledger: Ledger, mail_server: MailServer, settings: Settings
) -> None:
    edition = an_edition(ledger)
    mail_server.faults = ["451 4.3.0 Try later"]
    deliver(ledger, settings, edition, [a_letter()])

    with pytest.raises(SafetyRefusal, match="scorecard for 05W is no longer the one that was queued"):
        deliver(ledger, settings, edition, [a_letter(pdf=b"%PDF-1.7 rendered with another font")], at_once=True)
    assert mail_server.got == []


def test_nothing_the_ledger_says_of_what_happened_holds_an_address(
    ledger: Ledger, mail_server: MailServer, settings: Settings
) -> None:
    from outcomes.ledger import Event

    edition = an_edition(ledger)
    mail_server.refused = {STOKE: f"550 5.1.1 <{STOKE}> is unknown"}
    deliver(ledger, settings, edition, three_letters())

    with ledger.session() as session:
        told: list[Any] = [(e.kind, e.subject, e.person, e.detail) for e in session.query(Event)]
    assert ("delivery_refused", "delivery 1: 05W, edition 1 of 2018-04", "outcomes", "attempt 1") in told
    assert "@" not in str(told)
