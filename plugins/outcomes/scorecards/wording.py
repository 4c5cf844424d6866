"""The words of a scorecard: report_templates/wording.toml.

Owns looking a sentence up and filling it in. Promises that a sentence that is not there, or that asks for something the
code does not know, stops the edition with a message that names it. Never chooses a sentence: what a chart shows does.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from outcomes.definitions.shipped import shipped
from outcomes.errors import SetupError


class Wording:
    """The sentences by name, such as `headline.steady`. Raises SetupError for one that is missing or cannot be filled in."""

    def __init__(self, text: dict[str, Any]) -> None:
        self._text = text

    def __call__(self, key: str, **values: object) -> str:
        sentence = self._entry(key)
        if not isinstance(sentence, str) or not sentence:
            raise SetupError(f"In wording.toml {key} is not a sentence: write one in quotation marks.")
        try:
            return sentence.format(**values)
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise SetupError(
                f"In wording.toml the sentence {key} cannot be filled in ({error}): use only the words in braces that "
                "it came with."
            ) from None

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names, such as `choice.tiles`."""
        entry = self._entry(key)
        if not isinstance(entry, list) or not all(isinstance(name, str) for name in entry):
            raise SetupError(f'In wording.toml {key} is not a list of names: write it as ["one", "two"].')
        return tuple(entry)

    def _entry(self, key: str) -> object:
        section, _, name = key.partition(".")
        try:
            return self._text[section][name]
        except (KeyError, TypeError):
            raise SetupError(f"wording.toml lacks the entry {name} in [{section}]: put it back.") from None


@cache
def wording(path: Path | None = None) -> Wording:
    """Read wording.toml (or the file given); raises SetupError when it cannot be read."""
    file = path or shipped("report_templates/wording.toml")
    try:
        return Wording(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SetupError(f"The words in {file.name} cannot be read ({error}): mend that line.") from None


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; names that hold a comma themselves are told apart by semicolons."""
    if len(names) < 2:
        return "".join(names)
    if any("," in name for name in names):
        return "; ".join([*names[:-1], f"and {names[-1]}"])
    return f"{', '.join(names[:-1])} and {names[-1]}"
