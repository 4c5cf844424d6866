"""An edition in its folder: whole or not at all, the same twice, never overwritten."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fictional_editions import CCGS, STEADY, edition, figure, measure

from outcomes.errors import SafetyRefusal, SetupError
from outcomes.scorecards import publish, write_edition
from outcomes.scorecards.contents import Contents
from outcomes.scorecards.files import figures_csv, figures_json, harmless


def one_measure() -> Contents:
    return edition({("place_achieved", "A1"): [*STEADY[:-1], "c"]}, measures=[measure(0)])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The PDF's own tests make real ones; here its bytes only have to follow from the contents."""
    monkeypatch.setattr(publish, "printed", lambda card: f"%PDF {card.area.code} {card.contents.number}".encode())


def on_disk(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.weasyprint
def test_an_edition_is_seven_scorecards_twice_their_measure_reports_and_two_files_of_figures(tmp_path: Path) -> None:
    hashes = write_edition(one_measure(), tmp_path)
    names = {f"scorecard-{code}.{kind}" for code in ["S1", *CCGS] for kind in ("pdf", "html")}
    names |= {f"measure-reports-{code}.json" for code in ["S1", *CCGS]}
    assert set(hashes) == names | {"figures.csv", "figures.json"}
    folder = tmp_path / "2018-04" / "edition-1"
    assert on_disk(folder) == hashes
    assert (folder / "scorecard-A1.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert [p.name for p in folder.parent.iterdir()] == ["edition-1"]


@pytest.mark.usefixtures("quick")
def test_the_same_edition_again_is_left_alone(tmp_path: Path) -> None:
    hashes = write_edition(one_measure(), tmp_path)
    folder = tmp_path / "2018-04" / "edition-1"
    made = folder.stat().st_ino
    assert write_edition(one_measure(), tmp_path) == hashes
    assert folder.stat().st_ino == made


@pytest.mark.usefixtures("quick")
def test_what_was_published_is_never_overwritten(tmp_path: Path) -> None:
    write_edition(one_measure(), tmp_path)
    page = tmp_path / "2018-04" / "edition-1" / "scorecard-A1.html"
    page.write_text("somebody was here")
    with pytest.raises(SafetyRefusal, match=r"already with another scorecard-A1\.html"):
        write_edition(one_measure(), tmp_path)
    assert page.read_text() == "somebody was here"


@pytest.mark.usefixtures("quick")
def test_a_file_more_or_less_is_another_edition_too(tmp_path: Path) -> None:
    write_edition(one_measure(), tmp_path)
    (tmp_path / "2018-04" / "edition-1" / "notes.txt").write_text("mine")
    with pytest.raises(SafetyRefusal, match=r"another notes\.txt"):
        write_edition(one_measure(), tmp_path)


@pytest.mark.usefixtures("quick")
def test_editions_of_a_month_lie_side_by_side(tmp_path: Path) -> None:
    write_edition(one_measure(), tmp_path)
    write_edition(replace(one_measure(), number=2), tmp_path)
    assert sorted(p.name for p in (tmp_path / "2018-04").iterdir()) == ["edition-1", "edition-2"]


KILLED_AT = """
import os, sys
from pathlib import Path
import test_scorecards_publish as t
from outcomes.scorecards import publish
publish.printed = lambda card: f"%PDF {card.area.code} {card.contents.number}".encode()
left = int(sys.argv[2])
real = os.fsync
def dying(handle):
    global left
    left -= 1
    if left < 0:
        os._exit(9)
    real(handle)
os.fsync = dying
publish.write_edition(t.one_measure(), Path(sys.argv[1]))
"""


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("flushes", "there"), [(0, False), (5, False), (23, False), (24, True)])
def test_killed_at_any_moment_and_run_again_gives_the_same(tmp_path: Path, flushes: int, there: bool) -> None:
    here = Path(__file__).parent
    path = f"{here}:{Path(publish.__file__).parents[2]}"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(tmp_path / "killed"), str(flushes)],
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert killed.returncode == 9
    # Twenty-three files and their folder are on the disk before the edition takes its place.
    assert (tmp_path / "killed" / "2018-04" / "edition-1").exists() == there
    hashes = write_edition(one_measure(), tmp_path / "killed")
    assert hashes == write_edition(one_measure(), tmp_path / "whole")
    assert [p.name for p in (tmp_path / "killed" / "2018-04").iterdir()] == ["edition-1"]
    assert on_disk(tmp_path / "killed" / "2018-04" / "edition-1") == hashes


@pytest.mark.usefixtures("quick")
def test_a_folder_that_cannot_be_written_is_a_fault_of_the_set_up(tmp_path: Path) -> None:
    (tmp_path / "publications").write_text("a file stands where the folder should be")
    with pytest.raises(SetupError, match="make the publications folder writable"):
        write_edition(one_measure(), tmp_path / "publications")


def test_the_csv_is_as_printed_and_sorted() -> None:
    contents = one_measure()
    rows = list(csv.DictReader(io.StringIO(figures_csv(contents).decode())))
    own = ["measure", "area", "grain", "period", "stratum", "stratum_value"]
    assert list(rows[0])[-12:] == [*own, "denominator", "numerator", "value", "lower", "upper", "state"]
    assert len(rows) == len(contents.figures)
    assert rows == sorted(rows, key=lambda r: [r[c] for c in own])
    april = [r for r in rows if (r["area"], r["period"]) == ("A1", "2018-04")]
    assert [(r["denominator"], r["numerator"], r["value"], r["state"]) for r in april] == [
        ("[c]", "[c]", "", "suppressed")
    ]


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+x", "'+x"), ("-1.5", "-1.5"), ("[c]", "[c]"), ("-cmd", "'-cmd")],
)
def test_a_cell_is_never_a_formula(cell: str, written: str) -> None:
    assert harmless(cell) == written


def test_the_json_says_what_is_provisional_and_which_edition_it_is() -> None:
    contents = edition(
        {("place_achieved", "A1"): [*STEADY[:-1], ("p", 105)]},
        measures=[measure(0)],
        more=[figure(measure(0), "S1", "month", "2018-04", 105, missing="deaths A1 2018-04")],
    )
    document = json.loads(figures_json(contents))
    assert document["edition"] == {
        "period": "2018-04",
        "number": 1,
        "replaces": None,
        "compared": None,
        "made_on": "2018-06-14",
        "release": "17",
        "selection": "fedc9876",
        "code_version": "0123abc",
        "partnership": "Westshire STP",
    }
    april = {f["area"]: f for f in document["figures"] if f["period"] == "2018-04"}
    assert april["A1"]["provisional"] is True
    assert april["S1"]["missing"] == "deaths A1 2018-04"
    assert document["measures"][0]["title"] == "Died where they wanted to"
    assert "1 to 7 are withheld" in document["protection"]
