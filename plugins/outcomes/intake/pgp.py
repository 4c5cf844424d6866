"""Opening a file that was encrypted to us and signed by its supplier, with GnuPG.

Owns the keyring, which exists for one file in a folder of its own. Promises that nothing of a file is passed on unless gpg
says that it was decrypted whole, unchanged, and signed by the agreed key alone, and that no key, no agent and no plain text
stays behind. Never trusts the size gpg was told, nor how it ended alone.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from outcomes.intake.agreements import Agreement, CannotUnlock
from outcomes.intake.limits import Unreadable

# What gpg says of a file that was decrypted and whose integrity was protected and is whole.
_WHOLE = {"DECRYPTION_OKAY", "GOODMDC"}
_BAD_SIGNATURE = {"BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG"}


def decrypt(data: bytes, agreement: Agreement, inflate: Callable[[IO[bytes], int], bytes]) -> bytes:
    """The file within; `inflate` reads a stream and holds it to the limits of size.

    Raises Unreadable for a file that is damaged, not encrypted to us or not signed as agreed; CannotUnlock where gpg or
    the keys are not there.
    """
    with _keyring(agreement) as (environment, folder):
        sealed = folder / "sealed"
        sealed.write_bytes(data)
        with tempfile.TemporaryFile(dir=folder) as status:
            gpg = subprocess.Popen(
                [*_gpg(agreement), "--status-fd", str(status.fileno()), "--decrypt", str(sealed)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[status.fileno()],
                env=environment,
            )
            assert gpg.stdin is not None
            assert gpg.stdout is not None
            try:
                gpg.stdin.write(agreement.pgp_passphrase.encode() + b"\n")
                gpg.stdin.close()
                plain = inflate(gpg.stdout, len(data))
                ended_well = gpg.wait() == 0
            finally:
                gpg.kill()
                gpg.wait()
                gpg.stdout.close()
            status.seek(0)
            words = [line.split()[1:] for line in status.read().decode(errors="replace").splitlines()]
    seen = {line[0] for line in words if line}
    # A second message in the file, or beside the signed one, would be read as part of it.
    single = sum(line[:1] == ["PLAINTEXT"] for line in words) == 1
    # The last field is the primary key; the first may be one of its subkeys.
    signed_by = {line[-1] for line in words if line and line[0] == "VALIDSIG"}
    if "DECRYPTION_OKAY" not in seen:
        raise Unreadable(
            "The PGP file cannot be decrypted: encrypt it whole, to the key we gave you, and send it again."
        )
    if not ended_well or not single or not seen >= _WHOLE or seen & _BAD_SIGNATURE or signed_by != {agreement.signer}:
        raise Unreadable(
            "The PGP file is damaged, or not signed by the agreed key alone: sign it with that key when encrypting it, "
            "and send it again."
        )
    return plain


def try_keys(agreement: Agreement) -> None:
    """Look whether gpg takes the keys; raises CannotUnlock."""
    with _keyring(agreement):
        pass


@contextmanager
def _keyring(agreement: Agreement) -> Iterator[tuple[Mapping[str, str], Path]]:
    keys = agreement.keys()
    if shutil.which("gpg") is None:
        raise CannotUnlock("A PGP file cannot be opened without GnuPG: install gpg on this machine.")
    with tempfile.TemporaryDirectory(prefix="pgp-") as name:
        environment = {"GNUPGHOME": name, "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        try:
            done = subprocess.run(
                [*_gpg(None), "--import"], input=keys.encode(), env=environment, capture_output=True, check=False
            )
            # A secret key with a passphrase comes in as well; what matters is that something did.
            if done.returncode not in (0, 2) or b"imported" not in done.stderr:
                raise CannotUnlock(
                    "The PGP keys cannot be used: put our secret key and the signers' public keys into OUTCOMES_PGP_KEYS, "
                    "as `gpg --armor --export-secret-keys` and `gpg --armor --export` write them."
                )
            yield environment, Path(name)
        finally:
            subprocess.run(
                ["gpgconf", "--homedir", name, "--kill", "gpg-agent"], env=environment, capture_output=True, check=False
            )


def _gpg(agreement: Agreement | None) -> list[str]:
    command = ["gpg", "--batch", "--no-tty", "--no-auto-key-retrieve", "--trust-model", "always"]
    return command if agreement is None else [*command, "--pinentry-mode", "loopback", "--passphrase-fd", "0"]
