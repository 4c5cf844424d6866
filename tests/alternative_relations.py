"""The cohort, hospital stays, wishes and records a second time, in boring Python: plain loops, one person at a time.

Written from the definitions, never from the SQL, so that the two can only agree by both being right. Slow on purpose:
nights are counted one by one, and nothing is shared that could hide a mistake.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
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


def days_before(death: Row, moment: date) -> int:
    """How many days before the death; negative after it."""
    day = moment.date() if isinstance(moment, datetime) else moment
    return int((death["date_of_death"] - day).days)


def in_the_last(days: int, death: Row, moment: date) -> bool:
    return 0 <= days_before(death, moment) <= days


def emergencies_of(rows: Rows, death: Row) -> list[dict[str, Any]]:
    return [s for s in superspells_of(rows, death["person_id"]) if s["method"] in EMERGENCY]


def crisis_admissions_of(rows: Rows, death: Row) -> int:
    return sum(1 for stay in emergencies_of(rows, death) if in_the_last(90, death, stay["admission"]))


def emergency_nights_of(rows: Rows, death: Row) -> int:
    stays, nights = emergencies_of(rows, death), 0
    for before in range(1, 91):
        night = death["date_of_death"] - timedelta(days=before)
        if any(stay["admission"] <= night < stay["discharge"] for stay in stays):
            nights += 1
    return nights


def died_soon_after_admission(rows: Rows, death: Row) -> bool:
    stays = [s for s in emergencies_of(rows, death) if s["admission"] <= death["date_of_death"] <= s["discharge"]]
    return place_of(death) == "hospital" and any(days_before(death, s["admission"]) <= 2 for s in stays)


def hospital_nights_of(rows: Rows, death: Row, days: int) -> int:
    spells, nights = spells_of(rows, death["person_id"]), 0
    for before in range(1, days + 1):
        night: date = death["date_of_death"] - timedelta(days=before)
        if any(s["admission"] <= night < s["discharge"] for s in spells):
            nights += 1
    return nights


def amendments_of(rows: Rows, death: Row, until: date | None = None) -> list[Row]:
    """The amendments of the person's shared record up to the day of death (or another day), the latest last."""
    until = until or death["date_of_death"]
    known = [a for a in rows["epaccs"] if a["person_id"] == death["person_id"] and a["amended_at"].date() <= until]
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
    return meets(first, place)


def meets(wish: str | None, place: str) -> bool:
    return (wish, place) in {
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


def register_entries_of(rows: Rows, death: Row, day: date) -> list[Row]:
    """The entries that stood on a day, made before it."""
    standing = []
    for entry in rows["palliative_register"]:
        if entry["person_id"] == death["person_id"] and entry["entry_date"] < day:
            removed = entry["removal_date"]
            if removed is None or removed >= day:
                standing.append(entry)
    return standing


def has_shared_record(rows: Rows, death: Row, day: date) -> bool:
    amendments = amendments_of(rows, death, day)
    return bool(amendments) and amendments[-1]["consent"] != "withdrawn"


def plan_is_current(rows: Rows, death: Row) -> bool:
    amendments = amendments_of(rows, death)
    plans = [a["care_plan_date"] for a in amendments if a["care_plan_date"] is not None]
    changed = in_the_last(90, death, amendments[-1]["amended_at"])
    return changed and bool(plans) and plans[-1] <= death["date_of_death"]


def medicines_were_ready(rows: Rows, death: Row) -> bool:
    dates = [a["anticipatory_medicines_date"] for a in amendments_of(rows, death)]
    return any(day is not None and day <= death["date_of_death"] for day in dates)
