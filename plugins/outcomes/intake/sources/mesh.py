"""MESH, the NHS's message exchange: a supplier's mailbox sends the file and its manifest as two messages to ours.

Owns which messages are submissions. Promises that a message is acknowledged only after what it brought stands in the ledger,
that a file's name is taken from the header only where it is a submission's, that a message inflates no further than a
submission may, and that a REPORT is never taken for an extract. Never trusts that a message comes once.
"""

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from outcomes.errors import OutcomesError
from outcomes.intake.inbox import Consignment, Listing, StillArriving, sorted_out
from outcomes.intake.limits import MAX_BYTES
from outcomes.intake.names import SubmissionName
from outcomes.intake.sources.connections import PATIENCE, Connections
from outcomes.intake.sources.quarantine import Quarantine, TooLarge
from outcomes.intake.sources.source import Fetched, Notice, SourceError, Suppliers, gone_wrong, plain

if TYPE_CHECKING:
    from mesh_client import MeshClient, Message

EXTRACT, ANSWER = "EOLC_EXTRACT", "EOLC_EXTRACT_ACK"
# What MESH answers about a message that was acknowledged or has expired.
GONE = (404, 410)
_MESSAGE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


class Mailbox:
    """What one supplier's `mailbox` sends to ours; `partners` are the mailboxes of all suppliers that write to ours."""

    waits = True

    def __init__(
        self,
        connections: Connections,
        connection: str,
        supplier: str,
        mailbox: str,
        partners: Collection[str],
        quarantine: Path,
    ) -> None:
        self.name = f"mesh {connection}:{mailbox}"
        self._connections, self._connection = connections, connection
        self._supplier, self._mailbox, self._partners = supplier, mailbox.upper(), {p.upper() for p in partners}
        self._quarantine = Quarantine(quarantine)
        self._client: MeshClient | None = None
        self._notices: list[Notice] = []

    def __enter__(self) -> Self:
        self._quarantine.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()
        self._quarantine.__exit__()

    def look(self, suppliers: Suppliers = None) -> Listing:
        import requests

        found: list[tuple[str, str | None]] = []
        self._notices = []
        with self._talking("cannot be listed") as client:
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
                    self._sort(message_id, message, found)
                finally:
                    message.close()
        return sorted_out(found, self._supplier.__eq__)

    def _sort(self, message_id: str, message: "Message", found: list[tuple[str, str | None]]) -> None:
        """What a message is, by its headers alone."""
        sender = (message.sender or "").upper()
        if message.message_type == "REPORT":
            self._notices.append(_notice(f"mesh {self._connection}", message_id, message))
        elif sender == self._mailbox and message.workflow_id == EXTRACT:
            found.append(((message.filename or "")[:200], message_id))
        elif sender == self._mailbox or sender not in self._partners:
            found.append(
                (f"message {message_id} ({message.workflow_id or 'no workflow'}, from {sender or 'nobody'})", None)
            )

    def fetch(self, consignment: Consignment) -> Fetched:
        return Fetched(self._copy(consignment.file), self._copy(consignment.manifest))

    def _copy(self, message_id: str) -> Path:
        size = 0
        with self._talking("broke off") as client, self._quarantine.receiving() as (target, whole):
            message = client.retrieve_message(message_id)
            try:
                while block := message.read(1 << 20):
                    size += target.write(block)
                    if size > MAX_BYTES:
                        raise TooLarge
            finally:
                message.close()
        return whole

    def acknowledge(self, item: str) -> None:
        import requests

        with self._talking("does not take the acknowledgement") as client:
            try:
                client.acknowledge_message(item)
            except requests.HTTPError as error:
                # It was acknowledged before, or has expired.
                if error.response.status_code not in GONE:
                    raise

    def reply(self, name: SubmissionName, report: Sequence[Path]) -> None:
        # One message for one submission, so that it can be waited for.
        body = _zipped(report)
        stem = report[0].stem
        with self._talking("does not take the feedback") as client:
            client.send_message(
                self._mailbox,
                body,
                workflow_id=ANSWER,
                filename=f"{stem}.zip",
                # The same whenever it is sent, so that the supplier can tell that it came twice.
                local_id=stem,
                subject=f"Feedback on {name.file_name}",
            )

    def notices(self) -> Sequence[Notice]:
        return tuple(self._notices)

    @contextmanager
    def _talking(self, trouble: str) -> "Iterator[MeshClient]":
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
            self._hang_up()
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

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _zipped(report: Sequence[Path]) -> bytes:
    """The files of a report in one archive, the same bytes every time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in report:
            archive.writestr(zipfile.ZipInfo(file.name), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _notice(source: str, message_id: str, message: "Message") -> Notice:
    def header(name: str) -> str:
        return plain(message.mex_header(name, "") or "")

    about = _submission_of(message.filename or "") or _submission_of(message.local_id or "") or "a message of ours"
    return Notice(
        source,
        message_id,
        f"MESH {header('linkedmsgid') or message_id}",
        f"{about}: code {header('statuscode')}, {header('statusdescription')}",
    )


def _submission_of(name: str) -> str | None:
    """The submission that a name names, whatever follows it; never anything else of what was sent."""
    match = re.match(r"[a-z_]+_[A-Z0-9]{3}_[0-9]{4}-[0-9]{2}_[0-9]{1,6}", name, re.ASCII)
    parsed = SubmissionName.parse(f"{match[0]}.csv") if match else None
    return str(parsed) if parsed else None
