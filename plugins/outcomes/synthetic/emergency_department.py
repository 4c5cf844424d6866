"""Visits to the emergency department in the last year of life.

Owns the attendances of the people of a month, those that led to a stay in hospital and others. Promises that nobody
arrives from a hospital bed. Never tells of anybody who does not die.
"""

import numpy as np

from outcomes.synthetic import geography
from outcomes.synthetic.draws import (
    ALL_DAY,
    Array,
    at,
    happens,
    minute_of_day,
    one_of,
    scattered,
    skewed,
    sometimes,
    whole,
)
from outcomes.synthetic.hospital import Stays
from outcomes.synthetic.people import People
from outcomes.synthetic.records import Records, identifiers, period_of


def attendances(
    rng: np.random.Generator, people: People, stays: Stays, began: Array
) -> tuple[Records, dict[str, Array]]:
    """Every visit; with them who was brought by ambulance, when and to which trust."""
    through = stays.emergency & sometimes(rng, len(stays.who), 0.86)
    first = np.nonzero(through)[0]
    arrived = at(stays.admitted[first], began[first] - skewed(rng, len(first), 210, 0.5, 700))
    spare = np.where(people.in_care_home, 0.75, 1.0) * np.where(people.has_record, 0.85, 1.1)
    visits = scattered(rng, 0.95 * spare, 0.7, 9)
    who = np.repeat(np.arange(len(people)), visits)
    days = 1 + np.floor(270 * rng.random(len(who)) ** 1.6).astype(int)
    kept = ~stays.inside(who, days)
    who, days = who[kept], days[kept]
    n, m = len(first), len(who)
    elsewhere = at(people.died[who] - days.astype("timedelta64[D]"), minute_of_day(rng, m, ALL_DAY))
    acute = geography.drawn(rng, geography.ACUTE, geography.ACUTE_SHARE, people.ccg[who])
    minor = sometimes(rng, m, 0.07)
    supplier = np.concatenate([stays.acute[first], np.where(minor, "RRE", acute)])
    everyone = np.concatenate([stays.who[first], who])
    arrival = np.concatenate([arrived, elsewhere])
    ambulance = happens(rng, np.r_[np.full(n, 0.72), np.where(minor, 0.0, 0.45)])
    provider = geography.as_sent(rng, supplier, arrival)
    columns = {
        "provider_code": provider,
        "attendance_id": identifiers(people.month, n + m),
        "nhs_number": np.where(sometimes(rng, n + m, 0.015), -1, people.nhs_number[everyone]),
        "arrival_at": arrival,
        "departure_at": arrival + skewed(rng, n + m, 215, 0.5, 1_200).astype("timedelta64[m]"),
        "department_type": np.where(supplier == "RRE", "03", "01"),
        "attendance_category": np.r_[np.full(n, "1"), one_of(rng, m, {"1": 94, "2": 3, "3": 2, "4": 1})],
        "arrived_by_ambulance": np.where(ambulance, "Y", "N"),
        "disposal": np.r_[np.full(n, "admitted"), one_of(rng, m, {"discharged": 88, "transferred": 5, "left": 7})],
        "cost_gbp": whole(rng, n + m, 9_000, 34_000),
    }
    carried = {"who": everyone[ambulance], "arrival": arrival[ambulance], "destination": provider[ambulance]}
    return Records("ed_attendances", supplier, period_of(arrival), columns), carried
