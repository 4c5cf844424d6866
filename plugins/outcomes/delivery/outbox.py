"""Sending an edition: queue what is missing, send what is queued, record each step, never twice.

Owns the order of a run. Promises that nothing is queued before a named person approved the edition and every recipient was
found allowed, that one bad recipient does not hold up the others, and that what is sent, refused or unknown is left alone.
Never decides on a letter whose fate is unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from outcomes.delivery import entries, smtp
from outcomes.delivery.entries import Recipient
from outcomes.delivery.letters import Letter, compose, sender
from outcomes.delivery.policy import allowed_address, allowed_domains
from outcomes.delivery.underway import nobody_else, underway
from outcomes.errors import SafetyRefusal, SetupError
from outcomes.ledger import Delivery, Edition, Ledger
from outcomes.settings import Settings


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """How a delivery stands: `queued`, `sending` (by another run), `sent`, `refused` or `unknown`, and why."""

    area: str
    recipient: str
    state: str
    detail: str


def deliver(ledger: Ledger, settings: Settings, edition_id: int, letters: Sequence[Letter]) -> list[DeliveryLine]:
    """Send the letters of an edition that were not sent yet; how all its deliveries stand then, in the order of queueing.

    Raises SafetyRefusal without sending anything when the edition is not approved, a recipient is not allowed or a letter is
    not the one that was queued; SetupError when the relay cannot be used, and the letters not yet sent stay queued.
    """
    edition = entries.approved_edition(ledger, edition_id)
    addressed = _addressed(letters, edition, allowed_domains(settings.policy))
    entries.queue(ledger, edition, addressed, settings)
    rows = entries.deliveries(ledger, edition.id)
    if any(row.state == "sending" for row in rows):
        with nobody_else(ledger, edition.id) as alone:
            if alone:
                entries.give_up_left_behind(ledger, edition)
    messages = [
        (row, _message(row, letter, settings))
        for row in rows
        if row.state == "queued" and (letter := addressed.get((row.area, row.recipient)))
    ]
    if messages:
        smtp.require_relay(settings)
        with underway(ledger, edition.id):
            _send(ledger, settings, edition, messages)
    return [DeliveryLine(r.area, r.recipient, r.state, r.detail) for r in entries.deliveries(ledger, edition.id)]


def _send(ledger: Ledger, settings: Settings, edition: Edition, messages: Iterable[tuple[Delivery, bytes]]) -> None:
    from_address = sender(settings).addr_spec
    for row, message in messages:
        attempt = entries.claim(ledger, edition, row)
        if attempt is None:
            continue
        try:
            answer = smtp.send(settings, from_address, row.recipient, message)
        except SetupError as error:
            entries.settle(ledger, edition, row, attempt, smtp.Answer("queued", str(error)))
            raise
        entries.settle(ledger, edition, row, attempt, answer)


def _addressed(letters: Iterable[Letter], edition: Edition, domains: frozenset[str]) -> dict[Recipient, Letter]:
    """The letters by area and recipient, once every one of them may be sent."""
    addressed: dict[Recipient, Letter] = {}
    for letter in letters:
        if (letter.period, letter.edition) != (edition.period, edition.number):
            raise SafetyRefusal(
                f"A letter to {letter.area} is about edition {letter.edition} of {letter.period}, not about edition "
                f"{edition.number} of {edition.period}, so nothing was sent: deliver each edition by itself."
            )
        address = allowed_address(letter.area, letter.recipient, domains)
        addressed[letter.area, address] = replace(letter, recipient=address)
    return addressed


def _message(row: Delivery, letter: Letter, settings: Settings) -> bytes:
    if row.attachment_sha256 != letter.sha256:
        raise SafetyRefusal(
            f"The scorecard for {row.area} is no longer the one that was queued for edition {letter.edition} of "
            f"{letter.period}, so nothing was sent: restore that file from the publications, or make a new edition."
        )
    return compose(letter, settings, row.message_id)
