"""What a cell's number says: a date, a time, or the number itself.

Owns Excel's number formats and its two calendars. Promises that a number reads as its shortest decimal form, and as a date
only where the sheet shows one. Never rounds a value to what the sheet shows of it.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Literal

# What a format shows of a number; `number` is everything else, also a duration such as [h]:mm.
Shows = Literal["number", "day", "day and time", "time"]

# The formats that Excel has without writing them down (ECMA-376, part 1, 18.8.30).
BUILT_IN: Mapping[int, Shows] = {
    **dict.fromkeys(range(14, 18), "day"),
    **dict.fromkeys(range(18, 22), "time"),
    22: "day and time",
    45: "time",
    47: "time",
}
_NOT_CODES = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]|am/pm|a/p|general', re.IGNORECASE)
_LAST_DAY = 2_958_466
# What days are counted from. Excel takes 1900 for a leap year, so that there are two days for that calendar.
_BEFORE_1900, _AFTER_FEBRUARY_1900 = datetime.fromisoformat("1899-12-31"), datetime.fromisoformat("1899-12-30")
_FROM_1904 = datetime.fromisoformat("1904-01-01")


def shows(code: str) -> Shows:
    """What a format's code shows, by the first of its sections: `yyyy-mm-dd` a day, `hh:mm` a time."""
    letters = _NOT_CODES.sub("", code).split(";")[0].lower()
    if "[" in letters:
        return "number"
    time = "h" in letters or "s" in letters
    if "y" in letters or "d" in letters or ("m" in letters and not time):
        return "day and time" if time else "day"
    return "time" if time else "number"


def decimal(number: float) -> str:
    """The shortest decimal form that reads back as this number, without an exponent: 9990000018, 0.3, -12.5."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return format(Decimal(repr(number)), "f").removesuffix(".0")


def moment(number: float, format: Shows, *, from_1904: bool) -> tuple[str, bool]:
    """A number under a format that shows a day or a time, and whether it is midnight where a time is shown.

    A time of day reads `HH:MM`, a moment `YYYY-MM-DDTHH:MM`, both with seconds where there are any. What no calendar has
    (before 1900, after 9999, Excel's 29 February 1900) reads as the number it is.
    """
    # A tenth of a millisecond is what a double leaves of a time of day in this century.
    seconds = round(number * 86_400, 3)
    if not isfinite(number) or not 0 <= number < _LAST_DAY:
        return decimal(number), False
    if abs(seconds - round(seconds)) < 0.002:
        seconds = round(seconds)
    if format == "time" and seconds < 86_400:
        return _clock(_FROM_1904 + timedelta(seconds=seconds)), False
    day = int(seconds // 86_400)
    if from_1904:
        first = _FROM_1904
    elif day > 60:
        first = _AFTER_FEBRUARY_1900
    elif 0 < day < 60:
        first = _BEFORE_1900
    else:
        return decimal(number), False
    try:
        then = first + timedelta(seconds=seconds)
    except OverflowError:
        return decimal(number), False
    return written(then, format)


def written(then: datetime, format: Shows) -> tuple[str, bool]:
    """A moment as the contract writes it, and whether it is midnight where a time is shown."""
    if then.time() == datetime.min.time():
        return (then.date().isoformat(), False) if format == "day" else (f"{then.date().isoformat()}T00:00", True)
    return f"{then.date().isoformat()}T{_clock(then)}", False


def _clock(then: datetime) -> str:
    return then.strftime("%H:%M") if then.second == then.microsecond == 0 else then.time().isoformat()
