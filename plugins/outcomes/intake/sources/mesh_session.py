"""Our own MESH mailbox: the session with the exchange that whatever comes and goes by MESH shares.

Owns logging in and the sentences on what goes wrong. Promises never to speak without TLS, nor to a server whose certificate
is not vouched for, and that a message's name never becomes a path. Never decides what a message is.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from outcomes.errors import OutcomesError
from outcomes.intake.inbox import StillArriving
from outcomes.intake.sources.connections import PATIENCE, Connections
from outcomes.intake.sources.quarantine import TooLarge
from outcomes.intake.sources.source import SourceError, gone_wrong

if TYPE_CHECKING:
    from mesh_client import MeshClient, Message

# What MESH answers about a message that was acknowledged or has expired.
GONE = (404, 410)
_MESSAGE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


class OurMailbox:
    """The mailbox that a connection logs in to; `name` is what sentences call it."""

    def __init__(self, connections: Connections, connection: str, name: str) -> None:
        self._connections, self._connection, self.name = connections, connection, name
        self._client: MeshClient | None = None

    def messages(self) -> "Iterator[tuple[str, Message]]":
        """Every message that waits, with its id; each is open only until the next is asked for."""
        import requests

        with self.talking("cannot be listed") as client:
            for message_id in client.iterate_message_ids():
                if not _MESSAGE_ID.fullmatch(message_id):
                    continue
                try:
                    message = client.retrieve_message(message_id)
                except requests.HTTPError as error:
                    if error.response.status_code in GONE:
                        continue
                    raise
                try:
                    yield message_id, message
                finally:
                    message.close()

    def acknowledge(self, message_id: str) -> None:
        """Say that a message was taken in for good; saying it twice does no harm."""
        import requests

        with self.talking("does not take the acknowledgement") as client:
            try:
                client.acknowledge_message(message_id)
            except requests.HTTPError as error:
                # It was acknowledged before, or has expired.
                if error.response.status_code not in GONE:
                    raise

    @contextmanager
    def talking(self, trouble: str) -> "Iterator[MeshClient]":
        import requests
        from mesh_client import MeshError
        from urllib3.exceptions import HTTPError

        try:
            if self._client is None:
                self._client = self._connect()
            yield self._client
        except (StillArriving, TooLarge, OutcomesError):
            raise
        except requests.HTTPError as error:
            code = error.response.status_code
            if code in GONE and trouble == "broke off":
                raise StillArriving from None
            if code in (401, 403):
                trouble = "refuses the mailbox, its password or the shared key"
            raise gone_wrong(self.name, trouble, RuntimeError(f"HTTP {code}")) from None
        except requests.exceptions.SSLError as error:
            raise gone_wrong(self.name, "is not trusted or does not trust the certificate", error) from None
        except requests.exceptions.ConnectionError as error:
            hint = "cannot be reached, or refuses the client certificate"
            raise gone_wrong(self.name, hint, RuntimeError(type(error).__name__)) from None
        except (requests.RequestException, MeshError, HTTPError, OSError) as error:
            self.hang_up()
            raise gone_wrong(self.name, trouble, RuntimeError(type(error).__name__)) from None

    def _connect(self) -> "MeshClient":
        from mesh_client import MeshClient

        connection = self._connections.get(self._connection)
        extra = connection.extra
        connection.needs(
            host=connection.host,
            login=connection.login,
            password=connection.password,
            extra_shared_key=extra.get("shared_key", ""),
            extra_certificate=extra.get("certificate", ""),
            extra_key=extra.get("key", ""),
        )
        address = urlsplit(connection.host if "://" in connection.host else f"https://{connection.host}")
        if address.scheme != "https":
            raise SourceError(f"The connection {connection.name} is not https: MESH is never spoken to without TLS.")
        return MeshClient(
            f"https://{address.hostname}:{connection.port or address.port or 443}",
            connection.login,
            connection.password,
            shared_key=str(extra["shared_key"]).encode(),
            cert=(str(extra["certificate"]), str(extra["key"])),
            # NHS England's own addresses come with their authority; any other needs one here.
            verify=extra.get("authority"),
            max_retries=1,
            timeout=PATIENCE,
            max_chunk_size=int(extra.get("max_chunk_size", 75 << 20)),
            application_name="outcomes",
        )

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
