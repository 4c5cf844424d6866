"""How complete each month is expected to be, from dates of registration and of answers."""

from collections.abc import Iterable

import duckdb
import pytest

from outcomes.computing.calendar import Calendar
from outcomes.computing.completeness import completeness
from outcomes.ledger import Submission
from outcomes.organisations import partnership
from outcomes.periods import Month, months_between

KNOWN = partnership()
MONTHS = [str(m) for m in months_between(Month(2018, 1), Month(2018, 12))]
# The month of a death, and the month in which it was registered, or in which the family answered.
CameIn = tuple[str, str]


def learnt(
    registered: Iterable[CameIn], answered: Iterable[CameIn] | None = None, missing: str = "", to: str | None = None
) -> dict[str, dict[str, float]]:
    """What is learnt of 2018, all submissions in force but one; `answered` None where no measure reads the survey."""
    submissions = [
        Submission(feed=feed, supplier=who, period=month, status="freeze")
        for month in MONTHS
        for feed, who in KNOWN.expected
        if f"{feed} {who} {month}" != missing
    ]
    with duckdb.connect() as connection:
        connection.execute("create table cohort (death_id bigint, registration_id varchar, month varchar)")
        connection.execute("create table deaths (registration_id varchar, date_of_registration date)")
        if answered is not None:
            connection.execute("create table bereavement_survey (response_id varchar)")
            connection.execute("create table survey_response (death_id bigint, response_date date)")
        for n, (month, when) in enumerate(registered):
            connection.execute("insert into cohort values (?, ?, ?)", [n, f"R{n}", month])
            connection.execute("insert into deaths values (?, ?)", [f"R{n}", f"{when}-28"])
        for n, (month, when) in enumerate(answered or (), start=10_000):
            connection.execute("insert into cohort values (?, null, ?)", [n, month])
            connection.execute("insert into survey_response values (?, ?)", [n, f"{when}-01"])
        return completeness(connection, Calendar.of(submissions, KNOWN, to))


def each_month(*counts: int) -> list[CameIn]:
    """In every month of 2018 so many deaths known in the month itself, one month later and so on, up to December."""
    return [
        (month, MONTHS[position + lag])
        for position, month in enumerate(MONTHS)
        for lag, count in enumerate(counts)
        for _ in range(count)
        if position + lag < len(MONTHS)
    ]


def test_the_last_months_are_expected_to_grow_as_the_ones_before_them_did() -> None:
    shares = learnt(each_month(8, 1, 1))["deaths"]
    assert shares == pytest.approx(dict.fromkeys(MONTHS, 1.0) | {"2018-11": 0.9, "2018-12": 0.8})


def test_a_month_is_as_old_as_the_last_one_that_all_have_sent() -> None:
    # Stoke has not sent December: what the others registered then is not yet all, and teaches nothing.
    shares = learnt(each_month(8, 1, 1), missing="deaths 05W 2018-12")["deaths"]
    assert shares == pytest.approx(dict.fromkeys(MONTHS, 1.0) | {"2018-10": 0.9, "2018-11": 0.8, "2018-12": 0.0})


def test_figures_up_to_an_earlier_month_use_what_was_registered_later() -> None:
    shares = learnt(each_month(8, 1, 1), to="2018-11")["deaths"]
    assert shares["2018-11"] == pytest.approx(0.9)
    assert "2018-12" not in shares


def test_deaths_before_the_first_submission_teach_nothing() -> None:
    before = [("2017-11", "2018-01"), ("2017-12", "2018-01"), ("2017-12", "2018-02")] * 5
    assert learnt([*before, *each_month(8, 1, 1)]) == learnt(each_month(8, 1, 1))


def test_answers_have_a_completeness_of_their_own() -> None:
    # Families answer three months later.
    shares = learnt(each_month(10), each_month(0, 0, 0, 5))
    assert set(shares["deaths"].values()) == {1.0}
    assert [shares["bereavement_survey"][month] for month in MONTHS[-4:]] == pytest.approx([1, 0, 0, 0])


def test_a_feed_that_no_measure_reads_and_one_that_is_never_whole_are_left_out() -> None:
    assert list(learnt(each_month(10))) == ["deaths"]
    assert learnt([])["deaths"] == {}
