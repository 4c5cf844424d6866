"""The whole month from a shell, as the people who run it see it: from the inbox to the mail, and once more after a
resubmission."""

import csv
import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import create_engine, text

from outcomes.definitions.shipped import shipped
from outcomes.organisations import partnership
from resubmissions import homecomings
from services.mail_server import MailServer
from shell import KEY, MONTH, Shell, hashes, manifest

pytestmark = pytest.mark.weasyprint

Copied = Callable[[Shell], Shell]

AREAS = ["QNC", "04Y", "05D", "05G", "05Q", "05V", "05W"]
FILES = {f"scorecard-{area}.{kind}" for area in AREAS for kind in ("pdf", "html")}
FILES |= {f"measure-reports-{area}.json" for area in AREAS} | {"figures.csv", "figures.json"}
RECIPIENTS = {area.code: recipient for area in partnership().areas for recipient in area.recipients}
EVERYBODY = sorted(RECIPIENTS.values())


def edition(shell: Shell, number: int) -> Path:
    return shell.home / "publications" / MONTH / f"edition-{number}"


def words_of(pdf: Path | bytes) -> str:
    """A PDF's text, its lines joined."""
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


def with_mail(shell: Shell, mail_server: MailServer) -> Shell:
    return shell.set(**{name: str(value) for name, value in mail_server.settings().items()})


def approved(shell: Shell) -> Shell:
    shell.do("approve", "--period", MONTH, "--by", "Jo Example")
    return shell


# From the inbox to the mail


def test_an_edition_is_seven_scorecards_on_paper_seven_on_the_screen_and_the_figures(published: Shell) -> None:
    assert {path.name for path in edition(published, 1).iterdir()} == FILES
    paper = words_of(edition(published, 1) / "scorecard-05W.pdf")
    screen = (edition(published, 1) / "scorecard-05W.html").read_text("utf-8")
    for words in ("Stoke-on-Trent", "April 2018", "Edition 1"):
        assert words.lower() in paper.lower()
        assert words.lower() in screen.lower()


def test_the_figures_of_an_edition_are_those_that_were_released(published: Shell) -> None:
    released = published.released(MONTH)
    table = csv.reader((edition(published, 1) / "figures.csv").read_text("utf-8").splitlines())
    # Before these twelve columns stand those of Fingertips' downloads.
    assert [row[-12:] for row in table] == list(csv.reader(released.splitlines()))
    document = json.loads((edition(published, 1) / "figures.json").read_text("utf-8"))
    assert document["edition"] | {"period": MONTH, "number": 1, "replaces": None} == document["edition"]
    columns = released.splitlines()[0].split(",")
    assert [[f[c] for c in columns] for f in document["figures"]] == list(csv.reader(released.splitlines()[1:]))


def test_each_recipient_gets_one_message_with_the_scorecard_attached_and_a_second_run_sends_nothing(
    published: Shell, copied: Copied, mail_server: MailServer
) -> None:
    shell = with_mail(approved(copied(published)), mail_server)
    first = shell.do("deliver", "--period", MONTH, "--format", "csv")
    assert [(r["area"], r["recipient"], r["state"]) for r in first.rows] == [
        (area, RECIPIENTS[area], "sent") for area in AREAS
    ]
    assert sorted(r for received in mail_server.got for r in received.recipients) == EVERYBODY
    for area in AREAS:
        (received,) = mail_server.to(RECIPIENTS[area])
        (attached,) = received.message.iter_attachments()
        assert attached.get_content_type() == "application/pdf"
        assert attached.get_content() == (edition(shell, 1) / f"scorecard-{area}.pdf").read_bytes()

    assert shell.do("deliver", "--period", MONTH, "--format", "csv").rows == first.rows
    assert len(mail_server.got) == len(AREAS)


def test_the_month_again_with_nothing_new_changes_nothing(published: Shell, copied: Copied, inbox: Path) -> None:
    shell = copied(published)
    before = shell.status(), shell.figures(), hashes(shell.home / "lake")
    files = len(list(inbox.glob("*.csv")))
    said = shell.do("receive", "--inbox", inbox).out
    assert said.startswith(f"0 accepted (0 records read), 0 rejected, {files} received before, 0 arriving.")
    assert "Nothing new to compute" in shell.do("compute").out
    said = shell.do("release", "--period", MONTH).out
    assert said == f"Nothing a reader sees has changed since edition 1 of {MONTH}: no new edition.\n"
    assert (shell.status(), shell.figures(), hashes(shell.home / "lake")) == before


def test_every_scorecard_tells_how_fair_care_is_and_how_far_the_data_can_be_trusted(published: Shell) -> None:
    for area in AREAS:
        paper = words_of(edition(published, 1) / f"scorecard-{area}.pdf")
        screen = (edition(published, 1) / f"scorecard-{area}.html").read_text("utf-8")
        for words in (
            "How fair is care?",
            "12 months to March 2018. ",
            "Most deprived, beside the least",
            "and how far it can be trusted",
            f"Data files expected: {41 if area == 'QNC' else 4 + 17}.",
            "Final, in time",
            "Deaths that we can link to care",
        ):
            assert words in paper, (area, words)
            assert words in screen, (area, words)


def test_the_share_of_deaths_linked_is_rounded_or_withheld(published: Shell) -> None:
    document = json.loads((edition(published, 1) / "figures.json").read_text("utf-8"))
    assert [(f["area"], f["period"]) for f in document["linked"]] == [(area, "2018-03") for area in sorted(AREAS[1:])]
    counts = {f[c] for f in document["linked"] for c in ("numerator", "denominator")} - {"[c]"}
    assert counts
    assert all(int(count) % 5 == 0 for count in counts)


def test_other_bands_make_another_edition_and_leave_the_one_before_as_it_was(
    published: Shell, copied: Copied, tmp_path: Path
) -> None:
    shell = copied(published)
    policy = tmp_path / "policy.toml"
    shipped_text = shipped("config/policy.toml").read_text("utf-8")
    policy.write_text(shipped_text.replace("valid_nhs_numbers = [95, 99]", "valid_nhs_numbers = [50, 60]"), "utf-8")
    changed = shell.set(policy=str(policy))
    assert changed.do("release", "--period", MONTH).out.startswith(f"Edition 2 of {MONTH} is released")
    assert changed.released(MONTH, 2) == changed.released(MONTH, 1)
    before = hashes(edition(shell, 1))
    shutil.rmtree(edition(shell, 1))
    changed.do("render", "--period", MONTH, "--edition", "1")
    assert hashes(edition(shell, 1)) == before


# A resubmission


@pytest.fixture(scope="module")
def corrected(
    published: Shell, inbox: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Shell, MailServer]]:
    """Edition 1 sent; then Stoke's deaths resubmitted, and edition 2 rendered, approved and sent."""
    from shell import copy_of

    folder = tmp_path_factory.mktemp("corrected")
    with MailServer() as mail:
        shell = with_mail(approved(copy_of(published, folder)), mail)
        shell.do("deliver", "--period", MONTH)
        shell.do("receive", "--inbox", homecomings(inbox, folder / "resubmission"))
        said = shell.do("compute").out
        assert said.endswith(f"New since the computation before: deaths_05W_{MONTH}_3.\n")
        assert shell.do("release", "--period", MONTH).out.startswith(f"Edition 2 of {MONTH} is released")
        shell.do("render", "--period", MONTH)
        ran = shell("deliver", "--period", MONTH)
        assert ran.says(2, "edition 2", "approve")
        assert len(mail.got) == len(AREAS)
        approved(shell).do("deliver", "--period", MONTH)
        yield shell, mail


def test_a_correction_says_what_it_replaces_on_paper_on_the_screen_and_in_the_mail(
    corrected: tuple[Shell, MailServer],
) -> None:
    shell, mail = corrected
    assert {path.name for path in edition(shell, 2).iterdir()} == FILES
    assert json.loads((edition(shell, 2) / "figures.json").read_text("utf-8"))["edition"]["replaces"] == 1
    assert "replaces edition 1" in words_of(edition(shell, 2) / "scorecard-05W.pdf").lower()
    assert "replaces edition 1" in (edition(shell, 2) / "scorecard-05W.html").read_text("utf-8").lower()
    first, second = mail.to(RECIPIENTS["05W"])
    body = second.message.get_body(("plain",))
    assert body is not None
    assert "replaces edition 1" in " ".join(body.get_content().lower().split())
    assert first.message["Message-ID"] != second.message["Message-ID"]


def test_a_resubmission_displaces_the_one_before_and_moves_the_figures(
    published: Shell, corrected: tuple[Shell, MailServer]
) -> None:
    shell, _ = corrected
    lines = [r for r in shell.do("status", "--period", MONTH, "--format", "csv").rows if r["feed"] == "deaths"]
    of_stoke = [(r["sequence"], r["in_force"]) for r in lines if r["supplier"] == "05W"]
    assert of_stoke == [("2", "no"), ("3", "yes")]

    def stoke_in_hospital(of: Shell) -> float:
        (row,) = [
            r
            for r in of.do("figures", "--measure", "deaths_in_hospital").rows
            if (r["area"], r["grain"], r["period"], r["stratum"]) == ("05W", "rolling-12", "2018-06", "all")
        ]
        return float(row["numerator"])

    assert stoke_in_hospital(shell) < stoke_in_hospital(published)
    assert shell.released(MONTH, 1) == published.released(MONTH, 1)
    assert shell.released(MONTH, 2) != shell.released(MONTH, 1)


def test_edition_1_stays_as_it_was_sent_and_can_be_made_again_byte_for_byte(
    published: Shell, corrected: tuple[Shell, MailServer]
) -> None:
    shell, _ = corrected
    sent = hashes(edition(published, 1))
    assert hashes(edition(shell, 1)) == sent
    # With the folder gone, which is also what a second machine would see.
    shutil.rmtree(edition(shell, 1))
    shell.do("render", "--period", MONTH, "--edition", "1")
    assert hashes(edition(shell, 1)) == sent


# The same on another database, and in another order


@pytest.fixture(scope="module")
def quarter(extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of deaths and one of plans, with every resubmission, and one that is rejected."""
    folder = tmp_path_factory.mktemp("quarter")
    for file in [*extracts.glob("deaths_*_2018-0[456]_*"), *extracts.glob(f"epaccs_*_{MONTH}_*")]:
        shutil.copy(file, folder)
    hopeless = folder / f"deaths_05W_{MONTH}_9.csv"
    hopeless.write_text("registration_id,sex\n1,1\n")
    manifest(hopeless)
    return folder


def test_postgresql_gives_the_same_as_sqlite(quarter: Path, tmp_path: Path, postgres_ledger_url: str) -> None:
    shells = [
        Shell(tmp_path / "sqlite", {"OUTCOMES_PSEUDONYM_KEY": KEY}),
        Shell(tmp_path / "pg", {"OUTCOMES_PSEUDONYM_KEY": KEY, "OUTCOMES_DATABASE_URL": postgres_ledger_url}),
    ]
    for shell in shells:
        shell.do("receive", "--inbox", quarter)
        shell.do("compute")
        shell.do("release", "--period", MONTH)
    on_sqlite, on_postgresql = shells
    assert on_postgresql.status() == on_sqlite.status()
    assert on_postgresql.figures() == on_sqlite.figures()
    assert on_postgresql.released(MONTH) == on_sqlite.released(MONTH)
    with create_engine(postgres_ledger_url).connect() as connection:
        assert connection.execute(text("select count(*) from releases")).scalar() == 1


def test_the_order_in_which_files_arrive_makes_no_difference(quarter: Path, tmp_path: Path) -> None:
    files = sorted(quarter.glob("*.csv"))
    shuffled = random.Random(4).sample(files, len(files))
    at_once, one_by_one = (Shell(tmp_path / name, {"OUTCOMES_PSEUDONYM_KEY": KEY}) for name in ("once", "parts"))
    at_once.do("receive", "--inbox", quarter)
    parts = [shuffled[i::4] for i in range(4)]
    for number, part in enumerate(parts):
        folder = tmp_path / f"part-{number}"
        folder.mkdir()
        for file in part:
            shutil.copy(file, folder)
            shutil.copy(f"{file}.manifest.json", folder)
        one_by_one("receive", "--inbox", folder)
    assert one_by_one.status() == at_once.status()
    assert hashes(one_by_one.home / "lake") == hashes(at_once.home / "lake")
    for shell in (at_once, one_by_one):
        shell.do("compute")
        shell.do("release", "--period", MONTH)
    assert one_by_one.figures() == at_once.figures()
    assert one_by_one.released(MONTH) == at_once.released(MONTH)
