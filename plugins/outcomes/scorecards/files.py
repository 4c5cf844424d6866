"""The figures of an edition as files: CSV for a spreadsheet or beside Fingertips' downloads, JSON for a program.

Owns `figures.csv` and `figures.json`. Promises the printed form of every figure and nothing beyond it, the same bytes for
the same contents, and no cell that a spreadsheet would run as a formula. Never rounds or hides: the gate did.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from outcomes.disclosure.released import ReleasedFigure
from outcomes.scorecards.contents import Compared, Contents, against_of
from outcomes.scorecards.fingertips import FINGERTIPS, Fingertips
from outcomes.scorecards.wording import wording

_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode

COLUMNS = (
    "measure",
    "area",
    "grain",
    "period",
    "stratum",
    "stratum_value",
    "denominator",
    "numerator",
    "value",
    "lower",
    "upper",
    "state",
)


def figures_csv(contents: Contents, area_code: str | None = None) -> bytes:
    """The figures (of one area, or all) in Fingertips' columns, then those of `outcomes released`, sorted by key.

    UTF-8, a header, lines end in a line feed.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*FINGERTIPS, *COLUMNS])
    fingertips = Fingertips(contents)
    for figure in _of(contents, area_code):
        own = figure.columns()
        cells = [*fingertips.row(figure), *(own[column] for column in COLUMNS)]
        writer.writerow([harmless(cell) for cell in cells])
    return text.getvalue().encode()


def harmless(cell: str) -> str:
    """A cell that a spreadsheet shows and does not run: text that could begin a formula gets an apostrophe before it."""
    if not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def figures_json(contents: Contents, area_code: str | None = None) -> bytes:
    """The figures (of one area, or all) with the edition, the areas' and measures' words and how people are protected."""
    context = contents.context
    against = against_of(contents.period, context)
    by_area = {area: _named(other) for area, other in sorted(context.compared_by_area.items())}
    document: dict[str, Any] = {
        "edition": {
            "period": contents.period,
            "number": contents.number,
            "replaces": context.replaces,
            "compared": against and _named(against),
            **({"compared_by_area": by_area} if by_area else {}),
            "made_on": context.made_on.isoformat(),
            "release": context.release,
            "selection": context.selection,
            "code_version": context.code_version,
            "partnership": context.stp_name,
        },
        "guarantee": wording()("method.guarantee" if context.attacked else "method.no_guarantee"),
        "protection": wording()("method.protection"),
        "areas": [a.model_dump(mode="json") for a in context.areas if area_code in {None, a.code}],
        "measures": [m.model_dump(mode="json") for m in context.measures],
        "submissions": [s.model_dump(mode="json") for s in context.submissions],
        "linked": [f.columns() for f in context.linked],
        "commentaries": [c.model_dump(mode="json") for c in context.commentaries if area_code in {None, c.area}],
        "actions": [a.model_dump(mode="json") for a in context.actions if area_code in {None, a.area}],
        "figures": [
            {**f.columns(), "provisional": f.provisional, "missing": f.missing, "measure_version": f.measure_version}
            for f in _of(contents, area_code)
        ],
    }
    return json_lines(document)


def json_lines(document: Mapping[str, Any]) -> bytes:
    """A JSON object with its keys sorted and each entry of a list on a line of its own, so that editions compare by line.

    UTF-8, a line feed at the end. Much faster than an indented one, which Python's own encoder writes without its C part.
    """
    parts = (f"{_json(key)}: {_listed(document[key])}" for key in sorted(document))
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _listed(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _json(value)
    return "[\n" + ",\n".join(map(_json, value)) + "\n]"


def _of(contents: Contents, area_code: str | None) -> Iterator[ReleasedFigure]:
    return (f for f in contents.by_key.values() if area_code in {None, f.area})


def _named(other: Compared) -> dict[str, str | int]:
    return {"period": other.period, "number": other.number}
