"""What people wrote: owners' words on measures, and what the boards agreed.

Owns their places on a page. Promises that the words there are those that figures.json has, letter by letter: they were
looked at when they were entered, and whatever else stands there was not. Never judges what was written.
"""

from collections.abc import Iterator

from outcomes.auditing.edition import Measure
from outcomes.auditing.leak import Leak
from outcomes.auditing.markup import Element
from outcomes.auditing.reading import Reading
from outcomes.auditing.wording import in_words, sentence
from outcomes.periods import Month

WRITTEN = ("commentaries", "actions")


def comments(article: Element, measure: Measure, reading: Reading) -> Iterator[Leak]:
    """The words of a measure's owner under its chart."""
    entries = reading.edition.document.get("commentaries", ())
    right = {
        f"{_filled('board.comment', person=c['person'], day=in_words(c['day']), month=_month(c))} “{c['words']}”"
        for c in entries
        if (c["measure"], c["area"]) == (measure.id, reading.area)
    }
    for place in article.all("p", "comment"):
        reading.claim(place)
        if place.text() not in map(_plain, right):
            yield reading.leak(f"measure {measure.number}, commentary", "is not what figures.json has")


def actions(page: Element, reading: Reading) -> Iterator[Leak]:
    """What the board agreed: each row is an action of figures.json, in order."""
    entries = reading.edition.document.get("actions", ())
    right = [_action(a) for a in entries if a["area"] == reading.area]
    for part in page.all("section", "actions"):
        reading.claim(part)
        rows = [row for row in part.all("tr") if row.first("td")]
        if [[cell.text() for cell in row.children] for row in rows] != right:
            yield reading.leak("actions", "are not those that figures.json has")
        for _, text in part.passages(frozenset(map(id, rows))):
            yield from reading.held("actions", text)


def written_on(page: Element) -> Iterator[str]:
    """The words of people that stand on a page."""
    for place in page.all("p", "comment"):
        yield place.text()
    for part in page.all("section", "actions"):
        yield from (row.text() for row in part.all("tr") if row.first("td"))


def _action(entry: dict[str, str]) -> list[str]:
    agreed = _filled("board.agreed", month=_month(entry))
    state = sentence(f"board.{entry['state']}")
    cells = (
        f"{entry['words']} ({agreed})",
        entry["owner"],
        in_words(entry["due"]),
        f"{state}: {entry['note']}" if entry["note"] else state,
    )
    return [_plain(cell) for cell in cells]


def _filled(name: str, **words: str) -> str:
    return sentence(name).format(**words)


def _month(entry: dict[str, str]) -> str:
    return Month.parse(entry["period"]).name


def _plain(text: str) -> str:
    return " ".join(text.split())
