"""docs/generated from the definitions: the measures with their example patients, the feeds, the feedback codes.

python tools/documents.py           write them
python tools/documents.py --check   exit 1 when a file is not what the definitions say
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from outcomes.definitions.feeds import Column, Feed, feeds
from outcomes.definitions.measures import Measure, measures
from outcomes.definitions.policy import policy
from outcomes.intake.faults import faults
from outcomes.organisations import partnership

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "docs" / "generated"
NOTE = "<!-- Made by tools/documents.py from the definitions; change those, not this file. -->\n"

DIRECTIONS = {
    "higher_is_better": "Higher is better.",
    "lower_is_better": "Lower is better.",
    "neither": "Neither is better.",
}
SCORINGS = {
    "proportion": "A percentage, with Wilson's 95 % interval.",
    "rate": "Events per death, with a 95 % interval: exact Poisson below 10 events, Byar's from 10.",
    "mean": "A mean, with Student's 95 % interval.",
}


def documents() -> dict[str, str]:
    """Every generated document by its path below docs/generated."""
    pages = {"README.md": NOTE + _contents()}
    pages |= {f"measures/{id}.md": NOTE + _measure(measure) for id, measure in measures().items()}
    pages |= {f"feeds/{name}.md": NOTE + _feed(feed) for name, feed in feeds().items()}
    return pages


def _contents() -> str:
    lines = ["# Measures and feeds", "", "## Measures", ""]
    for promise in dict.fromkeys(m.promise for m in measures().values()):
        of_promise = [m for m in measures().values() if m.promise == promise]
        lines += [f"### {promise}: “{of_promise[0].statement}”", ""]
        lines += [f"* [{m.title}](measures/{m.id}.md) (`{m.id}`)" for m in of_promise]
        lines.append("")
    lines += ["## Feeds", ""]
    lines += [f"* [{f.title}](feeds/{f.name}.md) (`{f.name}`)" for f in feeds().values()]
    return "\n".join(lines) + "\n"


def _measure(m: Measure) -> str:
    target = policy().targets.get(m.id)
    lines = [
        f"# {m.title}",
        "",
        f"> “{m.statement}”",
        "",
        m.why_it_matters,
        "",
        f"* **Who is looked at**: {m.denominator}",
        f"* **What counts**: {m.numerator}",
        f"* **What does not count**: {m.not_counted}",
        f"* **The figure**: {SCORINGS[m.scoring]} In {m.unit}. {DIRECTIONS[m.direction]}",
        f"* **Target**: {f'{target:g} {m.unit}' if target is not None else 'none'}",
        f"* **Published**: for the STP monthly, for a CCG by the {m.ccg_grain}; rolling years at each quarter's end.",
        f"* **Feeds**: {', '.join(f'[{f}](../feeds/{f}.md)' for f in m.feeds)}",
        f"* **Owner**: {m.owner}. **Checked by**: {m.checked_by}. **Reviewed**: {m.reviewed}, next by {m.next_review}.",
        f"* **Version {m.version}** of `{m.id}`, {m.status}.",
        "",
        "## Changes",
        "",
        *(f"* Version {c.version}, {c.date}: {c.why}" for c in m.changes),
        "",
        "## Example patients",
        "",
        "They are run as tests: this is what the measure gives.",
        "",
        *_examples(m),
        "## The SELECT",
        "",
        "```sql",
        m.sql.strip(),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _examples(measure: Measure) -> Iterator[str]:
    for path in sorted((ROOT / "tests" / "examples" / measure.id).glob("*.toml")):
        chapter = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from (f"### {chapter['title']}", "", chapter["why"], "")
        yield from ("| what happened | what the measure says | because |", "|---|---|---|")
        for patient in chapter["patient"]:
            words = (patient["story"], _answer(patient["expected"]), patient["because"])
            yield f"| {' | '.join(' '.join(w.split()).replace('|', '/') for w in words)} |"
        yield ""


def _answer(expected: dict[str, object]) -> str:
    """In the measure's own words; a count of events stands as `2 of 3`."""
    denominator, numerator = expected["denominator"], expected.get("numerator")
    if isinstance(denominator, bool):
        if not denominator:
            return {"exception": "left out: an exception", "excluded": "left out: excluded", None: "not looked at"}[
                expected.get("left_out")  # type: ignore[index]
            ]
        value = expected.get("observation", numerator)
        if isinstance(value, bool):
            return "counts" if value else "looked at, does not count"
        return f"**{value:g}**" if isinstance(value, int | float) else "looked at"
    said = [f"**{numerator} of {denominator}**" if denominator else "not looked at"]
    if exceptions := expected.get("exceptions"):
        said.append(f"{exceptions} left out: an exception")
    if excluded := expected.get("excluded"):
        said.append(f"{excluded} left out: excluded")
    return "; ".join(said[1:] if not denominator and len(said) > 1 else said)


def _feed(f: Feed) -> str:
    suppliers = partnership().suppliers_of(f.name)
    lines = [
        f"# {f.title} (`{f.name}`)",
        "",
        f"{f.description} Contract version {f.version}.",
        "",
        f"* **Sent by**: {', '.join(f'{partnership().by_code[s].name} ({s})' for s in suppliers)}",
        f"* **File**: `{f.name}_{suppliers[0]}_2018-04_1.csv` (or `.csv.gz`, `.zip`, `.xlsx`), with "
        f"`{f.name}_{suppliers[0]}_2018-04_1.csv.manifest.json`",
        f"* **Key**: {' + '.join(f'`{c}`' for c in f.key)}",
        f"* **May be empty**: {'yes' if f.may_be_empty else 'no'}",
        f"* **Rejected as a whole** when more than {f.rejected_percent_allowed:g} % and more than "
        f"{f.rejected_count_allowed} of its records are rejected.",
        "",
        "## Columns",
        "",
        "| column | type | required | rule |",
        "|---|---|---|---|",
        *(f"| `{c.name}` | {c.type} | {'yes' if c.required else ''} | {_rule(c)} |" for c in f.columns),
        "",
        "## What feedback can say",
        "",
        "| severity | code | column | what is wrong | what to do |",
        "|---|---|---|---|---|",
        *_faults(f),
    ]
    return "\n".join(lines) + "\n"


def _faults(f: Feed) -> Iterator[str]:
    columns: dict[tuple[str, str, str, str], list[str]] = {}
    for x in faults(f).values():
        if x.slip:
            continue
        columns.setdefault((x.severity, x.code, x.what, x.do), []).append(x.column)
    for (severity, code, what, do), found in columns.items():
        yield f"| {severity} | `{code}` | {found[0] if len(found) == 1 else 'any'} | {what} | {do} |"


def _rule(column: Column) -> str:
    allowed = f" Codes: {', '.join(f'`{v}`' for v in column.allowed)}." if column.allowed else ""
    return f"{column.description}{allowed}".replace("|", "/")


def main() -> int:
    """Write, or check; gives the exit code."""
    pages = documents()
    there = {p.relative_to(GENERATED).as_posix(): p for p in GENERATED.rglob("*.md")}
    stale = [name for name, text in pages.items() if name not in there or there[name].read_text("utf-8") != text]
    left_over = sorted(set(there) - set(pages))
    if "--check" in sys.argv[1:]:
        for name in (*stale, *left_over):
            print(f"docs/generated/{name} is not what the definitions say: run `make documents`.", file=sys.stderr)
        return 1 if stale or left_over else 0
    for name in stale:
        path = GENERATED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[name], encoding="utf-8")
    for name in left_over:
        there[name].unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
