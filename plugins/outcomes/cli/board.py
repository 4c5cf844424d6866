"""The verbs of owners and boards: words on a measure, and what was agreed."""

from datetime import datetime
from typing import Annotated

import typer

from outcomes import workflow
from outcomes.cli.printing import As, Format, Period, listing
from outcomes.settings import Settings

Area = Annotated[str | None, typer.Option("--area", help="Whose scorecard, by code; the STP's when left out.")]
By = Annotated[str, typer.Option("--by", help="The name of the person who enters it.")]


def comment(
    measure: Annotated[
        str, typer.Argument(metavar="MEASURE", help="The measure's id; `outcomes measures` lists them.")
    ],
    words: Annotated[
        str, typer.Argument(metavar="WORDS", help="What its owner says, in a sentence or two; empty takes it back.")
    ],
    period: Period,
    by: Annotated[str, typer.Option("--by", help="The owner's name, as it is to be printed.")],
    area: Area = None,
) -> None:
    """Enter an owner's words on a measure, printed under its chart as theirs, with the date."""
    print(workflow.comment(Settings.load(), measure, period, words, person=by, area=area))


def agree(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What the board agreed to do.")],
    period: Period,
    owner: Annotated[str, typer.Option(help="Who will do it, as it is to be printed.")],
    due: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="By when, YYYY-MM-DD.")],
    by: By,
    area: Area = None,
) -> None:
    """Enter an action that the board agreed on reading a month's scorecard; the next scorecards follow it up."""
    number = workflow.agree(Settings.load(), period, words, owner=owner, due=due.date(), person=by, area=area)
    print(f"Action {number} is entered: scorecards of later months show it until it is settled.")


def settle(
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", min=1, help="The action's number; `outcomes actions` lists them.")
    ],
    state: Annotated[str, typer.Argument(metavar="STATE", help="done, dropped, or open again.")],
    by: By,
    words: Annotated[str, typer.Option(help="A few words on it.")] = "",
) -> None:
    """Say how an action stands; the next scorecard tells it."""
    workflow.settle(Settings.load(), number, state, person=by, words=words)  # type: ignore[arg-type]
    print(f"Action {number} is {state}.")


def actions(area: Area = None, format: As = Format.table) -> None:
    """What boards agreed, and how it stands."""
    columns = ["number", "area", "period", "state", "due", "owner", "words", "note"]
    rows = [tuple(getattr(a, column) for column in columns) for a in workflow.actions(Settings.load(), area)]
    listing(columns, [tuple(str(cell) for cell in row) for row in rows], format)
