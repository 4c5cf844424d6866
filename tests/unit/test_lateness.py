"""What is late: against the due days of the policy, by feed and month, and the command that tells it."""

from datetime import date
from pathlib import Path

import pytest

from outcomes.definitions.policy import Due, DueDays, policy
from outcomes.errors import SetupError
from outcomes.lateness import Late, late
from outcomes.organisations import partnership
from outcomes.periods import Month
from outcomes.settings import Settings
from outcomes.web.standings import lines
from shell import KEY, Shell
from unit.intake.suppliers import Desk, as_csv
from unit.intake.valid_records import many

# The tenth working day of May 2018 (Monday the 7th is a holiday), the fifth of June.
FLEX, FREEZE = date(2018, 5, 15), date(2018, 6, 7)
DUE = Due()
DATA = as_csv(many("deaths", 20))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One submission of April, so that there is a first month."""
    desk = Desk(tmp_path)
    desk.put("deaths_04Y_2018-04_1.csv", DATA, status="freeze")
    desk.receive()
    return desk


def of(desk: Desk, supplier: str, day: date, due: Due = DUE, period: str | None = "2018-04") -> list[Late]:
    with desk.ledger.session() as session:
        found = late(session, partnership(), due, day, period)
    return [line for line in found if (line.feed, line.supplier) == ("deaths", supplier)]


def test_the_due_days_are_working_days_of_the_two_months_after() -> None:
    assert DUE.days("deaths", Month.parse("2018-04")) == (FLEX, FREEZE)
    own = Due(feeds={"deaths": DueDays(freeze=6)})
    assert own.days("deaths", Month.parse("2018-04")) == (FLEX, date(2018, 6, 8))
    assert own.days("epaccs", Month.parse("2018-04")) == (FLEX, FREEZE)


def test_it_is_late_from_the_day_after(desk: Desk) -> None:
    assert of(desk, "05W", FLEX) == []
    assert of(desk, "05W", date(2018, 5, 16)) == [Late("2018-04", "05W", "deaths", "flex", FLEX, 1, rejected=False)]
    assert [line.deadline for line in of(desk, "05W", FREEZE)] == ["flex"]
    assert [line.deadline for line in of(desk, "05W", date(2018, 6, 8))] == ["freeze"]


def test_a_final_extract_in_force_is_late_for_nothing_and_a_first_one_only_for_the_final(desk: Desk) -> None:
    desk.put("deaths_05W_2018-04_1.csv", DATA, status="flex")
    desk.receive()
    assert of(desk, "04Y", date(2018, 12, 1)) == []
    assert of(desk, "05W", FREEZE) == []
    assert [line.deadline for line in of(desk, "05W", date(2018, 6, 8))] == ["freeze"]


def test_it_is_told_where_the_last_that_came_could_not_be_used(desk: Desk) -> None:
    desk.put("deaths_05W_2018-04_1.csv", as_csv(many("deaths", 20, sex="X")))
    desk.receive()
    assert [line.rejected for line in of(desk, "05W", date(2018, 5, 16))] == [True]
    desk.put("deaths_05W_2018-04_2.csv", DATA)
    desk.receive()
    assert [line.rejected for line in of(desk, "05W", date(2018, 6, 8))] == [False]


def test_without_a_month_it_is_what_became_late_not_long_ago(desk: Desk) -> None:
    lines = of(desk, "05W", date(2018, 7, 20), period=None)
    assert [(line.period, line.deadline) for line in lines] == [
        ("2018-04", "freeze"),
        ("2018-05", "freeze"),
        ("2018-06", "flex"),
    ]
    # Nothing is expected of months before the first that was ever sent, nor after years.
    assert {line.period for line in of(desk, "05W", date(2018, 5, 20), period=None)} == {"2018-04"}
    assert min(line.due for line in of(desk, "05W", date(2026, 7, 20), period=None)) > date(2026, 4, 1)


def test_an_empty_ledger_expects_nothing(tmp_path: Path) -> None:
    assert of(Desk(tmp_path), "05W", date(2018, 7, 20), period=None) == []


@pytest.mark.parametrize(
    ("day", "word", "final_late"),
    [(FLEX, "expected", False), (date(2018, 5, 16), "late", False), (date(2018, 6, 8), "late", False)],
)
def test_the_page_status_says_late_on_the_very_day_on_which_the_shell_does(desk, day, word, final_late) -> None:
    (line,) = lines(settings_of(desk), [Month.parse("2018-04")], day, only=("deaths", "05W"))
    assert (line.standings[0].word, line.standings[0].final_late) == (word, final_late)
    assert (line.standings[0].word == "late") == bool(of(desk, "05W", day))


@pytest.mark.parametrize(("day", "final_late"), [(FREEZE, False), (date(2018, 6, 8), True)])
def test_the_page_status_says_final_late_on_the_very_day_on_which_the_shell_does(desk, day, final_late) -> None:
    desk.put("deaths_05W_2018-04_1.csv", DATA, status="flex")
    desk.receive()
    (line,) = lines(settings_of(desk), [Month.parse("2018-04")], day, only=("deaths", "05W"))
    assert (line.standings[0].word, line.standings[0].final_late) == ("provisional", final_late)
    assert bool(of(desk, "05W", day)) == final_late


def settings_of(desk: Desk) -> Settings:
    return Settings.load(database_url=desk.ledger.engine.url.render_as_string(hide_password=False))


def test_a_due_day_that_cannot_be_is_refused(tmp_path: Path) -> None:
    text = Path("config/policy.toml").read_text("utf-8")
    file = tmp_path / "policy.toml"
    for entry, fault in (("flex = 25", "due.flex"), ("[due.feeds.admisions]\nflex = 3", "'admisions' is no feed")):
        file.write_text(text.replace("flex = 10", entry if entry.startswith("flex") else f"flex = 10\n{entry}"))
        with pytest.raises(SetupError, match=fault):
            policy(file)
        policy.cache_clear()


def test_the_status_tells_how_much_is_late_and_lists_it_when_asked(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.put("deaths_04Y_2018-04_1.csv", DATA, status="freeze")
    shell = Shell(tmp_path, {"OUTCOMES_PSEUDONYM_KEY": KEY})
    shell.do("receive", "--inbox", desk.inbox)
    assert "Late: 40 of 2018-04 (flex)" in shell.do("status", "--as-of", "2018-05-16").err
    rows = shell.do("status", "--late", "--as-of", "2018-05-16", "--format", "csv").rows
    assert len(rows) == 40
    assert rows[0] == {
        "feed": "bereavement_survey",
        "supplier": "04Y",
        "period": "2018-04",
        "deadline": "flex",
        "due": "2018-05-15",
        "days_late": "1",
        "rejected": "no",
    }
    # What other programs read stays as it was.
    assert len(shell.do("status", "--as-of", "2018-05-16", "--format", "csv").rows) == 1
