"""Planted cases: tables that the plain rules (withhold 1 to 7, round to 5) give away. The attack sees each, repair ends it.

What a reader takes a print for: 0 is 0, 10 is 8 to 12, 15 is 13 to 17, and so on; `[c]` is anything.
"""

from collections.abc import Mapping, Sequence

import pytest
from tests.unit.disclosure.small_tables import MONTHLY, QUARTERLY, RATE, STP, candidate

from outcomes.definitions.measures import measures
from outcomes.disclosure.gate import Candidate, let_out
from outcomes.disclosure.memory import Computed, Memory, table
from outcomes.disclosure.protection import attacked, protected
from outcomes.disclosure.released import Key
from outcomes.ledger import Computation

LAST = "2018-09"
YEAR = ("2017/18-Q2", "2017/18-Q3", "2017/18-Q4", "2018/19-Q1")
NEXT = "2018/19-Q2"
MANY = 900

# measure, area, grain, period, stratum, stratum value: denominator and numerator
Exact = Mapping[Key, tuple[int, int]]


def whole(measure: str, area: str, grain: str, period: str) -> Key:
    return measure, area, grain, period, "all", "all"


def of_a_month(measure: str, *pairs: tuple[int, int]) -> Exact:
    """CCGs A, B, ... and their sum."""
    months = {whole(measure, ccg, "month", "2018-04"): pair for ccg, pair in zip("ABCDEF", pairs, strict=False)}
    total = (sum(d for d, _ in pairs), sum(n for _, n in pairs))
    return months | {whole(measure, STP, "month", "2018-04"): total}


def of_quarters(measure: str, *counts: int) -> Exact:
    """The STP's quarters, of many people each, and every rolling year that they make."""
    quarters = {whole(measure, STP, "quarter", q): (MANY, n) for q, n in zip((*YEAR, NEXT), counts, strict=False)}
    ends = {"2018-06": counts[:4], "2018-09": counts[1:5]}
    years = {
        whole(measure, STP, "rolling-12", end): (4 * MANY, sum(four)) for end, four in ends.items() if len(four) == 4
    }
    return quarters | years


def by_quintile(measure: str, first: int, second: int, unknown: int) -> Exact:
    """A rolling year whose last quarter had everybody, by deprivation."""
    exact: dict[Key, tuple[int, int]] = {}
    kind, counts = "deprivation_quintile", {"1": first, "2": second, "unknown": unknown}
    for quarter in YEAR:
        here = counts if quarter == YEAR[-1] else dict.fromkeys(counts, 0)
        exact |= {(measure, STP, "quarter", quarter, kind, value): (n, 0) for value, n in here.items()}
        exact[whole(measure, STP, "quarter", quarter)] = (sum(here.values()), 0)
    exact |= {(measure, STP, "rolling-12", "2018-06", kind, value): (n, 0) for value, n in counts.items()}
    exact[whole(measure, STP, "rolling-12", "2018-06")] = (sum(counts.values()), 0)
    return exact


def candidates(exact: Exact) -> list[Candidate]:
    """What of it is released: strata are not by the quarter."""
    return [candidate(key, *pair) for key, pair in exact.items() if key[4] == "all" or key[2] == "rolling-12"]


def memory_of(editions: Sequence[Exact], prints: Sequence[Sequence[tuple[object, ...]]]) -> Memory:
    told = [
        (*key, d, n, "counted" if d else "no_cases", number)
        for number, exact in enumerate(editions, 1)
        for key, (d, n) in exact.items()
    ]
    printed = [(*row, number) for number, rows in enumerate(prints, 1) for row in rows]
    return Memory.from_history(table(told), table(printed), [Computed(i, LAST) for i in range(1, len(prints) + 1)])


def by_the_plain_rules(*editions: Exact) -> tuple[str, ...]:
    """What is narrowed when the gate alone judges these editions, one after the other."""
    prints = [
        [(*f.key, f.denominator, f.numerator, f.state) for f in let_out(candidates(exact), {})] for exact in editions
    ]
    computation = Computation(id=len(editions), last_month=LAST)
    return attacked(memory_of(editions, prints), computation, measures(), STP).narrowed


def repaired(*editions: Exact) -> tuple[tuple[str, ...], int]:
    """The same when each is protected; and how many cells in all are withheld."""
    prints: list[list[tuple[object, ...]]] = []
    for number in range(1, len(editions) + 1):
        memory = memory_of(editions[:number], prints)
        computation = Computation(id=number, last_month=LAST)
        out = protected(candidates(editions[number - 1]), memory, computation, measures(), STP).figures
        prints.append([(*f.key, f.denominator, f.numerator, f.state) for f in out])
    withheld = sum(row[-1] == "suppressed" for rows in prints for row in rows)
    return attacked(
        memory_of(editions, prints), Computation(id=len(editions), last_month=LAST), measures(), STP
    ).narrowed, withheld


CASES: dict[str, tuple[Exact, ...]] = {
    # Events of A and B: 24 prints as 25 (23 to 27), the sum 25 as 25: B is at most 4.
    "a lone withheld cell in a row": (of_a_month(RATE, (MANY, 24), (MANY, 1)),),
    # A: 38 of 40 prints as [c] of 40, as 2 would be the difference. B: 450 of 900. The sum: 488 as 490 (488 to 492), so A's
    # numerator is 488 - 452 = 36 at least, and those of 38 to 42 not in it 42 - 36 = 6 at most.
    "a difference of 1 to 7 to the denominator": (of_a_month(MONTHLY, (40, 38), (900, 450)),),
    # 1001 prints as 1000 (998 to 1002), two quintiles of 497 each as 495 (493 to 497): 998 - 994 = 4 at least are left for
    # those of whom it is not known.
    "a rare stratum beside its common ones": (by_quintile(MONTHLY, 497, 497, 7),),
    # Quarters of 7, 32, 32 and 32 print as [c], 30, 30 and 30 (28 to 32), the year's 103 as 105 (103 to 107): 103 - 96 = 7
    # at least are left for the first.
    "a rolling year less its other quarters": (of_quarters(RATE, 7, 32, 32, 32),),
    # Years of 101 and 136 print as 100 (98 to 102) and 135 (133 to 137), the new quarter's 38 as 40 (38 to 42): the quarter
    # that left is 102 - 133 + 42 = 11 at most by these alone, and less with the three quarters that both years have.
    "a rolling year less last quarter's": (of_quarters(RATE, 2, 33, 33, 33, 38),),
    # A's 4 are [c], B's 32 stay 30 (28 to 32). The sum of 36 is 35 (33 to 37), then of 39 is 40 (38 to 42): A has 1 at least
    # in the first edition, and 38 - 32 = 6 at least in the second.
    "two editions whose difference tells": (
        of_a_month(RATE, (MANY, 4), (MANY, 32)),
        of_a_month(RATE, (MANY, 7), (MANY, 32)),
    ),
    # Only 1 has died in B, which is [c]; A's 24 are 25 (23 to 27), the sum 25 (23 to 27): 0 to 4. To withhold A's in one
    # measure does not help, as the other prints the same people.
    "the same people counted under two measures": (
        {
            whole(measure, area, "quarter", "2018/19-Q1"): (n, 0)
            for measure in (QUARTERLY, "emergency_department_three_or_more")
            for area, n in (("A", 24), ("B", 1), (STP, 25))
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_the_plain_rules_give_away_is_seen_and_mended(case: str) -> None:
    editions = CASES[case]
    assert by_the_plain_rules(*editions), "the plain rules give nothing away here"
    narrowed, withheld = repaired(*editions)
    assert narrowed == ()
    assert withheld


def test_a_table_that_gives_nothing_away_loses_nothing() -> None:
    exact = of_a_month(RATE, (MANY, 20), (MANY, 3), (MANY, 3), (MANY, 40))
    assert by_the_plain_rules(exact) == ()
    assert repaired(exact) == ((), 2)


def test_a_count_that_nothing_else_hangs_on_is_tried_by_itself() -> None:
    # Three events, printed as if they were ten: each number from 1 to 7 is out, and no other count says anything of it.
    lone = whole(RATE, "A", "month", "2018-04")
    memory = memory_of([{lone: (MANY, 3)}], [[(*lone, MANY, 10, "shown")]])
    found = attacked(memory, Computation(id=1, last_month=LAST), measures(), STP)
    assert (found.tried, found.narrowed) == (1, (f"numerator of {RATE} A 2018-04 (month)",))
