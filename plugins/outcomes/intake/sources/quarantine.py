"""The quarantine: where fetched files lie until they are read, as they were sent.

Owns a folder that only this user may read. Promises that a file appears in it whole, under a name made here, and that what a
killed process left is removed by the next; one at work is left alone. Never keeps a file longer than it takes to read it.
"""

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from outcomes.errors import SetupError
from outcomes.intake.limits import MAX_BYTES

# A file beyond MAX_BYTES is rejected, and its supplier told so; for that it is fetched, up to this size.
MOST_FETCHED = 4 * MAX_BYTES


class TooLarge(OSError):
    """More came than is fetched from anywhere."""


class Quarantine:
    """A folder of one process's own below `root`, while the `with` block lasts."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock: int | None = None

    def __enter__(self) -> Self:
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            # One at a time, so that nobody sweeps away a folder that is just being made.
            queue = os.open(self._root, os.O_RDONLY)
            try:
                fcntl.flock(queue, fcntl.LOCK_EX)
                self._sweep()
                self.folder = self._root / uuid.uuid4().hex
                self.folder.mkdir(mode=0o700)
                # The system lets go of the lock when this process ends, killed or not.
                self._lock = os.open(self.folder, os.O_RDONLY)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
            finally:
                os.close(queue)
        except OSError as error:
            raise SetupError(
                f"The quarantine {self._root} cannot be written ({error.strerror}): mend its rights."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def receiving(self) -> Iterator[tuple[BinaryIO, Path]]:
        """A file to write to, and the path under which it lies afterwards: whole, on disk, or not at all."""
        draft = self.folder / f".partial-{uuid.uuid4()}"
        whole = self.folder / uuid.uuid4().hex
        try:
            with draft.open("xb") as stream:
                yield stream, whole
                stream.flush()
                os.fsync(stream.fileno())
            draft.rename(whole)
        finally:
            draft.unlink(missing_ok=True)

    def _sweep(self) -> None:
        for left in self._root.iterdir():
            with suppress(OSError):
                descriptor = os.open(left, os.O_RDONLY)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(left, ignore_errors=True)
                finally:
                    os.close(descriptor)
