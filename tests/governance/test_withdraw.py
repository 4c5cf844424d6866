"""A submission taken out: its records are deleted, everything is computed without it, and a tombstone stays."""

import hashlib
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from services.mail_server import MailServer
from shell import Shell, manifest

FIRST, SECOND = "deaths_05W_2018-04_1", "deaths_05W_2018-04_2"
WHY = ("--reason", "sent without a legal basis", "--by", "Jo Example")


def deaths(shell: Shell, month: str = "2018-04") -> str:
    """How many deaths of 05W a month's figure rests on, or the state where there is none."""
    rows = shell.do("figures", "--measure", "deaths_in_hospital", "--format", "csv").rows
    (row,) = [r for r in rows if (r["area"], r["grain"], r["period"], r["stratum"]) == ("05W", "month", month, "all")]
    return row["denominator"] or row["state"]


def lake(shell: Shell) -> list[str]:
    return [str(p.relative_to(shell.home / "lake")) for p in sorted((shell.home / "lake").rglob("*")) if p.is_file()]


def test_withdrawn_it_is_gone_and_the_one_before_is_in_force_again(shell: Shell) -> None:
    assert f"{SECOND}," not in shell.status()
    before, files = deaths(shell), lake(shell)
    assert any("deaths/2018-04/05W-2-" in name for name in files)
    ran = shell.do("withdraw", SECOND, *WHY, "--authority", "Caldicott 17")
    assert f"{SECOND} is withdrawn. Nothing is left of {SECOND}: searched " in ran.out
    assert f"In force instead: {FIRST}." in ran.out
    assert "Edition 1 of 2018-04 was made with it (not sent): it stays as it is." in ran.out
    assert "none of them can be approved, sent or sent again: release" in ran.out
    assert "again: 2018-04." in ran.out
    assert str(shell.settings["OUTCOMES_INBOX"]) in ran.out

    assert {*files} - {*lake(shell)} == {name for name in files if "/2018-04/05W-2-" in name and "deaths/" in name}
    assert not list((shell.home / "feedback").rglob(f"{SECOND}-*"))
    lines = {(r["sequence"], r["outcome"], r["in_force"]) for r in statuses(shell, "deaths", "05W")}
    assert lines == {("1", "accepted", "yes"), ("2", "withdrawn", "no")}
    assert deaths(shell) == str(int(before) + 1)

    with sqlite3.connect(shell.home / "ledger.sqlite") as ledger:
        (stone,) = ledger.execute(
            "select kind, reason, authority, person, erased_at is not null from tombstones"
        ).fetchall()
        assert stone == ("withdrawn", "sent without a legal basis", "Caldicott 17", "Jo Example", 1)
        kept = "select sha256, rows, lake_file, filled from submissions where file_name = ?"
        sha256, rows, lake_file, filled = ledger.execute(kept, (f"{SECOND}.csv",)).fetchone()
        assert sha256 == hashlib.sha256((inbox(shell) / f"{SECOND}.csv").read_bytes()).hexdigest()
        assert rows > 0
        assert (lake_file, filled) == (None, None)
    assert "The trail is whole" in shell.do("trail", "--verify").out


def test_without_an_earlier_one_the_month_is_not_submitted(shell: Shell) -> None:
    shell.do("withdraw", SECOND, *WHY)
    assert "In force instead: nothing; it counts as not submitted." in shell.do("withdraw", FIRST, *WHY).out
    assert deaths(shell) == "not_submitted"


def test_figures_of_a_last_month_without_any_deaths_are_gone(shell: Shell) -> None:
    for row in shell.do("status", "--period", "2018-04", "--format", "csv").rows:
        if row["feed"] == "deaths" and row["outcome"] == "accepted":
            shell.do("withdraw", f"deaths_{row['supplier']}_2018-04_{row['sequence']}", *WHY)
    assert "2018-04" not in {r["period"] for r in shell.do("figures", "--format", "csv").rows}
    assert "2018-03" in {r["period"] for r in shell.do("figures", "--format", "csv").rows}


def test_it_is_not_taken_again_under_its_name_nor_under_another(shell: Shell) -> None:
    shell.do("withdraw", SECOND, *WHY)
    again = shell.do("receive")
    assert f"{SECOND}.csv was withdrawn and is not taken again" in again.out
    for suffix in (".csv", ".csv.manifest.json"):
        file = inbox(shell) / f"{SECOND}{suffix}"
        text = file.read_text().replace('"sequence": 2', '"sequence": 7')
        (inbox(shell) / f"deaths_05W_2018-04_7{suffix}").write_bytes(
            file.read_bytes() if suffix == ".csv" else text.encode()
        )
    ran = shell.do("receive")
    assert f"deaths_05W_2018-04_7.csv: REJECTED: The very same file was withdrawn as {SECOND}" in ran.out
    assert ("7", "file_rejected", "no") in {
        (r["sequence"], r["outcome"], r["in_force"]) for r in statuses(shell, "deaths", "05W")
    }


def test_killed_at_any_step_and_run_again_it_is_withdrawn_once(shell: Shell) -> None:
    words = ("withdraw", SECOND, *WHY)
    kills = [shell.killed(*words, at=step) for step in (2, 3, 4, 5, 6, 8, 10, 12)]
    assert sum(kills) >= 5
    shell.do(*words)
    assert not any("/2018-04/05W-2-" in name for name in lake(shell) if "deaths/" in name)
    events = [r["kind"] for r in shell.do("trail", "--about", SECOND, "--format", "csv").rows]
    assert (events.count("withdrawn"), events.count("erased")) == (1, 1)


def test_an_orphan_in_the_lake_and_a_copy_in_the_home_go_too(shell: Shell) -> None:
    (landed,) = (shell.home / "lake/deaths/2018-04").glob("05W-2-*")
    (landed.parent / "05W-2-fedcba98fedcba98.parquet").write_bytes(landed.read_bytes())
    (landed.parent / ".05W-2.partial").write_bytes(b"half")
    copy = shell.home / "fetched" / "some-name.csv"
    copy.parent.mkdir()
    copy.write_bytes((inbox(shell) / f"{SECOND}.csv").read_bytes())
    shell.do("withdraw", SECOND, *WHY)
    assert not copy.exists()
    assert [p.name for p in landed.parent.iterdir() if "05W-2" in p.name] == []


def test_the_search_finds_records_that_lie_under_another_name(shell: Shell) -> None:
    (landed,) = (shell.home / "lake/deaths/2018-04").glob("05W-2-*")
    hidden = shell.home / "lake/deaths/2018-03" / "05W-1-fedcba98fedcba97.parquet"
    pd.read_parquet(landed).head(1).to_parquet(hidden)
    ran = shell("withdraw", SECOND, *WHY)
    assert ran.says(2, "deaths/2018-03/05W-1-fedcba98fedcba97.parquet is left of")
    hidden.unlink()
    shell.do("withdraw", SECOND, *WHY)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("deaths_05W_2018-04_99", *WHY), 1, "There is no submission deaths_05W_2018-04_99"),
        (("everything", *WHY), 1, "not the name of a submission"),
        ((SECOND, "--reason", " "), 1, "needs its reason"),
    ],
)
def test_what_cannot_be_withdrawn_is_one_sentence(shell: Shell, words: tuple[str, ...], code: int, says: str) -> None:
    assert shell("withdraw", *words).says(code, says)


@pytest.mark.weasyprint
def test_an_edition_made_with_it_goes_nowhere_until_it_is_computed_anew(shell: Shell, mail_server: MailServer) -> None:
    shell = shell.set(**{name: str(value) for name, value in mail_server.settings().items()})
    (march,) = [r for r in statuses(shell, "deaths", "05W", "2018-03") if r["in_force"] == "yes"]
    used = f"deaths_05W_2018-03_{march['sequence']}"
    anew = f"deaths_05W_2018-03_{int(march['sequence']) + 1}"
    approve = ("approve", "--period", "2018-04", "--by", "Ann Other")
    deliver = ("deliver", "--period", "2018-04")
    again = ("resend", "--delivery", "1", "--by", "Ann Other", "--reason", "it was lost", "--although-sent")
    shell.do("render", "--period", "2018-04")
    shell.do(*approve)
    shell.do(*deliver)
    letters = len(mail_server.got)
    assert letters > 0
    shell.do(*again)
    shell.do("withdraw", used, *WHY)

    for words in (approve, deliver, again):
        assert shell(*words).says(2, f"was computed with {used}, withdrawn since", "outcomes release --period 2018-04")
    # The letter that was queued waits, holds up no other, and somebody is told.
    assert "2018-04" not in shell.do("deliver").out
    (alert,) = shell.do("alerts", "--format", "csv").rows
    assert alert["kind"] == "held"
    assert used in alert["what"]
    shell.do(*approve, "--refuse", "--reason", "not with that")
    assert len(mail_server.got) == letters

    # The same deaths in another order: a reader would see the same, so the edition stands.
    lines = (inbox(shell) / f"{used}.csv").read_text("utf-8").splitlines(keepends=True)
    (inbox(shell) / f"{anew}.csv").write_text("".join([lines[0], *reversed(lines[1:])]), encoding="utf-8")
    manifest(inbox(shell) / f"{anew}.csv")
    shell.do("receive")
    shell.do("compute")
    assert "no new edition" in shell.do("release", "--period", "2018-04").out
    shell.do(*approve)
    shell.do(*deliver)
    assert len(mail_server.got) == letters + 1
    # Until what it rests on now is withdrawn too.
    shell.do("withdraw", anew, *WHY)
    assert shell(*approve).says(2, f"was computed with {anew}, withdrawn since")
    shell.do("release", "--period", "2018-04")
    shell.do("render", "--period", "2018-04")
    shell.do(*approve)


def test_figures_computed_with_it_are_not_released(shell: Shell) -> None:
    # Killed after it was taken out of force and before anything is computed without it.
    step = 1
    while "withdrawn" not in shell.status():
        assert shell.killed("withdraw", SECOND, *WHY, at=step)
        step += 1
    ran = shell("release", "--period", "2018-04")
    assert ran.says(1, f"were computed with {SECOND}, which was withdrawn since", "outcomes compute")
    shell.do("compute")
    shell.do("release", "--period", "2018-04")


def test_a_hold_comes_first(shell: Shell) -> None:
    for subject in (SECOND, "05W", "2018-04"):
        number = shell.do("hold", subject, "--reason", "an inquest").out.split()[1]
        assert shell("withdraw", SECOND, *WHY).says(2, f"legal hold {number} on {subject}", "an inquest", "lift")
        shell.do("lift", number, "--reason", "the inquest is over")
    shell.do("withdraw", SECOND, *WHY)
    assert [r["lifted_by"] != "" for r in shell.do("holds", "--format", "csv").rows] == [True] * 3


def inbox(shell: Shell) -> Path:
    return Path(shell.settings["OUTCOMES_INBOX"])


def statuses(shell: Shell, feed: str, supplier: str, period: str = "2018-04") -> list[dict[str, str]]:
    rows = shell.do("status", "--period", period, "--format", "csv").rows
    return [r for r in rows if (r["feed"], r["supplier"]) == (feed, supplier)]
