"""The contract of each feed: its columns, its key, its rules.

Owns sql/feeds/<feed>.json, a Frictionless Table Schema with a few properties of ours under `outcomes`. Promises that
a contract that is not understood completely is refused. Never reads a supplier's file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from outcomes.definitions.shipped import shipped
from outcomes.errors import SetupError

Severity = Literal["record", "warning"]
ColumnType = Literal["string", "integer", "number", "date", "datetime"]

# How a column of each type is kept in the lake and found by the cohort's SQL.
SQL_TYPES: Mapping[ColumnType, str] = {
    "string": "varchar",
    "integer": "integer",
    "number": "decimal(9,2)",
    "date": "date",
    "datetime": "timestamp",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `nhs_number` marks the identifying one; `leading_zero` allows a missing one, with a warning."""

    name: str
    type: ColumnType
    description: str
    required: bool = False
    allowed: tuple[str | int, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    nhs_number: bool = False
    provider: bool = False
    leading_zero: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule between columns. `broken` is SQL over the typed columns; `order` names two that may not be swapped.

    A rule that looks across the records of a file is always a warning: each of its columns has to be the `same_within`
    the records that these columns take together, or counts them from 1 (`consecutive_within`).
    """

    code: str
    severity: Severity
    columns: tuple[str, ...]
    order: tuple[str, str] | None = None
    broken: str = ""
    what: str = ""
    do: str = ""
    same_within: tuple[str, ...] = ()
    consecutive_within: tuple[str, ...] = ()

    @property
    def together(self) -> tuple[str, ...]:
        """The columns whose records the rule takes together; none where it looks at one record."""
        return self.same_within or self.consecutive_within


@dataclass(frozen=True)
class Feed:
    """A feed's contract. `period_column` is None where the record is a snapshot at the month's end.

    `kept_together` names the columns whose records are taken as one when one of them is a person's: a hospital spell.
    """

    name: str
    title: str
    description: str
    version: int
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    period_column: str | None
    kept_together: tuple[str, ...]
    may_be_empty: bool
    expected_rows_a_month: int
    rejected_percent_allowed: float
    rejected_count_allowed: int
    rules: tuple[Rule, ...]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.required)

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


@cache
def feeds() -> Mapping[str, Feed]:
    """All contracts by feed name, in alphabetical order; raises SetupError for one that cannot be understood."""
    return {path.stem: _read(path.stem) for path in sorted(shipped("sql/feeds").glob("*.json"))}


def _read(name: str) -> Feed:
    try:
        schema = json.loads((shipped("sql/feeds") / f"{name}.json").read_text(encoding="utf-8"))
        ours = schema["outcomes"]
        allowed = ours["rejected_records_allowed"]
        contract = Feed(
            name=schema["name"],
            title=schema["title"],
            description=schema["description"],
            version=ours["version"],
            columns=tuple(_column(field) for field in schema["fields"]),
            key=tuple(schema["primaryKey"]),
            period_column=ours["period_column"],
            kept_together=tuple(ours.get("kept_together", schema["primaryKey"])),
            may_be_empty=ours["may_be_empty"],
            expected_rows_a_month=ours["expected_rows_a_month"],
            rejected_percent_allowed=allowed["percent"],
            rejected_count_allowed=allowed["count"],
            rules=tuple(_rule(rule) for rule in ours["rules"]),
        )
        names = {c.name for c in contract.columns}
        unknown = {
            *contract.key,
            *contract.kept_together,
            *(c for r in contract.rules for c in (*r.columns, *(r.order or ()), *r.together)),
        } - names
        if contract.name != name or unknown:
            raise ValueError(f"it names {', '.join(sorted(unknown)) or contract.name}, which is not there")
    except (KeyError, TypeError, ValueError) as error:
        raise SetupError(
            f"The contract sql/feeds/{name}.json cannot be understood ({error}): mend that entry."
        ) from error
    return contract


def _column(field: dict[str, Any]) -> Column:
    known = {"name", "type", "format", "description", "constraints", "outcomes"}
    if set(field) - known:
        raise ValueError(f"unknown property {sorted(set(field) - known)[0]}")
    constraints = dict(field.get("constraints", {}))
    constraints["allowed"] = tuple(constraints.pop("enum", ()))
    return Column(
        name=field["name"],
        type=field["type"],
        description=field["description"],
        **constraints,
        **field.get("outcomes", {}),
    )


def _rule(rule: dict[str, Any]) -> Rule:
    entries: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in rule.items()}
    read = Rule(**entries)
    if read.together and read.severity != "warning":
        raise ValueError(f"{read.code} looks across records and can only be a warning")
    return read
