"""Claims to caller IDs by call, on both engines."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from masstransit.storage import caller_ids
from masstransit.storage.caller_ids import CALL, CODE, DECLINED, LOA
from masstransit.storage.engine import Database
from tests.makers import ACCOUNT, NOON

DAY = timedelta(days=1)


async def claim(database: Database, name: str, how: str, **more: Any) -> Any:
    row = {"account": ACCOUNT, "sid": name, "number": "+12125550143", "person": "p", "how": how, "filed_at": NOON}
    return await database.write(lambda c: caller_ids.add(c, row | more))


async def test_calls_to_a_person_are_counted_whoever_asked(database: Database) -> None:
    await claim(database, "CV1", CALL)
    await claim(database, "CV2", CALL, account="AC" + "2" * 32)
    await claim(database, "CV3", CALL, filed_at=NOON - DAY)
    await claim(database, "CV4", CODE)
    await claim(database, "CV5", CALL, person="another")
    assert await database.read(lambda c: caller_ids.called(c, "p", NOON - DAY)) == 2
    asked = await database.read(lambda c: caller_ids.asked(c, "p", ACCOUNT, NOON))
    assert (asked.number_hour, asked.number_day, asked.client_hour) == (3, 3, 3)  # codes of both kinds


async def test_who_declined_is_known_for_a_while(database: Database) -> None:
    told = await claim(database, "CV1", CALL)
    assert not await database.read(lambda c: caller_ids.declined(c, "p", NOON - DAY))
    assert await database.write(lambda c: caller_ids.decide(c, told, DECLINED, NOON))
    assert await database.read(lambda c: caller_ids.declined(c, "p", NOON - DAY))
    assert not await database.read(lambda c: caller_ids.declined(c, "p", NOON))
    assert not await database.read(lambda c: caller_ids.declined(c, "another", NOON - DAY))


async def test_another_code_replaces_what_was_not_brought_back_by_text_or_call(database: Database) -> None:
    for name, how in (("CV1", CODE), ("CV2", CALL), ("CV3", LOA)):
        await claim(database, name, how)
    await database.write(lambda c: caller_ids.replace(c, ACCOUNT, "+12125550143", NOON))
    one = partial(caller_ids.claim, account=ACCOUNT)
    found = [await database.read(partial(one, sid=name)) for name in ("CV1", "CV2", "CV3")]
    assert [row.outcome for row in found if row is not None] == ["replaced", "replaced", ""]
    assert await database.read(lambda c: caller_ids.last_code(c, ACCOUNT, "+12125550143")) is not None
