"""What people said, as it is printed: an owner's words on a measure, and what the board agreed.

Owns how names, days and states stand around them. Promises the words as they were entered. Never words anything for them.
"""

from dataclasses import dataclass
from datetime import date

from outcomes.periods import Month
from outcomes.scorecards.contents import ActionWords, Context
from outcomes.scorecards.series import Series
from outcomes.scorecards.wording import Wording


@dataclass(frozen=True)
class Comment:
    """What the measure's owner says of it: whose words, of when and about when, and the words."""

    lead: str
    words: str


@dataclass(frozen=True)
class Agreed:
    """An action of the board, and how it stands; `late` where its day has passed."""

    words: str
    agreed: str
    owner: str
    due: str
    state: str
    late: bool


def comment_of(series: Series, context: Context, say: Wording) -> Comment | None:
    """The newest words on the measure for the area, None where there are none."""
    for c in context.commentaries:
        if (c.measure, c.area) == (series.measure.id, series.area.code):
            month = Month.parse(c.period).name
            return Comment(say("board.comment", person=c.person, day=in_words(c.day), month=month), c.words)
    return None


def agreed(action: ActionWords, say: Wording) -> Agreed:
    """An action as page 1 prints it."""
    state = say(f"board.{action.state}")
    return Agreed(
        words=action.words,
        agreed=say("board.agreed", month=Month.parse(action.period).name),
        owner=action.owner,
        due=in_words(action.due),
        state=f"{state}: {action.note}" if action.note else state,
        late=action.state == "overdue",
    )


def in_words(day: date) -> str:
    """`14 June 2018`."""
    return f"{day.day} {Month.of(day).name}"
