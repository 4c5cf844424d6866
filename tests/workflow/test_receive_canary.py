"""No person leaves the lake: numbers planted wherever one can go astray are searched for wherever something is written.

The numbers are of the range that is never issued. They are planted in right and wrong columns, in ragged records, in a
first record taken for the header, in a manifest and in file names; then feedback, ledger, output and rejected records are
searched for their digits, however spaced.
"""

import csv
import io
import json
import re
import sqlite3
import zipfile
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from shell import KEY, Shell
from unit.intake.suppliers import as_csv
from unit.intake.valid_records import VALID, many, nhs_number, valid

VALID_NUMBERS = [nhs_number(n) for n in range(70_000, 70_040)]
INVALID_NUMBERS = [n[:9] + str((int(n[9]) + 1) % 10) for n in VALID_NUMBERS]
PLANTED = {*VALID_NUMBERS, *INVALID_NUMBERS}


def spaced(number: str, by: str = " ") -> str:
    return by.join((number[:3], number[3:6], number[6:]))


def send(inbox: Path, name: str, data: bytes, **manifest: object) -> None:
    feed, supplier, period, sequence = name.removesuffix(".csv").rsplit("_", 3)
    rows = sum(1 for record in list(csv.reader(io.StringIO(data.decode(), newline="")))[1:] if record)
    entries = {
        "feed": feed,
        "supplier": supplier,
        "period": period,
        "sequence": int(sequence),
        "status": "flex",
        "rows": rows,
    }
    entries |= {"sha256": sha256(data).hexdigest(), "extracted_at": "2018-05-08T06:00:00Z"}
    (inbox / name).write_bytes(data)
    (inbox / f"{name}.manifest.json").write_text(json.dumps(entries | manifest))


def plant(inbox: Path) -> None:
    """Fill an inbox with numbers gone astray."""
    a, b = iter(VALID_NUMBERS), iter(INVALID_NUMBERS)
    enough = many("deaths", 150)
    # Where they belong, right and wrong; and in the wrong columns of records that are set aside for it.
    right = [valid("deaths", 201, nhs_number=next(a)), valid("deaths", 202, nhs_number=next(b))]
    astray = [
        valid("deaths", 203, sex=next(a)),
        valid("deaths", 204, age_at_death=next(a)),
        valid("deaths", 205, date_of_death=next(b)),
        valid("deaths", 206, gp_practice_code=spaced(next(a))),
        valid("deaths", 207, registration_id=spaced(next(a), "-"), sex="X"),
        valid("deaths", 208, pod_organisation_code=spaced(next(b), "\u00a0"), sex="X"),
        valid("deaths", 209, pod_organisation_code=spaced(next(a), " / "), sex="X"),
    ]
    send(inbox, "deaths_05W_2018-04_1.csv", as_csv([*enough, *right, *astray]))
    # As an identifier of an accepted record about that very person.
    own = next(a)
    send(inbox, "deaths_05V_2018-04_1.csv", as_csv([*enough, valid("deaths", 1, registration_id=own, nhs_number=own)]))
    # In ragged records, in a record with a control character, beside a quote.
    ragged = f'{next(a)},{next(b)}\nx,{next(a)},\t\n"{next(a)}\n{next(b)}",2\n'.encode()
    send(inbox, "deaths_05G_2018-04_1.csv", as_csv(enough) + ragged)
    # Without a header, so that the first record is taken for one; a header that is a number; an unreadable file.
    send(inbox, "deaths_05D_2018-04_1.csv", as_csv([valid("deaths", nhs_number=next(a))] * 2).split(b"\n", 1)[1])
    send(inbox, "deaths_05Q_2018-04_1.csv", as_csv([{**valid("deaths"), next(a): next(a), spaced(next(b)): "x"}]))
    send(inbox, "deaths_04Y_2018-04_1.csv", as_csv(enough) + f'"{next(a)}'.encode().replace(b'"', b'"x"y'))
    # In manifests: an unknown key, and values where they do not belong.
    send(inbox, "epaccs_05W_2018-04_1.csv", as_csv(many("epaccs", 2)), patient=next(a), extracted_at=next(a))
    send(inbox, "epaccs_05V_2018-04_1.csv", as_csv(many("epaccs", 2)), rows=int(next(a)))
    send(inbox, "epaccs_05G_2018-04_1.csv", as_csv(many("epaccs", 2)), status=next(a), sha256=next(b), supplier=next(a))
    # In names.
    for name in (
        f"{next(a)}.csv",
        f"deaths_05W_2018-04_1 {next(a)}.csv",
        f"{spaced(next(a), '_')}.part",
        f"d_{next(b)}_1.csv",
    ):
        (inbox / name).write_bytes(as_csv(enough))
    (inbox / f"deaths_05W_2018-04_{next(a)}.csv.manifest.json").write_text("{}")


def found(text: str) -> set[str]:
    """The planted numbers in a text, however their digits are spaced."""
    runs = {re.sub(r"\D", "", run) for run in re.findall(r"\d(?:[^0-9A-Za-z]{0,3}\d){8,}", text)}
    return {number for number in PLANTED if any(number in run for run in runs)}


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, str]:
    """An installation that received the inbox twice, checked every file of it, and all that it said meanwhile."""
    home = tmp_path_factory.mktemp("canary")
    inbox = home / "inbox"
    inbox.mkdir()
    plant(inbox)
    shell = Shell(home, {"OUTCOMES_PSEUDONYM_KEY": KEY})
    runs = [shell("receive"), shell("receive"), shell("status")]
    runs += [shell("check", file) for file in sorted(inbox.glob("*.csv"))]
    assert "accepted" in runs[0].out
    return shell, "".join(run.out + run.err for run in runs)


def test_the_search_would_find_them() -> None:
    number = VALID_NUMBERS[0]
    for text in (
        number,
        spaced(number),
        spaced(number, "\u00a0"),
        f"x{number}y",
        f"rows 1, 2\nfor {spaced(number, '-')}.",
    ):
        assert found(text) == {number}
    assert found(",".join(VALID["deaths"].values())) == set()


def test_nothing_that_was_said_holds_one(received: tuple[Shell, str]) -> None:
    said = received[1]
    assert found(said) == set()
    assert "Traceback" not in said


def test_no_feedback_report_holds_one(received: tuple[Shell, str]) -> None:
    reports = [p for p in (received[0].home / "feedback").rglob("*") if p.is_file()]
    assert len(reports) >= 36
    assert {p.suffix for p in reports} == {".csv", ".txt", ".html", ".xlsx"}
    assert found("\n".join(p.name + words_of(p) for p in reports)) == set()


def words_of(report: Path) -> str:
    """What stands in a file of a report; of a workbook, the parts that it is made of."""
    if report.suffix != ".xlsx":
        return report.read_text(encoding="utf-8")
    with zipfile.ZipFile(report) as workbook:
        return "\n".join(re.sub(r"<[^>]*>", "\n", workbook.read(part).decode()) for part in workbook.namelist())


def test_the_ledger_holds_none(received: tuple[Shell, str]) -> None:
    with sqlite3.connect(received[0].home / "ledger.sqlite") as connection:
        dump = "\n".join(connection.iterdump())
    assert "deaths_05W_2018-04_1.csv" in dump
    assert found(dump) == set()


def test_no_name_of_a_file_we_made_holds_one(received: tuple[Shell, str]) -> None:
    home = received[0].home
    names = [str(p.relative_to(home)) for p in home.rglob("*") if not p.is_relative_to(home / "inbox")]
    assert found("\n".join(names)) == set()


@pytest.mark.parametrize("which", ["accepted", "rejected"])
def test_no_record_in_the_lake_holds_one(received: tuple[Shell, str], which: str) -> None:
    lake = received[0].home / "lake"
    files = [p for p in lake.rglob("*.parquet") if p.is_relative_to(lake / "rejected") is (which == "rejected")]
    assert files
    for file in files:
        assert found(pd.read_parquet(file).to_csv()) == set()
        assert not any(number.encode() in file.read_bytes() for number in PLANTED)
