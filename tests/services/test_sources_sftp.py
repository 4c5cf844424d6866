"""Extracts by SFTP from a real server: the pinned key, whole files only, nothing changed there, feedback beside."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from services.conftest import Home, everything_in, put
from services.sftp_server import SftpServer
from shell import Shell
from unit.intake.suppliers import as_csv
from unit.intake.valid_records import many

FILE = "deaths_05W_2018-04_{}.csv"
GOOD = as_csv(many("deaths", 40))
BAD = as_csv(many("deaths", 40, sex="X"))
# Several reads, so that a transfer can be cut between them.
LARGE = as_csv(many("deaths", 3000))
SOURCE = {"05W": {"kind": "sftp", "connection": "trust", "path": "/outgoing"}}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "trust" / "outgoing").mkdir(parents=True)
    with SftpServer(tmp_path / "trust") as server:
        yield server


@pytest.fixture
def outgoing(server: SftpServer) -> Path:
    return server.folder / "outgoing"


@pytest.fixture
def shell(home: Home, server: SftpServer) -> Shell:
    shell = home(SOURCE, {"trust": server.connection()})
    (shell.home / "inbox").mkdir(parents=True)
    return shell


def lines(shell: Shell) -> list[tuple[str, str, str]]:
    rows = shell.do("status", "--format", "csv").rows
    return [(row["sequence"], row["outcome"], row["rows"]) for row in rows]


def quarantined(shell: Shell) -> list[Path]:
    return [p for p in (shell.home / "quarantine").rglob("*") if p.is_file()]


def test_a_submission_is_fetched_landed_answered_and_left_where_it_is(
    shell: Shell, server: SftpServer, outgoing: Path
) -> None:
    put(outgoing, FILE.format(1), GOOD)
    put(outgoing, FILE.format(2), BAD)
    before = everything_in(outgoing)
    shell.do("receive")
    assert lines(shell) == [("1", "accepted", "40"), ("2", "file_rejected", "40")]
    assert everything_in(outgoing) == before
    there = {path.name: path.read_bytes() for path in (server.folder / "feedback").iterdir()}
    ours = {path.name: path.read_bytes() for path in (shell.home / "feedback" / "2018-04").iterdir()}
    assert there == ours
    assert {name[:21] for name in there} == {"deaths_05W_2018-04_1-", "deaths_05W_2018-04_2-"}
    assert quarantined(shell) == []


def test_it_is_the_same_with_the_ledger_on_postgresql(
    shell: Shell, server: SftpServer, outgoing: Path, postgres_ledger_url: str
) -> None:
    shell = shell.set(database_url=postgres_ledger_url)
    put(outgoing, FILE.format(1), GOOD)
    shell.do("receive")
    # Another time is another state of the same file: fetched, and nothing new.
    os.utime(outgoing / FILE.format(1), (1, 1))
    assert "0 rejected, 1 received before" in shell.do("receive").out
    assert "0 rejected, 1 received before" in shell.do("receive").out
    assert server.got.count(f"/outgoing/{FILE.format(1)}") == 2
    assert lines(shell) == [("1", "accepted", "40")]
    there = {path.name for path in (server.folder / "feedback").iterdir()}
    assert there == {path.name for path in (shell.home / "feedback" / "2018-04").iterdir()}


def test_what_was_fetched_before_is_not_fetched_again(shell: Shell, server: SftpServer, outgoing: Path) -> None:
    put(outgoing, FILE.format(1), GOOD)
    shell.do("receive")
    fetched = list(server.got)
    again = shell.do("receive")
    assert "0 accepted (0 records read), 0 rejected, 1 received before" in again.out
    assert server.got == fetched


@pytest.mark.parametrize(
    ("extra", "code", "words"),
    [
        (
            {"host_key": asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()},
            3,
            "another host key",
        ),
        (
            {"host_key": asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode()},
            3,
            "another host",
        ),
        ({"host_key": None}, 3, "pins no host key"),
        ({"no_host_key_check": True}, 3, "take no_host_key_check out"),
        ({"host_key": "ssh-ed25519 AAAA"}, 3, "is no public key"),
    ],
    ids=["wrong", "of another kind", "unknown", "switched off", "damaged"],
)
def test_a_server_whose_key_is_not_the_pinned_one_gets_no_password(
    home: Home, server: SftpServer, outgoing: Path, extra: dict[str, object], code: int, words: str
) -> None:
    put(outgoing, FILE.format(1), GOOD)
    shell = home(SOURCE, {"trust": server.connection(**extra)})
    (shell.home / "inbox").mkdir(parents=True)
    assert shell("receive").says(code, words)
    assert server.logins == 0
    assert lines(shell) == []


def test_a_transfer_cut_off_leaves_nothing_and_starts_again(shell: Shell, server: SftpServer, outgoing: Path) -> None:
    put(outgoing, FILE.format(1), LARGE)
    put(outgoing, FILE.format(2), GOOD)
    server.drop_at = 100_000
    assert shell("receive").says(3, "sftp trust:/outgoing", "broke off", "comes next time")
    # The one after it is not held up.
    assert lines(shell) == [("2", "accepted", "40")]
    assert quarantined(shell) == []
    server.drop_at = None
    shell.do("receive")
    assert lines(shell) == [("1", "accepted", "3000"), ("2", "accepted", "40")]


def test_a_file_that_grows_while_it_is_fetched_is_still_arriving(
    shell: Shell, server: SftpServer, outgoing: Path
) -> None:
    put(outgoing, FILE.format(1), LARGE)
    whole = (outgoing / FILE.format(1)).read_bytes()
    (outgoing / FILE.format(1)).write_bytes(whole[:200_000])

    def grow() -> None:
        server.on_read = lambda: None
        (outgoing / FILE.format(1)).write_bytes(whole)

    server.on_read = grow
    assert f"{FILE.format(1)} (its rest is missing): still arriving" in shell.do("receive").out
    assert lines(shell) == [("1", "arriving", "")]
    shell.do("receive")
    assert lines(shell) == [("1", "accepted", "3000")]


def test_a_file_without_manifest_or_against_its_sha256_is_arriving(shell: Shell, outgoing: Path) -> None:
    put(outgoing, FILE.format(1), GOOD)
    (outgoing / f"{FILE.format(1)}.sha256").write_text(f"{'0' * 64}  {FILE.format(1)}\n")
    (outgoing / FILE.format(2)).write_bytes(GOOD)
    (outgoing / f"{FILE.format(3)}.part").write_bytes(GOOD)
    out = shell.do("receive").out
    assert f"{FILE.format(1)} (its rest is missing): still arriving" in out
    assert f"{FILE.format(2)} (its manifest is missing): still arriving" in out
    assert f"{FILE.format(3)}.part: still being sent, left alone" in out
    assert {line[1] for line in lines(shell)} == {"arriving"}
    from hashlib import sha256

    (outgoing / f"{FILE.format(1)}.sha256").write_text(f"{sha256(GOOD).hexdigest().upper()} *{FILE.format(1)}\n")
    shell.do("receive")
    assert ("1", "accepted", "40") in lines(shell)


def test_names_are_never_paths_and_another_suppliers_file_is_left_alone(
    shell: Shell, server: SftpServer, outgoing: Path
) -> None:
    put(outgoing, "deaths_04Y_2018-04_1.csv", GOOD)
    (outgoing / FILE.format(1)).symlink_to(server.folder / "secret")
    (outgoing / "deaths_05W_2018-04_2.csv").mkdir()
    out = shell.do("receive").out
    for name in ("deaths_04Y_2018-04_1.csv", FILE.format(1), FILE.format(2)):
        assert f"{name}: no submission, left alone" in out
    assert lines(shell) == []
    assert server.got == []


def test_feedback_that_was_not_taken_is_sent_with_the_next(shell: Shell, server: SftpServer, outgoing: Path) -> None:
    put(outgoing, FILE.format(1), GOOD)
    (server.folder / "feedback").write_text("in the way of the folder")
    assert shell("receive").says(3, "does not take the feedback")
    assert lines(shell) == [("1", "accepted", "40")]
    (server.folder / "feedback").unlink()
    shell.do("receive")
    there = {path.name for path in (server.folder / "feedback").iterdir()}
    assert there == {path.name for path in (shell.home / "feedback" / "2018-04").iterdir()}


def test_a_server_that_is_gone_holds_back_no_other_supplier(shell: Shell, server: SftpServer) -> None:
    put(shell.home / "inbox", "deaths_04Y_2018-04_1.csv", GOOD)
    # In the drop folder nobody can pass for a supplier who has a way of his own.
    put(shell.home / "inbox", FILE.format(9), GOOD)
    shell = shell.set(connections=json.dumps({"trust": server.connection() | {"port": 1}}))
    ran = shell("receive")
    assert ran.says(3, "sftp trust:/outgoing", "cannot be reached")
    assert f"{FILE.format(9)}: no submission, left alone" in ran.out
    assert lines(shell) == [("1", "accepted", "40")]


def test_the_doctor_tells_of_each_source(shell: Shell, server: SftpServer) -> None:
    assert "source of 05W: sftp trust:/outgoing can be listed" in shell("doctor").out
    wrong = shell.set(connections=json.dumps({"trust": server.connection() | {"password": "wrong"}}))
    assert "MEND  source of 05W: The source sftp trust:/outgoing cannot be reached" in wrong("doctor").out


@pytest.mark.airflow
class TestInAirflow:
    """The same through Airflow's own hook."""

    @pytest.fixture
    def receive(self, shell: Shell, server: SftpServer, monkeypatch: pytest.MonkeyPatch) -> object:
        monkeypatch.setenv("AIRFLOW_HOME", str(shell.home / "airflow"))

        def run(**extra: object) -> object:
            from outcomes import workflow
            from outcomes.airflow_plugin import AirflowConnections
            from outcomes.settings import Settings

            connection = {"conn_type": "sftp", **server.connection(**extra)}
            monkeypatch.setenv("AIRFLOW_CONN_TRUST", json.dumps(connection))
            for name, value in shell.environment.items():
                if name.startswith("OUTCOMES_"):
                    monkeypatch.setenv(name, value)
            return workflow.receive(Settings.load(), suppliers=["05W"], connections=AirflowConnections())

        return run

    def test_a_submission_comes_through_the_hook(self, receive, shell: Shell, outgoing: Path) -> None:
        put(outgoing, FILE.format(1), GOOD)
        assert receive().accepted == 1
        assert lines(shell) == [("1", "accepted", "40")]

    def test_another_key_is_refused(self, receive, server: SftpServer) -> None:
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        from outcomes.intake.sources.source import SourceRefused

        for extra in ({"host_key": other}, {"host_key": None}, {"no_host_key_check": True}):
            with pytest.raises(SourceRefused):
                receive(**extra)
        assert server.logins == 0

    def test_the_machines_own_known_hosts_do_not_overrule_the_pinned_key(
        self, receive, server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from outcomes.intake.sources.source import SourceRefused

        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / ".ssh").mkdir()
        shown = server.key.export_public_key().decode()
        (tmp_path / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {shown}")
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        with pytest.raises(SourceRefused):
            receive(host_key=other)


def test_a_secret_is_in_no_message(home: Home, server: SftpServer) -> None:
    shell = home(SOURCE, {"trust": server.connection() | {"port": "no port", "password": "a secret"}})
    ran = shell("receive")
    assert ran.code == 3
    assert "a secret" not in ran.err + ran.out
    assert os.environ.get("OUTCOMES_CONNECTIONS") is None
