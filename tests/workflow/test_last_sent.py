"""Which edition an area's readers were last sent: against it their next scorecard tells what changed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from outcomes.ledger import Delivery, Ledger
from outcomes.organisations import partnership
from outcomes.workflow.contexts import last_sent
from services.delivery_examples import an_edition

ANN, BOB = "ann@stoke.example", "bob@stoke.example"
STOKE = replace(partnership().by_code["05W"], recipients=("Ann@Stoke.example", BOB))


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = Ledger("sqlite://")
    yield opened
    opened.close()


def delivered(ledger: Ledger, period: str, number: int, *, area: str = "05W", **states: str) -> None:
    """An edition and how its letters to an area stand, by reader."""
    edition = an_edition(ledger, period=period, number=number)
    with ledger.session() as session:
        for reader, state in states.items():
            words = {"message_id": f"{edition}{reader}", "attachment_sha256": "", "detail": "", "attempts": 1}
            address = f"{reader}@stoke.example"
            session.add(Delivery(edition_id=edition, area=area, recipient=address, state=state, **words))


def found(ledger: Ledger, month: str) -> tuple[str, int] | None:
    with ledger.session() as session:
        return last_sent(session, STOKE, month)


def test_it_is_the_last_that_was_sent_and_not_one_of_which_nobody_knows(ledger: Ledger) -> None:
    assert found(ledger, "2018-04") is None
    delivered(ledger, "2018-04", 1, ann="sent")
    delivered(ledger, "2018-04", 2, ann="unknown")
    delivered(ledger, "2018-04", 3, ann="refused")
    delivered(ledger, "2018-04", 4, area="QNC", ann="sent")
    assert found(ledger, "2018-04") == ("2018-04", 1)


def test_of_several_readers_who_is_furthest_behind_in_the_month_decides(ledger: Ledger) -> None:
    delivered(ledger, "2018-03", 1, ann="sent", bob="sent", cyd="sent")
    delivered(ledger, "2018-04", 1, ann="sent", bob="sent")
    delivered(ledger, "2018-04", 2, ann="sent", bob="refused")
    assert found(ledger, "2018-04") == ("2018-04", 1)
    # Who was taken off the list, or had nothing of the month, does not count.
    delivered(ledger, "2018-05", 1, ann="sent", bob="refused", cyd="sent")
    assert found(ledger, "2018-05") == ("2018-05", 1)


def test_without_one_of_the_month_it_is_the_last_of_an_earlier_and_never_of_a_later(ledger: Ledger) -> None:
    delivered(ledger, "2018-02", 1, ann="sent")
    delivered(ledger, "2018-02", 2, ann="sent")
    delivered(ledger, "2018-05", 1, ann="sent")
    assert found(ledger, "2018-04") == ("2018-02", 2)
