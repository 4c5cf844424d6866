"""Who lives where and who looks after them: the six CCGs, their trusts, hospices, practices and care homes.

Owns shares and catchments, and under which provider code a record is sent around a take-over. Promises codes of the
partnership only, and practices and care homes that do not exist. Never draws a person.
"""

import numpy as np

from outcomes.organisations import partnership
from outcomes.synthetic.draws import Array, one_of_each, sometimes

CCGS = np.array(["04Y", "05D", "05G", "05Q", "05V", "05W"])
SHARE = np.array([0.107, 0.115, 0.198, 0.195, 0.135, 0.25])
PRACTICES = np.array([27, 19, 33, 31, 14, 47])
CARE_HOMES = np.array([24, 30, 45, 48, 34, 60])

# Neighbours whose residents turn up in the files, but in no figure.
OUTSIDE = np.array(["01R", "04R", "05N", "05X", "05Y", "06A"])

# Decile 1 to 10 by CCG: Stoke is the most deprived, Stafford the least.
DEPRIVATION = np.array(
    [
        [10, 11, 11, 11, 11, 11, 10, 9, 8, 8],
        [8, 9, 10, 10, 11, 11, 11, 11, 10, 9],
        [7, 8, 9, 10, 11, 11, 12, 12, 11, 9],
        [4, 6, 8, 9, 11, 12, 13, 13, 12, 12],
        [3, 5, 7, 9, 11, 12, 13, 14, 13, 13],
        [30, 16, 12, 10, 8, 7, 6, 5, 4, 2],
    ]
)

ACUTE = np.array(["RJE", "RTG", "RL4"])
ACUTE_SHARE = np.array([[45, 5, 50], [3, 95, 2], [97, 2, 1], [13, 45, 42], [90, 2, 8], [98, 1, 1]])
HOSPICES = np.array(["HDM", "HKH", "HSG", "HCC"])
HOSPICE_SHARE = np.array([[0, 50, 20, 30], [0, 2, 98, 0], [97, 3, 0, 0], [0, 5, 55, 40], [4, 92, 4, 0], [98, 2, 0, 0]])
# Community services: Midlands Partnership, with Combined Healthcare for some in the north.
COMMUNITY = np.array(["RRE", "RLY"])
COMMUNITY_SHARE = np.array([[99, 1], [99, 1], [88, 12], [99, 1], [99, 1], [86, 14]])

# How much of a successor's work before the take-over was the other organisation's.
SHARE_OF_THE_TAKEN_OVER = 0.8


def drawn(rng: np.random.Generator, values: Array, shares: Array, ccg: Array) -> Array:
    """For each person, one of the values by the shares of their CCG (an index)."""
    return np.asarray(values[one_of_each(rng, shares[ccg])])


def as_sent(rng: np.random.Generator, supplier: Array, day: Array) -> Array:
    """The provider_code of records of a day: up to its last day often that of the organisation taken over."""
    codes = supplier.copy()
    usually = sometimes(rng, len(codes), SHARE_OF_THE_TAKEN_OVER)
    for organisation in partnership().providers:
        if organisation.taken_over_by is not None:
            then = day.astype("datetime64[D]") <= np.datetime64(organisation.last_day, "D")
            codes[(supplier == organisation.taken_over_by) & then & usually] = organisation.code
    return codes


def practice(ccg: Array, number: Array) -> Array:
    """Practice codes, X and five digits: `X02007` is the seventh of East Staffordshire."""
    table = np.array([[f"X{c + 1:02d}{p + 1:03d}" for p in range(PRACTICES.max())] for c in range(len(CCGS))])
    return np.asarray(table[ccg, number % PRACTICES[ccg]])


def care_home(ccg: Array, number: Array) -> Array:
    """Care home codes of our own, such as `VZ207`."""
    table = np.array([[f"VZ{c + 1}{h + 1:02d}" for h in range(CARE_HOMES.max())] for c in range(len(CCGS))])
    return np.asarray(table[ccg, number % CARE_HOMES[ccg]])
