"""What may stand in no tracked file is found there.

The numbers are made while the test runs, for they may not stand here either.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from check_files import faults, may_be_issued


def checked(nine: str) -> str:
    """Nine digits and the digit that makes their modulus 11 check right: 11 - (10 a + 9 b + ... + 2 i) mod 11."""
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), nine, strict=True))
    return nine + str((11 - total % 11) % 11)


REAL = checked("401023213")
RESERVED = checked("999000001")


def test_a_right_number_outside_999_could_be_somebodys():
    assert len(REAL) == 10
    assert may_be_issued(REAL)
    assert not may_be_issued(RESERVED)
    wrong = REAL[:9] + str((int(REAL[9]) + 1) % 10)
    assert not may_be_issued(wrong)


@pytest.mark.parametrize("form", ["{0}", "{1} {2} {3}", "{1}-{2}-{3}", "nhs={0},", '"{0}"'])
def test_it_is_found_however_it_is_written_and_not_repeated(form):
    line = form.format(REAL, REAL[:3], REAL[3:6], REAL[6:])
    (fault,) = faults("some.csv", f"first\n{line}\n")
    assert fault.startswith("some.csv:2: a number that could be somebody's NHS number")
    assert REAL[:3] not in fault


@pytest.mark.parametrize("text", [f"{RESERVED}", f"1{REAL}", f"{REAL}7", f"0.{REAL}", "2018-04-01 06:00"])
def test_reserved_longer_and_other_numbers_pass(text):
    assert list(faults("some.csv", text)) == []


def test_the_lock_is_looked_through_for_names_only():
    assert list(faults("requirements.lock", f"sha256:{REAL}")) == []
    (fault,) = faults("requirements.lock", "https://" + "py" + "pi.example/simple")
    assert "the name of a package index" in fault


def test_a_path_of_this_machine_is_found():
    place = Path(__file__).resolve().parents[2]
    (fault,) = faults("notes.md", f"see {place.parent}/elsewhere")
    assert "a path of this machine" in fault
