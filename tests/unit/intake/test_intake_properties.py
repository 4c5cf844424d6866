"""What holds for any files, tried on random ones: order and repetition do not matter, both ways of reading agree, and a
record is judged by itself."""

import csv
import gzip
import io
import tempfile
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outcomes.intake.agreements import Agreement
from outcomes.intake.limits import Unreadable
from outcomes.intake.reading import read_csv
from outcomes.intake.unpacking import unpack
from outcomes.intake.workbook import read_workbook
from unit.intake.suppliers import Desk, as_csv, check, check_records, values_of
from unit.intake.valid_records import many, valid
from unit.intake.workbooks import workbook

NOTHING_AGREED = Agreement("05W")
few = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
some = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

# A month of resubmissions: accepted, rejected, a wrong checksum, a wrong count, a name nobody sends.
FILES: dict[str, tuple[bytes, dict[str, object]]] = {
    "deaths_05W_2018-04_1.csv": (as_csv(many("deaths", 12)), {"status": "freeze"}),
    "deaths_05W_2018-04_2.csv": (as_csv(many("deaths", 13)), {}),
    "deaths_05W_2018-04_3.csv": (as_csv(many("deaths", 12, sex="X")), {}),
    "deaths_05W_2018-04_4.csv": (as_csv([*many("deaths", 12), valid("deaths", 13, sex="X")]), {"sha256": "0" * 64}),
    "deaths_05V_2018-04_1.csv": (as_csv([*many("deaths", 12), valid("deaths", 13, sex="X")]), {}),
    "deaths_RJE_2018-04_1.csv": (as_csv(many("deaths", 12)), {}),
    "hospice_care_HDM_2018-04_1.csv": (as_csv(many("hospice_care", 3)), {"rows": 4}),
}


def put(desk: Desk, name: str) -> None:
    data, changes = FILES[name]
    desk.put(name, data, **changes)


Result = tuple[list[tuple[str, str, bool]], dict[str, bytes]]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The status and the lake where everything was there at once and received once."""
    desk = Desk(tmp_path_factory.mktemp("at once"))
    for name in FILES:
        put(desk, name)
    desk.receive()
    desk.ledger.close()
    return desk.status(), desk.lake()


@few
@given(order=st.permutations(list(FILES)), receive=st.lists(st.booleans(), min_size=len(FILES), max_size=len(FILES)))
def test_any_order_of_arrival_and_any_number_of_receivings_give_the_same(
    expected: Result, order: list[str], receive: list[bool]
) -> None:
    """The same status, the same in force, the same files in the lake, by name and by byte."""
    with tempfile.TemporaryDirectory() as home:
        desk = Desk(Path(home))
        for name, now in zip(order, receive, strict=True):
            put(desk, name)
            if now:
                desk.receive()
        for _ in range(2):
            desk.receive()
            assert (desk.status(), desk.lake()) == expected
        desk.ledger.close()


# Values that need no quotes: no comma, no quote, no line break.
unquoted = st.text(st.characters(blacklist_characters=',"\r\n', blacklist_categories=["Cs"]), max_size=6)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(unquoted, min_size=width, max_size=width), min_size=1, max_size=6)
)


def records(data: bytes) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    """The header, and each record's row and values, whichever way the file was read."""
    raw = read_csv(data)
    return raw.header, list(zip(raw.records["row"].to_pylist(), values_of(raw), strict=True))


@some
@given(tables, st.sampled_from(["\n", "\r\n"]))
def test_a_file_without_quotes_and_the_same_with_every_value_quoted_read_alike(
    table: list[list[str]], end: str
) -> None:
    header, *rows = [["h" + value for value in table[0]], *table[1:]]
    if "\x00" in "".join(header) or (len(header) == 1 and set(header[0]) & set(";\t|")):
        return  # a header with NUL, or with another separator and no comma, is refused, quoted or not
    # A single empty value is an empty line without quotes, and a record with them.
    rows = [row for row in rows if row != [""]]
    plain = end.join(",".join(row) for row in [header, *rows])
    quoted = end.join(",".join(f'"{value}"' for value in row) for row in [header, *rows])
    assert records(plain.encode()) == records(quoted.encode())


@some
@given(st.lists(st.lists(st.text(max_size=6), min_size=2, max_size=2), min_size=1, max_size=6))
def test_what_a_csv_writer_wrote_is_read_as_it_was(rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([["a", "b"], *rows])
    try:
        data = text.getvalue().encode()
    except UnicodeEncodeError:
        return  # lone surrogates are no text that a file can hold
    assert [values for _, values in records(data)[1]] == rows


def zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", data)
    return stream.getvalue()


WHOLE = {"csv": b'a,b\r\n1,"2"\n', "csv.gz": gzip.compress(b"a,b\n1,2\n" * 9), "zip": zipped(b"a,b\n1,2\n" * 9)}


@settings(some, max_examples=300)
@given(st.sampled_from(list(WHOLE)), st.data())
def test_any_bytes_are_read_or_refused_with_a_sentence(
    container: Literal["csv", "csv.gz", "zip"], data: st.DataObject
) -> None:
    """Whole archives with a few bytes exchanged or cut off, and files of no sense at all."""
    damaged = bytearray(WHOLE[container])
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=3)):
        damaged[place] = data.draw(st.integers(0, 255))
    sent = data.draw(st.just(bytes(damaged)) | st.just(bytes(damaged[: len(damaged) // 2])) | st.binary(max_size=60))
    with suppress(Unreadable):
        raw = read_csv(unpack(sent, container, NOTHING_AGREED))
        assert raw.count == raw.records.num_rows


# What XML can hold, and CSV without its control characters; no line breaks, which XML folds.
texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=8)


@settings(some, max_examples=25)
@given(st.lists(st.lists(texts, min_size=3, max_size=3).filter(any), min_size=1, max_size=8))
def test_a_table_gives_the_same_records_in_every_container(rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([["a", "b", "c"], *rows])
    plain = text.getvalue().encode()
    read = [
        read_csv(plain),
        read_csv(unpack(gzip.compress(plain), "csv.gz", NOTHING_AGREED)),
        read_csv(unpack(zipped(plain), "zip", NOTHING_AGREED)),
        read_workbook(workbook([["a", "b", "c"], *rows]), None),
    ]
    assert {raw.header for raw in read} == {("a", "b", "c")}
    for raw in read:
        assert raw.records["row"].to_pylist() == list(range(2, len(rows) + 2))
        assert values_of(raw) == rows


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "zip", "xlsx"])
def test_a_submission_lands_the_same_records_in_every_container(bench: duckdb.DuckDBPyConnection, kind: str) -> None:
    """Each feed's own types, the workbook with real dates, times and numbers: the same tables accepted and set aside."""
    feed = "ed_attendances"
    sent = [
        valid(feed, 1),
        valid(feed, 2, cost_gbp="12.5"),
        valid(feed, 3, disposal="gone"),
        valid(feed, 4, nhs_number=""),
    ]
    sent.append(valid(feed, 5, arrival_at="2018-04-05T00:00", departure_at="2018-04-05T00:00"))

    def typed(name: str, value: str) -> str | float | datetime:
        if name.endswith("_at"):
            return datetime.fromisoformat(value)
        return float(value) if name in ("cost_gbp", "nhs_number") and value else value

    plain = as_csv(sent)
    data = {
        "csv": plain,
        "csv.gz": gzip.compress(plain),
        "zip": zipped(plain),
        "xlsx": workbook([list(sent[0]), *([typed(*item) for item in record.items()] for record in sent)]),
    }[kind]
    report = check(feed, data, name=f"{feed}_RJE_2018-04_1.{kind}", bench=bench)
    expected = check(feed, plain, bench=bench)
    assert (report.rows, report.faults, report.warned) == (5, {4: {"code"}}, {5: {"nhs_number_missing"}})
    pd.testing.assert_frame_equal(report.accepted, expected.accepted)
    pd.testing.assert_frame_equal(
        report.set_aside[["person_id", "file_row"]], expected.set_aside[["person_id", "file_row"]]
    )
    pd.testing.assert_frame_equal(report.feedback.findings, expected.feedback.findings)


CHANGES: list[dict[str, str]] = [
    {},
    {"sex": "X"},
    {"age_at_death": "121", "sex": ""},
    {"date_of_death": "2018-04-13"},
    {"nhs_number": "123"},
    {"nhs_number": ""},
    {"pod_code": "C"},
    {"pod_code": "C", "pod_nhs_establishment": "1", "pod_establishment_type": "4"},
    {"date_of_registration": "2018-05-01"},
]


Verdict = tuple[set[str], set[str]]


@pytest.fixture(scope="module")
def alone(bench: duckdb.DuckDBPyConnection) -> list[Verdict]:
    """The verdict on a record with each of the changes, in a file of its own."""
    reports = [check_records("deaths", [valid("deaths", **change)], bench=bench) for change in CHANGES]
    return [(report.faults.get(2, set()), report.warned.get(2, set())) for report in reports]


@settings(some, max_examples=15)
@given(which=st.lists(st.integers(0, len(CHANGES) - 1), min_size=1, max_size=8))
def test_a_records_verdict_does_not_depend_on_other_records(
    bench: duckdb.DuckDBPyConnection, alone: list[Verdict], which: list[int]
) -> None:
    report = check_records("deaths", [valid("deaths", n, **CHANGES[i]) for n, i in enumerate(which)], bench=bench)
    together = [(report.faults.get(row, set()), report.warned.get(row, set())) for row in range(2, len(which) + 2)]
    assert together == [alone[i] for i in which]


@settings(some, max_examples=15)
@given(order=st.permutations(range(6)))
def test_only_the_first_of_a_key_depends_on_the_order(bench: duckdb.DuckDBPyConnection, order: list[int]) -> None:
    """Six records of two keys, each with its own cost: in any order one of each key stays, the first."""
    each = [valid("hospice_care", 1 + n % 2, cost_gbp=str(n)) for n in range(6)]
    report = check_records("hospice_care", [each[n] for n in order], bench=bench)
    first = {next(n for n in order if n % 2 == key) for key in (0, 1)}
    assert set(report.accepted["cost_gbp"].astype(int)) == first
    assert report.rejected == 4
