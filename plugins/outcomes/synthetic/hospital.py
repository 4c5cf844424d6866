"""The hospital in the last year of life: stays, transfers between trusts, and consultant episodes.

Owns when the people of a month were in hospital. Promises that a person's stays do not overlap, that nobody who died
elsewhere is in hospital on the day after, and that who died in hospital has a stay that ends with that death on that
day (discharge method 4). Never tells of anybody who does not die.
"""

from dataclasses import dataclass

import numpy as np

from outcomes.synthetic import geography, stories
from outcomes.synthetic.draws import (
    ALL_DAY,
    Array,
    minute_of_day,
    one_of,
    scattered,
    skewed,
    sometimes,
    whole,
)
from outcomes.synthetic.people import CANCER, EXTERNAL, HOSPICE, HOSPITAL, People
from outcomes.synthetic.records import Records, identifiers, period_of

NEVER = 10_000
LATE, EARLY, PLANNED = 6, 3, 2
EMERGENCY_METHODS = {"21": 83, "22": 6, "23": 2, "24": 3, "25": 1, "28": 2, "2A": 2, "2D": 1}
PLANNED_METHODS = {"11": 60, "12": 22, "13": 18}
SPECIALTIES = {"300": 42, "430": 22, "340": 9, "320": 8, "100": 8, "301": 4, "370": 3, "800": 4}


@dataclass(frozen=True)
class Stays:
    """Stays in hospital and the last one in a hospice; days count back from the day of death.

    `before` and `until` are matrices, a row a person, a column a stay backwards in time (NEVER where there is none);
    `who`, `admitted` and so on are the hospital stays one by one.
    """

    before: Array
    until: Array
    who: Array
    admitted: Array
    discharged: Array
    emergency: Array
    transferred_in: Array
    transferred_on: Array
    last: Array
    acute: Array

    def inside(self, who: Array, days_before: Array) -> Array:
        """Whether each of these people was in a bed all of that day."""
        day = days_before[:, None]
        return np.asarray(((self.before[who] > day) & (self.until[who] < day)).any(axis=1))


def stays(rng: np.random.Generator, people: People) -> Stays:
    """When each person was in hospital during the year before death."""
    n = len(people)
    in_hospital, in_hospice = people.place == HOSPITAL, people.place == HOSPICE
    final = np.where(in_hospital, skewed(rng, n, 7, 1.15, 110), skewed(rng, n, 9, 0.8, 60))
    before = np.full((n, 1 + LATE + EARLY + PLANNED), NEVER)
    before[:, 0] = np.where(in_hospital | in_hospice, final, NEVER)
    since = np.where(before[:, 0] < NEVER, final, 0)

    steeper = (1 - stories.gradient(people.imd, 0.03)) * stories.crisis(people.month)[people.ccg]
    often = np.where(in_hospital, 0.53, np.where(people.has_record, 0.2, 0.29)) * steeper
    often = np.where(people.cause == EXTERNAL, 0.15, often * np.where(people.in_care_home, 0.75, 1.08))
    late = scattered(rng, often, 0.25, LATE)
    early = scattered(rng, often * 1.3, 0.8, EARLY)
    planned = scattered(rng, np.where(people.cause == CANCER, 0.3, 0.08), 1.0, PLANNED)
    for k in range(LATE):
        day = since + 1 + np.floor((90 - since) * rng.random(n) ** 1.3).astype(int)
        before[:, 1 + k] = np.where((late > k) & (since < 89), day, NEVER)
    for k in range(EARLY):
        day = whole(rng, n, 91, 360)
        before[:, 1 + LATE + k] = np.where((early > k) & (day > since), day, NEVER)
    for k in range(PLANNED):
        day = whole(rng, n, 3, 300)
        before[:, 1 + LATE + EARLY + k] = np.where((planned > k) & (day > since), day, NEVER)

    column = np.argsort(before, axis=1, kind="stable")
    before = np.take_along_axis(before, column, axis=1)
    length = skewed(rng, before.size, 6, 1.0, 60).reshape(before.shape)
    until = np.empty_like(before)
    # Nobody is discharged after the next admission; at the end there are often a few days at home before death.
    limit = np.where(before[:, 0] == since, 0, np.minimum(whole(rng, n, 0, 8), before[:, 0]))
    for k in range(before.shape[1]):
        until[:, k] = np.maximum(before[:, k] - length[:, k], limit)
        limit = before[:, k]
    ends_here = (column[:, 0] == 0) & (in_hospital | in_hospice)
    until[:, 0] = np.where(ends_here, 0, until[:, 0])
    until[before == NEVER] = NEVER
    return _one_by_one(rng, people, before, until, column, ends_here)


def _one_by_one(
    rng: np.random.Generator, people: People, before: Array, until: Array, column: Array, ends_here: Array
) -> Stays:
    real = before < NEVER
    real[:, 0] &= ~(ends_here & (people.place == HOSPICE))
    who, position = np.nonzero(real)
    n = len(who)
    last = ends_here[who] & (position == 0)
    emergency = column[who, position] <= LATE + EARLY
    emergency &= ~(last & sometimes(rng, n, 0.08))
    start, end = before[who, position], until[who, position]
    # Some go on from the acute trust to a bed near home, a quarter of them after midnight.
    moved = emergency & (start - end >= 5) & sometimes(rng, n, 0.14)
    halfway = start - (start - end) * whole(rng, n, 3, 6) // 10
    next_day = np.where(sometimes(rng, n, 0.25), 1, 0)

    def both(first: Array, second: Array) -> Array:
        return np.concatenate([first, second[moved]])

    none = np.zeros(n, bool)
    return Stays(
        before=before,
        until=until,
        who=both(who, who),
        admitted=people.died[both(who, who)] - both(start, halfway - next_day).astype("timedelta64[D]"),
        discharged=people.died[both(who, who)] - both(np.where(moved, halfway, end), end).astype("timedelta64[D]"),
        emergency=both(emergency, none),
        transferred_in=both(none, ~none),
        transferred_on=both(moved, none),
        last=both(last & ~moved, last),
        acute=both(geography.drawn(rng, geography.ACUTE, geography.ACUTE_SHARE, people.ccg[who]), np.full(n, "RRE")),
    )


def admissions(rng: np.random.Generator, people: People, stays: Stays) -> tuple[Records, Array]:
    """The episodes of every stay and of day cases; with them the minute of the day at which each stay began."""
    began = minute_of_day(rng, len(stays.who), ALL_DAY)
    visits = scattered(rng, np.where(people.cause == CANCER, 3.0, 0.35), 0.5, 20)
    who = np.repeat(np.arange(len(people)), visits)
    days = whole(rng, len(who), 5, 360)
    kept = ~stays.inside(who, days)
    who, day = who[kept], (people.died[who] - days.astype("timedelta64[D]"))[kept]
    n, m = len(stays.who), len(who)
    method = np.where(stays.emergency, one_of(rng, n, EMERGENCY_METHODS), one_of(rng, n, PLANNED_METHODS))
    method = np.where(stays.transferred_in, one_of(rng, n, {"81": 88, "2B": 12}), method)
    going = np.where(people.in_care_home[stays.who], "54", one_of(rng, n, {"19": 92, "54": 6, "29": 2}))
    going = np.where(stays.last, "79", np.where(stays.transferred_on, "51", going))
    specialty = np.where(
        stays.last & people.has_record[stays.who] & sometimes(rng, n, 0.2), "315", one_of(rng, n, SPECIALTIES)
    )
    acute = geography.drawn(rng, geography.ACUTE, geography.ACUTE_SHARE, people.ccg[who])
    spells = {
        "who": np.concatenate([stays.who, who]),
        "supplier": np.concatenate([stays.acute, acute]),
        "admission_date": np.concatenate([stays.admitted, day]),
        "minute": np.concatenate([began, minute_of_day(rng, m, (0,) * 8 + (5, 4, 2, 1, 2, 1) + (0,) * 10)]),
        "admission_method": np.concatenate([method, np.full(m, "11")]),
        "patient_classification": np.repeat(["1", "2"], [n, m]),
        "discharge_date": np.concatenate([stays.discharged, day]),
        "discharge_method": np.concatenate([np.where(stays.last, "4", "1"), np.full(m, "1")]),
        "discharge_destination": np.concatenate([going, np.full(m, "19")]),
        "treatment_function_code": np.concatenate([specialty, one_of(rng, m, {"800": 60, "370": 25, "361": 15})]),
    }
    numbers = np.where(sometimes(rng, n + m, 0.005), -1, people.nhs_number[spells["who"]])
    ids = identifiers(people.month, n + m)
    return episodes(rng, spells, numbers, people.icd10[spells["who"]], ids), began


def episodes(
    rng: np.random.Generator, spells: dict[str, Array], numbers: Array, diagnosis: Array, ids: Array
) -> Records:
    """Spells cut into consultant episodes, each with its share of the cost."""
    n = len(ids)
    nights = (spells["discharge_date"] - spells["admission_date"]).astype(int)
    count = np.where(nights >= 2, 1 + np.minimum(rng.poisson(0.4, n), np.minimum(nights, 4)), 1)
    day_case = spells["patient_classification"] != "1"
    cost = np.where(day_case, 42_000, 145_000 + 39_000 * nights) * (0.75 + 0.5 * rng.random(n))
    row = np.repeat(np.arange(n), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    admitted = spells["admission_date"][row]
    provider = geography.as_sent(rng, spells["supplier"], spells["discharge_date"])
    time = np.array([f"{m // 60:02d}:{m % 60:02d}" for m in range(1440)])[spells["minute"]]
    columns = {name: spells[name][row] for name in spells if name not in {"who", "supplier", "minute"}} | {
        "provider_code": provider[row],
        "site_code": np.strings.add(provider, "01")[row],
        "spell_id": ids[row],
        "episode_number": number + 1,
        "nhs_number": numbers[row],
        "admission_time": time[row],
        "episode_start_date": admitted + (nights[row] * number // count[row]).astype("timedelta64[D]"),
        "episode_end_date": admitted + (nights[row] * (number + 1) // count[row]).astype("timedelta64[D]"),
        "primary_diagnosis": diagnosis[row],
        "primary_procedure": np.where(day_case, one_of(rng, n, {"X723": 50, "X403": 20, "G451": 30}), "")[row],
        "cost_gbp": (cost / count).astype(np.int64)[row],
    }
    return Records("admissions", spells["supplier"][row], period_of(spells["discharge_date"])[row], columns)
