"""A number that gets as far as a log is masked there, however it is written and whoever logs it."""

import io
import logging
import subprocess
import sys

import pytest

from outcomes.redaction import MASK, Spoken, install, redacted, stripped

NUMBER = "9990000018"
WRITTEN = [NUMBER, "999 000 0018", "999-000-0018", "999.000.0018", "٩٩٩٠٠٠٠٠١٨"]


@pytest.mark.parametrize("number", WRITTEN)
def test_a_number_is_masked_however_it_is_written(number: str) -> None:
    assert redacted(f"nhs_number={number}, row 7") == f"nhs_number={MASK}, row 7"


@pytest.mark.parametrize(
    "text",
    [
        "9990000019",
        "1543449600123",
        "99900000180",
        "2018-04",
        "0000000000",
        "1,234 records",
        "05W-1-fedcba9990000018.parquet",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    assert redacted(text) == text


def test_what_lies_in_lists_and_dictionaries_is_masked_too() -> None:
    assert stripped({NUMBER: [("a", NUMBER), 7]}) == {MASK: [("a", MASK), 7]}


def test_what_is_printed_is_masked_line_by_line_also_in_parts() -> None:
    target = io.StringIO()
    spoken = Spoken(target)
    print("number", NUMBER[:5], end="", file=spoken)
    print(NUMBER[5:], file=spoken)
    print("the last line", NUMBER, end="", file=spoken)
    spoken.close()
    assert target.getvalue() == f"number {MASK}\nthe last line {MASK}"


def test_every_logger_warning_and_crash_of_the_process_is_masked() -> None:
    code = (
        "import logging, warnings; from outcomes.redaction import install; install(); install()\n"
        "logging.basicConfig(format='%(message)s')\n"
        f"logging.getLogger('duckdb').error('Could not convert %s', '{NUMBER}')\n"
        f"logging.getLogger('x').error('wrong arguments {NUMBER} %s %s', 1)\n"
        f"warnings.warn('999 000 0018')\n"
        "try: int('no')\n"
        f"except ValueError as error:\n"
        f"    error.add_note('{NUMBER}'); logging.exception('it broke')\n"
        f"raise KeyError('{NUMBER}')\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert NUMBER not in ran.stderr
    assert "999 000 0018" not in ran.stderr
    assert ran.stderr.count(MASK) >= 4
    assert f"Could not convert {MASK}" in ran.stderr
    assert "a message that could not be put together (TypeError)" in ran.stderr
    assert "invalid literal for int()" in ran.stderr


def test_a_handler_of_somebody_elses_gets_it_masked(caplog: pytest.LogCaptureFixture) -> None:
    before = logging.getLogRecordFactory()
    try:
        install()
        logging.getLogger("sqlalchemy.engine").warning("parameters: %s", {"nhs_number": NUMBER})
    finally:
        logging.setLogRecordFactory(before)
    assert MASK in caplog.text
    assert NUMBER not in caplog.text
