"""A supplier's desk: valid records of each feed, files made from them, manifests beside them; and what became of them.

Everything is of April 2018 unless a test says otherwise. The only NHS numbers are of the range that is never issued (999…).
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from outcomes.intake.checking import checked
from outcomes.intake.feedback import Feedback, feedback
from outcomes.intake.inbox import Sent
from outcomes.intake.judging import workbench
from outcomes.intake.names import Manifest, SubmissionName
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.receiving import Intake, Receipt
from outcomes.lake import Lake
from outcomes.ledger import Ledger, Submission, submissions
from outcomes.organisations import partnership

PERIOD = "2018-04"
LATER = date(2018, 12, 31)
KEY = Pseudonyms.under(bytes(range(32)), "test-key")
Record = Mapping[str, str]


def nhs_number(n: int) -> str:
    """The n-th number of the range that is never issued: nine digits 999…, and the check digit (modulus 11)."""
    nine = 999_000_000 + n
    check = 11 - sum((10 - i) * int(digit) for i, digit in enumerate(f"{nine}")) % 11
    return f"{nine}{0 if check == 11 else check}" if check != 10 else nhs_number(n + 500_000)


# A record of each feed that breaks no rule, and the supplier who sends it.
SUPPLIER = {
    "deaths": "05W",
    "epaccs": "05W",
    "palliative_register": "05W",
    "bereavement_survey": "05W",
    "admissions": "RJE",
    "ed_attendances": "RJE",
    "community_contacts": "RLY",
    "urgent_care_contacts": "OOH",
    "ambulance_incidents": "RYA",
    "hospice_care": "HDM",
}
VALID: dict[str, dict[str, str]] = {
    "deaths": {
        "registration_id": "D1",
        "nhs_number": nhs_number(1),
        "sex": "2",
        "age_at_death": "84",
        "date_of_death": "2018-04-10",
        "date_of_registration": "2018-04-12",
        "pod_code": "H",
        "pod_nhs_establishment": "",
        "pod_establishment_type": "",
        "pod_organisation_code": "",
        "usual_residence_type": "P",
        "usual_residence_organisation_code": "",
        "underlying_cause": "C349",
        "gp_practice_code": "M83001",
        "ccg_of_registration": "05W",
        "ccg_of_residence": "05W",
        "imd_decile": "3",
        "ethnic_category": "A",
        "cancelled_flag": "N",
    },
    "epaccs": {
        "record_id": "E1",
        "nhs_number": nhs_number(2),
        "created_date": "2018-03-01",
        "amended_at": "2018-04-03T09:30",
        "consent": "given",
        "ppd_first": "21",
        "ppd_first_is_usual_residence": "Y",
        "ppd_first_organisation_code": "",
        "ppd_second": "30",
        "care_plan_date": "2018-03-02",
        "review_date": "2018-09-01",
        "anticipatory_medicines_date": "",
        "cpr_decision": "do_not_attempt",
    },
    "palliative_register": {
        "practice_code": "M83001",
        "entry_id": "P1",
        "nhs_number": nhs_number(3),
        "entry_date": "2018-01-15",
        "removal_date": "",
    },
    "bereavement_survey": {
        "response_id": "B1",
        "nhs_number": nhs_number(4),
        "response_date": "2018-04-20",
        "pain_relief": "completely_all",
        "services_worked_together": "definitely",
        "repeated_story": "never",
        "support_for_carer": "some",
        "overall_care": "good",
    },
    "admissions": {
        "provider_code": "RJE",
        "site_code": "RJE01",
        "spell_id": "S1",
        "episode_number": "1",
        "nhs_number": nhs_number(5),
        "admission_date": "2018-04-02",
        "admission_time": "14:05",
        "admission_method": "21",
        "patient_classification": "1",
        "episode_start_date": "2018-04-02",
        "episode_end_date": "2018-04-09",
        "discharge_date": "2018-04-09",
        "discharge_method": "1",
        "discharge_destination": "19",
        "treatment_function_code": "300",
        "primary_diagnosis": "J189",
        "primary_procedure": "X998",
        "cost_gbp": "1250.50",
    },
    "ed_attendances": {
        "provider_code": "RJE",
        "attendance_id": "A1",
        "nhs_number": nhs_number(6),
        "arrival_at": "2018-04-05T10:00",
        "departure_at": "2018-04-05T13:59",
        "department_type": "01",
        "attendance_category": "1",
        "arrived_by_ambulance": "Y",
        "disposal": "admitted",
        "cost_gbp": "160",
    },
    "community_contacts": {
        "provider_code": "RLY",
        "contact_id": "K1",
        "referral_id": "R1",
        "nhs_number": nhs_number(7),
        "referral_received_at": "2018-04-01T09:00",
        "referral_priority": "urgent",
        "team_type": "district_nursing",
        "contact_at": "2018-04-02T10:30",
        "contact_mode": "face_to_face",
        "outcome": "attended",
        "cost_gbp": "40.1",
    },
    "urgent_care_contacts": {
        "contact_id": "U1",
        "nhs_number": nhs_number(8),
        "call_started_at": "2018-04-07T22:15",
        "response_due_minutes": "120",
        "first_clinical_response_at": "2018-04-07T23:00",
        "outcome": "responded",
        "care_plan_viewed": "Y",
        "cost_gbp": "",
    },
    "ambulance_incidents": {
        "incident_id": "I1",
        "nhs_number": nhs_number(9),
        "call_at": "2018-04-08T01:00",
        "category": "C2",
        "on_scene_at": "2018-04-08T01:18",
        "conveyed": "Y",
        "destination_code": "RJE01",
        "cost_gbp": "230.00",
    },
    "hospice_care": {
        "provider_code": "HDM",
        "care_id": "H1",
        "nhs_number": nhs_number(10),
        "setting": "inpatient",
        "start_date": "2018-03-28",
        "end_date": "2018-04-11",
        "end_reason": "died",
        "cost_gbp": "4000",
    },
}
# The column that is counted up, so that no two records have the same key.
KEY_COLUMN = {
    "deaths": "registration_id",
    "epaccs": "record_id",
    "palliative_register": "entry_id",
    "bereavement_survey": "response_id",
    "admissions": "spell_id",
    "ed_attendances": "attendance_id",
    "community_contacts": "contact_id",
    "urgent_care_contacts": "contact_id",
    "ambulance_incidents": "incident_id",
    "hospice_care": "care_id",
}


def valid(feed: str, n: int = 1, **changes: str) -> dict[str, str]:
    """The n-th valid record of a feed, with changes."""
    key = KEY_COLUMN[feed]
    return {**VALID[feed], key: f"{VALID[feed][key][0]}{n}", **changes}


def many(feed: str, n: int, **changes: str) -> list[dict[str, str]]:
    """Valid records of a feed, each with a key of its own."""
    return [valid(feed, i, **changes) for i in range(1, n + 1)]


def as_csv(records: Iterable[Record], columns: Iterable[str] | None = None) -> bytes:
    """A CSV as most systems write it; the columns are those of the first record unless given."""
    rows = list(records)
    names = list(columns or rows[0])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row[name] for name in names] for row in rows)
    return text.getvalue().encode()


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
        return Report(
            feedback(verdict),
            verdict.rejection.code if verdict.rejection else None,
            verdict.rows,
            verdict.rejected,
            table.execute("from accepted").df() if verdict.judged else pd.DataFrame(),
            table.execute("from rejected").df() if verdict.judged else pd.DataFrame(),
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
        self.intake = Intake(self.ledger, Lake(str(self.home / "lake")), self.home / "feedback", partnership(), KEY)

    def receive(self, *, as_of: date = LATER, supplier: str | None = None) -> Receipt:
        return self.intake.receive(self.inbox, as_of, supplier)

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
