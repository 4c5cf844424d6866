"""All figures a second time, in boring Python, from suppliers' files as they lie in an inbox.

Written from the definitions of the measures, never from the product's code: the cohort, areas, windows, strata, states and
intervals. What a measure asks of one death is told in `alternative_measures`, which records count in
`alternative_submissions`.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from alternative_submissions import CCGS, EXPECTED, KEYS, Record, Submission, in_force, one_per_key
from scipy.stats import chi2, norm, t
from statsmodels.stats.proportion import proportion_confint

import alternative_measures as alternative

Key = tuple[str, str, str, str, str, str]

# Scoring and feeds of each measure, from the catalogue.
MEASURES = {
    "crisis_admissions": ("rate", ["deaths", "admissions"]),
    "crisis_admissions_three_or_more": ("proportion", ["deaths", "admissions"]),
    "days_at_home_last_90": ("mean", ["deaths", "admissions"]),
    "deaths_in_hospital": ("proportion", ["deaths"]),
    "deaths_in_usual_residence": ("proportion", ["deaths"]),
    "on_palliative_register": ("proportion", ["deaths", "palliative_register"]),
    "preferred_place_achieved": ("proportion", ["deaths", "epaccs"]),
    "preferred_place_recorded": ("proportion", ["deaths", "epaccs"]),
    "shared_care_record": ("proportion", ["deaths", "epaccs"]),
}
STRATA = {
    "all": ["all"],
    "age_band": ["18-64", "65-74", "75-84", "85+"],
    "sex": ["1", "2", "9"],
    "deprivation_quintile": ["1", "2", "3", "4", "5", "unknown"],
    "cause_group": ["cancer", "dementia", "circulatory", "respiratory", "other"],
}


@dataclass(frozen=True)
class Figure:
    denominator: int | None
    numerator: float | None
    value: float
    lower: float
    upper: float
    state: str
    missing: frozenset[str]


def cohort(registrations: Iterable[Record]) -> Iterator[Record]:
    """The adults of the six CCGs, registered once, each with its month, CCG and strata."""
    met = set()
    standing = [r for r in registrations if r["cancelled_flag"] == "N"]
    for death in sorted(standing, key=lambda r: (r["date_of_registration"], r["registration_id"])):
        if death["person_id"] is not None:
            if death["person_id"] in met:
                continue
            met.add(death["person_id"])
        ccgs = [c for c in (death["ccg_of_registration"], death["ccg_of_residence"]) if c in CCGS]
        if death["age_at_death"] < 18 or not ccgs:
            continue
        yield {
            **death,
            "month": f"{death['date_of_death']:%Y-%m}",
            "ccg": ccgs[0],
            "all": "all",
            "age_band": next(
                b
                for b, from_age in zip(["85+", "75-84", "65-74", "18-64"], [85, 75, 65, 18], strict=True)
                if death["age_at_death"] >= from_age
            ),
            "deprivation_quintile": "unknown"
            if death["imd_decile"] is None
            else str(math.ceil(death["imd_decile"] / 2)),
            "cause_group": cause_group(death["underlying_cause"]),
        }


def cause_group(cause: str) -> str:
    letter, number = cause[0], int(cause[1:3])
    if letter == "C" and number <= 97:
        return "cancer"
    if (letter == "F" and number <= 3) or (letter == "G" and number == 30):
        return "dementia"
    return {"I": "circulatory", "J": "respiratory"}.get(letter, "other")


class Lives:
    """The records about each person who died, with whole spells where any episode is the person's."""

    def __init__(self, submissions: Mapping[tuple[str, str, str], Submission]) -> None:
        self._of: dict[str, dict[str, list[Record]]] = {feed: defaultdict(list) for feed in KEYS}
        spells = defaultdict(list)
        for episode in one_per_key(submissions, "admissions"):
            spells[episode["provider_code"], episode["spell_id"]].append(episode)
        for episodes in spells.values():
            for who in {e["person_id"] for e in episodes} - {None}:
                self._of["admissions"][who] += episodes
        for feed in ("epaccs", "palliative_register"):
            for record in one_per_key(submissions, feed):
                if record["person_id"] is not None:
                    self._of[feed][record["person_id"]].append(record)

    def of(self, death: Record) -> dict[str, list[Record]]:
        return {feed: by_person.get(death["person_id"], []) for feed, by_person in self._of.items()}


def months(first: str, last: str) -> list[str]:
    every = [f"{year}-{month:02d}" for year in range(int(first[:4]), int(last[:4]) + 1) for month in range(1, 13)]
    return every[every.index(first) : every.index(last) + 1]


def windows(every: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Each month; quarters of the financial year and runs of twelve months that are there as a whole."""
    for month in every:
        yield "month", month, [month]
    for three in zip(every, every[1:], every[2:], strict=False):
        if three[0][5:] in {"04", "07", "10", "01"}:
            start = int(three[0][:4]) - (three[0][5:] == "01")
            number = {"04": 1, "07": 2, "10": 3, "01": 4}[three[0][5:]]
            yield "quarter", f"{start}/{(start + 1) % 100:02d}-Q{number}", list(three)
    for end in range(11, len(every)):
        yield "rolling-12", every[end], every[end - 11 : end + 1]


def counted(outcome: alternative.Outcome) -> float | None:
    """A numerator or observation; None where the death is not in the denominator, whatever the reason."""
    return None if isinstance(outcome, str) else outcome


def all_figures(folders: list[Path], to: str | None = None) -> dict[Key, Figure]:
    """Every figure under its key: measure, area, grain, period, stratum, stratum_value."""
    submissions = in_force(folders)
    with_deaths = sorted(period for feed, _, period in submissions if feed == "deaths")
    every = months(with_deaths[0], to or with_deaths[-1])
    is_submitted = {(ccg, m): ("deaths", ccg, m) in submissions for ccg in CCGS for m in every}
    frozen = {
        m: all((f, s, m) in submissions and submissions[f, s, m].status == "freeze" for f, s in EXPECTED) for m in every
    }
    deaths = [d for d in cohort(one_per_key(submissions, "deaths")) if is_submitted.get((d["ccg"], d["month"]))]
    lives = Lives(submissions)
    found: dict[Key, Figure] = {}
    for measure, (scoring, feeds) in MEASURES.items():
        cases = [(death, counted(alternative.of_the_person(measure, lives.of(death), death))) for death in deaths]
        for area in ["QNC", *CCGS]:
            ccgs = CCGS if area == "QNC" else [area]
            for grain, period, window in windows(every):
                missing = frozenset(
                    f"{feed} {supplier} {m}"
                    for m in window
                    for feed, supplier in EXPECTED
                    if feed in feeds and (supplier not in CCGS or supplier in ccgs)
                    if (feed, supplier, m) not in submissions
                )
                submitted = any(is_submitted[ccg, m] for ccg in ccgs for m in window)
                final = all(frozen[m] for m in window)
                here = [(d, v) for d, v in cases if v is not None and d["ccg"] in ccgs and d["month"] in window]
                for stratum, values in STRATA.items():
                    for value in values:
                        amounts = [float(v) for d, v in here if d[stratum] == value]
                        key = (measure, area, grain, period, stratum, value)
                        found[key] = figure(scoring, amounts, submitted, final, missing)
    return found


def figure(scoring: str, amounts: list[float], submitted: bool, final: bool, missing: frozenset[str]) -> Figure:
    nothing = (math.nan,) * 3
    if not submitted:
        return Figure(None, None, *nothing, "not_submitted", missing)
    if not amounts:
        return Figure(0, 0, *nothing, "no_cases", missing)
    n, total = len(amounts), math.fsum(amounts)
    limits = {"proportion": percentage, "rate": rate, "mean": mean}[scoring](amounts)
    return Figure(n, total, *limits, "counted" if final else "provisional", missing)


def percentage(amounts: list[float]) -> tuple[float, float, float]:
    x, n = sum(amounts), len(amounts)
    lower, upper = proportion_confint(x, n, alpha=0.05, method="wilson")
    return 100 * x / n, 100 * lower, 100 * upper


def rate(amounts: list[float]) -> tuple[float, float, float]:
    """Exact Poisson below 10 events, Byar's approximation from 10."""
    x, n, z = sum(amounts), len(amounts), norm.ppf(0.975)
    if x < 10:
        lower = chi2.ppf(0.025, 2 * x) / 2 if x else 0.0
        upper = chi2.ppf(0.975, 2 * x + 2) / 2
    else:
        lower = x * (1 - 1 / (9 * x) - z / (3 * math.sqrt(x))) ** 3
        upper = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * math.sqrt(x + 1))) ** 3
    return x / n, lower / n, upper / n


def mean(amounts: list[float]) -> tuple[float, float, float]:
    n = len(amounts)
    middle = math.fsum(amounts) / n
    if n == 1:
        return middle, math.nan, math.nan
    spread = math.sqrt(math.fsum((a - middle) ** 2 for a in amounts) / (n - 1))
    half = t.ppf(0.975, n - 1) * spread / math.sqrt(n)
    return middle, middle - half, middle + half
