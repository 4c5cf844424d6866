"""What matters most, in plain words: the headline and what to celebrate, to act on and to watch.

Owns the choice of what page 1 says first. Promises that each sentence follows from a panel's verdict, and that an empty list
says so, and that the time named is true of every measure counted. Never says that a measure moved when its chart shows
ordinary ups and downs.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from outcomes.periods import Month, period_months
from outcomes.scorecards.contents import AreaWords, Contents
from outcomes.scorecards.judgement import judge
from outcomes.scorecards.panel import Panel
from outcomes.scorecards.series import series_of
from outcomes.scorecards.wording import Wording, listed

# So many measures have a sentence of their own in a list, and so many names stand in a sentence before "and more".
NAMED = 2
LISTED = 4
# So many other months up to which measures reach are named.
OTHER_ENDS = 2


Movement = Literal["improvement", "concern", "unusual"]


@dataclass(frozen=True)
class Item:
    """One message: a name or a lead in bold, and the rest of the sentence."""

    lead: str
    text: str


@dataclass(frozen=True)
class Messages:
    """One of the three lists, with the question to ask (empty where there is nothing to ask)."""

    heading: str
    tone: Movement
    items: tuple[Item, ...]
    ask: str


def headline(contents: Contents, area: AreaWords, panels: Sequence[Panel], say: Wording) -> str:
    """One to four short sentences."""
    month = Month.parse(contents.period).name
    monthly = [p for p in panels if p.series.grain == "month"]
    if monthly and all(p.judgement.unjudged == "not_submitted" for p in monthly):
        return say("headline.not_submitted", area=area.name, month=month)
    judged = [p for p in panels if p.tone != "unjudged"]
    if not judged:
        reasons = {p.judgement.unjudged for p in panels}
        # Before the first whole quarter what is told by quarter has no figure: that is the same reason.
        if reasons == {"not_enough", "absent"}:
            reasons = {"not_enough"}
        return say(f"headline.nothing_{reasons.pop() if len(reasons) == 1 else 'mixed'}", period=month)
    final = all(s.state == "freeze" for s in contents.context.submissions)
    provisional = _provisional(judged, "headline.late" if final else "headline.provisional", month, say)
    said = _verdicts(judged, len(judged) == len(panels), say)
    if untold := len(panels) - len(judged):
        said.append(say("headline.unjudged", count=untold, all=len(panels)))
    return " ".join([*provisional, *said])


def _provisional(panels: Sequence[Panel], why: str, month: str, say: Wording) -> list[str]:
    """A sentence on figures that are provisional (`why` is its key), where any are, and up to when the verdicts reach."""
    open_now = [p for p in panels if p.until]
    if not open_now:
        return []
    until = _reach(open_now, say)
    if len(open_now) < len(panels):
        key = "headline.one_provisional" if len(open_now) == 1 else "headline.some_provisional"
        return [say(key, period=month, count=len(open_now), until=until)]
    return [say(why, period=month, until=until)]


def _reach(panels: Sequence[Panel], say: Wording) -> str:
    """Up to when the verdicts reach: what most have, and how many have which other month, so that it is true of each."""
    ends = Counter(_end(p) for p in panels)
    (most, _), *others = sorted(ends.items(), key=lambda end: (end[1], end[0]), reverse=True)
    if len(others) > OTHER_ENDS:
        return say("headline.reach_more", until=most.name, count=len(panels) - ends[most])
    told = [
        say("headline.reach_one" if count == 1 else "headline.reach", count=count, until=end.name)
        for end, count in sorted(others, reverse=True)
    ]
    return say("headline.reach_others", until=most.name, others=listed(told)) if told else most.name


def _end(panel: Panel) -> Month:
    """The last month of the reading that the verdict is on."""
    return period_months(panel.series.grain, panel.series.readings[panel.judgement.until].period)[-1]


def _verdicts(panels: Sequence[Panel], all_judged: bool, say: Wording) -> list[str]:
    said = [
        say(
            f"headline.{key}",
            names=_few([p.measure.short_title for p in panels if p.tone == tone], NAMED + 1, say),
        )
        for key, tone in (("better", "improvement"), ("worse", "concern"), ("unusual", "unusual"))
        if any(p.tone == tone for p in panels)
    ]
    steady = sum(p.tone == "common_cause" for p in panels)
    if said and steady:
        said.append(say("headline.other_one") if steady == 1 else say("headline.others", count=steady))
    elif not said and all_judged:
        ends = {_end(p) for p in panels}
        said.append(say("headline.steady", period=ends.pop().name) if len(ends) == 1 else say("headline.steady_each"))
    elif not said:
        said.append(say("headline.steady_one") if steady == 1 else say("headline.steady_judged", count=steady))
    return said


def celebrate(panels: Sequence[Panel], say: Wording) -> Messages:
    """What got better, and which targets will be met."""
    better = [p for p in panels if p.tone == "improvement"]
    meeting = [p for p in panels if p.judgement.assurance == "pass"]
    items = _moved(better, "improvement", say)
    if meeting:
        items.append(Item(say("tone.will_meet"), _names(meeting, say)))
    if better:
        ask = say("ask.improvement", since=_since(better[0]))
    else:
        ask = say("ask.pass") if meeting else ""
    return _messages("celebrate", "improvement", items, ask, _none("celebrate", panels, say), say)


def act(panels: Sequence[Panel], say: Wording) -> Messages:
    """What got worse, and which targets will be missed."""
    worse = [p for p in panels if p.tone == "concern"]
    missing = [p for p in panels if p.judgement.assurance == "fail"]
    items = _moved(worse, "concern", say)
    if missing:
        items.append(Item(say("tone.will_miss"), _names(missing, say)))
    ask = ""
    if worse:
        told = worse[0].judgement
        once = max(told.run, told.shift) == 1
        ask = say("ask.concern_once" if once else "ask.concern_run", since=_since(worse[0]))
    elif missing:
        ask = say("ask.fail", measure=missing[0].measure.short_title, target=missing[0].goal)
    return _messages("act", "concern", items, ask, _none("act", panels, say), say)


def watch(panels: Sequence[Panel], silent: Sequence[str], courses: str, month: str, say: Wording) -> Messages:
    """What is unusual, provisional, withheld, not sent or too short to judge; which CCGs get worse (`courses`) where that is
    to be told; and who has sent nothing for the month."""
    unusual = [p for p in panels if p.tone == "unusual"]
    items = _moved(unusual, "unusual", say)
    ask = say("ask.unusual") if unusual else ""
    if courses:
        items.append(Item(say("tone.course"), courses))
        ask = ask or say("ask.course")
    if silent:
        items.append(Item(say("tone.silent", month=month), f"{_few(list(silent), LISTED, say)}."))
        ask = ask or say("ask.not_submitted")
    for reason in ("not_submitted", "provisional", "suppressed", "no_cases", "too_few", "absent", "not_enough"):
        chosen = [p for p in panels if p.judgement.unjudged == reason]
        if not chosen:
            continue
        items.append(Item(say(f"tone.{reason}"), _names(chosen, say)))
        if not ask and reason in {"not_submitted", "provisional"}:
            ask = say(f"ask.{reason}")
    return _messages("watch", "unusual", items, ask, say("tone.watch_none"), say)


def getting_worse(contents: Contents, say: Wording) -> str:
    """The CCGs that get worse by their own control charts, in the order of the file: one of six hardly moves the STP's."""
    found: dict[str, list[str]] = {}
    for ccg in (a for a in contents.context.areas if a.kind == "ccg"):
        verdicts = ((m, judge(series_of(contents, m, ccg))) for m in contents.context.measures)
        if worse := [m.short_title for m, v in verdicts if v.unjudged is None and v.variation == "concern"]:
            found[ccg.label] = worse
    if not found:
        return ""
    if sum(map(len, found.values())) <= LISTED:
        names = [say("tone.course_named", area=area, names=listed(own)) for area, own in found.items()]
    else:
        names = [say("compare.stp_count", area=area, count=len(own)) for area, own in found.items()]
    return f"{'; '.join(names)}."


def _messages(key: str, tone: Movement, items: list[Item], ask: str, none: str, say: Wording) -> Messages:
    return Messages(say(f"tone.{key}"), tone, tuple(items) or (Item("", none),), ask)


def _none(key: str, panels: Sequence[Panel], say: Wording) -> str:
    """What an empty list says: it must not sound as if a measure had been judged that was not."""
    judged = sum(p.tone != "unjudged" for p in panels)
    if not judged:
        return say("tone.nothing")
    return say(f"tone.{key}_none" if judged == len(panels) else f"tone.{key}_some")


def _moved(panels: Sequence[Panel], tone: Movement, say: Wording) -> list[Item]:
    items = [Item(f"{p.measure.short_title}, {_when(p)}:", f"{p.why[:1].lower()}{p.why[1:]}") for p in panels[:NAMED]]
    if left := len(panels[NAMED:]):
        items.append(Item("", say(f"tone.more_{'one_' if left == 1 else ''}{tone}", count=left)))
    return items


def _when(panel: Panel) -> str:
    """The latest value, or up to when the verdict reaches."""
    return f"{panel.until[:1].lower()}{panel.until[1:]}".rstrip(":") or panel.value


def _names(panels: Sequence[Panel], say: Wording) -> str:
    return f"{_few([p.measure.short_title for p in panels], LISTED, say)}."


def _since(panel: Panel) -> str:
    return panel.series.readings[panel.judgement.start].name


def _few(names: list[str], most: int, say: Wording) -> str:
    if len(names) <= most:
        return listed(names)
    return listed([*names[: most - 1], say("headline.and_more", count=len(names) - most + 1)])
