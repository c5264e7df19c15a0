"""What is overdue is warned of until somebody does it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from masstransit.carriage import housekeeping
from masstransit.carriage.cases.watch import Watch
from tests.carriage.cases.desk import CALENDAR, LEDGER, Desk
from tests.carriage.house import until
from tests.makers import ACCOUNT


async def test_what_is_overdue_is_loud_and_what_is_not_is_quiet(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    sid = await desk.open("end-user-stop", account=ACCOUNT, end_user="salon")  # ended as it began
    trace = {"requester": "the group", "reference": "1", "sender": "+14155550100", "at": "2026-06-03T16:00"}
    sid = await desk.open("traceback", **trace)
    desk.later(hours=24)
    await desk.watched()
    assert caplog.messages == []
    desk.later(seconds=1)
    await desk.watched()
    assert caplog.messages == ["cases are overdue: 1 of traceback; masstransit cases list shows them"]
    await desk.watched()
    assert len(caplog.messages) == 2
    await desk.close(sid, "forged")
    await desk.watched()
    assert len(caplog.messages) == 2
    assert "+14155550100" not in caplog.text


async def test_it_is_a_job_of_the_house(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    has = "signature,work,material,contact,good-faith,accuracy"
    await desk.open("copyright", account=ACCOUNT, holder="Acme", work="a poem", material="x" * 50, has=has)
    desk.later(days=20)
    watch = Watch(LEDGER, desk.clock, calendar=CALENDAR, strikes=3)
    job = asyncio.create_task(
        housekeeping.every(300, desk.database, "cases that ended by time", watch.look, desk.clock)
    )
    await until(lambda: desk.clock.sleepers == 1)
    await desk.clock.move(timedelta(seconds=300))
    await until(lambda: "cases that ended by time: 1" in caplog.messages)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
