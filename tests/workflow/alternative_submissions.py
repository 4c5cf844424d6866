"""Which submissions are in force and which of their records count, in boring Python, from the files of an inbox.

Written from the definitions of the feeds, never from the product's code. People are told apart by their (made-up) NHS
numbers. Only the feeds that the published measures read are looked into; of the others it is known who sent what.
"""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]

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

# The key of each feed that is looked into.
KEYS = {
    "deaths": ["registration_id"],
    "epaccs": ["record_id", "amended_at"],
    "palliative_register": ["practice_code", "entry_id"],
    "admissions": ["provider_code", "spell_id", "episode_number"],
}


@dataclass
class Submission:
    """An accepted submission; the records of the feeds that no measure here reads are not kept."""

    sequence: int
    status: str
    records: list[Record]


def in_force(folders: Iterable[Path]) -> dict[tuple[str, str, str], Submission]:
    """By feed, supplier and period: the accepted submission with the highest sequence."""
    found: dict[tuple[str, str, str], Submission] = {}
    for path in (path for folder in folders for path in folder.glob("*.manifest.json")):
        manifest = json.loads(path.read_text())
        content = path.with_name(path.name.removesuffix(".manifest.json")).read_bytes()
        feed, supplier, period = manifest["feed"], manifest["supplier"], manifest["period"]
        rows = list(csv.DictReader(content.decode().splitlines())) if feed in KEYS else []
        accepted = list(accepted_records(feed, period, rows))
        refused = len(rows) - len(accepted)
        if hashlib.sha256(content).hexdigest() != manifest["sha256"] or (refused > 5 and refused > 0.05 * len(rows)):
            continue
        earlier = found.get((feed, supplier, period))
        if earlier is None or manifest["sequence"] > earlier.sequence:
            found[feed, supplier, period] = Submission(manifest["sequence"], manifest["status"], accepted)
    return found


def accepted_records(feed: str, period: str, rows: Iterable[Mapping[str, str]]) -> Iterator[Record]:
    """The records that break no rule, each key once, with dates as dates and the person instead of the NHS number."""
    seen = set()
    for row in rows:
        record = typed({name: text or None for name, text in row.items()})
        if record is None or not keeps_the_rules(feed, period, record):
            continue
        key = tuple(record[name] for name in KEYS[feed])
        if key not in seen:
            seen.add(key)
            yield record


def typed(row: Mapping[str, str | None]) -> Record | None:
    """The record with its types; None where a date or a time is none."""
    record: Record = dict(row)
    try:
        for name, text in row.items():
            if text is None:
                continue
            if name.endswith("_date") or name.startswith("date_of"):
                record[name] = date.fromisoformat(text)
            elif name == "amended_at":
                record[name] = datetime.fromisoformat(text)
            elif name in {"age_at_death", "imd_decile", "episode_number"}:
                record[name] = int(text)
    except ValueError:
        return None
    number = record["nhs_number"]
    record["person_id"] = number if number and is_nhs_number(number) else None
    return record


def is_nhs_number(number: str) -> bool:
    if not re.fullmatch("[0-9]{10}", number) or len(set(number)) == 1:
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return {11: 0}.get(check, check) == int(number[9])


def keeps_the_rules(feed: str, period: str, r: Record) -> bool:
    """The rules of a feed that made-up records and the damage done to them here can break."""
    if feed == "deaths":
        named = [r[c] for c in ("registration_id", "age_at_death", "usual_residence_type", "underlying_cause")]
        if None in named or None in (r["date_of_death"], r["date_of_registration"]):
            return False
        place = r["pod_code"] != "C" or (r["pod_nhs_establishment"] and r["pod_establishment_type"])
        codes = r["sex"] in {"1", "2", "9"} and r["pod_code"] in {"H", "E", "C"} and r["cancelled_flag"] in {"Y", "N"}
        cause = re.fullmatch("[A-Z][0-9]{2}[0-9A-Z]?", r["underlying_cause"])
        in_period = f"{r['date_of_registration']:%Y-%m}" == period and r["date_of_death"] <= r["date_of_registration"]
        return bool(place and codes and cause and in_period)
    if feed == "epaccs":
        if None in (r["nhs_number"], r["record_id"], r["created_date"], r["amended_at"]):
            return False
        consents = {"given", "best_interests", "attorney", "withdrawn"}
        in_order = f"{r['amended_at']:%Y-%m}" == period and r["created_date"] <= r["amended_at"].date()
        return r["consent"] in consents and in_order
    if feed == "palliative_register":
        if None in (r["nhs_number"], r["practice_code"], r["entry_id"], r["entry_date"]):
            return False
        removed = r["removal_date"]
        last = max(r["entry_date"], removed or r["entry_date"])
        return f"{last:%Y-%m}" <= period and (removed is None or removed >= r["entry_date"])
    days = [r[c] for c in ("admission_date", "episode_start_date", "episode_end_date", "discharge_date")]
    if None in days or None in (r["treatment_function_code"], r["spell_id"], r["episode_number"]):
        return False
    methods = {
        "11",
        "12",
        "13",
        "21",
        "22",
        "23",
        "24",
        "25",
        "28",
        "2A",
        "2B",
        "2C",
        "2D",
        "31",
        "32",
        "81",
        "82",
        "83",
    }
    codes = r["admission_method"] in methods and r["patient_classification"] in set("12345")
    return codes and days == sorted(days) and f"{r['discharge_date']:%Y-%m}" == period


def one_per_key(submissions: Mapping[tuple[str, str, str], Submission], feed: str) -> list[Record]:
    """Each key's record of the latest period, then the highest sequence, then the last supplier."""
    standing: dict[tuple[Any, ...], Record] = {}
    order = sorted((period, s.sequence, supplier) for (f, supplier, period), s in submissions.items() if f == feed)
    for period, _, supplier in order:
        for record in submissions[feed, supplier, period].records:
            standing[tuple(record[name] for name in KEYS[feed])] = record
    return list(standing.values())
