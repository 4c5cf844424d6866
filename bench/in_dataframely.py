"""The contracts' checks in dataframely, straight from the CSV files: every rule over every record, good apart from bad.

    python bench/in_dataframely.py INBOX ANSWER      writes {submission: [records, set aside, warnings]} as JSON

Owns schemas made from the contracts, worked out independently of the product's SQL. It reads, types and checks, tells the
faults of each record, and stops there: no pseudonyms, no lake, no ledger, no feedback. Held against the product by
`make bench`. It reads no file with a wrong number of fields: synthetic extracts have none.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import dataframely as dy
import polars as pl
from polars import col

from outcomes.definitions.feeds import Column, Feed, feeds
from outcomes.intake.names import SubmissionName
from outcomes.organisations import partnership
from outcomes.periods import Month

DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MINUTE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]$"
MOVED = pl.duration(minutes=60)
# The rules that the contracts write in SQL, by code: true where the record is right.
IN_SQL = {
    "nhs_establishment_missing": (col("pod_code") != "C") | col("pod_nhs_establishment").is_not_null(),
    "establishment_type_missing": (col("pod_code") != "C") | col("pod_establishment_type").is_not_null(),
    "destination_missing": (col("conveyed") != "Y") | col("destination_code").is_not_null(),
    "contact_longer_than_a_day": (col("setting") == "inpatient") | (col("t_end_date") == col("t_start_date")),
    "contact_end_reason": (col("setting") == "inpatient") | (col("end_reason") == "contact"),
    "entry_after_period": col("t_entry_date") <= col("last_day"),
    "removal_after_period": col("t_removal_date") <= col("last_day"),
    "admission_clock_skipped": ~(
        col("admission_time").str.starts_with("01:")
        & (col("t_admission_date").dt.month() == 3)
        & (col("t_admission_date").dt.day() >= 25)
        & (col("t_admission_date").dt.weekday() == 7)
    ),
}


def typed(column: Column) -> pl.Expr:
    """The column's value in its type, null where the text is not of that type."""
    text = col(column.name)
    if column.leading_zero:
        return pl.when(text.str.contains("^[1-9]$")).then(pl.concat_str(pl.lit("0"), text)).otherwise(text)
    if column.type == "integer":
        return pl.when(text.str.contains("^-?[0-9]+$")).then(text).cast(pl.Int64, strict=False)
    if column.type == "number":
        return pl.when(text.str.contains(r"^-?[0-9]+(\.[0-9]{1,2})?$")).then(text).cast(pl.Decimal(18, 2), strict=False)
    if column.type == "date":
        return pl.when(text.str.contains(DAY)).then(text).str.to_date("%Y-%m-%d", strict=False)
    if column.type == "datetime":
        return pl.when(text.str.contains(MINUTE)).then(text).str.to_datetime("%Y-%m-%dT%H:%M", strict=False)
    return text


def right_number(text: pl.Expr) -> pl.Expr:
    """Ten digits, modulus 11, not one digit ten times."""
    number = pl.when(text.str.contains("^[0-9]{10}$")).then(text).cast(pl.Int64, strict=False)
    digits = [(number // 10 ** (9 - place)) % 10 for place in range(10)]
    weighted = pl.sum_horizontal([digit * (10 - place) for place, digit in enumerate(digits[:9])])
    return ((11 - weighted % 11) % 11 == digits[9]) & (number % 1_111_111_111 != 0)


def rejections(feed: Feed, codes: dict[str, object]) -> Iterator[tuple[str, pl.Expr]]:
    """What sets a record aside; every expression is true where the record is right."""
    for c in feed.columns:
        text, value = col(c.name), col(f"t_{c.name}")
        if c.required:
            yield f"required {c.name}", text.is_not_null()
        if c.type != "string":
            yield f"type {c.name}", text.is_null() | value.is_not_null()
        if c.allowed:
            yield f"code {c.name}", value.is_in(list(c.allowed))
        if c.pattern:
            yield f"pattern {c.name}", value.str.contains(f"^(?:{c.pattern})$")
        if c.minimum is not None:
            yield f"minimum {c.name}", value >= c.minimum
        if c.maximum is not None:
            yield f"maximum {c.name}", value <= c.maximum
        if c.provider:
            yield f"provider {c.name}", text.is_in(list(codes))
            on = col(f"t_{feed.period_column}").cast(pl.Date)
            for code, day in codes.items():
                if day:
                    yield f"closed {code}", (text != code) | (on <= day)
    if feed.period_column:
        yield "period", col(f"t_{feed.period_column}").cast(pl.Date).is_between(col("first_day"), col("last_day"))
    for rule in feed.rules:
        if rule.order:
            earlier, later = (col(f"t_{name}") for name in rule.order)
            if all(feed.column(name).type == "datetime" for name in rule.order):
                yield rule.code, later > earlier - MOVED
            else:
                yield rule.code, later.cast(pl.Date) >= earlier.cast(pl.Date)
        elif rule.severity == "record":
            yield rule.code, IN_SQL[rule.code]
    yield "key", pl.struct(feed.key).is_first_distinct()


def warnings(feed: Feed) -> Iterator[tuple[str, pl.Expr]]:
    """What is told of records that are used, across records too."""
    for c in feed.columns:
        text, value = col(c.name), col(f"t_{c.name}")
        if c.nhs_number:
            yield "nhs_number_invalid", text.is_null() | right_number(text).fill_null(value=False)
            if not c.required:
                yield "nhs_number_missing", text.is_not_null()
        if c.leading_zero:
            yield "leading_zero", text == value
        if c.type == "datetime":
            spring = (value.dt.month() == 3) & (value.dt.day() >= 25) & (value.dt.weekday() == 7)
            yield f"clock {c.name}", ~(spring & (value.dt.hour() == 1))
    for rule in feed.rules:
        if rule.order and all(feed.column(name).type == "datetime" for name in rule.order):
            earlier, later = (col(f"t_{name}") for name in rule.order)
            yield f"{rule.code} slightly", later >= earlier
        elif rule.severity == "warning" and not rule.together:
            yield rule.code, IN_SQL[rule.code]
        for name in rule.columns if rule.same_within else ():
            alike = col(f"t_{name}")
            if feed.column(name).nhs_number:
                alike = pl.when(right_number(col(name))).then(col(name))
            yield f"{rule.code} {name}", alike.n_unique().over(rule.same_within) == 1
        if rule.consecutive_within:
            number = col(f"t_{rule.columns[0]}")
            first, last = number.min().over(rule.together), number.max().over(rule.together)
            yield rule.code, (first == 1) & (last == pl.len().over(rule.together))


def schema(name: str, columns: list[str], rules: Iterator[tuple[str, pl.Expr]]) -> type[dy.Schema]:
    """A schema of columns of any type with these rules."""
    members: dict[str, object] = {column: dy.Any() for column in columns}
    for number, (_, right) in enumerate(rules):
        members[f"rule_{number}"] = dy.rule()(lambda cls, right=right: right)
    return type(name, (dy.Schema,), members)


def checked(file: Path) -> tuple[int, int, int]:
    """Records, records set aside and warnings of one file."""
    name = SubmissionName.parse(file.name)
    assert name is not None
    feed, month, known = feeds()[name.feed], Month.parse(name.period), partnership()
    codes = {code: known.by_code[code].last_day for code in known.provider_codes(name.supplier)}
    text = pl.read_csv(file, infer_schema=False, null_values="")
    table = text.with_columns(
        *(typed(c).alias(f"t_{c.name}") for c in feed.columns),
        first_day=pl.lit(month.first_day),
        last_day=pl.lit(month.last_day),
    )
    good, bad = schema("Records", table.columns, rejections(feed, codes)).filter(table)
    bad.details()
    _, doubtful = schema("Warnings", table.columns, warnings(feed)).filter(good)
    doubtful.details()
    return table.height, len(bad), sum(doubtful.counts().values())


def main() -> None:
    inbox, answer = map(Path, sys.argv[1:])
    files = sorted(inbox.glob("*.csv"))
    answer.write_text(json.dumps({file.stem: checked(file) for file in files}))


if __name__ == "__main__":
    main()
