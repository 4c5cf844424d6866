"""People who object are left out before anything is landed; without a word in the policy nothing is received at all."""

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from governance.policies import policy_with
from outcomes.intake.check_service import CheckFolder, Refused
from shell import KEY, Shell

NAME = "deaths_05W_2018-04_1"
DEATHS = '[flows.deaths]\nnational_data_opt_out = "exempt:synthetic"'


class Responder:
    """A stand-in for the national service: it answers every question that lies in the folder, and knows who opted out."""

    def __init__(self, home: Path, opted_out: set[str]) -> None:
        self.folder, self.opted_out = home / "objections", opted_out
        self.asked: list[str] = []

    def answer(self) -> None:
        for question in sorted((self.folder / "questions").glob("*.dat")):
            data = question.read_bytes()
            assert b"\r" not in data
            assert data.endswith(b",\n")
            numbers = [line.removesuffix(",") for line in data.decode("ascii").splitlines()]
            self.asked += numbers
            target = self.folder / "answers" / question.name
            if any(len(n) != 10 or not n.isdigit() for n in numbers):
                target.with_suffix(".err").write_text("a line is no NHS number")
            else:
                target.write_text("".join(f"{n},\n" for n in numbers if n not in self.opted_out))


@pytest.fixture
def applying(sent: Path, tmp_path: Path) -> Shell:
    """An installation that applies the opt-out to deaths, and one file for it."""
    (tmp_path / "inbox").mkdir()
    for suffix in (".csv", ".csv.manifest.json"):
        shutil.copy(sent / f"{NAME}{suffix}", tmp_path / "inbox")
    policy = policy_with(tmp_path / "policy.toml", (DEATHS, DEATHS.replace("exempt:synthetic", "apply")))
    settings = {"OUTCOMES_PSEUDONYM_KEY": KEY, "OUTCOMES_INBOX": str(tmp_path / "inbox"), "OUTCOMES_POLICY": policy}
    return Shell(tmp_path / "home", settings)


def numbers_in(shell: Shell) -> "pd.Series[str]":
    return pd.read_csv(Path(shell.settings["OUTCOMES_INBOX"]) / f"{NAME}.csv", dtype=str)["nhs_number"]


def landed(shell: Shell) -> pd.DataFrame:
    files = [str(path) for path in (shell.home / "lake").rglob("*.parquet")]
    return duckdb.execute("from read_parquet(?)", [files]).df() if files else pd.DataFrame()


def test_those_who_object_are_in_no_file_and_only_counted(applying: Shell) -> None:
    numbers = numbers_in(applying)
    opted_out = set(numbers.dropna()[:2])
    service = Responder(applying.home, opted_out)

    first = applying("receive")
    assert f"{NAME}.csv: it waits for the answer on objections" in first.out
    assert landed(applying).empty
    assert not (applying.home / "feedback").exists()
    (line,) = applying.do("status", "--format", "csv").rows
    assert (line["outcome"], line["in_force"]) == ("waiting", "no")
    (question,) = (applying.home / "objections/questions").iterdir()
    assert question.stat().st_mode & 0o077 == 0
    assert "it waits" in applying("receive").out

    service.answer()
    applying.do("receive")
    assert len(landed(applying)) == len(numbers) - numbers.isin(opted_out).sum()
    assert all(len(number) == 10 for number in service.asked)
    (line,) = applying.do("status", "--format", "csv").rows
    assert (line["outcome"], line["rows"], line["in_force"]) == ("accepted", str(len(numbers)), "yes")
    report = next((applying.home / "feedback").rglob("*.txt")).read_text()
    assert f"{numbers.isin(opted_out).sum()} left out because people object to this use" in report
    # What held NHS numbers is gone.
    assert [path for path in (applying.home / "objections").rglob("*") if path.is_file()] == []


def test_a_refused_question_and_an_answer_to_another_one_let_nothing_in(applying: Shell) -> None:
    applying("receive")
    (question,) = (applying.home / "objections/questions").iterdir()
    answers = applying.home / "objections/answers"
    (answers / question.with_suffix(".err").name).write_text("no")
    assert "the check service refused the question" in applying("receive").out
    (answers / question.with_suffix(".err").name).unlink()
    (answers / question.name).write_text("9990000000,\nwho is this?,\n")
    assert "is no answer to what was asked" in applying("receive").out
    assert landed(applying).empty


def test_a_look_at_another_source_forgets_nothing_that_waits(applying: Shell, tmp_path: Path) -> None:
    applying("receive")
    (tmp_path / "other").mkdir()
    applying.do("receive", "--inbox", str(tmp_path / "other"))
    (line,) = applying.do("status", "--format", "csv").rows
    assert line["outcome"] == "waiting"
    # At its own source it waits no more once it lies there no more.
    for part in (tmp_path / "inbox").iterdir():
        part.unlink()
    applying("receive")
    assert applying.do("status", "--format", "csv").rows == []


@pytest.mark.parametrize("people", [19, 20])
def test_an_empty_answer_about_many_people_is_no_answer(tmp_path: Path, people: int) -> None:
    service = CheckFolder(tmp_path / "objections")
    service.ask("one", {f"999{n:07d}" for n in range(people)})
    (tmp_path / "objections/answers/one.dat").write_bytes(b"")
    if people < 20:
        assert service.answer("one") == frozenset()
    else:
        with pytest.raises(Refused, match="that all of so many people object is hardly ever true"):
            service.answer("one")


def test_only_numbers_that_can_be_numbers_are_asked_about(applying: Shell) -> None:
    shell_numbers = numbers_in(applying)
    applying("receive")
    (question,) = (applying.home / "objections/questions").iterdir()
    lines = [line.removesuffix(",") for line in question.read_text().splitlines()]
    assert len(lines) == len(set(lines))
    assert set(lines) <= set(shell_numbers.dropna())
    checks = [(11 - sum(int(d) * (10 - i) for i, d in enumerate(n[:9])) % 11) % 11 == int(n[9]) for n in lines]
    assert all(checks)


def test_killed_while_it_waits_or_lands_it_lands_once(applying: Shell) -> None:
    for step in (4, 8, 12, 16):
        applying.killed("receive", at=step)
    applying("receive")
    Responder(applying.home, set()).answer()
    for step in (5, 10, 15, 20):
        applying.killed("receive", at=step)
    applying.do("receive")
    assert len(landed(applying)) == len(numbers_in(applying))
    assert len(list((applying.home / "lake").rglob("*.parquet"))) == 1


def test_nothing_is_received_where_the_policy_does_not_say(applying: Shell, tmp_path: Path) -> None:
    silent = policy_with(tmp_path / "silent.toml", (DEATHS + '\ntype_1_objection = "exempt:synthetic"\n', ""))
    ran = applying.set(policy=silent)("receive")
    assert ran.says(3, "does not say how people's objections are respected in deaths", "[flows.deaths]")
    assert not (applying.home / "lake").exists()


@pytest.mark.parametrize(
    "said",
    [
        "yes",
        "exempt:",
        "apply:soon",
        "not_applicable:small",
        "applied_at_source:spring",
        "applied_at_source:2018-02-30",
    ],
)
def test_what_is_none_of_the_four_is_refused(applying: Shell, tmp_path: Path, said: str) -> None:
    policy = policy_with(tmp_path / "other.toml", (DEATHS, DEATHS.replace("exempt:synthetic", said)))
    assert applying.set(policy=policy)("receive").says(3, "flows.deaths.national_data_opt_out", "none of apply")


def test_a_type_1_objection_cannot_be_applied_here(applying: Shell, tmp_path: Path) -> None:
    change = (f'{DEATHS}\ntype_1_objection = "exempt:synthetic"', f'{DEATHS}\ntype_1_objection = "apply"')
    policy = policy_with(tmp_path / "other.toml", change)
    assert applying.set(policy=policy)("receive").says(3, "type_1_objection", "only be applied there")


def test_people_are_refused_while_the_policy_is_that_of_made_up_ones(applying: Shell, tmp_path: Path) -> None:
    file = Path(applying.settings["OUTCOMES_INBOX"]) / f"{NAME}.csv"
    text = file.read_text()
    known = numbers_in(applying).dropna().iloc[0]
    # Worked out here, since no such number may stand in a file of this project.
    nine = "100000000"
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
    file.write_text(text.replace(known, f"{nine}{check}"))
    from shell import manifest

    manifest(file)
    settings = {name: value for name, value in applying.settings.items() if name != "OUTCOMES_POLICY"}
    ran = Shell(applying.home, settings)("receive")
    assert ran.says(3, f"{NAME}.csv holds NHS numbers that can be people's", "[flows.deaths]")
    assert landed(applying).empty
    assert nine not in ran.err
    allowed = policy_with(
        tmp_path / "real.toml",
        (DEATHS, DEATHS.replace("exempt:synthetic", "applied_at_source:2018-04-01")),
        ('type_1_objection = "exempt:synthetic"', 'type_1_objection = "applied_at_source:2018-04-01"'),
    )
    applying.set(policy=allowed).do("receive")
    assert len(landed(applying)) > 0


def test_the_folder_keeps_the_services_format(tmp_path: Path) -> None:
    service = CheckFolder(tmp_path / "objections")
    assert service.answer("one") is None
    service.ask("one", {"9990000018", "9990000026"})
    service.ask("one", {"9990000018", "9990000026"})
    assert (tmp_path / "objections/questions/one.dat").read_bytes() == b"9990000018,\n9990000026,\n"
    assert service.asked("one")
    (tmp_path / "objections/answers/one.dat").write_bytes(b"9990000026,\r\n")
    assert service.answer("one") == {"9990000026"}
    (tmp_path / "objections/answers/one.dat").write_bytes(b"")
    assert service.answer("one") == frozenset()
    service.forget("one")
    assert not service.asked("one")
