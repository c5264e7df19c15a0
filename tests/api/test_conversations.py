"""Conversations by the SDK, unmodified, with the whole policy behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from twilio.base.exceptions import TwilioRestException

from masstransit import demo
from masstransit.carriage.channel import File, Inbound
from masstransit.carriage.chat.roles import CHANNEL_ADMIN, CHANNEL_USER, service_of
from masstransit.carriage.chat.speaking import Speaker
from masstransit.channels.loopback import Shown
from masstransit.errors import Conflict, StorageUnavailable
from masstransit.model.address import e164
from masstransit.model.communication import Kind
from masstransit.model.decision import Verdict
from masstransit.storage import conversations
from masstransit.storage.tables import (
    chat_participants,
    communications,
    complaints,
    holds,
    notices,
    numbers,
    opt_outs,
)
from masstransit.story import story_of, tell
from tests.api.gated import GatedDoor
from tests.carriage.media import drawn
from tests.carriage.voice.house import until

NUMBER, PHONE = demo.NUMBERS[0], demo.PHONES[0]


class Chatting:
    """The SDK's resources, each call off the loop."""

    def __init__(self, door: GatedDoor) -> None:
        self.door = door
        client = door.sdk()
        client.conversations.base_url = f"{door.url}/conversations"
        self.v1 = client.conversations.v1

    async def __call__(self, ask: Callable[..., Any], *given: Any, **told: Any) -> Any:
        return await asyncio.to_thread(lambda: ask(*given, **told))

    async def room(self, *people: str, **told: Any) -> Any:
        made = await self(self.v1.conversations.create, **told)
        for person in people:
            await self(made.participants.create, identity=person)
        return made


@pytest.fixture
async def sdk(gated: GatedDoor) -> AsyncIterator[Chatting]:
    async with gated.carrying():
        yield Chatting(gated)


async def problem(sdk: Chatting, ask: Callable[..., Any], *given: Any, **told: Any) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as raised:
        await sdk(ask, *given, **told)
    return raised.value


async def test_a_conversation_is_made_found_changed_listed_and_forgotten(sdk: Chatting) -> None:
    room = await sdk.room(friendly_name="Standup", unique_name="standup", attributes='{"team": 7}')
    assert (room.friendly_name, room.unique_name, room.state, room.attributes) == (
        "Standup", "standup", "active", '{"team": 7}',
    )  # fmt: skip
    assert room.chat_service_sid == service_of(sdk.door.sid)
    assert (await sdk(sdk.v1.conversations("standup").fetch)).sid == room.sid
    changed = await sdk(sdk.v1.conversations(room.sid).update, friendly_name="Retro", state="inactive")
    assert (changed.friendly_name, changed.state) == ("Retro", "inactive")
    others = [await sdk.room() for _ in range(3)]
    listed = await sdk(sdk.v1.conversations.list, page_size=2)
    assert [each.sid for each in listed] == [each.sid for each in reversed([room, *others])]
    in_service = sdk.v1.services(room.chat_service_sid).conversations
    assert {each.sid for each in await sdk(in_service.list)} == {each.sid for each in listed}
    assert (await sdk(in_service(room.sid).fetch)).url.startswith(f"{sdk.door.url}/conversations/v1/Services/IS")
    assert await sdk(sdk.v1.conversations(room.sid).delete)
    assert (await problem(sdk, sdk.v1.conversations(room.sid).fetch)).code == 20404
    taken = await sdk.room(unique_name="standup")
    assert (await problem(sdk, sdk.v1.conversations.create, unique_name="standup")).code == 50353
    assert taken.sid != room.sid


async def test_messages_have_indexes_in_their_order(sdk: Chatting) -> None:
    room = await sdk.room("ada", "ben")
    said = [await sdk(room.messages.create, author="ada", body=f"line {n}", attributes='{"n": 1}') for n in range(3)]
    assert [each.index for each in said] == [0, 1, 2]
    assert said[0].participant_sid == (await sdk(room.participants("ada").fetch)).sid
    server = await sdk(room.messages.create, body="closing time")
    assert (server.author, server.participant_sid, server.index) == ("system", None, 3)
    assert [each.index for each in await sdk(room.messages.list, order="desc", page_size=2)] == [3, 2, 1, 0]
    assert [each.body for each in await sdk(room.messages.list, page_size=2)][:2] == ["line 0", "line 1"]
    changed = await sdk(room.messages(said[1].sid).update, attributes='{"seen": true}')
    assert (changed.attributes, changed.body) == ('{"seen": true}', "line 1")
    assert await sdk(room.messages(said[1].sid).delete)
    assert [each.index for each in await sdk(room.messages.list)] == [0, 2, 3]
    assert (await problem(sdk, room.messages(said[1].sid).fetch)).code == 20404
    await sdk(sdk.v1.conversations(room.sid).update, state="closed")
    assert (await problem(sdk, room.messages.create, author="ada", body="too late")).code == 50438


async def texts_of(sdk: Chatting, sid: str) -> list[tuple[str, str]]:
    """(text, state) of everything that is on record of a message, in its order."""
    rows = await sdk.door.database.read(lambda c: c.execute(select(communications)).all())
    own = [row for row in rows if sid in (row.sid, row.attrs.get("edits"))]
    return [(row.body, row.status) for row in sorted(own, key=lambda row: row.sid)]


async def test_a_message_is_edited_and_what_was_said_before_stays_on_record(sdk: Chatting) -> None:
    await sdk(
        sdk.v1.configuration.webhooks().update,
        post_webhook_url="http://127.0.0.1:9/chat", method="POST", filters=["onMessageUpdated"],
    )  # fmt: skip
    room, door = await sdk.room("ada", "ben"), sdk.door
    said = await sdk(room.messages.create, author="ada", body="We met on Monday", attributes='{"n": 1}')
    await sdk(room.messages.create, author="ben", body="at noon")
    edited = await sdk(room.messages(said.sid).update, body="We meet on Tuesday")
    assert (edited.sid, edited.index, edited.body, edited.author) == (said.sid, 0, "We meet on Tuesday", "ada")
    assert edited.attributes == '{"n": 1}'
    assert edited.date_updated >= edited.date_created
    again = await sdk(room.messages(said.sid).update, body="We meet on Friday", attributes='{"n": 2}')
    assert (again.body, again.attributes) == ("We meet on Friday", '{"n": 2}')
    assert [each.body for each in await sdk(room.messages.list)] == ["We meet on Friday", "at noon"]
    assert await texts_of(sdk, said.sid) == [
        ("We met on Monday", "sent"), ("We meet on Tuesday", "sent"), ("We meet on Friday", "sent"),
    ]  # fmt: skip
    rows = await door.database.read(lambda c: c.execute(select(notices.c.body).order_by(notices.c.id)).scalars().all())
    assert [(row["params"]["EventType"], row["params"]["Body"]) for row in rows] == [
        ("onMessageUpdated", "We meet on Tuesday"), ("onMessageUpdated", "We meet on Friday"),
    ]  # fmt: skip
    assert rows[0]["params"]["DateUpdated"] > rows[0]["params"]["DateCreated"]
    first = await door.database.read(lambda c: story_of(c, said.sid))
    assert first.message is not None
    edits = first.message["edited"]
    assert [line for line in tell(first) if "edited" in line] == [f"  edited    {edits[0]}, {edits[1]}"]
    last = await door.database.read(lambda c: story_of(c, edits[1]))
    assert f"  edits     {said.sid}" in tell(last)
    assert [decision.verdict for decision in last.decisions] == [Verdict.ALLOW]
    own = await problem(sdk, room.messages(said.sid).update, author="ben")
    assert "its author" in str(own)


async def test_an_edit_that_is_refused_changes_nothing_and_one_that_is_held_stands_where_it_is_let_go(
    sdk: Chatting,
) -> None:
    room, door = await sdk.room("ada", "ben"), sdk.door
    said = await sdk(room.messages.create, author="ada", body="See you at noon")
    path = f"/conversations/v1/Conversations/{room.sid}/Messages/{said.sid}"
    waits = await door.ask("POST", path, data={"Body": "I will find you and kill you tonight", "Attributes": "[1]"})
    assert (waits.status_code, waits.json()["body"], waits.json()["attributes"]) == (202, "See you at noon", "{}")
    held = await door.database.read(lambda c: c.execute(select(holds.c.sid)).scalar_one())
    await door.parts.exchange.release(door.sid, held, "officer", "a line of their play")
    (message,) = await until_async(lambda: sdk(room.messages.list), lambda found: found[0].attributes == "[1]")
    assert message.body.startswith("I will find")
    await door.parts.chat.moderating.block(door.sid, "ben", "ada")
    refused = await problem(sdk, room.messages(said.sid).update, body="hello?", attributes="[2]")
    assert (refused.status, refused.code, refused.details["clause"]) == (400, 21610, "8")
    stands = await sdk(room.messages(said.sid).fetch)
    assert (stands.body, stands.attributes) == (message.body, "[1]")
    for wrong, code in (("x" * 5000, 50427), (" ", 50426)):
        assert (await problem(sdk, room.messages(said.sid).update, body=wrong)).code == code


async def test_an_edit_that_was_let_go_late_does_not_undo_a_later_one(sdk: Chatting) -> None:
    room, door = await sdk.room("ada", "ben"), sdk.door
    said = await sdk(room.messages.create, author="ada", body="See you at noon")
    path = f"/conversations/v1/Conversations/{room.sid}/Messages/{said.sid}"
    assert (await door.ask("POST", path, data={"Body": "I will find you and kill you"})).status_code == 202
    await sdk(room.messages(said.sid).update, body="See you at one")
    held = await door.database.read(lambda c: c.execute(select(holds.c.sid)).scalar_one())
    await door.parts.exchange.release(door.sid, held, "officer")
    await until_async(lambda: texts_of(sdk, said.sid), lambda found: [state for _, state in found] == ["sent"] * 3)
    assert (await sdk(room.messages(said.sid).fetch)).body == "See you at one"


async def test_nothing_is_edited_where_nothing_is_said_any_more(sdk: Chatting) -> None:
    room, door = await sdk.room("ada", "ben"), sdk.door
    said = await sdk(room.messages.create, author="ada", body="See you at noon")
    path = f"/conversations/v1/Conversations/{room.sid}/Messages/{said.sid}"
    keyed = [await door.ask("POST", path, data={"Body": "At one"}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [(answer.status_code, answer.json()["body"]) for answer in keyed] == [(200, "At one")] * 2
    assert len(await texts_of(sdk, said.sid)) == 2
    before = (await door.database.read(lambda c: conversations.after(c, door.sid, room.sid, -1, 1)))[0]
    await sdk(room.messages(said.sid).delete)
    speaking, ada = door.parts.chat.speaking, Speaker(account=door.sid, author="ada")
    with pytest.raises(Conflict, match="taken away"):
        await speaking.edit(ada, before, "At two")
    other = await sdk(room.messages.create, author="ada", body="Hello")
    await sdk(sdk.v1.conversations(room.sid).update, state="closed")
    assert (await problem(sdk, room.messages(other.sid).update, body="Goodbye")).code == 50438


async def test_a_report_is_of_the_words_that_were_read(sdk: Chatting) -> None:
    room, door = await sdk.room("ada", "ben"), sdk.door
    said = await sdk(room.messages.create, author="ada", body="See you at noon")
    await sdk(room.messages(said.sid).update, body="Nobody likes you")
    report = {"ConversationSid": room.sid, "MessageSid": said.sid, "Identity": "ben", "Reason": "rude"}
    assert (await door.ask("POST", "/policy/v1/ChatReports", data=report)).json()["new"]
    c = communications.c
    reported = select(c.body).join(
        complaints, (complaints.c.account == c.account) & (complaints.c.communication == c.sid)
    )
    assert await door.database.read(lambda k: k.execute(reported).scalars().all()) == ["Nobody likes you"]


async def test_what_the_policy_refuses_says_why_and_what_it_holds_has_no_place_yet(sdk: Chatting) -> None:
    room = await sdk.room("ada", "ben")
    await sdk.door.parts.chat.moderating.block(sdk.door.sid, "ben", "ada")
    refused = await problem(sdk, room.messages.create, author="ada", body="hello?")
    assert (refused.status, refused.code) == (400, 21610)
    assert refused.details["clause"] == "8"
    held = await sdk(room.messages.create, author="ben", body="I will find you and kill you tonight")
    assert (held.index, held.sid[:2]) == (None, "IM")
    await sdk(room.messages.create, author="ben", body="sorry, that was a line of our play")
    await sdk.door.parts.exchange.release(sdk.door.sid, held.sid, "officer")
    await until_async(lambda: sdk(room.messages.list), lambda found: len(found) == 2)
    assert [(each.body[:5], each.index) for each in await sdk(room.messages.list)] == [
        ("sorry", 0), ("I wil", 1),
    ]  # fmt: skip


async def until_async(ask: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(10):
        while not done(found := await ask()):
            await asyncio.sleep(0.05)
        return found


async def test_people_and_phones_take_part_once_each(sdk: Chatting) -> None:
    room = await sdk.room("ada")
    assert (await problem(sdk, room.participants.create, identity="ada")).code == 50433
    phone = await sdk(room.participants.create, messaging_binding_address=PHONE, messaging_binding_proxy_address=NUMBER)
    assert phone.messaging_binding == {"type": "sms", "address": PHONE, "proxy_address": NUMBER}
    other = await sdk.room()
    twice = await problem(
        sdk, other.participants.create, messaging_binding_address=PHONE, messaging_binding_proxy_address=NUMBER
    )
    assert twice.code == 50416
    foreign = await problem(
        sdk, room.participants.create, messaging_binding_address=PHONE, messaging_binding_proxy_address="+14155550199"
    )
    assert foreign.code == 50407
    assert (await problem(sdk, room.participants.create)).code == 50200
    admin = await sdk(room.participants.create, identity="cleo", role_sid=CHANNEL_ADMIN.sid(sdk.door.sid))
    assert admin.role_sid == CHANNEL_ADMIN.sid(sdk.door.sid)
    assert [each.identity for each in await sdk(room.participants.list)] == ["ada", None, "cleo"]
    await sdk(room.messages.create, body="hello")
    read = await sdk(room.participants("ada").update, last_read_message_index=0, attributes='{"a": 1}')
    assert (read.last_read_message_index, read.attributes) == (0, '{"a": 1}')
    found = await sdk(sdk.v1.participant_conversations.list, identity="ada")
    assert [each.conversation_sid for each in found] == [room.sid]
    assert await sdk(room.participants("ada").delete)
    assert [each.identity for each in await sdk(room.participants.list)] == [None, "cleo"]
    again = await sdk(room.participants.create, identity="ada")
    assert again.identity == "ada"


async def test_a_phone_gets_a_text_and_its_state_is_the_receipt(sdk: Chatting) -> None:
    room = await sdk.room("ada")
    phone = await sdk(room.participants.create, messaging_binding_address=PHONE, messaging_binding_proxy_address=NUMBER)
    said = await sdk(room.messages.create, author="ada", body="The door is open.")
    await until(lambda: [shown for shown in sdk.door.phones.phone(PHONE).messages if shown.text == "The door is open."])
    (receipt,) = await sdk(room.messages(said.sid).delivery_receipts.list)
    assert (receipt.participant_sid, receipt.channel_message_sid[:2]) == (phone.sid, "SM")
    fetched = await sdk(room.messages(said.sid).delivery_receipts(receipt.sid).fetch)
    assert {fetched.status, receipt.status} <= {"queued", "sent", "delivered"}
    assert (await sdk(room.messages(said.sid).fetch)).delivery["total"] == 1


async def stops(sdk: Chatting, scope: str) -> None:
    """Ada, of whom it is known that she has the phone, said so by text."""
    door, now = sdk.door, sdk.door.clock.now()
    row = {"account": door.sid, "person": door.keys.person("ada"), "since": now, "scope": scope, "channel": "sms"}
    await door.database.write(lambda c: c.execute(delete(opt_outs)))
    await door.database.write(lambda c: c.execute(insert(opt_outs).values(row)))


async def invites(sdk: Chatting, **told: str) -> tuple[int, str]:
    """What comes of asking Ada into a conversation of its own: the status, and the clause that refuses it."""
    room = await sdk.room()
    path = f"/conversations/v1/Conversations/{room.sid}/Participants"
    answer = await sdk.door.ask("POST", path, data={"Identity": "ada", **told})
    return answer.status_code, answer.json().get("details", {}).get("clause", "")


@pytest.mark.parametrize(
    ("scope", "purpose", "came_to"),
    [
        ("marketing", "", (201, "")),
        ("marketing", "conversation", (201, "")),
        ("marketing", "transactional", (201, "")),
        ("marketing", "marketing", (400, "7")),
        ("all", "", (400, "7")),
        ("all", "transactional", (201, "")),
        ("all", "marketing", (400, "7")),
        ("everything", "transactional", (400, "7")),
    ],
)
async def test_a_stop_ends_invitations_by_what_they_are_for(
    sdk: Chatting, scope: str, purpose: str, came_to: tuple[int, str]
) -> None:
    await stops(sdk, scope)
    assert await invites(sdk, **({"Purpose": purpose} if purpose else {})) == came_to


async def test_an_invitation_is_for_something_that_there_is_and_no_one_time_code(sdk: Chatting) -> None:
    for purpose in ("otp", "fun"):
        assert (await invites(sdk, Purpose=purpose))[0] == 400


async def test_whom_a_person_did_not_let_in_can_be_asked_again(sdk: Chatting) -> None:
    room, door = await sdk.room(), sdk.door
    ben = await sdk(room.participants.create, identity="ben")

    held = update(chat_participants).where(chat_participants.c.sid == ben.sid).values(state="held")
    await door.database.write(lambda c: c.execute(held))
    assert (await problem(sdk, room.participants.create, identity="ben")).code == 50433  # it is still looked at
    over = update(communications).where(communications.c.sid == ben.sid).values(status="failed")
    await door.database.write(lambda c: c.execute(over))
    again = await sdk(room.participants.create, identity="ben")
    assert again.sid != ben.sid
    assert len(await sdk(room.participants.list)) == 1


async def test_users_roles_and_the_configuration_are_there_from_the_first_day_on(sdk: Chatting) -> None:
    room = await sdk.room("ada")
    (user,) = await sdk(sdk.v1.users.list)
    assert (user.identity, user.sid[:2]) == ("ada", "US")
    changed = await sdk(sdk.v1.users(user.sid).update, friendly_name="Ada")
    assert changed.friendly_name == "Ada"
    (mine,) = await sdk(sdk.v1.users("ada").user_conversations.list)
    assert (mine.conversation_sid, mine.unread_messages_count) == (room.sid, 0)
    made = await sdk(sdk.v1.users.create, identity="ben")
    assert (await problem(sdk, sdk.v1.users.create, identity="ben")).code == 50201
    assert await sdk(sdk.v1.users(made.sid).delete)
    roles = await sdk(sdk.v1.roles.list)
    assert CHANNEL_USER.sid(sdk.door.sid) in {role.sid for role in roles}
    assert (await sdk(sdk.v1.roles(roles[0].sid).fetch)).friendly_name == roles[0].friendly_name
    configured = await sdk(sdk.v1.configuration().fetch)
    assert configured.default_chat_service_sid == service_of(sdk.door.sid)
    assert [each.sid for each in await sdk(sdk.v1.services.list)] == [service_of(sdk.door.sid)]
    assert (await problem(sdk, sdk.v1.services("IS" + "0" * 32).fetch)).code == 20404


async def test_a_user_who_is_deleted_goes_out_of_every_conversation(sdk: Chatting) -> None:
    first, second = await sdk.room("ada", "ben"), await sdk.room("ada", "ben")
    await sdk(first.messages.create, author="ada", body="hello")
    assert await sdk(sdk.v1.users("ada").delete)
    assert [each.identity for each in await sdk(first.participants.list)] == ["ben"]
    assert [each.identity for each in await sdk(second.participants.list)] == ["ben"]
    assert [each.author for each in await sdk(first.messages.list)] == ["ada"]
    assert (await problem(sdk, sdk.v1.users("ada").fetch)).code == 20404
    assert (await problem(sdk, sdk.v1.users("ada").delete)).code == 20404


async def test_what_is_unread_is_counted_from_the_last_message_that_was_read(sdk: Chatting) -> None:
    room = await sdk.room("ada")
    for unread in (1, 2, 3):
        await sdk(room.messages.create, body="hello")
        (mine,) = await sdk(sdk.v1.users("ada").user_conversations.list)
        assert mine.unread_messages_count == unread
    await sdk(room.participants("ada").update, last_read_message_index=0)
    (mine,) = await sdk(sdk.v1.users("ada").user_conversations.list)
    assert mine.unread_messages_count == 2


async def test_webhooks_are_told_of_what_they_asked_for(sdk: Chatting) -> None:
    configured = await sdk(
        sdk.v1.configuration.webhooks().update,
        post_webhook_url="http://127.0.0.1:9/chat", method="POST", filters=["onMessageAdded", "onParticipantAdded"],
    )  # fmt: skip
    assert (configured.post_webhook_url, configured.filters) == (
        "http://127.0.0.1:9/chat", ["onMessageAdded", "onParticipantAdded"],
    )  # fmt: skip
    assert "afterwards" in str(
        await problem(sdk, sdk.v1.configuration.webhooks().update, pre_webhook_url="http://127.0.0.1:9/x")
    )
    room = await sdk.room("ada")
    own = await sdk(
        room.webhooks.create, target="webhook", configuration_url="http://127.0.0.1:9/own",
        configuration_filters=["onMessageRemoved"],
    )  # fmt: skip
    said = await sdk(room.messages.create, author="ada", body="hello")
    await sdk(room.messages(said.sid).delete)
    rows = await sdk.door.database.read(lambda c: c.execute(select(notices).order_by(notices.c.id)).all())
    told = [(row.target, row.body["params"]["EventType"]) for row in rows]
    assert told == [
        ("http://127.0.0.1:9/chat", "onParticipantAdded"),
        ("http://127.0.0.1:9/chat", "onMessageAdded"),
        ("http://127.0.0.1:9/own", "onMessageRemoved"),
    ]
    assert [each.sid for each in await sdk(room.webhooks.list)] == [own.sid]
    assert await sdk(room.webhooks(own.sid).delete)


async def test_nobody_sees_anothers_conversations(sdk: Chatting) -> None:
    room = await sdk.room("ada")
    sid, token = await sdk.door.account()
    for path in ("", "/Participants", "/Messages", "/Webhooks"):
        answer = await sdk.door.ask("GET", f"/conversations/v1/Conversations/{room.sid}{path}", auth=(sid, token))
        assert answer.status_code in {403, 404}


async def test_a_customers_server_blocks_and_reports_for_its_people(sdk: Chatting) -> None:
    door, room = sdk.door, await sdk.room("ada", "ben")
    told = {"Identity": "ada", "Blocked": "ben"}
    made = await door.ask("POST", "/policy/v1/ChatBlocks", data=told)
    assert (made.status_code, made.json()["blocked"], made.json()["in_force"]) == (200, "ben", True)
    said = await sdk(room.messages.create, author="ada", body="hello")
    assert (await problem(sdk, room.messages.create, author="ben", body="hello")).code == 21610
    listed = (await door.ask("GET", "/policy/v1/ChatBlocks", params={"Identity": "ada"})).json()
    assert [row["blocked"] for row in listed["chat_blocks"]] == ["ben"]
    undone = [await door.ask("POST", "/policy/v1/ChatBlocks", data=told | {"InForce": "false"}) for _ in range(2)]
    assert [answer.status_code for answer in undone] == [200, 404]
    assert (await door.ask("POST", "/policy/v1/ChatBlocks", data=told | {"Blocked": "ada"})).status_code == 400
    report = {"ConversationSid": room.sid, "MessageSid": said.sid, "Identity": "ben", "Reason": "rude"}
    new = [(await door.ask("POST", "/policy/v1/ChatReports", data=report)).json()["new"] for _ in range(2)]
    assert new == [True, False]
    own = await door.ask("POST", "/policy/v1/ChatReports", data=report | {"Identity": "ada"})
    assert own.status_code == 403
    stranger = await door.ask("POST", "/policy/v1/ChatReports", data=report | {"Identity": "zoe"})
    assert stranger.status_code == 404


async def shown(sdk: Chatting, text: str) -> Shown:
    """What the phone shows that begins so."""
    screen = sdk.door.phones.phone(PHONE).messages
    await until(lambda: [each for each in screen if each.text.startswith(text)])
    return next(each for each in screen if each.text.startswith(text))


async def with_a_phone(sdk: Chatting, *people: str) -> Any:
    room = await sdk.room(*people)
    await sdk(room.participants.create, messaging_binding_address=PHONE, messaging_binding_proxy_address=NUMBER)
    return room


async def brought(sdk: Chatting, name: str, data: bytes) -> str:
    """The SID of a file that the customer brought."""
    return str((await sdk.door.ask("POST", f"/policy/v1/Media?Name={name}", content=data)).json()["sid"])


async def test_a_file_comes_to_a_phone_as_mms(sdk: Chatting) -> None:
    room, picture = await with_a_phone(sdk, "ada"), await brought(sdk, "door.jpg", drawn.jpeg())
    said = await sdk(room.messages.create, author="ada", body="Our door", media_sid=picture)
    came = await shown(sdk, "Our door")
    assert (came.text, [each.content_type for each in came.media]) == ("Our door", ["image/jpeg"])
    (receipt,) = await sdk(room.messages(said.sid).delivery_receipts.list)
    assert receipt.channel_message_sid[:2] == "MM"


async def test_where_a_number_or_its_carrier_brings_no_mms_or_it_is_no_mms_a_link_comes_that_ends(
    sdk: Chatting,
) -> None:
    room, door = await with_a_phone(sdk, "ada"), sdk.door
    door.parts.mms.shared.base_url = "https://files.shop.example"
    picture = await brought(sdk, "door.jpg", drawn.jpeg())

    async def follows(text: str) -> int:
        came = await shown(sdk, text)
        assert came.media == ()
        link = came.text.rsplit("\n", 1)[-1].removeprefix("https://files.shop.example")
        return (await door.ask("GET", link, auth=None)).status_code

    page = await brought(sdk, "plan.html", b"<html><body>Monday: nothing.</body></html>")
    await sdk(room.messages.create, author="ada", body="The plan", media_sid=page)
    assert await follows("The plan") == 200
    door.loopback.kinds = Kind.SMS
    await sdk(room.messages.create, author="ada", body="By text", media_sid=picture)
    assert await follows("By text") == 200
    door.loopback.kinds = Kind.TEXT
    await door.database.write(lambda c: c.execute(update(numbers).where(numbers.c.number == NUMBER).values(mms=False)))
    said = await sdk(room.messages.create, author="ada", body="By a number", media_sid=picture)
    assert await follows("By a number") == 200
    (receipt,) = await sdk(room.messages(said.sid).delivery_receipts.list)
    assert receipt.channel_message_sid[:2] == "SM"
    await sdk(room.messages.create, author="ada", media_sid=picture)
    assert await follows("https://files.shop.example/media/") == 200


async def test_a_picture_that_a_phone_sends_is_said_with_its_words_or_alone(sdk: Chatting) -> None:
    room, door = await with_a_phone(sdk, "ada"), sdk.door
    door.loopback.connect(door.parts.arrivals)
    for words in ("My dog", ""):
        file = File(data=drawn.jpeg(), name="dog.jpg", content_type="image/jpeg")
        await door.loopback.answer(PHONE, NUMBER, words, [file])
    listed = await sdk(room.messages.list)
    assert [(each.author, each.body, [m["filename"] for m in each.media]) for each in listed] == [
        (PHONE, "My dog", ["dog.jpg"]), (PHONE, None, ["dog.jpg"]),
    ]  # fmt: skip
    media = await door.ask("GET", f"/policy/v1/Media/{listed[0].media[0]['sid']}")
    link = media.json()["media_url"].removeprefix(door.parts.mms.shared.base_url)
    assert (await door.ask("GET", link, auth=None)).headers["content-type"] == "image/jpeg"


async def test_a_picture_that_a_carrier_brings_again_is_said_once_and_whole(
    sdk: Chatting, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, arrivals = await with_a_phone(sdk, "ada"), sdk.door.parts.arrivals
    inbound = Inbound(
        trunk="loopback", sender=e164(PHONE), recipient=e164(NUMBER), text="My dog", at=sdk.door.clock.now(),
        carrier_id="c1", files=(File(data=drawn.jpeg(), name="dog.jpg", content_type="image/jpeg"),),
    )  # fmt: skip

    async def killed(*_: Any) -> None:
        raise StorageUnavailable("the process is killed here")

    with monkeypatch.context() as cut:
        cut.setattr(sdk.door.parts.chat.texting, "arrives", killed)
        with pytest.raises(StorageUnavailable):
            await arrivals.receive(inbound)
    for _ in range(2):
        await arrivals.receive(inbound)
    assert [[m["filename"] for m in each.media] for each in await sdk(room.messages.list)] == [["dog.jpg"]]


async def test_a_file_that_was_brought_goes_with_a_message(sdk: Chatting) -> None:
    door, room = sdk.door, await sdk.room("ada")
    brought = await door.ask("POST", "/policy/v1/Media?Name=ada.vcf", content=b"BEGIN:VCARD\nFN:Ada\nEND:VCARD\n")
    said = await sdk(room.messages.create, author="ada", media_sid=brought.json()["sid"])
    assert [(each["filename"], each["sid"]) for each in said.media] == [("ada.vcf", brought.json()["sid"])]
    assert (await sdk(room.messages(said.sid).fetch)).media == said.media
    unknown = await problem(sdk, room.messages.create, author="ada", media_sid="ME" + "0" * 32)
    assert unknown.details["field"] == "MediaSid"
