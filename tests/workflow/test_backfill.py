"""A CCG lead redoes past months: sees first what would change, and only what reads otherwise is sent again."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from resubmissions import homecomings
from services.mail_server import MailServer
from shell import KEY, LONG, MONTH, Shell, copy_of, hashes, smaller_partnership

pytestmark = pytest.mark.weasyprint

AREAS = ["QNC", "04Y", "05D", "05G", "05Q", "05V", "05W"]
ASK = ("backfill", "--ccg", "05W", "--from", MONTH, "--to", MONTH, "--reason", "Stoke sent its deaths again.")


def asking(ccg: str, first: str, last: str) -> tuple[str, ...]:
    return ("backfill", "--ccg", ccg, "--from", first, "--to", last, "--reason", "Sent again.", "--by", "Lea Example")


# One CCG, one month, to the mail


@pytest.fixture(scope="module")
def sent(published: Shell, inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, MailServer]]:
    """Edition 1 approved and sent to everybody; then Stoke sent deaths again, which lie in the inbox."""
    folder = tmp_path_factory.mktemp("sent")
    with MailServer() as mail:
        shell = copy_of(published, folder).set(
            inbox=str(homecomings(inbox, folder / "inbox")),
            **{name: str(value) for name, value in mail.settings().items()},
        )
        shell.do("approve", "--period", MONTH, "--by", "Jo Example")
        shell.do("deliver", "--period", MONTH)
        yield shell, mail


@pytest.fixture(scope="module")
def redone(sent: tuple[Shell, MailServer]) -> tuple[Shell, MailServer, str, str]:
    """The preview, then the backfill itself; what both said."""
    shell, mail = sent
    preview = shell.do(*ASK, "--preview", "--by", "Lea Example").out
    assert shell("released", "--period", MONTH, "--edition", "2").says(1, "no edition 2")
    said = shell.do(*ASK, "--by", "Lea Example").out
    return shell, mail, preview, said


def test_the_preview_names_the_extract_the_figures_and_who_would_get_a_new_scorecard(
    redone: tuple[Shell, MailServer, str, str],
) -> None:
    *_, preview, _ = redone
    assert f"New since the latest editions: deaths_05W_{MONTH}_3." in preview
    assert f"Edition 2 of {MONTH} would replace edition 1" in preview
    assert "QNC and 05W would get a new scorecard" in preview
    assert "Registered deaths, Stoke-on-Trent, Apr 18, sent again" in preview
    assert "Nothing is released." in preview


def test_the_preview_shows_figures_of_the_ccg_and_the_stp_alone(redone: tuple[Shell, MailServer, str, str]) -> None:
    *_, preview, _ = redone
    assert set(re.findall(r"^  (\w+)  ", preview, re.MULTILINE)) <= {"QNC", "05W"}


def test_what_was_foreseen_is_what_the_edition_prints(redone: tuple[Shell, MailServer, str, str]) -> None:
    # These are too few people for the attack, so that the gate alone decides both times.
    shell, _, preview, _ = redone
    before, after = (rows(shell.released(MONTH, number)) for number in (1, 2))
    moved = [key for key in {**before, **after} if before.get(key) != after.get(key) and key[1] in {"QNC", "05W"}]
    assert len(re.findall(r" → ", preview)) + more(preview) == len(moved) > 0


def rows(released: str) -> dict[tuple[str, ...], str]:
    """The released figures by key: six columns, then what is printed."""
    lines = [line.split(",") for line in released.splitlines()[1:]]
    return {tuple(line[:6]): ",".join(line[6:]) for line in lines}


def more(preview: str) -> int:
    """How many lines the preview leaves out."""
    return sum(map(int, re.findall(r"^  and (\d+) more", preview, re.MULTILINE)))


def test_the_backfill_makes_an_edition_that_waits_for_approval(redone: tuple[Shell, MailServer, str, str]) -> None:
    shell, _, _, said = redone
    assert f"Edition 2 of {MONTH} was made, and goes out once it is approved; it replaces edition 1." in said
    assert (shell.home / "publications" / MONTH / "edition-2" / "scorecard-05W.pdf").exists()
    assert shell("deliver", "--period", MONTH).says(2, "approve")


def test_the_requests_and_who_made_them_are_kept(redone: tuple[Shell, MailServer, str, str]) -> None:
    shell, *_ = redone
    lines = shell.do("backfills", "--format", "csv").rows
    assert [(r["ccg"], r["state"], r["person"], r["reason"]) for r in lines] == [
        ("05W", "done", "Lea Example", "Stoke sent its deaths again."),
        ("05W", "previewed", "Lea Example", "Stoke sent its deaths again."),
    ]


def test_only_the_scorecards_that_read_otherwise_are_sent_again_and_nothing_changes_twice(
    redone: tuple[Shell, MailServer, str, str],
) -> None:
    shell, mail, *_ = redone
    assert len(mail.got) == len(AREAS)
    # The edition that it replaces may not be approved any more.
    assert shell("approve", "--period", MONTH, "--edition", "1", "--by", "Jo Example").says(1, "replaced by edition 2")
    shell.do("approve", "--period", MONTH, "--by", "Jo Example")
    areas = [row["area"] for row in shell.do("deliver", "--period", MONTH, "--format", "csv").rows]
    assert areas == ["QNC", "05W"]
    assert len(mail.got) == len(AREAS) + 2
    again = shell.do(*ASK, "--by", "Lea Example").out
    assert "Nothing a reader sees has changed since edition 2" in again
    assert len(mail.got) == len(AREAS) + 2


def test_the_preview_tells_what_cannot_be_used_and_what_became_of_the_edition_that_it_is_told_against(
    published: Shell, inbox: Path, tmp_path: Path
) -> None:
    shell = copy_of(published, tmp_path).set(inbox=str(homecomings(inbox, tmp_path / "inbox")))
    stands = f"Nothing would change beside edition 1 of {MONTH}, which"
    # Its manifest names other bytes.
    broken = next((tmp_path / "inbox").glob(f"deaths_05W_{MONTH}_*.csv"))
    broken.write_bytes(broken.read_bytes() + b"\n")
    name = broken.name.removesuffix(".csv")
    said = shell.do(*ASK, "--preview", "--by", "Lea Example").out
    assert "New since the latest editions: no extract that can be used." in said
    assert f"Rejected, so not used: {name}. The feedback reports say why." in said
    assert f"{stands} waits for approval." in said
    shell.do("approve", "--period", MONTH, "--by", "Jo Example")
    assert f"{stands} stands." in shell.do(*ASK, "--preview", "--by", "Lea Example").out
    shell.do("approve", "--period", MONTH, "--by", "Jo Example", "--refuse", "--reason", "Not read yet.")
    said = shell.do(*ASK, "--preview", "--by", "Lea Example").out
    assert f"{stands} Jo Example refused: it is not asked about again until a figure moves." in said


# What is refused


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--ccg", "05X", "--from", MONTH, "--to", MONTH), "no CCG of the partnership: choose from 04Y"),
        (("--ccg", "QNC", "--from", MONTH, "--to", MONTH), "no CCG of the partnership"),
        (("--ccg", "05W", "--from", "2018-06", "--to", MONTH), "give the earlier month first"),
        (("--ccg", "05W", "--from", "2998-01", "--to", "2998-01"), "is not due before"),
        (("--ccg", "05W", "--from", "April", "--to", MONTH), "is not a month"),
    ],
)
def test_what_cannot_be_redone_is_one_sentence(copied, computed, words, sentence):
    assert copied(computed)("backfill", *words, "--reason", "Sent again.").says(1, sentence)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("  ", "needs a reason"),
        ("x" * 501, "at most 500 letters"),
        ("Patient 999 000 0018 was wrong.", "may be an NHS number"),
    ],
)
def test_a_reason_is_needed_and_names_nobody(copied, computed, reason, sentence):
    ran = copied(computed)("backfill", "--ccg", "05W", "--from", MONTH, "--to", MONTH, "--reason", reason)
    assert ran.says(1, sentence)
    assert "999" not in ran.err


def test_a_month_without_an_edition_is_left_to_its_own_run(copied, computed):
    said = copied(computed).do(*asking("05W", MONTH, MONTH)).out
    assert f"{MONTH} has no edition, so there is nothing to do again" in said


# Killed, and many at once


@pytest.fixture(scope="module")
def three(extracts: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Two published months of a partnership of three CCGs, each of which sent both months' deaths again."""
    folder = tmp_path_factory.mktemp("three")
    inbox = folder / "inbox"
    inbox.mkdir()
    for file in extracts.glob("deaths_*_2018-0[34]_*"):
        shutil.copy(file, inbox)
    organisations = smaller_partnership(folder / "organisations.toml", *THREE)
    shell = Shell(
        folder / "home",
        {"OUTCOMES_PSEUDONYM_KEY": KEY, "OUTCOMES_ORGANISATIONS": str(organisations), "OUTCOMES_INBOX": str(inbox)},
    )
    shell.do("receive")
    shell.do("compute")
    for month in MONTHS:
        shell.do("release", "--period", month)
        shell.do("render", "--period", month)
    for ccg in THREE:
        for month in MONTHS:
            homecomings(inbox, inbox, ccg, month)
    return shell


THREE, MONTHS = ("04Y", "05D", "05W"), ("2018-03", "2018-04")


def test_a_scorecard_tells_what_changed_since_the_one_that_its_readers_were_last_sent(
    three: Shell, tmp_path: Path, mail_server: MailServer
) -> None:
    month = MONTHS[1]
    shell = copy_of(three, tmp_path).set(**{name: str(value) for name, value in mail_server.settings().items()})
    shell.do("approve", "--period", month, "--by", "Jo Example")
    shell.do("deliver", "--period", month)
    # Edition 2 reads otherwise for 05W and the STP alone; edition 3 is refused; edition 4 is what 05D is sent.
    shell.do(*asking("05W", month, month))
    shell.do("approve", "--period", month, "--by", "Jo Example")
    assert [row["area"] for row in shell.do("deliver", "--period", month, "--format", "csv").rows] == ["QNC", "05W"]
    shell.do(*asking("04Y", month, month))
    shell.do("approve", "--period", month, "--by", "Jo Example", "--refuse", "--reason", "Not yet.")
    shell.do(*asking("05D", month, month))
    told = {area: changes_on(shell, month, 4, area) for area in ("QNC", *THREE)}
    assert told["05W"].startswith("What changed since edition 2 Since edition 2 none was sent to the readers of this")
    assert "This edition replaces edition 2. No figure of Stoke-on-Trent changed." in told["05W"]
    for area in ("04Y", "05D"):
        assert told[area].startswith("What changed since edition 1 Since edition 1 none was sent"), told[area]
        assert "This edition replaces edition 1." in told[area]
    # What 04Y sent again came in after edition 2, which was the last that the board was sent.
    assert told["QNC"].startswith("What changed since edition 2 Since edition 2 none was sent")
    assert "Registered deaths, Cannock Chase, Mar 18, sent again" in told["QNC"]
    # Who attacks the files finds the same of each.
    shell.do("audit", "--period", month)


def changes_on(shell: Shell, month: str, edition: int, area: str) -> str:
    """What the web page of a scorecard says that changed, as text."""
    page = (shell.home / f"publications/{month}/edition-{edition}/scorecard-{area}.html").read_text("utf-8")
    (part,) = re.findall(r'<section class="changes">(.*?)</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


def editions(shell: Shell) -> dict[str, str]:
    """Every file of every edition, by its SHA-256."""
    return hashes(shell.home / "publications")


def test_killed_at_any_step_and_run_again_gives_the_same(three: Shell, tmp_path: Path) -> None:
    undisturbed, killed = copy_of(three, tmp_path / "a"), copy_of(three, tmp_path / "b")
    undisturbed.do(*asking("05W", *MONTHS))
    # Through receiving, the request, the figures, the release, and into the files of the edition.
    assert [killed.killed(*asking("05W", *MONTHS), at=step) for step in (3, 12, 30, 45)].count(True) >= 3
    killed.do(*asking("05W", *MONTHS))
    assert killed.figures() == undisturbed.figures()
    assert editions(killed) == editions(undisturbed)


def test_ten_at_once_end_as_one_after_the_other(three: Shell, tmp_path: Path) -> None:
    together, in_turn = copy_of(three, tmp_path / "a"), copy_of(three, tmp_path / "b")
    spans = [(MONTHS[0], MONTHS[0]), (MONTHS[0], MONTHS[1]), (MONTHS[1], MONTHS[1])]
    ten = [asking(ccg, *span) for ccg in THREE for span in spans] + [asking("05W", *MONTHS)]
    running = [together.begun(*words) for words in ten]
    for process in running:
        process.join(LONG)
    assert [process.exitcode for process in running] == [0] * 10
    # Taken in the turns in which they came, one month each.
    for ccg, month in turns(together):
        in_turn.do(*asking(ccg, month, month))
    assert together.figures() == in_turn.figures()
    assert editions(together) == editions(in_turn)
    assert len(list((together.home / "publications").glob("*/edition-*"))) > len(MONTHS)
    for month in MONTHS:
        assert together.released(month) == in_turn.released(month)


def turns(shell: Shell) -> list[tuple[str, str]]:
    """Which CCG's month was done when, in order."""
    query = "select ccg, period from backfill_months m join backfills b on b.id = m.backfill_id order by m.done_at"
    with create_engine(f"sqlite:///{shell.home / 'ledger.sqlite'}").connect() as connection:
        return [(ccg, period) for ccg, period in connection.execute(text(query))]
