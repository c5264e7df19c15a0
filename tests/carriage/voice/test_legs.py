"""Legs that were let out and never rang: each comes to its end on the record, and whoever watches it hears of that."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from masstransit.carriage.voice.legs import Leg, Watch
from masstransit.model.communication import Communication
from masstransit.storage.calls import NOT_LED, Led
from tests.carriage.voice.house import ANN, BEN, CAT, VoiceHouse
from tests.makers import SENDER, a_call

WATCH = Watch(url="https://example.com/told", method="POST", events=("initiated", "completed"))


@pytest.fixture
def asked(house: VoiceHouse, monkeypatch: pytest.MonkeyPatch) -> dict[str, asyncio.Event]:
    """For whom the gate's answer waits until that is set."""
    waits: dict[str, asyncio.Event] = {}
    offer = house.calls.offer

    async def offered(call: Communication, led: Led = NOT_LED) -> Any:
        decision = await offer(call, led)
        if call.recipient.text in waits:
            await waits[call.recipient.text].wait()
        return decision

    monkeypatch.setattr(house.calls, "offer", offered)
    return waits


@pytest.mark.parametrize(("process", "at_start"), [("p1", True), ("gone", False)], ids=["its last life", "another"])
async def test_one_whose_process_was_killed_before_it_rang_ends(
    house: VoiceHouse, process: str, *, at_start: bool
) -> None:
    call = a_call(account=house.account, recipient=ANN, at=house.clock.now())
    led = Led(process=process, attrs={"watch": msgspec.to_builtins(WATCH)})
    await house.calls.offer(call, led)
    assert (await house.row(call.id)).status == "queued"
    assert await house.parts.legs.end_orphans(at_start=at_start) == 1
    row = await house.row(call.id)
    assert (row.status, row.released_by, row.response) == ("failed", "house", 500)
    assert [told["CallStatus"] for told in await house.events(call.id)] == ["failed"]
    assert await house.parts.legs.end_orphans(at_start=at_start) == 0


async def test_one_that_no_document_leads_is_nobodys_to_end(house: VoiceHouse) -> None:
    call = a_call(account=house.account, recipient=ANN, at=house.clock.now())
    await house.calls.offer(call)  # it goes through, and its record comes from elsewhere
    assert await house.parts.legs.end_orphans(at_start=True) == 0


async def test_one_that_nobody_waits_for_ends_once_it_is_on_record(
    house: VoiceHouse, asked: dict[str, asyncio.Event]
) -> None:
    asked[ANN] = asyncio.Event()
    call = a_call(account=house.account, recipient=ANN, at=house.clock.now())
    offering = asyncio.create_task(house.parts.legs.offer(Leg(call, WATCH)))
    await on_record(house, ANN)
    offering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await offering
    asked[ANN].set()
    await house.parts.legs.drained()
    assert (await house.row(call.id)).status == "canceled"
    assert [told["CallStatus"] for told in await house.events(call.id)] == ["canceled"]


async def test_those_whom_a_caller_did_not_wait_for_end_with_the_call(
    house: VoiceHouse, asked: dict[str, asyncio.Event]
) -> None:
    """The first of two was let out, the second is being asked for, and the caller hangs up."""
    asked[CAT] = asyncio.Event()
    dial = f'<Dial callerId="{SENDER}"><Number>{BEN}</Number><Number>{CAT}</Number></Dial>'
    sid = await house.begin(dial)
    call = await house.takes()
    await on_record(house, CAT)
    call.drop()
    await house.over(sid)
    asked[CAT].set()
    legs = {leg.recipient: leg.status for leg in await house.legs(sid)}
    assert legs == {BEN: "canceled", CAT: "canceled"}
    assert house.handsets.calls(BEN) == house.handsets.calls(CAT) == []


async def on_record(house: VoiceHouse, number: str) -> None:
    async def there() -> bool:
        return any(row.recipient == number for row in await house.rows())

    async with asyncio.timeout(5):
        while not await there():
            await asyncio.sleep(0.005)
