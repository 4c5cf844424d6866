"""What a file's name looks like that is no submission's: the usual slips, with the name that was meant.

Owns these sentences. Promises to guess only where one name is left, and to show nothing of the file's own name that could
hold a person's number. Never takes a file under a name it does not have.
"""

import re

from outcomes.definitions.feeds import feeds
from outcomes.intake.masking import printable
from outcomes.intake.names import SubmissionName

_OLD_WORKBOOKS = (".xls", ".xlsm", ".xlsb", ".ods")
# What Windows, mail programs and people put behind a name: a second copy, a number in brackets, another ending.
_ADDED = re.compile(r"( - copy| copy|[ _]*\([0-9]{1,3}\)|[ _](final|new|v[0-9]+))+$", re.IGNORECASE)
_PARTS = re.compile(
    r"(?P<feed>[a-z]+(?:[ _-][a-z]+)*)[ _-]+(?P<supplier>[a-z0-9]{3})[ _-]+(?P<year>20[0-9]{2})[ _.-]?(?P<month>[01][0-9])"
    r"[ _-]+(?P<sequence>[0-9]{1,6})",
    re.IGNORECASE,
)


def name_wanted(file_name: str) -> str:
    """One sentence on a name that is no submission's: what is wrong with it and what to call the file."""
    lower = file_name.lower()
    if old := next((ending for ending in _OLD_WORKBOOKS if lower.endswith(ending)), None):
        return (
            f"{printable(file_name)} is a spreadsheet of another kind ({old}): save it as an Excel workbook (.xlsx) or as "
            "CSV in UTF-8, under a name such as hospice_care_HCC_2018-04_1.xlsx."
        )
    wanted = _meant(file_name)
    meant = (
        f"call it {wanted}"
        if wanted
        else "call it feed_SUPPLIER_YYYY-MM_sequence.csv, for example admissions_RJE_2018-04_1.csv"
    )
    kinds = "" if wanted else f"; the feeds are {', '.join(feeds())}"
    return f"{printable(file_name)} is not the name of a submission: {meant}{kinds}."


def _meant(file_name: str) -> str | None:
    """The name of a submission that this one is near to."""
    stem, _, ending = file_name.removesuffix(".txt").rpartition(".")
    parts = _PARTS.fullmatch(_ADDED.sub("", stem).strip())
    if parts is None:
        return None
    feed = re.sub("[ -]", "_", parts["feed"].lower())
    period = f"{parts['year']}-{parts['month']}"
    name = f"{feed}_{parts['supplier'].upper()}_{period}_{int(parts['sequence'])}.{ending.lower()}"
    found = SubmissionName.parse(name)
    return name if found and found.feed in feeds() else None
