"""Calls to a number with a mailbox."""

from __future__ import annotations

import asyncio

from sqlalchemy import update

from masstransit.channels.loopback.calls import PhoneCall
from masstransit.model.decision import Verdict
from masstransit.storage import mailboxes
from masstransit.storage.tables import numbers
from masstransit.story import story_of, tell
from tests.carriage.voice.house import ANN, until
from tests.carriage.voicemail.house import BOX, BoxHouse

GREETING = "Nobody can take your call now."
SAVED = "Your message was kept. Goodbye."


async def hears(call: PhoneCall, words: str) -> None:
    await until(lambda: any(words in heard for heard in call.shown.heard))


async def speaks(house: BoxHouse, seconds: float = 1.5) -> None:
    """The tone is over, and they speak for so long."""
    async with asyncio.timeout(5):
        while not any(row.state == "arriving" for row in await house.messages()):
            await asyncio.sleep(0.01)
    await asyncio.sleep(seconds)


async def test_nobody_is_registered_and_a_message_is_left_and_told(house: BoxHouse) -> None:
    box = await house.boxed(notify_url="https://example.com/left")
    call, _ = await house.dials()
    await hears(call, GREETING)
    await speaks(house)
    call.press("#")
    row = await house.over(call.shown.id)
    assert (row.status, call.shown.heard[-1]) == ("completed", SAVED)
    (message,) = await house.messages()
    assert (message.state, message.sender, message.recipient, message.call) == ("new", ANN, BOX, row.sid)
    assert 1.0 < message.seconds < 3.0
    (told,) = await house.told()
    assert (told["VoicemailSid"], told["MailboxSid"], told["From"], told["To"]) == (message.sid, box, ANN, BOX)
    assert house.kept() == {message.recording}


async def test_a_caller_who_hangs_up_has_left_their_message(house: BoxHouse) -> None:
    await house.boxed()
    call, _ = await house.dials()
    await speaks(house)
    call.drop()
    await house.over(call.shown.id)
    await house.deposits.drained()
    assert [row.state for row in await house.messages()] == ["new"]


async def test_of_a_caller_who_says_nothing_nothing_is_kept_and_nobody_told(house: BoxHouse) -> None:
    await house.boxed(notify_url="https://example.com/left")
    call, line = await house.dials()
    line.talker.pitch = 0
    await speaks(house)
    call.press("#")
    await house.over(call.shown.id)
    assert [row.state for row in await house.messages()] == ["nothing"]
    assert (await house.told(), house.kept()) == ([], set())
    assert "Nothing was heard" in call.shown.heard[-1]


async def test_a_message_that_the_gate_refuses_is_not_kept_and_not_told(house: BoxHouse) -> None:
    await house.boxed(notify_url="https://example.com/left")
    call, _ = await house.dials()
    await speaks(house)
    house.wishes.of[BOX] = "refuse"
    call.press("#")
    await house.over(call.shown.id)
    (message,) = await house.messages()
    assert message.state == "refused"
    told = await house.database.read(lambda c: story_of(c, message.sid))
    assert [(each.id, each.verdict) for each in told.decisions] == [(message.decision, Verdict.REFUSE)]
    assert "they asked you not to write" in "\n".join(tell(told))
    assert (await house.told(), house.kept()) == ([], set())


async def test_the_numbers_phone_takes_the_call(house: BoxHouse) -> None:
    await house.boxed()
    await house.registered()
    ann, _ = await house.dials()
    ben = await house.rings(BOX)
    assert (ann.shown.state, ann.shown.heard) == ("ringing", ("(it rings)",))
    ben.take()
    await until(lambda: ann.shown.state == "talking")
    ben.drop()
    await house.over(ann.shown.id)
    assert (await house.messages(), [row.direction for row in await house.legs(ann.shown.id)]) == ([], ["inbound"])


async def test_a_phone_that_is_busy_leaves_it_to_the_mailbox(house: BoxHouse) -> None:
    await house.boxed()
    await house.registered()
    ann, _ = await house.dials()
    (await house.rings(BOX)).drop()
    await hears(ann, GREETING)
    ann.drop()
    await house.over(ann.shown.id)
    (leg,) = await house.legs(ann.shown.id)
    assert leg.status == "busy"


async def test_a_caller_who_gives_up_stops_the_phone(house: BoxHouse) -> None:
    await house.boxed()
    await house.registered()
    ann, _ = await house.dials()
    ben = await house.rings(BOX)
    ann.drop()
    row = await house.over(ann.shown.id)
    assert (row.answered_at, row.released_by, ben.shown.state) == (None, "caller", "over")


async def test_the_hash_key_goes_to_the_tone_at_once(house: BoxHouse) -> None:
    box, now = await house.boxed(), house.clock.now()
    await house.database.write(lambda c: mailboxes.greet(c, house.account, box, bytes(480_000), now))
    call, _ = await house.dials()
    await until(lambda: "(sound: )" in call.shown.heard)  # half a minute of greeting
    call.press("#")
    await speaks(house, 0.1)
    call.drop()
    await house.over(call.shown.id)


async def test_a_line_without_sound_takes_no_message_and_the_customer_is_told(house: BoxHouse) -> None:
    await house.boxed()
    house.handsets.connect(house.arriving)
    call = await house.handsets.dial(ANN, BOX)
    await house.over(call.shown.id)
    assert call.shown.heard == ("No message can be taken here. Goodbye.",)
    ((code, why),) = await house.alerts()
    assert (code, "No message was taken" in why) == (13237, True)


async def test_a_mailbox_of_another_account_takes_no_calls(house: BoxHouse) -> None:
    await house.boxed()
    theirs = update(numbers).where(numbers.c.number == BOX).values(account="AC" + "9" * 32)
    await house.database.write(lambda c: c.execute(theirs))
    call = await house.handsets.dial(ANN, BOX)
    assert call.shown.state == "over"
    assert GREETING not in " ".join(call.shown.heard)
