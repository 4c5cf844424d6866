"""The words of every fault: what is wrong and what to do, for the supplier's analyst.

Owns the messages of feedback reports. Promises one for every code a check can give. Never shows a value that was sent: a
number in the wrong column could be a person's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from outcomes.definitions.feeds import Column, Feed
from outcomes.intake.contract import (
    FIELDS,
    MISSING,
    Check,
    across_checks,
    number_check,
    record_checks,
    warning_checks,
)
from outcomes.intake.records import CONTROL_CHARACTER, TOO_LONG
from outcomes.intake.slips import slips
from outcomes.intake.workbook_cells import ERROR, UNCALCULATED

Severity = Literal["file", "record", "warning"]

_KINDS = {
    "integer": "a whole number",
    "number": "an amount",
    "date": "a date that exists, or not written as one",
    "datetime": "a time that exists, or not written as one",
    "string": "text",
}
_EXAMPLES = {
    "integer": "a whole number in digits, for example 84",
    "number": "pounds with a point and at most two decimals, for example 1250.50",
    "date": "a date as YYYY-MM-DD, for example 2018-04-30",
    "datetime": "a time as YYYY-MM-DDTHH:MM without seconds or offset, for example 2018-04-30T14:05",
    "string": "text",
}


# Of a workbook's cells, in whatever column.
_CELL_WORDS = {
    ERROR: (
        "A cell holds an error such as #N/A or #REF!.",
        "Mend the formula, or replace it by its value; leave the cell empty where there is none.",
    ),
    UNCALCULATED: (
        "A cell holds a formula whose result was not stored.",
        "Open the workbook in Excel, let it calculate and save it, or replace formulas by their values.",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault in a column (empty for the whole record or file); `slip` where its words are more precise."""

    code: str
    column: str
    severity: Severity
    what: str
    do: str
    slip: str = ""


def faults(feed: Feed) -> dict[str, Fault]:
    """Every fault the checks of a feed can give, by `code|column`, or `code|column|slip` (see `slips`)."""
    # Any two codes will do: one still open and one closed bring out both faults of a provider code.
    whole = [Check(name.removesuffix("|"), "", "") for name in (FIELDS, CONTROL_CHARACTER, TOO_LONG)]
    checks = [*whole, *record_checks(feed, [{"OPEN": None, "SHUT": "2018-06-30"}])]
    found = [_fault(feed, c, "record") for c in checks]
    found += [
        Fault(code, name, "record", *words)
        for code, words in _CELL_WORDS.items()
        for name in ("", *(c.name for c in feed.columns))
    ]
    number = number_check(feed)
    found.append(_fault(feed, number, "warning"))
    if not feed.column(number.column).required:
        found.append(_fault(feed, Check(MISSING, number.column, ""), "warning"))
    found += [_fault(feed, c, "warning") for c in (*warning_checks(feed), *chain(*across_checks(feed).values()))]
    found.append(
        Fault(
            "repeated_key",
            feed.key[-1],
            "record",
            f"The key ({' + '.join(feed.key)}) stands on an earlier record of this file.",
            "Send each record once; the first one was kept.",
        )
    )
    found += [variant for fault in found for variant in _variants(feed, fault)]
    return {f"{f.code}|{f.column}{'|' if f.slip else ''}{f.slip}": f for f in found}


def _variants(feed: Feed, fault: Fault) -> Iterator[Fault]:
    if fault.column:
        for slip in slips(fault.code, feed.column(fault.column)):
            yield replace(fault, what=f"{fault.column} {slip.what}", do=slip.do, slip=slip.name)


def _fault(feed: Feed, check: Check, severity: Severity) -> Fault:
    column = feed.column(check.column) if check.column else None
    what, do = _own_words(feed, check) or _common_words(check.code, column)
    return Fault(check.code, check.column, severity, what, do)


def _own_words(feed: Feed, check: Check) -> tuple[str, str] | None:
    rule = next((r for r in feed.rules if check.code in (r.code, f"{r.code}_slightly")), None)
    if rule is None:
        return None
    if rule.order is None:
        return rule.what.replace("{column}", check.column), rule.do.replace("{column}", check.column)
    earlier, later = rule.order
    if check.code == rule.code:
        return f"{later} lies before {earlier}.", "Correct whichever of the two is wrong; equal is allowed."
    return (
        f"{later} lies less than an hour before {earlier}.",
        "Check the two clocks; the record is used as if they were equal.",
    )


def _common_words(code: str, column: Column | None) -> tuple[str, str]:
    if column is None:
        return {
            "fields": (
                "The record has more or fewer values than the header has columns.",
                'Put a value that contains a comma into double quotes, as in "Stoke, Staffs", and send every column on '
                "every row; leave out lines of totals.",
            ),
            "control_character": (
                "A value contains a control character, such as a tab or NUL.",
                "Remove it at the source; only line breaks inside double quotes may stay.",
            ),
            "too_long": (
                "The record has a value of more than 4,000 characters.",
                "Shorten it, or look for a quote that is missing.",
            ),
        }[code]
    words = {
        "required": (f"{column.name} is empty.", f"Give {_expected(column)}."),
        "type": (f"{column.name} is not {_KINDS[column.type]}.", f"Write {_EXAMPLES[column.type]}."),
        "code": (f"{column.name} is not one of its codes.", f"Write {_expected(column)}: exactly so, without spaces."),
        "pattern": (f"{column.name} does not have the form it should have.", f"Write it so: {column.description}"),
        "range": (f"{column.name} is outside its range.", f"Give {_expected(column)}."),
        "period": (
            f"{column.name} lies outside the month of the submission.",
            "Send the record with the submission of its own month, or correct the date.",
        ),
        "provider": (
            f"{column.name} is neither the supplier nor an organisation it took over.",
            "Write your own code, as in the file's name, or that of an organisation you took over.",
        ),
        "provider_closed": (
            f"{column.name} is an organisation that had been taken over by then.",
            "Write your own code, as in the file's name, or correct the date.",
        ),
        "nhs_number_invalid": (
            f"{column.name} is not ten digits with a right check digit.",
            "Correct it at the source: ten digits without spaces, in a column formatted as text, so that no digit is lost; "
            "until then the record is not linked to the person.",
        ),
        "nhs_number_missing": (
            f"{column.name} is empty.",
            "Trace the number if you can; until then the record is not linked to the person.",
        ),
        "leading_zero": (f"{column.name} lacks its leading zero.", "Write two digits, for example 04; it was read so."),
        "clock_skipped": (
            f"{column.name} is a time that did not exist: the clocks went forward.",
            "Check the clock of the source system; the time was used as written.",
        ),
    }
    return words[code]


def _expected(column: Column) -> str:
    if column.allowed:
        return "one of " + ", ".join(str(v) for v in column.allowed)
    if column.minimum is not None:
        top = f" to {column.maximum:,g}" if column.maximum is not None else " or more"
        return f"a number from {column.minimum:g}{top}"
    if column.nhs_number:
        return "the ten digits of the NHS number"
    return _EXAMPLES[column.type] if column.type != "string" else "the value; it is required"
