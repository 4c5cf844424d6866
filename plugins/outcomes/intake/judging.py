"""Judging records: every rule of the contract over every record of one file, in DuckDB.

Owns the tables `judged`, `people`, `accepted`, `rejected` and `finding` of a workbench. Promises that a record's verdict
depends on nothing but the record, except that the first record of a repeated key stays, and that a rejected record is kept
with every long number masked and without what stands in no column of the contract. Never decides about the file.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from outcomes.definitions.feeds import Feed
from outcomes.intake import contract
from outcomes.intake.masking import holds_number, masked, nhs_number_is_valid
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.reading import RawFile
from outcomes.intake.workbook_cells import ERROR, UNCALCULATED
from outcomes.organisations import Partnership
from outcomes.periods import Month

_CLEAR = "drop view if exists accepted; drop table if exists judged; drop table if exists people; " + (
    "drop table if exists rejected; drop table if exists finding"
)


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
    # Memory only: what did not fit would be spilled, NHS numbers and all, into the working folder. One thread: most files
    # are small, suppliers are received side by side by Airflow, and records keep the order of the file.
    off: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": "",
        "threads": 1,
    }
    return duckdb.connect(config=off)


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the workbench ready for the next file."""
    connection.unregister("raw")
    connection.execute(_CLEAR)


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
    `finding` a row per fault: file_row, fault (`code|column`, or `code|column|slip`).
    """
    closing = {c: partnership.by_code[c].last_day for c in partnership.provider_codes(supplier)}
    provider_codes = {code: day.isoformat() if day else None for code, day in closing.items()}
    checks = contract.record_checks(feed, provider_codes, odd=raw.odd)
    flawed = "flaws" in raw.records.column_names
    told = [_unless_flawed(check) for check in checks] if flawed else checks
    texts = contract.texts(feed, raw.header, split="line" in raw.records.column_names, flawed=flawed)
    connection.register("raw", raw.records)
    _run(
        connection,
        f"create temp table judged as {contract.judged(feed, raw.header, texts, told, flawed=flawed)}",
        {"first_day": month.first_day, "last_day": month.last_day},
    )
    # Each number is looked at once, however many records a person has.
    _run(
        connection,
        f"""
        create temp table people as
        select nhs_number, {pseudonyms.person_id(nhs_number_is_valid("nhs_number"), "nhs_number")} as person_id
        from (select distinct nhs_number from judged where nhs_number is not null)""",
        pseudonyms.parameters,
    )
    left_out = 0
    if may_be_used is not None:
        # A record without a valid number cannot be looked up; it stays, unlinked.
        objecting = """delete from judged where nhs_number in (select nhs_number from people where person_id is not null)
                       and nhs_number not in (select unnest($used::varchar[]))"""
        ((left_out,),) = connection.execute(objecting, {"used": sorted(may_be_used)}).fetchall()
    rejected = _set_repeated_aside(connection, feed, pseudonyms)
    connection.execute(f"create temp view accepted as {contract.kept_columns(feed)}")
    _keep_apart(connection, rejected, texts, raw.header, feed)
    found = _find(connection, feed)
    number = contract.number_check(feed)
    _name_slips(connection, texts, [check for check in (*checks, number) if check.looks and check.name in found])
    of_records = {check.name for check in checks} | {contract.FIELDS, contract.repeated(feed)}
    warnings = {
        name: count
        for name, count in found.items()
        if name not in of_records and name.split("|")[0] not in {ERROR, UNCALCULATED}
    }
    for together, across in contract.across_checks(feed).items():
        warnings[", ".join(together)] = _look_across(connection, ", ".join(together), contract.faults_of(across))
    filled = _filled(connection, feed)
    filled[number.column] = (
        raw.count
        - left_out
        - rejected
        - sum(count for name, count in warnings.items() if number.column in name.split("|"))
    )
    return Judged(rejected, sum(warnings.values()), filled, left_out)


def _set_repeated_aside(connection: duckdb.DuckDBPyConnection, feed: Feed, pseudonyms: Pseudonyms) -> int:
    """Set later records of a key aside; gives how many records are rejected then."""
    key = ", ".join(f"t_{c}" for c in feed.key)
    # Different hashes are different keys. Only where there are fewer the keys themselves are compared.
    ((rejected, sound, keys, holding),) = connection.execute(
        f"""select count(*) filter (faults <> ''), count(*) filter (faults = ''),
                   count(distinct hash({key})) filter (faults = ''), count(*) filter (holds_number) from judged"""
    ).fetchall()
    if keys < sound:
        connection.execute(
            f"""
            update judged set faults = '{contract.repeated(feed)}' where row in
            (select row from (select row, row_number() over (partition by {key} order by row) as nth from judged
                              where faults = '' and ({key}) in
                                    (select ({key}) from judged where faults = '' group by all having count(*) > 1))
             where nth > 1)"""
        )
        rejected = _count(connection, "select count(*) from judged where faults <> ''")
    if holding:
        _hide_numbers(connection, feed, pseudonyms)
    return int(rejected)


def _hide_numbers(connection: duckdb.DuckDBPyConnection, feed: Feed, pseudonyms: Pseudonyms) -> None:
    """An identifier of the supplier's own that holds the record's NHS number becomes a keyed pseudonym: it still tells
    records apart and still joins, and the number goes no further."""
    for name in contract.free_text(feed):
        held = f"faults = '' and holds_number and {holds_number(f't_{name}', 'nhs_number')}"
        _run(
            connection,
            f"update judged set t_{name} = {pseudonyms.text(f't_{name}')} where {held}",
            pseudonyms.parameters,
        )


def _keep_apart(
    connection: duckdb.DuckDBPyConnection, rejected: int, texts: str, header: Sequence[str], feed: Feed
) -> None:
    """The rejected records as they were sent, every long number masked.

    What stands in no column of the contract could be a name or an address: it is not kept.
    """
    contracted = {c.name for c in feed.columns}
    known = ", ".join(str(place) for place, name in enumerate(header, start=1) if name in contracted)
    kept = f"case when len(f) = {len(header)} and i in ({known}) then {masked('v')} else '#' end"
    connection.execute(
        f"""
        create temp table rejected as
        with texts as ({texts})
        select person_id, file_row, faults, list_transform(f, lambda v, i: {kept}) as fields
        from (select row as file_row, nhs_number, faults from judged where faults <> '')
             join (select row as file_row, f from texts where row in (select row from judged where faults <> ''))
             using (file_row) left join people using (nhs_number)
        order by file_row"""
        if rejected
        else "create temp table rejected (person_id uuid, file_row integer, faults varchar, fields varchar[])"
    )


def _find(connection: duckdb.DuckDBPyConnection, feed: Feed) -> dict[str, int]:
    """Every fault of a record by itself; gives how often each was found."""
    number = contract.number_check(feed)
    missing = "" if feed.column(number.column).required else "or nhs_number is null"
    connection.execute(
        f"""
        create temp table finding as
        select row as file_row, unnest(string_split(faults, ',')) as fault from judged where faults <> ''
        union all
        select row, unnest(string_split(warned, ',')) from judged where faults = '' and warned <> ''
        union all
        select row, case when nhs_number is null then '{contract.MISSING}|{number.column}' else '{number.name}' end
        from judged left join people using (nhs_number)
        where faults = '' and person_id is null and (nhs_number is not null {missing})"""
    )
    return dict(connection.execute("select fault, count(*) from finding group by fault").fetchall())


def _unless_flawed(check: contract.Check) -> contract.Check:
    """A cell with an error is told as that, not as an empty one."""
    if check.code != "required":
        return check
    return replace(check, broken=f"{check.broken} and not contains(flaws || ',', '|{check.column},')")


def _name_slips(connection: duckdb.DuckDBPyConnection, texts: str, checks: Sequence[contract.Check]) -> None:
    """Tell what the values at fault look like."""
    if not checks:
        return
    columns = ", ".join(dict.fromkeys(check.column for check in checks))
    named = ", ".join(f"'{check.name}'" for check in checks)
    told = " ".join(f"when '{check.name}' then {check.told}" for check in checks)
    connection.execute(
        f"""
        create or replace temp table finding as
        with texts as ({texts})
        select file_row, case fault {told} else fault end as fault
        from finding left join (select row as file_row, {columns} from texts
                                where row in (select file_row from finding where fault in ({named})))
             using (file_row)"""
    )


def _look_across(connection: duckdb.DuckDBPyConnection, together: str, found: str) -> int:
    """What is found of records taken together, told of each of them; gives how often."""
    ((count,),) = connection.execute(
        f"""
        insert into finding
        select file_row, unnest(string_split(found, ',')) from accepted
        join (select {together}, {found} as found from accepted group by all) using ({together}) where found <> ''"""
    ).fetchall()
    return int(count)


def _run(connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, object]) -> None:
    """Execute with those of the parameters that the SQL uses; a further one would be an error."""
    statement = connection.extract_statements(sql)[0]
    connection.execute(statement, {k: v for k, v in parameters.items() if k in statement.named_parameters})


def _filled(connection: duckdb.DuckDBPyConnection, feed: Feed) -> dict[str, int]:
    names = [c.name for c in feed.columns if not c.nhs_number and not c.required]
    if not names:
        return {}
    counts = connection.execute(f"select {', '.join(f'count(t_{n})' for n in names)} from judged where faults = ''")
    return dict(zip(names, counts.fetchall()[0], strict=True))


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((count,),) = connection.execute(sql).fetchall()
    return int(count)
