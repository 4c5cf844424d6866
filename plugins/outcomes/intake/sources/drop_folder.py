"""The drop folder: files that somebody puts there; the default source.

Promises to leave every file where and as it is. Never copies one: it is read in place, in one go. Feedback stays in the
feedback folder, for whoever looks after the drop folder passes it on.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Self

from outcomes.intake.inbox import CHECKSUM_SUFFIX, Consignment, Listing, look, sorted_out
from outcomes.intake.names import MANIFEST_SUFFIX, SubmissionName
from outcomes.intake.sources.source import Fetched, Notice, Suppliers


class DropFolder:
    """A folder on this machine. Files of the suppliers `elsewhere`, who have a source of their own, are left alone."""

    waits = False

    def __init__(self, folder: Path, elsewhere: Collection[str] = ()) -> None:
        self.folder, self._elsewhere = folder, frozenset(elsewhere)
        self.name = str(folder.resolve())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def look(self, suppliers: Suppliers = None) -> Listing:
        def takes(code: str) -> bool:
            return code not in self._elsewhere and (suppliers is None or code in suppliers)

        return sorted_out(look(self.folder), takes, tell=suppliers is None)

    def fetch(self, consignment: Consignment) -> Fetched:
        name = consignment.name.file_name
        checksum = self.folder / f"{name}{CHECKSUM_SUFFIX}" if consignment.checksum else None
        return Fetched(self.folder / name, self.folder / f"{name}{MANIFEST_SUFFIX}", checksum, copied=False)

    def acknowledge(self, item: str) -> None:
        """Nobody waits for it."""

    def reply(self, name: SubmissionName, report: Sequence[Path]) -> None:
        """It lies in the feedback folder already."""

    def notices(self) -> Sequence[Notice]:
        return ()
