"""Checking one submission against its contract: file, header, then every rule over every record.

Owns the verdict on a submission. Promises every fault at once, the first record of a repeated key kept, and the same
verdict whatever else has arrived. Never writes anything.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

import duckdb

from outcomes.definitions.feeds import SQL_TYPES, Feed, feeds
from outcomes.intake import contract
from outcomes.intake.names import Manifest, SubmissionName
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.reading import RawFile, Unreadable, read_csv, unpack
from outcomes.organisations import Partnership
from outcomes.periods import Month


@dataclass(frozen=True, slots=True)
class FileFault:
    """A fault of the whole file: it `rejects` the submission, or is a warning."""

    code: str
    sentence: str
    rejects: bool = True


@dataclass
class Checked:
    """The verdict; where the records were `judged`, the connection holds `accepted`, `rejected` and `finding` meanwhile.

    `accepted` holds the typed columns with `person_id` for the NHS number and `file_row`; `rejected` the masked fields;
    `finding` a row per fault: file_row, fault (`code|column`).
    """

    connection: duckdb.DuckDBPyConnection
    name: SubmissionName
    feed: Feed | None
    sha256: str
    header: tuple[str, ...] = ()
    file_faults: list[FileFault] = field(default_factory=list)
    rows: int = 0
    rejected: int = 0
    warnings: int = 0
    judged: bool = False

    @property
    def rejection(self) -> FileFault | None:
        """The fault that rejects the file; None when it is accepted."""
        return next((f for f in self.file_faults if f.rejects), None)


def workbench() -> duckdb.DuckDBPyConnection:
    """A DuckDB to check submissions in, one after the other."""
    return duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})


@contextmanager
def checked(
    connection: duckdb.DuckDBPyConnection,
    name: SubmissionName,
    data: bytes,
    manifest: Manifest | str | None,
    partnership: Partnership,
    as_of: date,
    pseudonyms: Pseudonyms,
    known_faults: Iterable[FileFault] = (),
) -> Iterator[Checked]:
    """Check a submission in a workbench; `manifest` is None where a supplier checks a file before making one.

    `known_faults` are those that follow from what was received before.
    """
    verdict = Checked(
        connection, name, feeds().get(name.feed), sha256(data).hexdigest(), file_faults=list(known_faults)
    )
    try:
        _check(verdict, data, manifest, partnership, as_of, pseudonyms)
        yield verdict
    finally:
        connection.unregister("raw")
        for table in ("judged", "repeated", "accepted", "finding", "rejected"):
            connection.execute(f"drop table if exists {table}")


def _check(
    verdict: Checked,
    data: bytes,
    manifest: Manifest | str | None,
    partnership: Partnership,
    as_of: date,
    pseudonyms: Pseudonyms,
) -> None:
    faults = verdict.file_faults
    faults += _name_faults(verdict.name, partnership, as_of)
    if isinstance(manifest, str):
        faults.append(FileFault("manifest", manifest))
    elif manifest is not None and manifest.sha256 != verdict.sha256:
        faults.append(
            FileFault("checksum", "The file's SHA-256 is not the manifest's: send the file and its manifest again.")
        )
    if verdict.rejection or verdict.feed is None:
        return
    try:
        raw = read_csv(unpack(data, verdict.name.container))
    except Unreadable as error:
        faults.append(FileFault("unreadable", str(error)))
        return
    verdict.header, verdict.rows = raw.header, raw.count
    if isinstance(manifest, Manifest) and manifest.rows != raw.count:
        faults.append(
            FileFault(
                "row_count",
                f"The manifest says {manifest.rows} records, the file has {raw.count}: send the whole file again.",
            )
        )
    header_faults = list(_header_faults(verdict.feed, raw.header))
    faults += header_faults
    if any(f.rejects for f in header_faults):
        return
    _judge_records(verdict, raw, verdict.feed, partnership, pseudonyms)
    _judge_shares(verdict, verdict.feed)


def _name_faults(name: SubmissionName, partnership: Partnership, as_of: date) -> Iterator[FileFault]:
    if name.feed not in feeds():
        yield FileFault(
            "unknown_feed", f"There is no feed {name.feed}: name the file after one of {', '.join(feeds())}."
        )
    elif name.supplier not in {s.code for s in partnership.suppliers}:
        yield FileFault("unknown_supplier", f"{name.supplier} is no supplier: put your own code into the file's name.")
    elif name.supplier not in partnership.suppliers_of(name.feed):
        yield FileFault("wrong_supplier", f"{name.supplier} does not send {name.feed}: check the file's name.")
    if Month.parse(name.period).last_day >= as_of:
        yield FileFault("month_not_over", f"The month {name.period} is not over yet: send it once it is.")


def _header_faults(feed: Feed, header: tuple[str, ...]) -> Iterator[FileFault]:
    if any(not column for column in header):
        yield FileFault("header", "The header has a column without a name: give every column its name.")
    known = {c.name for c in feed.columns}
    # Unknown header names are counted, not repeated: where the header is missing they are somebody's data.
    if len(set(header)) < len(header):
        twice = sorted({c for c in header if header.count(c) > 1 and c in known})
        yield FileFault(
            "header", f"The header names a column twice ({', '.join(twice) or 'an unknown one'}): keep one."
        )
    if absent := [c for c in feed.required if c not in header]:
        yield FileFault("header", f"The header lacks {', '.join(absent)}: add it; names are compared exactly.")
    if optional := [c.name for c in feed.columns if not c.required and c.name not in header]:
        yield FileFault(
            "column_absent", f"The header lacks {', '.join(optional)}: they count as missing.", rejects=False
        )
    if unknown := sum(bool(c) and c not in known for c in header):
        yield FileFault(
            "unknown_column", f"The header has {unknown} column(s) the contract does not know.", rejects=False
        )


def _judge_records(
    verdict: Checked, raw: RawFile, feed: Feed, partnership: Partnership, pseudonyms: Pseudonyms
) -> None:
    connection = verdict.connection
    month = Month.parse(verdict.name.period)
    codes = {c: partnership.by_code[c].last_day for c in partnership.provider_codes(verdict.name.supplier)}
    provider_codes = {code: day.isoformat() if day else None for code, day in codes.items()}
    records = contract.faults_of(contract.record_checks(feed, provider_codes, odd=raw.odd))
    fields = contract.fields_check(raw.header)
    connection.register("raw", raw.records)
    _run(
        connection,
        f"""
        create temp table judged as
        with fields as ({contract.raw_fields(split="line" in raw.records.column_names)}),
             texts as ({contract.raw_columns(feed, raw.header)}),
             typed as ({contract.typed_columns(feed)})
        select *, case when {fields.broken} then '{fields.name}' else {records} end as faults,
               {contract.faults_of(contract.warning_checks(feed))} as warned
        from typed""",
        {"first_day": month.first_day, "last_day": month.last_day},
    )
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
        f"update judged set faults = 'repeated_key|{feed.key[0]}' where row in (select row from repeated)"
    )
    columns = ", ".join(f"t_{c.name}::{SQL_TYPES[c.type]} as {c.name}" for c in feed.columns if not c.nhs_number)
    _run(
        connection,
        f"""
        create temp table accepted as
        select {pseudonyms.person_id("linkable", "nhs_number")} as person_id, {columns}, row as file_row
        from judged where faults = '' order by row""",
        pseudonyms.parameters,
    )
    across = contract.faults_of(contract.across_checks(feed))
    connection.execute(
        f"""
        create temp table finding as
        select row as file_row, unnest(string_split(faults, ',')) as fault from judged where faults <> ''
        union all by name
        select row as file_row, unnest(string_split(warned, ',')) as fault from judged where faults = '' and warned <> ''
        union all by name
        select file_row, unnest(string_split(found, ',')) as fault
        from (select file_row, {across} as found from accepted) where found <> ''"""
    )
    _run(
        connection,
        f"""
        create temp table rejected as
        select {pseudonyms.person_id("linkable", "nhs_number")} as person_id, row as file_row, faults,
               [{_masked("v")} for v in f] as fields
        from judged where faults <> '' order by row""",
        pseudonyms.parameters,
    )
    verdict.rejected = _count(connection, "select count(*) from rejected")
    verdict.judged = True
    verdict.warnings = _count(
        connection, "select count(*) from finding where file_row not in (select file_row from rejected)"
    )


def _judge_shares(verdict: Checked, feed: Feed) -> None:
    kept = verdict.rows - verdict.rejected
    share = 100 * verdict.rejected / max(1, verdict.rows)
    if share > feed.rejected_percent_allowed and verdict.rejected > feed.rejected_count_allowed:
        verdict.file_faults.append(
            FileFault(
                "too_many_rejected",
                f"{verdict.rejected} of {verdict.rows} records ({share:.1f} %) are rejected; at most "
                f"{feed.rejected_percent_allowed:g} % may be: mend the records below and send the file again.",
            )
        )
    elif kept == 0 and not feed.may_be_empty:
        what = "has no records" if verdict.rows == 0 else "has no record left once faulty ones are set aside"
        verdict.file_faults.append(FileFault("empty", f"The file {what}, which {feed.name} may not: send the records."))


def _masked(value: str) -> str:
    """SQL: a value with every run of nine or more digits, however spaced, taken out: it could be a person's number."""
    return rf"regexp_replace({value}, '[0-9](?:[ \-]?[0-9]){{8,}}', '#', 'g')"


def _run(connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, object]) -> None:
    """Execute with those of the parameters that the SQL uses; a further one would be an error."""
    statement = connection.extract_statements(sql)[0]
    connection.execute(statement, {k: v for k, v in parameters.items() if k in statement.named_parameters})


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((count,),) = connection.execute(sql).fetchall()
    return int(count)
