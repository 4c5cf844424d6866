"""Which periods have figures, and what was in for each: submitted, missing, final.

Owns the meaning of *not submitted* and *provisional*. A period's figures are final once every expected submission of it
is in force with `freeze`. Never looks at a record.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from outcomes.errors import InputError
from outcomes.ledger import Submission
from outcomes.organisations import Partnership
from outcomes.periods import Month, months_between, quarter_months

Window = tuple[str, str, tuple[Month, ...]]


@dataclass(frozen=True)
class Calendar:
    """The months from the first to the last that have figures, and the submissions in force."""

    first: Month
    last: Month
    in_force: dict[tuple[str, str, str], str]
    partnership: Partnership

    @classmethod
    def of(
        cls, submissions: Sequence[Submission], partnership: Partnership, to: str | None, since: Month | None = None
    ) -> "Calendar":
        """From the submissions in force up to a month (the latest with deaths when None); raises InputError.

        `since` is the first month whose records, with all it looks back on, are still kept.
        """
        with_deaths = sorted(s.period for s in submissions if s.feed == "deaths")
        if not with_deaths:
            raise InputError("There is nothing to compute: no submission of deaths is in force; receive some first.")
        first, latest = Month.parse(with_deaths[0]), Month.parse(with_deaths[-1])
        first = max(first, since) if since else first
        last = Month.parse(to) if to else latest
        if not first <= last <= latest:
            raise InputError(f"{last} has no submission of deaths: choose a month from {first} to {latest}.")
        in_force = {(s.feed, s.supplier, s.period): s.status or "" for s in submissions}
        return cls(first, last, in_force, partnership)

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(months_between(self.first, self.last))

    def windows(self) -> Iterator[Window]:
        """Each (grain, period, months): every month; the quarters and rolling years whose months are all there."""
        months = self.months
        for month in months:
            yield "month", str(month), (month,)
        for quarter in dict.fromkeys(m.quarter for m in months):
            if set(three := quarter_months(quarter)) <= set(months):
                yield "quarter", quarter, three
        for end in months[11:]:
            yield "rolling-12", str(end), tuple(months_between(end - 11, end))

    def submitted(self) -> list[tuple[str, str]]:
        """Every (CCG, month) whose own submission of deaths is in force."""
        return [
            (ccg.code, str(month))
            for ccg in self.partnership.ccgs
            for month in self.months
            if ("deaths", ccg.code, str(month)) in self.in_force
        ]

    def final(self, month: Month) -> bool:
        """Whether every expected submission of the month is in force with freeze."""
        return all(self.in_force.get((*who, str(month))) == "freeze" for who in self.partnership.expected)

    def known_of(self, month: Month) -> tuple[list[str], bool, list[tuple[str, str]]]:
        """All that is said of a month here: the CCGs whose deaths are in, whether it is final, and what is absent."""
        ccgs = [ccg for ccg, of in self.submitted() if of == str(month)]
        return ccgs, self.final(month), self._absent[month]

    def before(self, earliest: Month) -> Iterator[tuple[str, str]]:
        """Each (grain, period) that holds a month before the first but none before the earliest: no window any more."""
        for month in months_between(earliest, self.first - 1):
            yield from (("month", str(month)), ("quarter", month.quarter), ("rolling-12", str(month + 11)))

    def complete_until(self, feed: str) -> Month | None:
        """The latest month, even one after the last that is computed, with every supplier's submission of a feed."""
        suppliers = {supplier for name, supplier in self.partnership.expected if name == feed}
        periods = {period for name, _, period in self.in_force if name == feed}
        whole = [p for p in periods if all((feed, supplier, p) in self.in_force for supplier in suppliers)]
        return Month.parse(max(whole)) if whole else None

    def missing(self, feeds: Sequence[str], area: str, months: Sequence[Month]) -> list[str]:
        """What is not in force of these feeds, for an area: `feed supplier month`."""
        other_ccgs = {c.code for c in self.partnership.ccgs} - {area} if area != self.partnership.stp.code else set()
        return [
            f"{feed} {supplier} {month}"
            for month in months
            for feed, supplier in self._absent[month]
            if feed in feeds and supplier not in other_ccgs
        ]

    @cached_property
    def _absent(self) -> dict[Month, list[tuple[str, str]]]:
        """By month, the expected submissions that are not in force."""
        expected = self.partnership.expected
        return {m: [who for who in expected if (*who, str(m)) not in self.in_force] for m in self.months}
