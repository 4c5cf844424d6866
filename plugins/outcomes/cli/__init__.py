"""The same verbs from a shell: `outcomes --help`.

Owns the list of commands and how one ends: 0 done, 1 the input is at fault, 2 refused for safety, 3 the set-up is at
fault. Promises one sentence on standard error instead of a traceback, and in it nothing that an unforeseen error says,
for that could be a person's. Never does anything that outcomes.workflow does not.
"""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer

from outcomes.acting import logged_in, on_behalf_of
from outcomes.cli import backfills, board, deliveries, governance, month, questions
from outcomes.errors import OutcomesError
from outcomes.redaction import install, redacted

app = typer.Typer(
    name="outcomes",
    help="Outcome measures for end-of-life care: from suppliers' extracts to scorecards that are safe to publish.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (
    month.synth,
    month.check,
    month.receive,
    month.chase,
    questions.status,
    month.compute,
    questions.figures,
    month.release,
    questions.released,
    month.render,
    month.approve,
    deliveries.deliver,
    deliveries.deliveries,
    deliveries.resend,
    deliveries.arrived,
    deliveries.alerts,
    board.comment,
    board.agree,
    board.settle,
    board.actions,
    backfills.backfill,
    backfills.backfills,
    questions.explain,
    month.audit,
    governance.withdraw,
    governance.rekey,
    governance.retain,
    governance.hold,
    governance.lift,
    governance.holds,
    governance.trail,
    questions.maturity,
    questions.equity,
    questions.revisions,
    questions.measures,
    questions.feeds,
    questions.doctor,
):
    app.command()(verb)

# Python looks for garbage after every 700 new objects, and through all of them at times: a tenth of a command's time, for
# next to nothing, as figures hold no circles.
_LOOK_FOR_GARBAGE = (100_000, 20, 50)
# Seconds: out of the destructor, and not yet out of patience.
_AGAIN = 0.02
_STOPPED = "stopped; run it again, nothing is lost."


def main() -> NoReturn:
    """Run the command line; every failure becomes one sentence and its exit code."""
    gc.set_threshold(*_LOOK_FOR_GARBAGE)
    install()
    with _interrupts() as interrupts, on_behalf_of(logged_in()):
        try:
            command = typer.main.get_command(app)
            with command.make_context("outcomes", sys.argv[1:] or ["--help"]) as context:
                command.invoke(context)
            sys.stdout.flush()
        except typer.Exit as end:
            sys.exit(end.exit_code)
        except OutcomesError as error:
            _end(str(error), error.exit_code)
        except (KeyboardInterrupt, typer.Abort):
            _end(_STOPPED, 130)
        except BrokenPipeError:
            _end_unread()
        except Exception as error:  # noqa: BLE001 - whatever it is, a person sees a sentence
            if interrupts:
                _end(_STOPPED, 130)
            if hasattr(error, "format_message"):
                _end(f"{error.format_message().replace('Value error, ', '')} `outcomes --help` tells more.", 1)
            _end(_unforeseen(error), 3)
    sys.exit(0)


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Every Ctrl-C, noted: some libraries turn the KeyboardInterrupt into an error of their own.

    Python drops one that falls into a destructor: it comes again a moment later.
    """
    noted: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        noted.append(number)
        raise KeyboardInterrupt

    def dropped(what: "sys.UnraisableHookArgs") -> None:
        if isinstance(what.exc_value, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        else:
            sys.__unraisablehook__(what)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGALRM)}
    hook, sys.unraisablehook = sys.unraisablehook, dropped
    try:
        yield noted
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(sentence: str, code: int) -> NoReturn:
    print(f"outcomes: {redacted(sentence)}", file=sys.stderr)
    sys.exit(code)


def _end_unread() -> NoReturn:
    # Whoever read our output, such as `head`, has seen enough; Python would complain once more when it closes the pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


def _unforeseen(error: Exception) -> str:
    package = Path(__file__).resolve().parent.parent
    ours = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(package)]
    where = f" in {Path(ours[-1].filename).relative_to(package)} line {ours[-1].lineno}" if ours else ""
    reason = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return (
        f"something nobody foresaw went wrong ({type(error).__name__}{where}{reason}): nothing is half done; run it "
        "again, "
        "and if it stays, report this line."
    )
