"""No person leaves the lake, and no secret the settings: the whole month with its failures, then everything it wrote is
searched.

Every NHS number and local identifier of the extracts, the pseudonym key and the relay's password are looked for in what the
commands said, in the ledger, feedback, publications, mails and temporary files. Numbers gone astray in suppliers' files are
the subject of workflow/test_receive_canary.py.
"""

import csv
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pandas as pd
import pikepdf
import pypdfium2
import pytest

from security.planted import measures_with
from services.mail_server import MailServer, certificate
from shell import LONG, MONTH, Shell, manifest, smaller_partnership

pytestmark = pytest.mark.weasyprint

KEY = "c0ffee" * 11
PASSWORD = "hush-hush-canary"
NAME, POSTCODE = "Canarybird", "ZZ99 3CZ"
IDENTIFIERS = {"deaths": "registration_id", "epaccs": "record_id", "admissions": "spell_id"}
# A measure whose SELECT trips over an identifier, which DuckDB's own words would quote.
TRIPS = "select death_id, true as denominator, registration_id::integer = 1 as numerator from cohort"


def plain(text: str) -> str:
    """Digits joined that stand as numbers are written, with spaces or hyphens between."""
    return re.sub(r"(?<=\d)[ \u00a0-](?=\d)", "", text)


@dataclass
class Canary:
    """A month that was run, and what may be nowhere."""

    shell: Shell
    folder: Path
    numbers: set[str] = field(default_factory=set)
    identifiers: set[str] = field(default_factory=set)
    mails: list[bytes] = field(default_factory=list)

    def run(self, shell: Shell, *words: str | Path) -> int:
        """Run a command in a process of its own; what it says is kept."""
        said = self.folder / "said" / f"{len(list((self.folder / 'said').iterdir())):02}-{words[0]}"
        process = shell.begun(*words, say=said)
        process.join(LONG)
        return int(process.exitcode)

    def found(self, text: str, *, identifiers: bool = True) -> str:
        """What of all that is in a text, said without repeating it."""
        tens = {match[1] for way in (text, plain(text)) for match in re.finditer(r"(?=([0-9]{10}))", way)}
        kinds = {
            "an NHS number": bool(tens & self.numbers),
            "an identifier": identifiers and bool(set(re.findall(r"[A-Z0-9]{9,}", text)) & self.identifiers),
            "the pseudonym key": KEY in text.lower(),
            "the password": PASSWORD in text,
            "a name": NAME in text,
            "a postcode": POSTCODE in text,
        }
        return ", ".join(kind for kind, there in kinds.items() if there)


def take_in(canary: Canary, extracts: Path, inbox: Path) -> None:
    """Three months of deaths and one of other feeds: some good, some rejected in part, some as a whole, one cut off."""
    inbox.mkdir()
    patterns = ["deaths_05[VW]_2018-0[456]_1.csv", f"epaccs_05[VW]_{MONTH}_1.csv", f"admissions_*_{MONTH}_1.csv"]
    for pattern in patterns:
        for file in extracts.glob(pattern):
            shutil.copy(file, inbox)
            with file.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    canary.numbers.add(row["nhs_number"])
                    canary.identifiers.add(row[IDENTIFIERS[file.name.split("_")[0]]])
    canary.numbers.discard("")
    for file in (inbox / f"deaths_05W_{MONTH}_1.csv", inbox / f"epaccs_05V_{MONTH}_1.csv"):
        _add_columns_that_nobody_asked_for(file)
    for name, change in {
        f"deaths_05W_{MONTH}_1.csv": lambda text: text.replace(",1,", ",one,", 3),
        f"deaths_05V_{MONTH}_1.csv": lambda text: text.replace("sex", "gender", 1),
        f"epaccs_05W_{MONTH}_1.csv": lambda text: text.replace("given", "perhaps"),
        f"admissions_RL4_{MONTH}_1.csv": lambda text: text + '"cut off',
    }.items():
        (inbox / name).write_text(change((inbox / name).read_text("utf-8")), encoding="utf-8")
    for file in inbox.glob("*.csv"):
        manifest(file)


def _add_columns_that_nobody_asked_for(file: Path) -> None:
    """What a careless extract brings along: names and postcodes, made up."""
    first, *rest = file.read_text("utf-8").splitlines()
    lines = [f"{first},family_name,post_code", *(f"{line},{NAME},{POSTCODE}" for line in rest)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def canary(extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    folder = tmp_path_factory.mktemp("canary")
    for name in ("said", "tmp"):
        (folder / name).mkdir()
    (folder / "a-file").touch()
    context, authority = certificate(folder)
    with MailServer(security="starttls", certificate=context, login=("outcomes", PASSWORD)) as mail:
        settings = {f"OUTCOMES_{name.upper()}": str(value) for name, value in mail.settings().items()}
        settings |= {"OUTCOMES_SMTP_USER": "outcomes", "OUTCOMES_SMTP_PASSWORD": PASSWORD}
        organisations = smaller_partnership(folder / "organisations.toml", "05V", "05W")
        settings |= {"OUTCOMES_PSEUDONYM_KEY": KEY, "OUTCOMES_ORGANISATIONS": str(organisations)}
        settings |= {"SSL_CERT_FILE": str(authority), "TMPDIR": str(folder / "tmp")}
        shell = Shell(folder / "home", settings)
        canary = Canary(shell, folder)
        take_in(canary, extracts, folder / "inbox")
        run, period = canary.run, ("--period", MONTH)

        assert run(shell.set(lake=str(folder / "a-file" / "lake")), "receive", "--inbox", folder / "inbox") == 3
        assert run(shell, "receive", "--inbox", folder / "inbox") == 0
        assert run(shell, "check", *sorted((folder / "inbox").glob("*05W*.csv"))) == 1
        assert run(shell.set(measures=str(measures_with(TRIPS, folder / "measures"))), "compute") == 3
        assert run(damaged(shell, folder / "damaged"), "compute") == 3
        assert run(shell, "compute") == 0
        assert run(shell, "release", *period) == 0
        assert run(shell.set(publications=str(folder / "a-file")), "render", *period) == 3
        assert run(shell, "render", *period) == 0
        assert run(shell, "deliver", *period) == 2
        assert run(shell, "approve", *period, "--by", "Jo Example") == 0
        assert run(shell.set(smtp_port="9"), "deliver", *period) == 3
        assert run(shell.set(smtp_user="somebody-else"), "deliver", *period, "--now") == 3
        assert run(shell, "deliver", *period, "--now") == 0
        for listing in ("status", "figures", "doctor", "feeds"):
            assert run(shell, listing) in {0, 3}
        assert run(shell, "released", *period) == 0
        assert run(shell, "withdraw", f"epaccs_05V_{MONTH}_1", "--reason", f"about {min(canary.numbers)}") == 0
        assert run(shell, "withdraw", f"{max(canary.numbers)}", "--reason", "wrong") == 1
        assert run(shell, "trail") == 0
        canary.mails = [received.content for received in mail.got]
        assert len(canary.mails) == 3
        yield canary


def damaged(shell: Shell, folder: Path) -> Shell:
    """A copy of an installation, with half of one file of its lake."""
    shutil.copytree(shell.home, folder)
    file = min(folder.glob("lake/deaths/*/*.parquet"))
    file.chmod(0o640)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    return Shell(folder, shell.settings)


def test_the_search_finds_what_it_looks_for(canary: Canary) -> None:
    number, identifier = min(canary.numbers), min(canary.identifiers)
    assert len(canary.numbers) > 300
    assert len(canary.identifiers) > 300
    for text in (
        number,
        f"{number[:3]} {number[3:6]} {number[6:]}",
        f"x1{number}",
        f"{number[:3]}-{number[3:6]}-{number[6:]}",
    ):
        assert canary.found(text) == "an NHS number"
    assert canary.found(f"({identifier})") == "an identifier"
    assert canary.found(KEY + PASSWORD) == "the pseudonym key, the password"
    assert canary.found(f"{NAME}, {POSTCODE}") == "a name, a postcode"
    assert canary.found("Edition 1 of 2018-04: 1,234 records") == ""


def test_nothing_that_was_said_holds_one(canary: Canary) -> None:
    said = {path.name: path.read_text("utf-8") for path in sorted((canary.folder / "said").iterdir())}
    assert {name: canary.found(text) for name, text in said.items()} == dict.fromkeys(said, "")
    assert not any("Traceback" in text or "report this line" in text for text in said.values())
    assert "ConversionException" in said["03-compute"] or "Conversion Error" in said["03-compute"]


def test_the_ledger_holds_none(canary: Canary) -> None:
    for file in canary.shell.home.glob("ledger.sqlite*"):
        assert canary.found(file.read_bytes().decode("latin-1")) == "", file.name
    with sqlite3.connect(canary.shell.home / "ledger.sqlite") as connection:
        assert canary.found("\n".join(connection.iterdump())) == ""
        assert connection.execute("select count(*) from deliveries").fetchone() == (3,)


def test_no_feedback_report_holds_one(canary: Canary) -> None:
    reports = [path for path in (canary.shell.home / "feedback").rglob("*") if path.is_file()]
    # Four files each; one submission is withdrawn, with its reports.
    assert len(reports) == 4 * (len(list((canary.folder / "inbox").glob("*.csv"))) - 1)
    assert canary.found("\n".join(path.name + words_of_report(path) for path in reports)) == ""


def words_of_report(path: Path) -> str:
    """What a report says; a workbook is unpacked first."""
    if path.suffix != ".xlsx":
        return path.read_text("utf-8")
    with zipfile.ZipFile(path) as workbook:
        return "\n".join(workbook.read(name).decode() for name in workbook.namelist())


def test_no_publication_holds_one(canary: Canary) -> None:
    files = [path for path in (canary.shell.home / "publications").rglob("*") if path.is_file()]
    assert len(files) == 11
    for path in files:
        text = pdf_text(path) if path.suffix == ".pdf" else path.read_text("utf-8")
        assert len(text) > 1000
        assert canary.found(text) == "", path.name


def pdf_text(path: Path) -> str:
    """What can be read of a PDF: its words, its attachments, its metadata and every stream in it."""
    document = pypdfium2.PdfDocument(path)
    words = "\n".join(page.get_textpage().get_text_range() for page in document)
    with pikepdf.open(path) as pdf:
        assert len(pdf.attachments) >= 1
        streams = [
            o.read_bytes() for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") != "/Image"
        ]
        others = [str(o) for o in pdf.objects if not isinstance(o, pikepdf.Stream)]
    return "\n".join([words, *others, *(stream.decode("latin-1") for stream in streams)])


def test_no_mail_holds_one(canary: Canary) -> None:
    for content in canary.mails:
        parts = [part for part in message_from_bytes(content, policy=SMTP).walk() if not part.is_multipart()]
        texts = [part.get_content() for part in parts if part.get_content_maintype() == "text"]
        assert len(texts) == 2
        assert canary.found("\n".join([content.decode("latin-1"), *texts])) == ""


def test_no_temporary_file_and_nothing_beside_the_home_holds_one(canary: Canary) -> None:
    left_over = [path for path in (canary.folder / "tmp").rglob("*") if path.is_file()]
    assert "".join(canary.found(path.read_bytes().decode("latin-1")) for path in left_over) == ""
    names = [path.name for path in canary.shell.home.rglob("*")]
    assert canary.found("\n".join(names)) == ""
    kinds = {path.relative_to(canary.shell.home).parts[0] for path in canary.shell.home.rglob("*") if path.is_file()}
    assert {kind.split(".")[0] for kind in kinds} == {"ledger", "lake", "feedback", "publications"}


def test_the_lake_holds_pseudonyms_only(canary: Canary) -> None:
    files = list((canary.shell.home / "lake").rglob("*.parquet"))
    assert any("rejected" in file.parts for file in files)
    for file in files:
        assert canary.found(pd.read_parquet(file).to_csv(), identifiers=False) == "", file.name
        assert canary.found(file.read_bytes().decode("latin-1"), identifiers=False) == "", file.name
