"""How an extract stands on the page *Status*, by what became of its submissions."""

from datetime import UTC, date, datetime

import pytest

from outcomes.lateness import Missed
from outcomes.ledger.submissions import ACCEPTED, EXPIRED, FILE_REJECTED, WITHDRAWN
from outcomes.web.standings import Sent, Standing

MISSED = Missed("freeze", date(2018, 6, 7))


def sent(sequence: int, outcome: str, status: str = "freeze") -> Sent:
    known = dict.fromkeys(Sent.__dataclass_fields__)
    return Sent(
        **{
            **known,
            "id": sequence,
            "sequence": sequence,
            "outcome": outcome,
            "status": status,
            "received_at": datetime(2018, 6, 1, tzinfo=UTC),
        }
    )


@pytest.mark.parametrize(
    ("became", "word"),
    [
        ((sent(1, ACCEPTED, "flex"), sent(2, ACCEPTED)), "final"),
        ((sent(1, ACCEPTED, "flex"),), "provisional"),
        # What was kept for as long as it may be still counts; what was withdrawn does not.
        ((sent(1, EXPIRED),), "final"),
        ((sent(1, WITHDRAWN),), "late"),
        ((sent(1, ACCEPTED, "flex"), sent(2, WITHDRAWN)), "provisional"),
        ((sent(1, FILE_REJECTED),), "late"),
        ((), "late"),
    ],
)
def test_the_word_for_an_extract_that_was_due(became: tuple[Sent, ...], word: str) -> None:
    assert Standing(became, (), MISSED).word == word


def test_a_withdrawn_submission_is_no_rejected_one() -> None:
    assert Standing((sent(1, WITHDRAWN),), (), MISSED).refused is None
