"""The national service that tells who has not opted out: a question is a list of NHS numbers, the answer those that may
be used.

Owns the files of both, as MESH workflow SPINE_NTT_UPHOLDING has them: one number a line with a comma behind it, lines
ended by LF only. Promises that only ten-digit numbers with the right check digit are asked about, that question and
answer can be read by this account alone, and that both are deleted as soon as the answer has been used. Never decides
about a record.

The exchange is a folder: `questions/<request>.dat` is for whatever carries messages to MESH (check_mailbox.py, or another
program), and what comes back is put, whole, under `answers/<request>.dat`, or as `answers/<request>.err` where the service
refused it. One number that the service does not understand makes it refuse all. Beside a question that goes from here
stands the reference it is sent under: `<request>.reference` until it is sent, then `<request>.sent`.
"""

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from outcomes.errors import SetupError

_REFERENCE, _SENT = ".reference", ".sent"


# One in twenty people objects: of so many never all.
NEVER_ALL = 20


class Refused(Exception):
    """The service gave no usable answer; `str(error)` is the sentence for whoever operates this."""


class CheckService(Protocol):
    """Who is asked. A request is a name that is told of nobody else, fit for a file."""

    def asked(self, request: str) -> bool:
        """Whether the question was put already."""

    def ask(self, request: str, numbers: Collection[str]) -> None:
        """Put the question; doing it again changes nothing."""

    def answer(self, request: str) -> frozenset[str] | None:
        """The numbers that may be used; None while there is no answer. Raises Refused."""

    def forget(self, request: str) -> None:
        """Delete question and answer."""

    def exchange(self) -> list[str]:
        """Carry questions and answers, where that is done from here; sentences on what somebody should know."""


class CheckFolder:
    """The service behind a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def asked(self, request: str) -> bool:
        return self.question(request).exists()

    def ask(self, request: str, numbers: Collection[str]) -> None:
        self._make_folders()
        with self.alone():
            self._write(self.question(request), _lines(numbers))

    def exchange(self) -> list[str]:
        """Another program carries the messages."""
        return []

    def answer(self, request: str) -> frozenset[str] | None:
        if (self.folder / "answers" / f"{request}.err").exists():
            raise Refused(
                f"the check service refused the question about objections: see objections/answers/{request}.err, "
                "delete it and "
                f"objections/questions/{request}.dat, and receive again to ask anew."
            )
        asked, allowed = _numbers(self.question(request)), _numbers(self._answer(request))
        if asked is None or allowed is None:
            return None
        if not allowed <= asked:
            raise Refused(
                f"objections/answers/{request}.dat is no answer to what was asked: it holds other numbers, or lines "
                "that are none; "
                "delete it and have the right one put there."
            )
        if not allowed and len(asked) >= NEVER_ALL:
            raise Refused(
                f"objections/answers/{request}.dat is empty, and that all of so many people object is hardly ever true: "
                f"delete it and objections/questions/{request}.dat, and receive again to ask anew."
            )
        return allowed

    def forget(self, request: str) -> None:
        # Alone: an answer that another process is just taking in must not lie there after its question is gone.
        with self.alone() as there:
            if there:
                self.delete(request)

    # What a program that carries the messages needs.

    def delete(self, request: str) -> None:
        """Delete question and answer, by whoever is alone."""
        question, answer = self.question(request), self._answer(request)
        paths = (question, answer, *(question.with_suffix(s) for s in (_REFERENCE, _SENT)))
        for path in (*paths, _draft(question), _draft(answer)):
            path.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Within this block nobody else takes in, sends or deletes here; whether there is anything at all."""
        try:
            lock = os.open(self.folder, os.O_RDONLY)
        except FileNotFoundError:
            yield False
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield True
        finally:
            os.close(lock)

    def question(self, request: str) -> Path:
        """Where a question lies."""
        return self.folder / "questions" / f"{request}.dat"

    def open_questions(self) -> list[str]:
        """The questions that have neither an answer nor a refusal."""
        requests = [path.stem for path in sorted((self.folder / "questions").glob("*.dat"))]
        return [
            r for r in requests if not self._answer(r).exists() and not self._answer(r).with_suffix(".err").exists()
        ]

    def asked_about(self, request: str) -> frozenset[str]:
        """The numbers of a question."""
        return _numbers(self.question(request)) or frozenset()

    def references(self) -> dict[str, str]:
        """The question behind each reference under which one was, or may have been, sent."""
        folder = self.folder / "questions"
        known = [path for suffix in (_REFERENCE, _SENT) for path in folder.glob(f"*{suffix}")]
        return {path.read_text("ascii"): path.stem for path in known if path.with_suffix(".dat").exists()}

    def reference(self, request: str) -> str | None:
        """The reference under which a question is to be sent, where it has one."""
        path = self.question(request).with_suffix(_REFERENCE)
        return path.read_text("ascii") if path.exists() else None

    def refer(self, request: str, reference: str) -> str:
        """Write down under which reference a question is going to be sent."""
        self._write(self.question(request).with_suffix(_REFERENCE), reference)
        return reference

    def put_at(self, request: str) -> float:
        """When a question was put, in seconds since 1970."""
        return self.question(request).stat().st_mtime

    def sent(self, request: str) -> None:
        """It was sent under its reference."""
        path = self.question(request).with_suffix(_REFERENCE)
        path.replace(path.with_suffix(_SENT))
        os.utime(path.with_suffix(_SENT))

    def sent_at(self, request: str) -> float | None:
        """When a question was sent, in seconds since 1970; None where it was not."""
        path = self.question(request).with_suffix(_SENT)
        return path.stat().st_mtime if path.exists() else None

    def unsent(self, request: str) -> None:
        """It has to be sent again, under another reference."""
        for suffix in (_SENT, _REFERENCE):
            self.question(request).with_suffix(suffix).unlink(missing_ok=True)

    def put_answer(self, request: str, allowed: Collection[str]) -> None:
        """The service's answer: the numbers that may be used."""
        self._write(self._answer(request), _lines(allowed))

    def put_refusal(self, request: str, why: str) -> None:
        """The service gave no usable answer; `why` holds no number."""
        self._write(self._answer(request).with_suffix(".err"), why)

    def _answer(self, request: str) -> Path:
        return self.folder / "answers" / f"{request}.dat"

    def _write(self, path: Path, text: str) -> None:
        """A file that only this account can read, whole or not at all."""
        draft = _draft(path)
        try:
            draft.unlink(missing_ok=True)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        except OSError as error:
            raise self._unwritable(error) from None

    def _make_folders(self) -> None:
        try:
            for folder in (self.folder, self.folder / "questions", self.folder / "answers"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> SetupError:
        return SetupError(
            f"The questions about objections cannot be written to {self.folder} ({error.strerror}): check its rights."
        )


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _lines(numbers: Collection[str]) -> str:
    return "".join(f"{number},\n" for number in sorted(numbers))


def _numbers(path: Path) -> frozenset[str] | None:
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SetupError(f"{path.name} about objections cannot be read ({error.strerror}): check its rights.") from None
    return frozenset(line.removesuffix(",") for line in lines if line)
