"""What is older than the policy keeps it goes, with a tombstone; holds and charts keep what they need; figures stay."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from governance.policies import policy_with
from shell import MONTH, Shell, manifest

CHART = ("months_on_a_chart = 24", "months_on_a_chart = 1")
NONE = "[retention]\n"


@pytest.fixture
def keeping(shell: Shell, tmp_path: Path) -> Shell:
    """An installation that keeps everything for as short as the policy may say."""
    said = "records = 13\nrejected_records = 12\nfeedback = 12\nworlds = 12\npublications = 12\n"
    return shell.set(policy=policy_with(tmp_path / "policy.toml", CHART, (NONE, f"{NONE}{said}")))


def goes(shell: Shell, *options: str) -> dict[tuple[str, str], tuple[str, str]]:
    rows = shell.do("retain", *options, "--format", "csv").rows
    return {(r["what"], r["of"]): (r["fate"], r["because"]) for r in rows}


def lake(shell: Shell) -> set[str]:
    return {str(p.relative_to(shell.home / "lake")) for p in (shell.home / "lake").rglob("*.parquet")}


def test_as_shipped_everything_is_kept_for_good(shell: Shell) -> None:
    assert goes(shell, "--dry-run") == {}


def test_a_dry_run_lists_what_would_go_and_why_and_deletes_nothing(keeping: Shell) -> None:
    before = lake(keeping)
    found = goes(keeping, "--dry-run")
    # April 2018 is the last month: its chart is one month long and looks back on twelve.
    assert found["expired", "deaths_05W_2017-01_1"] == ("goes", "kept for 13 months after 2017-01")
    assert found["expired", "deaths_05W_2018-03_1"] == ("stays", "a month on a chart still rests on it")
    assert found["expired feedback", "deaths_05W_2017-01_1"][0] == "goes"
    assert lake(keeping) == before
    assert "expired" not in {r["outcome"] for r in keeping.do("status", "--format", "csv").rows}


def test_what_goes_leaves_tombstones_and_figures_that_can_no_longer_be_computed_stay(keeping: Shell) -> None:
    figures, gone = keeping.figures(), goes(keeping, "--dry-run")
    keeping.do("retain", "--by", "Jo Example")
    expired = {name for (what, name), (fate, _) in gone.items() if (what, fate) == ("expired", "goes")}
    assert len(expired) > 5
    assert not {file for file in lake(keeping) if "/2017-01/" in file or "/2017-03/" in file}
    assert {file for file in lake(keeping) if "/2017-05/" in file}
    status = {
        f"{r['feed']}_{r['supplier']}_{r['period']}_{r['sequence']}": r
        for r in keeping.do("status", "--format", "csv").rows
    }
    assert {status[name]["outcome"] for name in expired} == {"expired"}
    assert [path for path in (keeping.home / "feedback").rglob("deaths_*_2017-01_*") if path.is_file()] == []

    assert "computed before by the same code" not in keeping.do("compute").out
    assert keeping.figures() == figures
    # Also where everything is computed anew, as after a change of the code.
    with sqlite3.connect(keeping.home / "ledger.sqlite") as ledger:
        ledger.execute("update computations set code_version = 'an earlier one'")
        stones = ledger.execute(
            "select kind, count(*) from tombstones where erased_at is not null group by kind"
        ).fetchall()
    keeping.do("compute")
    assert keeping.figures() == figures
    assert dict(stones)["expired"] == len(expired)
    assert goes(keeping) == {key: value for key, value in goes(keeping, "--dry-run").items() if value[0] == "stays"}
    assert "The trail is whole" in keeping.do("trail", "--verify").out
    assert keeping.do("receive").code == 0
    assert {status[name]["outcome"] for name in expired} == {"expired"}


def counted(shell: Shell, folder: str, feed: str, supplier: str, period: str) -> int:
    """How many records of a supplier's month lie in a part of the lake."""
    files = (shell.home / "lake" / folder / feed / period).glob(f"{supplier}-*.parquet")
    return sum(len(pd.read_parquet(file)) for file in files)


def set_one_aside(shell: Shell, feed: str, supplier: str, period: str, column: str) -> None:
    """A resubmission whose last record breaks a rule."""
    inbox = Path(shell.settings["OUTCOMES_INBOX"])
    *_, last = sorted(inbox.glob(f"{feed}_{supplier}_{period}_*.csv"))
    sequence = int(last.stem.rsplit("_", 1)[1]) + 1
    records = pd.read_csv(last, dtype=str, keep_default_na=False)
    records.loc[len(records) - 1, column] = "?"
    again = inbox / f"{feed}_{supplier}_{period}_{sequence}.csv"
    records.to_csv(again, index=False)
    manifest(again)


def test_records_set_aside_go_no_later_than_accepted_ones(shell: Shell, tmp_path: Path) -> None:
    kept = shell.set(policy=policy_with(tmp_path / "policy.toml", CHART, (NONE, f"{NONE}records = 13\n")))
    for feed, supplier, period, column in (
        ("deaths", "05W", "2017-01", "sex"),
        ("deaths", "05W", "2017-02", "sex"),
        ("epaccs", "05W", "2018-03", "consent"),
    ):
        set_one_aside(kept, feed, supplier, period, column)
    kept.do("receive")
    kept.do("compute")
    kept.do("hold", "2017-02", "--reason", "an inquest")
    told = kept.do("retain", "--dry-run", "--format", "csv").rows
    rows = {(r["what"], r["of"]): r for r in told}
    aside = {
        p.parent.relative_to(kept.home / "lake/rejected") for p in (kept.home / "lake/rejected").rglob("*.parquet")
    }
    assert aside == {Path("deaths/2017-01"), Path("deaths/2017-02"), Path("epaccs/2018-03")}
    for ccg in ("05D", "05V", "05W"):
        old = [r for (what, of), r in rows.items() if what == "expired" and of.startswith(f"deaths_{ccg}_2017-01_")]
        for folder, column in (("", "records"), ("rejected", "set_aside")):
            assert sum(int(r[column] or 0) for r in old) == counted(kept, folder, "deaths", ccg, "2017-01")
    of_the_hold = {(what, r["fate"]) for (what, of), r in rows.items() if "_2017-02_" in of}
    assert of_the_hold == {("expired", "stays"), ("expired rejected records", "stays")}
    # The oldest entries of a care record still count; what was set aside of them counts for nothing.
    (log,) = [of for what, of in rows if what == "expired rejected records" and of.startswith("epaccs_05W_2018-03_")]
    assert rows["expired", log]["fate"] == "stays"
    assert int(rows["expired rejected records", log]["set_aside"]) == counted(
        kept, "rejected", "epaccs", "05W", "2018-03"
    )

    before = lake(kept)
    kept.do("retain")
    left = {file for file in lake(kept) if file.startswith("rejected/")}
    assert left
    assert not {file for file in left if "/2017-01/" in file or "/epaccs/2018-03/" in file}
    assert {file for file in lake(kept) if "/2017-02/" in file} == {file for file in before if "/2017-02/" in file}
    assert {file for file in lake(kept) if file.startswith("epaccs/")} == {f for f in before if f.startswith("epaccs/")}


def test_a_hold_keeps_it_with_all_it_replaced(keeping: Shell) -> None:
    keeping.do("hold", "deaths_05W_2017-01_1", "--reason", "an inquest")
    keeping.do("hold", "05D", "--reason", "a complaint")
    found = goes(keeping)
    assert found["expired", "deaths_05W_2017-01_1"] == ("stays", "legal hold 1: an inquest")
    assert found["expired", "deaths_05D_2017-01_1"] == ("stays", "legal hold 2: a complaint")
    assert {file for file in lake(keeping) if "/2017-01/" in file and "05W-" in file}
    assert not {file for file in lake(keeping) if "/2017-01/" in file and "05V-" in file}
    keeping.do("compute")
    keeping.do("lift", "1", "--reason", "the inquest is over")
    assert goes(keeping)["expired", "deaths_05W_2017-01_1"] == ("gone", "kept for 13 months after 2017-01")


def test_killed_at_any_step_and_run_again(keeping: Shell) -> None:
    before = goes(keeping, "--dry-run")
    kills = [keeping.killed("retain", at=step) for step in (3, 20, 60, 120, 180, 240)]
    assert sum(kills) >= 3
    keeping.do("retain")
    assert not {file for file in lake(keeping) if "/2017-01/" in file}
    with sqlite3.connect(keeping.home / "ledger.sqlite") as ledger:
        stones = ledger.execute(
            "select kind, subject, count(*), count(erased_at) from tombstones group by 1, 2"
        ).fetchall()
    assert {(kind, subject): (1, 1) for kind, subject, *_ in stones} == {
        (kind, subject): (stones, erased) for kind, subject, stones, erased in stones
    }
    assert {(kind, subject) for kind, subject, *_ in stones} == {
        key for key, (fate, _) in before.items() if fate == "goes"
    }


@pytest.mark.weasyprint
def test_an_old_edition_goes_and_can_be_made_again(keeping: Shell, tmp_path: Path) -> None:
    keeping.do("render", "--period", MONTH)
    files = keeping.published(MONTH)
    assert goes(keeping)["expired publication", f"edition 1 of {MONTH}"][0] == "gone"
    assert keeping.published(MONTH) == {}
    keeping.do("render", "--period", MONTH)
    assert keeping.published(MONTH) == files


def test_records_that_a_chart_rests_on_cannot_be_given_a_shorter_time(shell: Shell, tmp_path: Path) -> None:
    short = policy_with(tmp_path / "short.toml", (NONE, f"{NONE}records = 35\n"))
    ran = shell.set(policy=short)("retain", "--dry-run")
    assert ran.says(3, "retention.records is 35 months", "36: keep records for as long")
