"""Which submissions are in force and which of their records count, in boring Python, from the files of an inbox.

Written from the definitions of the feeds, never from the product's code.
"""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alternative_columns import Record, read
from alternative_rules import fits

CCGS = ["04Y", "05D", "05G", "05Q", "05V", "05W"]
SUPPLIERS = {
    "deaths": CCGS,
    "epaccs": CCGS,
    "palliative_register": CCGS,
    "bereavement_survey": CCGS,
    "admissions": ["RJE", "RTG", "RL4", "RRE", "RLY"],
    "ed_attendances": ["RJE", "RTG", "RL4", "RRE"],
    "community_contacts": ["RRE", "RLY"],
    "urgent_care_contacts": ["OOH"],
    "ambulance_incidents": ["RYA"],
    "hospice_care": ["HDM", "HKH", "HSG", "HCC"],
}
EXPECTED = [(feed, supplier) for feed, suppliers in SUPPLIERS.items() for supplier in suppliers]
MAY_BE_EMPTY = {"epaccs", "bereavement_survey", "hospice_care"}
KEYS = {
    "deaths": ["registration_id"],
    "epaccs": ["record_id", "amended_at"],
    "palliative_register": ["practice_code", "entry_id"],
    "bereavement_survey": ["response_id"],
    "admissions": ["provider_code", "spell_id", "episode_number"],
    "ed_attendances": ["provider_code", "attendance_id"],
    "community_contacts": ["provider_code", "contact_id"],
    "urgent_care_contacts": ["contact_id"],
    "ambulance_incidents": ["incident_id"],
    "hospice_care": ["provider_code", "care_id"],
}


@dataclass(frozen=True)
class Submission:
    """An accepted submission with its accepted records."""

    sequence: int
    status: str
    records: list[Record]


def in_force(folder: Path) -> dict[tuple[str, str, str], Submission]:
    """By feed, supplier and period: the accepted submission with the highest sequence."""
    found: dict[tuple[str, str, str], Submission] = {}
    for path in folder.glob("*.manifest.json"):
        manifest = json.loads(path.read_text())
        content = path.with_name(path.name.removesuffix(".manifest.json")).read_bytes()
        if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
            continue
        feed, supplier, period = manifest["feed"], manifest["supplier"], manifest["period"]
        accepted = accepted_records(feed, supplier, period, content.decode())
        earlier = found.get((feed, supplier, period))
        if accepted is not None and (earlier is None or manifest["sequence"] > earlier.sequence):
            found[feed, supplier, period] = Submission(manifest["sequence"], manifest["status"], accepted)
    return found


@cache
def accepted_records(feed: str, supplier: str, period: str, text: str) -> list[Record] | None:
    """The records that break no rule, the first of each key; None where too much is wrong for the file to be used."""
    rows = list(csv.DictReader(text.splitlines()))
    accepted: dict[tuple[Any, ...], Record] = {}
    for row in rows:
        record = read(feed, row)
        if record is not None and fits(feed, supplier, period, record):
            accepted.setdefault(tuple(record[name] for name in KEYS[feed]), record)
    rejected = len(rows) - len(accepted)
    if (rejected > 5 and rejected > 0.05 * len(rows)) or not (accepted or feed in MAY_BE_EMPTY):
        return None
    return list(accepted.values())


def one_per_key(submissions: Mapping[tuple[str, str, str], Submission], feed: str) -> list[Record]:
    """Each key's record of the latest period, then the highest sequence, then the last supplier."""
    standing: dict[tuple[Any, ...], Record] = {}
    order = sorted((period, s.sequence, supplier) for (f, supplier, period), s in submissions.items() if f == feed)
    for period, _, supplier in order:
        for record in submissions[feed, supplier, period].records:
            standing[tuple(record[name] for name in KEYS[feed])] = record
    return list(standing.values())
