"""Completeness: how much of a month is known so far, learnt from how late the months before it became known.

Owns one estimate from a reporting triangle. Promises a share that never falls as a month grows older, and none at all
where there is too little to learn from. Never looks at a record.
"""

from collections.abc import Iterator, Sequence

# A share that fewer months than this speak for is not learnt.
MONTHS_TO_LEARN_FROM = 6


def known_shares(triangle: Sequence[Sequence[int]]) -> list[float]:
    """The expected share (0 to 1) of a month that is known 0, 1, 2 ... months after it.

    `triangle` has a row for each month, oldest first: how many were known in the month itself, one month later and so on,
    up to now, so that the last row has one count and each row before it one more. Empty where fewer than six months speak
    for the first step. What comes later than was ever observed is taken to be nothing.

    By reverse-time hazards (Lagakos, Barraj and De Gruttola, Biometrika 75, 1988): of all that is known `n` months after,
    over every month at least that old, the share that became known in just that month. Raises ValueError for a negative
    count and for rows that do not shorten by one.
    """
    ages = [len(row) - 1 for row in triangle]
    if ages != list(range(len(triangle) - 1, -1, -1)):
        raise ValueError(
            "each month of the triangle needs one count fewer than the month before it, the last one count"
        )
    if any(count < 0 for row in triangle for count in row):
        raise ValueError("a count is negative")
    hazards = list(_hazards(triangle))
    if len(hazards) < 2 or not any(hazards):
        return []
    shares = [1.0]
    for hazard in reversed(hazards[1:]):
        shares.append(shares[-1] * (1 - hazard))
    return shares[::-1]


def _hazards(triangle: Sequence[Sequence[int]]) -> Iterator[float]:
    for lag in range(len(triangle)):
        old_enough = [row for row in triangle if len(row) > lag]
        until_then = sum(sum(row[: lag + 1]) for row in old_enough)
        if len(old_enough) < MONTHS_TO_LEARN_FROM:
            return
        # Where nothing is known so early, the first step that brings something is the whole of it.
        yield sum(row[lag] for row in old_enough) / until_then if until_then else 0.0
