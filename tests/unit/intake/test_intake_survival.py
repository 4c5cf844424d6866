"""Whatever is sent, the worker goes on: damaged bytes, workbooks that take all memory or time, and much of an honest one."""

import gzip
import io
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from python_calamine import CalamineWorkbook

from outcomes.intake import workbook as workbooks
from outcomes.intake import workbook_program
from outcomes.intake.agreements import Agreement
from outcomes.intake.limits import Unreadable
from outcomes.intake.reading import read_csv
from outcomes.intake.unpacking import unpack
from outcomes.intake.workbook import read_workbook
from outcomes.intake.workbook_cells import Cells
from outcomes.intake.workbook_package import open_package
from unit.intake.suppliers import as_csv, values_of
from unit.intake.valid_records import many
from unit.intake.workbooks import archive, planted, text_row, workbook

SURVEYS = many("bereavement_survey", 30)
CONTENT = as_csv(SURVEYS)
NOTHING_AGREED = Agreement("05W")
SHEET = workbook([list(SURVEYS[0]), *(list(r.values()) for r in SURVEYS)], formats={2: "yyyy-mm-dd"})


def read_gzip(data: bytes) -> object:
    return read_csv(unpack(data, "csv.gz", NOTHING_AGREED))


def read_zip(data: bytes) -> object:
    return read_csv(unpack(data, "zip", NOTHING_AGREED))


def read_sheet(data: bytes) -> object:
    return read_workbook(data, None)


def flipped(data: bytes, dice: random.Random) -> bytes:
    """The data with one to four bytes exchanged, and now and then a piece cut out."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    if dice.random() < 0.2:
        start = dice.randrange(len(changed))
        del changed[start : start + dice.randrange(200)]
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "read", "times"),
    [
        (gzip.compress(CONTENT), read_gzip, 300),
        (archive({"a.csv": CONTENT}), read_zip, 300),
        (CONTENT, read_csv, 300),
        (SHEET, read_sheet, 40),
    ],
    ids=["gzip", "zip", "csv", "xlsx"],
)
def test_flipped_bytes_are_read_or_refused_with_a_sentence(
    data: bytes, read: Callable[[bytes], object], times: int
) -> None:
    dice = random.Random(7)
    for _ in range(times):
        with suppress(Unreadable):
            read(flipped(data, dice))


@pytest.mark.parametrize(
    "part",
    [
        "xl/worksheets/sheet1.xml",
        "xl/workbook.xml",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
        "_rels/.rels",
        "xl/_rels/workbook.xml.rels",
    ],
)
def test_flipped_bytes_within_a_whole_archive_are_read_or_refused_too(part: str) -> None:
    """The checksums of an archive catch most damage; a hostile sender's are right."""
    dice = random.Random(part)
    with zipfile.ZipFile(io.BytesIO(SHEET)) as whole:
        entries: dict[str, str | bytes] = {name: whole.read(name) for name in whole.namelist()}
    good = bytes(entries[part])
    for _ in range(100):
        with suppress(Unreadable):
            Cells(open_package(archive(entries | {part: flipped(good, dice)})), lambda row: None).read()


BOMBS = {
    "cells at both ends": planted("<row r='1'><c r='A1'/></row><row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
    "entities": planted(b'<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet/>'),
    "an entry of 300 MB": archive({"[Content_Types].xml": "<x/>", "xl/a.xml": bytes(300 << 20)}),
    "a zip of 300 MB": archive({"a.csv": bytes(300 << 20)}),
    "a gzip of 300 MB": gzip.compress(bytes(300 << 20)),
    "a traversal": archive({"../../evil.csv": CONTENT}),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_less_than_a_second(bomb: str) -> None:
    data = BOMBS[bomb]
    read = read_sheet if data[:2] == b"PK" and "zip" not in bomb and "traversal" not in bomb else read_zip
    # Processor time, which does not depend on what else the machine does.
    start = time.process_time()
    with pytest.raises(Unreadable):
        (read_gzip if "gzip" in bomb else read)(data)
    assert time.process_time() - start < 1


def test_the_preflight_needs_no_program_for_what_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Unreadable, match="beyond 200,000 rows"):
        read_sheet(BOMBS["cells at both ends"])


class TestProgram:
    def started(self, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
        """From now on the program that reads workbooks does this first."""
        monkeypatch.setattr(workbooks, "_PROGRAM", f"{before}\n{workbooks._PROGRAM}")

    @pytest.mark.parametrize(
        "death",
        [
            "import os; os.abort()",
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "raise SystemExit(1)",
            "print('[1, [0], [\"a\"], [', end='', flush=True); raise SystemExit(0)",
            "import sys; sys.stdin.close(); raise SystemExit(0)",
        ],
        ids=["abort", "kill", "exit", "half a line", "deaf"],
    )
    def test_a_program_that_dies_is_a_file_that_cannot_be_read(
        self, monkeypatch: pytest.MonkeyPatch, death: str
    ) -> None:
        self.started(monkeypatch, death)
        with pytest.raises(Unreadable, match="more memory or time to read than is allowed"):
            read_sheet(SHEET)

    def test_a_program_that_hangs_is_stopped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbooks, "PATIENCE", 0.5)
        self.started(monkeypatch, "import time; time.sleep(1000)")
        with pytest.raises(Unreadable, match="more memory or time"):
            read_sheet(SHEET)

    def test_memory_is_limited(self, monkeypatch: pytest.MonkeyPatch) -> None:
        less = f"from outcomes.intake import workbook_program as p; p.MEMORY = {40 << 20}; "
        monkeypatch.setattr(workbooks, "_PROGRAM", workbooks._PROGRAM.replace("main()", f"{less} main()"))
        strings = [f"<t>{n:0100}</t>" for n in range(200_000)]
        data = planted(text_row(1, ["a"]), strings=strings)
        with pytest.raises(Unreadable, match="more memory or time"):
            read_sheet(data)

    def test_processor_time_is_limited(self, monkeypatch: pytest.MonkeyPatch) -> None:
        less = "from outcomes.intake import workbook_program as p; p.TIME = 1; "
        monkeypatch.setattr(workbooks, "_PROGRAM", workbooks._PROGRAM.replace("main()", f"{less} main()"))
        dice = random.Random(3)
        rows = [f"<row>{''.join(f'<c><v>{dice.random()}</v></c>' for _ in range(300))}</row>" for _ in range(3000)]
        with pytest.raises(Unreadable, match="more memory or time"):
            read_sheet(planted("".join(rows)))

    def test_it_sees_no_secret_of_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OUTCOMES_PSEUDONYM_KEY", "5f" * 32)
        tell = 'import os; print(\'{"unreadable": "%s"}\' % sorted(os.environ), flush=True)'
        self.started(monkeypatch, tell)
        with pytest.raises(Unreadable) as told:
            read_sheet(SHEET)
        assert "OUTCOMES" not in str(told.value)

    def test_its_limits_fit_the_promise_of_a_gibibyte_and_a_half(self) -> None:
        assert workbook_program.MEMORY <= 1 << 30


def test_a_workbook_of_a_million_cells_is_read_in_little_memory() -> None:
    """In a process of its own, whose memory and whose program's memory at their highest are told."""
    rows = (
        "<row>" + "".join(f"<c><v>{row * 1.5 + n}</v></c><c t='s'><v>{row}</v></c>" for n in range(10)) + "</row>"
        for row in range(50_000)
    )
    data = planted(text_row(1, map(str, range(20))) + "".join(rows), strings=(f"<t>B{n}</t>" for n in range(50_000)))
    program = (
        "import sys, resource; from outcomes.intake.workbook import read_workbook;"
        "print(read_workbook(sys.stdin.buffer.read(), None).count,"
        "*(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], input=data, env=environment, capture_output=True, check=True)
    count, *kilobytes = map(int, done.stdout.split())
    assert count == 50_000
    assert sum(kilobytes) < 1_500_000


def test_calamine_reads_the_same_wherever_it_tells_as_much() -> None:
    """A second opinion: another program's reading of the same cells. It knows no error and no missing result."""
    dice = random.Random(11)
    kinds: list[Callable[[], object]] = [
        lambda: f"text {dice.random()}",
        lambda: dice.randrange(-(10**9), 10**10),
        lambda: dice.randrange(10**6) / 100,
        lambda: dice.random() * 10.0 ** dice.randrange(-6, 18),
        lambda: "é & <b> \u2028 😀",
        lambda: " ",
    ]
    rows = [[dice.choice(kinds)() for _ in range(12)] for _ in range(200)]
    data = workbook([[f"c{n}" for n in range(12)], *rows])  # type: ignore[list-item]
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[1:]
    ours = values_of(read_workbook(data, None))
    for their, our in zip(theirs, ours, strict=True):
        assert [float(o) if isinstance(t, float) else o for t, o in zip(their, our, strict=True)] == their
