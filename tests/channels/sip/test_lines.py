"""Lines over SIP: real sound and the house's real parts, and what the switch would say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from masstransit.carriage.identity.certificates import KnownCertificates
from masstransit.carriage.identity.service import Identity
from masstransit.carriage.identity.verifying import Verifier
from masstransit.carriage.voice.arriving import Arriving
from masstransit.carriage.voice.line import Ending, Silence, Sound, Spoken, Unspoken
from masstransit.carriage.voice.speech import Speech
from masstransit.channels.media.headset import Headset, Headsets
from masstransit.channels.media.prompts import of_the_house
from masstransit.channels.sip.lines import Lines, SipLine
from masstransit.channels.sip.message import Header
from masstransit.channels.sip.places import Limits, Places
from masstransit.channels.sip.talk import (
    Accept,
    Answer,
    Carry,
    Change,
    Dial,
    FromHouse,
    HangUp,
    Invite,
    Progress,
    Ring,
    Take,
)
from masstransit.channels.sip.ways import Ways
from masstransit.clock import HandClock
from masstransit.errors import BadInput
from masstransit.model.call import Party
from masstransit.model.communication import Direction
from masstransit.model.decision import Cleared
from masstransit.storage import mailboxes
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from tests.carriage.test_webhooks import Server, server
from tests.carriage.voice.house import VoiceHouse, until
from tests.carriage.voice.test_arriving import led
from tests.channels.sip.entrance import PERSON, REALM, TRUNKS, Entrance
from tests.makers import ACCOUNT, NOON, SENDER, a_call
from tests.stories.talker import LOUD, RATE, Talker, linear, strength

__all__ = ["server"]

G729 = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 6000 RTP/AVP 18\r\n"
TONE = (LOUD * np.sin(2 * np.pi * 880 * np.arange(RATE) / RATE)).astype("<i2").tobytes()


def headsets() -> Headsets:
    """With whose sound nothing is recorded here."""
    return Headsets(of_the_house(), Path("none-is-recorded"), "127.0.0.1")


class Scene:
    """Lines whose switch is played by the test, and phones."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.house, self.places = VoiceHouse(database, keys), Places()
        identity = Identity(HandClock(NOON), None, Verifier(KnownCertificates(None, ())))
        ways = Ways(database=database, clock=self.house.clock, domain=REALM, trunks=TRUNKS[:2], identity=identity)
        self.lines = Lines(
            ways=ways,
            clock=self.house.clock,
            speak=Speech("no-such-voice").pcm,
            sounds=headsets().open,
            places=self.places,
            limits=Limits(at_once=3, a_second=50.0),
        )
        self.lines.reach(self._hear)
        self.lines.connect(Arriving(self.house.live, database, self.house.clock))
        self.entrance = Entrance(database, keys, house=self.house, voice=self.lines)
        self.serves = True
        self.told: list[FromHouse] = []
        self.phones: list[Talker] = []
        self.rang = 0
        self._made = 0

    def _hear(self, told: FromHouse) -> bool:
        self.told.append(told)
        return self.serves

    async def phone(self, pitch: float = 440) -> Talker:
        self.phones.append(await Talker.open(pitch))
        return self.phones[-1]

    def dials(self, **more: Any) -> asyncio.Task[Any]:
        """The house calls somebody."""
        self._made += 1
        call = a_call(id=f"CA{self._made}", **{"recipient": PERSON, **more})

        def rings() -> None:
            self.rang += 1

        async def place() -> Any:
            decision = await self.house.calls.offer(call)
            return await self.lines.place(Cleared(communication=call, decision=decision), ringing=rings)

        return asyncio.ensure_future(place())

    async def hears(self, kind: type[Any]) -> Any:
        """The next thing of a kind that the switch is told."""
        found = await until(lambda: next((each for each in self.told if isinstance(each, kind)), None))
        self.told.remove(found)
        return found

    async def talks(self, phone: Talker) -> SipLine:
        """Somebody is called and answers."""
        placing = self.dials()
        dial = await self.hears(Dial)
        phone.call(dial.body)
        self.lines.hear(Progress(call=dial.call, what="answered", link="world", body=phone.description()))
        line = await placing
        assert isinstance(line, SipLine)
        return line

    async def is_called(self, body: str, *, relays: bool = False) -> Any:
        """What is done with a call from a carrier."""
        asked = Invite(
            n=1,
            source="192.0.2.7",
            port=5060,
            link="america",
            uri=f"sip:{SENDER}@house",
            headers=(Header("from", f"<sip:{PERSON}@there>;tag=a"),),
            body=body,
            relays=relays,
        )
        return await self.entrance.placing.place(asked)

    async def close(self) -> None:
        self.lines.lost()
        await self.house.close()
        for phone in self.phones:
            phone.hang_up()


@pytest.fixture
async def scene(sqlite_database: Database, keys: Keys) -> AsyncIterator[Scene]:
    made = Scene(sqlite_database, keys)
    await made.house.open()
    yield made
    await made.close()


# --- calls that go out ------------------------------------------------------------------------------------------------


async def test_who_is_called_hears_what_is_played_and_hangs_up(scene: Scene) -> None:
    phone, placing = await scene.phone(), scene.dials()
    dial: Dial = await scene.hears(Dial)
    assert [each.link for each in dial.targets] == ["america", "world"]
    assert (dial.shown, dial.headers[0].value) == (SENDER, f"<sip:{SENDER}@{REALM}>")
    scene.lines.hear(Progress(call=dial.call, what="ringing", link="world"))
    assert scene.rang == 1
    phone.call(dial.body)
    scene.lines.hear(Progress(call=dial.call, what="answered", link="world", body=phone.description()))
    line = await placing
    assert (line.answered, line.trunk) == (True, "world")
    await line.play(Sound(url="", pcm=TONE[:8000]))
    assert phone.hears(880, 0.2)
    with pytest.raises(Unspoken, match="no-such-voice"):
        await line.play(Spoken(text="Welcome."))
    await phone.press("5")
    assert await line.key() == "5"
    scene.lines.hear(Progress(call=dial.call, what="over", by="callee", cause=16))
    ending = await line.over()
    assert (ending.by, ending.status, ending.cause) == (Party.CALLEE, 200, 16)
    await line.hang_up(Party.CALLER)  # it is over: nothing is said
    assert scene.told == []


async def test_who_asks_not_to_be_shown_is_not(scene: Scene) -> None:
    placing = scene.dials(anonymous=True, caller_name="Ana")
    dial: Dial = await scene.hears(Dial)
    assert (dial.shown, dial.name) == ("anonymous", "Anonymous")
    scene.lines.hear(Progress(call=dial.call, what="over", status=486, by="callee"))
    ending = await placing
    assert (ending.status, ending.by) == (486, Party.CALLEE)


async def test_an_answer_in_sound_that_is_not_spoken_here_is_hung_up(scene: Scene) -> None:
    placing = scene.dials()
    dial: Dial = await scene.hears(Dial)
    scene.lines.hear(Progress(call=dial.call, what="answered", body=G729))
    ending = await placing
    assert (ending.status, ending.by) == (488, Party.HOUSE)
    assert await scene.hears(HangUp) == HangUp(dial.call, 488)


async def test_a_registered_phone_is_sent_sound_where_it_registered_from_whatever_it_says(scene: Scene) -> None:
    phone, placing = await scene.phone(), scene.dials()
    dial: Dial = await scene.hears(Dial)
    named = phone.description().replace("c=IN IP4 127.0.0.1", "c=IN IP4 192.0.2.99")
    scene.lines.hear(Progress(call=dial.call, what="answered", body=named, host="127.0.0.1"))
    line = await placing
    await until(lambda: len(phone.heard) > 320)
    assert isinstance(line, SipLine)
    assert isinstance(line.headset, Headset)
    leg = line.headset.leg
    assert not await leg.play(b"\xff" * 160)  # it may not have heard: such an announcement is none
    phone.call(dial.body)
    await until(lambda: leg.heard > 0)
    assert await leg.play(b"\xff" * 160)


async def test_without_a_way_or_a_switch_a_call_ends_before_it_begins(scene: Scene) -> None:
    scene.serves = False
    ending = await scene.dials()
    assert (ending.status, ending.by) == (503, Party.HOUSE)
    scene.lines = Lines(
        ways=Ways(
            database=scene.house.database, clock=scene.house.clock, domain=REALM, trunks=TRUNKS[1:2],
            identity=Identity(HandClock(NOON), None, Verifier(KnownCertificates(None, ()))),
        ),
        clock=scene.house.clock, speak=Speech().pcm, sounds=headsets().open, places=Places(),
    )  # fmt: skip
    ending = await scene.dials(recipient="+447911123456")
    assert (ending.status, ending.cause, ending.by) == (480, 3, Party.NETWORK)


async def test_a_call_that_is_given_up_stops_to_ring(scene: Scene) -> None:
    placing = scene.dials()
    dial: Dial = await scene.hears(Dial)
    placing.cancel()
    assert await scene.hears(HangUp) == HangUp(dial.call, 487)


async def test_when_the_switch_is_lost_every_call_is_over(scene: Scene) -> None:
    line, placing = await scene.talks(await scene.phone()), scene.dials()
    await scene.hears(Dial)
    scene.lines.lost()
    assert ((await line.over()).status, (await line.over()).by) == (200, Party.HOUSE)
    ending = await placing
    assert isinstance(ending, Ending)
    assert (ending.status, ending.by) == (500, Party.HOUSE)


async def test_calls_that_the_house_leads_count_until_they_are_over(scene: Scene) -> None:
    line = await scene.talks(await scene.phone())
    rings = [scene.dials() for _ in range(2)]
    dials = [await scene.hears(Dial) for _ in rings]
    account = line.account
    assert scene.places.live == {account: 3}
    assert "at once: 3" in scene.lines.crowded(account, PERSON)
    assert scene.lines.crowded(account, "911") == ""
    ending = await scene.dials()
    assert (ending.status, ending.by) == (503, Party.HOUSE)  # the fourth is not dialled
    await line.hang_up(Party.CALLER)
    scene.lines.hear(Progress(call=dials[0].call, what="over", by="callee", status=486))
    await rings[0]
    assert scene.places.live == {account: 1}
    scene.lines.lost()
    await rings[1]
    assert scene.places.live == {}


async def test_a_call_that_comes_in_counts_where_it_is_led_and_only_then(scene: Scene, server: Server) -> None:
    phone = await scene.phone()
    await led(scene.house, server, "<Pause length='60'/>")
    assert isinstance(await scene.is_called(phone.description()), Take)
    assert list(scene.places.live.values()) == [1]
    scene.lines.lost()
    assert scene.places.live == {}


async def test_calls_begin_no_faster_than_an_account_may(scene: Scene) -> None:
    ticks = iter([0.0, 0.0, 0.0, 0.25, 1.0])
    slow = Lines(
        ways=scene.lines._ways, clock=scene.house.clock, speak=Speech().pcm, sounds=headsets().open, places=Places(),
        limits=Limits(at_once=9, a_second=1.0), tick=lambda: next(ticks),
    )  # fmt: skip
    slow.reach(scene._hear)
    scene.lines = slow
    scene.dials()
    await scene.hears(Dial)
    second = scene.dials()
    await asyncio.sleep(0.05)
    assert not [each for each in scene.told if isinstance(each, Dial)]
    second.cancel()


async def test_hold_is_agreed_to_and_what_is_not_spoken_here_is_not(scene: Scene) -> None:
    phone = await scene.phone()
    line = await scene.talks(phone)
    scene.lines.hear(Progress(call=line.call, what="changed", body=phone.description().replace("sendrecv", "sendonly")))
    assert "a=recvonly" in (await scene.hears(Accept)).body
    scene.lines.hear(Progress(call=line.call, what="changed", body=G729))
    assert (await scene.hears(Accept)).body == ""
    async with asyncio.timeout(2):
        await line.play(Sound(url="", pcm=TONE[:1600]))  # to somebody who has put us on hold
        await line.play(Silence(0.05))


async def test_two_lines_that_are_joined_hear_each_other_after_it_has_rung(scene: Scene) -> None:
    ann, ben = await scene.phone(440), await scene.phone(880)
    one, other = await scene.talks(ann), await scene.talks(ben)
    await one.ring()
    await until(lambda: len(ann.heard) > 1600)
    joined = asyncio.ensure_future(one.bridge(other))
    await until(lambda: ann.hears(880) and ben.hears(440))
    joined.cancel()
    await asyncio.wait([joined])


# --- calls that come in -----------------------------------------------------------------------------------------------


async def test_a_call_to_a_number_with_a_document_is_answered_by_it(scene: Scene, server: Server) -> None:
    await led(scene.house, server, '<Pause length="1"/><Gather numDigits="1" action="/in"/>')
    phone = await scene.phone()
    take = await scene.is_called(phone.description())
    assert isinstance(take, Take)
    accept: Accept = await scene.hears(Accept)
    assert accept.call == take.call
    phone.call(accept.body)
    assert (await scene.house.row(take.call)).direction == "inbound"
    scene.lines.hear(Progress(call=take.call, what="over", by="caller"))
    row = await scene.house.over(take.call)
    assert (row.status, row.trunk, row.released_by, row.channel) == ("completed", "america", "caller", "sip")


async def test_a_caller_without_an_offer_answers_ours_before_anything_is_played(scene: Scene, server: Server) -> None:
    await led(scene.house, server, f"<Say>Hello</Say><Play>{server.url}/tone.wav</Play>")
    take = await scene.is_called("", relays=True)
    assert isinstance(take, Take)
    accept: Accept = await scene.hears(Accept)
    assert "RTP/AVP 0 8 101" in accept.body
    scene.lines.hear(Progress(call=take.call, what="changed", body=G729))
    assert await scene.hears(HangUp) == HangUp(take.call, 488)


async def test_a_change_without_an_offer_gets_one(scene: Scene) -> None:
    phone = await scene.phone()
    line = await scene.talks(phone)
    scene.lines.hear(Progress(call=line.call, what="changed", body=phone.description().replace("sendrecv", "sendonly")))
    assert "a=recvonly" in (await scene.hears(Accept)).body
    scene.lines.hear(Progress(call=line.call, what="changed"))
    assert "a=sendrecv" in (await scene.hears(Accept)).body
    scene.lines.hear(Progress(call=line.call, what="changed", body=phone.description()))
    await line.play(Sound(url="", pcm=TONE[:1600]))
    await until(lambda: phone.hears(880, 0.02))


async def test_a_rejected_caller_is_turned_away_and_never_answered(scene: Scene, server: Server) -> None:
    await led(scene.house, server, '<Reject reason="busy"/>')
    take = await scene.is_called((await scene.phone()).description())
    assert await scene.hears(HangUp) == HangUp(take.call, 486)
    assert (await scene.house.over(take.call)).answered_at is None
    assert scene.told == []


async def test_it_rings_at_the_caller_while_the_other_is_called(scene: Scene, server: Server) -> None:
    await led(scene.house, server, f'<Dial answerOnBridge="true" callerId="{SENDER}">+13055550124</Dial>')
    take = await scene.is_called((await scene.phone()).description())
    assert await scene.hears(Ring) == Ring(take.call)
    scene.lines.hear(Progress(call=take.call, what="over", status=487, by="caller"))
    assert (await scene.house.over(take.call)).status == "canceled"


async def test_what_the_gate_does_not_let_in_is_refused_in_sips_words(scene: Scene, server: Server) -> None:
    await led(scene.house, server, "<Say>Never said.</Say>")
    scene.house.wishes.all = "refuse"
    answer = await scene.is_called((await scene.phone()).description())
    assert isinstance(answer, Answer)
    assert answer.status == 403
    assert (scene.told, server.asked) == ([], [])
    (row,) = await scene.house.rows()
    assert (row.status, row.response) == ("refused", 403)


@pytest.mark.parametrize(
    ("document", "body", "status"),
    [(True, lambda phone: G729, 488), (True, lambda phone: "", 488), (False, Talker.description, 480)],
)
async def test_what_nobody_can_take_is_turned_away(
    scene: Scene, server: Server, document: bool, body: Callable[[Talker], str], status: int
) -> None:
    await scene.house.owns()
    if document:
        await led(scene.house, server, "<Say>Never said.</Say>")
    answer = await scene.is_called(body(await scene.phone()))
    assert isinstance(answer, Answer)
    assert answer.status == status
    assert scene.told == []


# --- mailboxes --------------------------------------------------------------------------------------------------------


async def boxed(scene: Scene, **login: Any) -> None:
    """The number has a mailbox, and a phone is registered for it."""
    row = {"account": ACCOUNT, "sid": "MB1", "number": SENDER, "rings": 20, "longest": 60, "keep_days": 30,
           "created_at": NOON, "updated_at": NOON}  # fmt: skip
    await scene.entrance.opened(**login)
    await scene.entrance.registered()
    await scene.house.database.write(lambda c: mailboxes.add(c, row))


async def test_the_house_rings_the_phones_of_a_number_with_a_mailbox_itself(scene: Scene) -> None:
    await boxed(scene)
    assert isinstance(await scene.is_called((await scene.phone()).description()), Take)


@pytest.mark.parametrize("body", [G729, ""])  # sound that is not spoken here; behind Kamailio it is not told
async def test_phones_ring_without_their_mailbox_where_its_sound_can_not_go_through_here(
    scene: Scene, body: str
) -> None:
    await boxed(scene)
    found = await scene.is_called(body)
    assert isinstance(found, Carry)
    assert [target.user for target in found.targets] == ["ana"]


async def test_a_phone_that_calls_its_own_number_hears_its_mailbox_and_no_other_phone_does(scene: Scene) -> None:
    await boxed(scene, number=SENDER)
    body = (await scene.phone()).description()
    assert isinstance(await scene.entrance.calls(SENDER, body=body), Take)
    await scene.entrance.login("ana", number="+14155550199")
    scene.entrance.tick = 5.0
    assert isinstance(await scene.entrance.calls(SENDER, body=body), Carry)


async def test_a_phone_that_calls_its_own_number_without_a_mailbox_is_carried(scene: Scene) -> None:
    await scene.entrance.opened(number=SENDER)
    await scene.entrance.registered()
    assert isinstance(await scene.entrance.calls(SENDER, body=(await scene.phone()).description()), Carry)


async def test_what_came_in_goes_on_to_no_trunk(scene: Scene) -> None:
    await scene.entrance.opened()
    call = a_call(recipient=SENDER, sender=PERSON, direction=Direction.INBOUND)
    assert await scene.entrance.ways.of(call) == ((), True)
    await scene.entrance.registered()
    targets, internal = await scene.entrance.ways.of(call)
    assert ([target.user for target in targets], internal) == (["ana"], True)


# --- faxes ------------------------------------------------------------------------------------------------------------

IMAGE = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=image 6002 udptl t38\r\n"


async def test_an_offer_of_fax_packets_is_for_whoever_sends_a_fax_to_answer(scene: Scene) -> None:
    line = await scene.talks(await scene.phone())
    scene.lines.hear(Progress(call=line.call, what="changed", body=IMAGE))
    assert (await scene.hears(Accept)).body == ""  # nobody here sends a fax
    asked: list[tuple[str, str]] = []

    def answers(theirs: str, home: str) -> str:
        asked.append((theirs, home))
        if "6004" in theirs:
            raise BadInput("no")
        return "ours"

    line.answer_offers(answers)
    scene.lines.hear(Progress(call=line.call, what="changed", body=IMAGE))
    assert (await scene.hears(Accept)).body == "ours"
    scene.lines.hear(Progress(call=line.call, what="changed", body=IMAGE.replace("6002", "6004")))
    assert (await scene.hears(Accept)).body == ""
    assert len(asked) == 2


async def test_packets_are_offered_and_once_more_where_both_sides_did_at_once(scene: Scene) -> None:
    line = await scene.talks(await scene.phone())
    offering = asyncio.ensure_future(line.offer("ours"))
    assert (await scene.hears(Change)).body == "ours"
    scene.lines.hear(Progress(call=line.call, what="declined", status=491))
    assert (await scene.hears(Change)).body == "ours"
    scene.lines.hear(Progress(call=line.call, what="agreed", body=IMAGE))
    assert await offering == IMAGE
    scene.serves = False
    assert await line.offer("ours") is None


async def test_a_modem_hears_what_the_other_side_sends_and_is_heard(scene: Scene) -> None:
    phone = await scene.phone(440)
    line = await scene.talks(phone)
    heard: list[bytes] = []
    frame = (LOUD * np.sin(2 * np.pi * 400 * np.arange(160) / RATE)).astype("<i2").tobytes()

    class Modem:
        async def turn(self, frames: Sequence[bytes], due: int) -> Sequence[bytes]:
            heard.extend(frames)
            return [frame] * due

    talking = asyncio.ensure_future(line.modem(Modem()))
    await until(lambda: len(heard) > 25 and strength(linear(bytes(phone.heard[-1600:])), 400) > LOUD / 2)
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    tone = np.frombuffer(b"".join(heard[-10:]), "<i2").astype(np.int64)
    assert strength(tone, 440) > LOUD * 0.8  # sample for sample: nothing slipped
