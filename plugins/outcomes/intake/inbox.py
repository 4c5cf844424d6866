"""What lies at a source: what has arrived completely, what is still arriving, what is no submission.

Owns how names are sorted into submissions, wherever they lie, and how a file is read in one go with its checksum. Promises
that a file which changes while it is read is taken for one that is still being written. Never follows a link, opens a pipe
or looks into a sub-folder.
"""

import hashlib
import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from outcomes.errors import InputError
from outcomes.intake.limits import MAX_BYTES
from outcomes.intake.masking import printable
from outcomes.intake.names import MANIFEST_SUFFIX, SubmissionName

CHECKSUM_SUFFIX = ".sha256"
# A name under which a file is written that gets its own name when it is whole.
_UNFINISHED = re.compile(r"(.+)\.(?:part|partial)", re.ASCII)

Missing = Literal["file", "manifest", "rest"]


class StillArriving(OSError):
    """The file changed while it was read, or is not yet what its checksum says: it is left alone until the next look."""

    def __init__(self) -> None:
        super().__init__(0, "it is still being written")


@dataclass(frozen=True, slots=True)
class Arriving:
    """A part of a pair that is there while another is missing: the file, the manifest, or the rest of the file."""

    name: SubmissionName
    missing: Missing


@dataclass(frozen=True, slots=True)
class Consignment:
    """A complete submission: its name, and what the source calls its file, its manifest and its `.sha256`.

    `copies` are further copies of the manifest, which have nothing left to belong to.
    """

    name: SubmissionName
    file: str
    manifest: str
    checksum: str | None = None
    copies: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """All of which the source is told that they were taken in, the file last."""
        return (*self.copies, self.manifest, self.file)


@dataclass(frozen=True)
class Listing:
    """What one look at a source found, each part in a fixed order.

    `unfinished` and `other` are names fit to be shown: of files that are still being sent under another name, and of what is
    no submission. Those are only given where `tells`, lest each of many looks at one folder tells of them.
    """

    complete: tuple[Consignment, ...] = ()
    arriving: tuple[Arriving, ...] = ()
    unfinished: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    tells: bool = True

    def agreed(self, sealed_by: Collection[str]) -> "Listing":
        """Without the PGP files of suppliers of whom none are agreed: those are no submissions, and told with the others."""

        def fits(name: SubmissionName) -> bool:
            return not name.seal or name.supplier in sealed_by

        odd = [c.name.file_name for c in self.complete if not fits(c.name)]
        odd += [f"{name}{MANIFEST_SUFFIX}" for name in odd]
        odd += [
            f"{a.name.file_name}{MANIFEST_SUFFIX if a.missing == 'file' else ''}"
            for a in self.arriving
            if not fits(a.name)
        ]
        return replace(
            self,
            complete=tuple(c for c in self.complete if fits(c.name)),
            arriving=tuple(a for a in self.arriving if fits(a.name)),
            other=tuple(sorted([*self.other, *odd])) if self.tells else (),
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent; `data` is None where it is too large, so that it is hashed and never held in memory."""

    data: bytes | None
    sha256: str


def look(folder: Path) -> list[tuple[str, str | None]]:
    """The names in a folder, each with its state or None for what is no file; raises InputError when it cannot be read.

    A state is the name with size and times: of the two times nobody but the system sets the second.
    """
    try:
        return [(entry.name, _state(entry)) for entry in os.scandir(folder)]
    except OSError as error:
        raise InputError(
            f"The inbox {folder} cannot be read ({error.strerror}): create it or name another with --inbox."
        ) from None


def sorted_out(found: Iterable[tuple[str, str | None]], takes: Callable[[str], bool], *, tell: bool = True) -> Listing:
    """Sort the names at a source into submissions of the suppliers it `takes`.

    `found` pairs a name with what the source calls it, None for what is no file, in the order of arrival: where a name comes
    more than once, the first file goes with the first manifest, and so on. Without `tell` only those suppliers' are listed.
    """
    files: dict[SubmissionName, list[str]] = defaultdict(list)
    manifests: dict[SubmissionName, list[str]] = defaultdict(list)
    checksums: dict[SubmissionName, str] = {}
    unfinished, other = [], []
    for entry, called in found:
        if called is not None and (name := SubmissionName.parse(entry)) and takes(name.supplier):
            files[name].append(called)
        elif called is not None and (name := _before(entry, MANIFEST_SUFFIX)) and takes(name.supplier):
            manifests[name].append(called)
        elif called is not None and (name := _before(entry, CHECKSUM_SUFFIX)) and takes(name.supplier):
            checksums[name] = called
        elif called is not None and (name := _unfinished(entry)) and takes(name.supplier):
            unfinished.append(entry)
        else:
            other.append(printable(entry))
    complete = [
        Consignment(
            name,
            file,
            manifests[name][min(n, len(manifests[name]) - 1)],
            checksums.get(name),
            tuple(manifests[name][len(files[name]) :]) if n == len(files[name]) - 1 else (),
        )
        for name in sorted(set(files) & set(manifests))
        for n, file in enumerate(files[name])
    ]
    return Listing(
        complete=tuple(complete),
        arriving=tuple(
            Arriving(name, "manifest" if name in files else "file") for name in sorted(set(files) ^ set(manifests))
        ),
        unfinished=tuple(sorted(unfinished)),
        other=tuple(sorted(other)) if tell else (),
        tells=tell,
    )


def read_sent(path: Path, *, follow_links: bool = False) -> Sent:
    """A file's bytes and their SHA-256; raises OSError when it is gone, may not be read, is no file or StillArriving."""
    flags = os.O_RDONLY | os.O_NONBLOCK | (0 if follow_links else os.O_NOFOLLOW)
    with open(os.open(path, flags), "rb") as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise OSError(0, "it is no file")
        if before.st_size > MAX_BYTES:
            sent = Sent(None, hashlib.file_digest(stream, "sha256").hexdigest())
        else:
            data = stream.read(MAX_BYTES)
            sent = Sent(data, hashlib.sha256(data).hexdigest())
        after = os.fstat(stream.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise StillArriving
        return sent


def checksum_holds(body: bytes | None, sha256: str) -> bool:
    """Whether a `.sha256` file, as sha256sum writes it, tells this SHA-256."""
    words = (body or b"").split(maxsplit=1)
    return bool(words) and words[0].lower() == sha256.encode()


def _state(entry: os.DirEntry[str]) -> str | None:
    try:
        of = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        # It was taken away while the folder was listed.
        return None
    return f"{entry.name} {of.st_size} {of.st_mtime_ns} {of.st_ctime_ns}" if stat.S_ISREG(of.st_mode) else None


def _before(entry: str, suffix: str) -> SubmissionName | None:
    return SubmissionName.parse(entry.removesuffix(suffix)) if entry.endswith(suffix) else None


def _unfinished(entry: str) -> SubmissionName | None:
    match = _UNFINISHED.fullmatch(entry)
    return (SubmissionName.parse(match[1]) or _before(match[1], MANIFEST_SUFFIX)) if match else None
