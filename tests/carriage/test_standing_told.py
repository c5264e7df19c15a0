"""The drill of standing: from a carrier's complaints to the suspension of one campaign, told at each step to the
customer's own server; its appeal is granted, and all is as it was. The whole house, on a clock moved by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from masstransit import api, config, serving
from masstransit.carriage import appeals, lifting
from masstransit.carriage.overturning import Word
from masstransit.carriage.standing import strikes
from masstransit.channels.loopback import LoopbackTrunk, Phones
from masstransit.clock import HandClock
from masstransit.drills.acts import Wait
from masstransit.drills.scene import Scene
from masstransit.drills.stage import Stage, Template
from masstransit.errors import Conflict
from masstransit.storage import accounts, tables
from masstransit.storage import appeals as stored
from tests.carriage.test_standing import DAYS, House, prepared  # noqa: F401 - the template of a house
from tests.carriage.test_webhooks import Server, server  # noqa: F401 - a customer's server


class Customer:
    """The shop's own side: its API client, and the server at which it is told."""

    def __init__(self, house: House, client: httpx.AsyncClient, told: Server, token: str) -> None:
        self.house, self.token, self._client, self._server = house, token, client, told

    async def asks(self, method: str, path: str, **form: str) -> Any:
        answer = await self._client.request(method, f"/policy/v1/{path}", data=form or None)
        answer.raise_for_status()
        return answer.json()

    async def hears(self, *kinds: str) -> list[dict[str, Any]]:
        """What its server has been told, in order, once it is as much as this."""
        for _ in range(500):
            if len(self._server.asked) >= len(kinds):
                break
            self.house.parts.webhooks.nudge()
            await asyncio.sleep(0.02)
        told = [json.loads(body) for *_, body in self._server.asked]
        assert sorted(each["kind"] for each in told) == sorted(kinds)
        return told

    def every_signature_is_valid(self) -> bool:
        validator = RequestValidator(self.token)
        return all(
            validator.validate(self._server.url + path, body.decode(), headers["x-twilio-signature"])
            and not validator.validate(self._server.url + path, body.decode() + " ", headers["x-twilio-signature"])
            for _, path, headers, body in self._server.asked
        )


@asynccontextmanager
async def a_shop(made: Template, told: Server) -> AsyncIterator[Customer]:
    scene = Scene(7, "standing")
    clock, phones = HandClock(scene.start), Phones(())
    loopback = LoopbackTrunk(phones, clock, rest=clock.sleep)
    async with made.copy() as settings:
        open_ = msgspec.structs.replace(settings, webhooks=config.WebhookSettings(allow_private=True))
        async with serving.at_work(open_, (loopback,), clock) as parts:
            house = House(parts, Stage(parts, scene, phones, loopback, clock), scene, clock)
            await house.sends()  # it is on record from here on
            account, now = house.shop.account, clock.now()
            token = await parts.database.write(lambda c: accounts.rotate(c, parts.keys, account, now))
            door = httpx.ASGITransport(app=api.build(serving.api_house(parts)))
            async with httpx.AsyncClient(transport=door, base_url="http://here", auth=(account, token)) as client:
                customer = Customer(house, client, told, token)
                await customer.asks("POST", "NoticeUrl", NoticeUrl=f"{told.url}/standing")
                yield customer


async def decides(house: House, appeal: str, by: str) -> int:
    word = Word(by=by, because="they showed how people opted in", at=house.clock.now())
    freed: int = await house.parts.database.write(
        lambda c: appeals.decide(c, house.parts.ledger, appeal, word, overturn=True)
    )
    await house.plays(Wait(2.0))
    return freed


async def test_a_suspension_is_told_at_each_step_and_an_appeal_that_is_granted_restores_all_once(
    prepared: Template,  # noqa: F811
    server: Server,  # noqa: F811
) -> None:
    async with a_shop(prepared, server) as shop:
        house = shop.house
        assert await house.complained() == "warn"
        assert await house.complained(after_days=2) == "throttle"
        assert await house.sends(14) == ["ALLOW"] * 10 + ["DELAY"] * 4
        assert await house.sends(14, by_other=True) == ["ALLOW"] * 14
        before = await house.steps()
        assert await house.complained(after_days=2) == "suspend proposed"
        step = (await house.steps())[-1]
        await house.confirms(step.step_id, "Ada")
        assert await house.sends(3) == ["REFUSE"] * 3
        assert await house.sends(3, by_other=True) == ["ALLOW"] * 3

        told = await shop.hears("warn", "throttle", "proposed", "suspend")
        (suspended,) = [each for each in told if each["kind"] == "suspend"]
        assert (suspended["step_sid"], suspended["scope"]) == (step.step_id, "campaign")
        assert (suspended["target"], suspended["clause"]) == (house.shop.campaign, "6")
        (resting_on,) = suspended["decision_sids"]
        assert (await shop.asks("GET", f"Decisions/{resting_on}"))["moment"] == "OUTCOME"

        filed = await shop.asks("POST", "Appeals", StepSid=suspended["step_sid"], Text="They opted in on our site.")
        due = datetime.fromisoformat(filed["date_due"])
        assert timedelta(days=5) <= due - house.clock.now() <= timedelta(days=8)
        with pytest.raises(Conflict, match="Ada had a part"):
            await decides(house, filed["sid"], "Ada")
        assert await house.sends() == ["REFUSE"]
        await decides(house, filed["sid"], "Cleo")

        now = house.clock.now()
        left = [row for row in await house.steps() if row.undone_at is None]
        assert [row.step_id for row in left] == [row.step_id for row in before]
        assert strikes(left, now) == strikes(before, now)
        assert await house.sends(14) == ["ALLOW"] * 14  # the throttle of two days ago has ended by itself
        with pytest.raises(Conflict, match="overturned before, by Cleo: nothing is changed"):
            await decides(house, filed["sid"], "Dora")
        assert await house.complained(after_days=2) == "suspend proposed"  # as it would have been without the wrong one

        kinds = ("warn", "throttle", "proposed", "suspend", "appeal-received", "lifted", "appeal-overturned")
        await shop.hears(*kinds, "proposed")
        assert shop.every_signature_is_valid()
        await _is_told_once_and_on_record(shop, server)
        assert await house.verified()


async def _is_told_once_and_on_record(shop: Customer, listener: Server) -> None:
    """Every notice that the API shows was taken by the customer's server, once, under its own name."""
    for _ in range(500):
        shown = (await shop.asks("GET", "Notices"))["notices"]
        if all(each["date_taken"] for each in shown):
            break
        await asyncio.sleep(0.02)
    assert all(each["date_taken"] for each in shown)
    tokens = [headers["i-twilio-idempotency-token"] for _, _, headers, _ in listener.asked]
    assert sorted(tokens) == sorted(each["sid"] for each in shown)
    assert await shop.house.rows(select(tables.notices)) == []


async def test_what_a_wrong_block_held_goes_out_once_when_its_appeal_is_granted(
    prepared: Template,  # noqa: F811
    server: Server,  # noqa: F811
) -> None:
    async with a_shop(prepared, server) as shop:
        house = shop.house
        unit = {"account": house.shop.account, "scope": "campaign", "target": house.shop.campaign, "step": "block"}
        word = Word(by="Ada", because="too many people opt out", at=house.clock.now())
        ledger = house.parts.ledger
        name, _ = await house.parts.database.write(lambda c: lifting.place(c, ledger, "6", unit, word))
        await house.plays(Wait(2.0))
        assert await house.sends(3) == ["HOLD"] * 3
        assert await house.sends(2, by_other=True) == ["ALLOW"] * 2
        filed = await shop.asks("POST", "Appeals", StepSid=name, Text="Those were two people who wrote twice.")
        assert await decides(house, filed["sid"], "Cleo") == 3
        sent = select(tables.communications.c.status).where(tables.communications.c.direction == "outbound")
        assert [row.status for row in await house.rows(sent)] == ["delivered"] * 6
        assert await house.rows(select(tables.overturns)) == []  # no rule was wrong, a person was
        with pytest.raises(Conflict):
            await decides(house, filed["sid"], "Dora")
        assert len(await house.rows(sent)) == 6
        await shop.hears("block", "appeal-received", "lifted", "appeal-overturned")


async def test_an_appeal_that_nobody_decides_in_five_business_days_is_overdue(
    prepared: Template,  # noqa: F811
    server: Server,  # noqa: F811
) -> None:
    async with a_shop(prepared, server) as shop:
        house = shop.house
        await house.complained()
        (step,) = await house.steps()
        filed = await shop.asks("POST", "Appeals", StepSid=step.step_id, Text="They opted in.")
        due = datetime.fromisoformat(filed["date_due"]).astimezone(UTC)
        alarms = select(tables.alerts.c.sid).where(tables.alerts.c.account == "", tables.alerts.c.about == filed["sid"])
        for days, late in ((4, False), (5, True)):
            await house.plays(Wait(days * DAYS))
            (row,) = await house.parts.database.read(stored.undecided)
            assert abs(row.due_at - due) < timedelta(seconds=1)
            assert (row.due_at <= house.clock.now()) is late
            assert await _as_many(house, alarms, int(late))  # the operator hears of it


async def _as_many(house: House, query: Any, count: int) -> bool:
    """Whether so many rows are there, now or in a moment. The hand goes on meanwhile: whoever was still at work when
    it passed sleeps from where it is now."""
    for _ in range(500):
        if len(await house.rows(query)) >= count:
            break
        await house.clock.move(timedelta(minutes=1))
        await asyncio.sleep(0.02)
    return len(await house.rows(query)) == count


async def test_while_the_customers_server_is_down_a_notice_waits_and_is_told_later(
    prepared: Template,  # noqa: F811
    server: Server,  # noqa: F811
) -> None:
    async with a_shop(prepared, server) as shop:
        server.answers["/standing"] = (503, "", b"")
        await shop.house.complained()
        await shop.hears("warn")
        (untaken,) = (await shop.asks("GET", "Notices"))["notices"]
        assert untaken["date_taken"] is None  # and yet it can be read
        server.answers.clear()
        for _ in range(500):
            if not await shop.house.rows(select(tables.notices).where(tables.notices.c.claimed_by.is_not(None))):
                break
            await asyncio.sleep(0.02)
        await shop.house.plays(Wait(60.0))
        await shop.hears("warn", "warn")
        await _is_taken(shop)


async def _is_taken(shop: Customer) -> None:
    for _ in range(500):
        (shown,) = (await shop.asks("GET", "Notices"))["notices"]
        if shown["date_taken"]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it was not taken")
