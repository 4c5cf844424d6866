"""Auditing an edition as it was published, and asking where one of its figures comes from."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import MONTH
from tests.shell import Shell

CONCORDANCE = "preferred_place_achieved"


def folder(shell: Shell) -> Path:
    return shell.home / "publications" / MONTH / "edition-1"


def test_an_edition_as_published_gives_no_count_away(published: Shell) -> None:
    said = published.do("audit", "--period", MONTH).out
    assert said.startswith(f"Nothing gives a count away in edition 1 of {MONTH}: each of its ")
    assert "0 counts" not in said


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


def test_a_withheld_count_that_two_printed_ones_give_away_is_found(
    published: Shell, copied: Callable[[Shell], Shell]
) -> None:
    """Unrounded totals in figures.csv, as if the gate had been taken out: the attack reads the file, not the ledger."""
    shell = copied(published)
    exact = {tuple(r.values())[:6]: r for r in shell.do("figures", "--format", "csv").rows}
    file = folder(shell) / "figures.csv"
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    withheld = [r for r in rows if r["grain"] == "month" and r["numerator"] == "[c]" and r["denominator"] != "[c]"]
    assert withheld
    for row in withheld:
        row["numerator"] = str(int(float(exact[tuple(row.values())[:6]]["numerator"])) or 0)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    ran = shell("audit", "--period", MONTH)
    assert ran.code == 2
    assert "A reader can narrow the numerator of " in ran.out


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
        if (r["measure"], r["area"], r["grain"], r["period"], r["stratum"]) == (CONCORDANCE, "QNC", "month", MONTH, "all")
    ]
    (line,) = [line.split() for line in told.splitlines() if line.startswith(f"{MONTH} (this)")]
    assert line[4:6] == [printed["denominator"], printed["numerator"]]
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
    assert int(exact["denominator"]) % 5 or int(float(exact["numerator"])) % 5
    told = published.do("explain", CONCORDANCE, "QNC", MONTH).out.split()
    assert not {exact["denominator"], str(int(float(exact["numerator"])))} & set(told) or (
        int(exact["denominator"]) % 5 == 0 or int(float(exact["numerator"])) % 5 == 0
    )
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
