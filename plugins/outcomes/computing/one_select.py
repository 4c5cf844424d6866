"""One SELECT over named tables: what a relation or a measure may be.

Owns reading the SQL as DuckDB's own parser sees it, before anything is bound or run. Promises that text that passes is
exactly one SELECT, reads only tables that it names, and gives the same answer whenever it is run. Never runs it.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import duckdb

from outcomes.errors import SetupError

# What a FROM may be made of. Anything else (a table function, SHOW) would reach beyond the tables it names.
_FROM = {"BASE_TABLE", "SUBQUERY", "JOIN", "EXPRESSION_LIST", "EMPTY", "PIVOT"}

# SQL's words for today and now: written without brackets, the parser takes them for columns.
_CLOCK = {"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"}


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What the parser sees: tables read, names of WITH parts, words of chance, whether something else is read."""

    tables: frozenset[str]
    own: frozenset[str]
    fickle: tuple[str, ...]
    beyond: bool


def tables_read(what: str, sql: str, known: Collection[str]) -> frozenset[str]:
    """The names, in small letters, of the tables that a SELECT reads; they need not exist.

    `what` begins every message ("The measure x"); `known` are the names that a WITH part may not take for itself.
    Raises SetupError when the text is not one SELECT over named tables, or its answer could differ from run to run.
    """
    try:
        parsed = _parse(sql)
    except duckdb.Error as error:
        raise SetupError(f"{what} is not SQL ({harmless(error)}): mend it.") from None
    except _NotOneSelect as error:
        raise SetupError(f"{what} {error}") from None
    if taken := parsed.own & set(known):
        raise SetupError(f"{what} gives a WITH part the name of a table, {sorted(taken)[0]!r}: choose another name.")
    if parsed.fickle:
        raise SetupError(f"{what} uses {parsed.fickle[0]}, which differs from run to run: leave it out.")
    if parsed.beyond:
        raise SetupError(f"{what} reads something that is no relation: name only feeds and relations after FROM.")
    return parsed.tables - parsed.own


def harmless(error: duckdb.Error) -> str:
    """What DuckDB said about the SQL, in one line; of an error met in the data only its kind, for it quotes values."""
    if isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        return str(error).splitlines()[0].rstrip(".:!")
    return type(error).__name__


class _NotOneSelect(Exception):
    """The text is something else than one SELECT; says what to do."""


@cache
def _empty() -> duckdb.DuckDBPyConnection:
    """A database without a table, for its parser: reading a text can touch no data and needs none."""
    return duckdb.connect(config={"threads": 1})


@lru_cache(maxsize=256)
def _parse(sql: str) -> _Parsed:
    with _empty().cursor() as empty:
        statements = empty.extract_statements(sql)
        if len(statements) != 1:
            raise _NotOneSelect(f"has {len(statements)} statements: write exactly one SELECT.")
        if statements[0].type != duckdb.StatementType.SELECT or statements[0].named_parameters:
            raise _NotOneSelect("is not one plain SELECT: write one, without parameters.")
        row = empty.execute("select json_serialize_sql(?::varchar)", [sql]).fetchone()
    nodes = list(_nodes(json.loads(row[0]) if row else None))
    tables = [node for node in nodes if "class" not in node and "alias" in node and "sample" in node]
    return _Parsed(
        tables=frozenset(table["table_name"].lower() for table in tables if table["type"] == "BASE_TABLE"),
        own=frozenset(entry["key"].lower() for node in nodes for entry in node.get("cte_map", {}).get("map", [])),
        fickle=tuple(sorted(_fickle(nodes))),
        beyond=any(table["type"] not in _FROM or table.get("schema_name") for table in tables),
    )


@cache
def _changing_functions() -> frozenset[str]:
    with _empty().cursor() as empty:
        rows = empty.execute("select function_name from duckdb_functions() where stability <> 'CONSISTENT'").fetchall()
    return frozenset(name for (name,) in rows)


def _fickle(nodes: list[dict[str, Any]]) -> set[str]:
    """The words that make an answer depend on chance, the clock or the session."""
    used = {node["function_name"].lower() for node in nodes if node.get("class") in {"FUNCTION", "WINDOW"}}
    columns = {node["column_names"][-1].lower() for node in nodes if node.get("type") == "COLUMN_REF"}
    sample = {"a sample"} if any(node.get("sample") for node in nodes) else set()
    return used & _changing_functions() | columns & _CLOCK | sample


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(branch)
