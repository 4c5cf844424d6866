"""What waits for a person: editions that are held or not decided on, letters whose fate is unknown or that were refused,
extracts whose answer on objections does not come.

Owns what is an alert, and that each is told once. Promises to read it all from the ledger, so that it does not matter
whether Airflow, a page or a shell did what led to it; each enters the ledger once, and the operators get it once (a second
time only where the process was killed while they were being told). Never mends anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.acting import acting
from outcomes.definitions.policy import policy
from outcomes.delivery.entries import NO_RECIPIENT, REPLACED
from outcomes.delivery.notices import send_notice
from outcomes.errors import SafetyRefusal
from outcomes.ledger import Approval, Arrival, Delivery, Edition, Event, Ledger
from outcomes.ledger.approvals import HELD, LIFTED, decision_on, held_now, rests_on_withdrawn, subject_of
from outcomes.ledger.submissions import ANSWER
from outcomes.ledger.tables import now
from outcomes.periods import DAYS_TO_ANSWER, REMINDED_AFTER_DAYS
from outcomes.settings import Settings

# For so long an answer on objections may take: the check service takes a day, and MESH keeps the extract for five.
UNANSWERED_DAYS = 3
# In whose name Airflow enters the refusal of a question that nobody answered.
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Alert:
    """`kind`: held, approval due, approval late, delivery unknown, delivery refused or objections late. `about` names it for
    good.

    `sentence` can be mailed: it holds no figure and no address. `why` is for whoever looks.
    """

    kind: str
    about: str
    since: datetime
    sentence: str
    why: str


def alerts(settings: Settings) -> list[Alert]:
    """What waits for a person at this moment, oldest first."""
    with Ledger(settings.database_url).session() as session:
        return _open(session)


def tell(settings: Settings) -> list[Alert]:
    """Enter new alerts into the ledger and mail what was not told yet to the operators of the policy; those told now.

    Raises SetupError when they cannot be reached; then they are told with the next run.
    """
    ledger, moment = Ledger(settings.database_url), now()
    with ledger.session(alone=True) as session:
        waiting = _open(session)
        known = _entered(session, "alert")
        for alert in waiting:
            if alert.about not in known:
                session.add(_event("alert", alert, alert.sentence))
        told = _entered(session, "alert_told")
    news = [alert for alert in waiting if alert.about not in told]
    if not news or not policy(settings.policy).alerts.tell:
        return []
    send_notice(settings, moment, [alert.about for alert in news], [alert.sentence for alert in news])
    with ledger.session(alone=True) as session:
        told = _entered(session, "alert_told")
        session.add_all(_event("alert_told", alert, "") for alert in news if alert.about not in told)
    return news


@contextmanager
def held(settings: Settings, subject: str) -> Iterator[None]:
    """What is refused for safety within this block holds `subject`, until the same goes well."""
    try:
        yield
    except SafetyRefusal as refusal:
        enter_hold(settings, subject, str(refusal))
        raise
    enter_hold(settings, subject, "")


def enter_hold(settings: Settings, subject: str, why: str) -> None:
    """Enter that something is held and why; without a reason, that it is no longer."""
    with Ledger(settings.database_url).session() as session:
        before = held_now(session, subject).get(subject)
        if why and (before is None or before.detail != why):
            session.add(Event(kind=HELD, subject=subject, person=acting(), detail=why))
        elif not why and before is not None:
            session.add(Event(kind=LIFTED, subject=subject, person=acting(), detail=""))


def _open(session: Session) -> list[Alert]:
    latest = {e.period: e for e in session.scalars(select(Edition).order_by(Edition.number))}
    withdrawn = {e.period: why for e in latest.values() if (why := rests_on_withdrawn(session, e))}
    free = {period: e for period, e in latest.items() if period not in withdrawn}
    found = [*_held(session, latest), *_undecided(session, free), *_lost(session), *_unanswered(session)]
    found += [_withdrawn(latest[period], why) for period, why in withdrawn.items() if _waits(session, latest[period])]
    return sorted(found, key=lambda alert: alert.since)


def _held(session: Session, latest: dict[str, Edition]) -> Iterator[Alert]:
    for subject, event in held_now(session).items():
        period = subject.rpartition(" ")[2]
        made = latest.get(period)
        replaced = (
            subject.startswith("edition") and made is not None and subject != f"edition {made.number} of {period}"
        )
        if not replaced:
            sentence = (
                f"{subject[0].upper()}{subject[1:]} is held: it was refused for safety. `outcomes alerts` says why."
            )
            yield Alert("held", f"{subject}, event {event.id}", event.at, sentence, event.detail)


def _waits(session: Session, made: Edition) -> bool:
    """Whether an edition is not decided on, or was let go and letters of it still wait."""
    decided = decision_on(session, made.id)
    if decided is None or decided.decision != "approved":
        return decided is None and made.rendered_at is not None
    queued = select(Delivery.id).where(Delivery.edition_id == made.id, Delivery.state == "queued").limit(1)
    return session.scalar(queued) is not None


def _withdrawn(made: Edition, why: str) -> Alert:
    return Alert(
        "held", f"{subject_of(made)}, withdrawn", made.made_at, why, "a submission it was computed with was withdrawn"
    )


def _undecided(session: Session, latest: dict[str, Edition]) -> Iterator[Alert]:
    decided = {a.edition_id: a for a in session.scalars(select(Approval).order_by(Approval.id))}
    for made in latest.values():
        answer = decided.get(made.id)
        if made.rendered_at is None or (answer is not None and answer.person != NOBODY):
            continue
        asked, late = made.rendered_at, made.rendered_at + timedelta(days=DAYS_TO_ANSWER)
        about, what = f"edition {made.number} of {made.period}", f"Edition {made.number} of {made.period}"
        remedy = f"read it, then `outcomes approve --period {made.period} --edition {made.number}`"
        if answer is not None or now() >= late:
            sentence = f"{what} was not decided on within {DAYS_TO_ANSWER} days, so it was not sent: {remedy}."
            yield Alert("approval late", f"{about}, approval late", late, sentence, "nobody answered")
        elif now() >= asked + timedelta(days=REMINDED_AFTER_DAYS):
            sentence = f"{what} waits for approval until {late:%-d %B %Y}: {remedy}, or answer in Airflow."
            yield Alert("approval due", f"{about}, approval due", asked, sentence, "nobody has answered yet")


def _lost(session: Session) -> Iterator[Alert]:
    stuck = (
        Delivery.state.in_(("unknown", "refused")),
        Delivery.detail.not_like(f"{REPLACED}%"),
        Delivery.detail != NO_RECIPIENT,
    )
    query = select(Delivery, Edition).join(Edition, Edition.id == Delivery.edition_id).where(*stuck)
    for row, made in session.execute(query.order_by(Delivery.id)):
        verbs = "`outcomes arrived` or `outcomes resend`" if row.state == "unknown" else "`outcomes resend`"
        which = f"Delivery {row.id} ({row.area}, edition {made.number} of {made.period})"
        sentence = f"{which} is {row.state}: `outcomes deliveries` says why, and a person decides with {verbs}."
        about = f"delivery {row.id}, attempt {row.attempts}, {row.state}"
        yield Alert(f"delivery {row.state}", about, row.changed_at, sentence, row.detail)


def _unanswered(session: Session) -> Iterator[Alert]:
    query = select(Arrival).where(
        Arrival.missing == ANSWER, Arrival.noted_at <= now() - timedelta(days=UNANSWERED_DAYS)
    )
    for waiting in session.scalars(query.order_by(Arrival.noted_at, Arrival.file_name)):
        since = f"{waiting.noted_at:%-d %B %Y}"
        sentence = (
            f"{waiting.file_name} has waited for the answer on objections since {since}, and nothing of it is used: ask the "
            "check service. A message in MESH is gone five days after it was sent: then have it sent again."
        )
        yield Alert(
            "objections late",
            f"{waiting.file_name}, waiting since {since}",
            waiting.noted_at,
            sentence,
            "no answer has come",
        )


def _entered(session: Session, kind: str) -> set[str]:
    return set(session.scalars(select(Event.subject).where(Event.kind == kind)))


def _event(kind: str, alert: Alert, detail: str) -> Event:
    return Event(kind=kind, subject=alert.about, person=acting(), detail=detail)
