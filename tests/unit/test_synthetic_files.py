"""The files of the synthetic suppliers: names, manifests, columns, what is sent when, and that they are always the same."""

import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from outcomes.definitions.feeds import Feed, feeds
from outcomes.errors import InputError
from outcomes.organisations import partnership
from outcomes.periods import Month, months_between
from outcomes.synthetic import Written, write_extracts

FIRST, LAST = Month(2018, 5), Month(2018, 7)
LARGE = {"admissions", "ed_attendances", "community_contacts", "urgent_care_contacts", "ambulance_incidents"}
TINY = 0.002


@pytest.fixture(scope="module")
def summer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written, list[str]]:
    """May to July 2018 at a quarter of the usual size: both take-overs happen in it."""
    folder = tmp_path_factory.mktemp("summer") / "new" / "inbox"
    said: list[str] = []
    return folder, write_extracts(folder, FIRST, LAST, scale=0.25, seed=4, progress=said.append), said


def manifests(folder: Path) -> list[dict]:
    return [json.loads(p.read_text()) for p in sorted(folder.glob("*.manifest.json"))]


def read(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def valid(number: str) -> bool:
    """Modulus 11: the check digit is 11 less the weighted sum's remainder, with weights 10 to 2; 11 counts as 0."""
    check = 11 - sum(int(d) * w for d, w in zip(number, range(10, 1, -1), strict=False)) % 11
    return len(set(number)) > 1 and check % 11 == int(number[9]) and check != 10


def test_every_expected_submission_is_there_with_a_manifest_that_tells_the_truth(summer):
    folder, written, _ = summer
    there = manifests(folder)
    assert len(partnership().expected) == 41
    assert {(m["feed"], m["supplier"], m["period"]) for m in there} == {
        (feed, supplier, str(month))
        for feed, supplier in partnership().expected
        for month in months_between(FIRST, LAST)
    }
    for m in there:
        file = folder / f"{m['feed']}_{m['supplier']}_{m['period']}_{m['sequence']}.csv"
        content = file.read_bytes()
        assert m["sha256"] == hashlib.sha256(content).hexdigest()
        assert m["rows"] == content.count(b"\n") - 1
        assert b"\r" not in content
        assert m["extracted_at"][:10] > str(Month.parse(m["period"]).last_day)
    assert written == Written(submissions=len(there), records=sum(m["rows"] for m in there))
    assert len(list(folder.iterdir())) == 2 * len(there), "nothing but submissions and manifests, nothing half written"


def test_each_month_is_reported_as_it_is_finished(summer):
    _, _, said = summer
    assert [line[:7] for line in said] == ["2018-05", "2018-06", "2018-07"]


def test_flex_comes_first_and_the_last_month_has_nothing_else(summer):
    folder, *_ = summer
    sent: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for m in manifests(folder):
        sent.setdefault((m["feed"], m["period"]), set()).add((m["sequence"], m["status"]))
    for feed in feeds():
        once, twice = {(1, "freeze")}, {(1, "flex"), (2, "freeze")}
        assert sent[feed, "2018-05"] == (once if feed in LARGE else twice)
        assert sent[feed, "2018-06"] == twice
        assert sent[feed, "2018-07"] == {(1, "flex")}


def test_the_freeze_has_a_few_records_more(summer):
    folder, *_ = summer
    for feed in ("admissions", "deaths", "epaccs"):
        flex, freeze = (
            sum(
                m["rows"]
                for m in manifests(folder)
                if (m["feed"], m["period"], m["status"]) == (feed, "2018-06", status)
            )
            for status in ("flex", "freeze")
        )
        assert 0.95 * freeze < flex < freeze


def test_columns_are_those_of_the_contract_in_its_order(summer):
    folder, *_ = summer
    for file in folder.glob("*.csv"):
        contract = feeds()[file.name.split("_20")[0].rsplit("_", 1)[0]]
        assert file.open(encoding="utf-8").readline() == ",".join(c.name for c in contract.columns) + "\n"


def faulty(contract: Feed, records: pd.DataFrame, month: Month) -> pd.Series:
    """Which records break a rule of the contract (those written as SQL are left to the intake's own tests)."""
    broken = records.duplicated(list(contract.key))
    for column in contract.columns:
        values = records[column.name]
        given = values != ""
        broken |= ~given if column.required else False
        if column.allowed:
            broken |= given & ~values.isin([str(a) for a in column.allowed])
        if column.pattern and not column.leading_zero:
            broken |= given & ~values.str.fullmatch(column.pattern)
        if column.type in {"date", "datetime"}:
            shape = "%Y-%m-%d" if column.type == "date" else "%Y-%m-%dT%H:%M"
            broken |= given & pd.to_datetime(values, format=shape, errors="coerce").isna()
        if column.type in {"integer", "number"}:
            broken |= given & pd.to_numeric(values, errors="coerce").isna()
    for rule in contract.rules:
        if rule.order:
            early, late = (records[name] for name in rule.order)
            # Dates and times as text: compared over the length that both have.
            length = min(early.str.len().max(), late.str.len().max())
            broken |= (early != "") & (late != "") & (late.str[:length] < early.str[:length])
    if contract.period_column is not None:
        broken |= records[contract.period_column].str[:7] != str(month)
    return broken


def test_every_file_has_few_faults_and_some_have_one(summer):
    folder, *_ = summer
    found = 0
    for m in manifests(folder):
        records = read(folder / f"{m['feed']}_{m['supplier']}_{m['period']}_{m['sequence']}.csv")
        count = int(faulty(feeds()[m["feed"]], records, Month.parse(m["period"])).sum())
        assert count <= (0.005 * len(records) if len(records) >= 300 else 1), (m["feed"], m["supplier"], m["period"])
        found += count
    assert found > 50


def test_numbers_begin_with_999_and_hardly_any_is_wrong(summer):
    folder, *_ = summer
    numbers = pd.concat([read(file)["nhs_number"] for file in folder.glob("*.csv")])
    numbers = numbers[numbers != ""]
    assert numbers.str.fullmatch("999[0-9]{7}").all()
    wrong = 1 - numbers.drop_duplicates().map(valid).mean()
    assert 0 < wrong < 0.005


def test_a_taken_over_trust_is_in_its_successors_files_until_its_last_day(summer):
    folder, *_ = summer
    for supplier, old, last_day in (("RTG", "RJF", date(2018, 6, 30)), ("RRE", "R1E", date(2018, 5, 31))):
        days = []
        for feed in ("admissions", "ed_attendances", "community_contacts"):
            for file in folder.glob(f"{feed}_{supplier}_*.csv"):
                records = read(file)
                assert set(records["provider_code"]) <= {supplier, old}
                days += list(records.loc[records["provider_code"] == old, feeds()[feed].period_column].str[:10])
        assert max(days) == str(last_day), "up to the last day, and not beyond it"
    others = pd.concat([read(file)["provider_code"] for file in folder.glob("*_RJE_*.csv")])
    assert set(others) == {"RJE"}


def test_even_the_smallest_partnership_has_no_empty_file_where_none_may_be(tmp_path: Path):
    write_extracts(tmp_path, Month(2021, 1), Month(2021, 3), scale=0.0001)
    for m in manifests(tmp_path):
        assert m["rows"] >= 1 or feeds()[m["feed"]].may_be_empty, (m["feed"], m["supplier"], m["period"])


def test_the_same_arguments_give_the_same_bytes_in_another_process(tmp_path: Path):
    write_extracts(tmp_path / "here", FIRST, LAST, scale=TINY, seed=3)
    script = f"""
import sys
from pathlib import Path
from outcomes.periods import Month
from outcomes.synthetic import write_extracts
write_extracts(Path(sys.argv[1]), Month(2018, 5), Month(2018, 7), scale={TINY}, seed=3)
"""
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "there")], check=True, env=environment)
    assert digests(tmp_path / "here") == digests(tmp_path / "there")


def test_another_seed_gives_other_people(tmp_path: Path):
    for seed in (1, 2):
        write_extracts(tmp_path / str(seed), FIRST, FIRST, scale=TINY, seed=seed)
    one, two = (read(next((tmp_path / seed).glob("deaths_05W_*.csv"))) for seed in "12")
    assert not one["nhs_number"].isin(two["nhs_number"]).all()


def test_two_windows_agree_about_the_months_they_share(tmp_path: Path):
    write_extracts(tmp_path / "long", Month(2018, 3), Month(2018, 7), scale=TINY)
    write_extracts(tmp_path / "short", Month(2018, 5), Month(2018, 8), scale=TINY)
    long, short = digests(tmp_path / "long"), digests(tmp_path / "short")
    shared = {name for name in long.keys() & short.keys() if re.search("2018-0[56]", name)}
    # May has 41 submissions and 28 resubmissions, each with a manifest; June has the same in the longer look.
    assert len([name for name in shared if "2018-05" in name]) == 2 * 69
    for name in shared:
        large_in_june = "2018-06" in name and any(name.startswith(feed) for feed in LARGE)
        initial_load = name.startswith("epaccs") and "2018-05" in name
        assert large_in_june or initial_load or long[name] == short[name], name
    for ccg in partnership().ccgs:
        name = f"epaccs_{ccg.code}_2018-05_2.csv"
        longer, shorter = (set((tmp_path / which / name).read_text().splitlines()) for which in ("long", "short"))
        more, fewer = shorter - longer, longer - shorter
        loaded = {line for line in more if "2018-05-01T0" in line}
        assert len(loaded) >= 10, "the initial load of the window that begins in May"
        assert max(len(more - loaded), len(fewer)) <= 1, "else at most the one fault that so small a file may have"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((Month(2018, 6), Month(2018, 5), 1.0, 1), "is after the last"),
        ((Month(1930, 6), Month(2018, 5), 1.0, 1), "outside 1950 to 2100"),
        ((FIRST, LAST, 0.0, 1), "not above 0 and at most 20"),
        ((FIRST, LAST, -1.0, 1), "not above 0"),
        ((FIRST, LAST, 20.1, 1), "at most 20"),
        ((FIRST, LAST, float("nan"), 1), "not above 0"),
        ((FIRST, LAST, 1.0, -1), "negative"),
        ((Month(2010, 1), LAST, 20.0, 1), "not enough NHS numbers"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_before_anything_is_written(tmp_path: Path, arguments, message):
    first, last, scale, seed = arguments
    with pytest.raises(InputError, match=message):
        write_extracts(tmp_path / "new", first, last, scale=scale, seed=seed)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_a_file_or_holds_submissions_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="not a folder"):
        write_extracts(tmp_path / "file", FIRST, FIRST, scale=TINY)
    kept = tmp_path / "deaths_05W_2016-01_1.csv"
    kept.write_text("registration_id\n")
    with pytest.raises(InputError, match="already holds submissions"):
        write_extracts(tmp_path, FIRST, FIRST, scale=TINY)
    assert sorted(p.name for p in tmp_path.iterdir()) == [kept.name, "file"]
