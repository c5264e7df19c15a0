"""Intimate images: down with their copies within 48 hours, and the proof that they were sent stays."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from masstransit.errors import BadInput, Conflict, NotFound
from masstransit.storage import queue, tables
from tests.carriage.cases.desk import OTHER, Desk, there
from tests.makers import NOON


async def bears(desk: Desk, message: str, url: str, account: str) -> None:
    row: dict[str, Any] = {"account": account, "sid": f"ME{message}", "message": message, "place": 0, "url": url}
    row |= {"content_type": "image/jpeg", "created_at": NOON}
    await desk.does(lambda c: c.execute(insert(tables.media).values(**row)))


async def reported(desk: Desk, message: str, **more: str) -> str:
    return await desk.open("intimate-images", **{"reporter": "R. Roe", "message": message, "signed": "yes"} | more)


async def bodies(desk: Desk) -> dict[str, bool]:
    return {row.sid: row.body is not None for row in await desk.rows(tables.communications)}


async def test_the_message_its_copies_and_others_that_are_named_are_taken_down(desk: Desk) -> None:
    desk.at(there("2026-06-05"))
    first, copy, named, other = [
        await desk.sent(n, f"look {n}", account=account) for n, account in enumerate((OTHER, OTHER, OTHER, OTHER), 1)
    ]
    for message, url in ((first, "https://a.example/1.jpg"), (copy, "https://a.example/1.jpg"),
                         (other, "https://a.example/2.jpg")):  # fmt: skip
        await bears(desk, message, url, OTHER)
    sid = await reported(desk, first)
    assert await desk.due(sid) == ("look", "2026-06-05 14:00")
    with pytest.raises(Conflict, match="is not taken down"):
        await desk.close(sid, "removed")
    done = await desk.act(sid, "remove", messages=named)
    assert (sorted(done["removed"]), done["waiting"]) == ([first, copy, named], [])
    assert await bodies(desk) == {first: False, copy: False, named: False, other: True}
    assert [row.message for row in await desk.rows(tables.media)] == [other]
    assert {row.trunk for row in await desk.rows(tables.communications)} == {"north"}
    await desk.close(sid, "removed")
    assert await desk.verified()


async def test_what_still_waits_to_go_out_keeps_the_case_open(desk: Desk) -> None:
    sid = await reported(desk, message := await desk.sent(1, account=OTHER))
    row = {"account": OTHER, "sid": message, "ready_at": NOON, "decided_at": NOON, "attempts": 0}
    await desk.does(lambda c: queue.add(c, [row]))
    assert (await desk.act(sid, "remove"))["waiting"] == [message]
    assert (await desk.due(sid))[0] == "remove"
    with pytest.raises(Conflict, match="is not taken down"):
        await desk.close(sid, "removed")


async def test_its_customer_does_not_learn_of_a_report(desk: Desk) -> None:
    sid = await reported(desk, await desk.sent(1))
    assert (await desk.case(sid)).case.silent == "threat"
    assert await desk.rows(tables.alerts) == []


async def test_a_report_that_is_not_signed_is_asked_for(desk: Desk) -> None:
    message = await desk.sent(1)
    with pytest.raises(BadInput, match="a report is signed"):
        await reported(desk, message, signed="no")
    with pytest.raises(NotFound, match="there is no message SM9"):
        await reported(desk, "SM9")
