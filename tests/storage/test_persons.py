"""One person's addresses, and that what they ask by one holds for all, on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from masstransit.ledger import Ledger
from masstransit.storage import consents, persons
from masstransit.storage.engine import Database
from masstransit.storage.paging import Slice
from tests.makers import ACCOUNT, NOON

LEDGER = Ledger("test")
LATER = NOON + timedelta(hours=1)


async def joined(database: Database, *who: str) -> str:
    return await database.write(lambda c: persons.join(c, ACCOUNT, {person: f"{person}***" for person in who}, NOON))


async def stops(database: Database, person: str, **more: Any) -> None:
    row = {"account": ACCOUNT, "person": person, "since": NOON, "said": "stop", "channel": "sms"} | more
    await database.write(lambda c: consents.opt_out(c, LEDGER, [row], NOON))


async def stopped(database: Database) -> dict[str, tuple[str, str]]:
    rows = await database.read(lambda c: consents.opt_outs_of(c, [ACCOUNT], ["phone", "mail", "chat", "other"]))
    return {row.person: (row.scope, row.channel) for row in rows}


async def test_who_is_joined_with_either_of_two_is_that_person_too(database: Database) -> None:
    first = await joined(database, "phone", "mail")
    second = await joined(database, "chat", "fax")
    whole = await joined(database, "mail", "chat")
    assert whole in {first, second}
    rows = await database.read(lambda c: persons.of_sid(c, ACCOUNT, whole))
    assert {row.person for row in rows} == {"phone", "mail", "chat", "fax"}
    others = await database.read(lambda c: persons.others(c, ACCOUNT, "phone"))
    assert {row.person for row in others} == {"mail", "chat", "fax"}
    assert await database.read(lambda c: persons.others(c, "AC" + "9" * 32, "phone")) == []
    assert len((await database.read(lambda c: persons.of_account(c, ACCOUNT, Slice()))).rows) == 4


async def test_a_stop_by_one_address_holds_for_all_and_a_start_by_any_ends_it(database: Database) -> None:
    await joined(database, "phone", "mail", "chat")
    await stops(database, "phone")
    assert await stopped(database) == dict.fromkeys(("phone", "mail", "chat"), ("all", "sms"))
    assert await database.write(lambda c: consents.restore(c, LEDGER, ACCOUNT, "mail", LATER, said="start"))
    assert await stopped(database) == {}


async def test_what_was_asked_before_they_were_joined_holds_for_all_the_widest_of_it(database: Database) -> None:
    await stops(database, "phone", scope="marketing")
    await stops(database, "mail", scope="everything", channel="email")
    sid = await joined(database, "phone", "mail", "chat")
    await database.write(lambda c: consents.spread(c, LEDGER, ACCOUNT, sid, LATER))
    assert await stopped(database) == dict.fromkeys(("phone", "mail", "chat"), ("everything", "email"))


async def test_who_asked_to_be_left_alone_is_left_alone_by_every_address(database: Database) -> None:
    sid = await joined(database, "phone", "mail")
    row = {"account": ACCOUNT, "person": "mail", "since": NOON, "end_user": "shop-1", "reason": "said so"}
    await database.write(lambda c: consents.block(c, LEDGER, [row], NOON))
    blocked = await database.read(lambda c: consents.blocks_of(c, [ACCOUNT], ["phone", "mail"]))
    assert {(each.person, each.end_user) for each in blocked} == {("phone", "shop-1"), ("mail", "shop-1")}
    assert await database.write(lambda c: persons.part(c, ACCOUNT, sid))
    assert not await database.write(lambda c: persons.part(c, ACCOUNT, sid))
    assert len(await database.read(lambda c: consents.blocks_of(c, [ACCOUNT], ["phone", "mail"]))) == 2
