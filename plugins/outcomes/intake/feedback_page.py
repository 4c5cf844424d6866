"""The feedback report as a page that needs nothing else: what became of the file, what to do now, every kind of fault.

Owns the steps an analyst takes and the words around the faults. Promises to escape whatever it is given, and to be read
without colours, without a mouse and on paper. Names the first hundred rows of each rule; the CSV beside it names all.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from outcomes.definitions.feeds import feeds
from outcomes.definitions.shipped import shipped
from outcomes.intake.faults import Severity
from outcomes.intake.feedback import Feedback
from outcomes.periods import Month

# So many rows of a rule are named; the CSV names all.
SHOWN = 100
MEANING: dict[Severity, str] = {
    "file": "the whole file cannot be used until this is mended",
    "record": "the record is set aside and used for nothing; in an accepted file the others are used",
    "warning": "unlikely but possible: the record is used; look whether it is right",
}
_NAMES: dict[Severity, str] = {"file": "Whole file", "record": "Set aside", "warning": "Warning"}


def page(report: Feedback) -> str:
    """The page's HTML."""
    word, why = outcome(report)
    feed = feeds().get(report.feed)
    return _template().render(
        report=report,
        word=word,
        why=why,
        about=feed.title if feed else report.feed,
        month=Month.parse(report.period).first_day.strftime("%B %Y"),
        steps=list(steps(report)),
        contract={column.name: column.description for column in feed.columns} if feed else {},
        groups=[(severity, _NAMES[severity], MEANING[severity], report.of(severity)) for severity in MEANING],
        records=list(report.by_row(SHOWN)),
        shown=SHOWN,
        rows_in_words=rows_in_words,
    )


def outcome(report: Feedback) -> tuple[str, str]:
    """Accepted or rejected, and the sentence that goes with it."""
    word, _, why = report.verdict.partition(": ")
    return word.capitalize(), why


def steps(report: Feedback) -> Iterator[str]:
    """What to do now, in this order."""
    if report.accepted and not report.kinds:
        yield "Nothing: every record is used."
        return
    if report.accepted and not report.set_aside:
        yield "Nothing has to be done: every record is used. Look at the warnings, and mend their cause at the source."
        return
    if report.accepted:
        yield (
            "The file is used without the records that were set aside. To have them counted, mend them and send the whole "
            "month again, not the mended records alone: a new file replaces the earlier one."
        )
    else:
        yield "Nothing of this file is used; an earlier file of the same month stays in force until a better one comes."
    if any(kind.severity == "record" for kind in report.kinds):
        yield "Correct each row and column that is listed, as told; best in the source system, and export anew."
    yield (
        "Save as CSV in UTF-8 (in Excel: Save As, CSV UTF-8) with the header in the first row. Set the columns of codes, "
        "NHS numbers and dates to the format Text before you paste, so that the spreadsheet does not change them."
    )
    name = report.next_name or report.file_name
    yield f"Call it {name}, and make its manifest anew: count its records without the header, and take its SHA-256."
    yield f"If you have the program, the command “outcomes check {name}” gives this report before you send."


def rows_in_words(rows: Sequence[int], most: int = SHOWN) -> str:
    """`2 to 9, 14 and 20 more`: neighbours drawn together, the first `most` rows."""
    shown = rows[:most]
    ends = [n for n, (one, two) in enumerate(pairwise(shown), start=1) if two != one + 1]
    runs = [shown[start:end] for start, end in pairwise([0, *ends, len(shown)])]
    words = ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
    return f"{words} and {len(rows) - most:,} more" if len(rows) > most else words


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(shipped("report_templates/feedback")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
