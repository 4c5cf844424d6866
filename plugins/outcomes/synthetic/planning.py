"""What was known and planned: the shared care record (EPaCCS) with its amendments, and the palliative care register.

Owns those entries of the people of a month. Promises that the last preference before death is the one the person
ended with. Never tells of anybody who does not die.
"""

import numpy as np

from outcomes.synthetic import geography
from outcomes.synthetic.draws import Array, at, happens, one_of, skewed, sometimes, whole
from outcomes.synthetic.people import People
from outcomes.synthetic.records import Records, identifiers, nullable, period_of

STATUSES = {"undecided": 45, "declined": 30, "unable": 18, "not_appropriate": 7}
LONGEST = 385
MOST_REVIEWS = 9


def shared_records(rng: np.random.Generator, people: People) -> Records:
    """The amendments of each person's record, the first on the day it was made; a few after death."""
    holders = np.nonzero(people.has_record)[0]
    n = len(holders)
    made = np.maximum(skewed(rng, n, 105, 1.0, LONGEST), 1)
    # Looked at again every 55 to 135 days, and for some once more in the last two weeks.
    reviewed = made[:, None] - np.cumsum(whole(rng, n * MOST_REVIEWS, 55, 135).reshape(n, MOST_REVIEWS), axis=1)
    near = np.where(sometimes(rng, n, 0.25), np.minimum(whole(rng, n, 0, 14), made), -1)
    days = np.sort(np.column_stack([made, reviewed, near]), axis=1)[:, ::-1]
    times = (days >= 0).sum(axis=1)
    row, number = np.nonzero(days >= 0)
    back = days[row, number]
    first, last = number == 0, number == times[row] - 1
    back = np.where(last & ~first & sometimes(rng, len(row), 0.04), -whole(rng, len(row), 1, 12), back)
    after_death = back < 0
    who = holders[row]
    day = people.died[who] - back.astype("timedelta64[D]")
    # One amendment at most in each half hour of a day, so that two never share a minute.
    amended = at(day, 480 + number * 60 + whole(rng, len(row), 0, 59))

    wanted = people.wanted[who]
    changed = sometimes(rng, n, 0.25)
    earlier = one_of(rng, n, {"10": 25, "30": 30, "21": 35, "40": 10})
    no_place = sometimes(rng, n, 0.06)
    status = one_of(rng, n, STATUSES)
    at_first = sometimes(rng, n, 0.3)
    open_question = one_of(rng, n, {"undecided": 60, "declined": 10, "": 30})
    preference = np.where(changed[row] & (number < times[row] // 2), earlier[row], wanted)
    preference = np.where(at_first[row] & first & ~last, open_question[row], preference)
    latest = last | (number == times[row] - 2)
    preference = np.where(no_place[row] & latest, status[row], preference)
    preference = np.where(~latest & ~first & sometimes(rng, len(row), 0.08), "", preference)

    home = np.where(people.in_care_home[who], np.isin(preference, ["40", "41", "42"]), preference == "21")
    located = np.char.isdigit(preference)
    in_home = people.in_care_home[who] & home & sometimes(rng, len(row), 0.5)
    consent = one_of(rng, n, {"given": 76, "best_interests": 18, "attorney": 6})[row]
    withdrawn = (sometimes(rng, n, 0.025)[row]) & last & ~first
    planned = sometimes(rng, n, 0.88)[row] & happens(rng, np.where(first, 0.75, 0.93))
    medicines = sometimes(rng, n, 0.78)[row] & (back <= 80)
    since = (number // 2 * 2).astype("timedelta64[D]")
    columns = {
        "record_id": identifiers(people.month, n)[row],
        "nhs_number": people.nhs_number[who],
        "created_date": (people.died[holders] - made.astype("timedelta64[D]"))[row],
        "amended_at": amended,
        "consent": np.where(withdrawn, "withdrawn", consent),
        "ppd_first": preference,
        "ppd_first_is_usual_residence": np.where(located, np.where(home, "Y", "N"), ""),
        "ppd_first_organisation_code": np.where(in_home, people.care_home[who], ""),
        "ppd_second": np.where(
            located & sometimes(rng, n, 0.35)[row], one_of(rng, n, {"30": 45, "10": 20, "40": 35})[row], ""
        ),
        "care_plan_date": nullable(day - since, planned),
        "review_date": nullable(
            day + whole(rng, len(row), 28, 92).astype("timedelta64[D]"), sometimes(rng, len(row), 0.7)
        ),
        "anticipatory_medicines_date": nullable(day, medicines & ~after_death),
        "cpr_decision": np.where(
            sometimes(rng, n, 0.8)[row], one_of(rng, n, {"do_not_attempt": 88, "attempt": 12})[row], ""
        ),
    }
    supplier = geography.CCGS[_where_they_lived(rng, people)][who]
    return Records("epaccs", supplier, period_of(day), columns)


def register_entries(rng: np.random.Generator, people: People) -> Records:
    """Entries on the register, with the day they were taken off it; the period is that of the entry."""
    who = np.nonzero(people.on_register)[0]
    n = len(who)
    back = skewed(rng, n, 125, 1.05, LONGEST)
    entered = people.died[who] - back.astype("timedelta64[D]")
    # A few were taken off while alive; most some days after death, some only weeks later.
    alive = sometimes(rng, n, 0.03) & (back > 30)
    off = np.where(alive, -(back // 3), np.where(sometimes(rng, n, 0.1), whole(rng, n, 20, 80), whole(rng, n, 0, 18)))
    columns = {
        "practice_code": people.practice[who],
        "entry_id": identifiers(people.month, n),
        "nhs_number": people.nhs_number[who],
        "entry_date": entered,
        "removal_date": people.died[who] + off.astype("timedelta64[D]"),
    }
    return Records("palliative_register", geography.CCGS[people.ccg[who]], period_of(entered), columns)


def _where_they_lived(rng: np.random.Generator, people: People) -> Array:
    """The CCG that held the record: for a few another, from which they moved in the last months."""
    n = len(people)
    return np.where(sometimes(rng, n, 0.015), whole(rng, n, 0, 5), people.ccg)
