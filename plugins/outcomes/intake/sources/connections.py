"""Connections: where a source is and how to log in there, by name.

Owns what a connection may say and how the shell reads it from the settings; in Airflow the roof reads the connection of that
name. Promises that a secret is never shown by printing one, and that no SFTP server is spoken to whose key is not the pinned
one. Never knows what is fetched.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from outcomes.intake.sources.source import SourceError, SourceRefused
from outcomes.settings import Settings

if TYPE_CHECKING:
    from paramiko import SFTPClient

# Seconds that a server may be silent.
PATIENCE = 60.0


@dataclass(frozen=True)
class Connection:
    """Host, port, login, password and what else the kind of source needs, in the form of an Airflow connection."""

    name: str
    host: str = ""
    port: int | None = None
    login: str = ""
    password: str = field(default="", repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def needs(self, **given: str) -> None:
        """Raises SourceError that names what is empty; `given` maps what to call it to its value."""
        if missing := [what for what, value in given.items() if not value]:
            raise SourceError(f"The connection {self.name} has no {missing[0].replace('_', ' ')}: enter it there.")


class Connections(Protocol):
    """Connections by name, and SFTP sessions opened through them."""

    def get(self, name: str) -> Connection:
        """Raises SourceError when there is none of that name."""
        ...

    def sftp(self, name: str) -> "AbstractContextManager[SFTPClient]":
        """An open session with a server whose key is the pinned one; raises SourceError or SourceRefused."""
        ...


class FromSettings:
    """The connections in OUTCOMES_CONNECTIONS: what the shell uses."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def get(self, name: str) -> Connection:
        entry = self._settings.connections.get(name)
        if entry is None:
            raise no_connection(name)
        return Connection(
            name, entry.host, entry.port, entry.login, entry.password.get_secret_value(), dict(entry.extra)
        )

    @contextmanager
    def sftp(self, name: str) -> "Iterator[SFTPClient]":
        import io

        import paramiko

        connection = self.get(name)
        port = connection.port or 22
        key = pinned_key(connection)
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.get_host_keys().add(
            connection.host if port == 22 else f"[{connection.host}]:{port}", key.get_name(), key
        )
        private = connection.extra.get("private_key")
        phrase = connection.extra.get("private_key_passphrase")
        try:
            client.connect(
                connection.host,
                port,
                connection.login,
                connection.password or None,
                pkey=paramiko.PKey.from_private_key(io.StringIO(private), phrase) if private else None,
                key_filename=connection.extra.get("key_file"),
                passphrase=phrase,
                timeout=PATIENCE,
                banner_timeout=PATIENCE,
                auth_timeout=PATIENCE,
                allow_agent=False,
                look_for_keys=False,
            )
            with client.open_sftp() as session:
                yield session
        finally:
            client.close()


def no_connection(name: str) -> SourceError:
    return SourceError(
        f"There is no connection {name}, which the list of organisations names: add it to OUTCOMES_CONNECTIONS, in Airflow "
        "to its connections."
    )


def pinned_key(connection: Connection) -> Any:
    """The server's public key that a connection pins as extra `host_key`; raises SourceRefused when it pins none."""
    import paramiko

    words = str(connection.extra.get("host_key") or "").split()
    switches = [name for name in ("no_host_key_check", "allow_host_key_change") if _is_on(connection.extra.get(name))]
    if len(words) < 2 or switches:
        raise SourceRefused(
            f"The connection {connection.name} pins no host key, so nothing was fetched: give the server's public key as "
            'extra host_key, such as "ssh-ed25519 AAAA…", as its operator told you'
            + (f", and take {switches[0]} out." if switches else ".")
        )
    try:
        return paramiko.PKey.from_type_string(words[0], base64.b64decode(words[1], validate=True))
    except (paramiko.SSHException, binascii.Error, ValueError, IndexError):
        raise SourceError(
            f"The extra host_key of the connection {connection.name} is no public key: write it as ssh-keyscan prints it, "
            "without the host's name."
        ) from None


def _is_on(value: object) -> bool:
    return str(value or "").lower() == "true"
