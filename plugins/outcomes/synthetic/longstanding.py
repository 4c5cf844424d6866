"""Shared records and register entries of people who do not die while anybody looks.

Owns what makes up the rest of the registers' usual volume. Promises at least one entry in each CCG's snapshot, and that
every entry and amendment lies within MONTHS_AROUND months of its beginning. Never holds a person who dies.
"""

import numpy as np

from outcomes.periods import Month
from outcomes.synthetic import geography
from outcomes.synthetic.background import Activity
from outcomes.synthetic.draws import DAYTIME, at, minute_of_day, one_of, sometimes, whole
from outcomes.synthetic.records import Records, nullable, period_of

# Begun a month at scale 1.
NEW_RECORDS, NEW_ENTRIES = 170, 195


def known_for_longer(seed: int, month: Month, scale: float) -> list[Records]:
    """Shared records made, and register entries begun, in a month: at least one of each in each CCG."""
    m = Activity(seed, month, scale, "records")
    shares = dict(zip(geography.CCGS.tolist(), geography.SHARE.tolist(), strict=True))
    supplier = m.suppliers({ccg: round(NEW_RECORDS * share) for ccg, share in shares.items()})
    n, rng = len(supplier), m.rng
    made = m.days(n)
    times = 1 + np.minimum(rng.poisson(1.6, n), 8)
    row = np.repeat(np.arange(n), times)
    number = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    day = made[row] + (number * 40).astype("timedelta64[D]")
    place = one_of(rng, n, {"21": 50, "40": 8, "41": 10, "30": 12, "10": 5, "undecided": 10, "": 5})[row]
    planned = sometimes(rng, len(row), 0.8)
    records = {
        "record_id": m.identifiers(n)[row],
        "nhs_number": m.numbers(n)[row],
        "created_date": made[row],
        "amended_at": at(day, minute_of_day(rng, len(row), DAYTIME)),
        "consent": one_of(rng, n, {"given": 80, "best_interests": 14, "attorney": 5, "withdrawn": 1})[row],
        "ppd_first": place,
        "ppd_first_is_usual_residence": np.where(place == "21", "Y", np.where(np.char.isdigit(place), "N", "")),
        "ppd_first_organisation_code": np.full(len(row), ""),
        "ppd_second": np.full(len(row), ""),
        "care_plan_date": nullable(day, planned),
        "review_date": nullable(day + np.timedelta64(90, "D"), planned),
        "anticipatory_medicines_date": nullable(day, np.zeros(len(row), bool)),
        "cpr_decision": np.where(planned, "do_not_attempt", ""),
    }
    epaccs = Records("epaccs", supplier[row], period_of(day), records)

    supplier = m.suppliers({ccg: round(NEW_ENTRIES * share) for ccg, share in shares.items()})
    n = len(supplier)
    ccg = np.searchsorted(geography.CCGS, supplier)
    entered = m.days(n)
    # The longest stay thirteen months: as far as one file needs to look back.
    entries = {
        "practice_code": geography.practice(ccg, whole(rng, n, 0, 9_999)),
        "entry_id": m.identifiers(n),
        "nhs_number": m.numbers(n),
        "entry_date": entered,
        "removal_date": entered + whole(rng, n, 150, 385).astype("timedelta64[D]"),
    }
    return [epaccs, Records("palliative_register", supplier, period_of(entered), entries)]
