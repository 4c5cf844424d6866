"""A short e-mail to the operators about what waits for a person.

Owns its form and to whom it goes: the addresses under [alerts] in the policy. Promises that these are in allowed domains.
Never holds a figure or a recipient's address.
"""

from collections.abc import Sequence
from datetime import datetime

from outcomes.definitions.policy import policy
from outcomes.delivery.message import Message, identity_of
from outcomes.delivery.policy import allowed_address, allowed_domains
from outcomes.delivery.transports import transport
from outcomes.errors import SetupError
from outcomes.settings import Settings


def send_notice(settings: Settings, moment: datetime, key: Sequence[str], sentences: Sequence[str]) -> None:
    """Send the sentences to everyone who is to be told; the Message-ID follows from the key and the recipient.

    Raises SafetyRefusal when an address is not allowed, SetupError when not one of them was reached.
    """
    way, reached, trouble = transport(settings), False, ""
    domains = allowed_domains(settings.policy)
    addresses = [allowed_address("alerts", address, domains) for address in policy(settings.policy).alerts.tell]
    way.ready()
    count = len(sentences)
    for address in addresses:
        answer = way.send(
            Message(
                recipient=address,
                identity=identity_of("|".join((*key, address)), settings),
                moment=moment,
                subject=f"Outcome measures: {count} {'thing waits' if count == 1 else 'things wait'} for a person",
                text="\n\n".join([*sentences, "`outcomes alerts` lists everything that waits."]) + "\n",
            )
        )
        if answer.state in {"sent", "unknown"}:
            reached = True
        else:
            trouble = answer.detail
    if not reached:
        raise SetupError(
            f"The operators cannot be told what waits for a person ({trouble}): check alerts.tell in the policy and the "
            "mail relay; `outcomes alerts` lists it."
        )
