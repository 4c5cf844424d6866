"""The timetable of reporting months: one run a month, whose partition key is the month, `2018-04`.

Owns when the edition of a month is due: 06:00 in London on the tenth working day (England) of the second month after it.
Promises never to make or accept a run of a month that is not due yet, whether by schedule, backfill or hand. Never knows
which extracts are in.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pendulum
from airflow.exceptions import InvalidPartitionKeyError
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.utils.types import DagRunType

from outcomes.errors import InputError
from outcomes.periods import Month, reporting_day

LONDON = ZoneInfo("Europe/London")
HOUR = 6


def due_at(month: Month) -> datetime:
    """When the edition of a month is made, in UTC."""
    day = reporting_day(month)
    return datetime(day.year, day.month, day.day, HOUR, tzinfo=LONDON).astimezone(UTC)


def latest_due_month() -> Month:
    """The last month whose edition is due now."""
    now = datetime.now(UTC)
    month = Month.of(now.astimezone(LONDON).date())
    while due_at(month) > now:
        month -= 1
    return month


def due_month(key: str) -> Month:
    """The month of a partition key; raises InputError when it is none, or its edition is not due yet."""
    month = Month.parse(key)
    latest = latest_due_month()
    if month > latest:
        raise InputError(
            f"The edition of {month} is not due before {due_at(month).astimezone(LONDON):%d %B %Y, %H:%M}: "
            f"the latest month that is due is {latest}."
        )
    return month


class ReportingMonthTimetable(Timetable):  # type: ignore[misc]  # airflow is not typed
    """One run for every reporting month, keyed `YYYY-MM`; there is no logical date and no data interval."""

    description = "At 06:00 in London on the tenth working day (England) of the second month after the reporting month"
    partitioned = True
    periodic = True
    can_be_scheduled = True
    run_ordering = ("partition_date", "run_after")

    @property
    def summary(self) -> str:
        return "Reporting month, tenth working day"

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The month after the last run's; without catching up, not earlier than the latest month that is due."""
        latest = latest_due_month()
        if last_dagrun_info is not None and last_dagrun_info.partition_date is not None:
            month = _month_of(last_dagrun_info.partition_date) + 1
            month = month if restriction.catchup else max(month, latest)
        elif restriction.catchup and restriction.earliest is not None:
            month = Month.of(restriction.earliest.date()) - 3
        else:
            month = latest
        while restriction.earliest is not None and due_at(month) < restriction.earliest:
            month += 1
        if restriction.latest is not None and due_at(month) > restriction.latest:
            return None
        return _run(month)

    def iter_partition_dagrun_infos(self, *, earliest: datetime, latest: datetime) -> Iterable[DagRunInfo]:
        """The months of a backfill; refuses one that reaches into months that are not due, which Airflow lets pass."""
        first, last = self.localize_partition_datetime(earliest), self.localize_partition_datetime(latest)
        month = _month_of(first)
        if _starts(month) < first:
            month += 1
        final, due = _month_of(last), latest_due_month()
        if final >= month and final > due:
            from airflow.models.backfill import InvalidBackfillDate

            raise InvalidBackfillDate(
                f"The edition of {final} is not due yet: end the backfill at {due} ({due.last_day}) or earlier."
            )
        while _starts(month) <= last:
            yield _run(month)
            month += 1

    def localize_partition_datetime(self, dt: datetime) -> pendulum.DateTime:
        """Dates arrive as midnight UTC and mean London's calendar."""
        return pendulum.instance(dt.replace(tzinfo=LONDON).astimezone(UTC))

    def _decode_partition_date(self, partition_key: str) -> datetime:
        try:
            return _starts(due_month(partition_key))
        except InputError as error:
            raise InvalidPartitionKeyError(str(error)) from None

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: pendulum.DateTime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        """`scheduled__2018-04`: the schedule makes a month once; by hand or backfill it may be made again."""
        key = extra.get("partition_key")
        if run_type == DagRunType.SCHEDULED and key:
            return str(run_type.generate_run_id(suffix=key))
        return str(run_type.generate_run_id(suffix=f"{key or run_after.isoformat()}__{uuid4().hex[:8]}"))


class OnRequestTimetable(ReportingMonthTimetable):
    """Reporting months, but only those that somebody asks for."""

    description = "Reporting months, only when asked for"

    @property
    def summary(self) -> str:
        return "On request"

    def next_dagrun_info_v2(
        self, *, last_dagrun_info: DagRunInfo | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """None: the schedule makes no run."""
        return None


def _starts(month: Month) -> pendulum.DateTime:
    first = month.first_day
    return pendulum.instance(datetime(first.year, first.month, first.day, tzinfo=LONDON).astimezone(UTC))


def _month_of(moment: datetime) -> Month:
    return Month.of(moment.astimezone(LONDON).date())


def _run(month: Month) -> DagRunInfo:
    return DagRunInfo(
        run_after=pendulum.instance(due_at(month)),
        data_interval=None,
        partition_date=_starts(month),
        partition_key=str(month),
    )
