"""A service's sender fits its recipient."""

from __future__ import annotations

from masstransit.carriage.senders import pick
from masstransit.model.address import AlphaSender, ShortCode, e164

NEW_YORK, CALIFORNIA, LONDON = e164("+12125550123"), e164("+14155550100"), e164("+442079460000")
NEAR, SHORT, NAME = e164("+12125550199"), ShortCode("55512"), AlphaSender("Shop")


def test_who_was_heard_from_before_stays_and_else_the_same_area_is_preferred() -> None:
    assert pick([CALIFORNIA, NEAR], NEW_YORK) == NEAR
    assert pick([CALIFORNIA, NEAR], NEW_YORK, CALIFORNIA) == CALIFORNIA


def test_a_short_code_serves_its_country_and_a_name_only_where_networks_carry_it() -> None:
    assert pick([SHORT, NEAR], NEW_YORK, leased={"55512": "US"}) == SHORT
    assert pick([SHORT, NAME], NEW_YORK, leased={"55512": "GB"}) is None
    assert pick([NAME, NEAR], LONDON) == NAME


def test_without_geomatch_the_area_does_not_count() -> None:
    people = [e164(f"+1212555{n:04}") for n in range(100, 140)]
    assert {pick([CALIFORNIA, NEAR], person, geomatch=False) for person in people} == {CALIFORNIA, NEAR}
