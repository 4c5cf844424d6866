"""Letters that could not be handed over wait, longer each time, and not for ever; which may no longer go does not go."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from outcomes.delivery import DeliveryLine, Letter, LettersWait, deliver
from outcomes.ledger import Delivery, Ledger
from outcomes.settings import Settings
from services.delivery_examples import (
    BOARD,
    STAFFORD,
    STOKE,
    a_letter,
    an_edition,
    events,
    rows,
    states,
    three_letters,
)
from services.mail_server import MailServer

LATER = "451 4.3.0 Try later"
# The waits of the shipped policy, in minutes.
WAITS = (5, 15, 60, 180, 360, 720)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    opened = Ledger(ledger_url)
    yield opened
    opened.close()


def time_passes(ledger: Ledger, passed: timedelta) -> None:
    """What the ledger says of times of trying, as if it had been so much earlier."""
    with ledger.session() as session:
        for row in session.query(Delivery):
            for name in ("first_tried_at", "next_try_at"):
                moment = getattr(row, name)
                setattr(row, name, moment and moment - passed)


def minutes_to_wait(row: Delivery) -> int:
    assert row.next_try_at is not None
    return round((row.next_try_at - datetime.now(UTC)) / timedelta(minutes=1))


def test_each_wait_is_longer_until_the_longest_and_then_the_letter_goes(
    ledger: Ledger, mail_server: MailServer
) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    waited = []
    for _ in range(8):
        mail_server.faults = [LATER]
        (line,) = deliver(ledger, settings, edition, [a_letter()])
        assert (line.state, line.detail) == ("queued", LATER)
        waited.append(minutes_to_wait(rows(ledger)[0]))
        time_passes(ledger, timedelta(minutes=waited[-1], seconds=1))
    assert waited == [*WAITS, WAITS[-1], WAITS[-1]]

    (line,) = deliver(ledger, settings, edition, [a_letter()])
    assert (line.state, line.next_try_at) == ("sent", None)
    assert len(mail_server.got) == 1
    assert rows(ledger)[0].attempts == 9


def test_until_its_wait_is_over_a_letter_is_left_alone_unless_it_is_to_go_at_once(
    ledger: Ledger, mail_server: MailServer
) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    mail_server.faults = [LATER]
    first = deliver(ledger, settings, edition, [a_letter()])
    assert deliver(ledger, settings, edition, [a_letter()]) == first
    assert rows(ledger)[0].attempts == 1

    assert states(deliver(ledger, settings, edition, [a_letter()], at_once=True)) == {"05W": "sent"}


def test_after_some_days_it_is_given_up_and_the_reason_is_told(ledger: Ledger, mail_server: MailServer) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    mail_server.faults = [LATER]
    deliver(ledger, settings, edition, [a_letter()])
    time_passes(ledger, timedelta(days=5))
    mail_server.faults = [LATER]

    (line,) = deliver(ledger, settings, edition, [a_letter()])

    assert (line.state, line.detail) == ("refused", f"Given up after 5 days: {LATER}")
    assert events(ledger, "05W") == ["queued", "sending", "queued", "sending", "refused"]


def test_a_letter_first_tried_after_a_long_stop_is_not_given_up(ledger: Ledger, mail_server: MailServer) -> None:
    """Airflow stood still for a week after the letter was queued: it has been tried once only."""
    edition, settings = an_edition(ledger), Settings.load()
    with pytest.raises(LettersWait):
        deliver(ledger, settings, edition, [a_letter()])
    with ledger.session() as session:
        session.execute(update(Delivery).values(first_tried_at=None, tries=0, next_try_at=None))
    mail_server.faults = [LATER]
    (line,) = deliver(ledger, Settings.load(**mail_server.settings()), edition, [a_letter()])
    assert line.state == "queued"


def test_while_no_relay_can_be_used_all_letters_wait_and_in_the_end_are_given_up(ledger: Ledger) -> None:
    edition, settings = an_edition(ledger), Settings.load(smtp_host="relay.invalid")
    with pytest.raises(LettersWait, match="cannot be reached"):
        deliver(ledger, settings, edition, three_letters())
    assert [(row.state, minutes_to_wait(row)) for row in rows(ledger)] == [("queued", WAITS[0])] * 3
    # Nobody is due, so nobody is troubled.
    assert set(states(deliver(ledger, settings, edition, three_letters())).values()) == {"queued"}

    time_passes(ledger, timedelta(days=6))
    with pytest.raises(LettersWait):
        deliver(ledger, settings, edition, three_letters())
    assert {row.state for row in rows(ledger)} == {"refused"}
    assert all(row.detail.startswith("Given up after 5 days: No mail can be sent") for row in rows(ledger))


def test_the_partnership_decides_how_long(ledger: Ledger, mail_server: MailServer, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "config" / "policy.toml"
    policy = tmp_path / "policy.toml"
    text = shipped.read_text("utf-8").replace("[5, 15, 60, 180, 360, 720]", "[7]")
    policy.write_text(text.replace("give_up_after_days = 5", "give_up_after_days = 1"))
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings(), policy=policy)
    mail_server.faults = [LATER, LATER]
    deliver(ledger, settings, edition, [a_letter()])
    assert minutes_to_wait(rows(ledger)[0]) == 7
    time_passes(ledger, timedelta(days=1))
    assert deliver(ledger, settings, edition, [a_letter()])[0].detail == f"Given up after 1 days: {LATER}"


# What is queued, and what may no longer go


def second(*which: str) -> list[Letter]:
    """The letters of edition 2, which replaces the first."""
    recipients = {"05W": STOKE, "05V": STAFFORD, "QNC": BOARD}
    return [a_letter(area, recipients[area], edition=2, replaces=1) for area in which or recipients]


def test_only_some_areas_are_queued_where_only_these_are_to_go(ledger: Ledger, mail_server: MailServer) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    lines = deliver(ledger, settings, edition, three_letters(), areas=["05W", "QNC"])
    assert states(lines) == {"05W": "sent", "QNC": "sent"}
    # A run that looks after the queue queues nobody else.
    assert deliver(ledger, settings, edition, three_letters(), areas=()) == lines
    assert [received.recipients for received in mail_server.got] == [(STOKE,), (BOARD,)]


def test_of_two_editions_waiting_for_a_recipient_only_the_correction_goes(
    ledger: Ledger, mail_server: MailServer
) -> None:
    first, corrected = an_edition(ledger), an_edition(ledger, number=2)
    settings = Settings.load(**mail_server.settings())
    mail_server.faults = [LATER] * 3
    deliver(ledger, settings, first, three_letters())
    deliver(ledger, settings, corrected, second(), areas=["05W"])

    lines = deliver(ledger, settings, first, three_letters(), at_once=True)

    # Stafford's did not change, so Stafford gets what it was to get.
    assert states(lines) == {"05W": "refused", "05V": "sent", "QNC": "sent"}
    assert lines[0].detail == "Replaced by edition 2 before it could be sent."
    (received,) = mail_server.to(STOKE)
    assert received.message["Subject"].startswith("Correction: ")


def test_who_is_no_recipient_any_more_gets_nothing(ledger: Ledger, mail_server: MailServer) -> None:
    edition, settings = an_edition(ledger), Settings.load(**mail_server.settings())
    mail_server.faults = [LATER]
    deliver(ledger, settings, edition, three_letters())

    lines: list[DeliveryLine] = deliver(ledger, settings, edition, three_letters()[1:], at_once=True)

    assert states(lines) == {"05W": "refused", "05V": "sent", "QNC": "sent"}
    assert "taken off the list" in lines[0].detail
    assert mail_server.to(STOKE) == []
