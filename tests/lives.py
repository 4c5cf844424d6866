"""A session as measures meet it, filled with the rows a test gives: one table per feed, locked, nothing from outside.

The tables are made from the contracts, so that a test cannot give a column that no supplier sends. Rows are taken as
already resolved (one record per key), which is the work of the session that loads the lake.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from outcomes.definitions.feeds import Feed, feeds
from outcomes.organisations import partnership

Row = Mapping[str, Any]

TYPES = {
    "string": "varchar",
    "integer": "integer",
    "number": "decimal(9,2)",
    "date": "date",
    "datetime": "timestamp",
}


def columns(feed: Feed) -> dict[str, str]:
    """The columns of a feed's table and their types: the person instead of the NHS number, and where it came from."""
    named = {"person_id" if c.nhs_number else c.name: "uuid" if c.nhs_number else TYPES[c.type] for c in feed.columns}
    return {**named, "supplier": "varchar", "period": "varchar", "sequence": "integer"}


def session(rows: Mapping[str, Iterable[Row]]) -> duckdb.DuckDBPyConnection:
    """A locked in-memory session with these rows per feed; a column that is left out is null."""
    connection = duckdb.connect(
        config={
            "threads": 1,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    for feed in feeds().values():
        types = columns(feed)
        connection.execute(f"create table {feed.name} ({', '.join(f'{n} {t}' for n, t in types.items())})")
        _insert(connection, feed.name, tuple(types), rows.get(feed.name, ()))
    known = partnership()
    connection.execute("create table organisation (code varchar, successor varchar)")
    everyone = [{"code": code, "successor": known.successor(code)} for code in known.by_code]
    _insert(connection, "organisation", ("code", "successor"), everyone)
    connection.execute("create table ccg (code varchar)")
    _insert(connection, "ccg", ("code",), [{"code": ccg.code} for ccg in known.ccgs])
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries."""
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _insert(connection: duckdb.DuckDBPyConnection, table: str, names: tuple[str, ...], given: Iterable[Row]) -> None:
    given = list(given)
    if not given:
        return
    if unknown := {key for row in given for key in row} - set(names):
        raise ValueError(f"{table} has no column {sorted(unknown)[0]}")
    places = ", ".join(f"({', '.join('?' * len(names))})" for _ in given)
    connection.execute(f"insert into {table} values {places}", [row.get(name) for row in given for name in names])
