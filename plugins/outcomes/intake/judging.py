"""Judging records: every rule of the contract over every record of files of one feed and month, in DuckDB.

Owns the tables of a workbench but the findings. Promises that a record's verdict depends on nothing but the record, except
that the first record of a key that a file repeats stays, whatever other files are judged with it. Never decides about a
file.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa

from outcomes.definitions.feeds import Feed
from outcomes.intake import contract
from outcomes.intake.findings import Findings
from outcomes.intake.masking import holds_number, nhs_number_is_valid
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.records import CONTROL_CHARACTER, TOO_LONG, RawFile
from outcomes.intake.set_aside import NOBODY, set_aside
from outcomes.intake.workbench import run
from outcomes.intake.workbook_cells import ERROR, UNCALCULATED
from outcomes.organisations import Partnership
from outcomes.periods import Month


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file to be judged: whose it is, and the NHS numbers of those who do not object; None where nobody was asked."""

    supplier: str
    raw: RawFile
    may_be_used: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one file: `found` are the rows of each fault (`code|column`, or `code|column|slip`), ascending.

    `left_out` counts the records of people who object, which are in no table. `filled` counts accepted records by
    column that may be empty; of the NHS number only valid ones. `issued` counts valid numbers that are not made up.
    `accepted` are the records as the lake keeps them, `set_aside` the rejected ones (person_id, file_row, faults and the
    masked fields), both in the order of the file. The others are SELECTs, good until the workbench is cleared: the valid
    `numbers`, and the `texts` as sent.
    """

    found: Mapping[str, tuple[int, ...]]
    rejected: int
    warnings: int
    filled: Mapping[str, int]
    left_out: int
    issued: int
    accepted: pa.Table
    set_aside: pa.Table
    numbers: str
    texts: str


def name_people(connection: duckdb.DuckDBPyConnection, judgings: Sequence["Judging"], pseudonyms: Pseudonyms) -> None:
    """Fill the table `people`, for all that is judged together: each number is looked at once, however many records of
    however many files a person has."""
    numbers = " union all ".join(judging.numbers for judging in judgings)
    person = pseudonyms.person_id(nhs_number_is_valid("nhs_number"), "nhs_number")
    run(
        connection,
        f"""create temp table people as select nhs_number, {person} as person_id
            from (select distinct nhs_number from ({numbers}) where nhs_number is not null)""",
        pseudonyms.parameters,
    )


class Judging:
    """Files of one feed and month with one and the same header, judged together; their tables end in `suffix`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        feed: Feed,
        month: Month,
        sheets: Sequence[Sheet],
        suffix: str,
    ) -> None:
        self._connection, self._feed, self._month, self._sheets = connection, feed, month, sheets
        self._header = sheets[0].raw.header
        self._raw, self._judged, self._finding = (f"{table}{suffix}" for table in ("raw", "judged", "finding"))
        self._texts = contract.texts(feed, self._header, self._raw)
        files = [
            sheet.raw.records.append_column("file", pa.repeat(pa.scalar(file, pa.int32()), sheet.raw.count))
            for file, sheet in enumerate(sheets)
        ]
        connection.register(self._raw, pa.concat_tables(files))

    @property
    def numbers(self) -> str:
        """SELECT: the NHS numbers as sent."""
        return f"select {contract.number_check(self._feed).column} as nhs_number from ({self._texts})"

    def clear(self) -> None:
        """Take everything off the workbench."""
        for table in (self._judged, self._finding):
            self._connection.execute(f"drop table if exists {table}")
        self._connection.unregister(self._raw)

    def judge(self, partnership: Partnership, pseudonyms: Pseudonyms) -> list[Judged]:
        """What came of each file."""
        feed = self._feed
        checks = contract.record_checks(feed, [_provider_codes(partnership, s.supplier) for s in self._sheets])
        run(
            self._connection,
            f"create temp table {self._judged} as " + contract.judged(feed, self._header, self._texts, checks),
            {"first_day": self._month.first_day, "last_day": self._month.last_day},
        )
        left_out = [self._leave_out(file, sheet.may_be_used) for file, sheet in enumerate(self._sheets)]
        self._set_repeated_aside(pseudonyms)
        findings = Findings(self._connection, feed, self._judged, self._texts, self._finding)
        findings.tell(checks)
        found = findings.of_files(len(self._sheets))
        counts = self._counts()
        accepted = self._by_file(f"select file, {contract.kept_columns(feed)} from {self._judged} where faults = ''")
        any_rejected = any(rejected for rejected, _, _ in counts)
        apart = self._by_file(set_aside(feed, self._header, self._texts, self._judged) if any_rejected else NOBODY)
        of_records = {check.name for check in checks} | {
            contract.FIELDS,
            CONTROL_CHARACTER,
            TOO_LONG,
            contract.repeated(feed),
        }
        return [
            Judged(
                found[file],
                rejected,
                sum(len(rows) for fault, rows in found[file].items() if _warns(fault, of_records)),
                filled,
                left_out[file],
                issued,
                accepted[file],
                apart[file],
                f"select distinct nhs_number from {self._judged} where file = {file} and person_id is not null",
                f"select * from ({self._texts}) where file = {file}",
            )
            for file, (rejected, issued, filled) in enumerate(counts)
        ]

    def _leave_out(self, file: int, may_be_used: Collection[str] | None) -> int:
        if may_be_used is None:
            return 0
        # A record without a valid number cannot be looked up; it stays, unlinked.
        objecting = f"""delete from {self._judged} where file = {file} and person_id is not null
                        and nhs_number not in (select unnest($used::varchar[]))"""
        ((left_out,),) = self._connection.execute(objecting, {"used": sorted(may_be_used)}).fetchall()
        return int(left_out)

    def _set_repeated_aside(self, pseudonyms: Pseudonyms) -> None:
        """Set later records of a key aside."""
        key = ", ".join(["file", *(f"t_{c}" for c in self._feed.key)])
        sound = f"from {self._judged} where faults = ''"
        # Different hashes are different keys, so only records that share one are compared.
        shared = self._connection.execute(
            f"select hash({key}) as shared {sound} group by all having count(*) > 1"
        ).fetchnumpy()["shared"]
        if len(shared):
            self._connection.execute(
                f"""
                update {self._judged} set faults = '{contract.repeated(self._feed)}' where rowid in
                (select unnest(list(rowid order by row)[2:])
                 from (select rowid, row, {key} {sound} and hash({key}) in (select unnest($shared::ubigint[])))
                 group by {key})""",
                {"shared": shared},
            )
        ((holding,),) = self._connection.execute(f"select exists (from {self._judged} where holds_number)").fetchall()
        if holding:
            self._hide_numbers(pseudonyms)

    def _hide_numbers(self, pseudonyms: Pseudonyms) -> None:
        """An identifier of the supplier's own that holds the record's NHS number becomes a keyed pseudonym: it still
        tells records apart and still joins, and the number goes no further."""
        for name in contract.free_text(self._feed):
            held = f"faults = '' and holds_number and {holds_number(f't_{name}', 'nhs_number')}"
            run(
                self._connection,
                f"update {self._judged} set t_{name} = {pseudonyms.text(f't_{name}')} where {held}",
                pseudonyms.parameters,
            )

    def _counts(self) -> list[tuple[int, int, dict[str, int]]]:
        """Of each file: rejected records, valid numbers that are not made up, and how many columns are filled."""
        names = [c.name for c in self._feed.columns if not c.nhs_number and not c.required]
        filled = {**{name: f"t_{name}" for name in names}, contract.number_check(self._feed).column: "person_id"}
        counts = ", ".join(f"count({column}) filter (faults = '')" for column in filled.values())
        # 999 is never issued to anybody.
        issued = "person_id is not null and not starts_with(nhs_number, '999')"
        lines = self._connection.execute(
            f"""select file, count(*) filter (faults <> ''), count(*) filter ({issued}), {counts}
                from {self._judged} group by file"""
        ).fetchall()
        of_file = {
            file: (rejected, issued, dict(zip(filled, rest, strict=True))) for file, rejected, issued, *rest in lines
        }
        return [of_file.get(file, (0, 0, dict.fromkeys(filled, 0))) for file in range(len(self._sheets))]

    def _by_file(self, records: str) -> list[pa.Table]:
        """The records of each file, in its order."""
        table = self._connection.sql(records).to_arrow_table()
        place = (table["file"].to_numpy().astype(np.int64) << 32) + table["file_row"].to_numpy()
        if (place[1:] < place[:-1]).any():
            order = np.argsort(place)
            table, place = table.take(order), place[order]
        starts = np.searchsorted(place, np.arange(len(self._sheets) + 1, dtype=np.int64) << 32)
        plain = table.drop_columns(["file"])
        return [plain.slice(start, end - start) for start, end in pairwise(starts.tolist())]


def _provider_codes(partnership: Partnership, supplier: str) -> dict[str, str | None]:
    closing = {c: partnership.by_code[c].last_day for c in partnership.provider_codes(supplier)}
    return {code: day.isoformat() if day else None for code, day in closing.items()}


def _warns(fault: str, of_records: Collection[str]) -> bool:
    code, column, *_ = fault.split("|")
    return f"{code}|{column}" not in of_records and code not in {ERROR, UNCALCULATED}
