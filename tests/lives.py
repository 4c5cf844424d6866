"""A session as measures meet it, filled with the rows a test gives: one table per feed, locked, nothing from outside.

The tables are those of the real session, so that a test cannot give a column that no supplier sends. Rows are taken as
already resolved (one record per key), which is the work of loading.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import duckdb

from outcomes.computing.session import empty_table, load_reference, lock
from outcomes.definitions.feeds import feeds
from outcomes.organisations import partnership

Row = Mapping[str, Any]


def session(
    rows: Mapping[str, Iterable[Row]], loaded: Collection[str] | None = None, memory_limit: str = "4GB"
) -> duckdb.DuckDBPyConnection:
    """A locked in-memory session with these rows per feed; a column that is left out is null.

    `loaded` are the feeds that it holds, as a real one holds only those that its measures name; all of them when None.
    """
    connection = duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": memory_limit,
            "temp_directory": "",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    for feed in (f for f in feeds().values() if loaded is None or f.name in loaded):
        connection.execute(empty_table(feed))
        _insert(connection, feed.name, rows.get(feed.name, ()))
    load_reference(connection, partnership())
    return lock(connection)


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries."""
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _insert(connection: duckdb.DuckDBPyConnection, table: str, given: Iterable[Row]) -> None:
    given = list(given)
    if not given:
        return
    names = sorted({name for row in given for name in row})
    places = ", ".join(f"({', '.join('?' * len(names))})" for _ in given)
    connection.execute(
        f"insert into {table} ({', '.join(names)}) values {places}", [row.get(name) for row in given for name in names]
    )
