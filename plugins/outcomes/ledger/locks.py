"""Locks that outlast a transaction: work of which only one may be going on at a time.

Promises that the database (PostgreSQL) or the operating system (SQLite) frees the lock of a process that dies, however it
dies. Never writes to the ledger.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy import func, select

from outcomes.ledger.book import Ledger

# Any numbers will do, as long as everybody uses the same.
_NUMBERS = {"redoing": 7_202_604}


@contextmanager
def one_at_a_time(ledger: Ledger, what: Literal["redoing"]) -> Iterator[None]:
    """Within this block nobody else is in such a block of the same ledger; waits for its turn."""
    if ledger.engine.dialect.name == "postgresql":
        connection = ledger.engine.connect()
        try:
            connection.execute(select(func.pg_advisory_xact_lock(_NUMBERS[what])))
            yield
        finally:
            # Closed for good, not given back: that frees the lock even where the server has gone in the meantime.
            connection.invalidate()
            connection.close()
    elif ledger.engine.url.database in {None, "", ":memory:"}:
        # No other process sees such a ledger.
        yield
    else:
        with open(f"{ledger.engine.url.database}.{what}", "a", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
