"""Where a person may be, and when it is lawful to write to them there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest
from phonenumbers import geocoder

from masstransit.clock import HandClock
from masstransit.errors import Unknown
from masstransit.facts.consent import Roots
from masstransit.facts.law import (
    Hours,
    LocalTime,
    LocalTimes,
    Rulebook,
    first_lawful,
    local_time,
    of_postcode,
    place_of,
)
from masstransit.model.address import e164
from masstransit.storage import consents
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON, RECIPIENT, an_sms

NEW_YORK = "+12125550123"
HAWAII = "Pacific/Honolulu"


def where(number: str, **declared: str) -> LocalTime:
    return local_time(NOON, e164(number), **declared)


@pytest.mark.parametrize(
    ("number", "state", "zones"),
    [
        (NEW_YORK, "NY", ("America/New_York",)),
        ("+18085550123", "HI", (HAWAII,)),
        ("+18505550123", "FL", ("America/New_York", "America/Chicago")),
        ("+13055550123", "FL", ("America/New_York",)),
        ("+19285550123", "AZ", ("America/Phoenix", "America/Denver")),
        ("+16025550123", "AZ", ("America/Phoenix",)),
        ("+13605550123", "WA", ("America/Los_Angeles",)),
        ("+12025550123", "DC", ("America/New_York",)),
    ],
)
def test_an_area_code_tells_state_and_every_zone_it_lies_in(number: str, state: str, zones: tuple[str, ...]) -> None:
    found = where(number)
    assert (found.states, found.zones, found.declared) == ((state,), zones, False)


def test_a_toll_free_number_may_be_anywhere_in_its_country() -> None:
    found = where("+18005550123")
    assert {"America/New_York", HAWAII} <= set(found.zones)
    assert found.states == ()


def test_a_mobile_number_abroad_may_be_in_every_zone_of_its_country() -> None:
    assert "Europe/London" in where("+447911123456").zones
    assert {"Australia/Perth", "Australia/Sydney"} <= set(where("+61412345678").zones)


def test_an_address_beats_the_area_code() -> None:
    found = where(NEW_YORK, zone=HAWAII)
    assert (found.zones, found.states, found.declared) == ((HAWAII,), (), True)
    assert where(NEW_YORK, country="US", postcode="96815").states == ("HI",)


def test_declared_sources_that_disagree_both_count() -> None:
    found = where(NEW_YORK, zone=HAWAII, country="US", postcode="10001")
    assert set(found.zones) == {HAWAII, "America/New_York"}


def test_a_zone_within_the_postcodes_state_is_the_finer() -> None:
    assert where(NEW_YORK, zone="America/Denver", country="US", postcode="79901").zones == ("America/Denver",)


def test_a_declared_zone_that_is_none_is_passed_over() -> None:
    assert where(NEW_YORK, zone="Mars/Olympus").zones == ("America/New_York",)


@pytest.mark.parametrize(
    ("postcode", "state"),
    [
        ("10001", "NY"), ("33101", "FL"), ("73301", "TX"), ("73101", "OK"), ("98101", "WA"), ("00501", "NY"),
        ("06390", "NY"), ("20001", "DC"), ("20101", "VA"), ("99501", "AK"), ("96815", "HI"), ("x", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_postcode_tells_its_state(postcode: str, state: str) -> None:
    assert of_postcode("US", postcode)[0] == state


def test_a_canadian_postcode_tells_its_zones() -> None:
    assert of_postcode("CA", "V6B 1A1")[1] == ("America/Vancouver", "America/Edmonton")


def test_numbers_without_a_plan_have_no_zone() -> None:
    assert place_of(e164("+9995550123")).zones == ()


# --- hours ---------------------------------------------------------------------------------------------------------

FEDERAL = Rulebook("US", "", Hours((8, 21), (8, 21), (8, 21)))
TEXAS = Rulebook("US", "TX", Hours((9, 21), (9, 21), (12, 21)))
NO_SUNDAY = Rulebook("US", "AL", Hours((8, 20), (8, 20), None, holidays=False))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-06-03T08:00:00-04:00", "2026-06-03T08:00:00-04:00"),
        ("2026-06-03T20:59:59-04:00", "2026-06-03T20:59:59-04:00"),
        ("2026-06-03T21:00:00-04:00", "2026-06-04T08:00:00-04:00"),
        ("2026-06-03T07:59:59-04:00", "2026-06-03T08:00:00-04:00"),
        ("2026-06-03T00:30:00-04:00", "2026-06-03T08:00:00-04:00"),
    ],
)
def test_the_day_begins_at_eight_and_ends_at_nine(local: str, expected: str) -> None:
    assert first_lawful(at(local), ("America/New_York",), (FEDERAL,)) == at(expected)


def test_clocks_that_change_in_the_night_are_minded() -> None:
    spring = first_lawful(at("2026-03-07T22:00:00-05:00"), ("America/New_York",), (FEDERAL,))
    assert spring == at("2026-03-08T08:00:00-04:00")
    autumn = first_lawful(at("2026-10-31T22:00:00-04:00"), ("America/New_York",), (FEDERAL,))
    assert autumn == at("2026-11-01T08:00:00-05:00")


def test_arizona_keeps_its_time_and_the_navajo_nation_does_not() -> None:
    evening = at("2026-06-03T20:30:00-07:00")  # 21:30 on the reservation
    assert first_lawful(evening, ("America/Phoenix",), (FEDERAL,)) == evening
    assert first_lawful(evening, ("America/Phoenix", "America/Denver"), (FEDERAL,)) == at("2026-06-04T08:00:00-07:00")


def test_every_plausible_zone_must_be_awake() -> None:
    found = first_lawful(at("2026-06-03T08:30:00-04:00"), ("America/New_York", HAWAII), (FEDERAL,))
    assert found == at("2026-06-03T14:00:00-04:00")  # 8:00 in Honolulu


def test_sunday_in_texas_begins_at_noon() -> None:
    assert first_lawful(at("2026-06-07T09:30:00-05:00"), ("America/Chicago",), (FEDERAL, TEXAS)) == at(
        "2026-06-07T12:00:00-05:00"
    )


def test_a_state_may_close_on_sundays_and_holidays() -> None:
    saturday_night = at("2026-07-04T12:00:00-05:00")  # Independence Day
    assert first_lawful(saturday_night, ("America/Chicago",), (FEDERAL, NO_SUNDAY)) == at("2026-07-06T08:00:00-05:00")


def test_places_that_share_no_hour_have_none() -> None:
    morning = Rulebook("US", "", Hours((9, 10), (9, 10), (9, 10)))
    assert first_lawful(NOON, ("America/New_York", HAWAII), (morning,)) is None


# --- learning ------------------------------------------------------------------------------------------------------


async def test_what_a_customer_declared_is_learned(sqlite_database: Database, keys: Keys) -> None:
    row = {"account": ACCOUNT, "person": keys.person(RECIPIENT), "zone": HAWAII, "updated_at": NOON}
    await sqlite_database.write(lambda c: consents.contacts_put(c, [row]))
    learner = LocalTimes(sqlite_database, keys, Roots(), HandClock(NOON))
    declared, other = await learner.learn([an_sms(), an_sms(recipient="+13105550123")])
    assert isinstance(declared, LocalTime)
    assert isinstance(other, LocalTime)
    assert (declared.zones, other.zones) == ((HAWAII,), ("America/Los_Angeles",))


async def test_the_moment_is_when_the_message_is_to_arrive(sqlite_database: Database, keys: Keys) -> None:
    later, now = NOON + timedelta(hours=5), NOON + timedelta(hours=9)
    learner = LocalTimes(sqlite_database, keys, Roots(), HandClock(now))
    found = await learner.learn([an_sms(), an_sms(send_at=later), an_sms(send_at=later, attempt=1)])
    assert [fact.at for fact in found if isinstance(fact, LocalTime)] == [NOON, later, now]


async def test_a_short_code_is_nowhere(sqlite_database: Database, keys: Keys) -> None:
    (found,) = await LocalTimes(sqlite_database, keys, Roots(), HandClock(NOON)).learn([an_sms(recipient="12345")])
    assert isinstance(found, Unknown)


def test_area_codes_lie_in_the_states_that_the_library_says() -> None:
    compared = set()
    for area in range(201, 990):
        for exchange in range(221, 990, 48):
            number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{area}{exchange}0000"))
            _, city, state = geocoder.description_for_number(number, "en").rpartition(", ")
            if city and (area, exchange) != (201, 285):  # one exchange of New Jersey that the data puts into New York
                assert place_of(e164(f"+1{area}{exchange}0100")).state in {state, ""}, (area, exchange)
                compared.add(area)
    assert len(compared) > 200
    assert place_of(e164("+13125550100")).state == "IL"
