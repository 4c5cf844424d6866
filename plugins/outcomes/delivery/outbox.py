"""Sending an edition: queue what is missing, send what is due, record each step, never twice.

Owns the order of a run. Promises that nothing is queued before a named person approved the edition and every recipient was
found allowed, that one bad recipient does not hold up the others, and that what is sent, refused or unknown is left alone.
Never decides on a letter whose fate is unknown.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from outcomes.definitions.policy import DeliveryPolicy, policy
from outcomes.delivery import entries
from outcomes.delivery.answers import Answer
from outcomes.delivery.entries import Recipient
from outcomes.delivery.letters import Letter, compose
from outcomes.delivery.message import Message
from outcomes.delivery.policy import allowed_address
from outcomes.delivery.transports import Transport, transport
from outcomes.delivery.underway import nobody_else, underway
from outcomes.delivery.waiting import due
from outcomes.errors import SafetyRefusal, SetupError
from outcomes.ledger import Delivery, Edition, Ledger
from outcomes.ledger.tables import now
from outcomes.settings import Settings


class LettersWait(SetupError):
    """Nothing can be handed over at all; the letters wait in the queue for the next run that finds them due."""


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """How a delivery stands: `queued`, `sending` (by another run), `sent`, `refused` or `unknown`, and why.

    `number` is its own; a queued one that was tried before is tried again from `next_try_at` on.
    """

    area: str
    recipient: str
    state: str
    detail: str
    number: int
    next_try_at: datetime | None


def deliver(
    ledger: Ledger,
    settings: Settings,
    edition_id: int,
    letters: Sequence[Letter],
    *,
    areas: Collection[str] | None = None,
    at_once: bool = False,
) -> list[DeliveryLine]:
    """Send what is due of an edition; how all its deliveries stand then, in the order of queueing.

    `letters` are those to all its recipients. Queued are those of the `areas` (of all when None) that have no entry yet;
    what is queued and in no letter may no longer go. `at_once` sends what still has to wait.

    Raises SafetyRefusal without sending anything when the edition is not approved, a recipient is not allowed or a letter is
    not the one that was queued; LettersWait when nothing can be handed over, and the letters not yet sent stay queued.
    """
    edition = entries.approved_edition(ledger, edition_id)
    decided = policy(settings.policy).delivery
    addressed = _addressed(letters, edition, frozenset(decided.allowed_domains))
    wanted = {key: letter for key, letter in addressed.items() if areas is None or letter.area in areas}
    entries.queue(ledger, edition, wanted, settings)
    rows = entries.deliveries(ledger, edition.id)
    if any(row.state == "sending" for row in rows):
        with nobody_else(ledger, edition.id) as alone:
            if alone:
                entries.give_up_left_behind(ledger, edition)
    entries.take_out(ledger, edition, addressed)
    way, moment = transport(settings), now()
    messages = [
        (row, _message(row, addressed[row.area, row.recipient], settings, way))
        for row in entries.deliveries(ledger, edition.id)
        if due(row, moment) or (at_once and row.state == "queued")
    ]
    if messages:
        with underway(ledger, edition.id):
            _send(ledger, way, edition, messages, decided)
    return lines(ledger, edition.id)


def lines(ledger: Ledger, edition_id: int) -> list[DeliveryLine]:
    """How all deliveries of an edition stand, in the order of queueing."""
    return [
        DeliveryLine(row.area, row.recipient, row.state, row.detail, row.id, row.next_try_at)
        for row in entries.deliveries(ledger, edition_id)
    ]


def _send(
    ledger: Ledger,
    way: Transport,
    edition: Edition,
    messages: Sequence[tuple[Delivery, Message]],
    decided: DeliveryPolicy,
) -> None:
    rows = [row for row, _ in messages]
    try:
        way.ready()
    except SetupError as error:
        entries.put_off(ledger, edition, rows, str(error), decided)
        raise LettersWait(str(error)) from None
    for place, (row, message) in enumerate(messages):
        claimed = entries.claim(ledger, edition, row)
        if claimed is None:
            continue
        try:
            answer = way.send(message)
        except SetupError as error:
            entries.settle(ledger, edition, row, claimed, Answer("queued", str(error)), decided)
            entries.put_off(ledger, edition, rows[place + 1 :], str(error), decided)
            raise LettersWait(str(error)) from None
        entries.settle(ledger, edition, row, claimed, answer, decided)


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


def _message(row: Delivery, letter: Letter, settings: Settings, way: Transport) -> Message:
    if row.attachment_sha256 != letter.sha256:
        raise SafetyRefusal(
            f"The scorecard for {row.area} is no longer the one that was queued for edition {letter.edition} of "
            f"{letter.period}, so nothing was sent: restore that file from the publications, or make a new edition."
        )
    return compose(letter, settings, row.message_id, attached=way.attaches)
