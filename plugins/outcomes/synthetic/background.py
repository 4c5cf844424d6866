"""The people who do not die: most of what hospitals, nurses, call handlers and ambulances write down.

Owns the background activity of a month, which brings each feed to its usual volume. Promises at least one record for
every supplier of a feed that may not be empty, and people who are seen again in other months. Never holds a person
who dies.
"""

import numpy as np

from outcomes.periods import Month
from outcomes.synthetic import geography
from outcomes.synthetic.draws import (
    ALL_DAY,
    DAYTIME,
    OUT_OF_HOURS,
    Array,
    at,
    minute_of_day,
    one_of,
    skewed,
    sometimes,
    stream,
    whole,
)
from outcomes.synthetic.hospital import EMERGENCY_METHODS, SPECIALTIES, episodes
from outcomes.synthetic.nhs_numbers import those_who_stay
from outcomes.synthetic.outside_hospital import calls_answered, incidents
from outcomes.synthetic.people import ICD10
from outcomes.synthetic.records import BACKGROUND, Records, identifiers, nullable, period_of

# Records a month at scale 1, beside those of people who die.
ADMISSIONS = {"RJE": 12_400, "RTG": 8_700, "RL4": 6_700, "RRE": 650, "RLY": 330}
ATTENDANCES = {"RJE": 16_200, "RTG": 11_300, "RL4": 7_700, "RRE": 2_400}
CONTACTS = {"RRE": 110_000, "RLY": 28_000}
CALLS, INCIDENTS = 21_800, 14_400
HOSPICE = {"HDM": 300, "HKH": 160, "HSG": 200, "HCC": 120}


class Activity:
    """Draws for one month, seed and scale: days, people and counts."""

    def __init__(self, seed: int, month: Month, scale: float, purpose: str) -> None:
        self.rng = stream(seed, month, f"background {purpose}")
        self.month, self.scale = month, scale
        self.population = those_who_stay(seed)

    def suppliers(self, volumes: dict[str, int]) -> Array:
        """Who sends each record: the volumes by scale, a little more or less, at least one each."""
        days = self.month.last_day.day / 30.4
        drift = 1 + 0.015 * self.rng.standard_normal(len(volumes))
        counts = np.array(list(volumes.values())) * self.scale * days * drift
        return np.repeat(list(volumes), np.maximum(np.rint(counts).astype(int), 1))

    def days(self, n: int) -> Array:
        first = np.datetime64(self.month.first_day, "D")
        return first + whole(self.rng, n, 0, self.month.last_day.day - 1).astype("timedelta64[D]")

    def numbers(self, n: int, missing: float = 0.0) -> Array:
        """NHS numbers; some people come far more often than others."""
        who = (len(self.population) * self.rng.random(n) ** 1.7).astype(int)
        return np.where(sometimes(self.rng, n, missing), -1, self.population[who])

    def identifiers(self, n: int) -> Array:
        return identifiers(self.month, n, start=BACKGROUND)


def of_the_month(seed: int, month: Month, scale: float) -> list[Records]:
    """The activity of a month: admissions, attendances, contacts, calls, incidents and hospice care."""
    return [
        _admissions(Activity(seed, month, scale, "admissions")),
        _attendances(Activity(seed, month, scale, "attendances")),
        _contacts(Activity(seed, month, scale, "contacts")),
        _calls(Activity(seed, month, scale, "calls")),
        _incidents(Activity(seed, month, scale, "incidents")),
        _hospice(Activity(seed, month, scale, "hospice")),
    ]


def _admissions(m: Activity) -> Records:
    rng, supplier = m.rng, m.suppliers(ADMISSIONS)
    n = len(supplier)
    discharged = m.days(n)
    kind = one_of(rng, n, {"emergency": 41, "day": 43, "planned": 9, "birth": 7})
    kind = np.where(np.isin(supplier, ["RRE", "RLY"]), "emergency", kind)
    nights = np.where(np.isin(kind, ["day"]), 0, skewed(rng, n, 2, 1.1, 90))
    methods = [
        one_of(rng, n, EMERGENCY_METHODS),
        one_of(rng, n, {"12": 70, "11": 30}),
        one_of(rng, n, {"11": 60, "12": 25, "13": 15}),
        one_of(rng, n, {"31": 90, "32": 5, "2C": 2, "82": 3}),
    ]
    kinds = [kind == k for k in ("emergency", "day", "planned", "birth")]
    method = np.select(kinds, methods, "11")
    spells = {
        "supplier": supplier,
        "admission_date": discharged - nights.astype("timedelta64[D]"),
        "minute": minute_of_day(rng, n, ALL_DAY),
        "admission_method": np.where(supplier == "RRE", one_of(rng, n, {"81": 70, "22": 30}), method),
        "patient_classification": np.where(
            kind == "day", one_of(rng, n, {"2": 92, "3": 8}), np.where(kind == "birth", "5", "1")
        ),
        "discharge_date": discharged,
        "discharge_method": one_of(rng, n, {"1": 96, "2": 3, "3": 1}),
        "discharge_destination": one_of(rng, n, {"19": 93, "54": 3, "51": 2, "29": 2}),
        "treatment_function_code": np.where(kind == "birth", "501", one_of(rng, n, SPECIALTIES)),
    }
    diagnosis = rng.choice(np.array([code for group in ICD10 for code in group] + ["R074", "R104", "M170", "H259"]), n)
    return episodes(rng, spells, m.numbers(n, 0.008), diagnosis, m.identifiers(n))


def _attendances(m: Activity) -> Records:
    rng, supplier = m.rng, m.suppliers(ATTENDANCES)
    n = len(supplier)
    arrival = at(m.days(n), minute_of_day(rng, n, ALL_DAY))
    ambulance = sometimes(rng, n, 0.24) & (supplier != "RRE")
    columns = {
        "provider_code": geography.as_sent(rng, supplier, arrival),
        "attendance_id": m.identifiers(n),
        "nhs_number": m.numbers(n, 0.018),
        "arrival_at": arrival,
        "departure_at": nullable(
            arrival + skewed(rng, n, 175, 0.6, 1_300).astype("timedelta64[m]"), ~sometimes(rng, n, 0.004)
        ),
        "department_type": np.where(supplier == "RRE", "03", one_of(rng, n, {"01": 88, "02": 5, "03": 5, "05": 2})),
        "attendance_category": one_of(rng, n, {"1": 92, "2": 3, "3": 1.5, "4": 3.5}),
        "arrived_by_ambulance": np.where(ambulance, "Y", "N"),
        "disposal": one_of(rng, n, {"discharged": 67, "admitted": 25, "transferred": 2, "left": 6}),
        "cost_gbp": whole(rng, n, 7_000, 32_000),
    }
    return Records("ed_attendances", supplier, period_of(arrival), columns)


def _contacts(m: Activity) -> Records:
    rng, supplier = m.rng, m.suppliers(CONTACTS)
    n = len(supplier)
    # Three contacts or so share a referral, its person and its priority.
    referral = np.sort(whole(rng, n, 0, n // 3))
    contact = at(m.days(n), minute_of_day(rng, n, DAYTIME))
    priority = one_of(rng, n // 3 + 1, {"routine": 82, "urgent": 15, "rapid_response": 3})
    team = one_of(rng, n // 3 + 1, {"district_nursing": 62, "therapy": 22, "other": 14, "specialist_palliative": 2})
    before = np.datetime64(m.month.first_day, "m") - whole(rng, n // 3 + 1, 60, 200_000).astype("timedelta64[m]")
    columns = {
        "provider_code": geography.as_sent(rng, supplier, contact),
        "contact_id": m.identifiers(n),
        "referral_id": m.identifiers(n // 3 + 1)[referral],
        "nhs_number": m.numbers(n // 3 + 1, 0.004)[referral],
        "referral_received_at": before[referral],
        "referral_priority": priority[referral],
        "team_type": np.where(priority == "rapid_response", "rapid_response", team)[referral],
        "contact_at": contact,
        "contact_mode": one_of(rng, n, {"face_to_face": 87, "telephone": 12, "video": 1}),
        "outcome": one_of(rng, n, {"attended": 92, "cancelled": 3, "declined": 2, "no_access": 3}),
        "cost_gbp": whole(rng, n, 2_800, 9_500),
    }
    return Records("community_contacts", supplier, period_of(contact), columns)


def _calls(m: Activity) -> Records:
    supplier = m.suppliers({"OOH": CALLS})
    n = len(supplier)
    columns = calls_answered(m.rng, at(m.days(n), minute_of_day(m.rng, n, OUT_OF_HOURS)), np.ones(n)) | {
        "contact_id": m.identifiers(n),
        "nhs_number": m.numbers(n, 0.06),
        "care_plan_viewed": np.where(sometimes(m.rng, n, 0.02), "Y", "N"),
    }
    return Records("urgent_care_contacts", supplier, period_of(columns["call_started_at"]), columns)


def _incidents(m: Activity) -> Records:
    supplier = m.suppliers({"RYA": INCIDENTS})
    n = len(supplier)
    called = at(m.days(n), minute_of_day(m.rng, n, ALL_DAY))
    conveyed = sometimes(m.rng, n, 0.58)
    taken_to = geography.as_sent(m.rng, m.rng.choice(geography.ACUTE, n, p=[0.48, 0.3, 0.22]), called)
    columns = incidents(m.rng, called, conveyed) | {
        "incident_id": m.identifiers(n),
        "nhs_number": m.numbers(n, 0.15),
        "destination_code": np.where(conveyed, taken_to, ""),
    }
    return Records("ambulance_incidents", supplier, period_of(called), columns)


def _hospice(m: Activity) -> Records:
    rng, supplier = m.rng, m.suppliers(HOSPICE)
    n = len(supplier)
    ended = m.days(n)
    setting = one_of(rng, n, {"inpatient": 5, "at_home": 35, "day": 30, "outpatient": 30})
    inpatient = setting == "inpatient"
    nights = np.where(inpatient, skewed(rng, n, 9, 0.6, 40), 0)
    columns = {
        "provider_code": supplier,
        "care_id": m.identifiers(n),
        "nhs_number": m.numbers(n, 0.01),
        "setting": setting,
        "start_date": ended - nights.astype("timedelta64[D]"),
        "end_date": ended,
        "end_reason": np.where(inpatient, one_of(rng, n, {"discharged": 90, "transferred": 10}), "contact"),
        "cost_gbp": np.where(inpatient, 38_000 * (nights + 1), 11_500),
    }
    return Records("hospice_care", supplier, period_of(ended), columns)
