"""Receiving: counts and volumes, one file among others, and what happens where something cannot be read."""

import os
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from outcomes.intake import inbox, judging, receiving
from unit.intake.suppliers import Desk, as_csv
from unit.intake.valid_records import many

FILE = "deaths_05W_2018-04_{}.csv"
GOOD = as_csv(many("deaths", 20))
BAD = as_csv(many("deaths", 20, sex="X"))
ACCEPTED = "accepted"


class TestRows:
    @pytest.mark.parametrize("claimed", [19, 21, 0])
    def test_a_wrong_row_count_is_a_file_rejection(self, desk: Desk, claimed: int) -> None:
        desk.put(FILE.format(1), GOOD, rows=claimed)
        assert desk.receive().refused[0].findings["code"].tolist() == ["row_count"]

    def test_counting_the_header_is_told(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD, rows=21)
        assert "do not count the header" in desk.receive().refused[0].verdict

    def test_rows_are_records_without_the_header_and_without_empty_lines(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD + b"\n\r\n\n", rows=20)
        assert desk.receive().accepted == 1

    def test_every_fault_is_told_at_once(self, desk: Desk) -> None:
        desk.put("deaths_RJE_2018-04_1.csv", BAD, rows=19)
        (report,) = desk.receive().refused
        assert report.findings["code"].unique().tolist() == ["wrong_supplier", "row_count", "too_many_rejected", "code"]

    def test_a_file_rejected_for_its_manifest_still_tells_its_records_faults(self, desk: Desk) -> None:
        desk.put(FILE.format(1), BAD, period="2018-05")
        assert set(desk.receive().refused[0].findings["code"]) == {"manifest", "too_many_rejected", "code"}
        (line,) = desk.lines()
        assert (line.rows, line.rejected_records) == (20, 20)


class TestVolume:
    def months(self, desk: Desk, *rows: int) -> list[str]:
        """Receive months of so many records from January on; the codes of the last one's warnings."""
        for month, n in enumerate(rows, 1):
            day = f"2018-{month:02d}-15"
            data = as_csv(many("deaths", n, date_of_death=day, date_of_registration=day))
            desk.put(f"deaths_05W_2018-{month:02d}_1.csv", data)
            desk.receive()
        (report,) = (desk.home / "feedback" / f"2018-{len(rows):02d}").glob("*.csv")
        return list(pd.read_csv(report)["code"])

    @pytest.mark.parametrize(
        ("rows", "far"),
        [
            ((100, 110, 90, 49), True),
            ((100, 110, 90, 50), False),
            ((100, 110, 90, 200), False),
            ((100, 110, 90, 201), True),
            ((100, 110, 30), False),
            ((10, 12, 8, 25), False),
        ],
        ids=["below half", "half", "twice", "above twice", "two months tell nothing", "a small feed"],
    )
    def test_a_volume_far_from_the_suppliers_usual_is_a_warning(
        self, desk: Desk, rows: tuple[int, ...], far: bool
    ) -> None:
        assert self.months(desk, *rows) == (["unusual_volume"] if far else [])
        assert {outcome for _, outcome, _ in desk.status()} == {ACCEPTED}


class TestOneAmongOthers:
    def test_rejected_submissions_do_not_stop_the_others(self, desk: Desk) -> None:
        desk.put("deaths_04Y_2018-04_1.csv", BAD)
        desk.put(FILE.format(1), GOOD)
        receipt = desk.receive()
        assert (receipt.accepted, receipt.rejected, receipt.nothing_could_be_read) == (1, 1, False)

    def test_a_file_that_cannot_be_opened_waits_and_does_not_stop_the_others(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.put("deaths_04Y_2018-04_1.csv", GOOD)
        desk.put(FILE.format(1), GOOD)
        read = receiving.read_sent

        def refuse_one(path: Path) -> object:
            if "04Y" in path.name:
                raise PermissionError(13, "Permission denied")  # root may read everything, so that chmod does not do
            return read(path)

        monkeypatch.setattr(receiving, "read_sent", refuse_one)
        receipt = desk.receive()
        assert receipt.accepted == 1
        (sentence,) = receipt.waiting
        assert sentence.startswith("deaths_04Y_2018-04_1.csv cannot be opened (Permission denied): check its rights")
        monkeypatch.undo()
        assert desk.receive().accepted == 1

    def test_what_lies_there_is_read_once_and_again_when_it_was_touched(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read, opened = receiving.read_sent, []

        def told(path: Path) -> object:
            opened.append(path.name.removesuffix(".manifest.json"))
            return read(path)

        monkeypatch.setattr(receiving, "read_sent", told)  # the one thing told apart: whether it is opened at all
        desk.put("deaths_04Y_2018-04_1.csv", GOOD)
        desk.put(FILE.format(1), GOOD)
        assert (desk.receive().accepted, len(opened)) == (2, 4)
        opened.clear()
        assert (desk.receive().nothing_new, opened) == (2, [])
        # Other bytes of the same length, with the old time of change put back: the system's own time tells.
        file = desk.inbox / FILE.format(1)
        before = file.stat()
        file.write_bytes(GOOD[::-1])
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        receipt = desk.receive()
        assert set(opened) == {FILE.format(1)}
        assert (receipt.nothing_new, receipt.rejected) == (1, 1)

    def test_only_one_suppliers_files_are_received_when_asked(self, desk: Desk) -> None:
        desk.put("deaths_04Y_2018-04_1.csv", GOOD)
        desk.put(FILE.format(1), GOOD)
        desk.receive(suppliers=["05W"])
        assert [name for name, _, _ in desk.status()] == [FILE.format(1)]

    def test_nothing_could_be_read_only_where_nothing_is_or_was_accepted(self, desk: Desk) -> None:
        assert not desk.receive().nothing_could_be_read
        desk.put(FILE.format(1), BAD)
        assert desk.receive().nothing_could_be_read
        desk.put(FILE.format(2), GOOD)
        desk.receive()
        desk.put(FILE.format(3), BAD)
        assert not desk.receive().nothing_could_be_read

    def test_a_file_too_large_to_hold_is_rejected_by_its_size_alone(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inbox, "MAX_BYTES", len(GOOD) - 1)  # a file of more than 1 GiB would be slow to make
        desk.put(FILE.format(1), GOOD)
        (report,) = desk.receive().refused
        assert "larger than 1 GiB" in report.verdict
        assert [line.rows for line in desk.lines()] == [0]


class TestTogether:
    def test_one_that_cannot_be_judged_holds_up_no_other(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        judge = judging.Judging.judge

        def fail(self: judging.Judging, *given: object) -> object:
            if any(sheet.supplier == "04Y" for sheet in self._sheets):
                raise duckdb.OutOfMemoryException("a value")  # memory cannot be made to run out for one file alone
            return judge(self, *given)  # type: ignore[arg-type]

        monkeypatch.setattr(judging.Judging, "judge", fail)
        desk.put("deaths_04Y_2018-04_1.csv", GOOD)
        desk.put(FILE.format(1), GOOD)
        receipt = desk.receive()
        assert (receipt.accepted, [name for name, _, _ in desk.status()]) == (1, [FILE.format(1)])
        (sentence,) = receipt.failed
        assert sentence.startswith(
            "deaths_04Y_2018-04_1.csv could not be judged (OutOfMemoryException), so nothing of it"
        )
        assert "a value" not in sentence
        monkeypatch.undo()
        assert desk.receive().accepted == 1

    def test_each_supplier_is_held_to_its_own_codes(self, desk: Desk) -> None:
        taken_over = many("ed_attendances", 20, provider_code="RJF")
        own = many("ed_attendances", 20, provider_code="RJE")
        desk.put("ed_attendances_RTG_2018-04_1.csv", as_csv(taken_over))
        desk.put("ed_attendances_RJE_2018-04_1.csv", as_csv([*own, taken_over[0]]))
        desk.receive()
        assert {line.supplier: (line.rows, line.rejected_records) for line in desk.lines()} == {
            "RTG": (20, 0),
            "RJE": (21, 1),
        }

    def test_many_are_received_in_several_batches(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(receiving, "BATCH", 2)
        for code in ("04Y", "05D", "05G", "05Q", "05V"):
            desk.put(f"deaths_{code}_2018-04_1.csv", GOOD)
        assert desk.receive().accepted == 5
