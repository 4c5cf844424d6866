"""MESH, the NHS's message exchange: a supplier's mailbox sends the file and its manifest as two messages to ours.

Owns which messages are submissions. Promises that a message is acknowledged only after what it brought stands in the ledger,
that a file's name is taken from the header only where it is a submission's, that a message inflates no further than a
submission may, and that a REPORT is never taken for an extract. Never trusts that a message comes once.
"""

import io
import re
import zipfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from outcomes.intake.inbox import Consignment, Listing, sorted_out
from outcomes.intake.limits import MAX_BYTES
from outcomes.intake.names import SubmissionName
from outcomes.intake.sources.connections import Connections
from outcomes.intake.sources.mesh_session import OurMailbox
from outcomes.intake.sources.quarantine import Quarantine, TooLarge
from outcomes.intake.sources.source import Fetched, Notice, Suppliers, plain

if TYPE_CHECKING:
    from mesh_client import Message

EXTRACT, ANSWER = "EOLC_EXTRACT", "EOLC_EXTRACT_ACK"


class Mailbox:
    """What one supplier's `mailbox` sends to ours; `partners` are the mailboxes of all suppliers that write to ours.

    Messages of the workflows `left_to_others` are none of its business, whoever sent them.
    """

    waits = True

    def __init__(
        self,
        connections: Connections,
        connection: str,
        supplier: str,
        mailbox: str,
        partners: Collection[str],
        quarantine: Path,
        left_to_others: Collection[str] = (),
    ) -> None:
        self.name = f"mesh {connection}:{mailbox}"
        self._ours, self._connection = OurMailbox(connections, connection, self.name), connection
        self._supplier, self._mailbox, self._partners = supplier, mailbox.upper(), {p.upper() for p in partners}
        self._quarantine = Quarantine(quarantine)
        self._left_to_others = frozenset(left_to_others)
        self._notices: list[Notice] = []

    def __enter__(self) -> Self:
        self._quarantine.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.hang_up()
        self._quarantine.__exit__()

    def look(self, suppliers: Suppliers = None) -> Listing:
        found: list[tuple[str, str | None]] = []
        self._notices = []
        for message_id, message in self._ours.messages():
            self._sort(message_id, message, found)
        return sorted_out(found, self._supplier.__eq__)

    def _sort(self, message_id: str, message: "Message", found: list[tuple[str, str | None]]) -> None:
        """What a message is, by its headers alone."""
        sender = (message.sender or "").upper()
        if message.workflow_id in self._left_to_others:
            return
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
        with self._ours.talking("broke off") as client, self._quarantine.receiving() as (target, whole):
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
        self._ours.acknowledge(item)

    def reply(self, name: SubmissionName, report: Sequence[Path]) -> None:
        # One message for one submission, so that it can be waited for.
        body = _zipped(report)
        stem = report[0].stem
        with self._ours.talking("does not take the feedback") as client:
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
