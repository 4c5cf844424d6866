"""Verbs that are promised and not there yet: each says so.

Owns nothing but that sentence.
"""

from typing import NoReturn

from outcomes.errors import SetupError
from outcomes.settings import Settings


def backfill(settings: Settings, ccg: str, first: str, last: str, *, reason: str, preview: bool = False) -> NoReturn:
    """Redo past months of a CCG. Raises SetupError: not there yet."""
    _not_there_yet(
        "backfill", "Receive the resubmissions, then compute, release, render, approve and deliver each month."
    )


def _not_there_yet(verb: str, instead: str) -> NoReturn:
    raise SetupError(f"outcomes {verb} is not there yet in this version. {instead}")
