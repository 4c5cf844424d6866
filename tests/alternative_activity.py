"""Emergency departments, calls, referrals, surveys, organisations and costs a second time, in boring Python.

Written from the definitions, never from the SQL; see alternative_relations.py.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import floor

from alternative_relations import Row, Rows, cohort_of, days_before, has_shared_record, in_the_last, register_entries_of

SUCCESSORS = {"RJF": "RTG", "R1E": "RRE"}

# As printed by the government, for the years that the random lives touch; weekends are out of hours anyway.
BANK_HOLIDAYS = {
    *(
        date(2017, month, day)
        for month, day in [(1, 2), (4, 14), (4, 17), (5, 1), (5, 29), (8, 28), (12, 25), (12, 26)]
    ),
    *(date(2018, month, day) for month, day in [(1, 1), (3, 30), (4, 2), (5, 7), (5, 28), (8, 27), (12, 25), (12, 26)]),
    *(
        date(2019, month, day)
        for month, day in [(1, 1), (4, 19), (4, 22), (5, 6), (5, 27), (8, 26), (12, 25), (12, 26)]
    ),
    *(date(2020, month, day) for month, day in [(1, 1), (4, 10), (4, 13)]),
}


def records_of(rows: Rows, feed: str, death: Row) -> list[Row]:
    return [record for record in rows[feed] if record["person_id"] == death["person_id"]]


def successor(code: str) -> str:
    return SUCCESSORS.get(code, code)


def attendances_of(rows: Rows, death: Row, days: int) -> dict[str, Row]:
    """The unplanned attendances in the last days before the death, by their number."""
    found = {}
    for attendance in records_of(rows, "ed_attendances", death):
        unplanned = attendance["attendance_category"] != "4" and attendance["department_type"] not in {"04", "05"}
        if unplanned and in_the_last(days, death, attendance["arrival_at"]):
            found[f"{attendance['provider_code']}/{attendance['attendance_id']}"] = attendance
    return found


def is_out_of_hours(moment: datetime) -> bool:
    if moment.strftime("%A") in {"Saturday", "Sunday"} or moment.date() in BANK_HOLIDAYS:
        return True
    return moment.strftime("%H:%M") < "08:00" or moment.strftime("%H:%M") >= "18:00"


def calls_of(rows: Rows, death: Row) -> list[Row]:
    """The calls with a target in the last 90 days that came when the person was known."""
    found = []
    for call in records_of(rows, "urgent_care_contacts", death):
        day = call["call_started_at"].date()
        known = has_shared_record(rows, death, day) or bool(register_entries_of(rows, death, day))
        if known and call["response_due_minutes"] is not None and in_the_last(90, death, day):
            found.append(call)
    return found


def answered_in_time(call: Row) -> bool:
    answered = call["first_clinical_response_at"]
    return answered is not None and answered <= call["call_started_at"] + timedelta(
        minutes=call["response_due_minutes"]
    )


def referrals_of(rows: Rows, death: Row) -> dict[str, list[Row]]:
    """The contacts up to the death of each rapid response referral received in the last 90 days."""
    contacts: dict[str, list[Row]] = {}
    for contact in records_of(rows, "community_contacts", death):
        if contact["referral_priority"] == "rapid_response" and days_before(death, contact["contact_at"]) >= 0:
            referral = f"{successor(contact['provider_code'])}/{contact['referral_id']}"
            contacts.setdefault(referral, []).append(contact)
    return {r: c for r, c in contacts.items() if in_the_last(90, death, min(x["referral_received_at"] for x in c))}


def was_turned_away(contacts: list[Row]) -> bool:
    return all(c["outcome"] in {"declined", "died_before_contact", "cancelled"} for c in contacts)


def seen_within_two_hours(contacts: list[Row]) -> bool:
    received = min(c["referral_received_at"] for c in contacts)
    seen = [c["contact_at"] for c in contacts if c["contact_mode"] == "face_to_face" and c["outcome"] == "attended"]
    return any((moment - received).total_seconds() <= 120 * 60 for moment in seen)


def response_of(rows: Rows, death: Row) -> Row | None:
    responses = records_of(rows, "bereavement_survey", death)
    return min(responses, key=lambda r: (r["response_date"], r["response_id"]), default=None)


def organisations_of(rows: Rows, death: Row) -> set[str]:
    found = set()
    spells: dict[tuple[str, str], list[Row]] = {}
    for episode in rows["admissions"]:
        spells.setdefault((episode["provider_code"], episode["spell_id"]), []).append(episode)
    for (provider, _), episodes in spells.items():
        whose = min(episodes, key=lambda e: e["episode_number"])["person_id"]
        came, left = min(e["admission_date"] for e in episodes), max(e["discharge_date"] for e in episodes)
        if whose == death["person_id"] and days_before(death, came) >= 0 and days_before(death, left) <= 90:
            found.add(provider)
    for attendance in records_of(rows, "ed_attendances", death):
        if in_the_last(90, death, attendance["arrival_at"]):
            found.add(attendance["provider_code"])
    for contact in records_of(rows, "community_contacts", death):
        if contact["outcome"] == "attended" and in_the_last(90, death, contact["contact_at"]):
            found.add(contact["provider_code"])
    if any(in_the_last(90, death, c["call_started_at"]) for c in records_of(rows, "urgent_care_contacts", death)):
        found.add("OOH")
    if any(in_the_last(90, death, i["call_at"]) for i in records_of(rows, "ambulance_incidents", death)):
        found.add("RYA")
    for care in records_of(rows, "hospice_care", death):
        if care["setting"] == "inpatient":
            involved = days_before(death, care["start_date"]) >= 0 and days_before(death, care["end_date"]) <= 90
        else:
            involved = in_the_last(90, death, care["end_date"])
        if involved:
            found.add(care["provider_code"])
    return {successor(code) for code in found}


COSTED = {
    "admissions": "episode_end_date",
    "ed_attendances": "arrival_at",
    "community_contacts": "contact_at",
    "urgent_care_contacts": "call_started_at",
    "ambulance_incidents": "call_at",
    "hospice_care": "end_date",
}


def cost_of(rows: Rows, death: Row) -> Decimal:
    total = Decimal(0)
    for feed, dated in COSTED.items():
        for record in records_of(rows, feed, death):
            if in_the_last(90, death, record[dated]) and record["cost_gbp"] is not None:
                total += record["cost_gbp"]
    return total


def financial_year(day: date) -> int:
    return day.year if (day.month, day.day) >= (4, 1) else day.year - 1


def costs_of_the_year(rows: Rows, year: int) -> Iterator[float]:
    for death in cohort_of(rows):
        if death["person_id"] is not None and financial_year(death["date_of_death"]) == year:
            yield float(cost_of(rows, death))


def percentile_99(values: list[float]) -> float:
    """By linear interpolation: of 101 values in order, the hundredth."""
    ordered = sorted(values)
    position = 0.99 * (len(ordered) - 1)
    below = floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def winsorised_cost_of(rows: Rows, death: Row) -> float:
    year = financial_year(death["date_of_death"])
    return min(float(cost_of(rows, death)), percentile_99(list(costs_of_the_year(rows, year))))
