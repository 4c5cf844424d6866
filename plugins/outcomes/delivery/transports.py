"""The ways a message can go: a mail relay, or GOV.UK Notify; OUTCOMES_TRANSPORT chooses.

Owns what the rest of the house knows of them. Promises that nothing outside their own modules depends on which it is.
"""

from typing import Protocol

from outcomes.delivery.answers import Answer
from outcomes.delivery.message import Message
from outcomes.delivery.smtp import Relay
from outcomes.settings import Settings


class Transport(Protocol):
    """A way to send one message to one recipient. `attaches`: the PDF goes with the message, not as a link."""

    attaches: bool

    def ready(self) -> None:
        """Raises SetupError when the settings for it lack something; asks nobody."""

    def greet(self) -> str:
        """Ask the other side whether it would take messages from us; what to say of it. Raises SetupError where not."""

    def send(self, message: Message) -> Answer:
        """Hand over one message, once. Raises SetupError when nothing can be handed over at all, whosever it is."""


def transport(settings: Settings) -> Transport:
    """The way that the settings choose."""
    if settings.transport == "notify":
        from outcomes.delivery.notify import Notify

        return Notify(settings)
    return Relay(settings)
