"""Which areas' scorecards read otherwise in one edition than in another of the same month.

Owns what counts as another scorecard: another figure of that area, or other words about it. Every scorecard also shows the
other CCGs beside its own; that alone is no reason to send it again, as they are told themselves. Never compares pages.
"""

from collections.abc import Mapping

from outcomes.disclosure.released import reads_otherwise
from outcomes.scorecards.contents import AreaWords, Contents, Context


def rewritten(before: Contents, now: Contents) -> frozenset[str]:
    """The codes of the areas whose scorecard reads otherwise in `now`."""
    old, new = before.by_key, now.by_key
    changed = {key[1] for key in {**old, **new} if reads_otherwise(old.get(key), new.get(key))}
    for area in now.context.areas:
        if _about(before.context, area) != _about(now.context, area):
            changed.add(area.code)
    # The STP's scorecard is about all of them.
    if changed:
        changed |= {a.code for a in now.context.areas if a.kind == "stp"}
    return frozenset(changed)


def _about(context: Context, area: AreaWords) -> Mapping[str, object]:
    """What an edition says of an area besides its figures."""
    stp = area.kind == "stp"
    return {
        "names": [a for a in context.areas if stp or a.code == area.code],
        "measures": context.measures,
        "submissions": [s for s in context.submissions if stp or s.supplier == area.code],
        "linked": [(f.columns(), f.provisional) for f in context.linked if stp or f.area == area.code],
        "rebased": [r for r in context.rebased if r.area in {None, area.code} or stp],
        "commentaries": [c for c in context.commentaries if c.area == area.code],
        "actions": [a for a in context.actions if a.area == area.code],
        "attacked": context.attacked,
    }
