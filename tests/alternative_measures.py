"""The cohort and the measures a second time, in boring Python: plain loops over dictionaries, one person at a time.

Written from the definitions, never from the SQL, so that the two can only agree by both being right. Slow on purpose:
nights are counted one by one, and nothing is shared that could hide a mistake.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, Any]
Rows = Mapping[str, Iterable[Row]]

CCGS = {"04Y", "05D", "05G", "05Q", "05V", "05W"}
EMERGENCY = {"21", "22", "23", "24", "25", "28", "2A", "2D"}
TRANSFER = {"81", "2B"}
PLACES = {"10", "20", "21", "22", "30", "40", "41", "42", "50"}


def two_digits(*numbers: int | range) -> set[str]:
    return {f"{n:02}" for item in numbers for n in (item if isinstance(item, range) else [item])}


HOSPITAL = {"1": two_digits(1, 3, 18, 99), "2": two_digits(1, 18, 19)}
CARE_HOME = {"1": two_digits(2, 4, 7, 10, 21), "2": two_digits(3, 4, 7, 10, 14, 20, 22, 32, 33, 99)}
OTHER = {
    "1": two_digits(5, 6, 8, 9, 11),
    "2": two_digits(5, 8, 9, 11, 12, 13, 15, 16, 17, range(23, 32), range(34, 83)),
}


def place_of(death: Row) -> str:
    if death["pod_code"] == "H":
        return "home"
    if death["pod_code"] == "E":
        return "elsewhere"
    nhs, establishment = death["pod_nhs_establishment"], death["pod_establishment_type"].zfill(2)
    if establishment in HOSPITAL[nhs]:
        return "hospital"
    if establishment in CARE_HOME[nhs]:
        return "care_home"
    if establishment == "83":
        return "hospice"
    if establishment in OTHER[nhs]:
        return "other"
    return "unknown"


def is_expected(death: Row) -> bool:
    cause = death["underlying_cause"]
    letter, number = cause[0], int(cause[1:3])
    external = (letter == "V" and number >= 1) or letter in "WX" or (letter == "Y" and number <= 98)
    return not external and cause != "U509"


def ccg_of(death: Row) -> str | None:
    for code in (death["ccg_of_registration"], death["ccg_of_residence"]):
        if code in CCGS:
            return str(code)
    return None


def cohort_of(rows: Rows) -> list[Row]:
    """The deaths that count, by registration_id."""
    standing = [d for d in rows["deaths"] if d["cancelled_flag"] == "N"]
    counted, seen = [], set()
    for death in sorted(standing, key=lambda d: (d["date_of_registration"], d["registration_id"])):
        if death["person_id"] is not None:
            if death["person_id"] in seen:
                continue
            seen.add(death["person_id"])
        if death["age_at_death"] >= 18 and ccg_of(death) is not None:
            counted.append(death)
    return sorted(counted, key=lambda d: d["registration_id"])


def spells_of(rows: Rows, person: object) -> list[dict[str, Any]]:
    """The ordinary inpatient spells of one person, whoever the later episodes say they belong to."""
    episodes_of: dict[tuple[str, str], list[Row]] = {}
    for episode in rows["admissions"]:
        episodes_of.setdefault((episode["provider_code"], episode["spell_id"]), []).append(episode)
    spells = []
    for (provider, spell_id), episodes in episodes_of.items():
        lowest = min(episodes, key=lambda e: e["episode_number"])
        if lowest["person_id"] == person and lowest["patient_classification"] == "1":
            spells.append(
                {
                    "provider": provider,
                    "id": spell_id,
                    "admission": min(e["admission_date"] for e in episodes),
                    "discharge": max(e["discharge_date"] for e in episodes),
                    "method": lowest["admission_method"],
                }
            )
    return sorted(spells, key=lambda s: (s["admission"], s["method"] in TRANSFER, s["provider"], s["id"]))


def superspells_of(rows: Rows, person: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for spell in spells_of(rows, person):
        if found:
            current = found[-1]
            latest = current["discharge"]
            transfer_in = spell["method"] in TRANSFER
            overlaps = spell["admission"] < latest
            passed_on = transfer_in and spell["admission"] in (latest, latest + timedelta(days=1))
            if overlaps or passed_on:
                current["discharge"] = max(latest, spell["discharge"])
                continue
        found.append({key: spell[key] for key in ("admission", "discharge", "method")})
    return found


def crisis_admissions_of(rows: Rows, death: Row) -> int:
    number = 0
    for superspell in superspells_of(rows, death["person_id"]):
        days = (death["date_of_death"] - superspell["admission"]).days
        if superspell["method"] in EMERGENCY and 0 <= days <= 90:
            number += 1
    return number


def hospital_nights_of(rows: Rows, death: Row, days: int) -> int:
    spells, nights = spells_of(rows, death["person_id"]), 0
    for before in range(1, days + 1):
        night: date = death["date_of_death"] - timedelta(days=before)
        if any(s["admission"] <= night < s["discharge"] for s in spells):
            nights += 1
    return nights


def amendments_of(rows: Rows, death: Row) -> list[Row]:
    """The amendments of the person's shared record up to the day of death, the latest last."""
    known = [
        a
        for a in rows["epaccs"]
        if a["person_id"] == death["person_id"] and a["amended_at"].date() <= death["date_of_death"]
    ]
    return sorted(known, key=lambda a: (a["amended_at"], a["record_id"]))


def preference_of(rows: Rows, death: Row) -> Row | None:
    said = [a for a in amendments_of(rows, death) if a["ppd_first"] is not None]
    return said[-1] if said else None


def is_match(death: Row, preference: Row) -> bool:
    first, place = preference["ppd_first"], place_of(death)
    if first in {"40", "41", "42"}:
        named, actual = preference["ppd_first_organisation_code"], death["pod_organisation_code"]
        if named is not None and actual is not None and named != actual:
            return False
    if preference["ppd_first_is_usual_residence"] == "Y":
        if death["usual_residence_type"] == "P" and place == "home":
            return True
        if death["usual_residence_type"] == "C" and place == "care_home":
            return True
    return (first, place) in {
        ("21", "home"),
        ("20", "home"),
        ("20", "elsewhere"),
        ("22", "home"),
        ("22", "elsewhere"),
        ("30", "hospice"),
        ("40", "care_home"),
        ("41", "care_home"),
        ("42", "care_home"),
        ("10", "hospital"),
    }


def on_register(rows: Rows, death: Row) -> bool:
    for entry in rows["palliative_register"]:
        if entry["person_id"] == death["person_id"] and entry["entry_date"] < death["date_of_death"]:
            removed = entry["removal_date"]
            if removed is None or removed >= death["date_of_death"]:
                return True
    return False


def has_shared_record(rows: Rows, death: Row) -> bool:
    amendments = amendments_of(rows, death)
    return bool(amendments) and amendments[-1]["consent"] != "withdrawn"


def case_of(measure: str, rows: Rows, death: Row) -> float | None:
    """The numerator (events, or 0 and 1) or observation of a death of the cohort; None outside the denominator."""
    linked, expected, place = death["person_id"] is not None, is_expected(death), place_of(death)
    if measure == "deaths_in_usual_residence":
        return place in {"home", "care_home"} if expected and place != "unknown" else None
    if measure == "deaths_in_hospital":
        return place == "hospital" if place != "unknown" else None
    if not linked:
        return None
    if measure == "crisis_admissions":
        return crisis_admissions_of(rows, death)
    if measure == "crisis_admissions_three_or_more":
        return crisis_admissions_of(rows, death) >= 3
    if measure == "days_at_home_last_90":
        return 90 - hospital_nights_of(rows, death, 90)
    preference = preference_of(rows, death)
    said = preference["ppd_first"] if preference else None
    if measure == "preferred_place_achieved":
        if preference is None or said not in PLACES or said == "50" or place == "unknown":
            return None
        return is_match(death, preference)
    if not expected:
        return None
    if measure == "preferred_place_recorded":
        return None if said in {"unable", "not_appropriate"} else said in PLACES
    if measure == "on_palliative_register":
        return on_register(rows, death)
    if measure == "shared_care_record":
        return has_shared_record(rows, death)
    raise ValueError(f"{measure} has no second implementation: write it here from the definition")


def cases(measure: str, rows: Rows) -> dict[str, float]:
    """The cases in the denominator: registration_id to numerator or observation."""
    found = {death["registration_id"]: case_of(measure, rows, death) for death in cohort_of(rows)}
    return {registration: float(value) for registration, value in found.items() if value is not None}
