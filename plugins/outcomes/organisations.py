"""The partnership: the STP, its six CCGs, the providers, who took over whom, who sends which feed.

Owns config/organisations.toml, also by which way each supplier sends and whom to ask there. Promises that an organisation
that was taken over counts with its successor. Never knows which submissions exist.
"""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from outcomes.definitions.feeds import feeds
from outcomes.definitions.shipped import shipped
from outcomes.errors import SetupError

_FINGERPRINT = re.compile(r"[0-9A-F]{40}", re.ASCII)
_MAILBOX = re.compile(r"[0-9A-Z]{1,20}", re.ASCII)

# Each CCG sends these; what a provider sends is written with the provider.
CCG_FEEDS = ("deaths", "epaccs", "palliative_register", "bereavement_survey")


@dataclass(frozen=True, slots=True)
class Approver:
    """Who may let an area's scorecards go: the id under which Airflow's auth manager knows the person, and the name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """By which way a supplier sends: `connection` is looked up by its name when it is used; the rest depends on the kind.

    `path` is the folder of a drop folder (OUTCOMES_INBOX when empty), of an SFTP server or, as `s3://bucket/folder`, of a
    bucket; `feedback` where reports go there; `mailbox` the supplier's mailbox in MESH.
    """

    kind: Literal["folder", "sftp", "s3", "mesh"] = "folder"
    connection: str = ""
    path: str = ""
    feedback: str = ""
    mailbox: str = ""

    def __post_init__(self) -> None:
        needs = {"folder": (), "sftp": ("connection", "path"), "s3": ("connection", "path")}
        needed = needs.get(self.kind, ("connection", "mailbox"))
        if self.kind not in ("folder", "sftp", "s3", "mesh"):
            raise ValueError(f"a source is of kind {self.kind!r}, not folder, sftp, s3 or mesh")
        for name in ("connection", "path", "feedback", "mailbox"):
            value = getattr(self, name)
            if not isinstance(value, str) or (name in needed and not value):
                raise ValueError(f"a source of kind {self.kind} needs a {name} in quotation marks")
        if self.kind == "folder" and (self.connection or self.feedback or self.mailbox):
            raise ValueError("a source of kind folder has a path and nothing else")
        if self.kind == "s3" and not all(a.startswith("s3://") for a in (self.path, self.feedback or "s3://")):
            raise ValueError("the path of a source of kind s3 is not written like s3://bucket/folder")
        if self.kind == "mesh" and not _MAILBOX.fullmatch(self.mailbox):
            raise ValueError("the mailbox of a source of kind mesh is not a mailbox's id in capitals, such as X26HC005")


@dataclass(frozen=True, slots=True)
class Organisation:
    """The STP, a CCG or a provider. `last_day` and `taken_over_by` only where it was taken over.

    `recipients` get its scorecard, `contacts` are asked where its extracts are. Without `approvers` whoever has Airflow's
    right to answer may let its scorecards go. `zip_password` says that the supplier may lock its zips; `pgp_signer` is the
    fingerprint of the key that signs its PGP files, where it may send such.
    """

    code: str
    name: str
    kind: str
    full_name: str = ""
    short_name: str = ""
    gss: str = ""
    code_status: str = "ods"
    feeds: tuple[str, ...] = ()
    taken_over_by: str | None = None
    last_day: date | None = None
    recipients: tuple[str, ...] = ()
    approvers: tuple[Approver, ...] = ()
    contacts: tuple[str, ...] = ()
    source: SourceEntry = SourceEntry()
    zip_password: bool = False
    pgp_signer: str | None = None

    @property
    def label(self) -> str:
        """The short name where there is one: a CCG's is at most 24 characters long, for charts and tables."""
        return self.short_name or self.name


@dataclass(frozen=True)
class Partnership:
    """Everyone, in the order of the file."""

    stp: Organisation
    ccgs: tuple[Organisation, ...]
    providers: tuple[Organisation, ...]
    by_code: dict[str, Organisation] = field(default_factory=dict)

    @property
    def areas(self) -> tuple[Organisation, ...]:
        """Whom a figure or a scorecard can be about: the STP, then the six CCGs."""
        return (self.stp, *self.ccgs)

    @property
    def suppliers(self) -> tuple[Organisation, ...]:
        """Who sends extracts: the CCGs, then the providers that were not taken over."""
        return (*self.ccgs, *(p for p in self.providers if p.feeds))

    def suppliers_of(self, feed: str) -> tuple[str, ...]:
        """The codes of those who send a feed."""
        return tuple(s.code for s in self.suppliers if feed in s.feeds)

    def provider_codes(self, supplier: str) -> tuple[str, ...]:
        """The codes a supplier's records may carry: its own and those of the organisations it took over."""
        return (supplier, *(p.code for p in self.providers if p.taken_over_by == supplier))

    def successor(self, code: str) -> str:
        """The code under which an organisation is counted."""
        organisation = self.by_code.get(code)
        if organisation is None or organisation.taken_over_by is None:
            return code
        return self.successor(organisation.taken_over_by)

    @property
    def expected(self) -> tuple[tuple[str, str], ...]:
        """Every (feed, supplier) that is expected for a period."""
        return tuple((feed, s.code) for s in self.suppliers for feed in s.feeds)


@cache
def partnership(path: Path | None = None) -> Partnership:
    """Read config/organisations.toml (or the file given); raises SetupError when it cannot be understood."""
    file = path or shipped("config/organisations.toml")
    try:
        with file.open("rb") as stream:
            text = tomllib.load(stream)
        stp = _organisation(text["stp"], kind="stp")
        ccgs = tuple(_organisation(c, kind="ccg", feeds=CCG_FEEDS) for c in text["ccgs"])
        providers = tuple(_organisation(p) for p in text["providers"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise SetupError(
            f"The list of organisations {file.name} cannot be understood ({error}): mend that entry."
        ) from None
    except OSError as error:
        raise SetupError(
            f"The list of organisations {file} cannot be read ({error.strerror}): give the path of a copy in "
            "OUTCOMES_ORGANISATIONS."
        ) from None
    everyone = (stp, *ccgs, *providers)
    known = Partnership(stp, ccgs, providers, {o.code: o for o in everyone})
    if fault := _fault(known, everyone):
        raise SetupError(f"The list of organisations {file.name} {fault}.")
    return known


def _fault(known: Partnership, everyone: tuple[Organisation, ...]) -> str | None:
    """The first thing that does not fit together, and what to do; none when all does."""
    if len(known.by_code) < len(everyone):
        return "names an organisation twice: keep one entry for each code"
    for organisation in everyone:
        if unknown := set(organisation.feeds) - set(feeds()):
            return f"says that {organisation.code} sends {sorted(unknown)[0]!r}, which is no feed: correct the name"
        if organisation.zip_password not in (True, False):
            return (
                f"gives {organisation.code} a zip_password that is not true or false: the password is a secret setting"
            )
        if organisation.pgp_signer is not None and not _FINGERPRINT.fullmatch(str(organisation.pgp_signer)):
            return f"gives {organisation.code} a pgp_signer that is no fingerprint: write its 40 digits in capitals"
    mailboxes = [(s.source.connection, s.source.mailbox) for s in known.suppliers if s.source.kind == "mesh"]
    if len(set(mailboxes)) < len(mailboxes):
        return "gives two suppliers the same mailbox: each has its own, for it tells who sent a message"
    # One that was taken over sends nothing any more, so that whoever counts for it is never taken over itself.
    suppliers = {p.code for p in known.providers if p.feeds}
    for provider in known.providers:
        if provider.taken_over_by is None and provider.last_day is None:
            continue
        if provider.last_day is None or provider.feeds or provider.taken_over_by not in suppliers:
            return (
                f"says that {provider.code} was taken over by {provider.taken_over_by}: name a provider that sends "
                f"feeds, give {provider.code} its last_day and no feeds"
            )
    return None


def _organisation(entry: dict[str, object], **fixed: object) -> Organisation:
    lists: dict[str, object] = {k: tuple(v) for k, v in entry.items() if isinstance(v, list)}
    if "approvers" in lists:
        lists["approvers"] = tuple(Approver(**a) for a in lists["approvers"])  # type: ignore[attr-defined]
    source = SourceEntry(**entry.get("source", {}))  # type: ignore[arg-type]
    return Organisation(**{**entry, **fixed, **lists, "source": source})  # type: ignore[arg-type]
