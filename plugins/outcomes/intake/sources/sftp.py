"""SFTP: a folder on a supplier's (or our own) SFTP server.

Promises that only a server with the pinned key is spoken to, that nothing on it is removed, renamed or overwritten but our
own feedback, and that a file which changes while it is fetched, or a transfer cut off, leaves nothing behind. Never makes a
path from a name that is not a submission's.
"""

import posixpath
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from outcomes.intake.inbox import Consignment, Listing, StillArriving, sorted_out
from outcomes.intake.names import SubmissionName
from outcomes.intake.sources.connections import PATIENCE, Connections
from outcomes.intake.sources.quarantine import MOST_FETCHED, Quarantine, TooLarge
from outcomes.intake.sources.source import Fetched, Notice, SourceRefused, Suppliers, gone_wrong

if TYPE_CHECKING:
    from paramiko import SFTPClient


class SftpFolder:
    """A folder `path` of one supplier; feedback goes into the folder `feedback` there."""

    waits = True

    def __init__(
        self, connections: Connections, connection: str, supplier: str, path: str, feedback: str, quarantine: Path
    ) -> None:
        self.name = f"sftp {connection}:{path}"
        self._connections, self._connection = connections, connection
        self._supplier, self._path, self._feedback = supplier, path, feedback
        self._quarantine = Quarantine(quarantine)
        self._open = ExitStack()
        self._session: SFTPClient | None = None

    def __enter__(self) -> Self:
        self._quarantine.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()
        self._quarantine.__exit__()

    def look(self, suppliers: Suppliers = None) -> Listing:
        with self._talking("cannot be listed") as session:
            entries = sorted(session.listdir_attr(self._path), key=lambda entry: entry.filename)
        return sorted_out([(e.filename, _called(e)) for e in entries], self._supplier.__eq__)

    def fetch(self, consignment: Consignment) -> Fetched:
        checksum = self._copy(consignment.checksum) if consignment.checksum else None
        return Fetched(self._copy(consignment.file), self._copy(consignment.manifest), checksum)

    def _copy(self, called: str) -> Path:
        """One file into quarantine, as it was when it was listed; raises StillArriving when it no longer is that."""
        path = posixpath.join(self._path, called.split(" ")[0])
        size = 0
        with self._talking("broke off") as session, self._quarantine.receiving() as (target, whole):
            with session.open(path, "rb") as stream:
                listed = int(called.split(" ")[1])
                if listed > MOST_FETCHED:
                    raise TooLarge
                # Not all at once: what comes faster than it is written would pile up in memory.
                stream.prefetch(listed, 64)
                while block := stream.read(1 << 16):
                    size += len(block)
                    if size > listed:
                        raise StillArriving
                    target.write(block)
            after = session.lstat(path)
            after.filename = posixpath.basename(path)
            if size != listed or _called(after) != called:
                raise StillArriving
        return whole

    def acknowledge(self, item: str) -> None:
        """The files stay where they are; the feedback tells the supplier."""

    def reply(self, name: SubmissionName, report: Sequence[Path]) -> None:
        with self._talking("does not take the feedback") as session:
            try:
                session.stat(self._feedback)
            except FileNotFoundError:
                session.mkdir(self._feedback)
            for file in report:
                # First under another name, so that a supplier never reads half a report.
                target = posixpath.join(self._feedback, file.name)
                session.put(str(file), f"{target}.part")
                try:
                    session.posix_rename(f"{target}.part", target)
                except OSError:
                    # Not every server can do that.
                    session.put(str(file), target)
                    session.remove(f"{target}.part")

    def notices(self) -> Sequence[Notice]:
        return ()

    @contextmanager
    def _talking(self, trouble: str) -> "Iterator[SFTPClient]":
        """The session, opened when there is none; what goes wrong with the connection ends it and is one sentence."""
        import paramiko

        try:
            if self._session is None:
                trouble, then = "cannot be reached", trouble
                self._session = self._open.enter_context(self._connections.sftp(self._connection))
                self._session.get_channel().settimeout(PATIENCE)
                trouble = then
            yield self._session
        except paramiko.BadHostKeyException:
            self._hang_up()
            raise _refused(self._connection) from None
        except (paramiko.SSHException, paramiko.SFTPError, EOFError, TimeoutError, ConnectionError) as error:
            self._hang_up()
            if "not found in known_hosts" in str(error):
                raise _refused(self._connection) from None
            raise gone_wrong(self.name, trouble, error) from None
        except (StillArriving, TooLarge):
            raise
        except OSError as error:
            # Paramiko says so of a connection that was cut; what is wrong with one file has its own errors.
            if isinstance(error, FileNotFoundError | PermissionError) and trouble == "broke off":
                raise
            self._hang_up()
            raise gone_wrong(self.name, trouble, error) from None

    def _hang_up(self) -> None:
        self._session = None
        self._open.close()


def _called(entry: Any) -> str | None:
    """Name, size and time: what tells one state of a file from another; None for what is no file."""
    if entry.st_mode is None or not stat.S_ISREG(entry.st_mode) or entry.st_size is None:
        return None
    return f"{entry.filename} {entry.st_size} {entry.st_mtime}"


def _refused(connection: str) -> SourceRefused:
    return SourceRefused(
        f"The server of the connection {connection} shows another host key than the one pinned, so nothing was sent to it "
        "or fetched: ask its operator whether the key was changed, and only then enter the new one as host_key."
    )
