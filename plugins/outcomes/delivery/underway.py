"""Whether another run is sending at this moment.

Owns the difference between a letter that a living run is sending and one that a dead run left behind. Promises that the
database (PostgreSQL) or the operating system (SQLite) frees the lock of a run that dies, however it dies. Never writes to
the ledger.
"""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from outcomes.ledger import Ledger

# Any number will do; all runs that send on PostgreSQL use the same, with the edition's id beside it.
_DELIVERY_LOCK = 7_202_603

# The database notices a killed run within moments; no longer than this is waited for it.
PATIENCE_SECONDS = 5.0


@contextmanager
def underway(ledger: Ledger, edition_id: int) -> Iterator[None]:
    """Within this block the run counts as sending letters of the edition; others may do so too."""
    with _lock(ledger, edition_id) as take:
        # Refused only while another run is looking after letters left behind, which takes moments.
        while not take(True):
            time.sleep(0.05)
        yield


@contextmanager
def nobody_else(ledger: Ledger, edition_id: int) -> Iterator[bool]:
    """Whether no other run is sending letters of the edition (on SQLite: of any edition); it stays so within this block."""
    with _lock(ledger, edition_id) as take:
        until = time.monotonic() + PATIENCE_SECONDS
        while not (alone := take(False)) and time.monotonic() < until:
            time.sleep(0.05)
        yield alone


@contextmanager
def _lock(ledger: Ledger, edition_id: int) -> Iterator[Callable[[bool], bool]]:
    """What tries to take the lock once, shared or not, until the block ends."""
    if ledger.engine.dialect.name == "postgresql":
        connection = ledger.engine.connect()

        def ask(shared: bool) -> bool:
            lock = func.pg_try_advisory_xact_lock_shared if shared else func.pg_try_advisory_xact_lock
            return bool(connection.scalar(select(lock(_DELIVERY_LOCK, edition_id))))

        try:
            yield ask
        finally:
            # Closed for good, not given back: that frees the lock even where the server has gone in the meantime.
            connection.invalidate()
            connection.close()
    elif ledger.engine.url.database in {None, "", ":memory:"}:
        # No other process sees such a ledger.
        yield lambda _shared: True
    else:
        with open(f"{ledger.engine.url.database}.sending", "a", encoding="ascii") as file:

            def flock(shared: bool) -> bool:
                try:
                    fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                return True

            yield flock
