"""The deliveries of an edition in the ledger, and how a delivery goes from one state to the next by itself.

Owns every change of a delivery's state that no person decides (those are in decisions.py), each with an event in the same
transaction. Promises that only one run can claim a letter, that a run settles only the attempt that it made itself, and that
a letter waits longer after each try and not for ever. Never writes an address into an event.

    queued -> sending -> sent | refused | unknown, or queued again where nothing was handed over
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.definitions.policy import DeliveryPolicy
from outcomes.delivery.answers import Answer
from outcomes.delivery.letters import Letter, message_id
from outcomes.delivery.waiting import or_given_up
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Delivery, Edition, Event, Ledger
from outcomes.ledger.approvals import decision_on, held_because, rests_on_withdrawn
from outcomes.ledger.tables import now
from outcomes.settings import Settings

Recipient = tuple[str, str]

LEFT_BEHIND = (
    "The run stopped while the relay may have had the letter: it may have arrived; "
    "ask the recipient before it is sent again."
)
NO_RECIPIENT = (
    "No recipient of this area any more: it was taken off the list of organisations before the letter could go."
)
REPLACED = "Replaced by edition"


class Claim(NamedTuple):
    """One attempt at a delivery: its number, how many there were since it was queued, and when the first of them was."""

    attempt: int
    tries: int
    first_tried_at: datetime


def approved_edition(ledger: Ledger, edition_id: int) -> Edition:
    """The edition; raises InputError where there is none, SafetyRefusal unless the latest decision on it is `approved`.

    SafetyRefusal also where it is held, or was computed with what was withdrawn since.
    """
    with ledger.session() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise InputError(f"There is no edition with the id {edition_id}: `outcomes release` makes one.")
        decided, held = decision_on(session, edition_id), held_because(session, edition)
        withdrawn = rests_on_withdrawn(session, edition)
    if held:
        raise SafetyRefusal(
            f"Edition {edition.number} of {edition.period} is held, so nothing of it is sent: `outcomes alerts` says why."
        )
    if withdrawn:
        raise SafetyRefusal(withdrawn)
    if decided is None or decided.decision != "approved":
        latest = "" if decided is None else f" (the latest decision is {decided.decision!r})"
        raise SafetyRefusal(
            f"Edition {edition.number} of {edition.period} waits for approval{latest}, so nothing more is sent: a "
            "named "
            f"person lets it go with `outcomes approve --period {edition.period} --edition {edition.number} --by "
            "NAME`, or "
            "in Airflow."
        )
    return edition


def deliveries(ledger: Ledger, edition_id: int) -> list[Delivery]:
    """All deliveries of the edition, in the order in which they were queued."""
    with ledger.session() as session:
        return list(session.scalars(select(Delivery).where(Delivery.edition_id == edition_id).order_by(Delivery.id)))


def queue(ledger: Ledger, edition: Edition, letters: Mapping[Recipient, Letter], settings: Settings) -> None:
    """An entry for each letter that has none yet, whichever of several runs comes first."""
    known = _recipients(ledger, edition)
    for recipient, letter in letters.items():
        if recipient in known:
            continue
        row = Delivery(
            edition_id=edition.id,
            area=letter.area,
            recipient=letter.recipient,
            message_id=message_id(letter, settings),
            attachment_sha256=letter.sha256,
            state="queued",
            attempts=0,
            detail="",
            sent_at=None,
            tries=0,
            first_tried_at=None,
            next_try_at=None,
        )
        try:
            with ledger.session() as session:
                session.add(row)
                session.flush()
                note(session, edition, row.id, letter.area, "queued", "")
        except IntegrityError:
            # Another run may have queued it in between; nothing else is forgiven.
            if recipient not in _recipients(ledger, edition):
                raise


def claim(ledger: Ledger, edition: Edition, row: Delivery) -> Claim | None:
    """Commit a queued delivery as `sending`; the attempt, or None where another run was faster."""
    moment = now()
    first = row.first_tried_at or moment
    with ledger.session() as session:
        claimed = session.execute(
            update(Delivery)
            .where(Delivery.id == row.id, Delivery.state == "queued", Delivery.attempts == row.attempts)
            .values(
                state="sending",
                attempts=Delivery.attempts + 1,
                tries=Delivery.tries + 1,
                first_tried_at=first,
                next_try_at=None,
                detail="",
                changed_at=moment,
            )
            .returning(Delivery.attempts, Delivery.tries)
        ).one_or_none()
        if claimed is None:
            return None
        note(session, edition, row.id, row.area, "sending", f"attempt {claimed.attempts}")
    return Claim(claimed.attempts, claimed.tries, first)


def settle(
    ledger: Ledger, edition: Edition, row: Delivery, claimed: Claim, answer: Answer, policy: DeliveryPolicy
) -> None:
    """What became of that attempt; also where another run has taken this one for dead in the meantime."""
    moment = now()
    answer, again = or_given_up(answer, claimed.tries, claimed.first_tried_at, moment, policy)
    with ledger.session() as session:
        settled = session.scalar(
            update(Delivery)
            .where(
                Delivery.id == row.id,
                Delivery.attempts == claimed.attempt,
                Delivery.state.in_(("sending", "unknown")),
            )
            .values(
                state=answer.state,
                detail=answer.detail,
                changed_at=moment,
                sent_at=moment if answer.state == "sent" else None,
                next_try_at=again,
            )
            .returning(Delivery.id)
        )
        if settled is not None:
            note(session, edition, row.id, row.area, answer.state, f"attempt {claimed.attempt}")


def put_off(ledger: Ledger, edition: Edition, rows: Iterable[Delivery], why: str, policy: DeliveryPolicy) -> None:
    """Queued deliveries that cannot be tried, because nothing can be handed over at all, wait as if they had been."""
    moment = now()
    for row in rows:
        first, tries = row.first_tried_at or moment, row.tries + 1
        answer, again = or_given_up(Answer("queued", why), tries, first, moment, policy)
        with ledger.session() as session:
            values = {"detail": answer.detail, "tries": tries, "first_tried_at": first, "next_try_at": again}
            if _still_queued(session, row, state=answer.state, **values) and answer.state != "queued":
                note(session, edition, row.id, row.area, answer.state, "given up")


def take_out(ledger: Ledger, edition: Edition, addressed: Mapping[Recipient, Letter]) -> None:
    """Queued deliveries that may no longer go are refused: a later edition is on its way, or there is no such recipient."""
    with ledger.session() as session:
        replaced = replacements(session, edition)
        for row in session.scalars(
            select(Delivery).where(Delivery.edition_id == edition.id, Delivery.state == "queued")
        ).all():
            later = replaced.get((row.area, row.recipient))
            if later is None and (row.area, row.recipient) in addressed:
                continue
            why = NO_RECIPIENT if later is None else f"{REPLACED} {later} before it could be sent."
            if _still_queued(session, row, state="refused", detail=why, next_try_at=None):
                note(session, edition, row.id, row.area, "refused", why)


def replacements(session: Session, edition: Edition) -> dict[Recipient, int]:
    """For whom a later edition of the same month is on its way or there already, and its number."""
    later = session.execute(
        select(Delivery.area, Delivery.recipient, Edition.number)
        .join(Edition, Edition.id == Delivery.edition_id)
        .where(Edition.period == edition.period, Edition.number > edition.number)
        .order_by(Edition.number)
    )
    return {(area, recipient): number for area, recipient, number in later}


def give_up_left_behind(ledger: Ledger, edition: Edition) -> None:
    """Every delivery that is still `sending` becomes `unknown`; to be called only while nobody else is sending."""
    with ledger.session() as session:
        left = session.execute(
            update(Delivery)
            .where(Delivery.edition_id == edition.id, Delivery.state == "sending")
            .values(state="unknown", detail=LEFT_BEHIND, changed_at=now())
            .returning(Delivery.id, Delivery.area, Delivery.attempts)
        )
        for delivery, area, attempt in left.all():
            note(session, edition, delivery, area, "unknown", f"attempt {attempt}, found by a later run")


def note(
    session: Session, edition: Edition, delivery: int, area: str, state: str, detail: str, person: str = ""
) -> None:
    """The event of a delivery's new state."""
    subject = f"delivery {delivery}: {area}, edition {edition.number} of {edition.period}"
    session.add(Event(kind=f"delivery_{state}", subject=subject, person=person or acting(), detail=detail))


def _still_queued(session: Session, row: Delivery, **values: Any) -> bool:
    """Change a queued delivery, unless another run was faster."""
    unchanged = (Delivery.id == row.id, Delivery.state == "queued", Delivery.attempts == row.attempts)
    change = update(Delivery).where(*unchanged).values(changed_at=now(), **values).returning(Delivery.id)
    return session.scalar(change) is not None


def _recipients(ledger: Ledger, edition: Edition) -> set[Recipient]:
    return {(row.area, row.recipient) for row in deliveries(ledger, edition.id)}
