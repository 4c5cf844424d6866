"""The drop folder: what has arrived completely, what is still arriving, what is no submission.

Promises to leave every file where and as it is. Never follows a link, opens a pipe or looks into a sub-folder.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from outcomes.errors import InputError
from outcomes.intake.names import MANIFEST_SUFFIX, SubmissionName


@dataclass(frozen=True, slots=True)
class Arriving:
    """One half of a pair; the other is missing."""

    name: SubmissionName
    missing: Literal["file", "manifest"]


@dataclass(frozen=True)
class Listing:
    """What one look at the folder found, each part in a fixed order."""

    complete: tuple[SubmissionName, ...]
    arriving: tuple[Arriving, ...]
    other: tuple[str, ...]


def look(folder: Path, supplier: str | None = None) -> Listing:
    """List a drop folder (of one supplier, or all); raises InputError when it cannot be read."""
    try:
        entries = {e.name: stat.S_ISREG(e.stat(follow_symlinks=False).st_mode) for e in os.scandir(folder)}
    except OSError as error:
        raise InputError(
            f"The inbox {folder} cannot be read ({error.strerror}): create it or name another with --inbox."
        ) from None
    files, manifests, other = {}, {}, []
    for entry, regular in entries.items():
        if not entry.isascii():
            other.append(entry)
        elif regular and (name := SubmissionName.parse(entry)):
            files[name.file_name] = name
        elif regular and (name := SubmissionName.parse(entry.removesuffix(MANIFEST_SUFFIX))):
            manifests[name.file_name] = name
        else:
            other.append(entry)
    wanted = sorted(n for n in {**files, **manifests}.values() if supplier in (None, n.supplier))
    return Listing(
        complete=tuple(n for n in wanted if n.file_name in files and n.file_name in manifests),
        arriving=tuple(
            Arriving(n, "manifest" if n.file_name in files else "file")
            for n in wanted
            if (n.file_name in files) is not (n.file_name in manifests)
        ),
        other=tuple(sorted(other)) if supplier is None else (),
    )
