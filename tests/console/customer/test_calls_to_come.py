"""Calls that a customer asked for at a later time, at its pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from masstransit.carriage.voice.asking import Given
from masstransit.carriage.voice.live import Wish
from masstransit.demo import NUMBERS, PHONES
from masstransit.model.communication import Purpose
from masstransit.model.decision import Verdict
from masstransit.model.user import Role
from masstransit.storage import scheduled_calls, tables
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, text_of
from tests.makers import a_call

HERE = "/account/log/calls/to-come"


def sid(n: int) -> str:
    return f"CA{n:032x}"


@pytest.fixture
async def asked_for(pages: Pages) -> Pages:
    """Two calls that wait, and one that was not made."""
    scheduling = pages.house.scheduling
    assert scheduling is not None
    for n in (1, 2, 3):
        now = pages.clock.now()
        call = a_call(
            id=sid(n), account=pages.account, sender=NUMBERS[0], recipient=PHONES[n], at=now, channel="rest",
            purpose=Purpose.TRANSACTIONAL, send_at=now + timedelta(hours=n),
        )  # fmt: skip
        decision = await scheduling.schedule(call, Wish(source=Given("<Response><Pause/></Response>")))
        assert decision.verdict <= Verdict.FLAG, decision
        await pages.move(seconds=1)
    await pages.database.write(lambda c: scheduled_calls.fail(c, pages.account, sid(3), pages.clock.now()))
    return pages


async def test_they_are_listed_by_what_became_of_them(asked_for: Pages) -> None:
    viewer = await asked_for.signed_in(Role.VIEWER)
    said = text_of(await viewer.get(HERE))
    places = [said.index(PHONES[n]) for n in (3, 2, 1)]
    assert places == sorted(places)
    assert "Take it back" not in said  # who only looks on
    for status, there in (("scheduled", {1, 2}), ("failed", {3}), ("canceled", set[int]())):
        part = text_of(await viewer.get(f"{HERE}?status={status}"))
        assert {n for n in (1, 2, 3) if PHONES[n] in part} == there
    assert (await viewer.get(f"{HERE}?status=nonsense")).status_code == 400


async def test_one_that_waits_is_taken_back_and_that_is_on_record(asked_for: Pages) -> None:
    owner = await asked_for.signed_in(Role.OWNER)
    page = await owner.get(HERE)
    assert page.text.count("Take back the call to") == 2
    assert (await owner.post(f"{HERE}/{sid(1)}/back")).status_code == 303
    assert await owner.said() == f"The call to {PHONES[1]} is not made."
    assert "taken back" in text_of(await owner.get(f"{HERE}?status=canceled"))
    rows = await asked_for.database.read(lambda c: c.execute(select(tables.acts)).all())
    assert [(row.what, row.about, row.name) for row in rows] == [("call-taken-back", sid(1), "Owner")]
    assert (await owner.post(f"{HERE}/{sid(1)}/back")).status_code == 409  # it does not wait any more
    assert (await owner.post(f"{HERE}/{sid(9)}/back")).status_code == 404
    assert len(await asked_for.database.read(lambda c: c.execute(select(tables.acts)).all())) == 1


async def test_an_alert_about_one_that_was_not_made_leads_to_it(asked_for: Pages) -> None:
    owner = await asked_for.signed_in(Role.OWNER)
    led = await owner.get(f"/account/log/{sid(3)}")
    assert (await owner.get(led.headers["location"])).headers["location"] == HERE


async def test_nobody_elses_are_shown_or_taken_back(asked_for: Pages) -> None:
    other = await stranger(asked_for)
    assert PHONES[1] not in (await other.get(HERE)).text
    assert (await other.post(f"{HERE}/{sid(1)}/back")).status_code == 404
    assert (await other.get(f"/account/log/calls/{sid(1)}")).status_code == 404
    viewer = await asked_for.signed_in(Role.VIEWER)
    assert (await viewer.post(f"{HERE}/{sid(1)}/back")).status_code == 403
