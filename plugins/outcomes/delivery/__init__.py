"""Delivery: one scorecard of one edition to one recipient, by e-mail, never twice.

Owns the letters, the queue in the ledger and the conversation with the mail relay. Promises that the ledger says `sending`
before the relay hears of a letter, and that a letter whose fate nobody knows waits for a person. Never reads a figure.
"""

from outcomes.delivery.letters import Letter, Link
from outcomes.delivery.outbox import DeliveryLine, deliver

__all__ = ["DeliveryLine", "Letter", "Link", "deliver"]
