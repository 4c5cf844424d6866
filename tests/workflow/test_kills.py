"""Killed at any moment and run again: the same as without the kill, and no letter twice.

Each command is killed, run again and killed at a later step, on what the kill before left behind, and at last let through.
A step is what lasts: a file opened for writing, renamed or removed, a folder made, a statement that changes the ledger.
"""

import random
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from services.mail_server import HOLD, MailServer
from shell import KEY, LONG, MONTH, Shell, copy_of, hashes, smaller_partnership

Copied = Callable[[Shell], Shell]


def killed_again_and_again(shell: Shell, *words: str | Path, steps: Iterable[int]) -> None:
    """Kill a command at each of the steps, then let it run; it must have been killed at least three times."""
    kills = [shell.killed(*words, at=step) for step in steps]
    assert sum(kills) >= 3
    shell.do(*words)


@pytest.fixture(scope="module")
def few(extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deaths and resubmitted deaths of one month; one file is rejected."""
    folder = tmp_path_factory.mktemp("few")
    for file in extracts.glob(f"deaths_*_{MONTH}_*"):
        shutil.copy(file, folder)
    with (folder / f"deaths_05W_{MONTH}_2.csv").open("a") as damaged:
        damaged.write("cut short")
    return folder


@pytest.fixture(scope="module")
def received(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """What receiving them gives when nothing goes wrong."""
    shell = Shell(tmp_path_factory.mktemp("received") / "home", {"OUTCOMES_PSEUDONYM_KEY": KEY})
    shell.do("receive", "--inbox", few)
    return shell


def same_intake(shell: Shell, expected: Shell) -> None:
    assert shell.status() == expected.status()
    assert hashes(shell.home / "lake") == hashes(expected.home / "lake")
    assert reports(shell) == reports(expected)


def reports(shell: Shell) -> dict[str, str]:
    """The feedback reports; a hidden draft that a kill left is none."""
    return {name: digest for name, digest in hashes(shell.home / "feedback").items() if "/." not in name}


def test_receive_killed_at_each_of_its_first_steps(few: Path, received: Shell, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", {"OUTCOMES_PSEUDONYM_KEY": KEY})
    killed_again_and_again(shell, "receive", "--inbox", few, steps=range(1, 31))
    same_intake(shell, received)


def test_receive_killed_from_outside_at_moments_of_chance(few: Path, received: Shell, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", {"OUTCOMES_PSEUDONYM_KEY": KEY})
    chance = random.Random(1)
    for _ in range(3):
        process = shell.begun("receive", "--inbox", few)
        time.sleep(chance.uniform(0.2, 1.0))
        process.kill()
        process.join(LONG)
    shell.do("receive", "--inbox", few)
    same_intake(shell, received)


def test_two_receiving_at_once_receive_each_file_once(few: Path, received: Shell, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home", {"OUTCOMES_PSEUDONYM_KEY": KEY})
    said = [tmp_path / "first", tmp_path / "second"]
    both = [shell.begun("receive", "--inbox", few, say=path) for path in said]
    for process in both:
        process.join(LONG)
    assert [process.exitcode for process in both] == [0, 0], [path.read_text() for path in said]
    same_intake(shell, received)


def test_compute_killed(landed: Shell, computed: Shell, copied: Copied) -> None:
    shell = copied(landed)
    killed_again_and_again(shell, "compute", steps=[2, 4, 6, 8])
    assert shell.figures() == computed.figures()


def test_release_killed(computed: Shell, published: Shell, copied: Copied) -> None:
    shell = copied(computed)
    killed_again_and_again(shell, "release", "--period", MONTH, steps=[2, 3, 4, 5, 6, 7])
    assert shell.released(MONTH) == published.released(MONTH)
    assert "Nothing a reader sees has changed since edition 1" in shell.do("release", "--period", MONTH).out


@pytest.mark.weasyprint
def test_render_killed(few: Path, tmp_path: Path) -> None:
    organisations = smaller_partnership(tmp_path / "organisations.toml", "05W")
    shell = Shell(tmp_path / "home", {"OUTCOMES_PSEUDONYM_KEY": KEY, "OUTCOMES_ORGANISATIONS": str(organisations)})
    shell.do("receive", "--inbox", few)
    shell.do("compute")
    shell.do("release", "--period", MONTH)
    undisturbed = shell.set(publications=str(tmp_path / "undisturbed"))
    undisturbed.do("render", "--period", MONTH)
    # The last of them in the midst of writing the files.
    killed_again_and_again(shell, "render", "--period", MONTH, steps=[2, 4, 9])
    assert hashes(shell.home / "publications") == hashes(tmp_path / "undisturbed")


def test_deliver_killed_while_the_relay_holds_its_answer(
    published: Shell, copied: Copied, mail_server: MailServer
) -> None:
    shell = copied(published).set(**{name: str(value) for name, value in mail_server.settings().items()})
    shell.do("approve", "--period", MONTH, "--by", "Jo Example")
    mail_server.faults = ["ok", "ok", HOLD]
    process = shell.begun("deliver", "--period", MONTH)
    assert mail_server.holding.wait(LONG)
    process.kill()
    process.join(LONG)
    mail_server.release.set()

    for _ in range(2):
        lines = shell.do("deliver", "--period", MONTH, "--format", "csv").rows
        assert [line["state"] for line in lines] == ["sent", "sent", "unknown", "sent", "sent", "sent", "sent"]
    assert [len(mail_server.to(line["recipient"])) for line in lines] == [1] * 7


def test_deliver_killed_at_other_steps_sends_each_letter_once(
    published: Shell, tmp_path: Path, mail_server: MailServer
) -> None:
    shell = copy_of(published, tmp_path).set(**{name: str(value) for name, value in mail_server.settings().items()})
    shell.do("approve", "--period", MONTH, "--by", "Jo Example")
    killed_again_and_again(shell, "deliver", "--period", MONTH, steps=[2, 4, 6, 9, 12])
    lines = shell.do("deliver", "--period", MONTH, "--format", "csv").rows
    for line in lines:
        letters = len(mail_server.to(line["recipient"]))
        assert (line["state"], letters) in {("sent", 1), ("unknown", 0), ("unknown", 1)}
