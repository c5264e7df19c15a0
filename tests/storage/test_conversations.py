"""Conversations on both kinds of database."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from masstransit.storage import chat_webhooks, communications, conversations, reports
from masstransit.storage.conversations import next_version
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice
from tests.makers import ACCOUNT, NOON, ROOM, a_chat

KEY = (ACCOUNT, ROOM)
BEFORE = NOON - timedelta(hours=1)


def room(**more: Any) -> dict[str, Any]:
    return {"account": ACCOUNT, "sid": ROOM, "created_at": NOON, "updated_at": NOON, **more}


def person(name: str, number: int, **more: Any) -> dict[str, Any]:
    made = {"account": ACCOUNT, "conversation": ROOM, "sid": f"MB{number}", "name": name, "identity": name}
    at = NOON + timedelta(seconds=number)
    return {**made, "state": "in", "joined_at": at, "created_at": at, "updated_at": at, **more}


def line(index: int, author: str = "ada", **more: Any) -> dict[str, Any]:
    made = {"account": ACCOUNT, "conversation": ROOM, "place": index, "sid": f"IM{index}", "author": author}
    return {**made, "withheld": [], "created_at": NOON, "updated_at": NOON, **more}


def head(messages: int) -> dict[str, Any]:
    return {
        "b_account": ACCOUNT, "b_sid": ROOM, "b_messages": messages, "b_first_author": "ada", "b_answered": True,
        "b_last_author": "ben", "b_streak": 1, "b_at": NOON,
    }  # fmt: skip


@pytest.fixture
async def filled(database: Database) -> Database:
    def fill(c: Any) -> None:
        conversations.create(c, room(unique_name="standup"))
        conversations.join(c, person("ada", 1))
        conversations.join(c, person("ben", 2, invited_by="ada"))
        phone = {"identity": None, "address": "+12125550123", "proxy": "+14155550100"}
        conversations.join(c, person("+12125550123", 3, **phone))
        conversations.join(c, person("cleo", 4, state="out", gone="left", invited_by="ada"))
        receipt = {"account": ACCOUNT, "message": "IM1", "participant": "MB2", "sid": "DY1", "created_at": NOON}
        told = {"text": None, "status": "undelivered", "error": 21610}
        lines = [line(0), line(1, withheld=["MB2"]), line(2, "ben")]
        conversations.post(c, lines, [head(3)], [receipt | told])

    await database.write(fill)
    return database


async def test_a_conversation_is_found_by_its_sid_and_its_own_name(filled: Database) -> None:
    for name in (ROOM, "standup"):
        row = await filled.read(partial(conversations.find, account=ACCOUNT, name=name))
        assert row is not None
        assert (row.sid, row.messages, row.answered, row.streak) == (ROOM, 3, True, 1)
    assert await filled.read(lambda c: conversations.find(c, "AC" + "9" * 32, ROOM)) is None
    with pytest.raises(IntegrityError):
        await filled.write(lambda c: conversations.create(c, room(sid="CH3", unique_name="standup")))
    await filled.write(lambda c: conversations.create(c, room(sid="CH3")))
    await filled.write(lambda c: conversations.create(c, room(sid="CH4")))  # names that nobody gave don't clash


async def test_who_takes_part_is_told_with_and_without_the_rest(filled: Database) -> None:
    found = await filled.read(lambda c: conversations.members(c, [KEY]))
    assert {each.name for each in found[KEY]} == {"ada", "ben", "+12125550123"}
    phones = await filled.read(lambda c: conversations.members(c, [KEY], phones_only=True))
    assert [each.proxy for each in phones[KEY]] == ["+14155550100"]
    assert await filled.read(lambda c: conversations.people(c, [KEY])) == {KEY: 3}
    asked = [(*KEY, "ada"), (*KEY, "cleo"), (*KEY, "+12125550123")]
    spoken = await filled.read(lambda c: conversations.speakers(c, asked))
    assert spoken == {(*KEY, "ada"): "MB1", (*KEY, "+12125550123"): "MB3"}
    bound = await filled.read(lambda c: conversations.bound(c, "+12125550123", "+14155550100"))
    assert bound is not None
    assert await filled.read(lambda c: conversations.bound(c, "+12125550123", "+14155550199")) is None
    sheet = await filled.read(lambda c: conversations.participants(c, *KEY, Slice(size=2)))
    assert [row.name for row in sheet.rows] == ["ada", "ben"]
    assert sheet.behind


async def test_messages_are_read_forwards_backwards_and_by_place(filled: Database) -> None:
    assert [said.index for said in await filled.read(lambda c: conversations.after(c, *KEY, 0, 10))] == [1, 2]
    assert [said.index for said in await filled.read(lambda c: conversations.before(c, *KEY, 2, 1))] == [1]
    assert await filled.read(lambda c: conversations.indexes(c, [(ACCOUNT, "IM2"), (ACCOUNT, "IM9")])) == {
        (ACCOUNT, "IM2"): 2
    }
    at = await filled.read(lambda c: conversations.at_index(c, *KEY, 1))
    assert at is not None
    assert conversations.said(at).withheld == ("MB2",)
    with pytest.raises(IntegrityError):
        await filled.write(lambda c: conversations.post(c, [line(2, sid="IM9")], [], []))
    await filled.write(lambda c: conversations.change_message(c, ACCOUNT, "IM0", {"removed_at": NOON}, NOON))
    page = await filled.read(lambda c: conversations.message_page(c, *KEY, Slice(), newest_first=True))
    assert [row.place for row in page.rows] == [2, 1]
    (receipt,) = (await filled.read(lambda c: conversations.receipts(c, ACCOUNT, "IM1", Slice()))).rows
    assert (receipt.participant, receipt.error, receipt.text_status) == ("MB2", 21610, None)
    assert len(await filled.read(lambda c: conversations.receipts_of(c, ACCOUNT, ["IM1", "IM2"]))) == 1


async def test_changes_have_versions_by_which_others_hear_of_them(filled: Database) -> None:
    def change(c: Any) -> int:
        version = next_version(c, *KEY)
        conversations.change_participant(c, ACCOUNT, "MB2", {"read_index": 1, "version": version}, NOON)
        conversations.change_message(c, ACCOUNT, "IM1", {"attributes": "[]", "version": version}, NOON)
        return version

    assert await filled.write(change) == 1
    assert await filled.read(lambda c: conversations.heads(c, [KEY])) == {KEY: (3, 1)}
    assert [row.name for row in await filled.read(lambda c: conversations.moved(c, *KEY, 0))] == ["ben"]
    assert [said.attributes for said in await filled.read(lambda c: conversations.changed(c, *KEY, 0))] == ["[]"]
    assert await filled.read(lambda c: conversations.moved(c, *KEY, 1)) == []
    assert KEY in await filled.write(lambda c: conversations.locked(c, [KEY]))
    joined = await filled.read(lambda c: conversations.joined_since(c, [(ACCOUNT, "ada"), (ACCOUNT, "ben")], NOON))
    assert {row.identity for row in joined} == {"ada", "ben"}


def kept(sid: str, text: str, status: str = "sent") -> dict[str, Any]:
    """What is on record of something that was said."""
    said = a_chat(id=sid, text=text)
    return communications.row(said, person="p", segments=1, status=status, decision=f"DE{sid}")


async def test_a_message_has_the_words_of_its_last_edit(filled: Database) -> None:
    def edit(c: Any) -> None:
        communications.add(
            c, [kept("IM0", "We met on Monday"), kept("IM7", "We meet on Tuesday"), kept("IM2", "when?")]
        )
        conversations.change_message(c, ACCOUNT, "IM0", {"edit": "IM7", "version": next_version(c, *KEY)}, NOON)

    await filled.write(edit)
    said = await filled.read(lambda c: conversations.after(c, *KEY, -1, 10))
    assert [(one.sid, one.body, one.edited, one.version) for one in said] == [
        ("IM0", "We meet on Tuesday", True, 1), ("IM1", "", False, 0), ("IM2", "when?", False, 0),
    ]  # fmt: skip
    await filled.write(lambda c: conversations.change_message(c, ACCOUNT, "IM0", {"removed_at": NOON}, NOON))
    (gone, *_) = await filled.read(lambda c: conversations.after(c, *KEY, -1, 10))
    assert (gone.removed, gone.body, gone.edited) == (True, "", False)


async def test_who_was_not_let_in_is_forgotten_and_who_is_still_looked_at_is_not(filled: Database) -> None:
    def ask(c: Any) -> None:
        for number, (name, status) in enumerate((("dora", "failed"), ("emil", "accepted"), ("finn", "")), start=5):
            conversations.join(c, person(name, number, state="held", joined_at=None))
            communications.add(c, [kept(f"MB{number}", "", status)] if status else [])
        conversations.forget_turned_down(c, *KEY)

    await filled.write(ask)
    sheet = await filled.read(lambda c: conversations.participants(c, *KEY, Slice(size=10)))
    assert [row.name for row in sheet.rows if row.state == "held"] == ["emil", "finn"]
    assert await filled.read(lambda c: conversations.places_of(c, ACCOUNT, "emil")) == [(ROOM, "MB6")]
    assert await filled.read(lambda c: conversations.places_of(c, ACCOUNT, "cleo")) == []


async def test_invitations_and_those_who_left_are_counted(filled: Database) -> None:
    assert await filled.read(lambda c: conversations.invited(c, [(ACCOUNT, "ada")], BEFORE)) == {
        (ACCOUNT, "ada"): (2, 1)
    }
    last = await filled.read(lambda c: conversations.latest(c, *KEY, "cleo", but="MB9"))
    assert last is not None
    assert last.gone == "left"


async def test_blocks_hold_until_they_are_taken_back(filled: Database) -> None:
    for _ in range(2):
        await filled.write(lambda c: conversations.block(c, ACCOUNT, "ada", "mallory", NOON))
    assert await filled.read(lambda c: conversations.blockers(c, [(ACCOUNT, "mallory")])) == {
        (ACCOUNT, "mallory"): {"ada"}
    }
    assert await filled.read(lambda c: conversations.blocked_by(c, ACCOUNT, "ada")) == ["mallory"]
    assert len((await filled.read(lambda c: conversations.blocks(c, ACCOUNT, Slice()))).rows) == 1
    assert await filled.write(lambda c: conversations.unblock(c, ACCOUNT, "ada", "mallory"))
    assert not await filled.write(lambda c: conversations.unblock(c, ACCOUNT, "ada", "mallory"))


async def test_where_somebody_takes_part_and_what_a_socket_follows(filled: Database) -> None:
    sheet = await filled.read(lambda c: conversations.where(c, ACCOUNT, Slice(), identity="ada", address=None))
    assert [row.conversations_sid for row in sheet.rows] == [ROOM]
    (row,) = await filled.read(lambda c: conversations.followed(c, ACCOUNT, "ben"))
    assert (row.sid, row.participant, row.messages) == (ROOM, "MB2", 3)
    assert await filled.read(lambda c: conversations.followed(c, ACCOUNT, "cleo")) == []


async def test_webhooks_of_one_and_of_all(filled: Database) -> None:
    for conversation in ("", ROOM, "CH9"):
        row = {"account": ACCOUNT, "conversation": conversation, "sid": f"WH{conversation}", "url": "https://a.example"}
        told = row | {"filters": [], "created_at": NOON, "updated_at": NOON}
        await filled.write(partial(chat_webhooks.add, row=told))
    found = await filled.read(lambda c: chat_webhooks.of_keys(c, [KEY, (ACCOUNT, "")]))
    assert {row.sid for row in found} == {"WH", f"WH{ROOM}"}
    assert await filled.write(lambda c: conversations.remove(c, *KEY))
    left = await filled.read(lambda c: chat_webhooks.of_keys(c, [KEY, (ACCOUNT, ""), (ACCOUNT, "CH9")]))
    assert {row.sid for row in left} == {"WH", "WHCH9"}


async def test_those_who_reported_somebody_are_counted_once_each(filled: Database) -> None:
    for number, who in enumerate(("p1", "p1", "p2")):
        row = {
            "account": ACCOUNT, "complaint": f"CO{number}", "kind": "spam-report", "sender": "mallory", "person": who,
            "end_user": "mallory", "source": "recipient", "at": NOON,
        }  # fmt: skip
        await filled.write(partial(reports.record_complaint, row=row))
    found = await filled.read(lambda c: reports.reporters(c, [(ACCOUNT, "mallory"), (ACCOUNT, "ada")], BEFORE))
    assert found == {(ACCOUNT, "mallory"): 2}


async def test_a_conversation_is_forgotten_with_all_that_was_said_in_it(filled: Database) -> None:
    assert await filled.write(lambda c: conversations.remove(c, *KEY))
    assert await filled.read(lambda c: conversations.after(c, *KEY, -1, 10)) == []
    assert await filled.read(lambda c: conversations.people(c, [KEY])) == {}
    assert not await filled.write(lambda c: conversations.remove(c, *KEY))
