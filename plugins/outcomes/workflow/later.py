"""Verbs that are promised and not there yet: each says so.

Owns nothing but that sentence.
"""

from typing import NoReturn

from outcomes.errors import SetupError
from outcomes.settings import Settings


def withdraw(settings: Settings, submission: str, *, reason: str) -> NoReturn:
    """Take a submission out, data included. Raises SetupError: not there yet."""
    _not_there_yet("withdraw", "Until then ask the supplier for a resubmission, which replaces the earlier one.")


def _not_there_yet(verb: str, instead: str) -> NoReturn:
    raise SetupError(f"outcomes {verb} is not there yet in this version. {instead}")
