"""NHS numbers that belong to nobody: those beginning 999, set aside for tests.

Owns which synthetic person has which number. Promises right check digits, distinct numbers for distinct people, and
never one digit ten times. Never makes a number outside 999.
"""

from functools import lru_cache

import numpy as np

from outcomes.errors import InputError
from outcomes.periods import Month
from outcomes.synthetic.draws import Array, stream

# About 909,000 numbers exist: four fifths for people who die, the rest for those who are only seen by services.
SHARE_OF_THE_DYING = 0.8


@lru_cache(maxsize=2)
def everyone(seed: int) -> Array:
    """Every usable number as an integer of ten digits, in the seed's own order."""
    nine = 999_000_000 + np.arange(1_000_000, dtype=np.int64)
    check = 11 - sum((nine // 10**power % 10) * (power + 2) for power in range(9)) % 11
    check = np.where(check == 11, 0, check)
    numbers = (nine * 10 + check)[check != 10]
    return stream(seed, None, "numbers").permutation(numbers[numbers != 9_999_999_999])


def those_who_stay(seed: int) -> Array:
    """The numbers of the background population: people who do not die."""
    numbers = everyone(seed)
    return numbers[int(len(numbers) * SHARE_OF_THE_DYING) :]


def those_who_die(seed: int, month: Month, n: int, scale: float) -> Array:
    """The numbers of the `n` people who die in a month; other months that are held together have others."""
    start = (month.year * 12 + month.month) % _months(scale) * _a_month(scale)
    return everyone(seed)[start : start + n]


def enough_for(months: int, scale: float) -> None:
    """Raises InputError when so many months of deaths at this scale need more numbers than there are."""
    if months > _months(scale):
        raise InputError(
            f"There are not enough NHS numbers beginning 999 for these months at scale {scale:g}: "
            f"choose fewer months or a smaller scale."
        )


def _a_month(scale: float) -> int:
    # January's deaths, people from outside, and room for chance.
    return int(1_240 * scale + 200 * scale**0.5 + 40)


def _months(scale: float) -> int:
    return int(909_000 * SHARE_OF_THE_DYING) // _a_month(scale)


def with_wrong_check_digit(numbers: Array) -> Array:
    """The same numbers with another last digit, which is always wrong."""
    return np.asarray(numbers // 10 * 10 + (numbers % 10 + 1) % 10)
