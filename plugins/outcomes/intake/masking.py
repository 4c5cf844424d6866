"""What could be a person's number, wherever it stands, and what is put in its place.

Owns the patterns. Promises that a number in the wrong column, however it is spaced, is neither shown nor kept: it is masked
where a value is only looked at, and becomes a keyed pseudonym where a value is needed to tell records apart. Never decides
whether a record is accepted.
"""

import re

# Nine digits or more with up to three signs between them: nine, because spreadsheets drop a leading zero.
# In ASCII, since the engine takes ten times as long over every script's digits; a value with others goes as a whole.
_LONG_NUMBER_SQL = "[0-9](?:[^A-Za-z0-9]{0,3}[0-9]){8,}"
_OTHER_DIGIT_SQL = r"[^\P{Nd}0-9]"
_LONG_NUMBER = re.compile(r"\d(?:[\W_]{0,3}\d){8,}")


def masked(value: str) -> str:
    """SQL: a value with every long number taken out."""
    ascii_only = f"regexp_replace({value}, '{_LONG_NUMBER_SQL}', '#', 'g')"
    return f"case when regexp_matches({value}, '{_OTHER_DIGIT_SQL}') then '#' else {ascii_only} end"


def printable(name: str) -> str:
    """The name of something in an inbox that is no submission, as it may be shown: escaped, without any long number."""
    shown = _LONG_NUMBER.sub("#", name)
    return "".join(c if c.isascii() and c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def nhs_number_is_valid(number: str) -> str:
    """SQL: ten ASCII digits, modulus 11, not one digit ten times (NHS Data Dictionary, NHS NUMBER)."""
    weighted = " + ".join(f"(ascii({number}[{i}]) - 48) * {11 - i}" for i in range(1, 10))
    return (
        f"(regexp_full_match({number}, '[0-9]{{10}}') and (11 - ({weighted}) % 11) % 11 = ascii({number}[10]) - 48 "
        f"and {number} <> repeat({number}[1], 10))"
    )


def holds_number(value: str, number: str) -> str:
    """SQL: whether a value holds the record's own NHS number, spaces and hyphens within it left aside.

    Only the record's own: one in eleven of all ten-digit identifiers would pass for somebody's number.
    """
    bare = f"contains(replace(replace({value}, ' ', ''), '-', ''), {number})"
    spaced = f"(contains({value}, ' ') or contains({value}, '-'))"
    return f"(length({number}) >= 9 and (contains({value}, {number}) or ({spaced} and {bare})))"
