"""What people add to the figures: an owner's words on a measure, and what the board agreed to do.

Owns who may be quoted with what. Promises that nothing is ever overwritten, and that no words go out that hold an NHS
number, a small count of people, or a letter which cannot be printed. Never changes a figure, and never words anything
itself.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.definitions.measures import measures
from outcomes.errors import InputError, OutcomesError
from outcomes.ledger import Action, ActionState, Commentary, Edition, Event, Ledger
from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.redaction import holds_number
from outcomes.scorecards.contents import ActionWords, CommentaryWords
from outcomes.scorecards.preflight import check_letters
from outcomes.scorecards.rendering import paper_fonts
from outcomes.settings import Settings

State = Literal["open", "done", "dropped"]
LONGEST = {"commentary": 280, "action": 160, "note": 120, "name": 60}
# What was said of an earlier month is soon old.
MONTHS_SHOWN = 3

# A count of 1 to 7 people, which the gate would withhold.
_FEW = re.compile(
    r"\b([1-7]|one|two|three|four|five|six|seven)\s+(?:[\w-]+\s+)?"
    r"(people|persons?|patients?|deaths?|died|residents?|men|man|women|woman|families|family|carers?|cases?|admissions?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action, and how it stands."""

    number: int
    area: str
    period: str
    words: str
    owner: str
    due: date
    state: State
    note: str


def comment(settings: Settings, measure: str, period: str, words: str, *, person: str, area: str | None = None) -> str:
    """Enter an owner's words on a measure for an area's scorecard (the STP's when None) of a month; none take them back.

    Gives a sentence on what was done. Raises InputError for words that cannot go out.
    """
    month, code = str(Month.parse(period)), _area(settings, area)
    if measure not in measures(settings.measures):
        raise InputError(f"There is no measure {measure}: `outcomes measures` lists them.")
    said, who = _publishable(words, "commentary"), _named(person, "who says so")
    with Ledger(settings.database_url).session() as session:
        session.add(Commentary(measure=measure, area=code, period=month, words=said, person=who))
        session.add(Event(kind="commented", subject=f"{measure} {code} {month}", person=who, detail=said))
    done = f"The commentary on {measure} in {month} is {'entered' if said else 'taken back'}"
    return f"{done}: it goes out with the next edition of {month}, so release and render that."


def agree(
    settings: Settings, period: str, words: str, *, owner: str, due: date, person: str, area: str | None = None
) -> int:
    """Enter an action that the board of an area (the STP when None) agreed on reading the scorecard of a month; its number.

    Raises InputError for words that cannot go out.
    """
    month, code = str(Month.parse(period)), _area(settings, area)
    said, who, by = _publishable(words, "action"), _named(person, "who enters it"), _named(owner, "who will do it")
    if not said:
        raise InputError("An action without words cannot be followed up: say what was agreed.")
    with Ledger(settings.database_url).session() as session:
        made = Action(area=code, period=month, words=said, owner=by, due=due, person=who)
        session.add(made)
        session.flush()
        session.add(Event(kind="agreed", subject=f"action {made.id} of {code} {month}", person=who, detail=said))
        return made.id


def settle(settings: Settings, number: int, state: State, *, person: str, words: str = "") -> None:
    """Enter how an action stands; raises InputError when there is none of that number."""
    if state not in get_args(State):
        raise InputError(f"An action is {', '.join(get_args(State)[:-1])} or {get_args(State)[-1]}, not {state!r}.")
    note, who = _publishable(words, "note"), _named(person, "who says so")
    with Ledger(settings.database_url).session() as session:
        if session.get(Action, number) is None:
            raise InputError(f"There is no action {number}: `outcomes actions` lists them.")
        session.add(ActionState(action_id=number, state=state, words=note, person=who))
        session.add(Event(kind=state, subject=f"action {number}", person=who, detail=note))


def actions(settings: Settings, area: str | None = None) -> list[ActionLine]:
    """Every action, or those of one area, oldest first."""
    code = None if area is None else _area(settings, area)
    with Ledger(settings.database_url).session() as session:
        return [line for line in _lines(session) if code in {None, line.area}]


def commentaries_for(session: Session, month: str) -> Iterator[CommentaryWords]:
    """Of each measure and area the newest words on this month or the two before."""
    since = str(Month.parse(month) - (MONTHS_SHOWN - 1))
    query = select(Commentary).where(Commentary.period >= since, Commentary.period <= month)
    newest = {(c.measure, c.area, c.period): c for c in session.scalars(query.order_by(Commentary.id))}
    shown = {key[:2]: c for key, c in sorted(newest.items(), key=lambda item: item[0][2]) if c.words}
    for _, c in sorted(shown.items()):
        yield CommentaryWords(
            measure=c.measure, area=c.area, period=c.period, words=c.words, person=c.person, day=c.written_at.date()
        )


def actions_for(session: Session, month: str, today: date) -> Iterator[ActionWords]:
    """What was agreed on reading earlier months: all that is open, and what was closed since the month before was told."""
    told = _told_closed(session, month)
    for line in _lines(session):
        if line.period >= month or line.number in told:
            continue
        late = line.state == "open" and line.due < today
        yield ActionWords(
            number=line.number,
            area=line.area,
            period=line.period,
            words=line.words,
            owner=line.owner,
            due=line.due,
            state="overdue" if late else line.state,
            note=line.note,
        )


def _told_closed(session: Session, month: str) -> Collection[int]:
    """The actions that an edition of an earlier month has told to be closed."""
    contexts = session.scalars(select(Edition.context).where(Edition.period < month))
    told = [entry for context in contexts for entry in context.get("actions", ())]
    return {entry["number"] for entry in told if entry["state"] in {"done", "dropped"}}


def _lines(session: Session) -> Iterator[ActionLine]:
    stands = {s.action_id: s for s in session.scalars(select(ActionState).order_by(ActionState.id))}
    for a in session.scalars(select(Action).order_by(Action.id)):
        last = stands.get(a.id)
        state: State = last.state if last else "open"  # type: ignore[assignment]
        yield ActionLine(a.id, a.area, a.period, a.words, a.owner, a.due, state, last.words if last else "")


def _area(settings: Settings, code: str | None) -> str:
    known = partnership(settings.organisations)
    codes = [a.code for a in known.areas]
    if code is not None and code not in codes:
        raise InputError(f"There is no scorecard of {code!r}: choose one of {', '.join(codes)}.")
    return code or known.stp.code


def _named(person: str, whose: str) -> str:
    if not person.strip():
        raise InputError(f"A name is missing: say {whose}.")
    return _publishable(person, "name")


def _publishable(words: str, what: str) -> str:
    """The words on one line, fit to go out; raises InputError, which never repeats them."""
    line = " ".join(words.split())
    if len(line) > LONGEST[what]:
        raise InputError(f"The {what} has {len(line)} letters: use {LONGEST[what]} at most.")
    if holds_number(line):
        raise InputError(f"The {what} holds what looks like an NHS number: scorecards are public, so take it out.")
    if _FEW.search(line):
        raise InputError(
            f"The {what} holds a count of 1 to 7 people, which a scorecard withholds: say “few”, or leave the number out."
        )
    try:
        check_letters(line, paper_fonts(), f"The {what}")
    except OutcomesError as error:
        raise InputError(str(error)) from None
    return line
