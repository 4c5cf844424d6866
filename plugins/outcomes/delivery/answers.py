"""What became of a message, in the five words of a delivery."""

from dataclasses import dataclass
from typing import Literal

State = Literal["queued", "sending", "sent", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message, and why. `queued` is "not now": nothing was handed over, and it may be tried again."""

    state: State
    detail: str


def line(words: object) -> str:
    """What came from outside, as one short line without control characters."""
    text = "".join(c if c.isprintable() else " " for c in str(words))
    return " ".join(text.split())[:200]
