"""Auditing an edition as it was published, and asking where one of its figures comes from."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.shell import KEY, MONTH, Shell

from outcomes import workflow

CONCORDANCE = "preferred_place_achieved"


def folder(shell: Shell) -> Path:
    return shell.home / "publications" / MONTH / "edition-1"


def test_an_edition_of_very_few_people_is_not_attacked_and_says_so(published: Shell) -> None:
    """Fifty deaths a month for the STP: most counts are 1 to 7."""
    assert "was released without the attack, for the partnership only" in published.do("audit", "--period", MONTH).out
    told = json.loads((folder(published) / "figures.json").read_text("utf-8"))
    assert "not for publication" in told["guarantee"]
    page = (folder(published) / "scorecard-QNC.html").read_text("utf-8")
    assert "not for publication" in page
    assert "remains consistent with everything" not in page


def test_a_number_that_a_template_lets_slip_is_found_in_the_file(
    published: Shell, copied: Callable[[Shell], Shell]
) -> None:
    shell = copied(published)
    page = folder(shell) / "scorecard-05W.html"
    page.write_text(page.read_text("utf-8").replace("</main>", "<p>33 of 71 died at home.</p></main>"), "utf-8")
    ran = shell("audit", "--period", MONTH)
    assert ran.says(2, f"The files of edition 1 of {MONTH} say more than they may")
    assert "scorecard-05W.html" in ran.out
    # What was found is not told again in a log.
    assert "33 of 71" not in ran.out + ran.err


def test_what_is_not_rendered_cannot_be_audited(computed: Shell, copied: Callable[[Shell], Shell]) -> None:
    shell = copied(computed)
    assert shell("audit", "--period", MONTH).says(1, f"There is no edition of {MONTH}")
    shell.do("release", "--period", MONTH)
    assert shell("audit", "--period", MONTH).says(1, f"Edition 1 of {MONTH} has no files")


def test_a_figure_is_led_back_to_its_submissions(published: Shell) -> None:
    told = published.do("explain", CONCORDANCE, "QNC", MONTH).out
    (printed,) = [
        r
        for r in published.do("released", "--period", MONTH).rows
        if (r["measure"], r["area"], r["grain"], r["period"], r["stratum"])
        == (CONCORDANCE, "QNC", "month", MONTH, "all")
    ]
    (line,) = [line.split() for line in told.splitlines() if line.startswith(f"{MONTH} (this)")]
    assert line[5:7] == [printed["denominator"], printed["numerator"]]
    used = published.do("explain", CONCORDANCE, "QNC", MONTH, "--format", "csv").rows
    # Deaths and shared records, from each CCG; of deaths the second sequence, which replaced the first.
    assert {(r["feed"], r["supplier"]) for r in used if r["period"] == MONTH} == {
        (feed, ccg) for feed in ("deaths", "epaccs") for ccg in ("04Y", "05D", "05G", "05Q", "05V", "05W")
    }
    assert {len(r["sha256"]) for r in used} == {64}


def test_an_explanation_tells_no_exact_count(published: Shell) -> None:
    """Neither the figure behind the print nor how many deaths a submission holds."""
    exact = next(
        r
        for r in published.do("figures", "--measure", CONCORDANCE, "--format", "csv").rows
        if (r["area"], r["grain"], r["period"], r["stratum"]) == ("QNC", "month", MONTH, "all")
    )
    exact_counts = {exact["denominator"], str(int(float(exact["numerator"])))}
    unrounded = {count for count in exact_counts if int(count) % 5}
    assert unrounded
    assert not unrounded & set(published.do("explain", CONCORDANCE, "QNC", MONTH).out.split())
    rows = published.do("explain", CONCORDANCE, "QNC", MONTH, "--format", "csv").rows
    assert set(rows[0]) == {"feed", "supplier", "period", "sequence", "status", "received_at", "sha256"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["concordance", "QNC", MONTH], "There is no measure concordance"),
        ([CONCORDANCE, "XYZ", MONTH], "There is no area XYZ"),
        ([CONCORDANCE, "QNC", "2031-01"], "There is no edition of 2031-01"),
        (["preference_changed", "05W", MONTH], f"preference_changed of 05W is not released for {MONTH}"),
    ],
)
def test_what_cannot_be_explained_says_why(published: Shell, words: list[str], sentence: str) -> None:
    assert published("explain", *words).says(1, sentence)


@pytest.fixture(scope="module")
def first_month(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The first month ever, of a tenth of the people: few enough counts to try each."""
    shell = Shell(tmp_path_factory.mktemp("first") / "home", {"OUTCOMES_PSEUDONYM_KEY": KEY})
    workflow.synth(shell.home / "inbox", MONTH, MONTH, scale=0.1)
    shell.do("receive", "--inbox", shell.home / "inbox")
    shell.do("compute")
    shell.do("release", "--period", MONTH)
    shell.do("render", "--period", MONTH)
    return shell


def test_each_count_of_an_edition_is_tried_on_its_files(first_month: Shell) -> None:
    said = first_month.do("audit", "--period", MONTH).out
    assert said.startswith(f"Nothing gives a count away in edition 1 of {MONTH}: each of its ")
    tried = int(said.split("each of its ")[1].split()[0])
    assert tried > 20
    told = json.loads((folder(first_month) / "figures.json").read_text("utf-8"))
    assert "each whole number from 1 to 7 remains consistent with everything this series" in told["guarantee"]


def test_without_the_rounding_the_attack_on_the_files_narrows(
    first_month: Shell, copied: Callable[[Shell], Shell]
) -> None:
    """A total printed as 8 more than the only other count leaves little: the attack reads the file, not the ledger."""
    shell = copied(first_month)
    file = folder(shell) / "figures.csv"
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    exact = {_key(r): r for r in shell.do("figures", "--format", "csv").rows}
    for row in rows:
        if row["numerator"] == "[c]" and row["denominator"] != "[c]" and row["area"] != "QNC":
            # As if it were not withheld, and printed like any other: 10 for 8 to 12 where there are none to seven.
            row["numerator"] = "0" if float(exact[_key(row)]["numerator"]) == 0 else "10"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    ran = shell("audit", "--period", MONTH)
    assert ran.code == 2
    assert "A reader can narrow the numerator of " in ran.out


def _key(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[c] for c in ("measure", "area", "grain", "period", "stratum", "stratum_value"))
