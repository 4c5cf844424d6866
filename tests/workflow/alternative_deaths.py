"""The deaths that count with their area, month and strata, and what became of each in a measure, in boring Python.

Written from the definitions of the measures, never from the product's code. What a measure asks of one death is told in
`alternative_measures`; here each death is given the records that are about it.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from alternative_columns import Record
from alternative_submissions import CCGS, KEYS, Submission, one_per_key

from alternative_activity import cost_of, financial_year, percentile_99
from alternative_measures import OF_EVENTS, Outcome, of_the_events, of_the_person

# A death, and what became of it or of one of its events: a numerator or observation, or why it does not count.
Case = tuple[Record, float | str]


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
    """The deaths, and the records about each person who died: whole spells where any episode is the person's."""

    def __init__(self, submissions: Mapping[tuple[str, str, str], Submission]) -> None:
        self.deaths = list(cohort(one_per_key(submissions, "deaths")))
        who_died = {death["person_id"] for death in self.deaths} - {None}
        self._of: dict[str, dict[str, list[Record]]] = {feed: defaultdict(list) for feed in KEYS}
        spells = defaultdict(list)
        for episode in one_per_key(submissions, "admissions"):
            spells[episode["provider_code"], episode["spell_id"]].append(episode)
        for episodes in spells.values():
            for who in {e["person_id"] for e in episodes} & who_died:
                self._of["admissions"][who] += episodes
        for feed in KEYS.keys() - {"deaths", "admissions"}:
            for record in one_per_key(submissions, feed):
                if record["person_id"] in who_died:
                    self._of[feed][record["person_id"]].append(record)
        # Over every linked death of the financial year, in a submitted month or not.
        costs = defaultdict(list)
        for death in self.deaths:
            if death["person_id"] is not None:
                costs[financial_year(death["date_of_death"])].append(float(cost_of(self.of(death), death)))
        self._dearest = {year: percentile_99(of_the_year) for year, of_the_year in costs.items()}

    def of(self, death: Record) -> dict[str, list[Record]]:
        return {feed: by_person.get(death["person_id"], []) for feed, by_person in self._of.items()}

    def outcomes(self, measure: str, death: Record) -> Iterable[Outcome]:
        """One for the death, or one for each of its events."""
        if measure in OF_EVENTS:
            return of_the_events(measure, self.of(death), death).values() if death["person_id"] is not None else ()
        if measure != "pathway_cost_last_90":
            return [of_the_person(measure, self.of(death), death)]
        if death["person_id"] is None:
            return ()
        # `alternative_measures` would look for the dearest again for every death.
        dearest = self._dearest[financial_year(death["date_of_death"])]
        return [min(float(cost_of(self.of(death), death)), dearest)]

    def cases(self, measure: str) -> Iterator[Case]:
        for death in self.deaths:
            for outcome in self.outcomes(measure, death):
                if outcome is not None:
                    yield death, outcome if isinstance(outcome, str) else float(outcome)
