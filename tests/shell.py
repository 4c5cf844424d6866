"""The command line as its users have it: an installation with its settings, run in this process or in one that dies.

    shell = Shell(home, {"OUTCOMES_PSEUDONYM_KEY": KEY})
    shell("release", "--period", "2018-04")          -> Ran(code=0, out="Edition 1 …", err="")
    shell.killed("compute", at=3)                    -> True when the process killed itself before its third lasting step
    shell.in_a_process("status", stdout=…)           -> a real `python -m outcomes`, with pipes

Commands run inside this process where only what they say counts: a start of Python with its libraries takes seconds.
"""

import contextlib
import csv
import io
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, event

from outcomes.cli import main
from outcomes.definitions.shipped import shipped

KEY = "5f" * 32
# The reporting month that `published` has an edition of.
MONTH = "2018-04"
LONG = 120

# A child is forked from a process that has the libraries loaded and nothing else.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        *(f"outcomes.{room}" for room in ("cli", "workflow.extracts", "workflow.computation", "workflow.editions")),
        "paramiko",
        "mesh_client",
    ]
)


class Ran(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, str]]:
        """Its output read as CSV."""
        return list(csv.DictReader(io.StringIO(self.out)))

    def says(self, code: int, *words: str) -> bool:
        """Whether it ended with that code and one sentence on standard error that has all of these words."""
        lines = self.err.splitlines()
        assert self.code == code, self.err
        assert len(lines) == 1, self.err
        assert lines[0].startswith("outcomes: ")
        assert lines[0].endswith(".")
        missing = [word for word in words if word not in lines[0]]
        assert not missing, f"{missing} not in: {lines[0]}"
        return True


@dataclass(frozen=True)
class Shell:
    """One installation: its home folder and its other settings."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def set(self, **settings: str | None) -> "Shell":
        """The same installation with other settings; None takes one away."""
        changed = {**self.settings, **{f"OUTCOMES_{name.upper()}": value for name, value in settings.items()}}
        return Shell(self.home, {name: value for name, value in changed.items() if value is not None})

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTCOMES_")}
        return {**kept, "OUTCOMES_HOME": str(self.home), **self.settings}

    def __call__(self, *words: str | Path) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with _as_it_were(self.environment, words), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = _code()
        return Ran(code, out.getvalue(), err.getvalue())

    def do(self, *words: str | Path) -> Ran:
        """Run a command that must succeed."""
        ran = self(*words)
        assert ran.code == 0, f"{words}: {ran.err or ran.out}"
        return ran

    def in_a_process(self, *words: str | Path, **options: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "outcomes", *map(str, words)],
            env=self.environment,
            text=True,
            **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options),
        )

    def begun(self, *words: str | Path, at: int | None = None, say: Path | None = None) -> Any:
        """A process of its own that runs the command, and kills itself before its lasting step number `at`."""
        process = PROCESSES.Process(target=_child, args=(self.environment, words, at, say))
        process.start()
        return process

    def killed(self, *words: str | Path, at: int) -> bool:
        """Run the command in a process that is killed before its lasting step `at`; False when it had fewer steps."""
        process = self.begun(*words, at=at)
        process.join(LONG)
        assert process.exitcode in {0, -signal.SIGKILL}, f"{words} ended with {process.exitcode}"
        return bool(process.exitcode)

    # What a user can compare.

    def status(self) -> str:
        return self.do("status", "--format", "csv").out

    def figures(self) -> str:
        return self.do("figures").out

    def released(self, month: str, edition: int | None = None) -> str:
        which = [] if edition is None else ["--edition", str(edition)]
        return self.do("released", "--period", month, *which).out

    def published(self, month: str) -> dict[str, str]:
        """The SHA-256 of every file of the month's editions."""
        return hashes(self.home / "publications" / month)


def hashes(folder: Path) -> dict[str, str]:
    """Every file below a folder, hidden ones too, by its path, with its SHA-256."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def smaller_partnership(file: Path, *ccgs: str) -> Path:
    """A list of organisations with only these CCGs, so that an edition has fewer scorecards."""
    blocks = re.split(r"^(?=\[)", shipped("config/organisations.toml").read_text("utf-8"), flags=re.MULTILINE)
    kept = [b for b in blocks if not b.startswith("[[ccgs]]") or any(f'code = "{ccg}"' in b for ccg in ccgs)]
    file.write_text("".join(kept), encoding="utf-8")
    return file


def manifest(file: Path, status: str = "freeze", **other: object) -> None:
    """Write the manifest that tells the truth about a CSV file, but for what is given."""
    feed, supplier, period, sequence = file.name.removesuffix(".csv").rsplit("_", 3)
    data = file.read_bytes()
    truth = {"feed": feed, "supplier": supplier, "period": period, "sequence": int(sequence), "status": status}
    truth |= {"rows": len(data.splitlines()) - 1, "sha256": sha256(data).hexdigest()}
    truth |= {"extracted_at": "2018-06-08T06:00:00Z"}
    file.with_name(f"{file.name}.manifest.json").write_text(json.dumps(truth | other))


@contextlib.contextmanager
def _as_it_were(environment: Mapping[str, str], words: tuple[str | Path, ...]) -> Iterator[None]:
    """The environment and arguments of a command, for a while."""
    before, arguments = dict(os.environ), sys.argv
    try:
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["outcomes", *map(str, words)]
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        sys.argv = arguments


def _code() -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    raise AssertionError("the command did not end")


def _child(environment: dict[str, str], words: tuple[str | Path, ...], at: int | None, say: Path | None) -> None:
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["outcomes", *map(str, words)]
    if at is not None:
        _die_before_step(at)
    target = os.open(say or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(target, 1)
    os.dup2(target, 2)
    main()


def _die_before_step(at: int) -> None:
    """Kill this process before the step that is number `at` among those that last: a file opened for writing, renamed or
    removed, a folder made, a statement that changes the ledger, a commit."""
    left = [at]

    def step(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def file_step(name: str, arguments: tuple[Any, ...]) -> None:
        writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or name in {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}:
            step()

    def statement(_c: object, _cursor: object, text: str, *_: object) -> None:
        if text.lstrip().split(maxsplit=1)[0].lower() in {"insert", "update", "delete", "create", "begin"}:
            step()

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", step)
    sys.addaudithook(file_step)


def copy_of(shell: Shell, folder: Path) -> Shell:
    """An installation copied into a folder; what is write-once is linked."""
    home = folder / "home"
    shutil.copytree(shell.home, home, ignore=lambda where, _: ["lake"] if Path(where) == shell.home else [])
    if (shell.home / "lake").exists():
        shutil.copytree(shell.home / "lake", home / "lake", copy_function=os.link)
    return Shell(home, shell.settings)
