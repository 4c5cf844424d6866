"""The deliveries of an edition in the ledger, and how a delivery goes from one state to the next.

Owns every change of a delivery's state, each with an event in the same transaction. Promises that only one run can
claim a letter, and that a run settles only the attempt that it made itself. Never writes an address into an event.

    queued -> sending -> sent | refused | unknown, or queued again where the relay said "later"
"""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.delivery.letters import Letter, message_id
from outcomes.delivery.smtp import Answer
from outcomes.errors import InputError, SafetyRefusal
from outcomes.ledger import Approval, Delivery, Edition, Event, Ledger
from outcomes.ledger.tables import now
from outcomes.settings import Settings

Recipient = tuple[str, str]

LEFT_BEHIND = (
    "The run stopped while the relay may have had the letter: it may have arrived; "
    "ask the recipient before it is sent again."
)


def approved_edition(ledger: Ledger, edition_id: int) -> Edition:
    """The edition; raises InputError where there is none, SafetyRefusal unless the latest decision on it is `approved`."""
    with ledger.session() as session:
        edition = session.get(Edition, edition_id)
        if edition is None:
            raise InputError(f"There is no edition with the id {edition_id}: `outcomes release` makes one.")
        decided = session.scalar(
            select(Approval).where(Approval.edition_id == edition_id).order_by(Approval.id.desc()).limit(1)
        )
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
        )
        try:
            with ledger.session() as session:
                session.add(row)
                session.flush()
                _note(session, edition, row.id, letter.area, "queued", "")
        except IntegrityError:
            # Another run may have queued it in between; nothing else is forgiven.
            if recipient not in _recipients(ledger, edition):
                raise


def claim(ledger: Ledger, edition: Edition, row: Delivery) -> int | None:
    """Commit a queued delivery as `sending`; the number of the attempt, or None where another run was faster."""
    with ledger.session() as session:
        attempt = session.scalar(
            update(Delivery)
            .where(Delivery.id == row.id, Delivery.state == "queued")
            .values(state="sending", attempts=Delivery.attempts + 1, detail="", changed_at=now())
            .returning(Delivery.attempts)
        )
        if attempt is not None:
            _note(session, edition, row.id, row.area, "sending", f"attempt {attempt}")
    return attempt


def settle(ledger: Ledger, edition: Edition, row: Delivery, attempt: int, answer: Answer) -> None:
    """What became of that attempt; also where another run has taken this one for dead in the meantime."""
    moment = now()
    with ledger.session() as session:
        settled = session.scalar(
            update(Delivery)
            .where(Delivery.id == row.id, Delivery.attempts == attempt, Delivery.state.in_(("sending", "unknown")))
            .values(
                state=answer.state,
                detail=answer.detail,
                changed_at=moment,
                sent_at=moment if answer.state == "sent" else None,
            )
            .returning(Delivery.id)
        )
        if settled is not None:
            _note(session, edition, row.id, row.area, answer.state, f"attempt {attempt}")


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
            _note(session, edition, delivery, area, "unknown", f"attempt {attempt}, found by a later run")


def _recipients(ledger: Ledger, edition: Edition) -> set[Recipient]:
    return {(row.area, row.recipient) for row in deliveries(ledger, edition.id)}


def _note(session: Session, edition: Edition, delivery: int, area: str, state: str, detail: str) -> None:
    subject = f"delivery {delivery}: {area}, edition {edition.number} of {edition.period}"
    session.add(Event(kind=f"delivery_{state}", subject=subject, person=acting(), detail=detail))
