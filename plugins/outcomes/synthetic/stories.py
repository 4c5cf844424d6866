"""What changes over time, so that control charts and comparisons have something to say.

Owns the seasons, the lasting differences between CCGs, the deprivation gradients and two stories: a shared care
record programme that lifts one CCG within half a year (another every second year, from February of even years:
Stafford and Surrounds in 2018) and wears off over ten, and a bad winter of crisis admissions in North Staffordshire
(December to March, in every second winter, from that of 2017). Promises that everything else is quiet. Never draws
anything.
"""

import numpy as np

from outcomes.periods import Month
from outcomes.synthetic.draws import Array

DEATHS_A_MONTH = 960
SEASON = (1.22, 1.08, 1.06, 1.0, 0.95, 0.91, 0.89, 0.88, 0.9, 0.96, 1.0, 1.13)

# Added to the chance of a shared record and of being on the register, and to the pull of the hospital, by CCG.
SHARED_RECORD = np.array([0.01, 0.03, -0.03, -0.02, 0.03, -0.01])
REGISTER = np.array([0.02, -0.02, 0.0, 0.03, 0.01, -0.02])
HOSPITAL = np.array([0.05, -0.06, 0.02, -0.04, -0.04, 0.05])
CRISIS = np.array([1.05, 0.95, 1.0, 0.95, 0.95, 1.06])
OUT_OF_HOURS_DELAY = np.array([1.0, 1.05, 0.97, 1.03, 0.97, 1.0])

# From whom a programme of an even year lifts the shared record: 2018 is Stafford and Surrounds.
PROGRAMMES = (4, 1, 0, 3, 5, 2)
LIFT, MONTHS_TO_RISE, MONTHS_HELD, MONTHS_TO_FADE = 0.18, 6, 24, 120
BAD_WINTER_CCG, BAD_WINTER = 2, 2.2


def deaths(month: Month, scale: float) -> float:
    """How many residents of the six CCGs die in a month, on average."""
    return DEATHS_A_MONTH * SEASON[month.month - 1] * scale


def shared_record(month: Month) -> Array:
    """Added to the chance of a shared care record, by CCG."""
    lift = SHARED_RECORD.copy()
    for year in range(month.year - 12, month.year + 1):
        since = (month.year - year) * 12 + month.month - 2
        if year % 2 == 0 and since >= 0:
            risen = min((since + 1) / MONTHS_TO_RISE, 1.0)
            faded = min(max((since - MONTHS_HELD) / MONTHS_TO_FADE, 0.0), 1.0)
            lift[PROGRAMMES[(year - 2018) // 2 % len(PROGRAMMES)]] += LIFT * (risen - faded)
    return lift


def crisis(month: Month) -> Array:
    """By how much emergency admissions before the last one are multiplied, by CCG."""
    factor = CRISIS.copy()
    winter = month.year if month.month == 12 else month.year - 1 if month.month <= 3 else None
    if winter is not None and winter % 2 == 1:
        factor[BAD_WINTER_CCG] *= BAD_WINTER
    return factor


def gradient(decile: Array, per_decile: float) -> Array:
    """An effect of deprivation: nought in the middle, `per_decile` for each decile towards the least deprived."""
    return (decile - 5.5) * per_decile
