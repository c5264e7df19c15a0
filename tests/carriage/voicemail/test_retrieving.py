"""A mailbox's owner hears its messages by keys."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from masstransit.carriage.voicemail.mailbox import LOCKED_FOR, WRONG_PINS
from masstransit.channels.loopback.calls import PhoneCall
from masstransit.storage import mailboxes
from tests.carriage.voice.house import until
from tests.carriage.voicemail.house import BoxHouse
from tests.carriage.voicemail.test_answering import hears

PIN = "4711"


async def comes(house: BoxHouse, sid: str, state: str) -> None:
    async with asyncio.timeout(5):
        while (await house.row_of(sid)).state != state:
            await asyncio.sleep(0.01)


def heard(call: PhoneCall) -> str:
    return " | ".join(call.shown.heard)


async def test_messages_are_counted_heard_again_kept_and_deleted(house: BoxHouse) -> None:
    await house.boxed()
    first, second, third = sorted([await house.left(0.1) for _ in range(3)])  # left in one instant
    phone, _ = await house.own()
    await hears(phone, "Again: 1.")
    assert "New messages: | three | Messages heard before: | none" in heard(phone)
    phone.press("1")
    await until(lambda: phone.shown.heard.count("(sound: )") == 2)
    phone.press("2")
    await comes(house, first, "kept")
    await until(lambda: phone.shown.heard.count("(sound: )") == 3)
    phone.press("3")
    await comes(house, second, "deleted")
    await until(lambda: phone.shown.heard.count("(sound: )") == 4)
    phone.press("#")
    await comes(house, third, "heard")
    await hears(phone, "There are no more messages.")
    phone.drop()
    await house.over(phone.shown.id)
    assert house.kept() == {(await house.row_of(sid)).recording for sid in (first, third)}
    again, _ = await house.own()
    await hears(again, "two")
    assert "New messages: | none | Messages heard before: | two" in heard(again)
    again.drop()


async def test_a_greeting_is_recorded_and_heard_by_callers(house: BoxHouse) -> None:
    await house.boxed(greeting_url="https://example.com/old.wav")
    phone, _ = await house.own()
    await hears(phone, "To record a greeting")
    phone.press("0")
    await hears(phone, "Speak your greeting")
    async with asyncio.timeout(5):
        while not house.kept():
            await asyncio.sleep(0.01)
    await asyncio.sleep(1.5)
    phone.press("#")
    await hears(phone, "This is your greeting now.")
    phone.drop()
    await house.over(phone.shown.id)
    pcm = await house.database.read(lambda c: mailboxes.greeting(c, house.account, house.box))
    assert pcm is not None
    assert 1.0 < len(pcm) / 2 / 8000 < 3.0
    assert house.kept() == set()  # it is no recording any more
    assert (await house.mailboxes.find(house.account, house.box)).greeting_url == ""
    call, _ = await house.dials()
    await hears(call, "(sound: )")
    call.drop()


async def test_from_any_phone_the_pin_opens_it(house: BoxHouse) -> None:
    await house.boxed(pin=PIN)
    await house.left(0.1)
    call, _ = await house.dials()
    await hears(call, "Nobody can take")
    call.press("*")
    await hears(call, "Enter your PIN")
    call.press(f"{PIN}#")
    await hears(call, "New messages:")
    call.drop()


async def test_a_wrong_pin_opens_nothing_and_a_third_one_ends_the_call(house: BoxHouse) -> None:
    await house.boxed(pin=PIN)
    await house.left(0.1)
    call, _ = await house.dials()
    await hears(call, "Nobody can take")
    call.press("*")
    for tries in range(1, 4):
        await until(lambda tries=tries: heard(call).count("Enter your PIN") == tries)  # type: ignore[misc]
        call.press("9999#")
    await house.over(call.shown.id)
    assert (heard(call).count("This PIN is wrong."), "New messages" in heard(call)) == (3, False)


async def test_a_mailbox_without_a_pin_is_opened_by_none(house: BoxHouse) -> None:
    await house.boxed()
    box = await house.mailboxes.find(house.account, house.box)
    assert await house.lock.opens(box, "") is False
    assert await house.lock.opens(box, PIN) is False


async def test_wrong_pins_in_a_row_lock_it_even_to_the_right_one_for_a_while(house: BoxHouse) -> None:
    await house.boxed(pin=PIN)
    box = await house.mailboxes.find(house.account, house.box)
    tries = await asyncio.gather(*(house.lock.opens(box, "9999") for _ in range(WRONG_PINS)))
    assert None in tries
    assert await house.lock.opens(box, PIN) is None
    await house.clock.move(LOCKED_FOR - timedelta(seconds=1))
    assert await house.lock.opens(box, PIN) is None
    await house.clock.move(timedelta(seconds=1))
    assert await house.lock.opens(box, PIN) is True


async def test_a_right_pin_forgets_the_wrong_ones_before_it(house: BoxHouse) -> None:
    await house.boxed(pin=PIN)
    box = await house.mailboxes.find(house.account, house.box)
    for _ in range(2):
        for _ in range(WRONG_PINS - 1):
            assert await house.lock.opens(box, "9999") is False
        assert await house.lock.opens(box, PIN) is True
