"""Chat over a real WebSocket, with a client that we did not write and the whole policy behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from masstransit import app
from masstransit.carriage.access_tokens import AccessToken, ChatGrant
from masstransit.carriage.chat.moderating import SYSTEM, Asked
from masstransit.carriage.chat.roles import CHANNEL_ADMIN
from masstransit.carriage.chat.speaking import Speaker
from masstransit.channels.chat import frames, socket
from masstransit.config import Settings
from masstransit.model.communication import Moment
from masstransit.model.decision import Decision, Finding, Verdict
from masstransit.model.sid import new_sid
from masstransit.storage import accounts, conversations, retention
from masstransit.storage.tables import chat_messages, complaints, standing
from tests.api.gated import GatedDoor
from tests.stories.chatter import Customer


class Hall:
    """The house with a customer who has a key, and conversations."""

    def __init__(self, door: GatedDoor) -> None:
        self.door = door
        self.chat = door.parts.chat
        self.server = Speaker(account=door.sid, author=SYSTEM, person=False, channel="rest", principal=door.sid)
        self.customer = Customer("", "", "", "")

    async def open(self) -> None:
        now = datetime.now(UTC)
        row, secret = await self.door.database.write(
            lambda c: accounts.create_key(c, self.door.keys, self.door.sid, friendly_name="", now=now)
        )
        self.customer = Customer(self.door.url, self.door.sid, row.sid, secret)

    async def room(self, *people: str, admin: str = "") -> str:
        """A conversation with these in it."""
        sid, now = new_sid("CH"), datetime.now(UTC)
        made = {"account": self.door.sid, "sid": sid, "created_at": now, "updated_at": now}
        await self.door.database.write(lambda c: conversations.create(c, made))
        for person in people:
            role = CHANNEL_ADMIN.sid(self.door.sid) if person == admin else None
            await self.chat.moderating.invite(self.server, sid, Asked(identity=person, role=role))
        return sid

    async def say(self, author: str, room: str, body: str) -> Any:
        return await self.chat.speaking.say(Speaker(account=self.door.sid, author=author), room, body)


@pytest.fixture
async def hall(gated: GatedDoor) -> AsyncIterator[Hall]:
    hall = Hall(gated)
    await hall.open()
    async with gated.carrying():
        yield hall


async def turned_away(hall: Hall, token: str) -> tuple[int, dict[str, Any]]:
    """The code with which a connection is closed at once, and what is said before."""
    url = f"{hall.door.url.replace('http', 'ws', 1)}{socket.PATH}?token={token}"
    async with connect(url, proxy=None) as client:
        said = json.loads(await client.recv())
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, said


async def test_who_has_no_token_for_chat_is_told_why_and_closed(hall: Hall) -> None:
    assert await turned_away(hall, "") == (
        socket.UNAUTHORISED,
        {
            "type": "error", "id": None, "code": 20101, "reason": "the access token can't be read", "clause": "",
            "remedy": "make it with the SDK's AccessToken", "decision": "",
        },
    )  # fmt: skip
    other = Customer(hall.customer.http, hall.customer.account, hall.customer.key, "x" * 32)
    code, said = await turned_away(hall, other.token("ada"))
    assert (code, said["code"]) == (socket.UNAUTHORISED, 20107)
    code, said = await turned_away(hall, hall.customer.token("ada", ttl=-5))
    assert (code, said["code"]) == (socket.UNAUTHORISED, 20104)


async def test_a_token_of_another_service_opens_nothing(hall: Hall) -> None:
    token = AccessToken(
        account=hall.door.sid, key="SK", identity="ada", chat=ChatGrant("IS" + "0" * 32), video=None,
        expires_at=datetime.now(UTC),
    )  # fmt: skip
    assert not socket._opens(token)


async def test_a_connection_ends_with_its_token(hall: Hall) -> None:
    ada = hall.customer.person("ada")
    ada.url = f"{ada.url.partition('token=')[0]}token={hall.customer.token('ada', ttl=2)}"
    await ada.arrive()
    assert ada.socket is not None
    async with asyncio.timeout(5):
        await ada.socket.wait_closed()
    assert ada.socket.close_code == socket.EXPIRED


async def test_what_is_no_frame_is_answered_and_closes_nothing(hall: Hall) -> None:
    room = await hall.room("ada")
    async with hall.customer.person("ada") as ada:
        assert ada.socket is not None
        for text in ("{", "[]", '{"type": "dance"}', '{"type": "message"}', '{"type": "typing", "conversation": 7}'):
            await ada.socket.send(text)
            assert (await ada.frame("error"))["code"] == 20001
        await ada.socket.send(b"\xff\xfe")
        assert (await ada.frame("error"))["code"] == 20001
        for body, code in (("", 50426), ("x" * 5000, 50427)):
            await ada.ask("message", id="m", conversation=room, body=body)
            assert (await ada.frame("error", id="m"))["code"] == code
        await ada.ask("message", id="m", conversation=room, body="x", attributes="{")
        assert (await ada.frame("error", id="m"))["code"] == 50058
        await ada.ask("message", id="m", conversation=room, body="still here")
        assert (await ada.frame("ack", id="m"))["index"] == 0


async def test_a_frame_that_is_too_large_is_refused_and_one_beyond_all_bounds_ends_the_connection(hall: Hall) -> None:
    ada = hall.customer.person("ada")
    await ada.arrive()
    assert ada.socket is not None
    await ada.socket.send("x" * (frames.LARGEST + 1))
    assert (await ada.frame("error"))["code"] == 20413
    await ada.socket.send("x" * (1 << 20))
    async with asyncio.timeout(5):
        await ada.socket.wait_closed()
    assert ada.socket.close_code == 1009  # RFC 6455 section 7.4.1


async def test_who_sends_too_fast_is_asked_to_wait_and_loses_nothing_that_was_taken(hall: Hall) -> None:
    room = await hall.room("ada", "ben")
    async with hall.customer.person("ada") as ada:
        for number in range(80):
            await ada.ask("typing", id=number, conversation=room)
        wait = await ada.frame("retry")
        assert 0 < wait["after"] <= 1
        assert wait["remedy"]


async def test_one_who_does_not_read_is_closed_and_goes_on_where_they_were(hall: Hall, monkeypatch: Any) -> None:
    room = await hall.room("ada", "ben")
    monkeypatch.setattr(socket, "_PILE", 2000)
    reads, send = asyncio.Event(), WebSocket.send_text

    async def slow(self: Any, text: str) -> None:  # as when the client's window is full
        if text.startswith('{"type":"messages"'):
            await reads.wait()
        await send(self, text)

    ben = hall.customer.person("ben")
    await ben.arrive()
    monkeypatch.setattr(WebSocket, "send_text", slow)
    lines = [f"{number}: " + "it rained all day and nobody came. " * 9 for number in range(12)]
    for line in lines:
        spoken = await hall.say("ada", room, line)
        assert spoken.index is not None, spoken.decision.deciding
    reads.set()
    assert ben.socket is not None
    async with asyncio.timeout(5):
        await ben.socket.wait_closed()
    assert ben.socket.close_code == socket.SLOW
    had = len(ben.heard)
    assert had < len(lines)
    monkeypatch.undo()
    await ben.arrive({room: had - 1})
    assert await ben.said(len(lines)) == lines
    assert [one["index"] for one in ben.heard] == list(range(len(lines)))
    await ben.go()


async def past_their_time(hall: Hall, room: str, *places: int) -> None:
    """What was said there was said six years ago, and the sweep came by."""
    m, now = chat_messages.c, datetime.now(UTC)
    long_ago = update(chat_messages).where(m.conversation == room, m.place.in_(places))
    await hall.door.database.write(lambda c: c.execute(long_ago.values(created_at=now - timedelta(days=6 * 366))))
    swept = await retention.sweep_all(hall.door.database, hall.door.parts.ledger, now)
    assert swept == {"place of a message in its conversation": len(places)}


async def test_who_resumes_where_messages_are_past_their_time_is_told_from_where_it_goes_on(hall: Hall) -> None:
    room = await hall.room("ada", "ben")
    for number in range(5):
        await hall.say("ada", room, f"line {number}")
    await past_their_time(hall, room, 0, 1, 2)
    ben = hall.customer.person("ben")
    await ben.arrive({room: 0})
    assert (await ben.frame("gone")) == {"type": "gone", "conversation": room, "through": 2}
    assert await ben.said(2) == ["line 3", "line 4"]
    await ben.ask("history", id="h", conversation=room)
    history = await ben.frame("history", id="h")
    assert ([one["index"] for one in history["messages"]], history["more"]) == ([3, 4], False)
    await ben.ask("report", id="r", conversation=room, index=1)
    assert (await ben.frame("error", id="r"))["code"] == 20404
    await ben.go()
    await past_their_time(hall, room, 3, 4)
    await ben.arrive({room: 3})
    assert (await ben.frame("gone"))["through"] == 4
    await hall.say("ada", room, "line 5")
    assert (await ben.said(3))[-1] == "line 5"
    await ben.go()
    await ben.arrive({room: 5})
    assert not [frame for frame in ben.frames if frame["type"] == "gone"]
    await ben.go()


async def test_nobody_speaks_or_looks_where_they_take_no_part(hall: Hall) -> None:
    room = await hall.room("ada")
    async with hall.customer.person("mallory") as mallory:
        for kind, told in (
            ("message", {"body": "hi"}), ("typing", {}), ("history", {}), ("participants", {}), ("leave", {}),
            ("read", {"index": 0}), ("media", {"index": 0}), ("edit", {"index": 0, "body": "x"}),
            ("report", {"index": 0}), ("remove", {"index": 0}), ("invite", {"identity": "x"}),
        ):  # fmt: skip
            await mallory.ask(kind, id=kind, conversation=room, **told)
            assert (await mallory.frame("error", id=kind))["code"] == 20404


async def test_a_moderator_removes_messages_and_people_and_asks_others_in(hall: Hall) -> None:
    room = await hall.room("ada", "ben", admin="ada")
    async with hall.customer.person("ada") as ada, hall.customer.person("ben") as ben:
        await ben.ask("message", id=1, conversation=room, body="rude")
        await ben.frame("ack", id=1)
        await ben.ask("expel", id=2, conversation=room, identity="ada")
        assert (await ben.frame("error", id=2))["code"] == 20403
        await ada.ask("remove", id=3, conversation=room, index=0)
        await ada.frame("ack", id=3)
        gone = (await ben.frame("changed"))["message"]
        assert (gone["removed"], gone["body"]) == (True, "")
        await ada.ask("invite", id=4, conversation=room, identity="cleo")
        assert (await ada.frame("ack", id=4))["participant"]["identity"] == "cleo"
        assert (await ben.frame("joined"))["participant"]["identity"] == "cleo"
        await ada.ask("expel", id=5, conversation=room, identity="ben")
        await ada.frame("ack", id=5)
        assert (await ben.frame("left"))["how"] == "removed"
        await ben.ask("message", id=6, conversation=room, body="let me in")
        assert (await ben.frame("error", id=6))["code"] == 20404


async def test_whoever_said_something_says_it_otherwise_and_everybody_hears(hall: Hall) -> None:
    room = await hall.room("ada", "ben", "cleo", admin="ben")
    async with hall.customer.person("ada") as ada, hall.customer.person("ben") as ben:
        await ada.ask("message", id=1, conversation=room, body="We meet on Monday", attributes='{"n": 1}')
        sid = (await ada.frame("ack", id=1))["sid"]
        await ada.ask("edit", id=2, conversation=room, index=0, body="We meet on Tuesday")
        assert await ada.frame("ack", id=2) == {"type": "ack", "id": 2, "sid": sid, "index": 0}
        changed = (await ben.frame("changed"))["message"]
        assert (changed["body"], changed["edited"], changed["attributes"]) == ("We meet on Tuesday", True, '{"n": 1}')
        await ben.ask("edit", id=3, conversation=room, index=0, body="I am a fool")
        assert (await ben.frame("error", id=3))["code"] == 20403  # a moderator puts words into nobody's mouth
        await ada.ask("edit", id=4, conversation=room, index=0, body="I will find you and kill you tonight")
        assert (await ada.frame("held", id=4))["clause"] == "16"
        for index, body, code in ((0, "", 50426), (7, "hello", 20404)):
            await ada.ask("edit", id=5, conversation=room, index=index, body=body)
            assert (await ada.frame("error", id=5))["code"] == code
        async with hall.customer.person("cleo") as cleo:
            await cleo.ask("history", id="h", conversation=room)
            assert [one["body"] for one in (await cleo.frame("history"))["messages"]] == ["We meet on Tuesday"]
        await ada.ask("remove", id=6, conversation=room, index=0)
        await ada.frame("ack", id=6)
        await ada.ask("edit", id=7, conversation=room, index=0, body="We meet on Friday")
        assert (await ada.frame("error", id=7))["code"] == 20404
        gone = (await ben.frame("changed"))["message"]
        assert (gone["removed"], gone["body"], "edited" in gone) == (True, "", False)


async def test_who_was_away_hears_what_was_changed_of_the_messages_that_they_have(hall: Hall) -> None:
    room = await hall.room("ada", "ben")
    for number in range(4):
        await hall.say("ada", room, f"line {number}")
    ben = hall.customer.person("ben")
    following = await ben.arrive({room: -1})
    await ben.said(4)
    await ben.go()
    async with hall.customer.person("ada") as ada:
        await ada.ask("edit", id=1, conversation=room, index=1, body="We meet on Tuesday")
        await ada.frame("ack", id=1)
        await ada.ask("remove", id=2, conversation=room, index=2)
        await ada.frame("ack", id=2)
    following = await ben.arrive({room: 3}, {room: following["versions"][room]})
    edited, removed = (await ben.frame("changed"), await ben.frame("changed"))
    assert (edited["message"]["index"], edited["message"]["body"]) == (1, "We meet on Tuesday")
    assert (removed["message"]["index"], removed["message"]["removed"]) == (2, True)
    assert edited["version"] < removed["version"] == following["versions"][room]
    await ben.go()
    await ben.arrive({room: 3}, following["versions"])
    assert not [frame for frame in ben.frames if frame["type"] == "changed"]
    await ben.go()


async def test_the_files_of_a_message_are_looked_at_by_who_takes_part_and_for_a_while(hall: Hall) -> None:
    room, media = await hall.room("ada", "ben", "cleo"), hall.door.parts.mms.media
    file = await media.take_in(hall.door.sid, b"BEGIN:VCARD\r\nFN:Ada\r\nEND:VCARD\r\n", "ada.vcf")
    await hall.chat.moderating.block(hall.door.sid, "cleo", "ada")
    await hall.chat.speaking.say(Speaker(account=hall.door.sid, author="ada"), room, "", attachments=[file])
    async with hall.customer.person("ben") as ben, hall.customer.person("cleo") as cleo:
        await ben.ask("media", id=1, conversation=room, index=0)
        (shown,) = (await ben.frame("media", id=1))["media"]
        assert (shown["sid"], shown["name"], shown["content_type"]) == (file.sid, "ada.vcf", "text/vcard")
        fetched = await hall.door.ask("GET", shown["path"], auth=None)
        assert (fetched.status_code, fetched.headers["content-type"][:10]) == (200, "text/vcard")
        for person, index in ((cleo, 0), (ben, 1)):
            await person.ask("media", id=2, conversation=room, index=index)
            assert (await person.frame("error", id=2))["code"] == 20404


async def test_an_edit_comes_to_nobody_who_blocked_its_author_since(hall: Hall) -> None:
    room = await hall.room("ada", "ben", "cleo")
    async with (
        hall.customer.person("ada") as ada,
        hall.customer.person("ben") as ben,
        hall.customer.person("cleo") as cleo,
    ):
        await ada.ask("message", id=1, conversation=room, body="We meet on Monday")
        sid = (await ada.frame("ack", id=1))["sid"]
        await ben.said(1)
        await ben.ask("block", id=1, identity="ada")
        await ben.frame("ack", id=1)
        await ada.ask("edit", id=2, conversation=room, index=0, body="We meet on Tuesday")
        await ada.frame("ack", id=2)
        assert (await cleo.frame("changed"))["message"]["body"] == "We meet on Tuesday"
        await ben.ask("history", id="h", conversation=room)
        assert (await ben.frame("history"))["messages"] == []
        assert not [frame for frame in ben.frames if frame["type"] == "changed"]
    rows = await hall.door.database.read(lambda c: conversations.receipts_of(c, hall.door.sid, [sid]))
    assert [(row.status, row.error) for row in rows] == [("undelivered", 21610)]


async def test_who_left_is_not_asked_back_and_who_blocked_is_not_asked_in(hall: Hall) -> None:
    room = await hall.room("ada", "ben", "cleo", admin="ada")
    async with hall.customer.person("ada") as ada, hall.customer.person("ben") as ben:
        await ben.ask("leave", id=1, conversation=room)
        await ben.frame("ack", id=1)
        await ada.ask("invite", id=2, conversation=room, identity="ben")
        refused = await ada.frame("error", id=2)
        assert (refused["clause"], refused["code"]) == ("8", 21610)
        await ada.ask("invite", id=3, conversation=room, identity="dora")
        await ada.frame("ack", id=3)
        await hall.chat.moderating.block(hall.door.sid, "emil", "ada")
        await ada.ask("invite", id=4, conversation=room, identity="emil")
        assert (await ada.frame("error", id=4))["clause"] == "8"
    await hall.chat.moderating.invite(hall.server, room, Asked(identity="ben"))  # the customer's own service may


async def test_somebody_whom_several_report_is_stopped_everywhere_until_a_person_has_looked(hall: Hall) -> None:
    room = await hall.room("mallory", "ada", "ben", "cleo")
    other = await hall.room("mallory", "dora")
    await hall.say("mallory", room, "nobody asked for your opinion")
    for name in ("ada", "ben", "cleo"):
        async with hall.customer.person(name) as person:
            await person.ask("report", id="r", conversation=room, index=0, reason="insults")
            await person.frame("ack", id="r")
            await person.ask("report", id="again", conversation=room, index=0)
            await person.frame("ack", id="again")
    reports = await hall.door.database.read(lambda c: c.execute(select(complaints)).all())
    assert [(row.end_user, row.source, row.kind) for row in reports] == [("mallory", "recipient", "spam-report")] * 3
    steps = await hall.door.database.read(lambda c: c.execute(select(standing)).all())
    assert ("end_user", "mallory", "block", "8.5.4") in {(s.scope, s.target, s.step, s.rule) for s in steps}
    await asyncio.sleep(0.6)  # what is known of steps is looked up every half second
    async with hall.customer.person("mallory") as mallory:
        await mallory.ask("message", id=1, conversation=other, body="hello dora")
        held = await mallory.frame("held", id=1)
        assert (held["clause"], bool(held["remedy"])) == ("B", True)


async def test_what_another_process_posts_is_heard_in_order_beside_what_this_one_does(hall: Hall) -> None:
    room = await hall.room("ada", "ben")
    door = hall.door
    told = Settings(data=str(door.folder), http="127.0.0.1:1")
    parts = app.join(told, door.database, door.keys, (), clock=door.clock)
    elsewhere = [asyncio.create_task(each) for each in (parts.delivery.run(), parts.chat.feeds.run())]
    try:
        async with hall.customer.person("ben") as ben:
            for number in range(12):
                say = parts.chat.speaking.say if number % 3 else hall.chat.speaking.say
                spoken = await say(Speaker(account=door.sid, author="ada"), room, f"line {number}")
                assert spoken.index == number
            await parts.chat.moderating.invite(hall.server, room, Asked(identity="cleo"))
            assert await ben.said(12) == [f"line {number}" for number in range(12)]
            assert [one["index"] for one in ben.heard] == list(range(12))
            assert (await ben.frame("joined"))["participant"]["identity"] == "cleo"
    finally:
        for task in elsewhere:
            task.cancel()
        await asyncio.wait(elsewhere)
        await parts.delivery.stop()


async def test_who_is_put_into_a_conversation_hears_of_it_at_once(hall: Hall) -> None:
    await hall.room("ada")
    async with hall.customer.person("ada") as ada:
        room = await hall.room("ben", "ada")
        added = await ada.frame("added")
        assert added["conversation"]["sid"] == room
        await hall.say("ben", room, "welcome")
        assert await ada.said(1) == ["welcome"]


async def test_a_message_that_was_held_has_its_place_where_it_is_let_go(hall: Hall) -> None:
    room = await hall.room("ada", "ben")
    async with hall.customer.person("ada") as ada, hall.customer.person("ben") as ben:
        await ada.ask("message", id=1, conversation=room, body="I will find you and kill you tonight")
        held = await ada.frame("held", id=1)
        assert held["clause"] == "16"
        await ben.ask("message", id=2, conversation=room, body="what did you want to say?")
        assert (await ben.frame("ack", id=2))["index"] == 0
        (row,) = await hall.door.database.read(lambda c: list(c.exec_driver_sql("SELECT sid FROM holds")))
        await hall.door.parts.exchange.release(hall.door.sid, row.sid, "officer", "a line of their play")
        assert len(await ben.said(2)) == 2
        assert [(one["index"], one["author"]) for one in ben.heard] == [(0, "ben"), (1, "ada")]


def test_a_delay_of_this_sender_is_a_retry_and_of_this_recipient_a_schedule() -> None:
    def made(**more: Any) -> dict[str, Any]:
        at = datetime(2026, 6, 3, tzinfo=UTC)
        found = Finding(
            clause="B", rule="B8", verdict=Verdict.DELAY, reason="too fast", until=at + timedelta(seconds=7), **more
        )
        decision = Decision(
            id="DE1", subject="IM1", account="AC1", moment=Moment.OFFER, attempt=0, at=at, verdict=Verdict.DELAY,
            findings=(found,), facts={}, revision="test",
        )  # fmt: skip
        read: dict[str, Any] = json.loads(frames.refusal(decision, 5))
        return read

    assert (made(overload=True)["type"], made(overload=True)["after"]) == ("retry", 7.0)
    assert (made()["type"], made()["at"]) == ("scheduled", "2026-06-03T00:00:07.000Z")
