"""How large a delivered file may be, and how to say that it cannot be read.

Owns the limits on containers, lines and sheets. Imports nothing, so that the small program that reads workbooks can.
"""

# Bytes of a file, as sent or unpacked, and of a line of it.
MAX_BYTES = 1 << 30
MAX_LINE = 1 << 20
# How many times its packed size a file may unpack to, once it is larger than so many bytes.
MAX_RATIO, RATIO_FROM = 200, 10 << 20
# Characters of a value.
MAX_VALUE = 4000
# The used range of a sheet.
MAX_ROWS, MAX_COLUMNS = 200_000, 500
# An archive's entries: a workbook has a dozen or two.
MAX_ENTRIES = 1000

TOO_LARGE = "The file is larger than 1 GiB, unpacked or not: check that it holds one month of one feed."
TOO_DENSE = f"The file unpacks to more than {MAX_RATIO} times its size: send it as plain CSV."


class Unreadable(Exception):
    """The file cannot be read; `str(error)` is the sentence for the supplier."""
