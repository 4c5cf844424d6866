"""What is agreed with a supplier about how its files are locked: a password for zips, a signer of PGP files.

Owns the secrets that open files, which come from the settings, never from files of the project. Promises that a lock for
which nothing was agreed opens nothing. Never shows a secret.
"""

from dataclasses import dataclass, field

from outcomes.errors import SetupError
from outcomes.organisations import Partnership
from outcomes.settings import Settings


class CannotUnlock(SetupError):
    """A file cannot be opened for want of something on our side: it waits, and the supplier is not blamed."""


@dataclass(frozen=True)
class Agreement:
    """What opens the files of one supplier.

    `zip_agreed` and `signer` (the fingerprint of the signer's primary key, 40 hexadecimal digits) are of
    config/organisations.toml; the password, and the armoured PGP keys (ours with its passphrase, the signer's), are secrets.
    """

    supplier: str
    zip_agreed: bool = False
    zip_password: str | None = field(default=None, repr=False)
    signer: str | None = None
    pgp_keys: str | None = field(default=None, repr=False)
    pgp_passphrase: str = field(default="", repr=False)

    def password(self) -> bytes | None:
        """The password of the supplier's zips, None where none is agreed; raises CannotUnlock where it is not set."""
        if not self.zip_agreed:
            return None
        if not self.zip_password:
            raise CannotUnlock(
                f"A password for the zips of {self.supplier} is agreed and not set here: set "
                f"OUTCOMES_ZIP_PASSWORD_{self.supplier}."
            )
        return self.zip_password.encode()

    def keys(self) -> str:
        """The PGP keys; raises CannotUnlock where they are not set."""
        if not self.pgp_keys:
            raise CannotUnlock(
                f"{self.supplier} sends PGP files and there are no keys to open them: set OUTCOMES_PGP_KEYS."
            )
        return self.pgp_keys


def agreement_with(supplier: str, partnership: Partnership, settings: Settings) -> Agreement:
    """What is agreed with a supplier, or with nobody where it is unknown, and the secrets that this installation has."""
    organisation = partnership.by_code.get(supplier)
    if organisation is None:
        return Agreement(supplier)
    password = settings.zip_passwords.get(supplier)
    return Agreement(
        supplier,
        zip_agreed=organisation.zip_password,
        zip_password=password.get_secret_value() if password else None,
        signer=organisation.pgp_signer,
        pgp_keys=settings.pgp_keys.get_secret_value(),
        pgp_passphrase=settings.pgp_passphrase.get_secret_value(),
    )
