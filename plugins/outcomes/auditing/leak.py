"""What an audit finds: a place in a published file that says more than the released counts do.

Owns the shape of a finding. Promises that no finding repeats the number it is about: digits of a quoted passage are masked,
as a finding is read in logs before anybody decided what to do about it. Never says how bad a finding is: one is too many.
"""

import re
from dataclasses import dataclass

_LONGEST = 90


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """`where` names the place within the file; `sentence` says what is wrong with it."""

    file: str
    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}, {self.where}: {self.sentence}."


def masked(text: str) -> str:
    """A passage to quote: every digit as #, cut to one line."""
    line = re.sub(r"\d", "#", " ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
