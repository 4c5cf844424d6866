"""Taking a delivered file out of what it was packed and locked in: PGP, gzip, zip.

Owns containers. Promises that a file is held to its limits while it unpacks, whatever it says of its own size, and that
nothing is written anywhere under a name from outside. Never looks at a record.
"""

import gzip
import io
import re
import stat
import struct
import zipfile
import zlib
from typing import IO

import pyzipper

from outcomes.intake.agreements import Agreement
from outcomes.intake.limits import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_RATIO,
    RATIO_FROM,
    TOO_DENSE,
    TOO_LARGE,
    Unreadable,
)
from outcomes.intake.names import Container
from outcomes.intake.pgp import decrypt

_PLAIN_NAME = re.compile(r"[^/\\:\x00-\x1f]{1,200}\.csv")
_NOT_WHOLE = "The file is not a whole zip archive: make it again and send that."
_ENCRYPTED = 1


def unlock(data: bytes | None, agreement: Agreement, *, sealed: bool) -> bytes:
    """The file inside a PGP file, or the file itself; raises Unreadable, CannotUnlock."""
    if data is None:
        raise Unreadable(TOO_LARGE)
    return decrypt(data, agreement, _inflate) if sealed else data


def unpack(data: bytes, container: Container, agreement: Agreement) -> bytes:
    """The CSV inside a gzip or a zip, anything else as it is; raises Unreadable, CannotUnlock."""
    if container == "csv.gz":
        try:
            return _inflate(gzip.GzipFile(fileobj=io.BytesIO(data)), len(data))
        except (OSError, EOFError, zlib.error):
            raise Unreadable("The file is not a whole gzip archive: compress it again and send that.") from None
    return _unzip(data, agreement) if container == "zip" else data


def _inflate(stream: IO[bytes] | gzip.GzipFile, packed: int) -> bytes:
    out, size = [], 0
    while block := stream.read(1 << 20):
        size += len(block)
        if size > MAX_BYTES:
            raise Unreadable(TOO_LARGE)
        if size > RATIO_FROM and size > MAX_RATIO * packed:
            raise Unreadable(TOO_DENSE)
        out.append(block)
    return b"".join(out)


def _unzip(data: bytes, agreement: Agreement) -> bytes:
    if data.count(b"PK\x01\x02") > MAX_ENTRIES:
        raise Unreadable(f"The zip has more than {MAX_ENTRIES:,} entries: put exactly one CSV file into it.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
        if len(members) != 1:
            raise Unreadable(f"The zip has {len(members)} entries: put exactly one CSV file into it.")
        member = members[0]
        if not _PLAIN_NAME.fullmatch(member.filename):
            raise Unreadable("The entry of the zip is not a CSV file under a plain name: no folders, ending in .csv.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Unreadable("The entry of the zip is a link: put the CSV file itself into it.")
        if member.flag_bits & _ENCRYPTED:
            return _decrypted(data, agreement)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable("The zip is packed by an unusual method: choose the ordinary one (deflate).")
        with archive.open(member) as stream:
            # What the archive says of its own size proves nothing; the size of the file sent does.
            return _inflate(stream, len(data))
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError):
        raise Unreadable(_NOT_WHOLE) from None


def _decrypted(data: bytes, agreement: Agreement) -> bytes:
    password = agreement.password()
    if password is None:
        raise Unreadable("The zip is encrypted and no password is agreed: send it without one.")
    try:
        with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
            (member,) = archive.infolist()
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unreadable("The zip is packed by an unusual method: choose the ordinary one (deflate).")
            with archive.open(member, pwd=password) as stream:
                return _inflate(stream, len(data))
    except RuntimeError:
        raise Unreadable("The zip does not open with the agreed password: encrypt it with that one.") from None
    except (zlib.error, pyzipper.BadZipFile):
        raise Unreadable(
            "The zip is damaged, or locked with another password than the agreed one: make it again."
        ) from None
