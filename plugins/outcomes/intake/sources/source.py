"""What every source can do, and what a fetched submission is.

Owns the interface that the drop folder, SFTP, object stores and MESH share. Promises nothing of how they do it.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from outcomes.errors import SafetyRefusal, SetupError
from outcomes.intake.inbox import Consignment, Listing
from outcomes.intake.masking import printable
from outcomes.intake.names import SubmissionName


class SourceError(SetupError):
    """This source cannot be used now; others can."""


class SourceRefused(SafetyRefusal):
    """This source is not safe to use; others can be."""


# Whose submissions a look is about: all the source has (None), or these suppliers'.
Suppliers = Collection[str] | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A submission where it can be read; `forget` removes what was copied for that, if anything was."""

    file: Path
    manifest: Path
    checksum: Path | None = None
    copied: bool = True

    def forget(self) -> None:
        if self.copied:
            for path in (self.file, self.manifest, self.checksum):
                if path is not None:
                    with suppress(FileNotFoundError):
                        path.unlink()


@dataclass(frozen=True, slots=True)
class Notice:
    """What a source itself says, such as that a message of ours was not collected; `item` is its own name for that.

    `source` is whose word it is: one mailbox of ours can be the source of many suppliers.
    """

    source: str
    item: str
    subject: str
    detail: str


class Source(Protocol):
    """A place that submissions come from; used in a `with` block, in which a connection may stay open.

    `name` is what the ledger and sentences call it, `waits` whether anybody there waits for acknowledgements and feedback.
    A source's own name for a part (a message's id, a version, a file's name with size and time) tells one state of it from
    any other, so that what was taken in is not fetched again.
    """

    @property
    def name(self) -> str: ...

    @property
    def waits(self) -> bool: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def look(self, suppliers: Suppliers = None) -> Listing:
        """What lies there; raises InputError or SetupError when it cannot be listed."""
        ...

    def fetch(self, consignment: Consignment) -> Fetched:
        """A submission to be read; raises StillArriving, OSError for this one only, SetupError when the source is gone."""
        ...

    def acknowledge(self, item: str) -> None:
        """Say that a part was taken in for good; saying it twice does no harm."""
        ...

    def reply(self, name: SubmissionName, report: Sequence[Path]) -> None:
        """Send a feedback report back to the supplier."""
        ...

    def notices(self) -> Sequence[Notice]:
        """What the source itself has to say, found by the last look."""
        ...


def gone_wrong(name: str, trouble: str, error: Exception) -> SourceError:
    """One sentence on what keeps a source from being used; `trouble` is such as "cannot be reached"."""
    what = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return SourceError(
        f"The source {name} {trouble} ({plain(what)}): check the connection and the server; what was not received comes "
        "next time."
    )


def plain(words: object) -> str:
    """What came from outside, as a short line without control characters or long numbers."""
    return printable(" ".join(str(words).split())[:200]).rstrip(".")
