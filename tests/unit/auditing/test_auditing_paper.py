"""A PDF is held to its web page: words, alternative texts, drawings, attachment and description."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from published_editions import contents, found_in, keep_others

from outcomes.auditing.documents import read_document
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.layout import lay_out
from outcomes.scorecards.page import scorecard
from outcomes.scorecards.pdf import attachments, pdf_of
from outcomes.scorecards.rendering import Paper, paper

NAME = "scorecard-A1.pdf"
FIRST_PANEL = '<article class="panel'


Change = Callable[[Paper], Paper]
Replacement = str | Callable[[re.Match[str]], str]


def after(beginning: str, before: str, replacement: Replacement) -> Change:
    """Change the first such text after a beginning."""

    def change(source: Paper) -> Paper:
        start = source.html.index(beginning)
        return replace(source, html=source.html[:start] + re.sub(before, replacement, source.html[start:], count=1))

    return change


def in_first_chart(before: str, replacement: Replacement) -> Change:
    """Change the drawing of the first panel's chart."""

    def change(source: Paper) -> Paper:
        panel = source.html[source.html.index(FIRST_PANEL) :]
        name = re.search(r'<img class="chart"[^>]* src="([^"]+)"', panel)[1]  # type: ignore[index]
        drawn = re.sub(before, replacement, source.drawings[name].decode(), count=1)
        return replace(source, drawings={**source.drawings, name: drawn.encode()})

    return change


def moved(match: re.Match[str]) -> str:
    return f"{match[1]}{float(match[2]) + 0.5:.2f}"


def dotted(match: re.Match[str]) -> str:
    """A dot for the third month, which is withheld."""
    return f'{match[0]}<circle cx="36.1" cy="30.0" r="1.73" fill="#768692"/>'


LEAKS = {
    "an unrounded count in the words": after(FIRST_PANEL, r"March 2018: 95 of 200", "March 2018: 94 of 200"),
    "a percentage from true counts in the words": after(FIRST_PANEL, r"<b>52%</b>", "<b>53%</b>"),
    "an unrounded count in a tile": after('class="tile', r"of 200", "of 198"),
    "an unrounded count in an alternative text": after(FIRST_PANEL, r"\(105 of 200\)", "(104 of 200)"),
    "a withheld point in an alternative text": after(FIRST_PANEL, r"Jul 16 withheld", "Jul 16 47%"),
    "a dot at the true ratio": in_first_chart(r'(<circle cx="22.98" cy=")([\d.]+)', moved),
    "a dot for a withheld figure": in_first_chart(r'<circle cx="22.98"[^>]*/>', dotted),
    "a count in the description": after("<meta", r'(name="description" content=")', r"\g<1>104 people died. "),
}


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.weasyprint
def test_a_leak_on_paper_alone_is_found(leak: str, honest: Path, tmp_path: Path) -> None:
    folder = printed_with(LEAKS[leak], honest, tmp_path)

    assert {each.file for each in found_in(folder)} == {NAME}


ATTACHED = {
    "an unrounded count in the JSON": ("figures.json", b'"105"', b'"104"'),
    "an unrounded count in the CSV": ("figures.csv", b",105,", b",104,"),
    "a withheld count in the CSV": ("figures.csv", b"[c]", b"3"),
    "a figure of another area in the CSV": ("figures.csv", b",A1,", b",B2,"),
    "a line more in the CSV": ("figures.csv", b"\n", b"\n104 people died\n"),
    "a CSV that is no table": ("figures.csv", b"\n", b'\n"no end\n'),
}


@pytest.mark.parametrize("leak", ATTACHED)
@pytest.mark.weasyprint
def test_an_attachment_that_tells_other_than_the_data_files_is_found(leak: str, honest: Path, tmp_path: Path) -> None:
    file, before, after = ATTACHED[leak]
    folder = printed_with(lambda source: source, honest, tmp_path, file, lambda data: data.replace(before, after, 1))

    assert [(each.file, each.where) for each in found_in(folder)] == [(NAME, f"attachment {file}")]


@pytest.mark.weasyprint
def test_a_file_that_is_no_pdf_is_named(honest: Path, tmp_path: Path) -> None:
    folder = copy_of(honest, tmp_path)
    (folder / NAME).write_bytes(b"%PDF-1.7 cut short")

    assert [(each.file, each.where) for each in found_in(folder)] == [(NAME, "the file")]


@pytest.mark.weasyprint
def test_a_chart_is_read_back_from_the_pdf_point_by_point(honest: Path) -> None:
    charts = [drawn for drawn in read_document(honest / NAME).drawings if sum(len(line) == 1 for line in drawn) >= 22]

    # 24 months, of which the third and the fifteenth are withheld. First the four ends of the two limits.
    assert [len(line) for line in charts[0] if len(line) > 2] == [4, 11, 9]
    assert [line for line in charts[0] if len(line) == 1][:2] == [[(22.98, 33.67)], [(29.54, 23.84)]]


def printed_with(
    change: Change,
    honest: Path,
    tmp_path: Path,
    file: str = "figures.json",
    as_attached: Callable[[bytes], bytes] = lambda data: data,
    *,
    of: Callable[[], Contents] = contents,
) -> Path:
    """A copy of the edition in which the CCG's PDF was printed from changed words or drawings."""
    made = of()
    card = scorecard(made, "A1")
    layout = lay_out(card)
    source, attached = paper(card, layout), attachments(made, "A1")
    changed, told = change(source), {**attached, file: as_attached(attached[file])}
    assert (changed, told) != (source, attached), "the change changes nothing"
    folder = copy_of(honest, tmp_path)
    (folder / NAME).write_bytes(pdf_of(changed, layout.pages, told, made, "A1"))
    return folder


def copy_of(honest: Path, tmp_path: Path) -> Path:
    """A copy of the edition with the CCG's scorecard alone."""
    folder = tmp_path / honest.parent.name / honest.name
    folder.mkdir(parents=True)
    keep_others(honest, tmp_path)
    for name in ("figures.csv", "figures.json", "scorecard-A1.html", NAME):
        shutil.copy(honest / name, folder / name)
    return folder
