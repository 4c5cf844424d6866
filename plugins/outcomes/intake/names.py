"""What a file's name and its manifest say.

Owns the spelling of submissions: `{feed}_{supplier}_{period}_{sequence}.csv` and the JSON manifest beside it. Promises that
a path is never made from anything but a name that fits this spelling.
"""

import json
import re
from dataclasses import dataclass
from typing import Literal

MANIFEST_SUFFIX = ".manifest.json"

_NAME = re.compile(
    r"(?P<feed>[a-z][a-z_]*)_(?P<supplier>[A-Z0-9]{3})_(?P<period>[0-9]{4}-(?:0[1-9]|1[0-2]))_(?P<sequence>[1-9][0-9]{0,5})"
    r"\.(?P<container>csv|csv\.gz|xlsx|zip)",
    re.ASCII,
)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)

Container = Literal["csv", "csv.gz", "xlsx", "zip"]


@dataclass(frozen=True, slots=True, order=True)
class SubmissionName:
    """Which feed, supplier, period and sequence a file claims to be."""

    period: str
    feed: str
    supplier: str
    sequence: int
    file_name: str
    container: Container

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
        )

    def __str__(self) -> str:
        return f"{self.feed}_{self.supplier}_{self.period}_{self.sequence}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the supplier says of the file."""

    status: Literal["flex", "freeze"]
    rows: int
    sha256: str
    extracted_at: str


def read_manifest(body: bytes, name: SubmissionName) -> Manifest | str:
    """The manifest, or a sentence on why it cannot be used."""
    try:
        entries = json.loads(body.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return "The manifest is not JSON in UTF-8: write it again, for example with the keys of the contract's example."
    if not isinstance(entries, dict):
        return "The manifest is not a JSON object: write { … } with feed, supplier, period, sequence, status, rows, sha256."
    for key, expected in (
        ("feed", name.feed),
        ("supplier", name.supplier),
        ("period", name.period),
        ("sequence", name.sequence),
    ):
        if key not in entries:
            return f"The manifest has no {key}: add it as the file's name has it."
        if entries[key] != expected or type(entries[key]) is not type(expected):
            return f"The manifest's {key} contradicts the file's name: make the two agree."
    if entries.get("status") not in ("flex", "freeze"):
        return "The manifest's status is neither flex nor freeze: write one of the two."
    rows, sha256, extracted_at = entries.get("rows"), entries.get("sha256"), entries.get("extracted_at")
    if type(rows) is not int or rows < 0:
        return "The manifest's rows is not a whole number of records: count the records without header and empty lines."
    if not isinstance(sha256, str) or _SHA256.fullmatch(sha256) is None:
        return "The manifest's sha256 is not 64 hexadecimal digits: give the SHA-256 of the file as delivered."
    if not isinstance(extracted_at, str) or not extracted_at:
        return (
            "The manifest's extracted_at is missing: say when the extract was made, for example 2018-05-08T06:00:00Z."
        )
    return Manifest(entries["status"], rows, sha256.lower(), extracted_at[:40])
