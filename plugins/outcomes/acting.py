"""On whose behalf this process acts, for the trail of who did what.

Owns that one name. Promises that it is taken from the system, not from an option: the shell says who is logged in,
Airflow who started the run. Never decides what that person may do.
"""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_person: ContextVar[str] = ContextVar("person", default="outcomes")


def acting() -> str:
    """The person or service that what is done now is entered under."""
    return _person.get()


@contextmanager
def on_behalf_of(person: str) -> Iterator[None]:
    """Enter what is done meanwhile under this name."""
    token = _person.set(person)
    try:
        yield
    finally:
        _person.reset(token)


def logged_in() -> str:
    """Who is logged in at this machine, as the system knows it; no environment variable changes it."""
    user = os.getuid()
    try:
        return f"{pwd.getpwuid(user).pw_name} (shell)"
    except KeyError:
        return f"user {user} (shell)"
