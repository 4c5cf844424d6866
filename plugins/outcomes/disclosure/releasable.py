"""Which figures may be released at all (measures.md, section 4), as the gate takes them.

Owns that choice, and when a period is expected to lack too much to be final. Promises that each figure is made ready once,
however many months ask for it. Never judges a figure: the gate does.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from outcomes.definitions.measures import Measure
from outcomes.disclosure.gate import Candidate
from outcomes.periods import Month, period_months


@dataclass(frozen=True, slots=True)
class Completeness:
    """The expected share (0 to 1) that is known of each month, by feed and month, and from which share on it will do."""

    shares: Mapping[str, Mapping[str, float]]
    enough: float

    def lacking(self, feeds: Collection[str], months: Sequence[Month]) -> bool:
        """Whether a period is expected to hold too little of one of the feeds; of a longer one the months' mean counts.

        What could not be learnt is taken to be complete.
        """
        late = [self.shares[feed] for feed in feeds if feed in self.shares]
        return any(sum(known.get(str(m), 1.0) for m in months) < self.enough * len(months) for known in late)


class Releasable:
    """The latest figures that may be released, now or in a later month: `measures` by id, `stp` its code. Sensitive.

    `figures` has KEY, measure_version, denominator, numerator, spread, state, missing; what may not be released is passed
    over.
    """

    def __init__(
        self, figures: pd.DataFrame, measures: Mapping[str, Measure], stp: str, completeness: Completeness
    ) -> None:
        self.measures, self.stp = measures, stp
        self._by_end: dict[Month, list[Candidate]] = {}
        for end, candidate in _candidates(figures, measures, stp, completeness):
            self._by_end.setdefault(end, []).append(candidate)

    def up_to(self, month: Month) -> list[Candidate]:
        """Those of the periods that end by then."""
        return [candidate for end, ended in self._by_end.items() if end <= month for candidate in ended]


def _candidates(
    figures: pd.DataFrame, measures: Mapping[str, Measure], stp: str, completeness: Completeness
) -> Iterator[tuple[Month, Candidate]]:
    """Each with the month in which its period ends."""
    chosen = figures[_are_released(figures, measures, stp)]
    months = {key: period_months(*key) for key in set(zip(chosen["grain"], chosen["period"], strict=True))}
    feeds = {id: measure.feeds for id, measure in measures.items()}
    lacking = {
        (id, grain, period): completeness.lacking(feeds[id], months[grain, period])
        for id, grain, period in set(zip(chosen["measure"], chosen["grain"], chosen["period"], strict=True))
    }
    columns = ("measure", "area", "grain", "period", "stratum", "stratum_value", "measure_version", "state", "missing")
    numbers = (chosen[name].astype(float).tolist() for name in ("denominator", "numerator", "spread"))
    for row in zip(*(chosen[name].tolist() for name in columns), *numbers, strict=True):
        id, area, grain, period, stratum, value, version, state, missing, denominator, numerator, spread = row
        short = lacking[id, grain, period] and state != "not_submitted"
        yield (
            months[grain, period][-1],
            Candidate(
                measure=id,
                area=area,
                grain=grain,
                period=period,
                stratum=stratum,
                stratum_value=value,
                measure_version=int(version),
                scoring=measures[id].scoring,
                denominator=None if math.isnan(denominator) else int(denominator),
                numerator=None if math.isnan(numerator) else numerator,
                spread=None if math.isnan(spread) else spread,
                state=state,
                provisional=state == "provisional" or short,
                missing=missing,
            ),
        )


def _are_released(figures: pd.DataFrame, measures: Mapping[str, Measure], stp: str) -> "pd.Series[bool]":
    """Whether each figure is: the STP monthly, and quarterly where the CCGs are; a CCG at its grain; rolling years at
    quarters' ends for both; strata for the STP only, over rolling years, and of sex only 1 and 2."""
    periods = pd.MultiIndex.from_frame(figures[["grain", "period"]])
    ends = {key: period_months(*key)[-1] for key in periods.unique()}
    shown = [key for key, end in ends.items() if key[0] != "rolling-12" or end.ends_quarter]
    grain, stratum, of_stp = figures["grain"], figures["stratum"], figures["area"] == stp
    whole, rolling = stratum == "all", grain == "rolling-12"
    unspecified = (stratum == "sex") & (figures["stratum_value"] == "9")
    ccg_grain = figures["measure"].map({m.id: m.ccg_grain for m in measures.values()})
    over_the_year = rolling & (whole | (of_stp & ~unspecified))
    shorter = ~rolling & whole & ((grain == ccg_grain) | (of_stp & (grain == "month")))
    return ccg_grain.notna() & (over_the_year | shorter) & periods.isin(shown)
