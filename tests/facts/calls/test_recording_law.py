"""The law of recording as data, and where those are who take part in a call."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from masstransit.errors import Unknown
from masstransit.facts.calls.recording_law import Places, Regime, Where, laws, places_of, where_of
from masstransit.facts.consent import Roots
from masstransit.facts.law import STATE_ZONES
from masstransit.model.address import parse
from masstransit.model.change import Act, Change, Participant
from masstransit.model.communication import Kind
from masstransit.storage import consents
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.makers import ACCOUNT, NOON, an_sms

#: The rulebook's own lists (13.2).
ALL_PARTY = {"CA", "FL", "IL", "MD", "MA", "MT", "NH", "PA", "WA"}
UNSETTLED = {"CT", "DE", "MI", "NV", "OR", "VT"}


def a_person(number: str = "", **more: str) -> Participant:
    return Participant(leg=2, since=NOON, address=parse(number) if number else None, **more)  # type: ignore[arg-type]


def test_every_place_has_its_law_with_a_source() -> None:
    assert [law for law in laws() if len(law.source) < 10] == []
    states = {law.place.removeprefix("US-") for law in laws() if law.place.startswith("US-")}
    assert states == ALL_PARTY | UNSETTLED
    assert states <= STATE_ZONES.keys()
    assert {law.place for law in laws() if "unsettled" in law.source} == {f"US-{s}" for s in UNSETTLED - {"CT"}}
    assert len({(law.place, law.regime) for law in laws()}) == len(laws())


def test_no_state_of_the_lists_is_content_with_one_party() -> None:
    assert places_of(Regime.ONE) == ("US",)
    assert "US-CA" in places_of(Regime.ALL)
    assert "US-WA" in places_of(Regime.NOTICE)
    assert {"FR", "GB", "DE"} <= set(places_of(Regime.PRIVACY))


@pytest.mark.parametrize(
    ("person", "places"),
    [
        (a_person("+14155550123"), ("US-CA",)),
        (a_person("+12125550123"), ("US-NY",)),
        (a_person("+12125550123", state="CA"), ("US-CA", "US-NY")),
        (a_person("+12125550123", country="FR"), ("FR", "US-NY")),
        (a_person("+33142685300"), ("FR",)),
        (a_person("+18005550123"), ()),
        (a_person("+18005550123", state="NY"), ("US-NY",)),
        (a_person("12345"), ()),
        (a_person(), ()),
        (a_person(country="US"), ()),
    ],
)
def test_a_number_and_what_is_declared_tell_where_somebody_may_be(person: Participant, places: tuple[str, ...]) -> None:
    assert where_of(person).places == places


async def test_what_a_customer_declared_before_counts_for_its_calls(database: Database, keys: Keys) -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    row = {"account": ACCOUNT, "person": keys.person("+12125550123"), "country": "US", "postcode": "94105", "zone": ""}
    await database.write(lambda c: consents.contacts_put(c, [row | {"updated_at": at}]))
    persons = (a_person("+12125550123"), a_person("+13055550123"), a_person())
    change = Change(
        id="RE1", account=ACCOUNT, kind=Kind.CALL, what=Act.RECORD, at=NOON, communication="CA1", participants=persons
    )
    learned, unknown = await Places(database, keys, Roots()).learn([change, an_sms()])
    assert isinstance(unknown, Unknown)
    assert not isinstance(learned, Unknown)
    assert [where.places for where in learned.of] == [("US-CA", "US-NY"), ("US-FL",), ()]
    assert learned.of[0] == Where(2, ("US-CA", "US-NY"), "declared before and area code")
