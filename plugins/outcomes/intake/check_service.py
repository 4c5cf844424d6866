"""The national service that tells who has not opted out: a question is a list of NHS numbers, the answer those that may
be used.

Owns the files of both, as MESH workflow SPINE_NTT_UPHOLDING has them: one number a line with a comma behind it, lines
ended by LF only. Promises that only ten-digit numbers with the right check digit are asked about, that question and
answer can be read by this account alone, and that both are deleted as soon as the answer has been used. Never decides
about a record.

The exchange is a folder: `questions/<request>.dat` is for whatever carries messages to MESH (workflow
SPINE_NTT_UPHOLDING), and what comes back is put, whole, under `answers/<request>.dat`, or as `answers/<request>.err`
where the service refused it. One number that the service does not understand makes it refuse all.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from outcomes.errors import SetupError


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


class CheckFolder:
    """The service behind a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def asked(self, request: str) -> bool:
        return self._question(request).exists()

    def ask(self, request: str, numbers: Collection[str]) -> None:
        path = self._question(request)
        draft = path.with_name(f".{path.name}.partial")
        try:
            for folder in (self._folder, path.parent, self._folder / "answers"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
                stream.write("".join(f"{number},\n" for number in sorted(numbers)))
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        except OSError as error:
            raise SetupError(
                f"The question about objections cannot be written to {path.parent} ({error.strerror}): check its "
                "rights."
            ) from None

    def answer(self, request: str) -> frozenset[str] | None:
        if (self._folder / "answers" / f"{request}.err").exists():
            raise Refused(
                f"the check service refused the question about objections: see objections/answers/{request}.err, "
                "delete it and "
                f"objections/questions/{request}.dat, and receive again to ask anew."
            )
        asked, allowed = _numbers(self._question(request)), _numbers(self._answer(request))
        if asked is None or allowed is None:
            return None
        if not allowed <= asked:
            raise Refused(
                f"objections/answers/{request}.dat is no answer to what was asked: it holds other numbers, or lines "
                "that are none; "
                "delete it and have the right one put there."
            )
        return allowed

    def forget(self, request: str) -> None:
        for path in (self._question(request), self._answer(request)):
            path.unlink(missing_ok=True)

    def _question(self, request: str) -> Path:
        return self._folder / "questions" / f"{request}.dat"

    def _answer(self, request: str) -> Path:
        return self._folder / "answers" / f"{request}.dat"


def _numbers(path: Path) -> frozenset[str] | None:
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SetupError(f"{path.name} about objections cannot be read ({error.strerror}): check its rights.") from None
    return frozenset(line.removesuffix(",") for line in lines if line)
