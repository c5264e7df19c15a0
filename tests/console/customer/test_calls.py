"""A customer's log of calls: its parts, one with its legs' times and its decisions, and nothing of another's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from masstransit.demo import NUMBERS, PHONES
from masstransit.model.call import Party
from masstransit.model.communication import Purpose
from masstransit.model.user import Role
from tests.console.customer.deeds import stranger
from tests.console.house import Pages, text_of
from tests.makers import a_call, a_record


def sid(n: int) -> str:
    return f"CA{n:032x}"


async def call(pages: Pages, n: int, **more: Any) -> None:
    """One that is offered."""
    told: dict[str, Any] = {"sender": NUMBERS[0], "recipient": PHONES[0], "purpose": Purpose.TRANSACTIONAL} | more
    await pages.parts.calls.offer(a_call(id=sid(n), account=pages.account, at=pages.clock.now(), **told))
    await pages.move(seconds=1)


@pytest.fixture
async def called(pages: Pages) -> Pages:
    """Two calls of which one is over, and one from a number that is not the customer's to show."""
    await call(pages, 1)
    await call(pages, 2, recipient=PHONES[1])
    await call(pages, 3, sender="+12025550177")
    offered = pages.clock.now() - timedelta(seconds=3)
    ended = a_record(
        id=sid(1), account=pages.account, sender=NUMBERS[0], recipient=PHONES[0], offered_at=offered,
        released_by=Party.CALLEE, talked=42,
    )  # fmt: skip
    await pages.parts.calls.ended(ended)
    return pages


async def sids(pages: Pages, query: str = "") -> list[str]:
    page = await (await pages.signed_in(Role.VIEWER)).get(f"/account/log/calls{query}")
    assert page.status_code == 200, text_of(page)
    return ["CA" + part.partition('"')[0] for part in page.text.split('href="/account/log/calls/CA')[1:]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3, 2, 1]),
        ("?status=completed", [1]),
        ("?status=refused", [3]),
        ("?verdict=REFUSE", [3]),
        (f"?number=%2B{PHONES[1][1:]}", [2]),
        ("?day=2020-01-01", []),
    ],
)
async def test_the_newest_is_first_and_what_was_turned_away_is_in_it(
    called: Pages, query: str, found: list[int]
) -> None:
    assert await sids(called, query) == [sid(n) for n in found]


async def test_one_tells_how_long_it_rang_and_was_talked_and_who_ended_it(called: Pages) -> None:
    page = await (await called.signed_in(Role.VIEWER)).get(f"/account/log/calls/{sid(1)}")
    text = text_of(page)
    assert "for 8 s" in text
    assert "by the callee, after 42 s; SIP 200" in text
    assert "ALLOW" in text


async def test_what_was_refused_shows_its_rule_and_how_to_appeal(called: Pages) -> None:
    browser = await called.signed_in(Role.OWNER)
    page = await browser.get(f"/account/log/{sid(3)}")  # as notices link to it
    assert page.status_code == 303
    page = await browser.get(page.headers["location"])
    assert "18.1.1" in text_of(page)
    assert "/account/appeals/new" in page.text


async def test_another_customers_calls_are_not_there(called: Pages) -> None:
    mallory = await stranger(called)
    assert (await mallory.get(f"/account/log/calls/{sid(1)}")).status_code == 404
    assert sid(1) not in (await mallory.get("/account/log/calls")).text
