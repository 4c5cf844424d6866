"""What pandas and polars are given for the three measures, and what they give back.

Owns the code lists of the specification that the two share (the places of death, which wish each keeps, which admissions
are emergencies) and the two files between them and the bench: the question names the Parquet files in force by feed and
the CCGs, the answer has a denominator and a numerator by measure, CCG and month. Knows nothing of the product's SQL, which
is what these numbers are held against.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

MEASURES = ("preferred_place_achieved", "crisis_admissions", "days_at_home_last_90")
ANSWER = ["measure", "ccg", "month", "denominator", "numerator"]

EMERGENCY = ["21", "22", "23", "24", "25", "28", "2A", "2D"]
TRANSFER_IN = ["81", "2B"]
SPELL = ["provider_code", "spell_id"]
# What tells which of several records of one key stands: the one that comes first when these descend.
NEWEST = ["period", "sequence", "supplier"]

LOCATIONS = ["10", "20", "21", "22", "30", "40", "41", "42", "50"]
CARE_HOMES = ["40", "41", "42"]
# A wish and a place of death that keeps it.
KEPT = [
    *(("10", "hospital"), ("20", "home"), ("20", "elsewhere"), ("21", "home"), ("22", "home"), ("22", "elsewhere")),
    *(("30", "hospice"), ("40", "care_home"), ("41", "care_home"), ("42", "care_home")),
]
# Where the usual residence is wished for, by its type.
RESIDENCE = {"P": "home", "C": "care_home"}

_TYPES = {
    "hospital": ("01 03 18 99", "01 18 19"),
    "care_home": ("02 04 07 10 21", "03 04 07 10 14 20 22 32 33 99"),
    "other": (
        "05 06 08 09 11",
        " ".join(["05 08 09 11 12 13 15 16 17", *map(str, range(23, 32)), *map(str, range(34, 83))]),
    ),
}
# A communal establishment by `pod_nhs_establishment` and type, written together; any other is unknown.
PLACE = {
    **{f"{nhs}{t}": place for place, types in _TYPES.items() for nhs in (1, 2) for t in types[nhs - 1].split()},
    **{f"{nhs}83": "hospice" for nhs in ("", "1", "2")},
}

COLUMNS: Mapping[str, list[str]] = {
    "deaths": [
        *("person_id", "registration_id", "date_of_death", "date_of_registration", "age_at_death", "cancelled_flag"),
        *("ccg_of_registration", "ccg_of_residence", "pod_code", "pod_nhs_establishment", "pod_establishment_type"),
        *("pod_organisation_code", "usual_residence_type"),
    ],
    "epaccs": [
        *("person_id", "record_id", "amended_at", "ppd_first", "ppd_first_is_usual_residence"),
        "ppd_first_organisation_code",
    ],
    "admissions": [
        *("person_id", *SPELL, "episode_number", "admission_date", "discharge_date", "admission_method"),
        "patient_classification",
    ],
}
KEYS: Mapping[str, list[str]] = {
    "deaths": ["registration_id"],
    "epaccs": ["record_id", "amended_at"],
    "admissions": [*SPELL, "episode_number"],
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The lake, its files in force by feed, and the CCGs there are figures for."""

    lake: str
    files: dict[str, list[str]]
    ccgs: list[str]

    def paths(self, feed: str) -> list[str]:
        return [f"{self.lake}/{file}" for file in self.files[feed]]

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")


def asked() -> tuple[Asked, str]:
    """What the command line names: the question, and where the answer goes."""
    question, answer = sys.argv[1:]
    return Asked(**json.loads(Path(question).read_text(encoding="utf-8"))), answer
