"""A web page as a tree, read with the standard library's parser.

Owns the reading. Promises every text, attribute and comment of the page, whether a browser shows it or not. Never loads
anything and never mends what is badly nested: an end without its beginning is passed over, as browsers do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_ALONE = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# Words on both sides of these belong together.
_INLINE = frozenset({"a", "b", "em", "i", "small", "span", "strong"})
_UNSEEN = frozenset({"svg", "style"})


@dataclass(eq=False)
class Element:
    """An element; `parts` are its texts and children in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parts: list[str | Element] = field(default_factory=list)

    @property
    def children(self) -> list[Element]:
        return [part for part in self.parts if isinstance(part, Element)]

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    def is_(self, tag: str, name: str = "") -> bool:
        """Whether it is such an element, of such a class."""
        return self.tag == tag and (not name or name in self.classes)

    def everything(self) -> Iterator[Element]:
        """The element and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.everything()

    def all(self, tag: str, name: str = "") -> list[Element]:
        return [e for e in self.everything() if e.is_(tag, name)]

    def first(self, tag: str, name: str = "") -> Element | None:
        return next((e for e in self.everything() if e.is_(tag, name)), None)

    def passages(self, without: frozenset[int] = frozenset()) -> Iterator[tuple[Element, str]]:
        """Each block below with words of its own, and those words; without some elements (by `id()`) and drawings."""
        words: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                words.append(part)
            elif id(part) in without or part.tag in _UNSEEN:
                words.append(" ")
            elif part.tag in _INLINE:
                words.append(part.text())
            elif part.tag == "br":
                words.append(" ")
            else:
                yield from part.passages(without)
        if text := " ".join("".join(words).split()):
            yield self, text

    def text(self, without: frozenset[str] = _UNSEEN) -> str:
        """Its words with single spaces; blocks and lines apart; without what stands in some elements."""
        return " ".join("".join(self._texts(without)).split())

    def _texts(self, without: frozenset[str]) -> Iterator[str]:
        for part in self.parts:
            if isinstance(part, str):
                yield part
            elif part.tag not in without:
                apart = "" if part.tag in _INLINE else " "
                yield apart
                yield from part._texts(without)
                yield apart


@dataclass
class Page:
    """A parsed page, and the comments in it."""

    root: Element
    comments: list[str]


def read_page(text: str) -> Page:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return Page(reader.root, reader.comments)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.comments: list[str] = []
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].parts.append(element)
        if tag not in _ALONE:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].parts.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        if decl.casefold() != "doctype html":
            self.comments.append(decl)

    def handle_pi(self, data: str) -> None:
        self.comments.append(data)

    def unknown_decl(self, data: str) -> None:
        self.comments.append(data)
