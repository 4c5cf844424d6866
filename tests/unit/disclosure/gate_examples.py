"""A figure at the gate, with everything a test does not care about filled in."""

from typing import Any

from outcomes.disclosure.gate import Candidate, let_out
from outcomes.disclosure.released import ReleasedFigure


def candidate(denominator: int | None, numerator: float | None, **fields: Any) -> Candidate:
    """An exact, sensitive figure: of Stoke-on-Trent in April 2018 and a proportion, unless the test says otherwise."""
    usual: dict[str, Any] = {
        "measure": "m",
        "area": "05W",
        "grain": "month",
        "period": "2018-04",
        "stratum": "all",
        "stratum_value": "all",
        "measure_version": 1,
        "scoring": "proportion",
        "spread": None,
        "state": "counted",
        "provisional": fields.get("state") == "provisional",
        "missing": "",
    }
    return Candidate(denominator=denominator, numerator=numerator, **{**usual, **fields})


def judged(denominator: int | None, numerator: float | None, **fields: Any) -> ReleasedFigure:
    """The one candidate as let out, when nothing was ever withheld before."""
    (figure,) = let_out([candidate(denominator, numerator, **fields)], {})
    return figure
