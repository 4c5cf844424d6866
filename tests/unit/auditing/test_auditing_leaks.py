"""What a faulty template, or a faulty program, would give away is found in the file that it wrote."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from published_editions import contents, damaged, found_in, publish

from outcomes.auditing import leaks
from outcomes.errors import SafetyRefusal

A1 = "scorecard-A1.html"
S1 = "scorecard-S1.html"
# Of A1's first measure: 105 of 200, printed 52%; were the true counts 104 of 198, the file would say more than it may.
ROW = "place_achieved,A1,month,2018-04,all,all,200,105,52,46,59,shown"
WITHHELD = "place_achieved,A1,month,2017-07,all,all,[c],[c],,,,suppressed"


def line(before: str, after: str) -> Callable[[str], str]:
    return lambda text: text.replace(before, after, 1)


def within(beginning: str, before: str, after: str) -> Callable[[str], str]:
    """Change the first such text after a beginning."""

    def change(text: str) -> str:
        start = text.index(beginning)
        return text[:start] + text[start:].replace(before, after, 1)

    return change


def pattern(beginning: str, before: str, after: str | Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    def change(text: str) -> str:
        start = text.index(beginning)
        return text[:start] + re.sub(before, after, text[start:], count=1)

    return change


PANEL = 'id="measure-1"'

IN_THE_TABLE = {
    "an unrounded count": line(ROW, ROW.replace(",200,105,", ",200,104,")),
    "a count of 5": line(ROW, ROW.replace(",200,105,52,46,59,", ",200,5,2,1,6,")),
    "a percentage from true counts": line(ROW, ROW.replace(",52,", ",53,").replace(",53,46", ",54,46")),
    "a percentage with a decimal": line(ROW, ROW.replace(",52,46,59,", ",52.5,46,59,")),
    "an interval from true counts": line(ROW, ROW.replace(",46,59,", ",45,59,")),
    "a value beside a withheld count": line(WITHHELD, WITHHELD.replace("[c],[c],,,", "200,[c],50,,")),
    "a count beside a state that has none": line(
        WITHHELD, WITHHELD.replace("[c],[c],,,,suppressed", "200,,,,,not_submitted")
    ),
    "a percentage of fewer than 20": line(ROW, ROW.replace(",200,105,52,46,59,", ",15,10,67,42,85,")),
    "a rate's interval from true counts": pattern("crisis,A1,month,2018-04", r"(\d\.\d\d),shown", "9.99,shown"),
    "a mean's interval that leans": pattern("home_days,A1,month,2018-04", r"(\d\.\d),shown", "0.9,shown"),
}


@pytest.mark.parametrize("leak", IN_THE_TABLE)
@pytest.mark.weasyprint
def test_a_figure_that_does_not_follow_from_printed_counts_is_found_in_the_csv(
    leak: str, honest: Path, tmp_path: Path
) -> None:
    found = found_in(damaged(honest, tmp_path, "figures.csv", IN_THE_TABLE[leak]))

    assert any(each.file == "figures.csv" for each in found)
    # The data files are then no longer the same either.
    assert any(each.file == "figures.json" for each in found)


def changed(change: Callable[[dict], None]) -> Callable[[str], str]:
    def of_text(text: str) -> str:
        document = json.loads(text)
        change(document)
        return json.dumps(document)

    return of_text


IN_THE_DATA = {
    "another count than the CSV's": changed(lambda d: d["figures"][0].update(numerator="104")),
    "a figure more": changed(lambda d: d["figures"].append({**d["figures"][0], "period": "2015-01"})),
    "a figure less": changed(lambda d: d["figures"].pop()),
    "an entry of its own for the exact count": changed(lambda d: d["figures"][0].update(exact=104)),
    "a part that nobody knows": changed(lambda d: d.update(exact=[104])),
    "an exact share of records": changed(lambda d: d["submissions"][0]["quality"].update(rejected=0.031)),
    "how many records a supplier sent": changed(lambda d: d["submissions"][0].update(rows=1043)),
    "deaths linked, not rounded": changed(lambda d: d["linked"][0].update(numerator="391")),
    "a number among the extracts that are missing": changed(lambda d: d["figures"][0].update(missing="104 deaths")),
}


@pytest.mark.parametrize("leak", IN_THE_DATA)
@pytest.mark.weasyprint
def test_what_the_json_says_beyond_the_csv_is_found(leak: str, honest: Path, tmp_path: Path) -> None:
    found = found_in(damaged(honest, tmp_path, "figures.json", IN_THE_DATA[leak]))

    assert [each.file for each in found][:1] == ["figures.json"]


def moved(match: re.Match[str]) -> str:
    return f"{match[1]}{float(match[2]) + 0.5:.2f}"


def more_exact(match: re.Match[str]) -> str:
    return f"{match[1]}{float(match[2]) + 0.0012:.4f}"


def one_more_dot(match: re.Match[str]) -> str:
    """A dot for the withheld third month."""
    return f'{match[0]}<circle cx="137.6" cy="100.0" r="4.33" fill="#768692"/>'


ON_THE_PAGE = {
    "a percentage from true counts": (A1, within(PANEL, "<td>52%</td>", "<td>53%</td>")),
    "an interval from true counts": (A1, within(PANEL, "46% to 59%</td>", "45% to 59%</td>")),
    "an unrounded count in the table": (A1, within(PANEL, "105 of 200</td>", "104 of 200</td>")),
    "a count in place of the symbol": (A1, within(PANEL, "[c] of [c]</td>", "4 of [c]</td>")),
    "a percentage from true counts beside the chart": (A1, within(PANEL, "<b>52%</b>", "<b>53%</b>")),
    "an unrounded count beside the chart": (A1, within(PANEL, "provisional: 105 of 200", "provisional: 104 of 200")),
    "an unrounded count in an alternative text": (A1, within(PANEL, "(105 of 200)", "(104 of 200)")),
    "an average over a withheld point, in words": (A1, pattern(PANEL, r"Average \d+%", "Average 47%")),
    "an average over a withheld point, as a line": (
        A1,
        pattern(PANEL, r'(<path d="M64 )([\d.]+)(?=H748" stroke="#4C6272")', moved),
    ),
    "a limit over a withheld point": (A1, pattern(PANEL, r"(M64 )([\d.]+)(?=H748M64)", moved)),
    "a dot at the true ratio": (A1, pattern(PANEL, r'(<circle cx="81.1" cy=")([\d.]+)', moved)),
    "a line through the true ratio": (A1, pattern(PANEL, r'(<polyline points="81.1,)([\d.]+)', moved)),
    "a coordinate with too many decimals": (A1, pattern(PANEL, r'(<circle cx="81.1" cy=")([\d.]+)', more_exact)),
    "a dot for a withheld figure": (A1, pattern(PANEL, r'<circle cx="109.35"[^>]*/>', one_more_dot)),
    "a dot with its value written beside it": (
        A1,
        pattern(PANEL, r"(<text [^>]*>)(\w{3} \d\d)", lambda m: f"{m[1]}104</text>{m[0]}"),
    ),
    "an unrounded count in a tile": (A1, within('class="tile', "of 200", "of 198")),
    "a percentage from true counts in a tile": (
        A1,
        pattern('class="tile', r'class="number">\d+%', 'class="number">49%'),
    ),
    "a true value in a sparkline's text": (A1, pattern('class="spark"', r"from \d+%", "from 44%")),
    "a true ratio in a sparkline": (A1, pattern('class="spark"', r'(<polyline points="6.3,)([\d.]+)', moved)),
    "a percentage from true counts in the matrix": (A1, pattern('class="entry"', r"<b>\d+%", "<b>49%")),
    "a percentage from true counts in the comparison": (
        A1,
        pattern('class="number"', r'"number">50%<', '"number">51%<'),
    ),
    "a true ratio in a strip": (S1, pattern('class="strip"', r'(<circle cx=")([\d.]+)', moved)),
    "a strip's text from true counts": (S1, pattern('class="strip"', r"Ashdown 50%", "Ashdown 51%")),
    "a gap from true counts": (S1, pattern('class="gap"', r"<b>\d+ points", "<b>11 points")),
    "a dot for a withheld fifth": (
        S1,
        lambda text: re.sub(
            r"(<title>Died in hospital, by deprivation.*?)(</svg>)",
            r'\1<circle cx="28.0" cy="9.0" r="2.88"/>\2',
            text,
            count=1,
        ),
    ),
    "an unrounded count of deaths linked": (S1, line("390 of 400", "391 of 400")),
    "an exact share of records": (S1, line("Under 1%", "0.7%")),
    "a count in the headline": (A1, pattern('class="lead"', r">", ">104 people died where they wished. ")),
    "a count in a message": (A1, pattern('class="messages"', r"<p>", "<p>4 people. ")),
    "a count in a comment": (A1, line("<main", "<!-- true count: 104 --><main")),
    "a count in an attribute": (A1, line('<main id="main"', '<main id="main" data-count="104"')),
    "a picture that nobody reads": (A1, line("<main", '<img src="chart.png"><main')),
}


@pytest.mark.parametrize("leak", ON_THE_PAGE)
@pytest.mark.weasyprint
def test_a_leak_in_a_page_is_found(leak: str, honest: Path, tmp_path: Path) -> None:
    page, change = ON_THE_PAGE[leak]

    found = found_in(damaged(honest, tmp_path, page, change))

    assert found
    assert {each.file for each in found} == {page}


@pytest.mark.weasyprint
def test_a_finding_never_repeats_the_number_that_leaked(honest: Path, tmp_path: Path) -> None:
    found = found_in(damaged(honest, tmp_path, A1, pattern('class="lead"', r">", ">8731 people. ")))

    assert found
    assert not any("8731" in str(each) for each in found)


REFUSED = {
    "no UTF-8": ("figures.csv", b"\xff\xfe"),
    "other columns": ("figures.csv", b"measure,area\n"),
    "a count that is none": ("figures.csv", b"x"),
    "a line cut short": ("figures.csv", None),
    "no JSON": ("figures.json", b"{"),
    "another shape": ("figures.json", b"{}"),
}


@pytest.mark.parametrize("fault", REFUSED)
@pytest.mark.weasyprint
def test_a_data_file_that_cannot_be_understood_is_refused_with_a_sentence(
    fault: str, honest: Path, tmp_path: Path
) -> None:
    name, body = REFUSED[fault]
    copy = damaged(honest, tmp_path, "figures.csv", lambda text: text + "\n")
    (copy / "figures.csv").write_bytes((honest / "figures.csv").read_bytes())
    whole = (copy / name).read_bytes()
    if fault == "a count that is none":
        body = whole.replace(b",200,105,", b",200,about 105,", 1)
    (copy / name).write_bytes(whole[:-20] if body is None else body)

    with pytest.raises(SafetyRefusal, match=rf"The file {name} of 2018-04/edition-1 .*: render the edition again\."):
        leaks(copy)


@pytest.mark.weasyprint
def test_a_file_that_nobody_reads_is_named(honest: Path, tmp_path: Path) -> None:
    copy = damaged(honest, tmp_path, A1, lambda text: text + "\n")
    (copy / "notes.txt").write_text("104", encoding="utf-8")

    assert [each.file for each in found_in(copy)] == ["notes.txt"]


def test_a_scorecard_that_is_missing_is_named(tmp_path: Path) -> None:
    found = leaks(publish(contents(), tmp_path, ("A1",), on_paper=False))

    assert {"scorecard-A1.pdf", "scorecard-S1.html"} <= {each.file for each in found}
