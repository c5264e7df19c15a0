"""Queries of mailboxes and messages, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from masstransit.storage import mailboxes, recordings, voicemails
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice
from masstransit.storage.voicemails import HELD, Filters
from tests.makers import ACCOUNT, NOON

DAY = timedelta(days=1)
OTHER = "AC" + "9" * 32


async def box(database: Database, sid: str, number: str, account: str = ACCOUNT, keep_days: int = 30) -> None:
    row = {"account": account, "sid": sid, "number": number, "rings": 20, "longest": 60, "keep_days": keep_days,
           "created_at": NOON, "updated_at": NOON}  # fmt: skip
    await database.write(lambda c: mailboxes.add(c, row))


async def left(database: Database, n: int, mailbox: str, *, state: str = "new", **sound: Any) -> str:
    row = {"account": ACCOUNT, "sid": f"VM{n}", "mailbox": mailbox, "recording": f"RE{n}", "state": state,
           "left_at": NOON + n * timedelta(seconds=1)}  # fmt: skip
    tape = {"account": ACCOUNT, "sid": f"RE{n}", "source": "voicemail", "act": "record", "asked_at": NOON,
            "ended_at": NOON} | sound  # fmt: skip

    def keep(connection: Any) -> None:
        voicemails.add(connection, row)
        recordings.add(connection, tape)

    await database.write(keep)
    return f"VM{n}"


async def test_a_number_has_one_mailbox_an_account(database: Database) -> None:
    await box(database, "MB1", "+14155550142")
    await box(database, "MB2", "+14155550142", OTHER)
    with pytest.raises(IntegrityError):
        await box(database, "MB3", "+14155550142")


async def test_each_mailbox_keeps_its_own_days(database: Database) -> None:
    await box(database, "MB1", "+14155550141", keep_days=7)
    await box(database, "MB2", "+14155550142", keep_days=30)
    first, second = await left(database, 1, "MB1"), await left(database, 2, "MB2")
    gone: list[int] = []
    for days in (7, 8, 30, 31):
        gone.append(await database.write(lambda c, days=days: voicemails.expire(c, NOON + days * DAY)))  # type: ignore[misc]
    assert gone == [0, 1, 0, 1]
    rows = await database.read(lambda c: [voicemails.find(c, ACCOUNT, sid) for sid in (first, second)])
    assert [row and (row.state, row.gone_at) for row in rows] == [
        ("deleted", NOON + 8 * DAY), ("deleted", NOON + 31 * DAY),
    ]  # fmt: skip


async def test_new_messages_come_first_and_each_kind_the_oldest_first(database: Database) -> None:
    for n, state in enumerate(("kept", "new", "heard", "new", "deleted", "arriving", "refused"), 1):
        await left(database, n, "MB1", state=state)
    await left(database, 8, "MB2")
    inside = await database.read(lambda c: voicemails.of_mailbox(c, ACCOUNT, "MB1"))
    assert [row.sid for row in inside] == ["VM2", "VM4", "VM1", "VM3"]
    assert await database.read(lambda c: voicemails.waiting(c, ACCOUNT)) == {"MB1": 2, "MB2": 1}
    listed = await database.read(lambda c: voicemails.page(c, ACCOUNT, Filters(mailbox="MB1"), Slice(size=2)))
    assert ([row.sid for row in listed.rows], listed.behind) == (["VM4", "VM3"], True)


async def test_a_message_becomes_something_else_once(database: Database) -> None:
    sid = await left(database, 1, "MB1", state="arriving")

    async def settle() -> bool:
        return await database.write(lambda c: voicemails.settle(c, ACCOUNT, sid, ("arriving",), "new"))

    assert (await settle(), await settle()) == (True, False)
    assert not await database.write(lambda c: voicemails.settle(c, OTHER, sid, HELD, "deleted"))


async def test_what_is_left_behind_is_found(database: Database) -> None:
    await left(database, 1, "MB1", state="arriving")
    await left(database, 2, "MB1", state="arriving", ended_at=None)
    await left(database, 3, "MB1", state="refused")
    await left(database, 4, "MB1", state="deleted", erased_at=NOON)
    await left(database, 5, "MB1")
    greeting = {"account": ACCOUNT, "sid": "RE6", "source": "greeting", "act": "record", "asked_at": NOON}
    await database.write(lambda c: recordings.add(c, greeting | {"ended_at": NOON}))
    await database.write(lambda c: recordings.add(c, greeting | {"sid": "RE7", "source": "api", "ended_at": NOON}))
    assert [row.sid for row in await database.read(voicemails.unsettled)] == ["VM1"]
    soon, later = [
        await database.read(lambda c, minutes=minutes: voicemails.unerased(c, NOON + timedelta(minutes=minutes)))  # type: ignore[misc]
        for minutes in (9, 11)
    ]
    assert sorted(sid for _, sid in soon) == ["RE3"]
    assert sorted(sid for _, sid in later) == ["RE3", "RE6"]


async def test_tries_are_counted_until_the_mailbox_is_locked(database: Database) -> None:
    await box(database, "MB1", "+14155550142")
    for wrong in range(1, 4):
        assert await database.write(lambda c: mailboxes.begin_try(c, ACCOUNT, "MB1", NOON))
        locked = await database.write(lambda c: mailboxes.lock(c, ACCOUNT, "MB1", 3, NOON + DAY))
        assert locked == (wrong == 3)
    assert not await database.write(lambda c: mailboxes.begin_try(c, ACCOUNT, "MB1", NOON + DAY / 2))
    assert await database.write(lambda c: mailboxes.begin_try(c, ACCOUNT, "MB1", NOON + DAY))


async def test_a_greeting_is_replaced_and_forgotten(database: Database) -> None:
    await box(database, "MB1", "+14155550142")
    for pcm in (b"\1\0", b"\2\0"):
        await database.write(lambda c, pcm=pcm: mailboxes.greet(c, ACCOUNT, "MB1", pcm, NOON))  # type: ignore[misc]
    assert await database.read(lambda c: mailboxes.greeting(c, ACCOUNT, "MB1")) == b"\2\0"
    assert await database.read(lambda c: mailboxes.greeting(c, OTHER, "MB1")) is None
    await database.write(lambda c: mailboxes.forget_greeting(c, ACCOUNT, "MB1"))
    assert await database.read(lambda c: mailboxes.greeting(c, ACCOUNT, "MB1")) is None
