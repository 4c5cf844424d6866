"""What a person decides on a letter: sent again under the same Message-ID, or entered as arrived; with name and reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from outcomes import workflow
from outcomes.delivery import deliver
from outcomes.errors import InputError, OutcomesError, SafetyRefusal
from outcomes.ledger import Event, Ledger
from outcomes.settings import Settings
from services.delivery_examples import STOKE, a_letter, an_edition, decide, rows, states, three_letters
from services.mail_server import DROP_AFTER_ACCEPTANCE, MailServer

LEAD = {"person": "Ann Lead", "reason": "Stoke's lead says that nothing came."}


@pytest.fixture
def settings(ledger_url: str, mail_server: MailServer) -> Settings:
    return Settings.load(**mail_server.settings(), database_url=ledger_url)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger(settings.database_url)
    yield opened
    opened.close()


def decided(ledger: Ledger) -> list[tuple[str, str, str]]:
    """What people decided, in order: what came of it, who, why."""
    with ledger.session() as session:
        told = [(e.kind, e.person, e.detail) for e in session.query(Event).order_by(Event.id)]
    return [entry for entry in told if entry[1] != "outcomes"]


def test_an_unknown_letter_is_sent_again_and_both_copies_are_known_as_the_same(
    ledger: Ledger, settings: Settings, mail_server: MailServer
) -> None:
    edition = an_edition(ledger)
    mail_server.faults = [DROP_AFTER_ACCEPTANCE]
    assert states(deliver(ledger, settings, edition, [a_letter()])) == {"05W": "unknown"}

    workflow.resend(settings, 1, **LEAD)
    assert states(deliver(ledger, settings, edition, [a_letter()])) == {"05W": "sent"}

    first, again = mail_server.to(STOKE)
    assert first.content == again.content
    assert decided(ledger) == [("delivery_queued", "Ann Lead", f"again, it was unknown: {LEAD['reason']}")]


def test_a_refused_letter_begins_its_waits_anew(ledger: Ledger, settings: Settings, mail_server: MailServer) -> None:
    edition = an_edition(ledger)
    mail_server.refused = {STOKE: "550 5.1.1 No such mailbox"}
    deliver(ledger, settings, edition, [a_letter()])
    workflow.resend(settings, 1, **LEAD)
    (row,) = rows(ledger)
    assert (row.state, row.tries, row.first_tried_at, row.next_try_at) == ("queued", 0, None, None)

    mail_server.refused = {}
    assert states(deliver(ledger, settings, edition, [a_letter()])) == {"05W": "sent"}
    assert rows(ledger)[0].attempts == 2


def test_an_unknown_letter_that_arrived_is_sent_from_then_on(
    ledger: Ledger, settings: Settings, mail_server: MailServer
) -> None:
    edition = an_edition(ledger)
    mail_server.faults = [DROP_AFTER_ACCEPTANCE]
    deliver(ledger, settings, edition, [a_letter()])

    workflow.arrived(settings, 1, person="Ann Lead", reason="Stoke's lead has it.")

    (line,) = deliver(ledger, settings, edition, [a_letter()])
    assert (line.state, line.detail) == ("sent", "It did arrive, says Ann Lead: Stoke's lead has it.")
    assert rows(ledger)[0].sent_at is not None
    assert len(mail_server.got) == 1
    assert decided(ledger) == [("delivery_sent", "Ann Lead", "it was unknown: Stoke's lead has it.")]
    with pytest.raises(InputError, match="Delivery 1 is sent, not unknown"):
        workflow.arrived(settings, 1, person="Ann Lead", reason="Once more.")


def test_what_was_sent_is_sent_again_only_where_a_person_says_so_expressly(
    ledger: Ledger, settings: Settings, mail_server: MailServer
) -> None:
    edition = an_edition(ledger)
    deliver(ledger, settings, edition, [a_letter()])
    with pytest.raises(SafetyRefusal, match="--although-sent"):
        workflow.resend(settings, 1, **LEAD)

    workflow.resend(settings, 1, **LEAD, although_sent=True)
    deliver(ledger, settings, edition, [a_letter()])
    assert len({received.message["Message-ID"] for received in mail_server.to(STOKE)}) == 1
    assert len(mail_server.to(STOKE)) == 2


def test_what_is_on_its_way_is_not_sent_again(ledger: Ledger, settings: Settings, mail_server: MailServer) -> None:
    edition = an_edition(ledger)
    mail_server.faults = ["451 4.3.0 Try later"]
    deliver(ledger, settings, edition, [a_letter()])
    with pytest.raises(InputError, match="Delivery 1 is queued: it is on its way"):
        workflow.resend(settings, 1, **LEAD)


def test_what_is_no_longer_approved_is_not_queued_again(
    ledger: Ledger, settings: Settings, mail_server: MailServer
) -> None:
    edition = an_edition(ledger)
    mail_server.refused = {STOKE: "550 5.1.1 No such mailbox"}
    deliver(ledger, settings, edition, three_letters())
    decide(ledger, edition, "refused")
    with pytest.raises(SafetyRefusal, match="latest decision is 'refused'"):
        workflow.resend(settings, 1, **LEAD)
    assert rows(ledger)[0].state == "refused"


def test_who_has_a_correction_is_not_sent_what_it_replaced(
    ledger: Ledger, settings: Settings, mail_server: MailServer
) -> None:
    first, corrected = an_edition(ledger), an_edition(ledger, number=2)
    mail_server.refused = {STOKE: "550 5.1.1 No such mailbox"}
    deliver(ledger, settings, first, three_letters())
    mail_server.refused = {}
    deliver(ledger, settings, corrected, [a_letter(edition=2, replaces=1)])
    with pytest.raises(SafetyRefusal, match="Edition 2 of 2018-04 has replaced this one"):
        workflow.resend(settings, 1, **LEAD)


@pytest.mark.parametrize(
    ("delivery", "person", "reason", "said"),
    [
        (7, "Ann Lead", "why not", "no delivery 7"),
        (1, " ", "why not", "A name is missing"),
        (1, "Ann Lead", " ", "A reason of 1 to 280 letters"),
        (1, "Ann Lead", "y" * 281, "A reason of 1 to 280 letters"),
        (1, "Ann Lead", "Asked lead@stoke.example.", "an e-mail address"),
        (1, "Ann Lead", "About 999 123 4567.", "an NHS number"),
    ],
)
def test_a_slip_changes_nothing(
    ledger: Ledger, settings: Settings, delivery: int, person: str, reason: str, said: str
) -> None:
    deliver(ledger, settings, an_edition(ledger), [a_letter()])
    for verb in (workflow.resend, workflow.arrived):
        with pytest.raises(OutcomesError, match=said) as error:
            verb(settings, delivery, person=person, reason=reason)
        assert "999" not in str(error.value)
    assert rows(ledger)[0].state == "sent"
    assert decided(ledger) == []


def test_a_letter_is_found_by_edition_and_recipient(ledger: Ledger, settings: Settings) -> None:
    deliver(ledger, settings, an_edition(ledger), [*three_letters(), a_letter("QNC", STOKE)])
    assert workflow.delivery_to(settings, "Lead@Stafford.example", "2018-04") == 2
    with pytest.raises(InputError, match=r"more than one delivery \(1, 4\)"):
        workflow.delivery_to(settings, STOKE, "2018-04")
    with pytest.raises(InputError, match="has no delivery"):
        workflow.delivery_to(settings, "nobody@stoke.example", "2018-04", 1)


def test_every_delivery_can_be_listed(ledger: Ledger, settings: Settings, tmp_path: Path) -> None:
    deliver(ledger, settings, an_edition(ledger), three_letters())
    deliver(ledger, settings, an_edition(ledger, period="2018-05"), [a_letter(period="2018-05")])
    listed = [(d.number, d.period, d.edition, d.area, d.state, d.attempts) for d in workflow.deliveries(settings)]
    assert listed == [
        (1, "2018-04", 1, "05W", "sent", 1),
        (2, "2018-04", 1, "05V", "sent", 1),
        (3, "2018-04", 1, "QNC", "sent", 1),
        (4, "2018-05", 1, "05W", "sent", 1),
    ]
    assert [d.number for d in workflow.deliveries(settings, "2018-05")] == [4]
    assert workflow.deliveries(settings, "2018-04", 2) == []
