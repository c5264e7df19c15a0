"""Mail that arrived, by REST: what it says, and all of it as it came."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from masstransit.storage.engine import Database
from masstransit.storage.keys import Keys
from masstransit.storage.tables import files, notices
from tests.api.gated import GatedDoor
from tests.mail_that_arrives import DESK, LETTER, a_mail, takes_mail

ARRIVED = "/policy/v1/ArrivedEmails"


@pytest.fixture
async def taking(sqlite_database: Database, keys: Keys) -> AsyncIterator[GatedDoor]:
    async with GatedDoor(sqlite_database, keys) as door:
        await door.database.write(lambda c: takes_mail(c, door.sid))
        await door.parts.arrivals.receive(a_mail())
        yield door


async def accepted(door: GatedDoor) -> tuple[str, str]:
    """Another account that accepted the agreement."""
    other = await door.account()
    digest = (await door.ask("GET", "/policy/v1/Agreement", auth=other)).json()["digest"]
    form = {"Digest": digest, "Person": "Eve", "Role": "Director", "Authorised": "true"}
    assert (await door.ask("POST", "/policy/v1/Agreement", data=form, auth=other)).status_code == 201
    return other


async def test_a_mail_is_shown_and_fetched_byte_for_byte(taking: GatedDoor) -> None:
    (one,) = (await taking.ask("GET", ARRIVED)).json()["arrived_emails"]
    assert (one["from"], one["from_name"], one["to"], one["subject"]) == ("ada@friend.test", "Ada", DESK, "Wheels")
    assert (one["dmarc"], one["size"], one["text"].strip()) == ("pass", len(LETTER), "Have you got wheels?")
    assert (await taking.ask("GET", f"{ARRIVED}/{one['sid']}")).json() == one
    assert one["source_url"].endswith(f"{ARRIVED}/{one['sid']}/Source")
    whole = await taking.ask("GET", f"{ARRIVED}/{one['sid']}/Source")
    assert (whole.content, whole.headers["content-type"]) == (LETTER, "message/rfc822")
    (told,) = await taking.database.read(lambda c: c.execute(select(notices.c.body)).scalars().all())
    assert f"/media/{taking.sid}/ME" in told["source"]


async def test_they_are_listed_by_address_and_another_account_sees_none(taking: GatedDoor) -> None:
    await taking.parts.arrivals.receive(a_mail(to="sales@shop.example"))
    for to, count in ((None, 2), (DESK, 1), ("nobody@shop.example", 0)):
        listed = (await taking.ask("GET", ARRIVED, params={"To": to} if to else {})).json()["arrived_emails"]
        assert len(listed) == count, to
    (one, *_) = (await taking.ask("GET", ARRIVED)).json()["arrived_emails"]
    other = await accepted(taking)
    assert (await taking.ask("GET", ARRIVED, auth=other)).json()["arrived_emails"] == []
    for path in (f"{ARRIVED}/{one['sid']}", f"{ARRIVED}/{one['sid']}/Source", f"{ARRIVED}/EM1"):
        assert (await taking.ask("GET", path, auth=other)).status_code == 404


async def test_one_that_harms_is_kept_back_and_one_that_is_gone_is_not_there(taking: GatedDoor) -> None:
    (one,) = (await taking.ask("GET", ARRIVED)).json()["arrived_emails"]
    (row,) = await taking.database.read(lambda c: c.execute(select(files)).all())
    harms = row.look | {"scan": {"state": "found", "names": ["eicar"]}}
    await taking.database.write(lambda c: c.execute(update(files).values(look=harms)))
    back = await taking.ask("GET", f"{ARRIVED}/{one['sid']}/Source")
    assert (back.status_code, "kept back" in back.json()["message"]) == (403, True)
    await taking.database.write(lambda c: c.execute(update(files).values(gone_at=row.taken_at)))
    assert (await taking.ask("GET", f"{ARRIVED}/{one['sid']}/Source")).status_code == 404
