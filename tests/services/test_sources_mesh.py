"""Extracts through MESH, with both sides' certificates: acknowledged only when landed, landed only once."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from outcomes.intake.sources import mesh as module
from outcomes.ledger import Event, Ledger
from services.conftest import Home
from services.mesh_server import OURS, MeshSandbox
from shell import Shell
from unit.intake.suppliers import as_csv, manifest_of
from unit.intake.valid_records import many

FILE = "deaths_05W_2018-04_{}.csv"
GOOD = as_csv(many("deaths", 40))
SOURCES = {
    "05W": {"kind": "mesh", "connection": "outcomes_mesh", "mailbox": "CCG05W"},
    "RJE": {"kind": "mesh", "connection": "outcomes_mesh", "mailbox": "TRUSTRJE"},
}


@pytest.fixture
def shell(home: Home, mesh: MeshSandbox) -> Shell:
    shell = home(SOURCES, {"outcomes_mesh": mesh.connection()})
    (shell.home / "inbox").mkdir(parents=True)
    return shell


def send(mesh: MeshSandbox, name: str, data: bytes, sender: str = "CCG05W", **options: object) -> None:
    given = {"workflow_id": "EOLC_EXTRACT", "filename": name, **options}
    with mesh.client(sender) as client:
        client.send_message(OURS, data, **given)


def send_both(mesh: MeshSandbox, name: str, data: bytes, **options: object) -> None:
    send(mesh, name, data, **options)
    send(mesh, f"{name}.manifest.json", json.dumps(manifest_of(name, data)).encode(), **options)


def lines(shell: Shell) -> list[tuple[str, str, str]]:
    rows = shell.do("status", "--format", "csv").rows
    return [(row["supplier"], row["outcome"], row["rows"]) for row in rows]


def answers(mesh: MeshSandbox, mailbox: str) -> list[tuple[str, str, dict[str, bytes]]]:
    """The feedback in a supplier's mailbox: workflow, subject, the files."""
    with mesh.client(mailbox) as client:
        got = []
        for message in client.iterate_all_messages():
            with zipfile.ZipFile(BytesIO(message.read())) as archive:
                files = {name: archive.read(name) for name in archive.namelist()}
            got.append((message.workflow_id or "", message.subject or "", files))
            message.close()
    return got


def events(shell: Shell) -> list[tuple[str, str]]:
    ledger = Ledger(f"sqlite:///{shell.home / 'ledger.sqlite'}")
    try:
        with ledger.session() as session:
            found = session.scalars(select(Event).where(Event.kind == "notice of a source"))
            return [(event.subject, event.detail) for event in found]
    finally:
        ledger.close()


def test_two_messages_are_a_submission_and_the_feedback_is_the_answer(shell: Shell, mesh: MeshSandbox) -> None:
    send_both(mesh, FILE.format(1), GOOD)
    shell.do("receive")
    assert lines(shell) == [("05W", "accepted", "40")]
    assert mesh.listed(OURS) == []
    ((workflow, subject, files),) = answers(mesh, "CCG05W")
    assert (workflow, subject) == ("EOLC_EXTRACT_ACK", f"Feedback on {FILE.format(1)}")
    assert files == {p.name: p.read_bytes() for p in (shell.home / "feedback" / "2018-04").iterdir()}
    assert answers(mesh, "TRUSTRJE") == []


def test_a_large_file_comes_in_chunks_packed_and_whole(shell: Shell, mesh: MeshSandbox) -> None:
    data = as_csv(many("deaths", 3000))
    send_both(mesh, FILE.format(1), data, max_chunk_size=100_000, compress=True)
    shell.do("receive")
    assert lines(shell) == [("05W", "accepted", "3000")]


def test_a_file_waits_for_its_manifest_and_stays_in_the_mailbox(shell: Shell, mesh: MeshSandbox) -> None:
    send(mesh, FILE.format(1), GOOD)
    assert f"{FILE.format(1)} (its manifest is missing): still arriving" in shell.do("receive").out
    assert len(mesh.listed(OURS)) == 1
    send(mesh, f"{FILE.format(1)}.manifest.json", json.dumps(manifest_of(FILE.format(1), GOOD)).encode())
    shell.do("receive")
    assert lines(shell) == [("05W", "accepted", "40")]
    assert mesh.listed(OURS) == []


def test_a_message_that_comes_twice_is_landed_once_and_acknowledged_twice(shell: Shell, mesh: MeshSandbox) -> None:
    for _ in range(2):
        send(mesh, FILE.format(1), GOOD, local_id="one")
    send_both(mesh, FILE.format(1), GOOD)
    shell.do("receive")
    assert lines(shell) == [("05W", "accepted", "40")]
    assert mesh.listed(OURS) == []
    assert len(answers(mesh, "CCG05W")) == 1
    # And once more, on another day.
    send_both(mesh, FILE.format(1), GOOD)
    shell.do("receive")
    assert lines(shell) == [("05W", "accepted", "40")]
    assert mesh.listed(OURS) == []


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/abs/deaths_05W_2018-04_1.csv",
        "deaths_05W_2018-04_1.csv/../x",
        "deaths_RJE_2018-04_1.csv",
        "",
    ],
)
def test_a_name_that_is_none_of_this_suppliers_submissions_is_left_alone(
    shell: Shell, mesh: MeshSandbox, name: str, tmp_path: Path
) -> None:
    send(mesh, name, GOOD)
    send(mesh, f"{name}.manifest.json", b"{}")
    before = {p for p in tmp_path.rglob("*") if "ledger" not in p.name and "quarantine" not in p.parts}
    assert "no submission, left alone" in shell.do("receive").out
    assert lines(shell) == []
    assert len(mesh.listed(OURS)) == 2
    after = {p for p in tmp_path.rglob("*") if "ledger" not in p.name and "quarantine" not in p.parts}
    assert after == before


def test_strangers_and_other_workflows_are_left_alone_and_told(shell: Shell, mesh: MeshSandbox) -> None:
    send_both(mesh, FILE.format(1), GOOD, sender="STRANGER")
    send(mesh, FILE.format(2), GOOD, workflow_id="SOMETHING_ELSE")
    out = shell.do("receive").out
    assert out.count("EOLC_EXTRACT, from STRANGER): no submission, left alone") >= 2
    assert "SOMETHING_ELSE, from CCG05W): no submission, left alone" in out
    assert lines(shell) == []
    assert len(mesh.listed(OURS)) == 3


def test_a_report_of_mesh_is_an_event_and_never_an_extract(shell: Shell, mesh: MeshSandbox) -> None:
    mesh.report(OURS, file_name=FILE.format(1), linked_message_id="ABC123", local_id="deaths_05W_2018-04_1-12345678")
    out = shell.do("receive").out
    assert "MESH ABC123: deaths_05W_2018-04_1: code 14" in out
    assert mesh.listed(OURS) == []
    assert lines(shell) == []
    shell.do("receive")
    ((subject, detail),) = events(shell)
    assert subject == "MESH ABC123"
    assert detail.startswith("deaths_05W_2018-04_1: code 14, ")


def test_a_message_that_inflates_beyond_what_a_file_may_have_is_not_kept(
    shell: Shell, mesh: MeshSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 5_000_000)
    send_both(mesh, FILE.format(1), b"\0" * 20_000_000, compress=True)
    ran = shell("receive")
    assert f"{FILE.format(1)} is far too large to be fetched" in ran.out
    assert lines(shell) == []
    assert [p for p in (shell.home / "quarantine").rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong"}, "refuses the mailbox, its password or the shared key (HTTP 403)"),
        ({"extra": {"certificate": None}}, "has no extra certificate"),
        ({"extra": {"certificate": "other.pem", "key": "other.key"}}, "certificate"),
        ({"extra": {"authority": "other.pem"}}, "is not trusted"),
        ({"host": "http://localhost"}, "is not https"),
        ({"port": 1}, "cannot be reached"),
    ],
    ids=["password", "no certificate", "another's certificate", "another's authority", "no TLS", "nobody there"],
)
def test_who_is_not_trusted_is_told_what_to_mend(
    home: Home, mesh: MeshSandbox, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    from services.mesh_server import _certificates

    (tmp_path / "elsewhere").mkdir()
    _certificates(tmp_path / "elsewhere")
    extra = change.pop("extra", {})
    assert isinstance(extra, dict)
    others = {"other.pem": "client.pem", "other.key": "client.key"}
    extra = {k: str(tmp_path / "elsewhere" / others[v]) if v in others else v for k, v in extra.items()}
    shell = home(SOURCES, {"outcomes_mesh": mesh.connection(**extra) | change})
    ran = shell("receive", "--supplier", "05W")
    assert ran.says(3, words)
    assert lines(shell) == []
