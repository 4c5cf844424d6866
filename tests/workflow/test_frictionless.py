"""Our checks and frictionless 5 over the same files: they agree wherever both judge, but for docs/frictionless.md.

Both read the same contract. frictionless knows columns, types, codes, patterns, ranges, keys and the number of fields; the
differences are named below, each with its reason, and every one of them is one where we are told to be stricter or wiser.
"""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from damaged_extracts import Extracts
from damaged_lives import damage_lives
from damaged_submissions import damage_submissions
from frictionless import Detector, Resource, Schema

from outcomes.definitions.feeds import feeds
from outcomes.definitions.shipped import shipped
from outcomes.intake.names import SubmissionName
from outcomes.intake.workbench import workbench
from unit.intake.suppliers import Report, as_csv, check
from unit.intake.test_intake_columns import TABLES, values
from unit.intake.valid_records import KEY_COLUMN, VALID, many, valid

# Values that frictionless takes and the specification does not, by the column's type (docs/frictionless.md, 1 to 4).
STRICTER = {
    "integer": {" 1", "1 ", "+1", "１"},
    "number": {" 10", "10 ", ".5", "10.", "10.005", "1e3"},
    "date": {"2018-4-1"},
    "datetime": {"2018-04-05T9:00", "2018-04-05t10:00"},
    "string": set(),
}
# Rules that only we have: frictionless judges one column, a key or the number of fields (docs/frictionless.md, 7).
BOTH_JUDGE = {"required", "type", "code", "pattern", "range", "repeated_key", "fields"}
THEIR_KINDS = {"primary-key": "key", "missing-cell": "fields", "extra-cell": "fields"}
Faults = dict[int, set[str]]


def frictionless(feed: str, data: bytes, folder: Path) -> tuple[Faults, set[str]]:
    """By row: the columns at fault, `key` or `fields`; and the kinds of the faults of the whole file."""
    (folder / "sent.csv").write_bytes(data)
    schema = Schema.from_descriptor(json.loads((shipped("sql/feeds") / f"{feed}.json").read_text(encoding="utf-8")))
    sent = Resource(
        path="sent.csv", basepath=str(folder), schema=schema, detector=Detector(schema_sync=True), encoding="utf-8"
    )
    rows: Faults = defaultdict(set)
    file = set()
    for row, field, kind in sent.validate(limit_errors=1_000_000).flatten(["rowNumber", "fieldName", "type"]):
        if row is None:
            file.add(str(kind))
        elif kind != "blank-row":
            rows[int(row)].add(THEIR_KINDS.get(str(kind), str(field)))
    return rows, file


def ours(report: Report) -> Faults:
    """The same of our report."""
    rows: Faults = defaultdict(set)
    found = report.feedback.findings
    for row, column, code in found[found["severity"] == "record"][["row", "column", "code"]].itertuples(index=False):
        if code in BOTH_JUDGE:
            rows[row].add({"repeated_key": "key", "fields": "fields"}.get(code, column))
    return rows


def differences(feed: str, data: bytes, report: Report, folder: Path) -> Iterator[tuple[int, str]]:
    """Row and column (or `key`, `fields`) on which the two differ without a reason that is listed."""
    contract, mine = feeds()[feed], ours(report)
    theirs, file = frictionless(feed, data, folder)
    assert file == set()
    records = dict(enumerate(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")), start=2))
    rows_of = defaultdict(set)
    for row, record in records.items():
        rows_of[tuple(record.get(name) for name in contract.key)].add(row)
    for row in sorted({*mine, *theirs}):
        if "fields" in mine[row] and "fields" in theirs[row]:
            continue  # 5: nothing else is asked of a record whose values are in no known column
        for where in mine[row] ^ theirs[row]:
            if where == "key":
                same = rows_of[tuple(records[row].get(name) for name in contract.key)]
                if any(report.faults.get(other, set()) - {"repeated_key"} for other in same):
                    continue  # 6: the first record of a key that breaks no other rule stays
            elif where in records[row] and _listed(feed, where, records[row][where]):
                continue
            yield row, where


def _listed(feed: str, name: str, value: str) -> bool:
    column = feeds()[feed].column(name)
    if column.type == "number" and re.fullmatch(r"[0-9]+[.][0-9]{3,}", value):
        return True
    # 8: the one leading zero that may be missing.
    return value in STRICTER[column.type] or (column.leading_zero and len(value) == 1 and value in "123456789")


@pytest.fixture(scope="module")
def bench() -> Iterator[duckdb.DuckDBPyConnection]:
    with workbench() as connection:
        yield connection


@pytest.mark.parametrize("feed", TABLES)
def test_every_value_tried_of_every_column(feed: str, bench: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    tried = [
        (c, v) for c, said in TABLES[feed].items() if c != KEY_COLUMN[feed] for v in ["", *(v for v, _ in values(said))]
    ]
    records = [{**record, c: v} for record, (c, v) in zip(many(feed, len(tried)), tried, strict=True)]
    data = as_csv(records)
    report = check(feed, data, bench=bench)
    assert sum(map(len, ours(report).values())) > 10
    assert list(differences(feed, data, report, tmp_path)) == []


def test_the_listed_differences_are_really_there(bench: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """We refuse each of these values and frictionless takes it; a difference that is gone leaves the list."""
    columns = {"integer": "age_at_death", "date": "date_of_death"}
    for feed, of in (("deaths", columns), ("ed_attendances", {"number": "cost_gbp", "datetime": "departure_at"})):
        for kind, column in of.items():
            tried = sorted(STRICTER[kind])
            data = as_csv([valid(feed, n, **{column: value}) for n, value in enumerate(tried)])
            assert set(ours(check(feed, data, bench=bench))) == set(range(2, 2 + len(tried)))
            assert frictionless(feed, data, tmp_path)[0] == {}


def test_fields_keys_blank_lines_quotes_and_columns_in_any_order(
    bench: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    feed = "bereavement_survey"
    good = as_csv(many(feed, 3)).decode()
    other_way = as_csv(many(feed, 3), columns=list(reversed(VALID[feed])))
    twice = as_csv([*many(feed, 3), valid(feed, 2), valid(feed, 4, overall_care="x"), valid(feed, 4)])
    for data in (
        good.encode(),
        other_way,
        twice,
        good.replace("\n", "\r\n").encode(),
        "\ufeff".encode() + good.encode(),
        (good + "B7,too,few\n").encode(),
        (good + good.splitlines()[1].replace("B1", "B8") + ",one more\n").encode(),
        good.replace("B2", '"B2, in\nquotes"').encode(),
    ):
        assert list(differences(feed, data, check(feed, data, bench=bench), tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "rejected_by_us", "rejected_by_them"),
    [
        ("not utf-8", True, True),
        ("header twice", True, True),
        ("header empty", True, False),
        ("required column absent", True, True),
        ("quote never closed", True, False),
        ("other case", True, True),
        ("CR alone", True, False),
    ],
)
def test_whole_files(
    name: str, rejected_by_us: bool, rejected_by_them: bool, bench: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Where only we refuse the file, frictionless reads on and takes what is left for records (9)."""
    good = as_csv(many("bereavement_survey", 3)).decode()
    data = {
        "not utf-8": good.replace("B2", "ä").encode("cp1252"),
        "header twice": good.replace("overall_care", "response_id", 1).encode(),
        "header empty": good.replace("overall_care", "", 1).encode(),
        "required column absent": good.replace("response_date", "date", 1).encode(),
        "quote never closed": good.replace("B3", '"B3').encode(),
        "other case": good.replace("response_date", "Response_Date", 1).encode(),
        "CR alone": good.replace("\n", "\r").encode(),
    }[name]
    assert (check("bereavement_survey", data, bench=bench).rejected_for is not None) is rejected_by_us
    rows, file = frictionless("bereavement_survey", data, tmp_path)
    assert (bool(file) or len(rows) == 3) is rejected_by_them


def test_the_damaged_extracts(
    tmp_path_factory: pytest.TempPathFactory, bench: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """All feeds of a month in which much was spoiled."""
    extracts = Extracts(tmp_path_factory.mktemp("extracts"))
    damage_lives(extracts)
    damage_submissions(extracts)
    judged = faulty = 0
    for path in sorted(extracts.folder.glob("*_2018-03_*.csv")):
        name = SubmissionName.parse(path.name)
        assert name is not None
        data = path.read_bytes()
        report = check(name.feed, data, name=path.name, bench=bench)
        assert list(differences(name.feed, data, report, tmp_path)) == [], path.name
        judged, faulty = judged + report.rows, faulty + len(ours(report))
    assert judged > 5_000
    assert faulty > 20
