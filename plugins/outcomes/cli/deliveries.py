"""The verbs of delivery: send, look, decide on one letter, and tell the operators what waits for a person."""

import sys
from typing import Annotated

import typer

from outcomes import workflow
from outcomes.cli.printing import As, Edition, Format, listing
from outcomes.errors import InputError
from outcomes.organisations import partnership
from outcomes.settings import Settings

Month = Annotated[str | None, typer.Option("--period", help="The reporting month, YYYY-MM.")]
Number = Annotated[int | None, typer.Option("--delivery", min=1, help="Its number; `outcomes deliveries` lists them.")]
To = Annotated[str | None, typer.Option("--recipient", help="Instead of its number: to whom, of an edition.")]
By = Annotated[str, typer.Option("--by", help="The name of the person who decides.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept in the ledger.")]


def deliver(
    period: Month = None,
    edition: Edition = None,
    area: Annotated[
        list[str] | None, typer.Option("--area", help="Queue only the scorecards of this area; may be repeated.")
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Do not wait for letters that are to be tried again later.")
    ] = False,
    format: As = Format.table,
) -> None:
    """Send what is approved and due; prints each recipient and state. Without a month: what waits of all editions."""
    settings = Settings.load()
    if period is None and (edition is not None or area):
        raise InputError("An edition or area without a month tells nothing: add --period YYYY-MM.")
    if period is None:
        lines = [
            line
            for month, number in workflow.waiting(settings, at_once=now)
            for line in workflow.deliver_waiting(settings, month, number, at_once=now)
        ]
    else:
        lines = workflow.deliver(settings, period, edition, areas=area, at_once=now)
        for known in partnership(settings.organisations).areas:
            if not known.recipients:
                _note(f"{known.code} has no recipient: enter one in the file that OUTCOMES_ORGANISATIONS names.")
    listing(
        ["area", "recipient", "state", "detail", "number"],
        [(d.area, d.recipient, d.state, d.detail, d.number) for d in lines],
        format,
    )
    if waits := [d.next_try_at for d in lines if d.next_try_at is not None]:
        _note(
            f"{len(waits)} of them could not be handed over: they are tried again from {min(waits):%-d %B, %H:%M} UTC on "
            "by `outcomes deliver` (with --now at once) and by Airflow's outcomes_delivery."
        )


def deliveries(period: Month = None, edition: Edition = None, format: As = Format.table) -> None:
    """How deliveries stand, each with its number: of an edition, of a month, or all."""
    columns = [
        "number",
        "period",
        "edition",
        "area",
        "recipient",
        "state",
        "attempts",
        "next_try_at",
        "sent_at",
        "detail",
    ]
    rows = []
    for d in workflow.deliveries(Settings.load(), period, edition):
        cells = [getattr(d, column) for column in columns]
        rows.append([cell.isoformat(timespec="seconds") if hasattr(cell, "isoformat") else cell for cell in cells])
    listing(columns, rows, format)


def resend(
    by: By,
    reason: Why,
    delivery: Number = None,
    period: Month = None,
    edition: Edition = None,
    recipient: To = None,
    although_sent: Annotated[
        bool, typer.Option("--although-sent", help="Also one that was sent: the recipient gets it twice.")
    ] = False,
) -> None:
    """Decide that a letter which is unknown or refused is sent again; it goes with the next `outcomes deliver`."""
    settings = Settings.load()
    number = _which(settings, delivery, period, edition, recipient)
    workflow.resend(settings, number, person=by, reason=reason, although_sent=although_sent)
    print(f"Delivery {number} is queued again: `outcomes deliver` sends it, or Airflow within a quarter of an hour.")


def arrived(
    by: By,
    reason: Why,
    delivery: Number = None,
    period: Month = None,
    edition: Edition = None,
    recipient: To = None,
) -> None:
    """Enter that a letter whose fate was unknown did arrive."""
    settings = Settings.load()
    number = _which(settings, delivery, period, edition, recipient)
    workflow.arrived(settings, number, person=by, reason=reason)
    print(f"Delivery {number} is sent, says {by}.")


def alerts(
    tell: Annotated[bool, typer.Option("--tell", help="Mail what is new to the operators; each alert once.")] = False,
    format: As = Format.table,
) -> None:
    """What waits for a person: editions held or not decided on, letters unknown or refused."""
    settings = Settings.load()
    open_alerts = workflow.alerts(settings)
    listing(
        ["kind", "since", "what", "why"],
        [(a.kind, a.since.isoformat(timespec="seconds"), a.sentence, a.why) for a in open_alerts],
        format,
    )
    if tell:
        _note(f"{len(workflow.tell(settings))} new of {len(open_alerts)} were told to the operators.")


def _which(
    settings: Settings, delivery: int | None, period: str | None, edition: int | None, recipient: str | None
) -> int:
    if delivery is not None and recipient is None and period is None:
        return delivery
    if delivery is None and recipient is not None and period is not None:
        return workflow.delivery_to(settings, recipient, period, edition)
    raise InputError("Say which letter: either --delivery NUMBER, or --period YYYY-MM and --recipient ADDRESS.")


def _note(words: str) -> None:
    print(words, file=sys.stderr)
