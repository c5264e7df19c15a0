"""People call customers' numbers."""

from __future__ import annotations

from typing import Any

import pytest

from masstransit.carriage.voice.arriving import Arriving
from masstransit.errors import BadAddress, Conflict
from masstransit.storage import numbers
from tests.carriage.test_webhooks import Server
from tests.carriage.voice.house import ANN, BEN, VoiceHouse, until
from tests.carriage.voice.test_flow import says
from tests.makers import NOON, SENDER


async def led(house: VoiceHouse, server: Server, document: str, **more: Any) -> None:
    """The customer's number is led by this document."""
    where = says(server, "/in", document)
    row = {"number": SENDER, "region": "US", "account": house.account, "sid": "PN1", "state": "in-use"}

    def keep(connection: Any) -> None:
        numbers.put(connection, [row], NOON)
        numbers.mark(connection, SENDER, NOON, voice_url=where.url, **more)

    await house.database.write(keep)
    house.handsets.connect(Arriving(house.live, house.database, house.clock))


async def test_a_persons_call_is_answered_by_the_numbers_document(house: VoiceHouse, server: Server) -> None:
    await led(house, server, "<Say>Welcome.</Say>", status_callback="http://127.0.0.1:9/")
    call = await house.handsets.dial(ANN, SENDER)
    row = await house.over(call.shown.id)
    assert (call.shown.heard, call.shown.state) == (("Welcome.",), "over")
    assert (row.status, row.direction, row.released_by) == ("completed", "inbound", "callee")
    told = server.params()
    assert (told["From"], told["To"], told["Direction"], told["CallStatus"]) == (ANN, SENDER, "inbound", "ringing")
    assert [each["CallStatus"] for each in await house.events(row.sid)] == ["completed"]


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "failed")])
async def test_a_call_is_rejected_before_it_is_answered(
    house: VoiceHouse, server: Server, reason: str, status: str
) -> None:
    await led(house, server, f'<Reject reason="{reason}"/><Say>Never said.</Say>')
    call = await house.handsets.dial(ANN, SENDER)
    row = await house.over(call.shown.id)
    assert (row.status, row.answered_at, call.shown.heard) == (status, None, ())


async def test_a_caller_is_passed_on_and_answered_only_when_the_other_is_there(
    house: VoiceHouse, server: Server
) -> None:
    await led(house, server, f'<Dial answerOnBridge="true" callerId="{SENDER}">{BEN}</Dial>')
    ann = await house.handsets.dial(ANN, SENDER)
    ben = await house.rings(BEN)
    assert (ann.shown.state, ann.shown.heard) == ("ringing", ("(it rings)",))
    ben.take()
    await until(lambda: ann.others)
    assert ann.shown.state == "talking"
    ann.drop()
    row = await house.over(ann.shown.id)
    assert (row.released_by, ben.shown.state) == ("caller", "over")


@pytest.mark.parametrize(
    ("shown", "diverted_by"), [("", SENDER), (f' callerId="{ANN}"', SENDER), (f' callerId="{SENDER}"', None)]
)
async def test_who_is_passed_on_under_their_own_number_is_sent_on_by_the_one_they_called(
    house: VoiceHouse, server: Server, shown: str, diverted_by: str | None
) -> None:
    await led(house, server, f"<Dial{shown}>{BEN}</Dial>")
    ann = await house.handsets.dial(ANN, SENDER)
    (await house.takes(BEN)).drop()
    await house.over(ann.shown.id)
    offer = next(each for each in house.wishes.offers if each.recipient.text == BEN)
    assert (offer.diverted_by.text if offer.diverted_by else None) == diverted_by


async def test_a_caller_who_gives_up_is_on_record_as_one(house: VoiceHouse, server: Server) -> None:
    await led(house, server, f'<Dial answerOnBridge="true" callerId="{SENDER}">{BEN}</Dial>')
    ann = await house.handsets.dial(ANN, SENDER)
    ben = await house.rings(BEN)
    ann.drop()
    row = await house.over(ann.shown.id)
    assert (row.answered_at, row.released_by, ben.shown.state) == (None, "caller", "over")


async def test_what_nothing_leads_is_turned_away(house: VoiceHouse, server: Server) -> None:
    await led(house, server, "<Say>Welcome.</Say>")
    call = await house.handsets.dial(ANN, "+14155550177")
    assert (call.shown.state, server.asked) == ("over", [])


async def test_what_the_gate_does_not_let_in_is_turned_away(house: VoiceHouse, server: Server) -> None:
    await led(house, server, "<Say>Welcome.</Say>")
    house.wishes.of = {SENDER: "refuse"}
    call = await house.handsets.dial(ANN, SENDER)
    assert (call.shown.state, server.asked) == ("over", [])
    assert [row.status for row in await house.rows()] == ["refused"]


async def test_a_phone_makes_one_call_at_a_time_and_to_numbers_only(house: VoiceHouse, server: Server) -> None:
    await led(house, server, '<Pause length="60"/>')
    await house.handsets.dial(ANN, SENDER)
    with pytest.raises(Conflict):
        await house.handsets.dial(ANN, SENDER)
    with pytest.raises(BadAddress):
        await house.handsets.dial(BEN, "nobody")
