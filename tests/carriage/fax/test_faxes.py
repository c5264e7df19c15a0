"""Faxes as they are kept: whose pages stay, what comes in, and what a process left that was killed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from masstransit.carriage.fax.faxes import Arrived, Faxes, Progress, Webhook
from masstransit.demo import NUMBERS, PHONES
from masstransit.drawing import documents
from masstransit.errors import NotFound
from masstransit.model.communication import Communication, Direction, Kind, Purpose
from masstransit.storage import faxes, licences
from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import communications, notices
from tests.console.house import Pages, opened
from tests.fax_documents import a_tiff, same
from tests.makers import NOON, a_call, an_sms

HEARD = Webhook(url="https://example.com/came")


@pytest.fixture
async def house(sqlite_database: Database, keys: Keys) -> Any:
    async with opened(sqlite_database, keys) as made:
        yield made


def kept(house: Pages) -> Faxes:
    return house.parts.faxing.faxes


async def offered(house: Pages, number: int, **more: Any) -> Communication:
    fax = an_sms(
        id=f"FX{number:032x}", kind=Kind.FAX, account=house.account, sender=NUMBERS[0], recipient=PHONES[0],
        purpose=Purpose.TRANSACTIONAL, at=house.clock.now(), **more,
    )  # fmt: skip
    document = documents.read(a_tiff(f"fax {number}"))
    return (await kept(house).offer(fax, document, "fine")).communication


async def came(house: Pages, *, whole: bool = True) -> str:
    call = a_call(account=house.account, sender=PHONES[0], recipient=NUMBERS[0], direction=Direction.INBOUND)
    told = Progress(done=2, seconds=31.5, rate=14_400, ecm=True, far="+13055550100", words="OK" if whole else "dropped")
    arrived = Arrived(call=call, tiff=a_tiff("came in", 2), pages=2, whole=whole, progress=told)
    return await kept(house).receive(arrived, HEARD)


async def in_health_care(house: Pages, *scope: str) -> None:
    row = {"account": house.account, "reference": "B-1", "scope": list(scope), "signed_at": NOON - timedelta(days=9)}
    await house.database.write(lambda c: licences.record_associate_agreement(c, row))


async def test_pages_of_who_is_in_health_care_stay_under_an_agreement_alone(house: Pages) -> None:
    usual = await offered(house, 1)
    await in_health_care(house, "sms")
    await house.move(minutes=1)
    carried = await offered(house, 2)
    assert (usual.discard, carried.discard) == (False, True)
    assert await house.parts.exchange.cancel(house.account, carried.id)
    assert await kept(house).sweep() == 1
    with pytest.raises(NotFound):
        await kept(house).pages(house.account, carried.id)
    assert same(await kept(house).pages(house.account, usual.id), a_tiff("fax 1"))
    await in_health_care(house, "sms", "fax")
    await house.move(minutes=1)
    assert not (await offered(house, 3)).discard


async def test_what_came_in_is_judged_kept_and_told_of(house: Pages) -> None:
    sid = await came(house)
    row = await house.database.read(lambda c: faxes.whole(c, house.account, sid))
    assert row is not None
    assert (row.status, row.direction, row.pages, row.seconds, row.far) == (
        "received", "inbound", 2, 31.5, "+13055550100",
    )  # fmt: skip
    told = (await house.database.read(lambda c: c.execute(select(notices.c.body)).scalars().all()))[-1]["params"]
    assert (told["FaxSid"], told["FaxStatus"], told["NumPages"], told["From"]) == (sid, "received", "2", PHONES[0])
    part = await came(house, whole=False)
    row = await house.database.read(lambda c: faxes.whole(c, house.account, part))
    assert row is not None
    assert (row.status, row.error_code, row.error_message, bool(row.media)) == ("failed", 34004, "dropped", True)


async def test_what_came_in_and_is_only_carried_waits_three_days_for_its_customer(house: Pages) -> None:
    await in_health_care(house, "sms")
    sid = await came(house)
    await house.move(days=2.9)
    assert await kept(house).sweep() == 0
    await house.move(days=0.2)
    assert await kept(house).sweep() == 1
    with pytest.raises(NotFound):
        await kept(house).pages(house.account, sid)


async def test_a_fax_that_a_killed_process_was_sending_waits_again(house: Pages) -> None:
    fax = await offered(house, 1)
    row, tiff = await kept(house).began(house.account, fax.id)
    assert (row.tries, row.state, same(tiff, a_tiff("fax 1"))) == (1, "sending", True)
    await house.database.write(lambda c: faxes.broken_off(c, house.clock.now()))
    again, _ = await kept(house).began(house.account, fax.id)
    assert again.tries == 2
    await kept(house).tried(again, Progress(done=1, seconds=20.0, words="OK"), over=True)
    found = await house.database.read(lambda c: faxes.find(c, house.account, fax.id))
    assert found is not None
    assert (found.state, found.done, found.seconds) == ("over", 1, 20.0)


async def test_deleted_pages_are_gone_and_the_fax_stays_on_record(house: Pages) -> None:
    fax = await offered(house, 1)
    assert await kept(house).forget_pages(house.account, fax.id)
    assert not await kept(house).forget_pages(house.account, fax.id)
    with pytest.raises(NotFound):
        await kept(house).began(house.account, fax.id)
    await kept(house).forget(house.account, fax.id)
    left = await house.database.read(
        lambda c: c.execute(select(communications.c.sid).where(communications.c.sid == fax.id)).all()
    )
    assert list(left) == []
