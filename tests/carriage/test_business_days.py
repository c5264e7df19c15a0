"""By when people decide: no weekend, no holiday, as the place's own clocks have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from masstransit.carriage.business_days import BusinessDays
from masstransit.clock import HandClock
from masstransit.errors import ConfigError

HERE = ZoneInfo("America/New_York")


def at(day: str, time: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("now", "until", "left"),
    [
        (at("2026-01-05"), at("2026-01-12"), 5),  # over one weekend
        (at("2026-01-10"), at("2026-01-12"), 1),  # from a Saturday
        (at("2026-01-16"), at("2026-01-21"), 2),  # over Martin Luther King Jr. Day
        (at("2026-01-12", "09:00"), at("2026-01-12"), 0),  # the last day
        (at("2026-01-12"), at("2026-01-14", "00:00"), 1),  # the end of the 13th
        (at("2026-01-12", "11:00"), at("2026-01-09"), 0),  # late
    ],
)
def test_business_days_that_are_left_are_counted_as_a_person_would(now: datetime, until: datetime, left: int) -> None:
    assert BusinessDays().left(now, until) == left


def due(day: str, time: str = "10:00", **calendar: object) -> str:
    found = BusinessDays(**calendar).due(at(day, time))  # type: ignore[arg-type]
    assert found.tzinfo is UTC
    return f"{found.astimezone(HERE):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("filed", "decided_by"),
    [
        ("2026-01-05", "2026-01-12 10:00"),  # Monday: over one weekend
        ("2026-01-09", "2026-01-16 10:00"),  # Friday
        ("2026-01-13", "2026-01-21 10:00"),  # over Martin Luther King Jr. Day, the 19th
        ("2026-11-23", "2026-12-01 10:00"),  # over Thanksgiving, the 26th
        ("2026-06-29", "2026-07-07 10:00"),  # Independence Day is a Saturday, and observed on Friday the 3rd
        ("2027-12-28", "2028-01-05 10:00"),  # New Year's Day is a Saturday, and observed in the year before
        ("2028-02-24", "2028-03-02 10:00"),  # a leap day is a business day like any other
        ("2027-02-24", "2027-03-03 10:00"),  # and in other years there is none
    ],
)
def test_five_business_days_pass_over_weekends_holidays_and_a_leap_day(filed: str, decided_by: str) -> None:
    assert due(filed) == decided_by


@pytest.mark.parametrize("filed", ["2026-01-10", "2026-01-11"])
def test_what_comes_on_a_weekend_has_the_business_days_that_follow_it(filed: str) -> None:
    assert due(filed, "23:00") == "2026-01-17 00:00"  # Monday the 12th to the end of Friday the 16th


def test_what_comes_on_a_holiday_has_the_business_days_that_follow_it() -> None:
    assert due("2026-12-25") == "2027-01-05 00:00"  # Christmas is a Friday; New Year's Day the next


def test_days_are_the_places_own() -> None:
    late_on_friday = at("2026-01-09", "20:00")
    assert BusinessDays().due(late_on_friday) == at("2026-01-16", "20:00")
    in_utc = BusinessDays(country="DE", zone="UTC").due(late_on_friday)  # there it is Saturday already
    assert in_utc == datetime(2026, 1, 17, tzinfo=UTC)


def test_the_time_of_day_stays_when_clocks_are_put_forward() -> None:
    assert due("2026-03-06") == "2026-03-13 10:00"


def test_a_states_own_holidays_count_where_it_is_named() -> None:
    assert due("2026-04-17") == "2026-04-24 10:00"
    assert due("2026-04-17", state="MA") == "2026-04-27 10:00"  # Patriots' Day, the 20th


async def test_it_is_overdue_when_the_clock_has_passed_it_and_not_before() -> None:
    clock = HandClock(at("2026-11-25").astimezone(UTC))  # the day before Thanksgiving
    by = BusinessDays().due(clock.now())
    await clock.move(timedelta(days=7))
    assert clock.now() < by
    await clock.move(timedelta(days=1))
    assert clock.now() == by


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"country": "XX"}, "country = 'XX': no calendar"),
        ({"state": "ZZ"}, "'US', state 'ZZ'"),
        ({"zone": "America/Atlantis"}, "zone = 'America/Atlantis'"),
        ({"zone": "../etc"}, "zone = '../etc'"),
        ({"days": 0}, "days = 0"),
    ],
)
def test_a_calendar_that_there_is_not_is_refused_by_its_setting(told: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        BusinessDays(**told).check()  # type: ignore[arg-type]
    assert words in str(refused.value)


def test_calendars_that_there_are_pass() -> None:
    calendars = (BusinessDays(), BusinessDays(country="DE", state="BY", zone="Europe/Berlin"), BusinessDays(zone="UTC"))
    for calendar in calendars:
        calendar.check()
