"""Asking a supplier where an extract is that was due: one letter to each contact about everything newly late.

Owns who was asked for what. Promises that a contact is asked once for a feed, month and due day, also when the process is
killed, and only at an address in an allowed domain. Never asks about an extract that came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError

from outcomes.acting import acting
from outcomes.definitions.feeds import feeds
from outcomes.delivery.answers import Answer
from outcomes.delivery.letters import template
from outcomes.delivery.message import Message, identity_of, mailbox_for_answers
from outcomes.delivery.policy import allowed_address, allowed_domains
from outcomes.delivery.transports import transport
from outcomes.errors import SetupError
from outcomes.lateness import Late
from outcomes.ledger import Chase, Event, Ledger
from outcomes.organisations import Organisation
from outcomes.periods import Month
from outcomes.settings import Settings

LEFT_BEHIND = "The process was stopped while the relay had the letter: it may have arrived, and is not sent again."


@dataclass(frozen=True, slots=True)
class ChaseLine:
    """An extract that is asked for, of whom, and how the letter stands; `no contact` where there is nobody to ask."""

    supplier: str
    feed: str
    period: str
    deadline: str
    due: date
    recipient: str
    state: str
    detail: str


def chase(
    ledger: Ledger, settings: Settings, suppliers: Sequence[Organisation], found: Sequence[Late]
) -> list[ChaseLine]:
    """Ask the contacts of `suppliers` for what was `found` late and was not asked for yet; all of it as it stands then.

    Raises SafetyRefusal without sending anything when a contact's address is not allowed; SetupError when the relay cannot
    be used, and what was not sent is sent the next time.
    """
    domains = allowed_domains(settings.policy)
    contacts = {s.code: [allowed_address(s.code, c, domains) for c in s.contacts] for s in suppliers}
    _give_up_left_behind(ledger)
    for supplier in suppliers:
        wanted = [line for line in found if line.supplier == supplier.code]
        for recipient in contacts[supplier.code] if wanted else ():
            _ask(ledger, settings, supplier, recipient, wanted)
    return _lines(ledger, found, contacts)


def _ask(ledger: Ledger, settings: Settings, supplier: Organisation, recipient: str, wanted: Sequence[Late]) -> None:
    new = [line for line in wanted if _open(ledger, line, recipient)]
    if not new:
        return
    way = transport(settings)
    way.ready()
    key = "|".join(("chase", recipient, *(f"{x.feed} {x.supplier} {x.period} {x.deadline}" for x in new)))
    message = reminder(settings, supplier, recipient, new, identity_of(key, settings))
    claimed = _claim(ledger, recipient, message.identity, new)
    if not claimed:
        return
    try:
        answer = way.send(message)
    except SetupError as error:
        _settle(ledger, claimed, Answer("queued", str(error)))
        raise
    _settle(ledger, claimed, answer)


def reminder(
    settings: Settings, supplier: Organisation, recipient: str, wanted: Sequence[Late], identity: str
) -> Message:
    """The letter; `identity` is its Message-ID."""
    extracts = [
        {
            "title": feeds()[line.feed].title,
            "month": Month.parse(line.period).name,
            "final": line.deadline == "freeze",
            "due": f"{line.due:%-d %B %Y}",
            "rejected": line.rejected,
        }
        for line in wanted
    ]
    count = "an extract is" if len(extracts) == 1 else f"{len(extracts)} extracts are"
    words = {"supplier": supplier.name, "extracts": extracts, "answers": mailbox_for_answers(settings).addr_spec}
    return Message(
        recipient=recipient,
        identity=identity,
        moment=datetime.now(UTC),
        subject=f"End-of-life care outcomes: {count} late from {supplier.name}",
        text=template("chase.txt.j2", words),
    )


def _open(ledger: Ledger, line: Late, recipient: str) -> bool:
    """Whether a contact is still to be asked: never was, or the relay asked for another try."""
    with ledger.session() as session:
        row = session.scalars(_of(line, recipient)).first()
    return row is None or row.state == "queued"


def _claim(ledger: Ledger, recipient: str, identity: str, new: Sequence[Late]) -> list[int]:
    """Say in the ledger, before it is so, that the letter is being sent; nothing where another run was faster."""
    ids = []
    try:
        with ledger.session(alone=True) as session:
            for line in new:
                row = session.scalars(_of(line, recipient)).first()
                if row is not None and row.state != "queued":
                    return []
                if row is None:
                    row = Chase(
                        feed=line.feed,
                        supplier=line.supplier,
                        period=line.period,
                        deadline=line.deadline,
                        day=line.due,
                        recipient=recipient,
                    )
                    session.add(row)
                row.message_id, row.state, row.detail, row.changed_at = identity, "sending", "", datetime.now(UTC)
                session.flush()
                ids.append(row.id)
    except IntegrityError:
        return []
    return ids


def _settle(ledger: Ledger, ids: Sequence[int], answer: Answer) -> None:
    with ledger.session() as session:
        for row in session.scalars(select(Chase).where(Chase.id.in_(ids))):
            row.state, row.detail, row.changed_at = answer.state, answer.detail, datetime.now(UTC)
            subject = f"{row.feed}_{row.supplier}_{row.period} {row.deadline}"
            session.add(Event(kind="supplier chased", subject=subject, person=acting(), detail=answer.state))


def _give_up_left_behind(ledger: Ledger) -> None:
    with ledger.session() as session:
        left = update(Chase).where(Chase.state == "sending")
        session.execute(left.values(state="unknown", detail=LEFT_BEHIND, changed_at=datetime.now(UTC)))


def _of(line: Late, recipient: str) -> Select[Chase]:
    c = Chase
    return select(c).where(
        c.feed == line.feed,
        c.supplier == line.supplier,
        c.period == line.period,
        c.deadline == line.deadline,
        c.recipient == recipient,
    )


def _lines(ledger: Ledger, found: Sequence[Late], contacts: Mapping[str, Sequence[str]]) -> list[ChaseLine]:
    lines = []
    with ledger.session() as session:
        for line in found:
            what = (line.supplier, line.feed, line.period, line.deadline, line.due)
            for recipient in contacts.get(line.supplier, ()):
                row = session.scalars(_of(line, recipient)).first()
                # Another run took a part of the letter at the same moment: the rest is asked for the next time.
                state, detail = (row.state, row.detail) if row else ("queued", "")
                lines.append(ChaseLine(*what, recipient, state, detail))
            if not contacts.get(line.supplier):
                lines.append(ChaseLine(*what, "", "no contact", "Enter contacts in the list of organisations."))
    return lines
