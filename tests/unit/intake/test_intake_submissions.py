"""Submissions: sequences, what is known, what replaces what, what is in force; and the lake under them.

Each test puts files into a drop folder and receives it, as often as it says; the status tells what became of them.
"""

import gzip

import pandas as pd
import pytest

from unit.intake.suppliers import Desk, as_csv, header_of
from unit.intake.valid_records import many, valid

FILE = "deaths_05W_2018-04_{}.csv"
GOOD = as_csv(many("deaths", 20))
BETTER = as_csv(many("deaths", 21))
BAD = as_csv(many("deaths", 20, sex="X"))
ACCEPTED, REJECTED = "accepted", "file_rejected"


def outcomes(desk: Desk) -> list[tuple[int, str, bool]]:
    """Sequence, outcome and whether it is in force, of every line of the status."""
    return [(int(name.split("_")[3].split(".")[0]), outcome, counting) for name, outcome, counting in desk.status()]


def test_an_accepted_submission_is_in_force_with_its_records_in_the_lake(desk: Desk) -> None:
    desk.put(FILE.format(1), GOOD, status="freeze")
    receipt = desk.receive()
    assert (receipt.accepted, receipt.rejected, receipt.records) == (1, 0, 20)
    (line,) = desk.lines()
    assert (line.outcome, line.status, line.rows, line.rejected_records) == (ACCEPTED, "freeze", 20, 0)
    assert line.lake_file is not None
    kept = pd.read_parquet(desk.home / "lake" / line.lake_file)
    assert list(kept["registration_id"]) == [f"D{n}" for n in range(1, 21)]
    assert set(kept["supplier"]) == {"05W"}
    assert set(kept["period"]) == {"2018-04"}
    assert set(kept["sequence"]) == {1}


def test_rejected_records_are_kept_apart_and_the_rest_is_used(desk: Desk) -> None:
    desk.put(FILE.format(1), as_csv([*many("deaths", 19), valid("deaths", 20, sex="X")]))
    desk.receive()
    (line,) = desk.lines()
    assert (line.outcome, line.rows, line.rejected_records) == (ACCEPTED, 20, 1)
    assert line.rejected_file is not None
    (aside,) = pd.read_parquet(desk.home / "lake" / line.rejected_file).to_dict("records")
    assert (aside["file_row"], aside["faults"]) == (21, "code|sex")


@pytest.mark.parametrize("container", ["csv", "csv.gz"])
def test_the_sha256_is_of_the_bytes_as_delivered(desk: Desk, container: str) -> None:
    data = gzip.compress(GOOD, mtime=0) if container == "csv.gz" else GOOD
    desk.put(f"deaths_05W_2018-04_1.{container}", data, rows=20)
    desk.receive()
    assert outcomes(desk) == [(1, ACCEPTED, True)]


class TestSequences:
    def test_the_same_again_is_nothing_new(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD)
        desk.receive()
        before = desk.lake()
        again = desk.receive()
        assert (again.accepted, again.nothing_new, again.rejected) == (0, 1, 0)
        assert outcomes(desk) == [(1, ACCEPTED, True)]
        assert desk.lake() == before

    def test_the_same_bytes_under_a_new_sequence_are_a_submission_of_their_own(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD)
        desk.put(FILE.format(2), GOOD, status="freeze")
        desk.receive()
        assert outcomes(desk) == [(1, ACCEPTED, False), (2, ACCEPTED, True)]
        assert len(desk.lake()) == 2

    def test_other_bytes_under_a_used_sequence_are_a_rejection_with_a_line_of_their_own(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD)
        desk.receive()
        desk.put(FILE.format(1), BETTER)
        receipt = desk.receive()
        assert receipt.refused[0].verdict.startswith("REJECTED: Another file was received as sequence 1 already")
        assert outcomes(desk) == [(1, ACCEPTED, True), (1, REJECTED, False)]
        assert desk.receive().nothing_new == 1

    def test_they_are_nothing_new_the_second_time_even_with_another_manifest(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD)
        desk.receive()
        for manifest in ({}, {"sha256": "0" * 64}, {"rows": 999}, {"supplier": "05V"}):
            desk.put(FILE.format(1), BETTER, **manifest)
            desk.receive()
        assert outcomes(desk) == [(1, ACCEPTED, True), (1, REJECTED, False)]

    def test_another_container_under_a_used_sequence_is_other_bytes(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD)
        desk.receive()
        desk.put(FILE.format(1) + ".gz", gzip.compress(GOOD), rows=20)
        desk.receive()
        assert outcomes(desk) == [(1, ACCEPTED, True), (1, REJECTED, False)]

    @pytest.mark.parametrize(
        ("data", "manifest", "reason"),
        [
            (BAD, {}, "too_many_rejected"),
            (b"\xff" + GOOD, {}, "unreadable"),
            (header_of("deaths"), {}, "empty"),
            (GOOD.replace(b"sex", b"gender"), {}, "header"),
            (GOOD, {"rows": 19}, "row_count"),
            (GOOD, {"period": "2018-05"}, "manifest"),
        ],
    )
    def test_a_rejected_file_uses_its_sequence_up(
        self, desk: Desk, data: bytes, manifest: dict[str, object], reason: str
    ) -> None:
        desk.put(FILE.format(1), data, **manifest)
        desk.receive()
        assert [line.reason for line in desk.lines()] == [reason]
        desk.put(FILE.format(1), BETTER)
        desk.receive()
        assert [line.reason for line in desk.lines()] == [reason, "sequence_used"]
        assert desk.lake() == {}

    def test_a_rejected_file_with_a_mended_manifest_is_nothing_new(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD, rows=19)
        desk.receive()
        desk.put(FILE.format(1), GOOD)
        assert desk.receive().nothing_new == 1

    def test_the_numbers_may_have_gaps(self, desk: Desk) -> None:
        desk.put(FILE.format(7), GOOD)
        desk.receive()
        assert outcomes(desk) == [(7, ACCEPTED, True)]


class TestChecksums:
    def test_a_wrong_checksum_is_a_rejection_and_no_record_is_looked_at(self, desk: Desk) -> None:
        desk.put(FILE.format(1), BAD, sha256="0" * 64)
        receipt = desk.receive()
        assert receipt.refused[0].findings["code"].tolist() == ["checksum"]
        (line,) = desk.lines()
        assert (line.outcome, line.reason, line.rows, line.rejected_records) == (REJECTED, "checksum", 20, 0)

    def test_the_same_bytes_may_come_again_with_the_right_manifest(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD, sha256="0" * 64)
        desk.receive()
        desk.put(FILE.format(1), GOOD)
        desk.receive()
        assert sorted(outcomes(desk)) == [(1, ACCEPTED, True), (1, REJECTED, False)]

    def test_so_may_other_bytes(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD[:-40], sha256="0" * 64)
        desk.receive()
        desk.put(FILE.format(1), GOOD)
        desk.receive()
        assert sorted(outcomes(desk)) == [(1, ACCEPTED, True), (1, REJECTED, False)]

    def test_the_same_wrong_pair_again_is_nothing_new(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD, sha256="0" * 64)
        desk.receive()
        assert desk.receive().nothing_new == 1
        assert len(desk.lines()) == 1

    def test_once_the_right_file_is_in_the_wrong_one_is_other_bytes(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD)
        desk.receive()
        desk.put(FILE.format(1), BETTER, sha256="0" * 64)
        desk.receive()
        assert [line.reason for line in desk.lines()] == [None, "sequence_used"]

    def test_a_file_that_is_also_otherwise_wrong_may_still_come_again(self, desk: Desk) -> None:
        """With a wrong checksum these are not the bytes that were meant, so nothing else counts against the supplier."""
        name = "deaths_XYZ_2018-04_1.csv"
        desk.put(name, GOOD[:-40], sha256="0" * 64)
        desk.receive()
        desk.put(name, GOOD)
        desk.receive()
        assert [line.reason for line in desk.lines()] == ["checksum", "unknown_supplier"]


class TestInForce:
    @pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
    def test_the_number_alone_decides_not_the_order_of_arrival(self, desk: Desk, order: tuple[int, ...]) -> None:
        for sequence in order:
            desk.put(FILE.format(sequence), as_csv(many("deaths", 20 + sequence)))
            desk.receive()
        assert outcomes(desk) == [(1, ACCEPTED, False), (2, ACCEPTED, False), (3, ACCEPTED, True)]

    def test_sequences_compare_as_numbers(self, desk: Desk) -> None:
        desk.put(FILE.format(9), GOOD)
        desk.put(FILE.format(10), BETTER)
        desk.receive()
        assert outcomes(desk) == [(9, ACCEPTED, False), (10, ACCEPTED, True)]

    def test_the_last_good_file_wins(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD)
        desk.put(FILE.format(2), BAD)
        desk.receive()
        assert outcomes(desk) == [(1, ACCEPTED, True), (2, REJECTED, False)]

    def test_a_later_submission_replaces_as_a_whole_and_deletes_nothing(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD)
        desk.receive()
        first = desk.lake()
        desk.put(FILE.format(2), as_csv(many("deaths", 1)))
        desk.receive()
        assert first.items() < desk.lake().items()

    def test_other_suppliers_and_months_are_not_touched(self, desk: Desk) -> None:
        for name in ("deaths_05W_2018-04_2.csv", "deaths_05V_2018-04_1.csv"):
            desk.put(name, GOOD)
        may = as_csv(many("deaths", 5, date_of_registration="2018-05-02"))
        desk.put("deaths_05W_2018-05_1.csv", may)
        desk.receive()
        assert all(counting for _, _, counting in desk.status())

    def test_a_flex_after_a_freeze_is_accepted_with_a_warning(self, desk: Desk) -> None:
        desk.put(FILE.format(1), GOOD, status="freeze")
        desk.put(FILE.format(2), BETTER, status="flex")
        desk.receive()
        assert outcomes(desk) == [(1, ACCEPTED, False), (2, ACCEPTED, True)]
        assert [line.status for line in desk.lines()] == ["freeze", "flex"]
        (text,) = (desk.home / "feedback" / "2018-04").glob("deaths_05W_2018-04_2-*.txt")
        assert "flex_after_freeze" in text.read_text()

    def test_a_freeze_after_a_flex_and_a_flex_after_a_rejected_freeze_are_ordinary(self, desk: Desk) -> None:
        desk.put(FILE.format(1), BAD, status="freeze")
        desk.put(FILE.format(2), GOOD, status="flex")
        desk.put(FILE.format(3), GOOD, status="freeze")
        desk.receive()
        texts = [p.read_text() for p in (desk.home / "feedback").rglob("*.txt")]
        assert not any("flex_after_freeze" in text for text in texts)
