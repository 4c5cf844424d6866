"""The timetable of reporting months: when a month is due, and that no other month is ever made."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pendulum
import pytest
from airflow.exceptions import InvalidPartitionKeyError
from airflow.models.backfill import InvalidBackfillDate
from airflow.timetables.base import DagRunInfo, TimeRestriction
from airflow.utils.types import DagRunType

from outcomes.web import timetable
from outcomes.web.timetable import ReportingMonthTimetable, due_at

ALWAYS = TimeRestriction(earliest=None, latest=None, catchup=False)


@pytest.fixture
def clock(monkeypatch):
    """Set the time that the timetable reads."""

    def set_to(moment: str) -> None:
        class Frozen(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(tz)

        monkeypatch.setattr(timetable, "datetime", Frozen)

    return set_to


def next_run(last: DagRunInfo | None = None, restriction: TimeRestriction = ALWAYS) -> DagRunInfo | None:
    return ReportingMonthTimetable().next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)


def backfill(first: str, last: str) -> list[str]:
    dates = {
        "earliest": datetime.fromisoformat(first).replace(tzinfo=UTC),
        "latest": datetime.fromisoformat(last).replace(tzinfo=UTC),
    }
    return [run.partition_key for run in ReportingMonthTimetable().iter_partition_dagrun_infos(**dates)]


def test_the_tenth_working_day_skips_weekends_and_bank_holidays():
    # May 2026: Friday the 1st is the first working day, Monday the 4th is a bank holiday, so Friday the 15th is the tenth.
    # 06:00 in London is 05:00 UTC in summer.
    assert due_at(timetable.Month(2026, 3)) == datetime(2026, 5, 15, 5, 0, tzinfo=UTC)
    # November 2026 has no bank holiday: from Monday the 2nd, the tenth is Friday the 13th; London keeps UTC in winter.
    assert due_at(timetable.Month(2026, 9)) == datetime(2026, 11, 13, 6, 0, tzinfo=UTC)


def test_a_run_carries_the_month_as_its_key_and_no_dates_of_other_kinds(clock):
    clock("2026-11-22T12:00")
    run = next_run()
    assert run.partition_key == "2026-09"
    assert run.run_after == pendulum.datetime(2026, 11, 13, 6, tz="UTC")
    # 1 September begins in London at 23:00 UTC of the day before.
    assert run.partition_date == pendulum.datetime(2026, 8, 31, 23, tz="UTC")
    assert run.data_interval is None
    assert run.logical_date is None


@pytest.mark.parametrize(
    ("moment", "latest"),
    [
        ("2026-11-13T05:59", "2026-08"),
        ("2026-11-13T06:00", "2026-09"),
        ("2026-12-13T23:59", "2026-09"),
        ("2026-12-14T06:00", "2026-10"),
    ],
)
def test_the_first_run_is_the_latest_month_that_is_due(clock, moment, latest):
    clock(moment)
    assert next_run().partition_key == latest


def test_each_month_follows_the_last_and_waits_for_its_day(clock):
    clock("2026-11-22T12:00")
    following = next_run(next_run())
    assert following.partition_key == "2026-10"
    assert following.run_after == pendulum.datetime(2026, 12, 14, 6, tz="UTC")


def test_without_catching_up_missed_months_are_left_out(clock):
    clock("2026-03-20T12:00")
    january = next_run()
    assert january.partition_key == "2026-01"
    clock("2026-11-22T12:00")
    assert next_run(january).partition_key == "2026-09"
    catching_up = TimeRestriction(earliest=None, latest=None, catchup=True)
    assert next_run(january, catching_up).partition_key == "2026-02"


def test_the_dags_start_and_end_bound_the_day_of_the_run(clock):
    clock("2026-11-22T12:00")
    start = TimeRestriction(earliest=pendulum.datetime(2026, 4, 1), latest=None, catchup=True)
    # The edition of January was due on 13 March, before the start; that of February on 16 April (after two bank holidays).
    assert next_run(None, start).partition_key == "2026-02"
    end = TimeRestriction(earliest=None, latest=pendulum.datetime(2026, 11, 1), catchup=False)
    assert next_run(None, end) is None


def test_a_backfill_takes_every_month_between_its_dates(clock):
    clock("2026-11-22T12:00")
    assert backfill("2018-04-01", "2018-06-30") == ["2018-04", "2018-05", "2018-06"]
    assert backfill("2018-04-02", "2018-06-01") == ["2018-05", "2018-06"]
    assert backfill("2018-04-02", "2018-04-30") == []
    assert backfill("2026-08-01", "2026-09-30") == ["2026-08", "2026-09"]


def test_a_backfilled_month_runs_as_of_its_own_day(clock):
    clock("2026-11-22T12:00")
    days = datetime(2018, 4, 1, tzinfo=UTC), datetime(2018, 4, 30, tzinfo=UTC)
    (run,) = ReportingMonthTimetable().iter_partition_dagrun_infos(earliest=days[0], latest=days[1])
    # June 2018: Friday the 1st is the first working day, so Thursday the 14th is the tenth.
    assert run.run_after == pendulum.datetime(2018, 6, 14, 5, tz="UTC")


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-10-01", "2026-10-31"), ("2026-01-01", "2026-11-22"), ("2026-12-01", "2027-03-01")],
    ids=["a month not due", "due months and others", "only the future"],
)
def test_a_backfill_into_months_not_due_is_refused_whole(clock, first, last):
    clock("2026-11-22T12:00")
    with pytest.raises(InvalidBackfillDate, match=r"is not due yet: end the backfill at 2026-09 \(2026-09-30\)"):
        backfill(first, last)


def test_a_month_becomes_acceptable_at_the_minute_it_is_due(clock):
    clock("2026-12-14T05:59")
    with pytest.raises(InvalidPartitionKeyError, match="not due before 14 December 2026, 06:00"):
        ReportingMonthTimetable().resolve_partition_date("2026-10")
    clock("2026-12-14T06:00")
    assert ReportingMonthTimetable().resolve_partition_date("2026-10") == datetime(2026, 9, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize("key", ["2018-13", "2018-4", "April 2018", "2018-04-01", "2018/19-Q1", " 2018-04", "٢٠١٨-٠٤"])
def test_a_key_that_is_no_month_is_refused(clock, key):
    clock("2026-11-22T12:00")
    with pytest.raises(InvalidPartitionKeyError, match="is not a month"):
        ReportingMonthTimetable().resolve_partition_date(key)


def test_the_schedule_names_a_month_once_and_people_may_run_it_again():
    name = ReportingMonthTimetable().generate_run_id
    words = {"run_after": pendulum.datetime(2026, 11, 13, 6), "data_interval": None, "partition_key": "2026-09"}
    assert name(run_type=DagRunType.SCHEDULED, **words) == "scheduled__2026-09"
    again = [name(run_type=DagRunType.BACKFILL_JOB, **words) for _ in range(2)]
    assert again[0] != again[1]
    assert all(run.startswith("backfill__2026-09__") for run in again)


def test_every_month_of_twenty_years_is_due_once_in_order_at_six_in_london():
    months = [timetable.Month(2012, 1) + n for n in range(240)]
    moments = [due_at(month) for month in months]
    assert all(timedelta(days=20) < b - a < timedelta(days=45) for a, b in pairwise(moments))
    assert {moment.astimezone(timetable.LONDON).hour for moment in moments} == {6}
