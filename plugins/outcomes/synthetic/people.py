"""The people who die in a month: who they are, what they wanted, and where they died.

Owns a person's lasting facts; every other module tells their last year from these. Promises that the people of a month
depend on the seed, the scale and the calendar month only. Never writes a record.
"""

from dataclasses import dataclass

import numpy as np

from outcomes.periods import Month
from outcomes.synthetic import geography, nhs_numbers, stories
from outcomes.synthetic.draws import Array, happens, one_of, one_of_each, sometimes, stream, whole

HOSPITAL, HOME, CARE_HOME, HOSPICE, ELSEWHERE, OTHER, UNKNOWN = range(7)
CANCER, DEMENTIA, CIRCULATORY, RESPIRATORY, OTHER_CAUSE, EXTERNAL = range(6)

CAUSE_SHARE = {CANCER: 0.28, DEMENTIA: 0.13, CIRCULATORY: 0.25, RESPIRATORY: 0.14, OTHER_CAUSE: 0.155, EXTERNAL: 0.045}
ICD10 = (
    ("C349", "C189", "C509", "C61", "C259", "C159", "C56", "C679", "C80", "C851"),
    ("F03", "F019", "G309", "F009"),
    ("I219", "I639", "I509", "I259", "I64", "I48"),
    ("J449", "J189", "J841", "J690", "J22"),
    ("K746", "N185", "N390", "E149", "G20", "A419", "K703", "R54", "G122"),
    ("W19", "W18", "X590", "X70", "V892", "Y349"),
)
AGE = np.array([[74, 11], [87, 6], [81, 11], [80, 10], [78, 13], [58, 22]])
IN_CARE_HOME = np.array([0.07, 0.62, 0.18, 0.16, 0.17, 0.06])
SHARED_RECORD = np.array([0.55, 0.44, 0.27, 0.37, 0.31, 0.02])

WANTED_AT_HOME = {"21": 66, "20": 2, "22": 4, "30": 14, "40": 3, "41": 3, "42": 2, "10": 5, "50": 1}
WANTED_IN_A_CARE_HOME = {"41": 35, "42": 25, "40": 28, "21": 2, "10": 5, "30": 4, "50": 1}

# Where people die, in the order of the places above, by what they wanted: for those at home, then for care home residents.
WHERE = {
    "home": ([28, 63, 3.5, 4, 1, 0.3, 0.2], [25, 10, 62, 2, 1, 0, 0]),
    "hospice": ([28, 21, 5, 45, 0.5, 0.3, 0.2], [21, 0.5, 45, 33, 0, 0.5, 0]),
    "care_home": ([27, 12, 56, 4, 0.5, 0.3, 0.2], [13, 0.5, 85, 0.5, 0.5, 0.5, 0]),
    "hospital": ([80, 10, 5, 4, 0.5, 0.3, 0.2], [76, 0.5, 23, 0.5, 0, 0, 0]),
    "other": ([45, 30, 10, 10, 4, 1, 0], [40, 5, 45, 5, 5, 0, 0]),
    "nothing": ([74.5, 12, 6.5, 1.5, 2.5, 2.5, 0.5], [36, 0.5, 62, 0.5, 0.5, 0.5, 0]),
    "sudden": ([42, 30, 2, 0, 20, 5.5, 0.5], [55, 1, 42, 0, 1, 1, 0]),
}
KIND = {"21": "home", "20": "home", "22": "home", "30": "hospice", "10": "hospital", "50": "other", "": "nothing"}


@dataclass(frozen=True)
class People:
    """The dead of a month, one element of each array a person. `ccg` is an index into geography.CCGS."""

    month: Month
    nhs_number: Array
    died: Array
    ccg: Array
    outside: Array
    sex: Array
    age: Array
    cause: Array
    icd10: Array
    imd: Array
    ethnic: Array
    practice: Array
    in_care_home: Array
    care_home: Array
    has_record: Array
    on_register: Array
    wanted: Array
    place: Array

    def __len__(self) -> int:
        return len(self.died)

    @property
    def expected(self) -> Array:
        return np.asarray(self.cause != EXTERNAL)


def people_who_die(seed: int, month: Month, scale: float) -> People:
    """Everyone who dies in a month: residents of each CCG (at least one of each) and some from outside."""
    rng = stream(seed, month, "people")
    counts = np.maximum(rng.poisson(stories.deaths(month, scale) * geography.SHARE), 1)
    visitors = rng.poisson(38 * scale)
    ccg = np.concatenate([np.repeat(np.arange(6), counts), rng.choice(6, visitors, p=geography.SHARE)])
    n = len(ccg)
    outside = np.arange(n) >= n - visitors
    days = month.last_day.day
    day = whole(rng, n, 0, days - 1)
    # The first of each CCG dies early in the month and is registered at once, so that no file is ever empty.
    day[np.r_[0, np.cumsum(counts)[:-1]]] %= 10
    died = np.datetime64(month.first_day, "D") + day.astype("timedelta64[D]")

    cause = one_of(rng, n, CAUSE_SHARE)
    child = sometimes(rng, n, 0.005)
    age = np.where(child, whole(rng, n, 0, 17), (AGE[cause, 0] + AGE[cause, 1] * rng.standard_normal(n)).astype(int))
    age = np.where(~child & (age < 18), 18 + age % 40, age).clip(0, 106)
    icd10 = np.array([ICD10[c][int(i) % len(ICD10[c])] for c, i in zip(cause, whole(rng, n, 0, 999), strict=True)])
    imd = one_of_each(rng, geography.DEPRIVATION[ccg]) + 1
    older = np.where(age >= 85, 1.55, np.where(age >= 75, 1.0, 0.25))
    in_care_home = happens(rng, (IN_CARE_HOME[cause] * older).clip(max=0.88))

    chance = (
        SHARED_RECORD[cause] + stories.shared_record(month)[ccg] + stories.gradient(imd, 0.009) + 0.05 * in_care_home
    )
    has_record = happens(rng, np.where(cause == EXTERNAL, 0.02, chance).clip(0.01, 0.95)) & (age >= 18)
    registered = np.where(has_record, 0.74, 0.3) + stories.REGISTER[ccg] + stories.gradient(imd, 0.007)
    on_register = happens(rng, np.where(cause == EXTERNAL, 0.03, registered))
    wanted = np.where(in_care_home, one_of(rng, n, WANTED_IN_A_CARE_HOME), one_of(rng, n, WANTED_AT_HOME))
    wanted = np.where(has_record, wanted, "")
    return People(
        month=month,
        nhs_number=nhs_numbers.those_who_die(seed, month, n, scale),
        died=died,
        ccg=ccg,
        outside=outside,
        sex=np.where(sometimes(rng, n, 0.001), "9", np.where(happens(rng, 0.38 + (age - 60) * 0.0055), "2", "1")),
        age=age,
        cause=cause,
        icd10=icd10,
        imd=imd,
        ethnic=one_of(rng, n, {"A": 90, "B": 1, "C": 1.5, "H": 1, "J": 1.5, "M": 0.7, "N": 0.3, "S": 0.5, "Z": 3.5}),
        practice=geography.practice(ccg, whole(rng, n, 0, 9_999)),
        in_care_home=in_care_home,
        care_home=geography.care_home(ccg, whole(rng, n, 0, 9_999)),
        has_record=has_record,
        on_register=on_register,
        wanted=wanted,
        place=_places(rng, wanted, in_care_home, cause, ccg, imd),
    )


def _places(
    rng: np.random.Generator, wanted: Array, in_care_home: Array, cause: Array, ccg: Array, imd: Array
) -> Array:
    kinds = np.array([KIND.get(w, "care_home") for w in wanted])
    kinds[(kinds == "nothing") & (cause == EXTERNAL)] = "sudden"
    weights = np.array([WHERE[k][int(c)] for k, c in zip(kinds, in_care_home, strict=True)])
    weights[:, HOSPITAL] *= 1 + stories.HOSPITAL[ccg] - stories.gradient(imd, 0.02)
    return one_of_each(rng, weights)
