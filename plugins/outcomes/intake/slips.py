"""What a faulty value looks like: the usual slips of spreadsheets and exports, told by their name.

Owns the shapes and their words. Promises that a slip only makes a sentence more precise: it never changes a verdict, never
repairs, and is told without the value. The first that fits is told; a value of no known shape keeps the rule's own words.
"""

from dataclasses import dataclass

from outcomes.definitions.feeds import Column


@dataclass(frozen=True, slots=True)
class Slip:
    """A shape: `looks` is SQL over `{v}`, the faulty value; `what` follows the column's name."""

    name: str
    looks: str
    what: str
    do: str


_AS_TEXT = "In the spreadsheet set the column's format to Text first, then take the values anew from the source system"
_SPACED = "regexp_full_match({v}, '\\s.*|.*\\s|\u00a0.*|.*\u00a0', 's')"
_DAY_FIRST = "regexp_full_match({v}, '[0-9]{1,2}[./ -][0-9]{1,2}[./ -][0-9]{2,4}([ T].*)?')"
_SERIAL = "regexp_full_match({v}, '[0-9]{5}([.][0-9]+)?')"
_EXPONENT = "regexp_full_match({v}, '-?[0-9]([.][0-9]+)?[eE][+]?[0-9]{1,2}')"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ERROR = Slip(
    "spreadsheet_error",
    "regexp_full_match({v}, '#(N/A|REF!|DIV/0!|VALUE!|NAME[?]|NUM!|NULL!|SPILL!|CALC!)')",
    "is an error of a spreadsheet, such as #N/A or #REF!.",
    "Mend the formula, or look the value up; write no error into an extract.",
)

_OF_NHS_NUMBERS = (
    _ERROR,
    Slip(
        "scientific",
        _EXPONENT,
        "is in scientific notation (digits, a point and E+09): the spreadsheet rounded it and its last digits are lost.",
        f"{_AS_TEXT}: formatting the rounded number does not bring the digits back.",
    ),
    Slip(
        "leading_zero_lost",
        "regexp_full_match({v}, '[0-9]{9}')",
        "has nine digits, as a spreadsheet leaves a number that begins with 0.",
        f"{_AS_TEXT}: a number that begins with 0 keeps it; if a digit was left out elsewhere, look the number up.",
    ),
    Slip(
        "decimal",
        "regexp_full_match({v}, '[0-9]{8,10}[.,]0*')",
        "ends in a point and zeros, as a column of numbers is exported.",
        f"{_AS_TEXT}, so that only the ten digits are written.",
    ),
    Slip(
        "grouped",
        "not regexp_full_match({v}, '[0-9]+') and regexp_full_match(regexp_replace({v}, '[^0-9A-Za-z]', '', 'g'), "
        "'[0-9]{10}')",
        "has spaces, hyphens or other signs among its ten digits.",
        "Write the ten digits without anything before, between or after them.",
    ),
    Slip(
        "placeholder",
        "length({v}) > 1 and {v} = repeat({v}[1], length({v}))",
        "is one digit repeated, which stands for nobody.",
        "Leave it empty where the number is not known.",
    ),
    Slip(
        "length",
        "regexp_full_match({v}, '[0-9]+') and length({v}) <> 10",
        "does not have ten digits.",
        "Correct it at the source: ten digits without spaces; where the number is not known, leave it empty.",
    ),
    Slip(
        "check_digit",
        "regexp_full_match({v}, '[0-9]{10}')",
        "has ten digits, but the last is not the check digit of the others: one is mistyped, or two are swapped.",
        "Look the number up in the patient's record and correct it at the source.",
    ),
    Slip(
        "words",
        "not regexp_matches({v}, '[0-9]')",
        "holds no digit.",
        "Leave it empty where the number is not known; write no word for it.",
    ),
)
_OF_DAYS = (
    Slip(
        "day_first",
        _DAY_FIRST,
        "is not written year, month, day.",
        "Write year, month and day, for example 2018-04-30 instead of 30/04/2018: in a spreadsheet give the column the "
        "custom format yyyy-mm-dd before saving as CSV.",
    ),
    Slip(
        "serial",
        _SERIAL,
        "is a spreadsheet's number for a day.",
        "Give the column the custom format yyyy-mm-dd before saving as CSV, for example 2018-04-30 instead of 43220.",
    ),
    Slip("spaced", _SPACED, "has a space before or after the date.", "Write the date alone, for example 2018-04-30."),
)
_SLIPS: dict[str, tuple[Slip, ...]] = {
    "date": (
        *_OF_DAYS,
        Slip(
            "with_time",
            f"regexp_full_match({{v}}, '{_DAY}[T ].+')",
            "has a time, where only a date belongs.",
            "Write the date alone, for example 2018-04-30.",
        ),
        Slip(
            "impossible",
            f"regexp_full_match({{v}}, '{_DAY}')",
            "is a day that is in no calendar.",
            "Correct it: months run from 01 to 12, and not all have 31 days.",
        ),
    ),
    "datetime": (
        *(slip for slip in _OF_DAYS if slip.name != "spaced"),
        Slip(
            "spaced", _SPACED, "has a space before or after the time.", "Write it alone, for example 2018-04-30T14:05."
        ),
        Slip(
            "no_time",
            f"regexp_full_match({{v}}, '{_DAY}')",
            "has no time of day.",
            "Write both, for example 2018-04-30T14:05.",
        ),
        Slip(
            "space_between",
            f"regexp_full_match({{v}}, '{_DAY} .*')",
            "has a space between date and time.",
            "Write a T there and no seconds: 2018-04-30T14:05.",
        ),
        Slip(
            "seconds",
            f"regexp_full_match({{v}}, '{_DAY}T[0-9]{{2}}:[0-9]{{2}}(:.*|Z|[+-].*)')",
            "has seconds or an offset from UTC.",
            "Write the local time to the minute, 2018-04-30T14:05, without seconds, Z or +01:00.",
        ),
        Slip(
            "impossible",
            f"regexp_full_match({{v}}, '{_DAY}T[0-9]{{2}}:[0-9]{{2}}')",
            "is a moment that is in no calendar or on no clock.",
            "Correct it: hours run from 00 to 23, and midnight is 00:00 of the next day.",
        ),
    ),
    "integer": (
        Slip(
            "decimal",
            "regexp_full_match({v}, '-?[0-9]+[.][0-9]*')",
            "has a decimal point.",
            "Write digits only, for example 84 instead of 84.0.",
        ),
        Slip("spaced", _SPACED, "has a space before or after the number.", "Write the digits alone, for example 84."),
    ),
    "number": (
        Slip(
            "currency",
            "contains({v}, '£') or contains({v}, ',') or contains(upper({v}), 'GBP')",
            "has a pound sign or a comma.",
            "Write digits and a point only: 1250.50, not £1,250.50.",
        ),
        Slip(
            "decimals",
            "regexp_full_match({v}, '-?[0-9]+[.][0-9]{3,}')",
            "has more than two decimals.",
            "Round it to pence, for example 1250.50.",
        ),
        Slip(
            "scientific",
            _EXPONENT,
            "is in scientific notation.",
            "Give the column the format 0.00 before saving as CSV, for example 1250.50.",
        ),
        Slip("spaced", _SPACED, "has a space before or after the amount.", "Write it alone, for example 1250.50."),
    ),
}


def slips(code: str, column: Column) -> tuple[Slip, ...]:
    """The slips that a fault of a column may turn out to be; the first whose `looks` is true is told."""
    if code == "nhs_number_invalid":
        return _OF_NHS_NUMBERS
    if code == "type":
        return (_ERROR, *_SLIPS.get(column.type, ()))
    if code == "code" and column.type == "string":
        return (_ERROR, *_near_a_code(column))
    if code == "pattern" and column.pattern:
        return (_ERROR, *_near_a_pattern(column))
    return ()


def _near_a_code(column: Column) -> tuple[Slip, ...]:
    listed = ", ".join(f"'{value}'" for value in column.allowed)
    small = ", ".join(f"'{str(value).lower()}'" for value in column.allowed)
    bare = ", ".join(f"'{str(value).lstrip('0')}'" for value in column.allowed)
    one_of = f"one of {', '.join(str(v) for v in column.allowed)}"
    return (
        Slip(
            "spaced",
            f"regexp_replace({{v}}, '^[\\s\u00a0]+|[\\s\u00a0]+$', '', 'g') in ({listed})",
            "is one of its codes with a space before or after it.",
            f"Remove the space: write {one_of}.",
        ),
        Slip(
            "capitals",
            f"lower({{v}}) in ({small})",
            "is one of its codes in other letters, small or capital.",
            f"Write it exactly as listed: {one_of}.",
        ),
        Slip(
            "zeros",
            f"ltrim(regexp_replace({{v}}, '[.]0*$', ''), '0') in ({bare})",
            "is one of its codes with zeros too many or too few, as a spreadsheet changes numbers.",
            f"{_AS_TEXT}: {one_of}.",
        ),
        Slip(
            "words",
            "length({v}) > 3 and contains({v}, ' ')",
            "holds words where a code belongs.",
            f"Write the code alone: {one_of}.",
        ),
    )


def _near_a_pattern(column: Column) -> tuple[Slip, ...]:
    def fits(value: str) -> str:
        return f"regexp_full_match({value}, '{column.pattern}')"

    bare = "regexp_replace({v}, '[\\s\u00a0]', '', 'g')"
    form = f"Write it so: {column.description}"
    return (
        Slip("spaced", fits(bare), "has a space in it or around it.", f"Remove the space. {form}"),
        Slip("capitals", fits("upper({v})"), "has small letters.", f"Write capitals. {form}"),
        Slip("dotted", fits("replace({v}, '.', '')"), "has a dot.", f"Leave the dot out. {form}"),
        Slip("near", fits(f"upper(replace({bare}, '.', ''))"), "has spaces, dots or small letters.", form),
    )
