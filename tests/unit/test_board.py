"""Owners' words and boards' actions: who says what of which month, and what of it goes out."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from outcomes import workflow
from outcomes.errors import InputError
from outcomes.ledger import ActionState, Commentary, Edition, Event, Ledger, Release
from outcomes.ledger.tables import Action, Computation, Selection
from outcomes.settings import Settings
from outcomes.workflow.board import actions_for, commentaries_for

MEASURE = "preferred_place_achieved"
DUE = date(2018, 7, 31)


@pytest.fixture
def settings(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("OUTCOMES_DATABASE_URL", ledger_url)
    return Settings.load()


def say(settings: Settings, words: str, period: str = "2018-04", **more: str) -> str:
    return workflow.comment(settings, MEASURE, period, words, person="Dr Ann Example", **more)


def agree(settings: Settings, words: str = "Open a night line", period: str = "2018-04", **more: str) -> int:
    return workflow.agree(settings, period, words, owner="Ben Example", due=DUE, person="Cem Example", **more)


def said_of(settings: Settings, month: str) -> list[tuple[str, str, str]]:
    with Ledger(settings.database_url).session() as session:
        return [(c.area, c.period, c.words) for c in commentaries_for(session, month)]


def shown(settings: Settings, month: str, today: date = DUE) -> list[tuple[int, str, str]]:
    with Ledger(settings.database_url).session() as session:
        return [(a.number, a.state, a.note) for a in actions_for(session, month, today)]


def test_the_newest_words_on_a_month_stand_and_none_take_them_back(settings: Settings) -> None:
    done = say(settings, "Hospices were full.")
    assert done == (
        f"The commentary on {MEASURE} in 2018-04 is entered: it goes out with the next edition of 2018-04, so release and "
        "render that."
    )
    say(settings, "Two hospices were full over Easter.")
    assert said_of(settings, "2018-04") == [("QNC", "2018-04", "Two hospices were full over Easter.")]
    assert "taken back" in say(settings, "")
    assert said_of(settings, "2018-04") == []
    with Ledger(settings.database_url).session() as session:
        # All three are still there, with who said them.
        assert session.scalar(select(func.count()).select_from(Commentary)) == 3
        assert set(session.scalars(select(Event.person))) == {"Dr Ann Example"}


def test_words_are_shown_for_three_months_on_the_scorecard_of_their_area(settings: Settings) -> None:
    say(settings, "Old.", "2018-02")
    say(settings, "New.", "2018-04")
    say(settings, "Of Cannock Chase.", "2018-03", area="04Y")
    assert said_of(settings, "2018-03") == [("04Y", "2018-03", "Of Cannock Chase."), ("QNC", "2018-02", "Old.")]
    assert said_of(settings, "2018-05") == [("04Y", "2018-03", "Of Cannock Chase."), ("QNC", "2018-04", "New.")]
    assert said_of(settings, "2018-06") == [("QNC", "2018-04", "New.")]
    assert said_of(settings, "2018-07") == []


def test_an_action_is_followed_up_from_the_next_month_on(settings: Settings) -> None:
    number = agree(settings)
    assert shown(settings, "2018-04") == []
    assert shown(settings, "2018-05") == [(number, "open", "")]
    assert shown(settings, "2018-08", date(2018, 8, 1)) == [(number, "overdue", "")]
    workflow.settle(settings, number, "done", person="Ben Example", words="Since June")
    assert shown(settings, "2018-08", date(2018, 8, 1)) == [(number, "done", "Since June")]
    workflow.settle(settings, number, "open", person="Ben Example", words="Closed again")
    assert shown(settings, "2018-08") == [(number, "open", "Closed again")]
    (line,) = workflow.actions(settings, "QNC")
    assert (line.number, line.state, line.note, line.owner) == (number, "open", "Closed again", "Ben Example")
    assert workflow.actions(settings, "04Y") == []


def test_what_a_months_edition_told_to_be_done_is_not_told_again(settings: Settings) -> None:
    first, second = agree(settings), agree(settings, "Train the porters")
    for number in (first, second):
        workflow.settle(settings, number, "done", person="Ben Example")
    with Ledger(settings.database_url).session() as session:
        session.add(Selection(id="s"))
        session.flush()
        months = {"first_month": "2018-04", "last_month": "2018-05"}
        made = Computation(selection_id="s", code_version="1", definitions="d", measures={}, report={}, **months)
        session.add(made)
        session.flush()
        release = Release(period="2018-05", computation_id=made.id, content_sha256="0")
        session.add(release)
        session.flush()
        told = {"actions": [{"number": first, "state": "done"}, {"number": second, "state": "open"}]}
        session.add(Edition(period="2018-05", number=1, release_id=release.id, context=told, made_at=datetime.now(UTC)))
    assert shown(settings, "2018-06") == [(second, "done", "")]
    # The same month's next edition tells it still.
    assert {number for number, *_ in shown(settings, "2018-05")} == {first, second}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("Please see 999 000 0018", "looks like an NHS number"),
        ("Please see 9990000018 about it", "looks like an NHS number"),
        ("Only 3 people died elsewhere", "holds a count of 1 to 7 people"),
        ("Six of them, six elderly patients, were moved", "holds a count of 1 to 7 people"),
        ("x" * 281, "has 281 letters: use 280 at most"),
        ("A snowman \N{SNOWMAN} stood there", "no packaged font"),
    ],
)
def test_words_that_may_not_go_out_are_refused_and_not_repeated(settings: Settings, words: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as refused:
        say(settings, words)
    assert words not in str(refused.value)
    assert said_of(settings, "2018-04") == []


@pytest.mark.parametrize(
    "words", ["Since 3 June a second team is on call.", "9 of 10 calls were answered in 2 hours.", "Two new hospices."]
)
def test_dates_and_other_numbers_may_go_out(settings: Settings, words: str) -> None:
    say(settings, words)
    assert [entry[2] for entry in said_of(settings, "2018-04")] == [words]


def test_line_breaks_become_spaces(settings: Settings) -> None:
    say(settings, " One line\n and another. ")
    assert said_of(settings, "2018-04")[0][2] == "One line and another."


def test_what_is_not_there_is_refused_by_name(settings: Settings) -> None:
    with pytest.raises(InputError, match="no measure nonsense"):
        workflow.comment(settings, "nonsense", "2018-04", "Words.", person="Ann")
    with pytest.raises(InputError, match="no scorecard of 'Z9'"):
        say(settings, "Words.", area="Z9")
    with pytest.raises(InputError, match="name is missing: say who says so"):
        workflow.comment(settings, MEASURE, "2018-04", "Words.", person=" ")
    with pytest.raises(InputError, match="without words"):
        agree(settings, " ")
    with pytest.raises(InputError, match="There is no action 7"):
        workflow.settle(settings, 7, "done", person="Ann")
    number = agree(settings)
    with pytest.raises(InputError, match="open, done or dropped, not 'finished'"):
        workflow.settle(settings, number, "finished", person="Ann")  # type: ignore[arg-type]
    with Ledger(settings.database_url).session() as session:
        assert session.scalar(select(func.count()).select_from(Action)) == 1
        assert session.scalar(select(func.count()).select_from(ActionState)) == 0
