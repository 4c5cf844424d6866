"""The registration of deaths: how long it takes, what is written down, and what is written twice or cancelled.

Owns the records of the feed `deaths`. Promises that each CCG has a death registered in the month it happened. Never
changes a person.
"""

import numpy as np

from outcomes.synthetic import geography
from outcomes.synthetic.draws import Array, happens, one_of, skewed, sometimes, whole
from outcomes.synthetic.nhs_numbers import with_wrong_check_digit
from outcomes.synthetic.people import CARE_HOME, ELSEWHERE, EXTERNAL, HOME, HOSPICE, HOSPITAL, OTHER, UNKNOWN, People
from outcomes.synthetic.records import Records, identifiers, period_of

LONGEST = 300
TYPES = {
    HOSPITAL: {"03": 93, "01": 3, "18": 3, "99": 1},
    CARE_HOME: {"03": 52, "04": 26, "32": 8, "33": 7, "10": 3, "07": 2, "22": 2},
    HOSPICE: {"83": 1},
    OTHER: {"05": 20, "15": 20, "29": 20, "41": 20, "73": 20},
    UNKNOWN: {"01": 1, "21": 1},
}


def lags(rng: np.random.Generator, people: People) -> Array:
    """Days from death to registration: about 5, and weeks or months where a coroner looks into it (17 %)."""
    n = len(people)
    coroner = happens(rng, np.where(people.cause == EXTERNAL, 0.97, np.where(people.place == HOME, 0.18, 0.115)))
    days = np.where(coroner, skewed(rng, n, 18, 1.25, LONGEST), skewed(rng, n, 5, 0.5, 60))
    _, first = np.unique(np.where(people.outside, 99, people.ccg), return_index=True)
    first = first[~people.outside[first]]
    days[first] %= 10
    return days


def deaths(rng: np.random.Generator, people: People, stays_at: Array) -> Records:
    """Every registration of the people of a month; `stays_at` is the trust in which a person died, where it was one."""
    n = len(people)
    registered = people.died + lags(rng, people).astype("timedelta64[D]")
    columns = {"date_of_death": people.died, "nhs_number": _as_registered(rng, people), **_place(rng, people, stays_at)}
    columns |= {
        "sex": people.sex,
        "age_at_death": people.age,
        "usual_residence_type": np.where(people.in_care_home, "C", np.where(sometimes(rng, n, 0.008), "O", "P")),
        "usual_residence_organisation_code": np.where(
            people.in_care_home & sometimes(rng, n, 0.93), people.care_home, ""
        ),
        "underlying_cause": people.icd10,
        "gp_practice_code": np.where(sometimes(rng, n, 0.01), "", people.practice),
        **_ccgs(rng, people),
        "imd_decile": np.where(sometimes(rng, n, 0.006), -1, people.imd),
        "ethnic_category": np.where(sometimes(rng, n, 0.04), "", people.ethnic),
    }
    # Registered twice (0.4 %); or cancelled in a later month (0.2 %), and mostly registered anew in that month.
    chance = rng.random(n)
    _, guaranteed = np.unique(people.ccg, return_index=True)
    chance[guaranteed] = 1
    twice, cancelled = np.nonzero(chance < 0.004)[0], np.nonzero((chance > 0.004) & (chance < 0.006))[0]
    anew = cancelled[sometimes(rng, len(cancelled), 0.7)]
    row = np.concatenate([np.arange(n), twice, cancelled, anew])
    ids = identifiers(people.month, n + len(twice) + len(anew))
    ids = np.concatenate([ids[: n + len(twice)], ids[cancelled], ids[n + len(twice) :]])
    later = registered[cancelled] + whole(rng, len(cancelled), 32, 80).astype("timedelta64[D]")
    again = registered[twice] + whole(rng, len(twice), 2, 40).astype("timedelta64[D]")
    days = np.concatenate([registered, again, later, later[np.isin(cancelled, anew)]])
    flag = np.repeat(["N", "Y", "N"], [n + len(twice), len(cancelled), len(anew)])
    columns = {name: values[row] for name, values in columns.items()}
    columns |= {"registration_id": ids, "date_of_registration": days, "cancelled_flag": flag}
    return Records("deaths", geography.CCGS[people.ccg[row]], period_of(days), columns)


def _as_registered(rng: np.random.Generator, people: People) -> Array:
    chance = rng.random(len(people)) / np.where(people.cause == EXTERNAL, 2, 1)
    wrong = np.where(chance < 0.006, with_wrong_check_digit(people.nhs_number), people.nhs_number)
    return np.where((chance >= 0.006) & (chance < 0.028), -1, wrong)


def _place(rng: np.random.Generator, people: People, stays_at: Array) -> dict[str, Array]:
    n, place = len(people), people.place
    kind = np.select([place == HOME, place == ELSEWHERE], ["H", "E"], "C")
    kind_of_place = np.full(n, "")
    kind_of_place = kind_of_place.astype("U2")
    for where, weighted in TYPES.items():
        kind_of_place = np.where(place == where, one_of(rng, n, weighted), kind_of_place)
    nhs = np.where((place == HOSPITAL), "1", np.where(place == UNKNOWN, np.where(kind_of_place == "01", "1", "2"), "2"))
    # A place of death that fits no rule: an NHS establishment of a type that only others have.
    kind_of_place = np.where((place == UNKNOWN) & (nhs == "1"), "12", kind_of_place)
    other_home = geography.care_home(people.ccg, whole(rng, n, 0, 9_999))
    at_own = people.in_care_home & sometimes(rng, n, 0.95)
    organisation = np.select(
        [place == HOSPITAL, place == CARE_HOME, place == HOSPICE],
        [stays_at, np.where(at_own, people.care_home, other_home), stays_at],
        "",
    )
    return {
        "pod_code": kind,
        "pod_nhs_establishment": np.where(kind == "C", nhs, ""),
        "pod_establishment_type": np.where(kind == "C", kind_of_place, ""),
        "pod_organisation_code": np.where(sometimes(rng, n, 0.94), organisation, ""),
    }


def _ccgs(rng: np.random.Generator, people: People) -> dict[str, Array]:
    n = len(people)
    own = geography.CCGS[people.ccg]
    away = rng.choice(geography.OUTSIDE, n)
    chance = rng.random(n)
    registration = np.where(people.outside, away, np.where(chance < 0.012, "", np.where(chance < 0.018, away, own)))
    residence = np.where(people.outside, away, np.where((chance > 0.02) & (chance < 0.035), away, own))
    return {"ccg_of_registration": registration, "ccg_of_residence": residence}
