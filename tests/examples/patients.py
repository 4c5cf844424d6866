"""The example patients: reads tests/examples/<measure_id>/*.toml into rows such as suppliers send, and what to expect.

Promises to refuse, naming file and patient, every word it does not know and every value that no supplier may send.
"""

import re
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from outcomes.definitions.feeds import Column, feeds
from outcomes.organisations import partnership

HERE = Path(__file__).parent
USUAL = tomllib.loads((HERE / "usual.toml").read_text(encoding="utf-8"))
PEOPLE = uuid.UUID("5a6ff0a1-0000-4000-8000-000000000000")

_FILE = {"title", "why", "patient"}
_NEEDED = {"name", "story", "deaths", "expected", "because"}
_EXPECTED = {"denominator", "numerator", "observation", "left_out", "exceptions", "excluded", "ccg", "month"}


@dataclass(frozen=True)
class Patient:
    """One person of one example file. `rows` are per feed; `expected` is as written."""

    name: str
    file: str
    story: str
    because: str
    expected: Mapping[str, Any]
    rows: Mapping[str, list[dict[str, Any]]]

    @property
    def counts_events(self) -> bool:
        """Whether the measure is of events: the denominator then is their number, and not true or false."""
        return type(self.expected["denominator"]) is int

    @property
    def registrations(self) -> set[str]:
        return {row["registration_id"] for row in self.rows["deaths"]}


def patients(measure: str, folder: Path = HERE) -> list[Patient]:
    """Everybody in the example files of a measure; raises ValueError when a file cannot be understood completely."""
    found = [patient for file in sorted((folder / measure).glob("*.toml")) for patient in _file(file)]
    if twice := {p.name for p in found if [q.name for q in found].count(p.name) > 1}:
        raise ValueError(f"{measure} has two patients called {sorted(twice)[0]}: give one of them another name")
    return found


def _file(file: Path) -> list[Patient]:
    text = tomllib.loads(file.read_text(encoding="utf-8"))
    if set(text) != _FILE:
        raise ValueError(f"{file.name} has to consist of title, why and [[patient]], not {sorted(set(text) ^ _FILE)}")
    return [_patient(file.name, patient) for patient in text["patient"]]


def _patient(file: str, given: dict[str, Any]) -> Patient:
    who = f"{given.get('name', 'a patient without a name')} in {file}"
    if missing := _NEEDED - set(given):
        raise ValueError(f"{who} has no {sorted(missing)[0]}")
    if unknown := set(given) - _NEEDED - {"linked"} - set(feeds()):
        raise ValueError(f"{who} has {sorted(unknown)[0]}, which is neither a feed nor a word of an example")
    expected = given["expected"]
    values = {"numerator", "observation"} & set(expected)
    if set(expected) - _EXPECTED or "denominator" not in expected or len(values) != bool(expected["denominator"]):
        raise ValueError(
            f"{who}: expected needs denominator and, when that is true, numerator or observation; it knows "
            f"{', '.join(sorted(_EXPECTED))}"
        )
    person = uuid.uuid5(PEOPLE, given["name"]) if given.get("linked", True) else None
    rows = {
        feed: [_row(who, feed, row, f"{given['name']}-{number:02}", person) for number, row in enumerate(given[feed])]
        for feed in feeds()
        if feed in given
    }
    return Patient(given["name"], file, given["story"], given["because"], expected, rows)


def _row(who: str, feed: str, given: dict[str, Any], record: str, person: uuid.UUID | None) -> dict[str, Any]:
    row = {**USUAL.get(feed, {}), **given}
    if feed == "deaths":
        row = {**USUAL["places"].get(row.pop("place"), {}), **row} if "pod_code" not in given else row
        row.pop("place", None)
        row.setdefault("date_of_registration", row["date_of_death"] + timedelta(days=3))
    if feed == "epaccs":
        row.setdefault("created_date", _day(row["amended_at"]))
    if feed == "community_contacts":
        row.setdefault("referral_received_at", row["contact_at"])
    if feed == "admissions":
        row.setdefault("episode_start_date", row["admission_date"])
        row.setdefault("episode_end_date", row["discharge_date"])
    for column in feeds()[feed].columns:
        # Numbers of records have only to differ from other people's; a story gives them where their order matters.
        if column.name in feeds()[feed].key and column.type == "string" and column.name not in USUAL.get(feed, {}):
            row[column.name] = f"{record.split('-')[0]}-{row[column.name]}" if column.name in row else record
        if column.type == "datetime" and isinstance(row.get(column.name), date):
            row[column.name] = _moment(row[column.name])
    _refuse_what_no_supplier_sends(f"{who}, {feed}", feed, row)
    supplier = partnership().suppliers_of(feed)[0]
    return {**row, "person_id": person, "supplier": supplier, "period": "2018-06", "sequence": 1}


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _moment(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime.combine(day, time(12))


def _refuse_what_no_supplier_sends(where: str, feed: str, row: Mapping[str, Any]) -> None:
    columns = {column.name: column for column in feeds()[feed].columns if not column.nhs_number}
    if unknown := set(row) - set(columns):
        raise ValueError(f"{where} has no column {sorted(unknown)[0]}")
    if missing := {name for name, column in columns.items() if column.required} - set(row):
        raise ValueError(f"{where} lacks {sorted(missing)[0]}")
    for name, value in row.items():
        if not _allowed(columns[name], value):
            raise ValueError(f"{where} has {value!r} for {name}, which no supplier may send")


def _allowed(column: Column, value: Any) -> bool:
    if column.type in {"date", "datetime"}:
        return type(value) is (datetime if column.type == "datetime" else date)
    if column.type == "string" and not isinstance(value, str):
        return False
    if column.allowed and value not in column.allowed:
        return False
    if column.pattern and not re.fullmatch(column.pattern, value):
        return column.leading_zero and re.fullmatch(column.pattern, f"0{value}") is not None
    below = column.minimum is not None and value < column.minimum
    return not below and not (column.maximum is not None and value > column.maximum)
