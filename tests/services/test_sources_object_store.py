"""Extracts from an object store, a real server that speaks S3: the version listed is the version fetched."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import s3fs

from outcomes.intake.names import SubmissionName
from outcomes.intake.sources.connections import FromSettings
from outcomes.intake.sources.object_store import BucketFolder
from outcomes.settings import Settings
from services.conftest import Home, put
from shell import LONG, Shell
from unit.intake.suppliers import as_csv
from unit.intake.valid_records import many

FILE = "deaths_05W_2018-04_{}.csv"
GOOD = as_csv(many("deaths", 40))
SOURCE = {"05W": {"kind": "s3", "connection": "store", "path": "s3://ccg/incoming", "feedback": "s3://ccg/feedback"}}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server on a port of its own, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + LONG
        while time.monotonic() < end:
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                assert process.poll() is None
                time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def connection(address: str) -> dict[str, Any]:
    httpx.post(f"{address}/moto-api/reset")
    extra = {"endpoint_url": address, "region_name": "eu-west-2"}
    return {"login": "who", "password": "what", "extra": extra}


@pytest.fixture
def bucket(connection: dict[str, Any]) -> s3fs.S3FileSystem:
    """The bucket `ccg`, with versions, as the supplier uses it."""
    client = {"endpoint_url": connection["extra"]["endpoint_url"], "region_name": "eu-west-2"}
    files = s3fs.S3FileSystem(
        key="who", secret="what", client_kwargs=client, version_aware=True, skip_instance_cache=True
    )
    files.mkdir("ccg")
    files.make_bucket_versioned("ccg")
    return files


@pytest.fixture
def shell(home: Home, connection: dict[str, Any]) -> Shell:
    shell = home(SOURCE, {"store": connection})
    (shell.home / "inbox").mkdir(parents=True)
    return shell


def send(bucket: s3fs.S3FileSystem, scratch: Path, name: str, data: bytes, **changes: object) -> None:
    put(scratch, name, data, **changes)
    for part in (name, f"{name}.manifest.json"):
        bucket.pipe_file(f"ccg/incoming/{part}", (scratch / part).read_bytes())


def lines(shell: Shell) -> list[tuple[str, str, str]]:
    rows = shell.do("status", "--format", "csv").rows
    return [(row["sequence"], row["outcome"], row["rows"]) for row in rows]


def test_a_submission_is_fetched_landed_answered_and_left_where_it_is(
    shell: Shell, bucket: s3fs.S3FileSystem, tmp_path: Path
) -> None:
    send(bucket, tmp_path / "scratch", FILE.format(1), GOOD)
    bucket.pipe_file("ccg/incoming/notes.txt", b"hello")
    before = bucket.ls("ccg/incoming", detail=True, versions=True)
    ran = shell.do("receive")
    assert "notes.txt: no submission, left alone" in ran.out
    assert lines(shell) == [("1", "accepted", "40")]
    assert bucket.ls("ccg/incoming", detail=True, versions=True, refresh=True) == before
    there = {Path(path).name: bucket.cat_file(path) for path in bucket.ls("ccg/feedback", refresh=True)}
    assert there == {path.name: path.read_bytes() for path in (shell.home / "feedback" / "2018-04").iterdir()}
    assert "0 rejected, 1 received before" in shell.do("receive").out
    assert "source of 05W: s3 store:ccg/incoming can be listed, 1 submissions" in shell("doctor").out


def test_what_is_written_over_a_file_meanwhile_does_not_count_until_the_next_look(
    shell: Shell, bucket: s3fs.S3FileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(bucket, tmp_path / "scratch", FILE.format(1), GOOD)
    for name, value in shell.environment.items():
        if name.startswith("OUTCOMES_"):
            monkeypatch.setenv(name, value)
    ways = FromSettings(Settings.load())
    with BucketFolder(ways, "store", "05W", "ccg/incoming", "ccg/feedback", tmp_path / "quarantine") as source:
        (consignment,) = source.look().complete
        bucket.pipe_file(f"ccg/incoming/{FILE.format(1)}", b"something else")
        assert source.fetch(consignment).file.read_bytes() == GOOD
        assert consignment.name == SubmissionName.parse(FILE.format(1))
        (later,) = source.look().complete
        assert later.file != consignment.file
    # Leaving the source leaves nothing of it here.
    assert [p for p in (tmp_path / "quarantine").rglob("*") if p.is_file()] == []


def test_the_same_sequence_with_other_bytes_is_a_submission_of_its_own_and_is_refused(
    shell: Shell, bucket: s3fs.S3FileSystem, tmp_path: Path
) -> None:
    send(bucket, tmp_path / "scratch", FILE.format(1), GOOD)
    shell.do("receive")
    send(bucket, tmp_path / "scratch", FILE.format(1), as_csv(many("deaths", 41)))
    assert shell("receive").says(1, "every submission in the inbox is rejected")
    assert lines(shell) == [("1", "accepted", "40"), ("1", "file_rejected", "41")]


def test_a_bucket_without_versions_is_not_used(
    shell: Shell, bucket: s3fs.S3FileSystem, tmp_path: Path, connection: dict[str, Any], home: Home
) -> None:
    bucket.mkdir("plain")
    bucket.pipe_file(f"plain/{FILE.format(1)}", GOOD)
    entry = {"kind": "s3", "connection": "store", "path": "s3://plain"}
    assert home({"05W": entry}, {"store": connection})("receive").says(3, "keeps no versions")


def test_a_store_that_does_not_answer_is_one_sentence(home: Home, connection: dict[str, Any]) -> None:
    nowhere = connection | {"extra": {"endpoint_url": "http://127.0.0.1:1", "region_name": "eu-west-2"}}
    shell = home(SOURCE, {"store": nowhere})
    (shell.home / "inbox").mkdir(parents=True)
    ran = shell("receive")
    assert ran.says(3, "s3 store:ccg/incoming", "cannot be listed")
