"""Judging records: every rule of the contract over every record of one file, in DuckDB.

Owns the tables `judged`, `accepted`, `rejected` and `finding` of a workbench. Promises that a record's verdict depends
on nothing but the record, except that the first record of a repeated key stays, and that a rejected record is kept with
every long number masked and without what stands in no column of the contract. Never decides about the file.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from outcomes.definitions.feeds import Feed
from outcomes.intake import contract
from outcomes.intake.masking import masked
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.reading import RawFile
from outcomes.organisations import Partnership
from outcomes.periods import Month

_TABLES = ("judged", "repeated", "accepted", "apart", "rejected", "finding")


@dataclass(frozen=True, slots=True)
class Judged:
    """How many records were rejected, how many warnings there are on those accepted, and how many of these have a
    value.

    `left_out` counts the records of people who object, which are in no table. `filled` counts accepted records by
    column that may be empty; of the NHS number only valid ones.
    """

    rejected: int
    warnings: int
    filled: Mapping[str, int]
    left_out: int = 0


def workbench() -> duckdb.DuckDBPyConnection:
    """A DuckDB to check submissions in, one after the other."""
    # Memory only: what did not fit would be spilled, NHS numbers and all, into the working folder.
    off: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": "",
    }
    return duckdb.connect(config=off)


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the workbench ready for the next file."""
    connection.unregister("raw")
    for table in _TABLES:
        connection.execute(f"drop table if exists {table}")


def judge(
    connection: duckdb.DuckDBPyConnection,
    raw: RawFile,
    feed: Feed,
    supplier: str,
    month: Month,
    partnership: Partnership,
    pseudonyms: Pseudonyms,
    may_be_used: Collection[str] | None = None,
) -> Judged:
    """Fill the workbench's tables. `may_be_used` are the NHS numbers of those who do not object; None asks nobody.

    `accepted` holds the typed columns with `person_id` for the NHS number and `file_row`; `rejected` the masked fields;
    `finding` a row per fault: file_row, fault (`code|column`).
    """
    closing = {c: partnership.by_code[c].last_day for c in partnership.provider_codes(supplier)}
    provider_codes = {code: day.isoformat() if day else None for code, day in closing.items()}
    rejections = contract.faults_of(contract.record_checks(feed, provider_codes, odd=raw.odd))
    fields = contract.fields_check(raw.header)
    connection.register("raw", raw.records)
    _run(
        connection,
        f"""
        create temp table judged as
        with fields as ({contract.raw_fields(split="line" in raw.records.column_names)}),
             texts as ({contract.raw_columns(feed, raw.header)}),
             typed as ({contract.typed_columns(feed)})
        select *, case when {fields.broken} then '{fields.name}' else {rejections} end as faults,
               {contract.faults_of(contract.warning_checks(feed))} as warned
        from typed""",
        {"first_day": month.first_day, "last_day": month.last_day},
    )
    left_out = 0
    if may_be_used is not None:
        # A record without a valid number cannot be looked up; it stays, unlinked.
        objecting = "delete from judged where linkable and nhs_number not in (select unnest($used::varchar[]))"
        ((left_out,),) = connection.execute(objecting, {"used": sorted(may_be_used)}).fetchall()
    _set_repeated_aside(connection, feed)
    _run(
        connection,
        f"create temp table accepted as {contract.kept_columns(feed, pseudonyms)}",
        pseudonyms.parameters,
    )
    # What stands in no column of the contract could be a name or an address: it is not kept.
    contracted = {c.name for c in feed.columns}
    known = ", ".join(str(place) for place, name in enumerate(raw.header, start=1) if name in contracted)
    in_place = f"len(f) = {len(raw.header)} and i in ({known})"
    # A table of its own first: over a filter the masking would run through every record of the file.
    connection.execute("create temp table apart as select * from judged where faults <> ''")
    _run(
        connection,
        f"""
        create temp table rejected as
        select {pseudonyms.person_id("linkable", "nhs_number")} as person_id, row as file_row, faults,
               list_transform(f, lambda v, i: case when {in_place} then {masked("v")} else '#' end) as fields
        from apart order by row""",
        pseudonyms.parameters,
    )
    connection.execute(
        f"""
        create temp table finding as
        select row as file_row, unnest(string_split(faults, ',')) as fault from judged where faults <> ''
        union all by name
        select row as file_row, unnest(string_split(warned, ',')) as fault from judged where faults = '' and warned <>
        '' union all by name
        select file_row, unnest(string_split(found, ',')) as fault
        from (select file_row, {contract.faults_of(contract.across_checks(feed))} as found from accepted)
        where found <> ''"""
    )
    return Judged(
        rejected=_count(connection, "select count(*) from rejected"),
        warnings=_count(connection, "select count(*) from finding anti join rejected using (file_row)"),
        filled=_filled(connection, feed),
        left_out=left_out,
    )


def _set_repeated_aside(connection: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    # The window runs over the repeated keys only: over the whole file it would cost a third of the landing.
    key = ", ".join(f"t_{c}" for c in feed.key)
    connection.execute(
        f"""
        create temp table repeated as
        select row from (select row, row_number() over (partition by {key} order by row) as nth from judged
                         where faults = '' and ({key}) in
                               (select ({key}) from judged where faults = '' group by all having count(*) > 1))
        where nth > 1"""
    )
    connection.execute(
        f"update judged set faults = 'repeated_key|{feed.key[-1]}' where row in (select row from repeated)"
    )


def _run(connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, object]) -> None:
    """Execute with those of the parameters that the SQL uses; a further one would be an error."""
    statement = connection.extract_statements(sql)[0]
    connection.execute(statement, {k: v for k, v in parameters.items() if k in statement.named_parameters})


def _filled(connection: duckdb.DuckDBPyConnection, feed: Feed) -> dict[str, int]:
    kept = {c.name: "person_id" if c.nhs_number else c.name for c in feed.columns if c.nhs_number or not c.required}
    if not kept:
        return {}
    counts = connection.execute(f"select {', '.join(f'count({name})' for name in kept.values())} from accepted")
    return dict(zip(kept, counts.fetchall()[0], strict=True))


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((count,),) = connection.execute(sql).fetchall()
    return int(count)
