"""What a call is, and where it may go."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from masstransit.channels.sip.message import Header
from masstransit.channels.sip.talk import Answer, Carry, Take
from masstransit.model.call import Party, record_of
from masstransit.model.communication import Direction
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import calls
from tests.channels.sip.entrance import PERSON, TRUNKS, Entrance
from tests.makers import ACCOUNT, SENDER


@pytest.fixture
async def entrance(sqlite_database: Database, keys: Keys) -> Entrance:
    made = Entrance(sqlite_database, keys)
    await made.opened()
    return made


async def on_record(entrance: Entrance) -> list[tuple[str, int | None]]:
    rows = await entrance.database.read(lambda c: c.execute(select(calls).order_by(calls.c.sid)).all())
    return [(row.status, row.response) for row in rows]


def refused(found: Carry | Take | Answer, status: int) -> dict[str, str]:
    assert isinstance(found, Answer)
    assert found.status == status, found
    return {each.name: each.value for each in found.headers}


def carried(found: Carry | Take | Answer) -> Carry:
    assert isinstance(found, Carry), found
    return found


async def test_a_call_goes_to_the_longest_prefix_first_and_says_who_calls(entrance: Entrance) -> None:
    found = carried(await entrance.calls(PERSON, Header("x-end-user", "clinic"), Header("x-purpose", "Transactional")))
    assert [target.link for target in found.targets] == ["america", "world"]
    assert (found.sender, found.shown, found.recipient, found.name) == (SENDER, SENDER, PERSON, "Ana")
    assert (found.end_user, found.purpose, found.account) == ("clinic", "transactional", ACCOUNT)
    assert Header("p-asserted-identity", f"<sip:{SENDER}@house.example>") in found.headers
    assert await on_record(entrance) == [("queued", None)]


async def test_a_caller_who_does_not_want_to_be_shown_is_not(entrance: Entrance) -> None:
    found = carried(await entrance.calls(PERSON, Header("privacy", "id")))
    assert (found.shown, found.name, found.sender) == ("anonymous", "Anonymous", SENDER)
    assert Header("privacy", "id") in found.headers


async def test_what_is_asserted_counts_before_from_and_the_logins_number_last(entrance: Entrance) -> None:
    await entrance.house.owns("+14155550199")
    asserted = Header("p-asserted-identity", '"Desk" <sip:+14155550199@pbx>')
    assert carried(await entrance.calls(PERSON, asserted, sender="ana")).sender == "+14155550199"
    said = refused(await entrance.calls(PERSON, sender="ana"), 403)
    assert "which of your numbers" in said["warning"]
    await entrance.login("ana", number=SENDER)
    entrance.tick = 5.0
    assert carried(await entrance.calls(PERSON, sender="ana")).sender == SENDER


@pytest.mark.parametrize(
    ("word", "status", "kept"),
    [("refuse", 403, "refused"), ("hold", 480, "refused"), ("delay", 480, "refused"), ("overload", 480, "refused")],
)
async def test_what_the_gate_stops_is_answered_in_sips_words_and_its_record_is_whole(
    entrance: Entrance, word: str, status: int, kept: str
) -> None:
    entrance.house.wishes.all = word
    headers = refused(await entrance.calls(PERSON), status)
    assert "clause 1" in headers["reason"]
    assert ("retry-after" in headers) == (word in {"delay", "overload"})
    assert await on_record(entrance) == [(kept, status)]
    assert not entrance.places.live


async def test_a_call_for_help_is_stopped_by_nothing(entrance: Entrance) -> None:
    entrance.house.wishes.all = "refuse"
    place = Header("geolocation", "<cid:place@here>")
    for _ in range(4):  # more than the account may have at once
        found = carried(await entrance.calls("911", place, sender="ana"))
        assert [target.link for target in found.targets] == ["help"]
        assert place in found.headers


async def test_a_call_for_help_takes_any_trunk_where_none_is_for_it(sqlite_database: Database, keys: Keys) -> None:
    entrance = Entrance(sqlite_database, keys, trunks=TRUNKS[:2])
    await entrance.opened()
    assert [target.link for target in carried(await entrance.calls("911")).targets] == ["world", "america"]


async def test_a_number_of_ones_own_that_is_registered_stays_in_the_house(entrance: Entrance) -> None:
    await entrance.house.owns("+14155550199", sid="PN2")
    await entrance.login("ben", number="+14155550199")
    await entrance.registered("ben")
    found = carried(await entrance.calls("+14155550199"))
    assert found.internal
    assert [(target.host, target.port, target.user) for target in found.targets] == [("192.0.2.7", 5070, "ben")]


TOLD_BY_CARRIERS = (
    Header("identity", "eyJhbGciOiJFUzI1NiJ9..sig;info=<https://elsewhere.example/a.pem>;alg=ES256;ppt=shaken"),
    Header("x-verstat", "TN-Validation-Passed"),
    Header("p-asserted-identity", f"<sip:{SENDER};verstat=TN-Validation-Passed@pbx>"),
    Header("x-diverted-by", SENDER),
    Header("x-exemption", "emergency"),
    Header("x-brief", "otp"),
    Header("x-account", "AC" + "2" * 32),
)


async def test_a_customer_sets_nothing_that_only_a_carrier_may(entrance: Entrance) -> None:
    """Neither the gate hears of it, nor the far leg."""
    found = carried(await entrance.calls(PERSON, *TOLD_BY_CARRIERS))
    (offer,) = entrance.house.wishes.offers
    assert (offer.verification, offer.diverted_by, offer.exemption) == (None, None, None)
    assert (offer.account, offer.direction) == (ACCOUNT, Direction.OUTBOUND)
    assert [each.name for each in found.headers] == ["p-asserted-identity"]  # ours
    assert found.headers[0].value == f"<sip:{SENDER}@house.example>"
    assert found.trunk == ""


async def test_a_call_is_sent_on_where_it_is_seen_to_come_in(entrance: Entrance) -> None:
    diversion = Header("diversion", f"<sip:{SENDER}@pbx>;reason=unconditional;privacy=off")
    await entrance.registered()
    carried(await entrance.is_called())
    carried(await entrance.calls("+13055550124", diversion, sender=PERSON))
    *_, offer = entrance.house.wishes.offers
    assert (offer.sender.text, offer.diverted_by and offer.diverted_by.text) == (PERSON, SENDER)


@pytest.mark.parametrize(
    ("diversion", "sender"),
    [
        (f"<sip:{SENDER}@pbx>", "+13055550188"),  # somebody who does not call
        ("<sip:+14155550188@pbx>", PERSON),  # a number that nobody called
        ("<sip:reception@pbx>", PERSON),
        ("nonsense", PERSON),
        ("", PERSON),
    ],
)
async def test_that_a_call_is_sent_on_is_not_believed_where_none_comes_in(
    entrance: Entrance, diversion: str, sender: str
) -> None:
    await entrance.registered()
    carried(await entrance.is_called())
    carried(await entrance.calls("+13055550124", Header("diversion", diversion), sender=sender))
    assert entrance.house.wishes.offers[-1].diverted_by is None


async def test_a_call_that_is_over_is_not_sent_on(entrance: Entrance) -> None:
    await entrance.registered()
    found = carried(await entrance.is_called())
    over = record_of(
        entrance.house.wishes.offers[0], ended_at=entrance.clock.now(), status=487, released_by=Party.CALLER
    )
    assert over.id == found.call
    await entrance.house.calls.ended(over)
    carried(await entrance.calls("+13055550124", Header("diversion", f"<sip:{SENDER}@pbx>"), sender=PERSON))
    assert entrance.house.wishes.offers[-1].diverted_by is None


async def test_limits_of_the_account_are_said_and_count_nowhere(entrance: Entrance) -> None:
    first, _ = [carried(await entrance.calls(PERSON)) for _ in range(2)]
    entrance.tick = 10.0
    assert "at once: 2" in refused(await entrance.calls(PERSON), 480)["warning"]
    entrance.places.ended(ACCOUNT, first.call)
    carried(await entrance.calls(PERSON))
    assert len(await on_record(entrance)) == 3


async def test_where_no_trunk_goes_the_record_says_so(sqlite_database: Database, keys: Keys) -> None:
    entrance = Entrance(sqlite_database, keys, trunks=TRUNKS[1:2])
    await entrance.opened()
    assert "cause=3" in refused(await entrance.calls("+447911123456"), 480)["reason"]
    assert await on_record(entrance) == [("no-answer", 480)]


@pytest.mark.parametrize(
    ("number", "headers", "status"),
    [
        ("alice", (), 404),
        (PERSON, (Header("x-purpose", "fun"),), 400),
        (PERSON, (Header("x-campaign", "QE" + "0" * 32),), 400),
    ],
)
async def test_what_a_call_says_wrongly_is_said_back(
    entrance: Entrance, number: str, headers: tuple[Header, ...], status: int
) -> None:
    refused(await entrance.calls(number, *headers), status)
    assert await on_record(entrance) == []


# --- from a carrier ---------------------------------------------------------------------------------------------------


async def test_a_call_from_outside_rings_at_the_login_that_has_the_number(entrance: Entrance) -> None:
    await entrance.registered()
    assert [t.user for t in carried(await entrance.is_called()).targets] == ["ana"]
    await entrance.login("desk", number=SENDER)
    await entrance.registered("desk", 5080)
    found = carried(await entrance.is_called())
    assert [target.user for target in found.targets] == ["desk"]
    assert (found.inbound, found.trunk, found.sender, found.shown) == (True, "america", PERSON, PERSON)


async def test_a_number_that_nobody_has_and_one_where_nobody_is(entrance: Entrance) -> None:
    refused(await entrance.is_called("+14155550111"), 404)
    refused(await entrance.is_called(), 480)
    assert await on_record(entrance) == [("no-answer", 480)]


async def test_a_caller_without_a_number_may_call(entrance: Entrance) -> None:
    await entrance.registered()
    assert carried(await entrance.is_called(sender="anonymous")).sender == "anonymous"
    hidden = carried(await entrance.is_called(SENDER, Header("privacy", "id")))
    assert (hidden.shown, hidden.sender) == ("anonymous", PERSON)
