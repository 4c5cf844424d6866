"""Asking the check service about people's objections: by which way, and when its messages are carried.

Owns the step from the policy to the service. Promises that a question that left here is in the trail, and that a service
out of reach holds back no file that needs no answer. Never decides about a record.
"""

from outcomes.acting import acting
from outcomes.definitions.policy import policy, said_of_every_flow
from outcomes.intake.check_mailbox import CheckMailbox
from outcomes.intake.check_service import CheckFolder
from outcomes.intake.objections import Objections
from outcomes.intake.receipt import Receipt
from outcomes.intake.sources.connections import Connections
from outcomes.intake.sources.mesh_session import OurMailbox
from outcomes.intake.sources.source import SourceError, SourceRefused
from outcomes.ledger import Event, Ledger
from outcomes.settings import Settings


def objections_of(settings: Settings, ledger: Ledger, connections: Connections) -> Objections:
    """What the policy says of each feed; who is asked is the service's mailbox where the policy names one, else a folder.

    Raises SetupError where it does not say so of every feed.
    """
    flows, entry = said_of_every_flow(settings.policy), policy(settings.policy).check_service
    folder = CheckFolder(settings.objections)
    if entry is None:
        return Objections(flows, folder)

    def note(submission: str, numbers: int) -> None:
        words = f"{numbers} NHS numbers, to {entry.mailbox}"
        with ledger.session() as session:
            session.add(Event(kind="objections asked", subject=submission, person=acting(), detail=words))

    ours = OurMailbox(connections, entry.connection, "check service")
    return Objections(flows, CheckMailbox(folder, ours, entry, note))


def workflows_of_the_service(settings: Settings) -> list[str]:
    """The workflows of MESH whose messages are the service's, and no supplier's."""
    entry = policy(settings.policy).check_service
    return [entry.workflow] if entry else []


def exchange(objections: Objections, whole: Receipt) -> bool:
    """Carry questions and answers; whether that could be done. What somebody should know is in the receipt."""
    try:
        whole.notices += objections.exchange()
    except (SourceError, SourceRefused) as error:
        whole.failed.append(str(error))
        return False
    return True
