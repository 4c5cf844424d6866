"""Killed a hundred times between fetch and acknowledgement: every submission lands exactly once, and every source is told.

Three suppliers go on sending, by the drop folder, by SFTP and through MESH, while the process that receives is killed again
and again: before a step that lasts, chosen by chance (see shell.py), or from outside at a moment of chance.
"""

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from outcomes.ledger import Event, Handover, Ledger, Submission
from services.conftest import Home, put
from services.mesh_server import OURS, MeshSandbox
from services.sftp_server import SftpServer
from shell import LONG
from unit.intake.suppliers import as_csv, manifest_of
from unit.intake.valid_records import many

KILLS = 100
# Which supplier sends by which way.
FOLDER, SFTP, MESH = "04Y", "05V", "05W"
DATA = as_csv(many("deaths", 6))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "there" / "outgoing").mkdir(parents=True)
    with SftpServer(tmp_path / "there") as server:
        yield server


def test_killed_a_hundred_times_between_fetch_and_acknowledgement(
    home: Home, server: SftpServer, mesh: MeshSandbox, tmp_path: Path
) -> None:
    shell = home(
        {
            SFTP: {"kind": "sftp", "connection": "there", "path": "/outgoing"},
            MESH: {"kind": "mesh", "connection": "exchange", "mailbox": "CCG05W"},
        },
        {"there": server.connection(), "exchange": mesh.connection()},
    )
    inbox = shell.home / "inbox"
    inbox.mkdir(parents=True)
    chance = random.Random(7)
    sent: list[str] = []
    took = 1.0

    def send(supplier: str) -> None:
        name = f"deaths_{supplier}_2018-04_{1 + sum(supplier in other for other in sent)}.csv"
        if supplier == MESH:
            body = json.dumps(manifest_of(name, DATA)).encode()
            with mesh.client("CCG05W") as client:
                for part, data in ((name, DATA), (f"{name}.manifest.json", body)):
                    client.send_message(OURS, data, workflow_id="EOLC_EXTRACT", filename=part)
        else:
            put(inbox if supplier == FOLDER else server.folder / "outgoing", name, DATA)
        sent.append(name)

    kills: Counter[str] = Counter()
    while kills.total() < KILLS:
        supplier = (FOLDER, SFTP, MESH)[len(sent) % 3]
        send(supplier)
        words = ("receive", "--supplier", supplier)
        if len(sent) % 2:
            killed = shell.killed(*words, at=chance.randint(5, 60))
        else:
            begun = time.monotonic()
            process = shell.begun(*words)
            process.join(chance.uniform(0, took))
            process.kill()
            process.join(LONG)
            assert process.exitcode in {0, -signal.SIGKILL}
            killed = bool(process.exitcode)
            took = took if killed else time.monotonic() - begun
        kills[supplier] += killed
    assert min(kills[supplier] for supplier in (FOLDER, SFTP, MESH)) >= 15, kills

    shell.do("receive")
    assert [row["outcome"] for row in shell.do("status", "--format", "csv").rows] == ["accepted"] * len(sent)
    ledger = Ledger(f"sqlite:///{shell.home / 'ledger.sqlite'}")
    with ledger.session() as session:
        landed = session.scalars(select(Submission)).all()
        assert sorted(s.file_name for s in landed) == sorted(sent)
        assert Counter(session.scalars(select(Event.subject))) == Counter(sent)
        owed = session.scalars(select(Handover)).all()
        assert {h.file_name for h in owed} == set(sent)
        # Nobody waits at the drop folder.
        assert {h.file_name for h in owed if h.report} == {name for name in sent if FOLDER not in name}
        assert all(h.acknowledged_at for h in owed)
        assert all(h.replied_at for h in owed if h.report)
        files = {s.lake_file for s in landed}
    ledger.close()
    # What a kill left in the lake has the same name as what counts, for it is made from the content.
    assert {str(p.relative_to(shell.home / "lake")) for p in (shell.home / "lake").rglob("*.parquet")} == files
    assert mesh.listed(OURS) == []
    with mesh.client("CCG05W") as client:
        answered = Counter(message.subject for message in client.iterate_all_messages())
    # An answer is given at least once: after a kill between sending and noting it, it comes again.
    assert set(answered) == {f"Feedback on {name}" for name in sent if MESH in name}
    stems = {path.name.rsplit("-", 1)[0] for path in (server.folder / "feedback").glob("*.csv")}
    assert stems == {name.removesuffix(".csv") for name in sent if SFTP in name}
    assert list((shell.home / "quarantine").iterdir()) == []
