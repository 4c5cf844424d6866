"""What a faulty template, or a faulty program, would give away is found in the file that it wrote."""

import csv
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


# The same row under Fingertips' names: value, limits, count, denominator.
NAMED = ",Apr 2018,52,46,59,,,105,200,Provisional,,,,20180400,,,1m,"
NAMED_WITHHELD = ",Jul 2017,,,,,,,,Value suppressed for disclosure control,,,,20170700,,,1m,"

IN_FINGERTIPS_COLUMNS = {
    "an unrounded count": line(NAMED, NAMED.replace(",105,200,", ",104,200,")),
    "an unrounded denominator": line(NAMED, NAMED.replace(",105,200,", ",105,198,")),
    "a percentage from true counts": line(NAMED, NAMED.replace(",52,", ",53,")),
    "an interval from true counts": line(NAMED, NAMED.replace(",46,59,", ",45,59,")),
    "99.8 % limits that nobody released": line(NAMED, NAMED.replace(",59,,,", ",59,42,63,")),
    "a count where it is withheld": line(NAMED_WITHHELD, NAMED_WITHHELD.replace(",,,,,,,,", ",,,,,,4,,", 1)),
    "a value where it is withheld": line(NAMED_WITHHELD, NAMED_WITHHELD.replace(",,,,,,,,", ",2,,,,,,,", 1)),
    "a note with the count": line(NAMED, NAMED.replace("Provisional", "Provisional: 104")),
    "a note that says why a count is withheld": line(
        NAMED_WITHHELD, NAMED_WITHHELD.replace("control", "control due to small count")
    ),
    "a trend with the count": line(NAMED, NAMED.replace("Provisional,,", "Provisional,104 of 198,")),
    "a count in a name": line(",Died where they wanted to,", ",Died where they wanted to (104),"),
    "another area's code": line(",E38A1,NHS Ashdown CCG,", ",E38B2,NHS Ashdown CCG,"),
}


@pytest.mark.parametrize("leak", IN_FINGERTIPS_COLUMNS)
@pytest.mark.weasyprint
def test_what_fingertips_columns_say_beyond_the_houses_own_is_found(leak: str, honest: Path, tmp_path: Path) -> None:
    found = found_in(damaged(honest, tmp_path, "figures.csv", IN_FINGERTIPS_COLUMNS[leak]))

    assert {(each.file, each.sentence) for each in found} == {
        ("figures.csv", "is not what the house's own columns say")
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


REPORTS = "measure-reports-A1.json"


def in_reports(change: Callable[[dict], None]) -> Callable[[str], str]:
    """Change the first report: A1's April, 105 of 200, printed 52%."""
    return changed(lambda bundle: change(bundle["entry"][0]["resource"]))


def in_group(change: Callable[[dict], None]) -> Callable[[str], str]:
    return in_reports(lambda report: change(report["group"][0]))


def population(**said: object) -> Callable[[str], str]:
    """Change the first report's numerator."""
    return in_group(lambda group: group["population"][1].update(said))


def stratum_of_its_own(group: dict) -> None:
    """A CCG's year by sex, which is released for the STP alone."""
    coding = {"system": "https://outcomes.stp.example/fhir/CodeSystem/sex", "code": "1", "display": "Male"}
    of = {
        "coding": [{"system": "https://outcomes.stp.example/fhir/CodeSystem/stratum", "code": "sex", "display": "Sex"}]
    }
    each = {"value": {"coding": [coding]}, "population": group["population"], "measureScore": group["measureScore"]}
    group["stratifier"] = [{"code": [of], "stratum": [each]}]


IN_THE_REPORTS = {
    "an unrounded count": population(count=104),
    "a count with decimals": population(count=105.5),
    "a count as text": population(count="104"),
    "an unrounded denominator": in_group(lambda group: group["population"][0].update(count=198)),
    "a percentage from true counts": in_group(lambda group: group["measureScore"].update(value=53)),
    "a percentage with more decimals": in_group(lambda group: group["measureScore"].update(value=52.5)),
    "a count of another kind": in_group(
        lambda group: group["population"][1]["code"]["coding"][0].update(code="initial")
    ),
    "a stratum that is not released": in_group(stratum_of_its_own),
    "another month's figure": in_reports(lambda report: report["period"].update(start="2018-03-01", end="2018-03-31")),
    "days of no period": in_reports(lambda report: report["period"].update(end="2018-04-29")),
    "the count in a name": in_group(lambda group: group["code"].update(text="Died where they wanted to (104)")),
    "the count in an identifier": in_reports(lambda report: report.update(id="00000104" + report["id"][8:])),
    "the count in an address": changed(lambda b: b["entry"][0].update(fullUrl="urn:uuid:104")),
    "the count in a version": in_reports(lambda report: report.update(measure=report["measure"][:-1] + "104")),
    "a narrative": in_reports(lambda report: report.update(text={"status": "generated", "div": "<div>104</div>"})),
    "an entry whose name is the count": in_reports(lambda report: report.update({"count-104": {}})),
    "an extension with the exact count": in_group(
        lambda group: group["population"][1].update(extension=[{"url": "exact", "valueInteger": 104}])
    ),
    "a reason beside a count": population(_count={"extension": [{"url": "why", "valueCode": "masked"}]}),
    "an unknown entry of the bundle": changed(lambda b: b.update(total=104)),
    "a name twice, of which the first is read": lambda text: text.replace(
        '"count": 105', '"count": 104, "count": 105', 1
    ),
    "no FHIR": lambda _: "104",
    "no JSON": lambda _: "{",
}


@pytest.mark.parametrize("leak", IN_THE_REPORTS)
@pytest.mark.weasyprint
def test_what_a_measure_report_says_beyond_the_csv_is_found(leak: str, honest: Path, tmp_path: Path) -> None:
    found = found_in(damaged(honest, tmp_path, REPORTS, IN_THE_REPORTS[leak]))

    assert {each.file for each in found} == {REPORTS}
    assert not any("104" in str(each) for each in found)


WITHHELD_IN_REPORTS = {
    "a count": lambda stratum: stratum["population"][-1].update(count=4),
    "a score": lambda stratum: stratum["measureScore"].update(value=2),
    "why it is withheld": lambda stratum: stratum["measureScore"]["_value"]["extension"][0].update(
        valueCode="not-performed"
    ),
    "another stratum's name": lambda stratum: stratum["value"]["coding"][0].update(display="Not known"),
}


@pytest.mark.parametrize("leak", WITHHELD_IN_REPORTS)
@pytest.mark.weasyprint
def test_a_withheld_stratum_of_a_measure_report_tells_nothing(leak: str, honest: Path, tmp_path: Path) -> None:
    def change(bundle: dict) -> None:
        strata = [
            stratum
            for entry in bundle["entry"]
            for stratifier in entry["resource"]["group"][0].get("stratifier", ())
            for stratum in stratifier["stratum"]
            if "_count" in stratum["population"][-1]
        ]
        WITHHELD_IN_REPORTS[leak](strata[0])

    found = found_in(damaged(honest, tmp_path, "measure-reports-S1.json", changed(change)))

    assert len(found) == 1
    assert found[0].where.startswith("in_hospital rolling-12 2018-03")


def test_measure_reports_that_are_missing_are_named_but_for_an_edition_that_never_had_any(tmp_path: Path) -> None:
    folder = publish(contents(), tmp_path, (), on_paper=False)
    assert "measure-reports-A1.json" in {each.file for each in leaks(folder)}

    # As editions were made before there were any: the house's own columns alone.
    table = csv.reader((folder / "figures.csv").read_text("utf-8").splitlines())
    (folder / "figures.csv").write_text("".join(",".join(row[-12:]) + "\n" for row in table), "utf-8")

    assert {each.file.split("-")[0] for each in leaks(folder)} == {"scorecard"}


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
    "an unrounded count beside the chart": (A1, within(PANEL, "March 2018: 95 of 200", "March 2018: 94 of 200")),
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
