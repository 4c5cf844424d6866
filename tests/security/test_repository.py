"""What may stand in no tracked file: somebody's NHS number, the name of a package index, a path of one machine."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "check_files.py"


@pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="this is no git checkout, so nobody knows which files are tracked"
)
def test_no_tracked_file_holds_what_may_stand_in_none() -> None:
    ran = subprocess.run([sys.executable, TOOL], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "nothing in them that may not be" in ran.stdout


def test_the_check_notices_a_number_that_may_be_issued(tmp_path: Path) -> None:
    # Worked out here, since no such number may stand in this file either: nine digits and their check digit.
    nine = "100000000"
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    number = f"{nine}{check}"
    assert len(number) == 10
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / TOOL.name).write_text(TOOL.read_text("utf-8"), encoding="utf-8")
    (tmp_path / "notes.txt").write_text(f"Her number is {number[:3]} {number[3:6]} {number[6:]}.\n")
    for words in (["init", "-q"], ["add", "notes.txt"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    ran = subprocess.run([sys.executable, tmp_path / "tools" / TOOL.name], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "notes.txt:1: a number that could be somebody's NHS number" in ran.stdout
    assert number[6:] not in ran.stdout
