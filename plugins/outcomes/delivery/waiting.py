"""How long a letter waits that could not be handed over, and when it is given up.

Owns the two times. Promises that waits grow and end, as the partnership decided. Never sends anything.
"""

from datetime import datetime, timedelta

from outcomes.definitions.policy import DeliveryPolicy
from outcomes.delivery.answers import Answer
from outcomes.ledger import Delivery


def due(row: Delivery, moment: datetime) -> bool:
    """Whether a delivery is queued and its wait is over."""
    return row.state == "queued" and (row.next_try_at is None or row.next_try_at <= moment)


def or_given_up(
    answer: Answer, tries: int, first: datetime, moment: datetime, policy: DeliveryPolicy
) -> tuple[Answer, datetime | None]:
    """The answer to the try number `tries`, with the time of the next where there is to be one.

    A letter that was `first` tried too many days ago comes out as refused. Any other answer than `queued` stays as it is.
    """
    if answer.state != "queued":
        return answer, None
    if moment - first >= timedelta(days=policy.give_up_after_days):
        return Answer("refused", f"Given up after {policy.give_up_after_days} days: {answer.detail}"), None
    waits = policy.retry_after_minutes
    return answer, moment + timedelta(minutes=waits[min(tries, len(waits)) - 1])
