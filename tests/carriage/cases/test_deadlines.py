"""Each deadline over a weekend, a holiday and a leap day, on a clock that is moved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from masstransit.carriage.business_days import BusinessDays
from masstransit.carriage.cases.deadlines import met, next_of, start, with_new
from masstransit.model.case import KINDS, NEVER, Deadline
from tests.carriage.cases.desk import HERE, there
from tests.makers import NOON

CALENDAR = BusinessDays()


def due(kind: str, name: str, day: str, time: str = "10:00") -> str:
    run = start(KINDS[kind].deadline(name), there(day, time), CALENDAR)
    return f"{run.due.astimezone(HERE):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("kind", "name", "opened", "by"),
    [
        # hours and days are the calendar's: weekends, holidays and a leap day count like any other
        ("authority", "review", "2026-11-26", "2026-11-26 11:00"),  # within the hour, on Thanksgiving
        ("authority", "suspend", "2026-06-06", "2026-06-06 14:00"),  # a Saturday
        ("traceback", "answer", "2026-06-06", "2026-06-07 10:00"),  # a Saturday: on the Sunday
        ("traceback", "answer", "2026-12-24", "2026-12-25 10:00"),  # on Christmas
        ("traceback", "answer", "2028-02-28", "2028-02-29 10:00"),  # a leap day
        ("traceback", "answer", "2026-03-07", "2026-03-08 11:00"),  # 24 hours over the night of 23
        ("copyright", "take-down", "2027-02-28", "2027-03-01 10:00"),
        ("end-user-stop", "stop-harm", "2026-07-04", "2026-07-04 11:00"),
        ("end-user-stop", "stop", "2026-07-03", "2026-07-04 10:00"),
        ("intimate-images", "look", "2026-06-06", "2026-06-06 14:00"),
        ("intimate-images", "remove", "2026-06-05", "2026-06-07 10:00"),  # from Friday to Sunday
        ("intimate-images", "remove", "2028-02-28", "2028-03-01 10:00"),
        ("csam", "report", "2026-12-25", "2026-12-25 11:00"),
        ("breach", "data-authority", "2026-06-05", "2026-06-08 10:00"),  # 72 hours from Friday: Monday
        ("breach", "data-authority", "2028-02-27", "2028-03-01 10:00"),
        ("breach", "customers", "2028-02-01", "2028-03-02 10:00"),
        ("breach", "covered-entities", "2027-02-01", "2027-04-02 11:00"),  # clocks were put forward meanwhile
        ("blocking-notice", "report", "2026-06-05", "2026-06-19 10:00"),
        ("authority", "preserve", "2026-12-01", "2027-03-01 10:00"),
        ("authority", "preserve", "2027-12-01", "2028-02-29 10:00"),
        # business days: neither weekends nor federal holidays
        ("copyright", "restore", "2026-06-01", "2026-06-22 10:00"),  # 14, over Juneteenth, Friday the 19th
        ("copyright", "contest", "2026-11-20", "2026-12-07 10:00"),  # 10, over Thanksgiving
        ("copyright", "forward", "2026-06-05", "2026-06-08 10:00"),  # 1, from Friday: Monday
        ("copyright", "forward", "2026-07-02", "2026-07-06 10:00"),  # the 4th is observed on Friday the 3rd
        ("breach", "agencies", "2026-12-18", "2026-12-30 10:00"),  # 7, over Christmas
        ("breach", "agencies", "2028-02-24", "2028-03-06 10:00"),  # 7, a leap day among them
        ("sanctions", "report", "2027-01-14", "2027-01-29 10:00"),  # 10, over Martin Luther King Jr. Day
        ("authority", "answer", "2026-12-24", "2027-01-11 10:00"),  # 10, over two holidays
    ],
)
def test_a_deadline_is_due(kind: str, name: str, opened: str, by: str) -> None:
    assert due(kind, name, opened) == by


@pytest.mark.parametrize(
    ("countered", "not_before", "by"),
    [
        ("2026-06-01", "2026-06-15 10:00", "2026-06-22 10:00"),  # a Monday; Juneteenth lies between the two
        ("2026-06-08", "2026-06-23 10:00", "2026-06-29 10:00"),  # ... and here before both
        ("2026-11-13", "2026-11-30 10:00", "2026-12-04 10:00"),  # Thanksgiving
        ("2026-12-21", "2027-01-06 10:00", "2027-01-12 10:00"),  # Christmas and New Year's Day
        ("2028-02-17", "2028-03-03 10:00", "2028-03-09 10:00"),  # Presidents' Day, and a leap day that counts
        ("2027-02-18", "2027-03-04 10:00", "2027-03-10 10:00"),  # the same weeks of another year
        ("2026-06-06", "2026-06-23 00:00", "2026-06-27 00:00"),  # a Saturday: the days from Monday on, each whole
    ],
)
def test_material_is_back_after_ten_and_before_fourteen_business_days(countered: str, not_before: str, by: str) -> None:
    run = start(KINDS["copyright"].deadline("restore"), there(countered), CALENDAR)
    assert run.not_before is not None
    assert f"{run.not_before.astimezone(HERE):%Y-%m-%d %H:%M}" == not_before
    assert f"{run.due.astimezone(HERE):%Y-%m-%d %H:%M}" == by


def test_who_asks_may_set_the_day() -> None:
    day = NOON + timedelta(days=3)
    assert start(KINDS["authority"].deadline("answer"), NOON, CALENDAR, due=day).due == day


def test_the_next_is_the_earliest_that_is_not_met() -> None:
    hour, day = (
        start(Deadline(name=name, says="do", count=n, unit="hours", source="default"), NOON, CALENDAR)
        for name, n in (("hour", 1), ("day", 24))
    )
    assert next_of([day, hour]) == ("hour", NOON + timedelta(hours=1))
    done = met([day, hour], ["hour"], NOON)
    assert next_of(done) == ("day", NOON + timedelta(hours=24))
    assert met(done, ["hour", "day"], NOON + timedelta(minutes=5))[1].met == NOON  # it was met before
    assert next_of(met(done, ["day"], NOON)) == ("", NEVER)
    assert next_of(with_new(done, [hour])) == ("hour", NOON + timedelta(hours=1))  # it counts anew
