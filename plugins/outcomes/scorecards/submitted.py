"""Who has sent data for the reporting month, as far as it concerns an area.

Owns the table of extracts. Promises that an extract that was not sent is named, and is never counted as empty. Never says
what was in an extract.
"""

from dataclasses import dataclass

from outcomes.periods import Month
from outcomes.scorecards.contents import AreaWords, Contents, SubmissionState
from outcomes.scorecards.wording import Wording, listed


@dataclass(frozen=True)
class Extract:
    """A feed, and in words which of its extracts are final, a first version or not sent."""

    title: str
    state: str
    complete: bool
    final: bool


@dataclass(frozen=True)
class Submitted:
    """The table, one sentence that sums it up, and one for the feeds that are final."""

    heading: str
    sentence: str
    complete: bool
    extracts: tuple[Extract, ...]
    rest: str


def submitted(contents: Contents, area: AreaWords, say: Wording) -> Submitted:
    """The extracts behind an area's figures: all for the STP; a CCG's own and those of every provider."""
    others = {a.code for a in contents.context.areas if a.kind == "ccg" and a.code != area.code}
    states = [s for s in contents.context.submissions if area.kind == "stp" or s.supplier not in others]
    missing = [s for s in states if s.state == "missing"]
    extracts = tuple(
        _extract([s for s in states if s.feed == feed], say) for feed in dict.fromkeys(s.feed for s in states)
    )
    return Submitted(
        heading=say("page.submissions", month=Month.parse(contents.period).name),
        sentence=say(
            "page.sent_some" if missing else "page.sent_all",
            expected=len(states),
            received=len(states) - len(missing),
            missing=len(missing),
        ),
        complete=not missing,
        extracts=extracts,
        rest=say("page.rest_all" if all(e.final for e in extracts) else "page.rest_some"),
    )


def _extract(states: list[SubmissionState], say: Wording) -> Extract:
    final, first, missing = (
        [s.supplier_name for s in states if s.state == state] for state in ("freeze", "flex", "missing")
    )
    said = []
    if final:
        key = "final_one" if len(states) == 1 else "final_all" if len(final) == len(states) else "final_some"
        said.append(say(f"page.{key}", count=len(final), all=len(states)))
    if first:
        said.append(say("page.first", names=listed(first)))
    if missing:
        said.append(say("page.missing", names=listed(missing)))
    words = "; ".join(said)
    return Extract(states[0].feed_title, words[0].upper() + words[1:], not missing, len(final) == len(states))
