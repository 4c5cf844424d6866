"""People's objections to the use of their records: who is asked about whom before anything is landed.

Owns the step between a checked file and its landing, as the policy says of the feed. Promises that nothing of a file is
landed while it waits for its answer, that a record of somebody who is not in the answer goes nowhere, and that a policy
for made-up people lets in nobody's NHS number. Never names anybody: what is told is that an answer is awaited, and how
many records were left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from outcomes.definitions.policy import Flow
from outcomes.errors import SetupError
from outcomes.intake.check_service import CheckService, Refused
from outcomes.intake.checking import Checked
from outcomes.intake.names import SubmissionName

_WAITS = "it waits for the answer on objections (national data opt-out); nothing of it is used until then."


@dataclass(frozen=True)
class Objections:
    """What the policy says of each feed, and the service that is asked."""

    flows: Mapping[str, Flow]
    service: CheckService

    def about(self, name: SubmissionName, request: str) -> frozenset[str] | str | None:
        """Whom of a submission may be used: None where nobody is asked (yet), a sentence while it waits for the answer."""
        if not self._asks(name.feed):
            return None
        try:
            answer = self.service.answer(request)
        except Refused as error:
            return str(error)
        return _WAITS if answer is None and self.service.asked(request) else answer

    def ask(
        self, connection: duckdb.DuckDBPyConnection, verdict: Checked, request: str, answer: frozenset[str] | None
    ) -> str | None:
        """Ask about a judged file where that is needed; the sentence that it waits, or None where it can be landed.

        A file that is rejected anyway is not asked about. Raises SetupError where the policy is for made-up people only
        and these are not.
        """
        if verdict.judged is None or verdict.rejection is not None:
            return None
        self._refuse_people(verdict.name, verdict.judged.issued)
        if answer is not None or not self._asks(verdict.name.feed):
            return None
        numbers = connection.execute(verdict.judged.numbers).fetchall()
        if not numbers:
            return None
        self.service.ask(request, [number for (number,) in numbers])
        return _WAITS

    def exchange(self) -> list[str]:
        """Carry questions and answers where any feed needs one; sentences on what somebody should know.

        Raises SourceError where the service cannot be reached: then all waits.
        """
        return self.service.exchange() if any(flow.asks for flow in self.flows.values()) else []

    def forget(self, request: str) -> None:
        """The submission is entered: question and answer are needed no more."""
        self.service.forget(request)

    def _asks(self, feed: str) -> bool:
        return feed in self.flows and self.flows[feed].asks

    def _refuse_people(self, name: SubmissionName, issued: int) -> None:
        if self.flows[name.feed].synthetic and issued:
            raise SetupError(
                f"{name.file_name} holds NHS numbers that can be people's, and the policy for {name.feed} is that of "
                "made-up ones "
                f"(exempt:synthetic), so nothing of it was used: say in [flows.{name.feed}] how objections are "
                "respected."
            )
