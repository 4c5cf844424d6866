"""What only PostgreSQL can get wrong: transactions that are open at the same time."""

import threading

from sqlalchemy import select

from outcomes.ledger import Event, Ledger


def event(subject: str) -> Event:
    return Event(kind="test", subject=subject, person="", detail="")


def test_who_asks_to_be_alone_waits_for_the_other_who_did(postgres_ledger_url: str) -> None:
    ledger = Ledger(postgres_ledger_url)
    inside, done = threading.Event(), threading.Event()

    def second() -> None:
        inside.set()
        with ledger.session(alone=True) as session:
            # It sees what the first one wrote, because it only began when that was committed.
            session.add(event(f"second, after {len(session.scalars(select(Event)).all())}"))
        done.set()

    with ledger.session(alone=True) as session:
        thread = threading.Thread(target=second)
        thread.start()
        inside.wait()
        # Others who do not ask are not held up.
        with ledger.session() as other:
            other.add(event("bystander"))
        session.add(event("first"))
        session.flush()
        assert not done.is_set()
    thread.join(timeout=60)
    with ledger.session() as session:
        subjects = {e.subject for e in session.scalars(select(Event))}
    assert subjects == {"bystander", "first", "second, after 2"}


def test_a_query_that_breaks_off_gives_the_queue_free(postgres_ledger_url: str) -> None:
    ledger = Ledger(postgres_ledger_url)
    try:
        with ledger.session(alone=True):
            raise InterruptedError
    except InterruptedError:
        pass
    with ledger.session(alone=True) as session:
        session.add(event("next"))
