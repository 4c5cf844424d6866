"""The drop folder: what has arrived completely, what is still arriving, what is no submission.

Promises to leave every file where and as it is, and to take a file's bytes in one go with their checksum. Never follows a
link, opens a pipe or looks into a sub-folder.
"""

import hashlib
import os
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from outcomes.errors import InputError
from outcomes.intake.limits import MAX_BYTES
from outcomes.intake.masking import printable
from outcomes.intake.names import MANIFEST_SUFFIX, SubmissionName


@dataclass(frozen=True, slots=True)
class Arriving:
    """One half of a pair; the other is missing."""

    name: SubmissionName
    missing: Literal["file", "manifest"]


@dataclass(frozen=True)
class Listing:
    """What one look at the folder found, each part in a fixed order; `other` are names fit to be shown."""

    complete: tuple[SubmissionName, ...]
    arriving: tuple[Arriving, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent; `data` is None where it is too large, so that it is hashed and never held in memory."""

    data: bytes | None
    sha256: str


def look(folder: Path, supplier: str | None = None, sealed_by: Collection[str] = ()) -> Listing:
    """List a drop folder (of one supplier, or all); raises InputError when it cannot be read.

    A name that ends in `.pgp` is a submission's only of those suppliers of whom PGP files are agreed.
    """
    try:
        entries = {entry.name: _is_file(entry) for entry in os.scandir(folder)}
    except OSError as error:
        raise InputError(
            f"The inbox {folder} cannot be read ({error.strerror}): create it or name another with --inbox."
        ) from None
    files: dict[str, SubmissionName] = {}
    manifests: dict[str, SubmissionName] = {}
    other = []
    for entry, regular in entries.items():
        name = SubmissionName.parse(entry.removesuffix(MANIFEST_SUFFIX)) if regular else None
        if name is not None and (not name.seal or name.supplier in sealed_by):
            (files if name.file_name == entry else manifests)[name.file_name] = name
        else:
            other.append(printable(entry))
    wanted = sorted(n for n in {**files, **manifests}.values() if supplier in (None, n.supplier))
    whole = [n for n in wanted if n.file_name in files and n.file_name in manifests]
    return Listing(
        complete=tuple(whole),
        arriving=tuple(Arriving(n, "manifest" if n.file_name in files else "file") for n in wanted if n not in whole),
        other=tuple(sorted(other)) if supplier is None else (),
    )


def read_sent(path: Path, *, follow_links: bool = False) -> Sent:
    """A file's bytes and their SHA-256; raises OSError when it is gone, may not be read or is no file."""
    flags = os.O_RDONLY | os.O_NONBLOCK | (0 if follow_links else os.O_NOFOLLOW)
    with open(os.open(path, flags), "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is no file")
        if status.st_size > MAX_BYTES:
            return Sent(None, hashlib.file_digest(stream, "sha256").hexdigest())
        data = stream.read(MAX_BYTES)
        return Sent(data, hashlib.sha256(data).hexdigest())


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)
    except FileNotFoundError:
        # It was taken away while the folder was listed.
        return False
