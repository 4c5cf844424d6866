"""The relations that measures share, and the cases of each measure, run as SQL in the locked session.

Owns running sql/cohort/*.sql and the SELECT of a measure. Promises that a measure reads what it declares, gives the
columns of its scoring, and leaves cases that fit the cohort, or is refused. Never reads a file of data, never
aggregates, and puts no value of a record into a message.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from outcomes.computing.one_select import harmless, tables_read
from outcomes.definitions.feeds import feeds
from outcomes.definitions.measures import Measure
from outcomes.definitions.shipped import shipped, state_of
from outcomes.errors import SetupError

# Beside the feeds the session holds these: who is counted as whom, the six CCGs, and England's bank holidays.
REFERENCE = frozenset({"organisation", "ccg", "bank_holiday"})

_INTEGERS = frozenset({f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")})
_WHOLE = _INTEGERS | {"INTEGER", "UINTEGER"}

# The columns of each scoring and what types they may have; a proportion may be of events instead of people.
_COLUMNS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "proportion": {"numerator": frozenset({"BOOLEAN"})},
    "rate": {"numerator": _WHOLE},
    "mean": {"observation": frozenset({"DOUBLE"})},
}

_CASES = {
    "death_id": "BIGINT",
    "event_id": "VARCHAR",
    "denominator": "BOOLEAN",
    "numerator": "BIGINT",
    "observation": "DOUBLE",
    "left_out": "VARCHAR",
}

# Why a case is not in the denominator: the person's own choice or inability, or that it cannot count at all.
_REASON = r"(exception|excluded): [^\s;][^;]*"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of sql/cohort: its SELECT and the names it reads (feeds, reference tables, other relations)."""

    name: str
    sql: str
    reads: frozenset[str]


def relations(folder: Path | None = None) -> Mapping[str, Relation]:
    """Every relation, each after those it reads.

    Raises SetupError naming the file that is not one SELECT, reads what is not there, or goes in a circle.
    """
    files = sorted((folder or shipped("sql/cohort")).glob("*.sql"))
    return _read(tuple((file, state_of(file)) for file in files))


# Kept, as every measure of a computation asks for them.
@lru_cache(maxsize=2)
def _read(named: tuple[tuple[Path, tuple[int, int]], ...]) -> Mapping[str, Relation]:
    """The relations of these files, as they stand."""
    files = {file.stem: file for file, _ in named}
    given = {*feeds(), *REFERENCE}
    if taken := given & set(files):
        raise SetupError(f"The relation {sorted(taken)[0]}.sql has the name of a feed: give the file another name.")
    known = given | set(files)
    found = {}
    for name, file in files.items():
        sql = file.read_text(encoding="utf-8")
        reads = tables_read(f"The relation {file.name}", sql, known)
        if unknown := reads - known:
            raise SetupError(
                f"The relation {file.name} reads {sorted(unknown)[0]!r}, which is no feed and no relation: correct the "
                "name, or add that relation to sql/cohort."
            )
        found[name] = Relation(name, sql, reads)
    try:
        order = TopologicalSorter({name: r.reads & set(found) for name, r in found.items()}).static_order()
        return {name: found[name] for name in order}
    except CycleError as error:
        circle = ", which reads ".join(f"{name}.sql" for name in reversed(error.args[1]))
        raise SetupError(f"The relations go in a circle ({circle}): take one of these steps out.") from None


def build_relations(connection: duckdb.DuckDBPyConnection, folder: Path | None = None) -> None:
    """Create as a table every relation of sql/cohort (or the folder given) whose feeds are loaded.

    Raises SetupError naming the file that is no relation or fails.
    """
    tables = "select table_name from duckdb_tables() where not internal"
    ready = {name for (name,) in connection.execute(tables).fetchall()}
    for relation in relations(folder).values():
        # A session loads only the feeds that its measures need; what rests on another feed nobody asks for.
        if not relation.reads <= ready:
            continue
        ready.add(relation.name)
        try:
            connection.execute(f"create table {relation.name} as\n{relation.sql}")
        except duckdb.Error as error:
            raise _failed(f"The relation {relation.name}.sql", error) from None


def feeds_of(measure: Measure) -> frozenset[str]:
    """The feeds a measure rests on, directly or through relations.

    Raises SetupError for a measure that is not one SELECT over feeds and relations.
    """
    shared = relations()
    known = {*shared, *feeds(), *REFERENCE}
    ahead = set(tables_read(f"The measure {measure.id}", measure.sql, known))
    seen: set[str] = set()
    while ahead:
        name = ahead.pop()
        if name not in known:
            raise SetupError(
                f"The measure {measure.id} reads {name!r}, which is no feed and no relation: correct the name, or "
                f"choose from {', '.join(sorted(shared))}."
            )
        seen.add(name)
        if name in shared:
            ahead |= shared[name].reads - seen
    return frozenset(seen & set(feeds()))


def check_measure(connection: duckdb.DuckDBPyConnection, measure: Measure) -> None:
    """Refuse a measure that is not one SELECT, or whose feeds or columns are not those its header tells of.

    The relations have to be built; no case is computed. Raises SetupError naming the measure and what to do.
    """
    _checked_columns(connection, measure)


def _checked_columns(connection: duckdb.DuckDBPyConnection, measure: Measure) -> frozenset[str]:
    """The columns that the measure gives, once it has passed every check that needs no case."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", measure.id):
        raise SetupError(f"The measure {measure.id!r} needs an id of small letters, digits and underscores: rename it.")
    used, declared = feeds_of(measure), frozenset(measure.feeds)
    for names, fault, remedy in (
        (used - declared, "rests on the feed {} without declaring it", "add it to"),
        (declared - used, "declares the feed {} but does not use it", "take it out of"),
    ):
        if names:
            fault = fault.format(sorted(names)[0])
            raise SetupError(f"The measure {measure.id} {fault}: {remedy} feeds in its header.")
    given = {name: type for name, type, *_ in _run(connection, measure, f"describe\n{measure.sql}")}
    wanted = {"death_id": {"BIGINT"}, "denominator": {"BOOLEAN"}, **_COLUMNS[measure.scoring]}
    if measure.scoring == "proportion" and "event_id" in given:
        wanted["event_id"] = {"VARCHAR"}
    if "left_out" in given:
        wanted["left_out"] = {"VARCHAR"}
    if set(given) != set(wanted) or any(given[name] not in wanted[name] for name in wanted):
        has = ", ".join(f"{name} {type}" for name, type in given.items())
        needs = ", ".join(f"{n} {'of whole numbers' if types == _WHOLE else min(types)}" for n, types in wanted.items())
        raise SetupError(
            f"The measure {measure.id} gives the columns {has}, but its scoring {measure.scoring!r} needs {needs}: "
            "select exactly these."
        )
    return frozenset(given)


def run_measure(connection: duckdb.DuckDBPyConnection, measure: Measure) -> None:
    """Check the measure and create its table `cases_<id>`: a row per case of its initial population.

    Columns: death_id BIGINT; event_id VARCHAR, null unless the cases are events; denominator BOOLEAN; numerator
    BIGINT, events or 0 and 1, null for a mean; observation DOUBLE, null but for a mean; left_out VARCHAR, why the case
    is not in the denominator: `exception: ...`, `excluded: ...` or, where the measure gives no reason, null. Raises
    SetupError, and leaves no table, when the cases contradict themselves or the cohort.
    """
    given = _checked_columns(connection, measure)
    table = f"cases_{measure.id}"
    _run(connection, measure, f"create or replace temp table case_of_measure as\n{measure.sql}")
    columns = (f"{name if name in given else 'null'}::{type} as {name}" for name, type in _CASES.items())
    _run(connection, measure, f"create or replace table {table} as select {', '.join(columns)} from case_of_measure")
    connection.execute("drop table case_of_measure")
    if fault := _fault(connection, table, measure):
        connection.execute(f"drop table {table}")
        raise SetupError(f"The measure {measure.id} {fault}.")


def _run(connection: duckdb.DuckDBPyConnection, measure: Measure, sql: str) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(sql).fetchall()
    except duckdb.Error as error:
        raise _failed(f"The measure {measure.id}", error) from None


def _failed(what: str, error: duckdb.Error) -> SetupError:
    if isinstance(error, duckdb.OutOfMemoryException):
        return SetupError(f"{what} needs more memory than this machine has: give it more and compute again.")
    return SetupError(f"{what} fails ({harmless(error)}): mend its SELECT.")


def _fault(connection: duckdb.DuckDBPyConnection, table: str, measure: Measure) -> str | None:
    """The first thing wrong with the cases, and what to do; none when they are sound."""
    value = "observation" if measure.scoring == "mean" else "numerator"
    whose, countable = ("linked deaths", "cohort.linked") if measure.linked else ("deaths of the cohort", "true")
    checks = {
        "gives a case twice: join so that each death_id (or each of its events) comes once": (
            "count(*) - count(distinct (cases.death_id, cases.event_id))"
        ),
        "leaves the denominator of a case empty: say true or false for each": (
            "count(*) filter (where cases.denominator is null)"
        ),
        f"leaves the {value} of a case of the denominator empty: give it a value": (
            f"count(*) filter (where cases.denominator and cases.{value} is null)"
        ),
        f"has a negative {value} or one that is no number: mend its arithmetic": (
            f"count(*) filter (where cases.{value} < 0 or not isfinite(cases.{value}::double))"
        ),
        f"counts a death that it may not: take only {whose}": (
            f"count(*) filter (where cohort.death_id is null or not {countable})"
        ),
        "leaves a case out and counts it, too: give left_out only where the denominator is false": (
            "count(*) filter (where cases.denominator and cases.left_out is not null)"
        ),
        "has a left_out that is neither an exception nor an exclusion: begin it with 'exception: ' or 'excluded: ', "
        "and write it without a semicolon": (
            f"count(*) filter (where not regexp_full_match(cases.left_out, '{_REASON}'))"
        ),
    }
    query = f"select {', '.join(checks.values())} from {table} as cases left join cohort using (death_id)"
    (counts,) = connection.execute(query).fetchall()
    if fault := next((fault for fault, count in zip(checks, counts, strict=True) if count), None):
        return fault
    # A reason is printed: it has to be the measure's own words and never what a record says.
    reasons = connection.execute(f"select distinct left_out from {table} where left_out is not null").fetchall()
    if any("'" + reason.replace("'", "''") + "'" not in measure.sql for (reason,) in reasons):
        return "puts a left_out together from parts: write each reason out in the SELECT, as one text in quotes"
    return None
