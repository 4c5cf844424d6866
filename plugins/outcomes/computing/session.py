"""The locked session: one in-memory DuckDB that holds the records of the submissions selected, and nothing else.

Owns loading. Promises one record for each key of a feed (the latest period's, then the highest sequence, then the
supplier's code), of the activity feeds only what concerns people who died, and that after loading nothing outside can be
read or written. Never writes to the lake, nor a record to any disk: where memory runs out it says so.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import duckdb

from outcomes.definitions.feeds import SQL_TYPES, Feed, feeds
from outcomes.errors import SetupError
from outcomes.lake import Lake
from outcomes.organisations import Partnership
from outcomes.periods import bank_holidays

# The years whose bank holidays a measure can ask for.
_YEARS = range(2010, 2036)

# Nothing fetched from the network, and no `.tmp` in the working folder: DuckDB would spill patients' records there.
_OFF: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "temp_directory": "",
}


def locked_session(
    lake: Lake, files: Mapping[str, Sequence[str]], partnership: Partnership, wanted: Collection[str]
) -> duckdb.DuckDBPyConnection:
    """Load the wanted feeds from the lake's files (by feed; none gives an empty table) and lock the session.

    Raises SetupError when a file is gone or damaged, and when the records do not fit into memory.
    """
    connection = duckdb.connect(config=_OFF)
    try:
        lake.open_to(connection)
        # The deaths come first: who died decides which records of the other feeds are loaded.
        for name in sorted({"deaths", *wanted}, key=lambda feed: (feed != "deaths", feed)):
            _load(connection, feeds()[name], lake.addresses(list(files.get(name, ()))))
        load_reference(connection, partnership)
        return lock(connection)
    except BaseException:
        connection.close()
        raise


def lock(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Shut the session off from files and the network for good."""
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def empty_table(feed: Feed) -> str:
    """SQL that creates the feed's table without records."""
    return f"create table {feed.name} ({', '.join(f'{name} {kind}' for name, kind in _columns(feed).items())})"


def _columns(feed: Feed) -> dict[str, str]:
    named = {("person_id" if c.nhs_number else c.name): c for c in feed.columns}
    types = {name: "uuid" if c.nhs_number else SQL_TYPES[c.type] for name, c in named.items()}
    return {"person_id": "uuid", **types, "supplier": "varchar", "period": "varchar", "sequence": "integer"}


def _load(connection: duckdb.DuckDBPyConnection, feed: Feed, addresses: list[str]) -> None:
    connection.execute(empty_table(feed))
    if not addresses:
        return
    columns, key, together = ", ".join(_columns(feed)), ", ".join(feed.key), ", ".join(feed.kept_together)
    of_the_dead = (
        ""
        if feed.name == "deaths"
        else f"""semi join (
            select distinct {together} from read_parquet($files)
            where person_id in (select person_id from deaths where person_id is not null)
        ) using ({together})"""
    )
    try:
        connection.execute(
            f"""
            insert into {feed.name}
            select {columns} from (select * from read_parquet($files) {of_the_dead})
            qualify row_number() over (
                partition by {key} order by period desc, sequence desc, supplier desc
            ) = 1""",
            {"files": addresses},
        )
    except duckdb.OutOfMemoryException:
        raise SetupError(
            f"The records of {feed.name} do not fit into the memory of this machine: give it more and compute again; "
            "nothing was changed."
        ) from None
    except duckdb.Error as error:
        # Only its kind: DuckDB quotes values.
        raise SetupError(
            f"A file of {feed.name} in the lake cannot be read ({type(error).__name__}): restore it from the backup "
            "and compute again; nothing was changed."
        ) from None


def reference(partnership: Partnership) -> dict[str, dict[str, list[Any]]]:
    """What no supplier sends, by table and column: `organisation`, `ccg` and England's `bank_holiday`."""
    codes = list(partnership.by_code)
    return {
        "organisation": {"code": codes, "successor": [partnership.successor(code) for code in codes]},
        "ccg": {"code": [ccg.code for ccg in partnership.ccgs]},
        "bank_holiday": {"day": sorted(day for year in _YEARS for day in bank_holidays(year))},
    }


def load_reference(connection: duckdb.DuckDBPyConnection, partnership: Partnership) -> None:
    """Create the tables of `reference`."""
    for table, columns in reference(partnership).items():
        kind = "date" if table == "bank_holiday" else "varchar"
        parts = ", ".join(f"unnest(?::{kind}[]) as {column}" for column in columns)
        connection.execute(f"create table {table} as select {parts}", list(columns.values()))
