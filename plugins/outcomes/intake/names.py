"""What a file's name and its manifest say.

Owns the spelling of submissions: `{feed}_{supplier}_{period}_{sequence}.csv` or another container, `.pgp` after it where it
is locked, and the JSON manifest beside it. Promises that a path is never made from anything but a name that fits this
spelling, and that nothing of either is kept or shown that could hold a person's number: no long run of digits, no text of
the sender's own.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MANIFEST_SUFFIX = ".manifest.json"

_NAME = re.compile(
    r"(?P<feed>[a-z][a-z_]{0,39})_(?P<supplier>[A-Z0-9]{3})_(?P<period>[0-9]{4}-(?:0[1-9]|1[0-2]))_(?P<sequence>[1-9][0-9]{0,5})"
    r"\.(?P<container>csv|csv\.gz|xlsx|zip)(?P<seal>\.pgp|\.gpg)?",
    re.ASCII,
)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
# A manifest is a few hundred bytes, and no month of any feed has a thousand million records.
MAX_MANIFEST, MAX_ROWS = 1 << 20, 999_999_999

Container = Literal["csv", "csv.gz", "xlsx", "zip"]


@dataclass(frozen=True, slots=True, order=True)
class SubmissionName:
    """Which feed, supplier, period and sequence a file claims to be; `seal` is `.pgp` or `.gpg`, or empty."""

    period: str
    feed: str
    supplier: str
    sequence: int
    file_name: str
    container: Container
    seal: str = ""

    @classmethod
    def parse(cls, file_name: str) -> "SubmissionName | None":
        """None when the name is not that of a submission."""
        match = _NAME.fullmatch(file_name)
        if match is None or match["period"].startswith("0000"):
            return None
        return cls(
            period=match["period"],
            feed=match["feed"],
            supplier=match["supplier"],
            sequence=int(match["sequence"]),
            file_name=file_name,
            container=match["container"],  # type: ignore[arg-type]
            seal=match["seal"] or "",
        )

    def __str__(self) -> str:
        return f"{self.feed}_{self.supplier}_{self.period}_{self.sequence}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the supplier says of the file. `extracted_at` is None where it is not written as ISO 8601."""

    status: Literal["flex", "freeze"]
    rows: int
    sha256: str
    extracted_at: str | None


def read_manifest(body: bytes | None, name: SubmissionName) -> Manifest | str:
    """The manifest, or one sentence with everything for which it cannot be used."""
    if body is None or len(body) > MAX_MANIFEST:
        return "The manifest is larger than 1 MiB: write only the eight keys it has, as in the example."
    try:
        entries = json.loads(body.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return f"The manifest is not JSON in UTF-8: write it like {_example(name)}."
    if not isinstance(entries, dict):
        return f"The manifest is not a JSON object: write it like {_example(name)}."
    if faults := list(_manifest_faults(entries, name)):
        return f"The manifest cannot be used: {'; '.join(faults)}."
    return Manifest(entries["status"], entries["rows"], entries["sha256"].lower(), _moment(entries["extracted_at"]))


def _manifest_faults(entries: dict[str, object], name: SubmissionName) -> Iterator[str]:
    for key, expected in (
        ("feed", name.feed),
        ("supplier", name.supplier),
        ("period", name.period),
        ("sequence", name.sequence),
    ):
        if key not in entries:
            yield f'it has no {key} (write "{key}": {json.dumps(expected)})'
        elif entries[key] != expected or type(entries[key]) is not type(expected):
            yield f"its {key} contradicts the file's name (write {json.dumps(expected)}, or rename the file)"
    if entries.get("status") not in ("flex", "freeze"):
        yield 'its status is neither "flex" (provisional) nor "freeze" (final)'
    rows = entries.get("rows")
    if type(rows) is not int or not 0 <= rows <= MAX_ROWS:
        yield "its rows is not a number of records (count them without the header and empty lines, and write digits only)"
    sha256 = entries.get("sha256")
    if not isinstance(sha256, str) or _SHA256.fullmatch(sha256) is None:
        yield "its sha256 is not 64 hexadecimal digits (take the SHA-256 of the file as delivered)"
    extracted_at = entries.get("extracted_at")
    if not isinstance(extracted_at, str) or not extracted_at:
        yield "its extracted_at does not say when the extract was made (for example 2018-05-08T06:00:00Z)"


def _example(name: SubmissionName) -> str:
    start = json.dumps({"feed": name.feed, "supplier": name.supplier, "period": name.period, "sequence": name.sequence})
    return f'{start[:-1]}, "status": "flex", "rows": 120, "sha256": "…", "extracted_at": "2018-05-08T06:00:00Z"}}'


def _moment(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return None
