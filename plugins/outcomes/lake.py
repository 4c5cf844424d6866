"""The lake: patient-level Parquet, pseudonymised, one file for each accepted submission and one for its rejected
records.

Owns where these files lie. Promises that a file appears whole or not at all, is named after its content and is never
written again, also when two processes store the same submission. Never holds an NHS number, and never decides which
submission is in force: the ledger does.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import fsspec
from fsspec.implementations.local import LocalFileSystem

from outcomes.errors import SetupError


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the lake: its name below the root, and the SHA-256 of its bytes."""

    file: str
    sha256: str


class Lake:
    """The lake at a path or an fsspec URL such as `s3://bucket/folder`."""

    def __init__(self, root: str) -> None:
        """Raises SetupError when the address cannot be understood."""
        try:
            self._files, self._root = fsspec.core.url_to_fs(root)
        except (ImportError, ValueError, OSError) as error:
            raise SetupError(
                f"OUTCOMES_LAKE cannot be used ({error}): give a folder, or an address fsspec knows."
            ) from None
        self._local = isinstance(self._files, LocalFileSystem)

    def store(self, folder: str, stem: str, write: Callable[[str], None]) -> Stored:
        """Keep what `write(path)` writes, as `<folder>/<stem>-<content>.parquet`; raises SetupError when it cannot."""
        try:
            if self._local:
                return self._store_local(folder, stem, write)
            with tempfile.TemporaryDirectory() as scratch:
                draft = Path(scratch) / "draft.parquet"
                write(str(draft))
                stored = _named(folder, stem, draft)
                # An object store shows an object whole or not at all, so no second name is needed there.
                self._files.put_file(str(draft), self._address(stored.file))
                return stored
        except (OSError, duckdb.IOException) as error:
            reason = getattr(error, "strerror", None) or "input/output error"
            raise SetupError(
                f"The lake cannot be written ({reason}): check OUTCOMES_LAKE, its rights and its free space; "
                "nothing of the submission was used."
            ) from None

    def _store_local(self, folder: str, stem: str, write: Callable[[str], None]) -> Stored:
        home = Path(self._root) / folder
        home.mkdir(parents=True, exist_ok=True)
        with _alone_in(home) as descriptor:
            # The same submission always drafts under the same name, so that a killed run leaves nothing behind the
            # next.
            draft = home / f".{stem}.partial"
            draft.unlink(missing_ok=True)
            write(str(draft))
            stored = _named(folder, stem, draft)
            with draft.open("rb+") as stream:
                os.fsync(stream.fileno())
            draft.chmod(0o440)
            draft.replace(Path(self._root) / stored.file)
            os.fsync(descriptor)
        return stored

    def open_to(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a DuckDB connection read the lake, where it is not a local folder."""
        if not self._local:
            connection.register_filesystem(self._files)

    def addresses(self, files: list[str]) -> list[str]:
        """The files as DuckDB reads them; raises SetupError when one is gone."""
        missing = [f for f in files if not self._files.exists(self._address(f))]
        if missing:
            raise SetupError(
                f"The lake has lost {missing[0]} (and {len(missing) - 1} more): restore it from the backup before "
                "computing."
            )
        return [self._address(f) if self._local else self._files.unstrip_protocol(self._address(f)) for f in files]

    def names(self, folder: str = "") -> list[str]:
        """Every file below a folder of the lake, drafts that a kill left behind included; raises SetupError."""
        root = str(self._root).rstrip("/")
        start = f"{root}/{folder}".rstrip("/")
        try:
            found = self._files.find(start) if self._files.exists(start) else []
        except OSError as error:
            raise SetupError(
                f"The lake cannot be read ({error.strerror}): check OUTCOMES_LAKE and its rights."
            ) from None
        return sorted(str(path).removeprefix(f"{root}/") for path in found)

    def remove(self, file: str) -> None:
        """Delete a file for good; one that is gone already is as well. Raises SetupError when that is impossible."""
        try:
            self._files.rm_file(self._address(file))
        except FileNotFoundError:
            return
        except OSError as error:
            raise SetupError(
                f"{file} in the lake cannot be deleted ({error.strerror}): check its rights, then run the same again."
            ) from None

    def _address(self, file: str) -> str:
        return f"{self._root}/{file}"


@contextmanager
def _alone_in(folder: Path) -> Iterator[int]:
    """Keep other processes from drafting in a folder meanwhile; the system lets go when the process ends, killed or not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _named(folder: str, stem: str, draft: Path) -> Stored:
    with draft.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Stored(f"{folder}/{stem}-{digest[:16]}.parquet", digest)
