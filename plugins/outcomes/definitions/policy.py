"""What the partnership has decided: months on a chart, due days, the domains that may receive mail, the targets.

Owns config/policy.toml. Promises that an entry that is unknown or not understood is refused, so that a misspelt target
never passes for "no target". Never holds a disclosure limit: those stand in the code.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from outcomes.definitions.feeds import feeds
from outcomes.definitions.shipped import shipped
from outcomes.errors import SetupError
from outcomes.periods import Month, nth_working_day

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.ASCII)

# A month's figures look back on the records of so many months before it (the longest is half a year before death), with
# room.
LOOK_BACK_MONTHS = 12
SYNTHETIC = "exempt:synthetic"

Months = Annotated[int, Field(strict=True, ge=1)]

# In the measure's printed unit: percent, events per death, days.
Target = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reporting(_Entry):
    """`months_on_a_chart`: how many months a chart goes back, the reporting month included.

    `complete_from`: percent; a figure expected to be less complete is provisional.

    `measures_first`: the measures a scorecard prints first, in this order; all others follow by id.
    """

    months_on_a_chart: int = Field(strict=True, ge=1)
    complete_from: float = Field(strict=True, ge=0, le=100)
    measures_first: tuple[str, ...] = ()

    def place(self, measure: str) -> tuple[int, str]:
        """What to sort measures by."""
        first = self.measures_first
        return (first.index(measure) if measure in first else len(first)), measure


class Payment(_Entry):
    """`measures`: the outcomes that a contract would pay on, by id."""

    measures: tuple[str, ...]


# Percent; what lies between the two is told as "a to b".
Edges = tuple[int, int]


class Maturity(_Entry):
    """How a scorecard tells how far an extract can be trusted.

    `usual_volume`: percent of its usual records from which on, and up to which, it is about as usual. The others are
    the edges of bands in whole percent. `key_columns`: by feed those of the columns that may be empty on which measures
    rest.
    """

    usual_volume: Edges
    valid_nhs_numbers: Edges
    key_columns_filled: Edges
    rejected: Edges
    key_columns: dict[str, tuple[str, ...]]

    @field_validator("usual_volume", "valid_nhs_numbers", "key_columns_filled", "rejected")
    @classmethod
    def _rise(cls, edges: Edges) -> Edges:
        if not 0 <= edges[0] < edges[1]:
            raise ValueError(f"{list(edges)} are not two rising edges, such as [95, 99]")
        return edges

    @field_validator("key_columns")
    @classmethod
    def _are_columns(cls, named: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for feed, columns in named.items():
            known = {c.name for c in feeds()[feed].columns if not c.required} if feed in feeds() else set()
            if unknown := [column for column in columns if column not in known]:
                raise ValueError(f"{unknown[0]!r} is no column of {feed!r} that may be empty")
        return named


class Rebased(_Entry):
    """From a month on (`from` in the file) limits start anew, for one area or for all; charts print the reason."""

    measure: str
    area: str | None = None
    since: str = Field(alias="from", pattern=r"[0-9]{4}-(0[1-9]|1[0-2])")
    reason: str = Field(min_length=10, max_length=120)


# No month has fewer working days.
WorkingDay = Annotated[int, Field(strict=True, ge=1, le=18)]


class DueDays(_Entry):
    """Due days of one feed that differ from the others'."""

    flex: WorkingDay | None = None
    freeze: WorkingDay | None = None


class Due(_Entry):
    """By when an extract is due, for all feeds and by feed.

    `flex`: the first one, by this working day (England) of the month after; `freeze`: the final one, by this working day of
    the second month after.
    """

    flex: WorkingDay = 10
    freeze: WorkingDay = 5
    feeds: dict[str, DueDays] = Field(default_factory=dict)

    @field_validator("feeds")
    @classmethod
    def _are_feeds(cls, named: dict[str, DueDays]) -> dict[str, DueDays]:
        if unknown := [feed for feed in named if feed not in feeds()]:
            raise ValueError(f"{unknown[0]!r} is no feed")
        return named

    def days(self, feed: str, month: Month) -> tuple[date, date]:
        """The last days on which the first and the final extract of a month are in time."""
        own = self.feeds.get(feed, DueDays())
        return nth_working_day(month + 1, own.flex or self.flex), nth_working_day(month + 2, own.freeze or self.freeze)


class Flow(_Entry):
    """How people's objections to such use of their records are respected for one feed; there is no default.

    `apply`: the check service is asked before anything is landed. `exempt:<reference>`: they need not be, and who said
    so;
    `exempt:synthetic` holds for made-up people only, and any other NHS number is then refused.
    `not_applicable:anonymised`;
    `applied_at_source:<date>`: the supplier does it, as agreed on that day.
    """

    national_data_opt_out: str
    type_1_objection: str

    @field_validator("national_data_opt_out", "type_1_objection")
    @classmethod
    def _is_one_of_four(cls, said: str, info: ValidationInfo) -> str:
        way, _, with_what = said.partition(":")
        fits = {
            "apply": not with_what,
            "exempt": bool(with_what.strip()),
            "not_applicable": with_what == "anonymised",
            "applied_at_source": _is_day(with_what),
        }
        if not fits.get(way):
            raise ValueError(
                f"{said!r} is none of apply, exempt:<reference>, not_applicable:anonymised, "
                "applied_at_source:<YYYY-MM-DD>"
            )
        if way == "apply" and info.field_name == "type_1_objection":
            raise ValueError("a type 1 objection is recorded at the practice and can only be applied there, not here")
        return said

    @property
    def asks(self) -> bool:
        """Whether the check service is asked."""
        return self.national_data_opt_out == "apply"

    @property
    def synthetic(self) -> bool:
        """Whether what is said holds for made-up people only."""
        return SYNTHETIC in {self.national_data_opt_out, self.type_1_objection}


class CheckMailboxEntry(_Entry):
    """Where the check service is asked through MESH: by which connection of ours, at its mailbox, under which workflow."""

    connection: str = Field(min_length=1)
    mailbox: str = Field(pattern=r"^[0-9A-Z]{1,20}$")
    workflow: str = Field(default="SPINE_NTT_UPHOLDING", pattern=r"^[0-9A-Z_]{1,50}$")


class Retention(_Entry):
    """For how many months after the month it is about something is kept; what is not named is kept for good.

    `records`: accepted records, and superseded ones with them, and those set aside of the same submissions.
    `rejected_records`: those set aside, where they are kept for a shorter time. `feedback`: the reports.
    `worlds`: what attacks on releases found. `publications`: the files of editions, which can be rendered again.
    """

    records: Months | None = None
    rejected_records: Months | None = None
    feedback: Months | None = None
    worlds: Months | None = None
    publications: Months | None = None

    @property
    def set_aside(self) -> int | None:
        """For how many months records set aside are kept: never longer than accepted ones."""
        return min((months for months in (self.records, self.rejected_records) if months is not None), default=None)


class DeliveryPolicy(_Entry):
    """`allowed_domains`: a scorecard is sent only to an address in one of these, in lower case; not in their subdomains.

    A letter that could not be handed over is tried again after each of `retry_after_minutes`, then after the last of them
    again and again, until `give_up_after_days` have passed since it was first tried.
    """

    allowed_domains: tuple[str, ...]
    retry_after_minutes: tuple[Annotated[int, Field(strict=True, ge=1)], ...] = Field(
        default=(5, 15, 60, 180, 360, 720), min_length=1
    )
    give_up_after_days: int = Field(default=5, strict=True, ge=1)

    @field_validator("allowed_domains")
    @classmethod
    def _are_domains(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        for domain in domains:
            if not _DOMAIN.fullmatch(domain):
                raise ValueError(f"{domain!r} is not a domain in lower case, such as stp.example")
        return domains


class AlertPolicy(_Entry):
    """`tell`: who is told by e-mail what waits for a person; in the allowed domains."""

    tell: tuple[str, ...] = ()


class Policy(_Entry):
    """config/policy.toml. `targets` by measure id; a measure that is not in it has no target.

    Without a `check_service` another program carries its questions and answers.
    """

    reporting: Reporting
    payment: Payment
    maturity: Maturity
    delivery: DeliveryPolicy
    alerts: AlertPolicy = AlertPolicy()
    due: Due = Due()
    targets: dict[str, Target]
    rebased: tuple[Rebased, ...] = ()
    flows: dict[str, Flow] = Field(default_factory=dict)
    check_service: CheckMailboxEntry | None = None
    retention: Retention = Retention()

    @field_validator("flows")
    @classmethod
    def _are_feeds(cls, flows: dict[str, Flow]) -> dict[str, Flow]:
        if unknown := [feed for feed in flows if feed not in feeds()]:
            raise ValueError(f"{unknown[0]!r} is no feed")
        return flows

    @model_validator(mode="after")
    def _charts_can_be_recomputed(self) -> Self:
        needed = self.reporting.months_on_a_chart + LOOK_BACK_MONTHS
        if self.retention.records is not None and self.retention.records < needed:
            raise ValueError(
                f"retention.records is {self.retention.records} months, and the months on a chart with what they look "
                "back on are "
                f"{needed}: keep records for as long"
            )
        return self

    @model_validator(mode="after")
    def _alerts_stay_in_the_house(self) -> Self:
        for address in self.alerts.tell:
            if address.rpartition("@")[2] not in self.delivery.allowed_domains:
                raise ValueError("alerts.tell has an address that is in none of delivery.allowed_domains")
        return self


def said_of_every_flow(path: Path | None = None) -> Mapping[str, Flow]:
    """How objections are respected, by feed; raises SetupError where it is not said of every feed."""
    flows = policy(path).flows
    if unsaid := [feed for feed in feeds() if feed not in flows]:
        raise SetupError(
            f"The policy does not say how people's objections are respected in {', '.join(unsaid)}, so nothing is "
            "received: enter "
            f"[flows.{unsaid[0]}] with national_data_opt_out and type_1_objection in the file that OUTCOMES_POLICY "
            "names."
        )
    return flows


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


@cache
def policy(path: Path | None = None) -> Policy:
    """Read config/policy.toml (or the file given); raises SetupError that names each entry that cannot be used."""
    file = path or shipped("config/policy.toml")
    try:
        return Policy.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SetupError(f"The policy {file} cannot be used ({faults}): mend that entry.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"The policy {file} is not valid TOML ({error}): mend that line.") from None
    except OSError as error:
        raise SetupError(
            f"The policy {file} cannot be read ({error.strerror}): give the path of a copy in OUTCOMES_POLICY."
        ) from None
