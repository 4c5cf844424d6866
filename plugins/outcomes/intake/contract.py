"""A feed's contract compiled to DuckDB: every rule over every record in one pass.

Owns the SQL that turns raw text into typed columns and a list of faults. A value is matched against its type's pattern
before it is cast, since DuckDB alone reads 1.6 as 2 and `infinity` as a date. Faults are written `code|column`; their
words are in `faults`. Never repairs a value.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from outcomes.definitions.feeds import SQL_TYPES, Column, Feed, Rule
from outcomes.intake.masking import holds_number
from outcomes.intake.slips import slips

# While it is judged a number may be too large for its range, so that the fault is called by its name.
_JUDGED_TYPES = {**SQL_TYPES, "integer": "bigint", "number": "decimal(18,2)"}

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PATTERNS = {
    "integer": "-?[0-9]+",
    "number": r"-?[0-9]+(\.[0-9]{1,2})?",
    "date": _DAY,
    "datetime": f"{_DAY}T([01][0-9]|2[0-3]):[0-5][0-9]",
}
# A time up to this many minutes before the one it should follow is a warning; from there on it rejects the record.
GRACE_MINUTES = 60
# Too few or too many fields; no NHS number where one may be missing.
FIELDS, MISSING = "fields|", "nhs_number_missing"


@dataclass(frozen=True, slots=True)
class Check:
    """A fault and the SQL that is true for the records that have it.

    `looks` are the slips it may turn out to be, each with the SQL that tells it, in the order of preference.
    """

    code: str
    column: str
    broken: str
    looks: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.code}|{self.column}"

    @property
    def told(self) -> str:
        """SQL: the name of the fault of a record, with the slip where it is one."""
        if not self.looks:
            return f"'{self.name}'"
        shapes = " ".join(f"when {sql} then '{self.name}|{slip}'" for slip, sql in self.looks)
        return f"case {shapes} else '{self.name}' end"


def texts(feed: Feed, header: Sequence[str], raw: str) -> str:
    """SELECT over a table of raw records: file, row, width, flaws, and each contract column's text, null where it is
    empty or absent."""
    places = {name: place for place, name in enumerate(header, start=1)}
    columns = (
        f'"{places[c.name]}" as {c.name}' if c.name in places else f"null::varchar as {c.name}" for c in feed.columns
    )
    return f"select file, row, width, flaws, {', '.join(columns)} from {raw}"


def judged(feed: Feed, header: Sequence[str], texts: str, checks: Sequence[Check]) -> str:
    """SELECT: file, row, nhs_number, person_id, every other column as `t_<name>` in its type (null where the text is not
    of that type), `holds_number` (whether an identifier holds the record's NHS number), `faults` and `warned`.

    The table `people` has the person_id of each valid number. A record with too few or too many fields has its values in
    no known column, so it is judged for nothing else.
    """
    typed = ", ".join(f"{_typed(c)} as t_{c.name}" for c in feed.columns)
    kept = ", ".join(f"t_{c.name}" for c in feed.columns if not c.nhs_number)
    holds = " or ".join(holds_number(name, "nhs_number") for name in free_text(feed)) or "false"
    # Most records have no fault: which ones a record has is asked only where there is any.
    broken, found = " or ".join(f"({check.broken})" for check in checks), faults_of(checks)
    return f"""
        with texts as ({texts}), typed as (select *, {typed} from texts)
        select file, row, nhs_number, person_id, {kept}, coalesce({holds}, false) as holds_number,
               case when width <> {len(header)} then '{FIELDS}'
                    when flaws <> '' or {broken} then concat_ws(',', nullif(flaws, ''), nullif({found}, ''))
                    else '' end as faults,
               {faults_of(warning_checks(feed))} as warned
        from typed left join people using (nhs_number)"""


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


def kept_columns(feed: Feed) -> str:
    """What the lake keeps of an accepted record, of the columns that `judged` gives; person_id first."""
    kept = [f"t_{c.name}::{SQL_TYPES[c.type]} as {c.name}" for c in feed.columns if not c.nhs_number]
    return f"person_id, {', '.join(kept)}, row as file_row"


def free_text(feed: Feed) -> list[str]:
    """The columns whose values are the supplier's own."""
    return [c.name for c in feed.columns if is_free_text(c)]


def is_free_text(column: Column) -> bool:
    """Whether the supplier writes what it likes there, so that a number could stand in it."""
    closed = column.allowed or column.pattern or column.provider or column.nhs_number
    return column.type == "string" and not closed


def number_check(feed: Feed) -> Check:
    """An NHS number that cannot be a person's; told of numbers for which `people` has nobody."""
    column = next(c for c in feed.columns if c.nhs_number)
    return Check("nhs_number_invalid", column.name, "", _looks("nhs_number_invalid", column))


def repeated(feed: Feed) -> str:
    """The name of the fault of a record whose key stands on an earlier one."""
    return f"repeated_key|{feed.key[-1]}"


def record_checks(feed: Feed, provider_codes: Sequence[Mapping[str, str | None]]) -> list[Check]:
    """Everything that sets a record aside but what its reading tells of it; parameters $first_day, $last_day where used.

    `provider_codes` maps, for each file, each code its supplier may use to its last day (ISO), or None.
    """
    checks = []
    for column in feed.columns:
        checks += _column_checks(column)
    if feed.period_column:
        day = f"t_{feed.period_column}::date"
        checks.append(Check("period", feed.period_column, f"{day} < $first_day or {day} > $last_day"))
    for column in feed.columns:
        if column.provider:
            day = f"t_{feed.period_column}::date"
            allowed = [f"{column.name} not in ({', '.join(map(repr, codes))})" for codes in provider_codes]
            checks.append(Check("provider", column.name, _by_file(allowed)))
            closed = [
                " or ".join(
                    f"({column.name} = '{code}' and {day} > date '{last}')" for code, last in codes.items() if last
                )
                for codes in provider_codes
            ]
            if any(closed):
                checks.append(Check("provider_closed", column.name, _by_file([each or "false" for each in closed])))
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
    """What is used and reported of a record by itself; its NHS number and what looks across records are told apart."""
    checks = []
    for column in feed.columns:
        name = column.name
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
        if rule.severity == "warning" and not rule.together
    ]
    return checks


def across_checks(feed: Feed) -> dict[tuple[str, ...], list[Check]]:
    """Warnings that look across the accepted records of a file: by the columns that take records together, checks over
    such a group and its final columns."""
    found: dict[tuple[str, ...], list[Check]] = {}
    for rule in feed.rules:
        for name in rule.columns if rule.together else ():
            kept = "person_id" if feed.column(name).nhs_number else name
            if rule.same_within:
                broken = f"min({kept}) is distinct from max({kept}) or count({kept}) not in (0, count(*))"
            else:
                broken = f"min({kept}) <> 1 or max({kept}) <> count(*)"
            found.setdefault(rule.together, []).append(Check(rule.code, name, broken))
    return found


def faults_of(checks: Iterable[Check]) -> str:
    """SQL: the faults of a record as one text, separated by commas; empty when there is none."""
    parts = [f"case when {check.broken} then '{check.name}' end" for check in checks]
    return f"concat_ws(',', {', '.join(parts)})" if parts else "''"


def _by_file(broken: Sequence[str]) -> str:
    """What is broken where each file has its own SQL for it."""
    files: dict[str, list[str]] = {}
    for file, sql in enumerate(broken):
        files.setdefault(sql, []).append(str(file))
    if len(files) == 1:
        return broken[0]
    cases = (f"when file in ({', '.join(which)}) then {sql}" for sql, which in files.items())
    return f"case {' '.join(cases)} end"


def _column_checks(column: Column) -> list[Check]:
    name, checks = column.name, []
    typed = f"t_{name}"
    if column.required:
        # A cell with an error is told as that, not as an empty one.
        checks.append(Check("required", name, f"{name} is null and not contains(flaws || ',', '|{name},')"))
    if column.type != "string" and not column.allowed:
        checks.append(Check("type", name, f"{name} is not null and {typed} is null", _looks("type", column)))
    if column.allowed:
        allowed = ", ".join(repr(value) for value in column.allowed)
        broken = f"{name} is not null and coalesce({typed} not in ({allowed}), true)"
        checks.append(Check("code", name, broken, _looks("code", column)))
    if column.pattern:
        broken = f"not regexp_full_match({typed}, '{column.pattern}')"
        checks.append(Check("pattern", name, broken, _looks("pattern", column)))
    limits = [f"{typed} < {column.minimum}"] if column.minimum is not None else []
    limits += [f"{typed} > {column.maximum}"] if column.maximum is not None else []
    if limits:
        checks.append(Check("range", name, " or ".join(limits)))
    return checks


def _looks(code: str, column: Column) -> tuple[tuple[str, str], ...]:
    return tuple((slip.name, slip.looks.replace("{v}", column.name)) for slip in slips(code, column))


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
