"""The drill: the pseudonym key is changed, every record stays, every figure is the same."""

import hmac
from hashlib import sha256
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from shell import KEY, Shell, hashes

NEW = "a7" * 32


def rotated(shell: Shell) -> Shell:
    return shell.set(pseudonym_key=NEW, pseudonym_key_before=KEY)


def people(shell: Shell) -> set[str]:
    files = sorted((shell.home / "lake").rglob("*.parquet"))
    ids = [set(pd.read_parquet(file)["person_id"].dropna().astype(str)) for file in files]
    return set.union(*ids)


def key_ids(shell: Shell) -> set[str]:
    files = [str(path) for path in (shell.home / "lake").rglob("*.parquet")]
    found = duckdb.execute(
        "select distinct decode(value) from parquet_kv_metadata(?) where decode(key) = 'pseudonym_key_id'", [files]
    )
    return {row[0] for row in found.fetchall()}


def test_the_key_is_changed_and_every_figure_is_the_same(shell: Shell) -> None:
    figures, status, old = shell.figures(), shell.status(), people(shell)
    files = hashes(shell.home / "lake")
    records = lake_without_people(shell)
    ran = rotated(shell).do("rekey", "--by", "Jo Example")
    assert f"{len(files)} files under the old one are deleted" in ran.out
    assert not people(shell) & old
    assert len(people(shell)) == len(old)
    assert len(key_ids(shell)) == 1
    assert lake_without_people(shell) == records
    assert len(hashes(shell.home / "lake")) == len(files)

    after = shell.set(pseudonym_key=NEW)
    assert "0 of them new or moved" in after.do("compute").out
    assert (after.figures(), after.status()) == (figures, status)
    assert "received before" in after.do("receive").out
    # As the specification has it: the first 128 bits of the HMAC of the ten digits.
    number = next(
        n for n in pd.read_csv(next(inbox(shell).glob("deaths_05V_2018-04_*.csv")), dtype=str)["nhs_number"].dropna()
    )
    code = hmac.new(bytes.fromhex(NEW), number.encode(), sha256).hexdigest()[:32]
    assert code in {person.replace("-", "") for person in people(shell)}
    assert shell("receive").says(3, "landed under the pseudonym key")


def test_killed_at_any_step_and_run_again(shell: Shell) -> None:
    figures, old = shell.figures(), people(shell)
    other = rotated(shell)
    kills = [other.killed("rekey", at=step) for step in (2, 9, 60, 150, 180, 186, 192, 198, 204, 220)]
    assert sum(kills) >= 5
    other.do("rekey")
    assert not people(shell) & old
    assert len(key_ids(shell)) == 1
    assert other.do("rekey").out.startswith("0 submissions were put")
    other.do("compute")
    assert other.figures() == figures


def test_all_or_nothing_where_a_file_is_gone_or_another_one(shell: Shell, tmp_path: Path) -> None:
    before = hashes(shell.home / "lake")
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in ("deaths_05V_2017-03_1.csv", "deaths_05W_2017-03_1.csv"):
        (inbox(shell) / name).rename(kept / name)
    with (inbox(shell) / "deaths_05D_2017-03_1.csv").open("a") as stream:
        stream.write("\n")
    ran = rotated(shell)("rekey")
    assert ran.says(
        1, "3 files", "deaths_05D_2017-03_1.csv", "deaths_05V_2017-03_1.csv", "--from", "nothing was changed"
    )
    assert hashes(shell.home / "lake") == before
    text = (inbox(shell) / "deaths_05D_2017-03_1.csv").read_text()
    (inbox(shell) / "deaths_05D_2017-03_1.csv").write_text(text.removesuffix("\n"))
    rotated(shell).do("rekey", "--from", kept)


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"pseudonym_key": NEW}, 3, "OUTCOMES_PSEUDONYM_KEY_BEFORE"),
        ({"pseudonym_key": NEW, "pseudonym_key_before": NEW}, 3, "the same key"),
        ({"pseudonym_key": NEW, "pseudonym_key_before": "ee" * 32}, 3, "neither the key before nor the new one"),
        ({"pseudonym_key": NEW, "pseudonym_key_before": "short"}, 3, "not hexadecimal"),
    ],
)
def test_keys_that_do_not_fit_change_nothing(shell: Shell, settings: dict[str, str], code: int, says: str) -> None:
    before = hashes(shell.home / "lake")
    assert shell.set(**settings)("rekey").says(code, says)
    assert hashes(shell.home / "lake") == before


def inbox(shell: Shell) -> Path:
    return Path(shell.settings["OUTCOMES_INBOX"])


def lake_without_people(shell: Shell) -> dict[str, str]:
    """Every file's records but for the pseudonyms, by where it lies, the content's hash in its name left out."""
    root = shell.home / "lake"
    return {
        str(path.relative_to(root)).rsplit("-", 1)[0]: pd.read_parquet(path).drop(columns="person_id").to_csv()
        for path in sorted(root.rglob("*.parquet"))
    }
