"""Delivery: one scorecard of one edition to one recipient, by e-mail, never twice unless a person decides so.

Owns the letters, the queue in the ledger and the conversation with the mail relay or with GOV.UK Notify. Promises that the
ledger says `sending` before anybody outside hears of a letter, and that a letter whose fate nobody knows waits for a person.
Never reads a figure.
"""

from outcomes.delivery.letters import Letter, Link
from outcomes.delivery.outbox import DeliveryLine, LettersWait, deliver

__all__ = ["DeliveryLine", "Letter", "LettersWait", "Link", "deliver"]
