"""The lake: files whole or not at all, named after their content, under one key."""

from pathlib import Path

import pytest

from outcomes.errors import SetupError
from outcomes.intake.pseudonyms import Pseudonyms
from outcomes.intake.receiving import Intake
from outcomes.intake.sources.drop_folder import DropFolder
from outcomes.lake import Lake
from outcomes.organisations import partnership
from unit.intake.suppliers import LATER, Desk, as_csv
from unit.intake.valid_records import many

FILE = "deaths_05W_2018-04_{}.csv"
GOOD = as_csv(many("deaths", 20))


class TestLake:
    def store(self, home: Path, text: bytes = b"parquet") -> tuple[Lake, str]:
        lake = Lake(str(home))
        return lake, lake.store("deaths/2018-04", "05W-1", lambda path: Path(path).write_bytes(text) and None).file

    def test_a_file_is_named_after_its_content_and_read_only(self, tmp_path: Path) -> None:
        _, file = self.store(tmp_path)
        assert file.startswith("deaths/2018-04/05W-1-")
        assert (tmp_path / file).stat().st_mode & 0o777 == 0o440

    def test_storing_the_same_again_changes_nothing_and_other_content_gets_another_name(self, tmp_path: Path) -> None:
        assert self.store(tmp_path)[1] == self.store(tmp_path)[1] != self.store(tmp_path, b"other")[1]
        assert len(list((tmp_path / "deaths/2018-04").iterdir())) == 2

    def test_a_draft_left_by_a_killed_process_is_gone_after_the_next(self, tmp_path: Path) -> None:
        home = tmp_path / "deaths/2018-04"
        home.mkdir(parents=True)
        (home / ".05W-1.partial").write_bytes(b"half")
        _, file = self.store(tmp_path)
        assert [p.name for p in home.iterdir()] == [Path(file).name]

    def test_a_lost_file_is_a_sentence(self, tmp_path: Path) -> None:
        lake, file = self.store(tmp_path)
        (tmp_path / file).unlink()
        with pytest.raises(SetupError, match="has lost deaths/2018-04/05W-1"):
            lake.addresses([file])

    def test_a_lake_that_cannot_be_written_is_a_sentence_and_nothing_is_entered(self, desk: Desk) -> None:
        (desk.home / "a file").write_text("")
        desk.put(FILE.format(1), GOOD)
        broken = Lake(str(desk.home / "a file" / "lake"))
        intake = Intake(
            desk.ledger, broken, desk.home / "feedback", partnership(), desk.intake.pseudonyms, desk.intake.objections
        )
        with pytest.raises(SetupError, match="The lake cannot be written"):
            intake.receive(DropFolder(desk.inbox), LATER)
        assert desk.status() == []
        assert desk.receive().accepted == 1

    def test_the_same_records_give_the_same_bytes(self, desk: Desk, tmp_path: Path) -> None:
        other = Desk(tmp_path / "other")
        for each in (desk, other):
            each.put("deaths_05W_2018-04_1.csv", GOOD)
            each.receive()
        assert desk.lake() == other.lake()


def test_another_key_than_that_of_the_lake_is_refused(desk: Desk) -> None:
    desk.put(FILE.format(1), GOOD)
    desk.receive()
    other = Intake(
        desk.ledger,
        desk.intake.lake,
        desk.home / "feedback",
        partnership(),
        Pseudonyms.under(b"x" * 32, "other"),
        desk.intake.objections,
    )
    with pytest.raises(SetupError, match="landed under the pseudonym key test-key, and this is other"):
        other.receive(DropFolder(desk.inbox), LATER)
