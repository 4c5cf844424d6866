"""What matters most, in plain words: the headline and what to celebrate, to act on and to watch.

Owns the choice of what page 1 says first. Promises that each sentence follows from a panel's verdict, and that an empty list
says so. Never says that a measure moved when its chart shows ordinary ups and downs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from outcomes.periods import Month
from outcomes.scorecards.contents import AreaWords, Contents
from outcomes.scorecards.panel import Panel
from outcomes.scorecards.wording import Wording, listed

# So many measures are named one by one in a list, and in the headline.
NAMED = 2


@dataclass(frozen=True)
class Item:
    """One message: a name or a lead in bold, and the rest of the sentence."""

    lead: str
    text: str


@dataclass(frozen=True)
class Messages:
    """One of the three lists, with the question to ask (empty where there is nothing to ask)."""

    heading: str
    tone: Literal["improvement", "concern", "unusual"]
    items: tuple[Item, ...]
    more: str
    ask: str


def headline(contents: Contents, area: AreaWords, panels: Sequence[Panel], say: Wording) -> str:
    """One to four short sentences."""
    month = Month.parse(contents.period).name
    monthly = [p for p in panels if p.series.grain == "month"]
    if monthly and all(p.judgement.unjudged == "not_submitted" for p in monthly):
        return say("headline.not_submitted", area=area.name, month=month)
    judged = [p for p in panels if p.tone != "unjudged"]
    if not judged:
        return say("headline.nothing", period=month)
    said = [
        say(f"headline.{key}", names=_few([p.measure.short_title for p in judged if p.tone == tone], say))
        for key, tone in (("better", "improvement"), ("worse", "concern"), ("unusual", "unusual"))
        if any(p.tone == tone for p in judged)
    ]
    steady = sum(p.tone == "common_cause" for p in judged)
    if said and steady:
        said.append(say("headline.other_one") if steady == 1 else say("headline.others", count=steady))
    elif not said and len(judged) == len(panels):
        said.append(say("headline.steady", period=month))
    elif not said:
        said.append(say("headline.steady_one") if steady == 1 else say("headline.steady_judged", count=steady))
    # Too short a series is no news: it stands under the matrix.
    if untold := sum(p.judgement.unjudged not in {None, "not_enough"} for p in panels):
        said.append(say("headline.unjudged", count=untold, all=len(panels)))
    return " ".join(said)


def celebrate(panels: Sequence[Panel], say: Wording) -> Messages:
    """What got better, and which targets will be met."""
    better = [p for p in panels if p.tone == "improvement"]
    meeting = [p for p in panels if p.judgement.assurance == "pass"]
    items = [_moved(p) for p in better[:NAMED]]
    if meeting:
        items.append(Item(say("tone.will_meet"), _sentence(meeting)))
    if better:
        ask = say("ask.improvement", since=_since(better[0]))
    else:
        ask = say("ask.pass") if meeting else ""
    return _messages("celebrate", "improvement", items, len(better) - NAMED, ask, say)


def act(panels: Sequence[Panel], say: Wording) -> Messages:
    """What got worse, and which targets will be missed."""
    worse = [p for p in panels if p.tone == "concern"]
    missing = [p for p in panels if p.judgement.assurance == "fail"]
    items = [_moved(p) for p in worse[:NAMED]]
    if missing:
        items.append(Item(say("tone.will_miss"), _sentence(missing)))
    ask = ""
    if worse:
        once = max(worse[0].judgement.run, worse[0].judgement.shift) == 1
        ask = say("ask.concern_once" if once else "ask.concern_run", since=_since(worse[0]))
    elif missing:
        ask = say("ask.fail", measure=missing[0].measure.short_title, target=missing[0].target)
    return _messages("act", "concern", items, len(worse) - NAMED, ask, say)


def watch(panels: Sequence[Panel], say: Wording) -> Messages:
    """What is unusual, provisional, withheld, not sent or too short to judge."""
    unusual = [p for p in panels if p.tone == "unusual"]
    items = [_moved(p) for p in unusual[:NAMED]]
    ask = say("ask.unusual") if unusual else ""
    for reason in ("not_submitted", "provisional", "suppressed", "no_cases", "absent", "not_enough"):
        chosen = [p for p in panels if p.judgement.unjudged == reason]
        if not chosen:
            continue
        items.append(Item(say(f"tone.{reason}"), _sentence(chosen)))
        if not ask and reason in {"not_submitted", "provisional"}:
            ask = say(f"ask.{reason}")
    return _messages("watch", "unusual", items, len(unusual) - NAMED, ask, say)


def _messages(
    key: str,
    tone: Literal["improvement", "concern", "unusual"],
    items: list[Item],
    left: int,
    ask: str,
    say: Wording,
) -> Messages:
    shown = tuple(items) or (Item("", say(f"tone.{key}_none")),)
    return Messages(say(f"tone.{key}"), tone, shown, say("tone.more", count=left) if left > 0 else "", ask)


def _moved(panel: Panel) -> Item:
    return Item(f"{panel.measure.short_title}, {panel.value}:", f"{panel.why[:1].lower()}{panel.why[1:]}")


def _sentence(panels: Sequence[Panel]) -> str:
    return f"{listed([p.measure.short_title for p in panels])}."


def _since(panel: Panel) -> str:
    return panel.series.readings[panel.judgement.start].name


def _few(names: list[str], say: Wording) -> str:
    if len(names) <= NAMED + 1:
        return listed(names)
    return say("headline.and_more", names=", ".join(names[:NAMED]), count=len(names) - NAMED)
