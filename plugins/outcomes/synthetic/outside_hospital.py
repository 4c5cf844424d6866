"""Care outside the hospital in the last year of life: nurses, rapid response, 111 and out-of-hours, ambulances, hospices.

Owns those contacts of the people of a month. Promises that a hospice death has an inpatient stay that ended with it
on that day, and that nobody is visited at home from a hospital bed. Never tells of anybody who does not die.
"""

import numpy as np

from outcomes.synthetic import geography, stories
from outcomes.synthetic.draws import (
    ALL_DAY,
    DAYTIME,
    OUT_OF_HOURS,
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
from outcomes.synthetic.people import CANCER, HOME, HOSPICE, People
from outcomes.synthetic.records import Records, identifiers, period_of


def community(rng: np.random.Generator, people: People, stays: Stays) -> Records:
    """Referrals to community teams with their contacts, more and more of them towards death."""
    n = len(people)
    known = people.has_record | people.on_register
    lasting = np.where(happens(rng, np.where(known, 0.85, 0.35)), skewed(rng, n, 75, 0.9, 380), 0)
    visits = np.where(lasting > 0, np.minimum(rng.poisson(1.5 + lasting / 7), 70), 0)
    rapid = scattered(rng, np.where(people.place == HOME, 0.42, 0.25) * np.where(known, 1.2, 0.8), 1.5, 4)
    follow_ups = np.minimum(rng.poisson(1.2, n), 3)

    # A lasting referral of each person, then the rapid ones, each with a first visit and some after it.
    who = np.repeat(np.arange(n), visits)
    days = np.floor(lasting[who] * rng.random(len(who)) ** 1.7).astype(int)
    crisis = np.repeat(np.arange(n), rapid)
    called = at(
        people.died[crisis] - whole(rng, len(crisis), 0, 88).astype("timedelta64[D]"),
        minute_of_day(rng, len(crisis), ALL_DAY),
    )
    delay = skewed(rng, len(crisis), 72, 0.65, 900)
    after = np.repeat(np.arange(len(crisis)), follow_ups[crisis])
    later = called[after] + whole(rng, len(after), 900, 4_300).astype("timedelta64[m]")

    person = np.concatenate([who, crisis, crisis[after]])
    lasting_ids = identifiers(people.month, n)
    rapid_ids = identifiers(people.month, len(crisis), start=n)
    began = at(people.died - lasting.astype("timedelta64[D]"), np.full(n, 0)) - whole(rng, n, 60, 4_000).astype(
        "timedelta64[m]"
    )
    contact = np.concatenate(
        [
            at(people.died[who] - days.astype("timedelta64[D]"), minute_of_day(rng, len(who), DAYTIME)),
            called + delay.astype("timedelta64[m]"),
            later,
        ]
    )
    size = len(contact)
    back = (people.died[person] - contact.astype("datetime64[D]")).astype(int)
    in_bed = stays.inside(person, back)
    outcome = one_of(rng, size, {"attended": 93, "cancelled": 2.5, "declined": 2, "no_access": 2.5})
    outcome = np.where(in_bed, "admitted_before_contact", np.where(back < 0, "died_before_contact", outcome))
    kept = ~in_bed | sometimes(rng, size, 0.1)
    team = one_of(rng, n, {"district_nursing": 74, "specialist_palliative": 15, "therapy": 6, "other": 5})
    at_once = np.arange(size) >= len(who)
    mode = one_of(rng, size, {"face_to_face": 86, "telephone": 13, "video": 1})
    supplier = geography.drawn(rng, geography.COMMUNITY, geography.COMMUNITY_SHARE, people.ccg)[person]
    supplier = np.where(at_once, "RRE", supplier)
    urgent = one_of(rng, n, {"routine": 75, "urgent": 25})
    columns = {
        "provider_code": geography.as_sent(rng, supplier, contact),
        "contact_id": identifiers(people.month, size),
        "referral_id": np.concatenate([lasting_ids[who], rapid_ids, rapid_ids[after]]),
        "nhs_number": np.where(sometimes(rng, size, 0.004), -1, people.nhs_number[person]),
        "referral_received_at": np.concatenate([began[who], called, called[after]]),
        "referral_priority": np.where(at_once, "rapid_response", urgent[person]),
        "team_type": np.where(at_once, "rapid_response", team[person]),
        "contact_at": contact,
        "contact_mode": np.where(at_once & sometimes(rng, size, 0.9), "face_to_face", mode),
        "outcome": outcome,
        "cost_gbp": whole(rng, size, 3_200, 9_500),
    }
    columns = {name: values[kept] for name, values in columns.items()}
    return Records("community_contacts", supplier[kept], period_of(contact[kept]), columns)


def urgent_care(rng: np.random.Generator, people: People, stays: Stays) -> Records:
    """Calls to 111 and the out-of-hours service."""
    calls = scattered(rng, np.where(people.place == HOME, 1.7, 1.0) * np.where(people.has_record, 1.3, 1.0), 0.9, 12)
    who = np.repeat(np.arange(len(people)), calls)
    days = np.floor(200 * rng.random(len(who)) ** 2.2).astype(int)
    who, days = (a[~stays.inside(who, days)] for a in (who, days))
    n = len(who)
    started = at(people.died[who] - days.astype("timedelta64[D]"), minute_of_day(rng, n, OUT_OF_HOURS))
    columns = calls_answered(rng, started, stories.OUT_OF_HOURS_DELAY[people.ccg[who]]) | {
        "contact_id": identifiers(people.month, n),
        "nhs_number": np.where(sometimes(rng, n, 0.04), -1, people.nhs_number[who]),
        "care_plan_viewed": np.where(happens(rng, np.where(people.has_record[who], 0.45, 0.04)), "Y", "N"),
    }
    return Records("urgent_care_contacts", np.full(n, "OOH"), period_of(started), columns)


def calls_answered(rng: np.random.Generator, started: Array, slowness: Array) -> dict[str, Array]:
    """What became of calls: the target of the disposition, the response, the outcome and the cost."""
    n = len(started)
    due = one_of(rng, n, {20: 6, 60: 22, 120: 28, 360: 24, 1440: 8, -1: 12})
    taken = (due * 0.62 * slowness * rng.lognormal(0.0, 0.6, n)).astype(np.int64).clip(min=1)
    outcome = np.where(
        due < 0, "no_response_needed", one_of(rng, n, {"responded": 95, "abandoned": 2.5, "declined": 2.5})
    )
    responded = started + taken.astype("timedelta64[m]")
    responded[outcome != "responded"] = np.datetime64("NaT")
    return {
        "call_started_at": started,
        "response_due_minutes": due,
        "first_clinical_response_at": responded,
        "outcome": outcome,
        "cost_gbp": whole(rng, n, 1_200, 9_800),
    }


def ambulances(rng: np.random.Generator, people: People, stays: Stays, carried: dict[str, Array]) -> Records:
    """Incidents: the journeys to the emergency department, and people seen and left at home."""
    calls = scattered(rng, np.where(people.in_care_home, 0.6, 0.5), 0.8, 6)
    who = np.repeat(np.arange(len(people)), calls)
    days = np.floor(150 * rng.random(len(who)) ** 1.8).astype(int)
    who, days = (a[~stays.inside(who, days)] for a in (who, days))
    n, m = len(carried["who"]), len(who)
    left = at(people.died[who] - days.astype("timedelta64[D]"), minute_of_day(rng, m, ALL_DAY))
    person = np.concatenate([carried["who"], who])
    called = np.concatenate([carried["arrival"] - whole(rng, n, 45, 150).astype("timedelta64[m]"), left])
    conveyed = np.arange(n + m) < n
    columns = incidents(rng, called, conveyed) | {
        "incident_id": identifiers(people.month, n + m),
        "nhs_number": np.where(sometimes(rng, n + m, 0.15), -1, people.nhs_number[person]),
        "destination_code": np.concatenate([carried["destination"], np.full(m, "")]),
    }
    return Records("ambulance_incidents", np.full(n + m, "RYA"), period_of(called), columns)


def incidents(rng: np.random.Generator, called: Array, conveyed: Array) -> dict[str, Array]:
    """Category, arrival on the scene, whether conveyed, and the cost."""
    n = len(called)
    scene = called + skewed(rng, n, 16, 0.6, 40).astype("timedelta64[m]")
    scene[~conveyed & sometimes(rng, n, 0.06)] = np.datetime64("NaT")
    return {
        "call_at": called,
        "category": one_of(rng, n, {"C1": 9, "C2": 56, "C3": 28, "C4": 4, "C5": 3}),
        "on_scene_at": scene,
        "conveyed": np.where(conveyed, "Y", "N"),
        "cost_gbp": np.where(conveyed, whole(rng, n, 21_000, 29_000), whole(rng, n, 14_000, 21_000)),
    }


def hospices(rng: np.random.Generator, people: People, stays: Stays) -> Records:
    """Stays in a hospice, and contacts at home, in day care and in clinics."""
    n = len(people)
    supplier = geography.drawn(rng, geography.HOSPICES, geography.HOSPICE_SHARE, people.ccg)
    dying = np.nonzero(people.place == HOSPICE)[0]
    known = happens(rng, np.where(people.has_record, np.where(people.cause == CANCER, 0.5, 0.2), 0.04))
    visits = np.where(known, np.minimum(1 + rng.poisson(3.0, n), 25), 0)
    seen = np.repeat(np.arange(n), visits)
    back = 1 + np.floor(200 * rng.random(len(seen)) ** 1.6).astype(int)
    seen, back = (a[~stays.inside(seen, back)] for a in (seen, back))
    # A stay for a symptom, and home again: only where it meets no other bed.
    rest = np.nonzero(known & sometimes(rng, n, 0.2))[0]
    start = whole(rng, len(rest), 20, 150)
    end = start - whole(rng, len(rest), 3, 15)
    free = ~((stays.before[rest] >= end[:, None]) & (stays.until[rest] <= start[:, None])).any(axis=1)
    rest, start, end = rest[free], start[free], end[free]

    who = np.concatenate([dying, rest, seen])
    began = people.died[who] - np.concatenate([stays.before[dying, 0], start, back]).astype("timedelta64[D]")
    ended = people.died[who] - np.concatenate([np.zeros(len(dying), int), end, back]).astype("timedelta64[D]")
    sizes = [len(dying), len(rest), len(seen)]
    nights = (ended - began).astype(int)
    contact = one_of(rng, len(seen), {"at_home": 62, "day": 18, "outpatient": 20})
    columns = {
        "provider_code": supplier[who],
        "care_id": identifiers(people.month, len(who)),
        "nhs_number": np.where(sometimes(rng, len(who), 0.004), -1, people.nhs_number[who]),
        "setting": np.concatenate([np.full(sizes[0] + sizes[1], "inpatient"), contact]),
        "start_date": began,
        "end_date": ended,
        "end_reason": np.repeat(["died", "discharged", "contact"], sizes),
        "cost_gbp": np.where(np.arange(len(who)) < sizes[0] + sizes[1], 38_000 * (nights + 1), 11_500),
    }
    return Records("hospice_care", supplier[who], period_of(ended), columns)
