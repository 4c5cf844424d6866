"""Locked files: a zip with the agreed password, a PGP file with the agreed signer; anything else opens nothing."""

import io
import os
import shutil
import stat
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pyzipper

from outcomes import workflow
from outcomes.errors import InputError, SetupError
from outcomes.intake import unpacking
from outcomes.intake.agreements import Agreement, CannotUnlock, agreement_with
from outcomes.intake.limits import Unreadable
from outcomes.intake.unpacking import unlock, unpack
from outcomes.organisations import Partnership, partnership
from outcomes.settings import Settings
from unit.intake.suppliers import Desk, as_csv
from unit.intake.valid_records import many
from unit.intake.workbooks import archive, workbook

CONTENT = as_csv(many("admissions", 3))
AGREED = Agreement("RJE", zip_agreed=True, zip_password="a long password")


def locked_zip(
    data: bytes = CONTENT, *, password: str = "a long password", name: str = "a.csv", **more: object
) -> bytes:
    """A zip encrypted with AES-256."""
    stream = io.BytesIO()
    options = {"compression": pyzipper.ZIP_DEFLATED, "encryption": pyzipper.WZ_AES, **more}
    with pyzipper.AESZipFile(stream, "w", **options) as packed:
        packed.setpassword(password.encode())
        packed.writestr(name, data)
    return stream.getvalue()


def anciently_locked(data: bytes, password: bytes) -> bytes:
    """A zip in the old encryption of PKWARE's APPNOTE, 6.1, which Python reads and does not write."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(value: int, byte: int) -> int:
        return zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    def update(byte: int) -> None:
        keys[0] = crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[2], keys[1] >> 24)

    def locked(byte: int) -> int:
        mask = (keys[2] | 2) & 0xFFFF
        update(byte)
        return byte ^ ((mask * (mask ^ 1) >> 8) & 0xFF)

    for byte in password:
        update(byte)
    plain = bytearray(archive({"a.csv": data}))
    central, size = plain.index(b"PK\x01\x02"), int.from_bytes(plain[18:22], "little")
    # Twelve bytes go first, the last of which tells a wrong password at once, mostly.
    body = bytes(locked(byte) for byte in bytes(11) + plain[17:18] + plain[35 : 35 + size])
    for flags, packed in ((6, 18), (central + 8, central + 20)):
        plain[flags] |= 1
        plain[packed : packed + 4] = (size + 12).to_bytes(4, "little")
    end = plain.index(b"PK\x05\x06")
    plain[end + 16 : end + 20] = (central + 12).to_bytes(4, "little")
    return bytes(plain[:35] + body + plain[central:])


class TestZip:
    @pytest.mark.parametrize("bits", [128, 192, 256])
    def test_the_agreed_password_opens_it(self, bits: int) -> None:
        stream = io.BytesIO()
        with pyzipper.AESZipFile(stream, "w", compression=pyzipper.ZIP_DEFLATED) as packed:
            packed.setpassword(b"a long password")
            packed.setencryption(pyzipper.WZ_AES, nbits=bits)
            packed.writestr("a.csv", CONTENT)
        assert unpack(stream.getvalue(), "zip", AGREED) == CONTENT

    def test_the_old_encryption_is_opened_too(self) -> None:
        assert unpack(anciently_locked(CONTENT, b"a long password"), "zip", AGREED) == CONTENT
        for password in (b"another", b"a third", b"a fourth"):
            with pytest.raises(Unreadable, match=r"the agreed password"):
                unpack(anciently_locked(CONTENT, password), "zip", AGREED)

    def test_an_unlocked_zip_is_read_as_ever(self) -> None:
        assert unpack(archive({"a.csv": CONTENT}), "zip", AGREED) == CONTENT

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (locked_zip(password="another"), "does not open with the agreed password"),
            (locked_zip()[:-30], "not a whole zip"),
            (locked_zip(name="../a.csv"), "plain name"),
            (locked_zip(compression=pyzipper.ZIP_LZMA), "unusual method"),
            (locked_zip(b"\n" * (11 << 20)), "more than 200 times"),
        ],
        ids=["another password", "damaged", "a folder", "lzma", "a bomb"],
    )
    def test_what_does_not_open_is_refused(self, data: bytes, sentence: str) -> None:
        with pytest.raises(Unreadable, match=sentence):
            unpack(data, "zip", AGREED)

    def test_a_byte_changed_inside_is_noticed(self) -> None:
        data = bytearray(locked_zip())
        data[len(data) // 2] ^= 1
        with pytest.raises(Unreadable, match=r"damaged|not open|not a whole"):
            unpack(bytes(data), "zip", AGREED)

    def test_a_link_is_refused(self) -> None:
        link = zipfile.ZipInfo("a.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with pytest.raises(Unreadable, match="is a link"):
            unpack(archive([(link, "/etc/passwd")]), "zip", AGREED)

    def test_thousands_of_entries_are_refused_before_they_are_listed(self) -> None:
        with pytest.raises(Unreadable, match="more than 1,000 entries"):
            unpack(archive({f"{n}.csv": "" for n in range(1001)}), "zip", AGREED)

    def test_a_password_that_was_not_agreed_opens_nothing(self) -> None:
        with pytest.raises(Unreadable, match="no password is agreed"):
            unpack(locked_zip(), "zip", replace(AGREED, zip_agreed=False))

    def test_a_password_that_is_not_set_here_is_not_the_suppliers_fault(self) -> None:
        with pytest.raises(CannotUnlock, match="set OUTCOMES_ZIP_PASSWORD_RJE"):
            unpack(locked_zip(), "zip", replace(AGREED, zip_password=None))


@dataclass(frozen=True)
class Keys:
    """Three people's keys, and what they make with them."""

    home: str
    fingerprints: dict[str, str]

    def gpg(self, *arguments: str, given: bytes = b"") -> bytes:
        command = ["gpg", "--batch", "--trust-model", "always", "--pinentry-mode", "loopback", "--passphrase", ""]
        environment = {"GNUPGHOME": self.home, "PATH": os.environ["PATH"]}
        return subprocess.run(
            [*command, *arguments], input=given, env=environment, capture_output=True, check=True
        ).stdout

    def sealed(self, *signers: str, to: str = "stp", data: bytes = CONTENT) -> bytes:
        """Encrypted to one and signed by others."""
        signing = [option for signer in signers for option in ("-u", self.fingerprints[signer])]
        return self.gpg(
            "-r", self.fingerprints[to], *signing, *(["--sign"] if signers else []), "--encrypt", given=data
        )

    @property
    def agreement(self) -> Agreement:
        return Agreement("RJE", signer=self.fingerprints["rje"], pgp_keys=self.armoured)

    @property
    def armoured(self) -> str:
        """Our secret key, and everybody's public ones."""
        secret = self.gpg("--armor", "--export-secret-keys", self.fingerprints["stp"])
        return (secret + self.gpg("--armor", "--export")).decode()


@pytest.fixture(scope="module")
def keys() -> Iterator[Keys]:
    """Made anew; skipped where there is no gpg."""
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    # A socket's path may have 108 characters, which pytest's own folders exceed.
    with tempfile.TemporaryDirectory() as home:
        keys = Keys(home, {})
        for who in ("stp", "rje", "mallory"):
            keys.gpg("--quick-generate-key", f"{who}@example.org", "future-default", "default", "never")
            listed = keys.gpg("--with-colons", "--fingerprint", f"{who}@example.org").decode().splitlines()
            keys.fingerprints[who] = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
        yield keys
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)


class TestPgp:
    def test_what_the_agreed_supplier_signed_is_opened(self, keys: Keys) -> None:
        assert unlock(keys.sealed("rje"), keys.agreement, sealed=True) == CONTENT

    def test_an_armoured_file_is_opened_too(self, keys: Keys) -> None:
        sealed = keys.gpg(
            "--armor", "-r", keys.fingerprints["stp"], "-u", keys.fingerprints["rje"], "-se", given=CONTENT
        )
        assert unlock(sealed, keys.agreement, sealed=True) == CONTENT

    @pytest.mark.parametrize(
        "fault",
        [
            "unsigned",
            "another signer",
            "a second signer",
            "to another",
            "not encrypted",
            "tampered",
            "cut",
            "twice",
            "none",
        ],
    )
    def test_anything_else_is_refused_and_leaves_nothing_behind(
        self, keys: Keys, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        right = keys.sealed("rje")
        tampered = bytearray(keys.sealed("rje", data=os.urandom(1 << 20)))
        tampered[-100] ^= 1
        sealed = {
            "unsigned": keys.sealed(),
            "another signer": keys.sealed("mallory"),
            "a second signer": keys.sealed("rje", "mallory"),
            "to another": keys.sealed("rje", to="mallory"),
            "not encrypted": keys.gpg("-u", keys.fingerprints["rje"], "--sign", given=CONTENT),
            "tampered": bytes(tampered),
            "cut": right[:-20],
            "twice": right + right,
            "none": b"",
        }[fault]
        with tempfile.TemporaryDirectory() as folder:
            monkeypatch.setattr(tempfile, "tempdir", folder)
            with pytest.raises(Unreadable, match=r"decrypted|not signed by the agreed key"):
                unlock(sealed, keys.agreement, sealed=True)
            assert os.listdir(folder) == []

    def test_a_bomb_is_stopped_while_it_streams(self, keys: Keys) -> None:
        with pytest.raises(Unreadable, match="more than 200 times"):
            unlock(keys.sealed("rje", data=b"\n" * (11 << 20)), keys.agreement, sealed=True)

    def test_more_than_the_largest_size_is_stopped(self, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(unpacking, "MAX_BYTES", len(CONTENT) - 1)
        with pytest.raises(Unreadable, match="larger than 1 GiB"):
            unlock(keys.sealed("rje"), keys.agreement, sealed=True)

    def test_no_agent_and_no_keyring_stay_behind(self, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
        with tempfile.TemporaryDirectory() as folder:
            monkeypatch.setattr(tempfile, "tempdir", folder)
            unlock(keys.sealed("rje"), keys.agreement, sealed=True)
            assert os.listdir(folder) == []
            told = subprocess.run(["ps", "-eo", "stat,args"], capture_output=True, text=True, check=False).stdout
        assert not [line for line in told.splitlines() if folder in line and not line.startswith("Z")]

    @pytest.mark.parametrize("pgp_keys", [None, "no key"])
    def test_keys_that_are_not_here_are_not_the_suppliers_fault(self, keys: Keys, pgp_keys: str | None) -> None:
        with pytest.raises(CannotUnlock, match="OUTCOMES_PGP_KEYS"):
            unlock(keys.sealed("rje"), replace(keys.agreement, pgp_keys=pgp_keys), sealed=True)

    def test_without_gpg_the_file_waits(self, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
        sealed, agreement = keys.sealed("rje"), keys.agreement
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(CannotUnlock, match="install gpg"):
            unlock(sealed, agreement, sealed=True)

    def test_keys_with_a_passphrase_are_opened_with_it(self, keys: Keys) -> None:
        with tempfile.TemporaryDirectory() as home:
            # Or gpg would make each try of the passphrase last as long as this machine can bear.
            (Path(home) / "gpg-agent.conf").write_text("s2k-count 65536\n")
            own = Keys(home, dict(keys.fingerprints))
            own.gpg("--passphrase", "deep secret", "--quick-generate-key", "us@example.org", "future-default")
            own.gpg("--import", given=keys.gpg("--armor", "--export"))
            secret = own.gpg("--armor", "--passphrase", "deep secret", "--export-secret-keys", "us@example.org")
            keys.gpg("--import", given=own.gpg("--armor", "--export", "us@example.org"))
            sealed = keys.gpg("-r", "us@example.org", "-u", keys.fingerprints["rje"], "-se", given=CONTENT)
            armoured = secret.decode() + keys.gpg("--armor", "--export").decode()
            agreement = replace(keys.agreement, pgp_keys=armoured, pgp_passphrase="deep secret")
            assert unlock(sealed, agreement, sealed=True) == CONTENT
            with pytest.raises(Unreadable, match="cannot be decrypted"):
                unlock(sealed, replace(agreement, pgp_passphrase="wrong"), sealed=True)
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)


def agreed_with_rje(keys: Keys) -> Partnership:
    """The partnership as shipped, but RJE may lock its files."""
    known = partnership()
    rje = replace(known.by_code["RJE"], zip_password=True, pgp_signer=keys.fingerprints["rje"])
    providers = tuple(rje if p.code == "RJE" else p for p in known.providers)
    return replace(known, providers=providers, by_code={**known.by_code, "RJE": rje})


class TestReceiving:
    def desk(self, desk: Desk, keys: Keys, **settings: object) -> Desk:
        known = agreed_with_rje(keys)
        given = Settings.load(home=desk.home, **settings)
        desk.intake = replace(
            desk.intake, partnership=known, agreement_with=lambda supplier: agreement_with(supplier, known, given)
        )
        return desk

    @pytest.mark.parametrize("suffix", ["csv.pgp", "csv.gpg", "xlsx.pgp", "zip", "zip.pgp"])
    def test_a_locked_submission_lands_like_any_other(self, desk: Desk, keys: Keys, suffix: str) -> None:
        rows = [list(r.values()) for r in many("admissions", 3)]
        inside = {
            "csv": CONTENT,
            "zip": locked_zip(),
            "xlsx": workbook([list(many("admissions", 1)[0]), *rows]),
        }[suffix.split(".")[0]]
        sealed = suffix.endswith(("pgp", "gpg"))
        desk = self.desk(desk, keys, zip_passwords={"RJE": "a long password"}, pgp_keys=keys.armoured)
        desk.put(f"admissions_RJE_2018-04_1.{suffix}", keys.sealed("rje", data=inside) if sealed else inside, rows=3)
        receipt = desk.receive()
        assert (receipt.accepted, receipt.records, receipt.waiting) == (1, 3, [])

    @pytest.mark.parametrize("suffix", ["csv.pgp", "zip"])
    def test_it_waits_while_the_secret_is_not_set_and_holds_up_no_other(
        self, desk: Desk, keys: Keys, suffix: str
    ) -> None:
        data = {"csv.pgp": keys.sealed("rje"), "zip": locked_zip()}[suffix]
        desk = self.desk(desk, keys)
        desk.put(f"admissions_RJE_2018-04_1.{suffix}", data, rows=3)
        desk.put("admissions_RTG_2018-04_1.csv", as_csv(many("admissions", 3, provider_code="RTG")))
        receipt = desk.receive()
        assert receipt.accepted == 1
        assert receipt.waiting[0].startswith(f"admissions_RJE_2018-04_1.{suffix} waits: ")
        assert [name for name, *_ in desk.status()] == ["admissions_RTG_2018-04_1.csv"]

    def test_a_pgp_file_of_a_supplier_with_whom_none_is_agreed_is_no_submission(self, desk: Desk) -> None:
        desk.put("admissions_RJE_2018-04_1.csv.pgp", b"sealed", rows=3)
        receipt = desk.receive()
        assert receipt.other == ("admissions_RJE_2018-04_1.csv.pgp", "admissions_RJE_2018-04_1.csv.pgp.manifest.json")
        assert desk.status() == []

    def test_checking_it_says_what_to_do(self, tmp_path: Path) -> None:
        file = tmp_path / "admissions_RJE_2018-04_1.csv.pgp"
        file.write_bytes(b"sealed")
        with pytest.raises(InputError, match=r"none are agreed with RJE: send it as admissions_RJE_2018-04_1\.csv"):
            workflow.check(Settings.load(home=tmp_path), [file])


def test_passwords_come_from_the_environment_or_the_settings_file_and_are_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "outcomes.toml"
    file.write_text('outcomes_zip_password_rje = "from the file"\noutcomes_zip_password_rtg = "other"\n')
    monkeypatch.setenv("OUTCOMES_CONFIG", str(file))
    monkeypatch.setenv("OUTCOMES_ZIP_PASSWORD_RJE", "from the environment")
    settings = Settings.load()
    told = {code: password.get_secret_value() for code, password in settings.zip_passwords.items()}
    assert told == {"RJE": "from the environment", "RTG": "other"}
    assert "from the" not in repr(settings)
    monkeypatch.setenv("OUTCOMES_ZIP_PASSWORDS", '{"RYA": "a third"}')
    assert set(Settings.load().zip_passwords) == {"RJE", "RTG", "RYA"}
    monkeypatch.setenv("OUTCOMES_ZIP_PASSWORDS", "a third")
    with pytest.raises(SetupError, match="is no JSON object"):
        Settings.load()
    assert "password" not in repr(AGREED).replace("zip_password", "")
