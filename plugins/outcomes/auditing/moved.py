"""What moved between an edition and the one that it is compared with, as a reader of both finds it.

Owns that comparison of printed figures. Promises to count and name what a scorecard counts and names. Never speaks of a
figure whose printed form is the same: that it moved behind its rounding is nobody's to know.
"""

from dataclasses import dataclass

from outcomes.auditing.edition import Edition
from outcomes.auditing.tables import Key


@dataclass(frozen=True, slots=True)
class Moved:
    """An area's figures that differ. `listed` are those told one by one, `revised` those of them that had been settled.

    `expected` counts the provisional ones that were brought up to date, `strata` those of a group by age, sex or such.
    """

    listed: frozenset[Key]
    revised: frozenset[Key]
    expected: int
    strata: int


def moved(edition: Edition, area: str) -> Moved | None:
    """What moved in an area; None where the other edition is not at hand."""
    compared, old, new = edition.compared_for(area), edition.earlier(area), edition.figures
    if compared is None or not old:
        return None
    replaced = compared[0] == str(edition.month)
    keys = [k for k in ({**old, **new} if replaced else old) if k[1] == area and k[0] in edition.by_id]
    # Of another month's edition, only what both have.
    differing = [k for k in keys if old.get(k) != new.get(k) and (replaced or k in new)]
    expected = set() if replaced else {k for k in differing if old[k].provisional}
    told = [k for k in differing if k not in expected]
    listed = frozenset(k for k in told if k[4] == "all")
    return Moved(
        listed=listed,
        revised=frozenset(k for k in listed if k in old and k in new and not old[k].provisional),
        expected=sum(k[4] == "all" for k in expected),
        strata=len(told) - len(listed),
    )
