"""The measure files: what is measured, in whose words, who answers for it.

Owns reading sql/measures/<measure_id>.sql: a TOML header in a comment, then one SELECT. Promises that a measure that is
unchecked, out of review, empty, unfinished or changed without a new version is refused. Never runs SQL; computing does,
and refuses what only a database can see.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from outcomes.definitions.feeds import feeds
from outcomes.definitions.shipped import shipped, state_of
from outcomes.errors import SetupError

_FILE = re.compile(r"/\* ---\n(.*?)\n--- \*/\n(.*)", re.DOTALL)
_PLACEHOLDER = re.compile(
    r"\W*(tbc|tbd|tba|n/?a|none|todo|unknown|to be (confirmed|decided)|xx+|\?+)?\W*", re.IGNORECASE
)

# A measure past its review date still goes out for this long, with a warning; then it does not.
GRACE = timedelta(days=90)


def _meaningful(text: str) -> str:
    if _PLACEHOLDER.fullmatch(text):
        raise ValueError("is empty or a placeholder; write the real text")
    return text


Words = Annotated[str, AfterValidator(_meaningful)]


class Change(BaseModel):
    """One version of the measure. `body` is the fingerprint of its SELECT (see `body_fingerprint`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: int
    date: date
    why: Words
    body: str


class Measure(BaseModel):
    """A measure as its file defines it. Scoring: proportion (people or events), rate (events per death), mean."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str
    version: int = Field(ge=1)
    status: Literal["draft", "preview", "published", "retired"]
    title: Words
    short_title: Annotated[Words, Field(max_length=24)]
    promise: Words
    statement: Words
    why_it_matters: Words
    denominator: Words
    numerator: Words
    not_counted: Words
    scoring: Literal["proportion", "rate", "mean"]
    unit: Words
    direction: Literal["higher_is_better", "lower_is_better", "neither"]
    linked: bool
    ccg_grain: Literal["month", "quarter"]
    feeds: tuple[str, ...] = Field(min_length=1, strict=False)
    owner: Words
    checked_by: Words
    reviewed: date
    next_review: date
    changes: tuple[Change, ...] = Field(min_length=1, strict=False)
    sql: str

    @model_validator(mode="after")
    def _answered_for(self) -> "Measure":
        if self.owner.strip().casefold() == self.checked_by.strip().casefold():
            raise ValueError("checked_by is its owner; another person has to check it")
        if self.next_review <= self.reviewed:
            raise ValueError("next_review is not after reviewed")
        if unknown := set(self.feeds) - set(feeds()):
            raise ValueError(f"feeds names {sorted(unknown)[0]!r}, which is no feed")
        if sorted(c.version for c in self.changes) != list(range(1, self.version + 1)):
            raise ValueError(f"changes has to tell of each version from 1 to {self.version}, once")
        current = next(c for c in self.changes if c.version == self.version)
        if current.body != self.body:
            raise ValueError(
                f"the SELECT changed but version is still {self.version}: raise version and add a [[changes]] "
                f'entry that says why, with body = "{self.body}"'
            )
        return self

    @property
    def body(self) -> str:
        return body_fingerprint(self.sql)

    def overdue(self, today: date) -> bool:
        """Whether the review date is past."""
        return today > self.next_review


def body_fingerprint(sql: str) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of the SELECT, blank space at line ends left aside."""
    text = "\n".join(line.rstrip() for line in sql.strip().splitlines())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_measure(path: Path) -> Measure:
    """Read one measure file; raises SetupError that names the file, the entry and what to do."""
    try:
        return _read(path, state_of(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"The measure file {path.name} cannot be read ({error}): save it as UTF-8 text.") from None


# Kept as long as the file stands as it is: each step of a month asks for all of them.
@lru_cache(maxsize=128)
def _read(path: Path, _state: tuple[int, int]) -> Measure:
    parts = _FILE.fullmatch(path.read_text(encoding="utf-8"))
    if parts is None or not parts[2].strip():
        raise SetupError(
            f"The measure file {path.name} has no header or no SELECT: begin it with '/* ---', the TOML header and "
            "'--- */', each on its own line, then the SELECT."
        )
    try:
        measure = Measure(**tomllib.loads(parts[1]), sql=parts[2])
    except tomllib.TOMLDecodeError as error:
        raise SetupError(
            f"The header of the measure {path.name} is not valid TOML ({error}): mend that line."
        ) from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}".removeprefix(": ")
            for e in error.errors()
        )
        raise SetupError(f"The measure {path.name} is refused ({faults}): mend its header.") from None
    if measure.id != path.stem:
        raise SetupError(f"The measure {path.name} calls itself {measure.id!r}: file name and id have to agree.")
    return measure


def measures(folder: Path | None = None) -> Mapping[str, Measure]:
    """Every measure file by id, in alphabetical order, whatever its status; raises SetupError for the first refused."""
    return {path.stem: read_measure(path) for path in sorted((folder or shipped("sql/measures")).glob("*.sql"))}


def published(today: date, folder: Path | None = None) -> Mapping[str, Measure]:
    """The measures that may go out on that day; raises SetupError when one is long past its review date."""
    chosen = {id: m for id, m in measures(folder).items() if m.status == "published"}
    for measure in chosen.values():
        if today > measure.next_review + GRACE:
            raise SetupError(
                f"The measure {measure.id} should have been reviewed by {measure.next_review}: let {measure.owner} "
                "review it and set reviewed and next_review, or set its status to retired."
            )
    if not chosen:
        raise SetupError('No measure is published: set status = "published" in a checked measure\'s file.')
    return chosen
