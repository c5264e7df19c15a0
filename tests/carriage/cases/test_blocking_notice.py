"""Notices of suspected illegal traffic: verified, then what they name and what reads like their samples is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from masstransit.clock import HandClock
from masstransit.errors import BadInput, Conflict
from masstransit.facts.samples import SampleBook
from masstransit.model.decision import Verdict
from masstransit.policy.clause_14_authority_requests import AuthorityRequests
from masstransit.storage import tables
from tests.carriage.cases.desk import CALLED, OTHER, Desk
from tests.makers import ACCOUNT, NOON, an_sms, rulings

SAMPLE = "Anna, you qualify for debt relief this week: https://relief.example/a1 STOP to end"
NEAR = "Bob, you qualify for debt relief this week: https://relief.example/b2 STOP to end"


async def noticed(desk: Desk, **more: str) -> str:
    told = {"authority": "The Commission", "reference": "DA 26-1", "samples": SAMPLE}
    return await desk.open("blocking-notice", **told | more)


async def verdict(desk: Desk, text: str, account: str = OTHER) -> list[Verdict]:
    message = an_sms(text=text, account=account, at=desk.clock.now())
    (fact,) = await SampleBook(desk.database, HandClock(desk.clock.now())).learn([message])
    return [r.verdict for r in rulings(AuthorityRequests(), "14.3b", message, fact)]


async def test_what_reads_like_a_sample_is_stopped_whoever_sends_it_once_it_is_verified(desk: Desk) -> None:
    sid = await noticed(desk)
    assert await verdict(desk, SAMPLE) == []
    await desk.act(sid, "verify", **CALLED)
    assert await verdict(desk, SAMPLE) == [Verdict.REFUSE]
    assert await verdict(desk, NEAR) == [Verdict.HOLD]
    assert await verdict(desk, "Your order is ready, see https://shop.example/1") == []
    assert SAMPLE not in repr([await desk.rows(t) for t in (tables.samples, tables.cases, tables.records)])
    assert await desk.verified()


async def test_a_forged_notice_blocks_nobody(desk: Desk) -> None:
    sid = await noticed(desk, account=ACCOUNT)
    await desk.act(sid, "verify", **CALLED | {"genuine": "no"})
    assert (await desk.ended(sid), await verdict(desk, SAMPLE), await desk.orders()) == ("forged", [], [])
    assert await desk.held() == frozenset()


async def test_an_account_that_it_names_is_stopped_and_held(desk: Desk) -> None:
    sid = await noticed(desk, account=ACCOUNT, unit="campaign:QE1")
    assert await desk.held() == {ACCOUNT}
    await desk.act(sid, "verify", **CALLED)
    (order,) = await desk.orders()
    assert (order.scope, order.target, order.authority, order.gag) == ("campaign", "QE1", "The Commission", False)


async def test_the_duty_goes_on_when_the_case_has_ended_and_ends_where_nothing_was_illegal(desk: Desk) -> None:
    sid = await noticed(desk, account=ACCOUNT)
    with pytest.raises(Conflict, match="is not verified"):
        await desk.act(sid, "report", found="we looked")
    await desk.act(sid, "verify", **CALLED)
    assert (await desk.due(sid))[0] == "report"
    with pytest.raises(Conflict, match="was not reported"):
        await desk.close(sid, "blocked")
    await desk.act(sid, "report", found="one account, which is stopped")
    await desk.close(sid, "blocked")
    assert await verdict(desk, SAMPLE) == [Verdict.REFUSE]
    assert len(await desk.orders()) == 1
    other = await noticed(
        desk, account=OTHER, reference="DA 26-2", samples="An advertisement that is like no other one."
    )
    await desk.act(other, "verify", **CALLED)
    assert await verdict(desk, "An advertisement that is like no other one.") == [Verdict.REFUSE]
    await desk.close(other, "not-illegal")
    assert await verdict(desk, "An advertisement that is like no other one.") == []
    assert await desk.orders(OTHER) == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"samples": "Reply YES"}, "sample 1 says what anybody could"),
        ({"samples": f"{SAMPLE}\nYour code is 123456"}, "sample 2 says what anybody could"),
        ({"samples": ""}, "say whose traffic it is about, or give samples"),
        ({"by_when": "2026-06-10"}, "a notice leaves 14 days at least"),
        ({"authority": " "}, "has the authority's name"),
    ],
)
async def test_what_would_stop_everybody_is_not_taken(desk: Desk, told: Mapping[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        await noticed(desk, **told)


async def test_a_sample_may_have_commas(desk: Desk) -> None:
    sid = await noticed(desk, samples=f"{SAMPLE}\n{'A long text, which leads nowhere, but is long enough.'}")
    kept: list[Any] = (await desk.case(sid)).case.details["samples"]
    assert len(kept) == 2
    assert (await desk.case(sid)).case.opened_at == NOON
