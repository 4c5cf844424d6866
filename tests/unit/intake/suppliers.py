"""A supplier's desk: files made from records, manifests beside them, and what became of them."""

import csv
import hashlib
import io
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from outcomes.definitions.policy import said_of_every_flow
from outcomes.intake.check_service import CheckFolder
from outcomes.intake.checking import checked
from outcomes.intake.feedback import Feedback, feedback
from outcomes.intake.inbox import Sent
from outcomes.intake.names import Manifest, SubmissionName
from outcomes.intake.objections import Objections
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.receipt import Receipt
from outcomes.intake.receiving import Intake
from outcomes.intake.records import RawFile
from outcomes.intake.sources.drop_folder import DropFolder
from outcomes.intake.workbench import workbench
from outcomes.lake import Lake
from outcomes.ledger import Ledger, Submission, submissions
from outcomes.organisations import partnership
from unit.intake.valid_records import SUPPLIER, VALID

PERIOD = "2018-04"
LATER = date(2018, 12, 31)
KEY = Pseudonyms.under(bytes(range(32)), "test-key")
Record = Mapping[str, str]


def as_csv(records: Iterable[Record], columns: Iterable[str] | None = None) -> bytes:
    """A CSV as most systems write it; the columns are those of the first record unless given."""
    rows = list(records)
    names = list(columns or rows[0])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row[name] for name in names] for row in rows)
    return text.getvalue().encode()


def values_of(raw: RawFile) -> list[list[str]]:
    """The values under the header, record by record."""
    records = raw.records.drop_columns(["row", "width", "flaws"]).to_pylist()
    return [[value or "" for value in record.values()] for record in records]


def header_of(feed: str) -> bytes:
    """A CSV with the header only."""
    return ",".join(VALID[feed]).encode() + b"\n"


@dataclass
class Report:
    """What a check said: the codes of the file's faults, and by row those of the records and of the warnings."""

    feedback: Feedback
    rejected_for: str | None
    rows: int
    rejected: int
    accepted: pd.DataFrame
    set_aside: pd.DataFrame
    file: list[str] = field(default_factory=list)
    faults: dict[int, set[str]] = field(default_factory=dict)
    warned: dict[int, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for severity, row, code in self.feedback.findings[["severity", "row", "code"]].itertuples(index=False):
            if row == "":
                self.file.append(code)
            else:
                (self.faults if severity == "record" else self.warned).setdefault(row, set()).add(code)


def check(
    feed: str,
    data: bytes,
    *,
    supplier: str = "",
    period: str = PERIOD,
    name: str = "",
    manifest: Manifest | str | None = None,
    as_of: date = LATER,
    bench: duckdb.DuckDBPyConnection | None = None,
) -> Report:
    """Check the bytes as a submission of a feed."""
    parsed = SubmissionName.parse(name or f"{feed}_{supplier or SUPPLIER[feed]}_{period}_1.csv")
    assert parsed is not None
    sent = Sent(data, hashlib.sha256(data).hexdigest())
    table = bench or workbench()
    with checked(table, parsed, sent, manifest, partnership(), as_of, KEY) as verdict:
        judged = verdict.judged
        return Report(
            feedback(verdict),
            verdict.rejection.code if verdict.rejection else None,
            verdict.rows,
            verdict.rejected,
            table.from_arrow(judged.accepted).df() if judged else pd.DataFrame(),
            table.from_arrow(judged.set_aside).df() if judged else pd.DataFrame(),
        )


def check_records(feed: str, records: Iterable[Record], columns: Iterable[str] | None = None, **more: object) -> Report:
    """Check records as a file of a feed; the first is row 2."""
    return check(feed, as_csv(records, columns), **more)  # type: ignore[arg-type]


@dataclass
class Desk:
    """A drop folder and the intake behind it."""

    home: Path

    def __post_init__(self) -> None:
        self.inbox = self.home / "inbox"
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(f"sqlite:///{self.home / 'ledger.sqlite'}")
        objections = Objections(said_of_every_flow(), CheckFolder(self.home / "objections"))
        lake = Lake(str(self.home / "lake"))
        self.intake = Intake(self.ledger, lake, self.home / "feedback", partnership(), KEY, objections)

    def receive(self, *, as_of: date = LATER, suppliers: Collection[str] | None = None) -> Receipt:
        return self.intake.receive(DropFolder(self.inbox), as_of, suppliers)

    def put(self, file_name: str, data: bytes, manifest: object = "right", **changes: object) -> None:
        """Put a file and a manifest (right but for the changes; None for none at all) into the drop folder."""
        (self.inbox / file_name).write_bytes(data)
        if manifest == "right":
            manifest = manifest_of(file_name, data, **changes)
        if manifest is not None:
            body = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
            (self.inbox / f"{file_name}.manifest.json").write_bytes(body)

    def status(self) -> list[tuple[str, str, bool]]:
        """Each line of the status: file, outcome, whether it is in force."""
        with self.ledger.session() as session:
            counting = {s.id for s in submissions.in_force(session)}
            lines = [(s.file_name, s.outcome, s.id in counting) for s in submissions.all_submissions(session)]
            return lines + [(a.file_name, "arriving", False) for a in submissions.arriving(session)]

    def lines(self) -> list[Submission]:
        """The submissions in the ledger, in the order received."""
        with self.ledger.session() as session:
            return sorted(submissions.all_submissions(session), key=lambda s: s.id)

    def lake(self) -> dict[str, bytes]:
        """The files of the lake, by name, with their bytes."""
        root = self.home / "lake"
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def manifest_of(file_name: str, data: bytes, **changes: object) -> dict[str, object]:
    """The manifest as a careful supplier writes it, with changes; a change to None leaves the key out."""
    name = SubmissionName.parse(file_name)
    assert name is not None
    lines = [line for line in data.decode(errors="replace").splitlines()[1:] if line]
    entries = {
        "feed": name.feed,
        "supplier": name.supplier,
        "period": name.period,
        "sequence": name.sequence,
        "status": "flex",
        "rows": len(lines),
        "sha256": hashlib.sha256(data).hexdigest(),
        "extracted_at": "2018-05-08T06:00:00Z",
        **changes,
    }
    return {key: value for key, value in entries.items() if value is not None}
