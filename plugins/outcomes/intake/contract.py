"""A feed's contract compiled to DuckDB: every rule over every record in one pass.

Owns the SQL that turns raw text into typed columns and a list of faults. A value is matched against its type's pattern
before it is cast, since DuckDB alone reads 1.6 as 2 and `infinity` as a date. Faults are written `code|column`; their
words are in `faults`. Never repairs a value.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from outcomes.definitions.feeds import SQL_TYPES, Column, Feed, Rule
from outcomes.intake.masking import holds_number, nhs_number_is_valid
from outcomes.intake.pseudonyms import Pseudonyms

# While it is judged a number may be too large for its range, so that the fault is called by its name.
_JUDGED_TYPES = {**SQL_TYPES, "integer": "bigint", "number": "decimal(18,2)"}

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PATTERNS = {
    "integer": "-?[0-9]+",
    "number": r"-?[0-9]+(\.[0-9]{1,2})?",
    "date": _DAY,
    "datetime": f"{_DAY}T([01][0-9]|2[0-3]):[0-5][0-9]",
}
# A control character other than a line break, once line breaks inside quotes are taken out.
_CONTROL = r"[\x00-\x09\x0b-\x1f\x7f-\x{9f}]"
# A time up to this many minutes before the one it should follow is a warning; from there on it rejects the record.
GRACE_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Check:
    """A fault and the SQL that is true for the records that have it."""

    code: str
    column: str
    broken: str

    @property
    def name(self) -> str:
        return f"{self.code}|{self.column}"


def raw_fields(*, split: bool) -> str:
    """SELECT over `raw`: the row's number and its fields as a list."""
    fields = "string_split(line, ',')" if split else "fields"
    return f"select row, {fields} as f from raw"


def raw_columns(feed: Feed, header: tuple[str, ...]) -> str:
    """SELECT over `fields`: each contract column's text under its name, null where empty or absent."""
    places = {name: place for place, name in enumerate(header, start=1)}
    columns = (
        f"nullif(f[{places[c.name]}], '') as {c.name}" if c.name in places else f"null::varchar as {c.name}"
        for c in feed.columns
    )
    return f"select row, f, {', '.join(columns)} from fields"


def typed_columns(feed: Feed) -> str:
    """SELECT over `texts`: every column as `t_<name>` in its type, null where the text is not of that type.

    `linkable` says whether the record has a valid NHS number.
    """
    identified = [nhs_number_is_valid(c.name) for c in feed.columns if c.nhs_number] or ["false"]
    columns = [f"{_typed(c)} as t_{c.name}" for c in feed.columns]
    return f"select *, coalesce({identified[0]}, false) as linkable, {', '.join(columns)} from texts"


def _typed(column: Column) -> str:
    name, kind = column.name, column.type
    if column.leading_zero:
        return f"case when regexp_full_match({name}, '[1-9]') then '0' || {name} else {name} end"
    if kind == "string":
        return name
    guard = f"regexp_full_match({name}, '{_PATTERNS[kind]}')"
    if kind in ("date", "datetime"):
        guard += f" and {name} >= '0001'"
    return f"case when {guard} then try_cast({name} as {_JUDGED_TYPES[kind]}) end"


def kept_columns(feed: Feed, pseudonyms: Pseudonyms) -> str:
    """SELECT over `judged`: what the lake keeps of an accepted record, person_id first.

    An identifier of the supplier's own that holds the record's NHS number is kept as a keyed pseudonym: it still tells
    records apart and still joins, and the number goes no further.
    """
    columns = [f"{pseudonyms.person_id('linkable', 'nhs_number')} as person_id"]
    for column in feed.columns:
        kept = f"t_{column.name}::{SQL_TYPES[column.type]}"
        if is_free_text(column):
            kept = f"case when {holds_number(column.name, 'nhs_number')} then {pseudonyms.text(column.name)} else {kept} end"
        if not column.nhs_number:
            columns.append(f"{kept} as {column.name}")
    return f"select {', '.join(columns)}, row as file_row from judged where faults = '' order by row"


def is_free_text(column: Column) -> bool:
    """Whether the supplier writes what it likes there, so that a number could stand in it."""
    closed = column.allowed or column.pattern or column.provider or column.nhs_number
    return column.type == "string" and not closed


def fields_check(header: tuple[str, ...]) -> Check:
    """Too few or too many fields: such a record's values are in no known column, so it is judged for nothing else."""
    return Check("fields", "", f"len(f) <> {len(header)}")


def record_checks(feed: Feed, provider_codes: Mapping[str, str | None], *, odd: bool) -> list[Check]:
    """Everything that sets a record aside, over the `typed` relation; parameters $first_day, $last_day where used.

    `provider_codes` maps each code the supplier may use to its last day (ISO), or None.
    """
    checks = []
    if odd:
        joined = "array_to_string(f, ' ')"
        checks.append(Check("control_character", "", rf"regexp_matches(replace({joined}, e'\r\n', ''), '{_CONTROL}')"))
        checks.append(Check("too_long", "", "len(list_filter(f, lambda v: length(v) > 4000)) > 0"))
    for column in feed.columns:
        checks += _column_checks(column)
    if feed.period_column:
        day = f"t_{feed.period_column}::date"
        checks.append(Check("period", feed.period_column, f"{day} < $first_day or {day} > $last_day"))
    for column in feed.columns:
        if column.provider:
            allowed = ", ".join(f"'{code}'" for code in provider_codes)
            checks.append(Check("provider", column.name, f"{column.name} not in ({allowed})"))
            closed = " or ".join(
                f"({column.name} = '{code}' and t_{feed.period_column}::date > date '{day}')"
                for code, day in provider_codes.items()
                if day
            )
            if closed:
                checks.append(Check("provider_closed", column.name, closed))
    checks += [
        Check(
            rule.code,
            rule.columns[0],
            _swapped(feed, rule, grace=True) if rule.order else _over_typed(feed, rule.broken),
        )
        for rule in feed.rules
        if rule.severity == "record"
    ]
    return checks


def warning_checks(feed: Feed) -> list[Check]:
    """What is used and reported, over the records that stand alone; those across records are `across_checks`."""
    checks = []
    for column in feed.columns:
        name = column.name
        if column.nhs_number:
            checks.append(Check("nhs_number_invalid", name, f"{name} is not null and not linkable"))
            if not column.required:
                checks.append(Check("nhs_number_missing", name, f"{name} is null"))
        if column.leading_zero:
            checks.append(Check("leading_zero", name, f"{name} <> t_{name}"))
        if column.type == "datetime":
            # The clocks go from 01:00 to 02:00 on the last Sunday of March.
            t = f"t_{name}"
            checks.append(
                Check(
                    "clock_skipped",
                    name,
                    f"month({t}) = 3 and day({t}) >= 25 and dayofweek({t}) = 0 and hour({t}) = 1",
                )
            )
    checks += [
        Check(f"{rule.code}_slightly", rule.columns[0], _swapped(feed, rule, grace=False))
        for rule in feed.rules
        if rule.order and _has_grace(feed, rule)
    ]
    checks += [
        Check(rule.code, rule.columns[0], _over_typed(feed, rule.broken))
        for rule in feed.rules
        if rule.severity == "warning" and not rule.across
    ]
    return checks


def across_checks(feed: Feed) -> list[Check]:
    """Warnings that look across the accepted records of a file, over their final columns."""
    return [Check(rule.code, rule.columns[0], rule.broken) for rule in feed.rules if rule.across]


def faults_of(checks: Iterable[Check]) -> str:
    """SQL: the faults of a record as one text, separated by commas; empty when there is none."""
    parts = [f"case when {check.broken} then '{check.name}' end" for check in checks]
    return f"concat_ws(',', {', '.join(parts)})" if parts else "''"


def _column_checks(column: Column) -> list[Check]:
    name, checks = column.name, []
    typed = f"t_{name}"
    if column.required:
        checks.append(Check("required", name, f"{name} is null"))
    if column.type != "string" and not column.allowed:
        checks.append(Check("type", name, f"{name} is not null and {typed} is null"))
    if column.allowed:
        allowed = ", ".join(repr(value) for value in column.allowed)
        checks.append(Check("code", name, f"{name} is not null and coalesce({typed} not in ({allowed}), true)"))
    if column.pattern:
        checks.append(Check("pattern", name, f"not regexp_full_match({typed}, '{column.pattern}')"))
    limits = [f"{typed} < {column.minimum}"] if column.minimum is not None else []
    limits += [f"{typed} > {column.maximum}"] if column.maximum is not None else []
    if limits:
        checks.append(Check("range", name, " or ".join(limits)))
    return checks


def _has_grace(feed: Feed, rule: Rule) -> bool:
    return rule.order is not None and all(feed.column(c).type == "datetime" for c in rule.order)


def _swapped(feed: Feed, rule: Rule, *, grace: bool) -> str:
    assert rule.order is not None
    earlier, later = (f"t_{name}" for name in rule.order)
    if not _has_grace(feed, rule):
        return f"{later}::date < {earlier}::date"
    if grace:
        return f"{later} <= {earlier} - interval {GRACE_MINUTES} minutes"
    return f"{later} < {earlier} and {later} > {earlier} - interval {GRACE_MINUTES} minutes"


def _over_typed(feed: Feed, sql: str) -> str:
    """A rule's own SQL names the columns; the pass holds their typed values as `t_<name>`."""
    names = "|".join(c.name for c in feed.columns)
    return re.sub(rf"(?<![\w'$])({names})(?![\w'])", r"t_\1", sql)
