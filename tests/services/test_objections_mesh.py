"""The national data opt-out through MESH: the check service is asked at its mailbox, and only its own answer counts."""

import json
import os
import random
import string
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from governance.policies import policy_with
from outcomes.synthetic.nhs_numbers import everyone
from services.conftest import Home, put
from services.mesh_server import OURS, MeshSandbox
from shell import Shell
from unit.intake.suppliers import as_csv
from unit.intake.valid_records import many

FILE = "deaths_05W_2018-04_1.csv"
NUMBERS = [str(number) for number in everyone(1)[:30]]
RECORDS = [record | {"nhs_number": number} for record, number in zip(many("deaths", 30), NUMBERS, strict=True)]
WORKFLOW = "SPINE_NTT_UPHOLDING"
DEATHS = '[flows.deaths]\nnational_data_opt_out = "exempt:synthetic"'
# What the service sends before its answer: that it took the job.
RECEIPT = {
    "status": "pending",
    "dataset_id": "mesh_to_pos",
    "stages": [{"stage": "validate_non_empty_file", "passed": True}],
}


class Service:
    """A stand-in for the national service, at a mailbox of its own."""

    def __init__(self, mesh: MeshSandbox) -> None:
        self.mesh = mesh

    def questions(self) -> list[tuple[str, list[str]]]:
        """The questions that came since: local id and numbers."""
        found = []
        with self.mesh.client("CHECK001") as client:
            for message in client.iterate_all_messages():
                body = message.read()
                assert message.workflow_id == WORKFLOW
                assert message.local_id == message.subject == (message.filename or "").removesuffix(".dat")
                assert set(message.local_id or "") <= {*string.ascii_lowercase, *string.digits, *"_-W"}
                assert b"\r" not in body
                assert body.endswith(b",\n")
                found.append((message.local_id or "", [n.removesuffix(",") for n in body.decode("ascii").splitlines()]))
                message.acknowledge()
        return found

    def say(self, local_id: str, body: bytes, sender: str = "CHECK001", subject: str = "SUCCESS") -> None:
        with self.mesh.client(sender) as client:
            client.send_message(OURS, body, workflow_id=WORKFLOW, local_id=local_id, subject=subject)

    def answer(self, opted_out: Sequence[str] = ()) -> list[str]:
        """Answer all that came, as the service does; gives the local ids."""
        found = self.questions()
        for local_id, numbers in found:
            self.say(local_id, json.dumps(RECEIPT).encode())
            self.say(local_id, lines(n for n in numbers if n not in opted_out))
        return [local_id for local_id, _ in found]


def lines(numbers: object) -> bytes:
    return "".join(f"{number},\n" for number in numbers).encode()  # type: ignore[attr-defined]


@pytest.fixture
def service(mesh: MeshSandbox) -> Service:
    return Service(mesh)


@pytest.fixture
def shell(home: Home, mesh: MeshSandbox, tmp_path: Path) -> Shell:
    """An installation that applies the opt-out to deaths, whose own mailbox is also where extracts come to."""
    sources = {"RJE": {"kind": "mesh", "connection": "outcomes_mesh", "mailbox": "TRUSTRJE"}}
    shell = home(sources, {"outcomes_mesh": mesh.connection()})
    entry = '[check_service]\nconnection = "outcomes_mesh"\nmailbox = "CHECK001"\n\n[retention]\n'
    changes = (DEATHS, DEATHS.replace("exempt:synthetic", "apply")), ("[retention]\n", entry)
    put(shell.home / "inbox", FILE, as_csv(RECORDS))
    return shell.set(policy=policy_with(tmp_path / "policy.toml", *changes))


def landed(shell: Shell) -> list[tuple[str, str]]:
    return [(row["outcome"], row["rows"]) for row in shell.do("status", "--format", "csv").rows]


def kept(shell: Shell) -> list[str]:
    return sorted(p.name for p in (shell.home / "objections").rglob("*") if p.is_file())


def left_out(shell: Shell) -> str:
    return next((shell.home / "feedback").rglob("*.txt")).read_text()


def test_asked_answered_landed_and_nothing_kept(shell: Shell, service: Service, mesh: MeshSandbox) -> None:
    first = shell("receive").out
    assert f"{FILE}: it waits for the answer on objections" in first
    assert landed(shell) == [("waiting", "")]
    ((local_id, numbers),) = service.questions()
    assert numbers == sorted(set(NUMBERS))
    # The receipt of the job is no answer.
    service.say(local_id, json.dumps(RECEIPT).encode())
    assert "it waits" in shell("receive").out
    assert mesh.listed(OURS) == []
    assert service.questions() == []
    service.say(local_id, lines(numbers[2:]))
    out = shell.do("receive").out
    assert "no submission" not in out
    assert landed(shell) == [("accepted", "30")]
    assert "2 left out because people object to this use" in left_out(shell)
    assert kept(shell) == []
    assert mesh.listed(OURS) == []
    (asked,) = shell.do("trail", "--about", "objections asked", "--format", "csv").rows
    assert (asked["about"], asked["detail"]) == ("deaths_05W_2018-04_1", "30 NHS numbers, to CHECK001")
    assert "1 ask CHECK001 through the connection outcomes_mesh" in shell("doctor").out


def test_only_the_services_own_answer_to_this_very_question_counts(
    shell: Shell, service: Service, mesh: MeshSandbox
) -> None:
    shell("receive")
    ((local_id, numbers),) = service.questions()
    service.say(local_id, lines(numbers), sender="STRANGER")
    service.say("8HQ50OT001-030620-0001", lines(numbers[:1]))
    service.say(f"{local_id[:-8]}00000000", lines(numbers))
    out = shell("receive").out
    assert "comes from another mailbox: left alone" in out
    assert "An answer on objections to deaths_05W_2018-04_1 came when none was awaited any more: deleted." in out
    assert landed(shell) == [("waiting", "")]
    # The stranger's, and that of another system which shares the mailbox.
    assert len(mesh.listed(OURS)) == 2
    assert not [name for name in kept(shell) if "answers" in name]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"The file contains one or more invalid NHS Numbers. \n", "invalid NHS Numbers"),
        (lines(["9990000000"]), "not asked about"),
        (b"x" * 100_000, "longer than the question"),
        (json.dumps({"stages": [{"stage": "validate_in_order", "passed": False}]}).encode(), "validate_in_order"),
    ],
    ids=["a refusal", "somebody else", "far too long", "a job that failed"],
)
def test_what_is_no_answer_lets_nothing_in_and_it_can_be_asked_anew(
    shell: Shell, service: Service, body: bytes, says: str
) -> None:
    shell("receive")
    ((before, _),) = service.questions()
    service.say(before, body)
    assert "the check service refused the question" in shell("receive").out
    assert landed(shell) == [("waiting", "")]
    assert service.questions() == []
    (refusal,) = (shell.home / "objections/answers").iterdir()
    assert says in refusal.read_text()
    assert "9990000000" not in refusal.read_text()
    refusal.unlink()
    shell("receive")
    (again,) = service.answer()
    assert again != before
    shell.do("receive")
    assert landed(shell) == [("accepted", "30")]


def not_delivered(shell: Shell, service: Service, local_id: str) -> None:
    service.mesh.report(OURS, workflow_id=WORKFLOW, local_id=local_id)
    assert "MESH did not deliver the question about objections in deaths_05W_2018-04_1: code 14" in shell("receive").out


def too_old(shell: Shell, service: Service, local_id: str) -> None:
    (sent,) = (shell.home / "objections/questions").glob("*.sent")
    os.utime(sent, (0, 0))
    shell("receive")


@pytest.mark.parametrize("lost", [not_delivered, too_old])
def test_a_question_that_was_lost_is_asked_anew(
    shell: Shell, service: Service, mesh: MeshSandbox, lost: Callable[[Shell, Service, str], None]
) -> None:
    shell("receive")
    ((local_id, _),) = service.questions()
    lost(shell, service, local_id)
    (again,) = service.answer(NUMBERS[:1])
    assert again != local_id
    shell.do("receive")
    assert "1 left out" in left_out(shell)
    assert mesh.listed(OURS) == []


def test_a_question_that_nobody_answers_is_not_kept_for_ever(shell: Shell, service: Service) -> None:
    shell("receive")
    (question,) = (shell.home / "objections/questions").glob("*.dat")
    os.utime(question, (0, 0))
    (shell.home / "inbox/deaths_05W_2018-04_1.csv").unlink()
    assert "was not answered in 30 days and is deleted" in shell("receive").out
    assert [path for path in (shell.home / "objections").rglob("*") if path.is_file()] == []


def test_while_mesh_is_out_of_reach_it_waits_and_others_are_received(shell: Shell, mesh: MeshSandbox) -> None:
    put(shell.home / "inbox", "epaccs_05W_2018-04_1.csv", as_csv(many("epaccs", 5)))
    gone = shell.set(connections=json.dumps({"outcomes_mesh": mesh.connection() | {"port": 1}}))
    ran = gone("receive")
    assert ran.code == 3
    assert "The source check service cannot be reached" in ran.err
    assert len(kept(shell)) == 1
    assert sorted(landed(shell)) == [("accepted", "5"), ("waiting", "")]
    assert "check service cannot be reached" in gone("doctor").out


def test_killed_between_asking_and_landing_it_lands_once_and_nothing_is_left(
    shell: Shell, service: Service, mesh: MeshSandbox
) -> None:
    chance = random.Random(3)
    kills = 0
    for step in (4, 7, *(chance.randint(5, 40) for _ in range(8))):
        kills += shell.killed("receive", at=step)
    shell("receive")
    # Killed in between it may have been sent more than once, always under the same reference.
    (reference,) = {local_id for local_id, _ in service.questions()}
    for _ in range(2):
        service.say(reference, lines(sorted(set(NUMBERS))[1:]))
    for step in (3, 5, 6, 8, *(chance.randint(5, 40) for _ in range(8))):
        kills += shell.killed("receive", at=step)
    assert kills >= 12
    shell.do("receive")
    assert landed(shell) == [("accepted", "30")]
    assert "1 left out" in left_out(shell)
    assert len(list((shell.home / "lake").rglob("*.parquet"))) == 1
    assert kept(shell) == []
    assert mesh.listed(OURS) == []
