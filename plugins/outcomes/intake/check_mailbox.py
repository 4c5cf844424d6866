"""The check service through MESH: questions that lie in the folder go to its mailbox, its answers come back to the folder.

Owns which message answers which question: the one from the service's own mailbox that bears the question's reference as its
local id. Promises that a question is written down before it is sent and sent until it is known to be, that an answer is
acknowledged only once it lies whole in the folder, and that nothing is kept of one that is too large, names somebody who was
not asked about or answers no question of ours. Never lets a record through: the folder's rules decide.

The service also acknowledges the job in a message of JSON under the same local id, and answers with one sentence instead of
numbers where it refuses a file (digital.nhs.uk, Check for National Data Opt-outs Service). It wants subject and local id
filled, with letters, digits, hyphens and underscores only.
"""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from outcomes.definitions.policy import CheckMailboxEntry
from outcomes.intake.check_service import CheckFolder
from outcomes.intake.names import SubmissionName
from outcomes.intake.sources.mesh_session import OurMailbox
from outcomes.intake.sources.source import plain

if TYPE_CHECKING:
    from mesh_client import Message

# The service answers within a day or two, and a file that waits for it in a mailbox of MESH is gone after five: what was
# lost is asked anew in time.
ASK_ANEW_AFTER_DAYS = 3
# The file of a question that nobody answered for so long is hardly there any more; where it is, it is asked about anew.
GIVEN_UP_AFTER_DAYS = 30
# Bytes that an answer may have beyond the question's: a receipt or a sentence in place of numbers.
_ROOM = 64 << 10
# Bytes of a line: a number, a comma, and an end that may be CRLF.
_LINE = 13
_OURS = re.compile(r"([a-z_]+_[A-Z0-9]{3}_[0-9]{4}-[0-9]{2}_[0-9]{1,6})-[0-9a-f]{8}-[0-9a-f]{8}", re.ASCII)

# Enters that a question was sent: its submission, and how many numbers it holds.
Note = Callable[[str, int], None]


class CheckMailbox(CheckFolder):
    """The service behind a mailbox; questions and answers lie in the folder on their way."""

    def __init__(self, folder: CheckFolder, ours: OurMailbox, entry: CheckMailboxEntry, note: Note) -> None:
        super().__init__(folder.folder)
        self._ours, self._entry, self._note = ours, entry, note

    def exchange(self) -> list[str]:
        """Take in the answers that came, send the questions that were not; raises SourceError where MESH cannot be used."""
        with self.alone() as there:
            if not there:
                return []
            try:
                told = list(self._take_in())
                for request in self.open_questions():
                    if time.time() - self.put_at(request) > GIVEN_UP_AFTER_DAYS * 86400:
                        self.delete(request)
                        told.append(
                            f"The question about objections in {request} was not answered in {GIVEN_UP_AFTER_DAYS} "
                            "days and is deleted: if its file still lies there it is put anew, else ask its supplier to "
                            "send it again."
                        )
                    else:
                        self._send(request)
            finally:
                self._ours.hang_up()
        return told

    def _take_in(self) -> Iterator[str]:
        waiting = self.references()
        for message_id, message in self._ours.messages():
            if message.workflow_id != self._entry.workflow:
                continue
            reference = (message.local_id or "")[:200]
            request = waiting.get(reference)
            if request is None and not _OURS.fullmatch(reference):
                # Another system's that shares our mailbox.
                continue
            if message.message_type == "REPORT":
                yield from self._report(message, reference, request)
            elif (message.sender or "").upper() != self._entry.mailbox:
                yield f"Message {message_id} says it is the check service's and comes from another mailbox: left alone."
                continue
            elif request is None:
                yield f"An answer on objections to {_about(reference)} came when none was awaited any more: deleted."
            else:
                self._take(request, message)
            self._ours.acknowledge(message_id)

    def _report(self, message: "Message", reference: str, request: str | None) -> Iterator[str]:
        code = plain(message.mex_header("statuscode", "") or "")
        if code == "00":
            return
        description = plain(message.mex_header("statusdescription", "") or "")
        if request is not None:
            self.unsent(request)
        yield f"MESH did not deliver the question about objections in {_about(reference)}: code {code}, {description}."

    def _take(self, request: str, message: "Message") -> None:
        asked, body = self.asked_about(request), b""
        most = len(asked) * _LINE + _ROOM
        with self._ours.talking("broke off"):
            while len(body) <= most and (block := message.read(1 << 20)):
                body += block
        try:
            allowed = _numbers(body, most)
            if allowed is not None and not allowed <= asked:
                raise ValueError("the answer holds numbers that were not asked about")
        except ValueError as error:
            self.put_refusal(request, f"{error}\n")
            self.unsent(request)
        else:
            if allowed is not None:
                self.put_answer(request, allowed)

    def _send(self, request: str) -> None:
        sent = self.sent_at(request)
        if sent is not None:
            if time.time() - sent < ASK_ANEW_AFTER_DAYS * 86400:
                return
            self.unsent(request)
        reference = self.reference(request) or self.refer(request, f"{request}-{uuid.uuid4().hex[:8]}")
        numbers = self.asked_about(request)
        with self._ours.talking("does not take the question about objections") as client:
            client.send_message(
                self._entry.mailbox,
                self.question(request).read_bytes(),
                workflow_id=self._entry.workflow,
                filename=f"{reference}.dat",
                local_id=reference,
                subject=reference,
            )
        self._note(_about(reference), len(numbers))
        self.sent(request)


def _numbers(body: bytes, most: int) -> frozenset[str] | None:
    """The numbers that an answer allows; None for the receipt of a job. Raises ValueError, in words that quote no number."""
    if len(body) > most:
        raise ValueError("the answer is longer than the question")
    if body.lstrip().startswith(b"{"):
        if failed := _stages_failed(body):
            raise ValueError(f"the service did not accept the file ({failed[0]})")
        return None
    lines = [line.strip().removesuffix(",") for line in body.decode("ascii", "replace").splitlines()]
    found = [line for line in lines if line]
    for line in found:
        if not (len(line) == 10 and line.isdigit()):
            raise ValueError(f"the service says: {plain(line)}")
    return frozenset(found)


def _stages_failed(body: bytes) -> list[str]:
    """The stages of a job, as its receipt has them, that the file did not pass."""
    try:
        stages = json.loads(body).get("stages") or []
        return [plain(stage.get("stage", "")) for stage in stages if stage.get("passed") is False]
    except (ValueError, AttributeError, TypeError):
        return ["its receipt cannot be read"]


def _about(reference: str) -> str:
    """The submission that a reference of ours is about."""
    match = _OURS.fullmatch(reference)
    name = SubmissionName.parse(f"{match[1]}.csv") if match else None
    return str(name) if name else "a submission"
