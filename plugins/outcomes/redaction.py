"""NHS numbers and addresses taken out of text that is kept or shown: logs, warnings, crashes, the trail.

Owns what passes for an NHS number in free text: ten digits with the right check digit, alone or with spaces, dots or
dashes between them. Promises that a record handed to any logger of this process is stripped before any handler sees it,
its traceback included. Never raises: what cannot be formatted is logged by its kind only.

A last line of defence: nothing here is a reason to write a number anywhere.
"""

import io
import logging
import re
import sys
import traceback
import warnings
from typing import IO, Any

MASK = "##########"
# In every script's digits; one sign, or two, may stand between them, as people write numbers.
_TEN_DIGITS = re.compile(r"(?<!\d)\d(?:[ \t\u00a0._-]{0,2}\d){9}(?!\d)")
_HASH = re.compile(r"(?<![0-9a-zA-Z])(?=[0-9]*[a-f])[0-9a-f]{12,64}(?![0-9a-zA-Z])")
_ADDRESS = re.compile(r"[^\s<>()\"',;:]+@[^\s<>()\"',;:]+")


def redacted(text: str) -> str:
    """The text with every NHS number in it masked."""
    return _TEN_DIGITS.sub(_mask, text)


def holds_number(text: str) -> bool:
    """Whether there are ten digits in the text that could be an NHS number, with a right check digit or not."""
    return _TEN_DIGITS.search(text) is not None


def without_addresses(text: str) -> str:
    """The text with every NHS number and e-mail address in it masked."""
    return _ADDRESS.sub("[address]", redacted(text))


def stripped(value: Any) -> Any:
    """The same with every text in it redacted, however deep it lies in lists and dictionaries."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {stripped(key): stripped(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(stripped, value)) if type(value) in {list, tuple} else value
    return value


class Spoken(io.TextIOBase):
    """What is printed where it becomes a log, redacted line by line."""

    def __init__(self, target: IO[str]) -> None:
        self._target, self._begun = target, ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._target.write(redacted(line) + "\n")
        return len(text)

    def close(self) -> None:
        if self._begun:
            self._target.write(redacted(self._begun))
            self._begun = ""
        self._target.flush()


def install() -> None:
    """From now on mask what this process logs, warns of or dies with; doing it again changes nothing."""
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        return _strip(make(*args, **kwargs))

    record.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(record)
    warnings.formatwarning = lambda message, category, filename, lineno, line=None: redacted(
        f"{filename}:{lineno}: {category.__name__}: {message}\n"
    )
    sys.excepthook = _died


def _mask(match: re.Match[str]) -> str:
    start, end = match.span()
    # Within a hash ten digits can stand side by side, and a masked hash could not be compared any more.
    if any(h.start() <= start and end <= h.end() for h in _HASH.finditer(match.string, max(0, start - 64), end + 64)):
        return match[0]
    digits = [int(character) for character in match[0] if character.isdigit()]
    check = (11 - sum(digit * (10 - place) for place, digit in enumerate(digits[:9])) % 11) % 11
    return MASK if check == digits[9] and len(set(digits)) > 1 else match[0]


def _strip(made: logging.LogRecord) -> logging.LogRecord:
    try:
        plain = redacted(made.getMessage())
    except Exception as error:  # noqa: BLE001 (a message that does not fit its arguments must not end the work)
        plain = f"a message that could not be put together ({type(error).__name__})"
    made.msg, made.args = plain, ()
    if made.exc_info and made.exc_info[0] is not None:
        # Handlers print this text instead of formatting the exception themselves.
        made.exc_text = redacted("".join(traceback.format_exception(*made.exc_info)).rstrip("\n"))
        made.exc_info = None
    return made


def _died(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, trace))))
