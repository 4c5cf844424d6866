"""A real SFTP server on this machine, in a thread: one user with a password, everything under one folder.

    with SftpServer(folder) as server:
        server.connection()            -> what a connection to it says, its host key pinned
        server.drop_at = 100_000       -> the connection is cut when a read reaches that offset
        server.on_read = change        -> called before each read, to change a file meanwhile

`got` are the paths that were opened for reading. Another `key` makes it a server that somebody put in its place.
"""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import asyncssh

USER, PASSWORD = "outcomes", "only for these tests"


class SftpServer:
    """Listens on a free port of 127.0.0.1 while the `with` block lasts."""

    def __init__(self, folder: Path, key: asyncssh.SSHKey | None = None, port: int = 0) -> None:
        self.folder, self.port = folder, port
        self.key = key or asyncssh.generate_private_key("ssh-ed25519")
        self.drop_at: int | None = None
        self.on_read: Callable[[], None] = lambda: None
        self.got: list[str] = []
        self.logins = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def connection(self, **extra: Any) -> dict[str, Any]:
        """A connection in the form of OUTCOMES_CONNECTIONS; an extra of None is left out."""
        given = {"host_key": self.key.export_public_key().decode().strip()} | extra
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "login": USER,
            "password": PASSWORD,
            "extra": {name: value for name, value in given.items() if value is not None},
        }

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(30)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        server = self

        class Login(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                server.logins += 1
                return (username, password) == (USER, PASSWORD)

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel: Any) -> None:
                super().__init__(channel, chroot=str(server.folder).encode())
                self._channel = channel

            def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
                server.got.append(path.decode())
                return super().open(path, pflags, attrs)

            def read(self, file_obj: Any, offset: int, size: int) -> bytes:
                server.on_read()
                if server.drop_at is not None and offset + size > server.drop_at:
                    self._channel.get_connection().abort()
                return super().read(file_obj, offset, size)

        listening = await asyncssh.listen(
            "127.0.0.1", self.port, server_host_keys=[self.key], server_factory=Login, sftp_factory=Files
        )
        self.port = listening.get_port()
        self._ready.set()
        await self._stopping.wait()
        listening.close()
        await listening.wait_closed()
